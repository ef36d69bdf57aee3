"""What every method of the Web API shares: who calls, with which rights, how lists are cut, how Slack says no."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.workspace.blockkit_findings import Problem
from bot.demo.workspace.people import Conversation
from bot.demo.workspace.refusal import SlackRefusal as SlackRefusal  # noqa: PLC0414  also known from here
from bot.demo.workspace.state import Team

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """What came in at the Web API: never the token."""

    method: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot as one workspace has installed it. `scopes` is what was granted; a test may take some away."""

    team: Team
    scopes: set[str]

    def need(self, scope: str) -> None:
        """Raise `SlackRefusal` unless the scope was granted."""
        if scope not in self.scopes:
            raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def seen(self, channel_id: object) -> Conversation:
        """Give a conversation that the bot may know of."""
        channel = self.team.channel(str(channel_id or ""))
        is_hidden = channel is not None and channel.kind == "private_channel" and not channel.bot_is_member
        # A person's id is an address to post to, and to nothing else.
        if channel is None or is_hidden or channel.channel_id != channel_id:
            raise SlackRefusal("channel_not_found")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the registry."""

    do: Callable[[Installation, Arguments], Answer]
    scope: str = ""


def flag(value: object) -> bool:
    """Read a boolean as forms and JSON carry it."""
    return str(value).casefold() in ("1", "true")


def page(items: Sequence[Any], ask: Arguments, *, most: int = 200) -> tuple[list[Any], Answer]:
    """Cut one page out of a list; the cursor is opaque and goes stale when it does not fit."""
    cursor = str(ask.get("cursor") or "")
    start = 0
    if cursor:
        if not cursor.startswith("page:") or not cursor[5:].isdecimal() or int(cursor[5:]) >= len(items):
            raise SlackRefusal("invalid_cursor")
        start = int(cursor[5:])
    asked = str(ask.get("limit") or most)
    if not asked.isdecimal():
        raise SlackRefusal("invalid_limit")
    limit = min(max(int(asked), 1), most)
    end = start + limit
    return list(items[start:end]), {"response_metadata": {"next_cursor": f"page:{end}" if end < len(items) else ""}}


def json_of(ask: Arguments, name: str, error: str = "invalid_blocks_format") -> Any:
    """Read blocks, a view or metadata: forms carry them as JSON text. Raises `SlackRefusal` with the error."""
    given = ask.get(name)
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise SlackRefusal(error) from None


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Raise `SlackRefusal` with Slack's lines if there is a problem."""
    if problems:
        lines = [str(problem) for problem in problems]
        raise SlackRefusal(problems[0].error, errors=lines, response_metadata={"messages": lines})
