"""The Bolt application: one listener each for commands, buttons, forms, events and errors. Nothing else is registered,
since each listener costs every request."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient

from bot.access import Place
from bot.errors import UserError
from bot.listeners import events, home
from bot.listeners.ask import Ask, ask
from bot.listeners.commands import COMMAND, answer, row_of
from bot.listeners.modals import OPEN, Modal, first_field, named, read
from bot.listeners.origin import Origin, origin_of
from bot.listeners.reply import explain, payload, reply_later
from bot.listeners.showing import fill, show_answer, show_view
from bot.people import Standing
from bot.runtime import Runtime
from bot.views import said
from bot.views.blocks import Message
from bot.views.modal import View, answered, waiting
from bot.workspace import look_up

BUTTONS = re.compile(r"[a-z_.0-9]+")
"""Action ids of our buttons; the value of each is what one would have typed behind the command."""

_ANY = re.compile(r".+")


def bolt_app(rt: Runtime) -> App:
    """Build the application that both HTTP and Socket Mode dispatch to."""
    app = App(
        client=WebClient(base_url=rt.settings.slack_api_url),  # no token: answers need none
        process_before_response=True,  # the answer travels in the acknowledgement; Bolt's default polls for it
        request_verification_enabled=False,  # the guard has done it, on raw bytes
        ssl_check_enabled=False,
        raise_error_for_unhandled_request=True,  # else Bolt logs the whole request
        authorize=lambda enterprise_id, team_id: AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id),
    )

    def inject(context: BoltContext, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's name
        context["rt"] = rt
        return next()

    app.use(inject)
    app.command(COMMAND)(ccost)
    app.action(BUTTONS)(pressed)
    app.view(_ANY)(submitted)
    app.event(_ANY)(happened)
    app.error(on_error)
    return app


def ccost(ack: Ack, command: dict[str, Any], context: BoltContext, rt: Runtime) -> None:
    """Answer `/ccost …` in the acknowledgement, from what the store knows.

    Who or where is unknown, or has to be fresh, must first be asked of Slack, and some answers take long to work out:
    these come a moment later.
    """
    question = context["question"] = _asked(rt, command)
    if not rt.pace.allows(question.viewer.slack_user_id):
        message = said("error.too_fast", {}, question.text)
    elif _is_slow(question):
        begun = reply_later(rt, str(command["response_url"]), question.text, lambda: _looked_up_answer(rt, command))
        message = said("wait.looking_up" if begun else "busy", {}, question.text)
    else:
        message = answer(rt, question)
    ack(**payload(message, native_blocks=rt.native_blocks))


def pressed(ack: Ack, body: dict[str, Any], rt: Runtime) -> None:
    """Answer a button as if its value had been typed, below its message or in a modal; or open the form it names.

    Its acknowledgement shows nothing.
    """
    origin, action = origin_of(body), body["actions"][0]
    command = _command(body, origin) | {"text": action.get("value")}
    question = _asked(rt, command)
    modal = named(action["action_id"].removeprefix(OPEN)) if action["action_id"].startswith(OPEN) else None
    if not rt.pace.allows(question.viewer.slack_user_id):
        show_answer(rt, origin, question.text, lambda: said("error.too_fast", {}, question.text))
    elif modal is not None:
        show_view(rt, origin, question.text, lambda: _form(rt, modal, command))
    else:
        show_answer(rt, origin, question.text, lambda: _then_home(rt, origin, command, _looked_up_answer(rt, command)))
    ack()


def submitted(ack: Ack, body: dict[str, Any], context: BoltContext, rt: Runtime) -> None:
    """Answer a form as if it had been typed. What it says may be wrong stays in the form, under its field."""
    view, origin = body["view"], origin_of(body)
    context["modal"] = origin
    modal = named(str(view.get("callback_id")))
    if modal is None:
        raise BoltUnhandledRequestError(request=None, current_response=None, last_global_middleware_name=None)
    filled = read(view)
    command = _command(body, origin) | {"text": "", "words": modal.words(filled)}
    command["channel_id"] = modal.channel(filled) or origin.channel_id
    question = context["question"] = _asked(rt, command)
    if not rt.pace.allows(question.viewer.slack_user_id):
        ack(**_under(view, modal, UserError("error.too_fast"), question))
    elif _is_slow(question):
        begun = rt.later(
            lambda: fill(rt, str(view["id"]), origin, question.text, lambda: _answer_view(rt, origin, command))
        )
        shown = waiting(question.text) if begun else answered(said("busy", {}, question.text), question.text)
        ack(response_action="update", view={**shown, "private_metadata": origin.metadata})
    else:
        try:
            shown = answered(answer(rt, question), question.text)
        except UserError as error:
            ack(**_under(view, modal, error, question))
            return
        if origin.from_home:
            rt.later(lambda: home.publish(rt, _on_home(rt, command)))
        ack(response_action="update", view={**shown, "private_metadata": origin.metadata})


def happened(ack: Ack, body: dict[str, Any], rt: Runtime) -> BoltResponse | None:
    """Hear an event. Without a free place it is not acknowledged: Slack tells it again."""
    if not events.happened(rt, body):
        return BoltResponse(status=503)
    ack()
    return None


def on_error(error: Exception, context: BoltContext) -> BoltResponse:
    """Tell the person what is wrong, as a 200: Slack's own failure banner says nothing."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=404)
    rt: Runtime = context["rt"]
    question: Ask | None = context.get("question")
    text = question.text if question else rt.texts.of(None)
    message = explain(error, text)
    origin: Origin | None = context.get("modal")
    if origin is not None:
        view = {**answered(message, text), "private_metadata": origin.metadata}
        return BoltResponse(status=200, body={"response_action": "update", "view": view})
    return BoltResponse(status=200, body=payload(message, native_blocks=rt.native_blocks))


