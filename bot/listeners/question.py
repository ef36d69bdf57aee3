"""Reading what somebody typed, pressed or sent off as one question, asking Slack first about whoever is unknown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.access import Place
from bot.listeners.ask import Ask, ask
from bot.listeners.commands import answer, row_of
from bot.listeners.origin import Origin
from bot.people import Standing
from bot.runtime import Runtime
from bot.views.blocks import Message
from bot.workspace import look_up

Command = Mapping[str, Any]
"""A command as Slack sends it, or an interaction written as the command that it stands for."""


def command_of(body: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    """Write an interaction as the command that it stands for."""
    user = body["user"]
    return {
        "user_id": user["id"],
        "team_id": user.get("team_id") or (body.get("team") or {}).get("id"),
        "enterprise_id": (body.get("enterprise") or {}).get("id"),
        "channel_id": origin.channel_id,
        "message_ts": origin.message_ts,
    }


def asked(rt: Runtime, command: Command) -> Ask:
    """Read a command against what the store knows. Its `words`, where it has any, are words however odd."""
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


def on_home(rt: Runtime, command: Command) -> Ask:
    """Ask for the Home tab of whoever this is."""
    return asked(rt, {**command, "channel_id": None, "words": ()})


def is_slow(question: Ask) -> bool:
    """Say whether the answer needs Slack first, or takes long to work out."""
    row = row_of(question)
    return _is_unknown(question) or _needs_fresh_channel(question) or (row is not None and row.is_slow)


def _is_unknown(question: Ask) -> bool:
    standing = question.viewer.standing
    return standing is None or (standing is Standing.MEMBER and question.place is Place.UNKNOWN_CHANNEL)


def _needs_fresh_channel(question: Ask) -> bool:
    row = row_of(question)
    is_member = question.viewer.standing is Standing.MEMBER
    return question.place is not Place.PRIVATE and is_member and row is not None and row.looks_up


def looked_up_answer(rt: Runtime, command: Command) -> Message:
    """Answer, having asked Slack about whoever or whatever is unknown. Raises `UserError`."""
    return answer(rt, looked_up(rt, command))


def looked_up(rt: Runtime, command: Command) -> Ask:
    """Read the question, having asked Slack about whoever or whatever is unknown."""
    question = asked(rt, command)
    fresh_channel = question.place is Place.UNKNOWN_CHANNEL or _needs_fresh_channel(question)
    if _is_unknown(question) or fresh_channel:
        look_up(
            rt,
            user_id=question.viewer.slack_user_id if question.viewer.standing is None else None,
            channel_id=command.get("channel_id") if fresh_channel else None,
        )
        question = asked(rt, command)
    return question
