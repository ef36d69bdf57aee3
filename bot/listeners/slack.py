"""The Bolt application: one listener each for commands, buttons, forms, events and errors. Nothing else is registered,
since each listener costs every request."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient

from bot.errors import UserError
from bot.listeners import events, home
from bot.listeners.ask import Ask
from bot.listeners.commands import COMMAND, answer
from bot.listeners.handover import Handover
from bot.listeners.modals import OPEN, Modal, field_for, named, read
from bot.listeners.origin import Origin, origin_of
from bot.listeners.question import asked, command_of, is_slow, looked_up, looked_up_answer, on_home
from bot.listeners.reply import explain, payload, reply_later
from bot.listeners.showing import fill, show_answer, show_view
from bot.runtime import Runtime
from bot.text import Text
from bot.views import said
from bot.views.blocks import Message, quote
from bot.views.modal import View, answered, waiting

BUTTONS = re.compile(r"[a-z_.0-9]+")
"""Action ids of our buttons; the value of each is what one would have typed behind the command."""

_ANY = re.compile(r".+")
_TRY_AGAIN = 503
"""Slack repeats an event, and marks a button as failed; in Socket Mode it is not acknowledged, with the same effect."""

_PATIENCE_SECONDS = 1.5
"""So long a form waits for its answer; Slack gives up after three seconds."""

_SETTLE_SECONDS = 1.0
"""So long our acknowledgement may take to be shown."""


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
    question = context["question"] = asked(rt, command)
    if not rt.pace.allows(question.viewer.slack_user_id):
        message = said("error.too_fast", {}, question.text)
    elif is_slow(question):
        begun = reply_later(rt, str(command["response_url"]), question.text, lambda: looked_up_answer(rt, command))
        message = said("wait.looking_up" if begun else "busy", {}, question.text)
    else:
        message = answer(rt, question)
    ack(**payload(message, native_blocks=rt.native_blocks))


def pressed(ack: Ack, body: dict[str, Any], context: BoltContext, rt: Runtime) -> BoltResponse | None:
    """Answer a button as if its value had been typed, below its message or in a modal; or open the form it names.

    Its acknowledgement shows nothing. Without a free place there is none: Slack marks the button as failed.
    """
    origin, action = origin_of(body), body["actions"][0]
    context["pressed"] = origin
    opens = str(action["action_id"]).startswith(OPEN)
    if "value" not in action and not opens:  # a link: the browser has answered it
        ack()
        return None
    command = command_of(body, origin) | {"text": action.get("value")}
    question = context["question"] = asked(rt, command)
    if not rt.pace.allows(question.viewer.slack_user_id):
        begun = show_answer(rt, origin, question.text, lambda: said("error.too_fast", {}, question.text))
    elif opens:
        modal = _known(named(action["action_id"].removeprefix(OPEN)))
        begun = show_view(rt, origin, question.text, lambda: _form(rt, modal, command))
    else:
        then = _home_anew(rt, origin, command)
        begun = show_answer(rt, origin, question.text, lambda: looked_up_answer(rt, command), then)
    if not begun:
        return BoltResponse(status=_TRY_AGAIN)
    ack()
    return None


def submitted(ack: Ack, body: dict[str, Any], context: BoltContext, rt: Runtime) -> None:
    """Answer a form as if it had been typed. What it says may be wrong stays in the form, under its field."""
    view = body["view"]
    origin = context["submitted"] = origin_of(body)
    command = command_of(body, origin) | {"text": ""}
    context["question"] = asked(rt, command)
    modal = _known(named(str(view.get("callback_id"))))
    filled = read(view)
    channel_id = modal.channel(filled) or origin.channel_id
    origin = context["submitted"] = replace(origin, channel_id=channel_id)
    command |= {"words": modal.words(filled), "channel_id": channel_id}
    question = context["question"] = asked(rt, command)
    if not rt.pace.allows(question.viewer.slack_user_id):
        ack(**_under(view, modal, UserError("error.too_fast"), question.text))
        return
    try:
        message = _answer_soon(rt, str(view["id"]), origin, command) if is_slow(question) else answer(rt, question)
    except UserError as error:
        ack(**_under(view, modal, error, question.text))
        return
    if message is None:
        ack(**_update(waiting(question.text), origin))
        return
    rt.later(_home_anew(rt, origin, command))
    ack(**_update(answered(message, question.text), origin))


def happened(ack: Ack, body: dict[str, Any], rt: Runtime) -> BoltResponse | None:
    """Hear an event. Without a free place it is not acknowledged: Slack tells it again."""
    if not events.happened(rt, body):
        return BoltResponse(status=_TRY_AGAIN)
    ack()
    return None


def on_error(error: Exception, body: dict[str, Any], context: BoltContext) -> BoltResponse:
    """Tell the person what is wrong where they asked, as a 200: Slack's own failure banner says nothing.

    An event has nobody to tell; Slack tells it again, when what failed may work.
    """
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=404)
    rt: Runtime = context["rt"]
    question: Ask | None = context.get("question")
    text = question.text if question else rt.texts.of(None)
    message = explain(error, text)
    if body.get("type") == "event_callback":
        return BoltResponse(status=_TRY_AGAIN)
    form: Origin | None = context.get("submitted")
    if form is not None:
        return BoltResponse(status=200, body=_update(answered(message, text), form))
    button: Origin | None = context.get("pressed")
    if button is not None:
        begun = show_answer(rt, button, text, lambda: message)
        return BoltResponse(status=200 if begun else _TRY_AGAIN)
    return BoltResponse(status=200, body=payload(message, native_blocks=rt.native_blocks))


def _form(rt: Runtime, modal: Modal, command: Mapping[str, Any]) -> View:
    question = looked_up(rt, command)
    question.allow(modal.act)
    return {**modal.form(rt, question), "callback_id": modal.name}


def _known(modal: Modal | None) -> Modal:
    """Insist on a form of ours: a button of last month may name one that is no more."""
    if modal is None:
        raise UserError("error.outdated")
    return modal


def _under(view: Mapping[str, Any], modal: Modal, error: UserError, text: Text) -> dict[str, Any]:
    """Say an error in the form, under the field that it is about."""
    return {"response_action": "errors", "errors": {field_for(modal, view, error.key): _sentence(error, text)}}


def _sentence(error: UserError, text: Text) -> str:
    """Say it as plain text, as Slack shows it under a field: without escapes and marks."""
    values = {name: quote(value) if isinstance(value, str) else value for name, value in error.values.items()}
    return text(error.key, **values).replace("`", "")


def _update(view: View, origin: Origin) -> dict[str, Any]:
    return {"response_action": "update", "view": {**view, "private_metadata": origin.metadata}}


def _answer_soon(rt: Runtime, view_id: str, origin: Origin, command: Mapping[str, Any]) -> Message | None:
    """Give what takes long to work out, while the form can still take it; None: it will fill the modal later.

    Raises what the answer raises, and `UserError` when too much waits already.
    """
    handover = Handover[Future[Message]]()
    text = asked(rt, command).text

    def work() -> None:
        made = Future[Message]()
        try:
            made.set_result(looked_up_answer(rt, command))
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            made.set_exception(error)
        if not handover.give(made):
            # Slack still shows "one moment" from our acknowledgement; if we came before it, that would stay for ever.
            rt.stopping.wait(_SETTLE_SECONDS)
            fill(rt, view_id, origin, text, lambda: answered(made.result(), text))
            _home_anew(rt, origin, command)()

    if not rt.later(work):
        raise UserError("busy")
    given = handover.take(_PATIENCE_SECONDS)
    return given.result() if given else None


def _home_anew(rt: Runtime, origin: Origin, command: Mapping[str, Any]) -> Callable[[], None]:
    """Give what draws the Home tab anew where it is behind what was done."""
    return lambda: home.publish(rt, on_home(rt, command)) if origin.from_home else None