def _command(body: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Write an interaction as the command that it stands for."""
    user = body["user"]
    return {
        "user_id": user["id"],
        "team_id": user.get("team_id") or (body.get("team") or {}).get("id"),
        "enterprise_id": (body.get("enterprise") or {}).get("id"),
        "channel_id": origin.channel_id,
        "message_ts": origin.message_ts,
    }


def _asked(rt: Runtime, command: Mapping[str, Any]) -> Ask:
    question = ask(
        rt,
        user_id=str(command["user_id"]),
        team_id=command.get("team_id"),
        enterprise_id=command.get("enterprise_id"),
        channel_id=command.get("channel_id", ""),
        text=str(command.get("text") or ""),
    )
    words = command.get("words", question.words)
    return replace(question, words=words, message_ts=command.get("message_ts"))


def _on_home(rt: Runtime, command: Mapping[str, Any]) -> Ask:
    return _asked(rt, {**command, "channel_id": None, "words": ()})


def _form(rt: Runtime, modal: Modal, command: Mapping[str, Any]) -> View:
    question = _looked_up(rt, command)
    question.allow(modal.act)
    return {**modal.form(rt, question), "callback_id": modal.name}


def _under(view: Mapping[str, Any], modal: Modal, error: UserError, question: Ask) -> dict[str, Any]:
    """Say an error in the form, under the field that it is about."""
    sentence = said(error.key, error.values, question.text).text
    return {"response_action": "errors", "errors": {modal.field_of.get(error.key, first_field(view)): sentence}}


def _answer_view(rt: Runtime, origin: Origin, command: Mapping[str, Any]) -> View:
    message = _then_home(rt, origin, command, _looked_up_answer(rt, command))
    return answered(message, _asked(rt, command).text)


def _then_home(rt: Runtime, origin: Origin, command: Mapping[str, Any], message: Message) -> Message:
    """Draw the Home tab anew when it is behind what was done."""
    if origin.from_home:
        home.publish(rt, _on_home(rt, command))
    return message


def _is_slow(question: Ask) -> bool:
    row = row_of(question)
    return _is_unknown(question) or _needs_fresh_channel(question) or (row is not None and row.is_slow)


def _is_unknown(question: Ask) -> bool:
    standing = question.viewer.standing
    return standing is None or (standing is Standing.MEMBER and question.place is Place.UNKNOWN_CHANNEL)


def _needs_fresh_channel(question: Ask) -> bool:
    row = row_of(question)
    is_member = question.viewer.standing is Standing.MEMBER
    return question.place is not Place.PRIVATE and is_member and row is not None and row.looks_up


def _looked_up_answer(rt: Runtime, command: Mapping[str, Any]) -> Message:
    return answer(rt, _looked_up(rt, command))


def _looked_up(rt: Runtime, command: Mapping[str, Any]) -> Ask:
    """Read the question, having asked Slack about whoever or whatever is unknown."""
    question = _asked(rt, command)
    fresh_channel = question.place is Place.UNKNOWN_CHANNEL or _needs_fresh_channel(question)
    if _is_unknown(question) or fresh_channel:
        look_up(
            rt,
            user_id=question.viewer.slack_user_id if question.viewer.standing is None else None,
            channel_id=command.get("channel_id") if fresh_channel else None,
        )
        question = _asked(rt, command)
    return question
