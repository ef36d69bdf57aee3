"""The Bolt application: one command, one router for buttons, one error handler. Nothing else is registered, since each
listener costs every request."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient

from bot.access import Place
from bot.listeners.ask import Ask, ask
from bot.listeners.commands import COMMAND, answer, row_of
from bot.listeners.reply import explain, payload, reply_later
from bot.people import Standing
from bot.runtime import Runtime
from bot.views import said
from bot.views.blocks import Message
from bot.workspace import look_up

BUTTONS = re.compile(r"[a-z_.]+")
"""Action ids of our buttons; the value of each is what one would have typed behind the command."""


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
    app.error(on_error)
    return app


def ccost(ack: Ack, command: dict[str, Any], context: BoltContext, rt: Runtime) -> None:
    """Answer `/ccost …` in the acknowledgement, from what the store knows.

    Who or where is unknown, or has to be fresh, must first be asked of Slack, and some answers take long to work out:
    these come a moment later.
    """
    question = context["question"] = _asked(rt, command)
    row = row_of(question)
    if _is_unknown(question) or _needs_fresh_channel(question) or (row and row.is_slow):
        begun = reply_later(rt, str(command["response_url"]), question.text, lambda: _looked_up_answer(rt, command))
        message = said("wait.looking_up" if begun else "busy", {}, question.text)
    else:
        message = answer(rt, question)
    ack(**payload(message, native_blocks=rt.native_blocks))


def pressed(ack: Ack, body: dict[str, Any], rt: Runtime) -> None:
    """Answer a button as if its value had been typed; through `response_url`: its acknowledgement shows nothing."""
    user = body["user"]
    command = {
        "user_id": user["id"],
        "team_id": user.get("team_id") or (body.get("team") or {}).get("id"),
        "enterprise_id": (body.get("enterprise") or {}).get("id"),
        "channel_id": (body.get("channel") or {}).get("id"),
        "text": body["actions"][0].get("value"),
    }
    text = _asked(rt, command).text
    reply_later(rt, str(body.get("response_url")), text, lambda: _looked_up_answer(rt, command))
    ack()


def on_error(error: Exception, context: BoltContext) -> BoltResponse:
    """Tell the person what is wrong, as a 200: Slack's own failure banner says nothing."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=404)
    rt: Runtime = context["rt"]
    question: Ask | None = context.get("question")
    message = explain(error, question.text if question else rt.texts.of(None))
    return BoltResponse(status=200, body=payload(message, native_blocks=rt.native_blocks))


def _asked(rt: Runtime, command: Mapping[str, Any]) -> Ask:
    return ask(
        rt,
        user_id=str(command["user_id"]),
        team_id=command.get("team_id"),
        enterprise_id=command.get("enterprise_id"),
        channel_id=str(command.get("channel_id") or ""),
        text=str(command.get("text") or ""),
    )


def _is_unknown(question: Ask) -> bool:
    standing = question.viewer.standing
    return standing is None or (standing is Standing.MEMBER and question.place is Place.UNKNOWN_CHANNEL)


def _needs_fresh_channel(question: Ask) -> bool:
    row = row_of(question)
    is_member = question.viewer.standing is Standing.MEMBER
    return question.place is not Place.PRIVATE and is_member and row is not None and row.looks_up


def _looked_up_answer(rt: Runtime, command: Mapping[str, Any]) -> Message:
    question = _asked(rt, command)
    fresh_channel = question.place is Place.UNKNOWN_CHANNEL or _needs_fresh_channel(question)
    if _is_unknown(question) or fresh_channel:
        look_up(
            rt,
            user_id=question.viewer.slack_user_id if question.viewer.standing is None else None,
            channel_id=command.get("channel_id") if fresh_channel else None,
        )
        question = _asked(rt, command)
    return answer(rt, question)
