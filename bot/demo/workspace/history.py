"""What has been said, as Slack tells it back: message objects and `conversations.history`."""

from decimal import Decimal, InvalidOperation
from typing import Any

from bot.demo.cast import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID
from bot.demo.workspace.calls import Answer, Arguments, Installation, flag
from bot.demo.workspace.files import file_object
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.state import Entry

_SCOPE_OF_KIND = {"public_channel": "channels:history", "private_channel": "groups:history", "im": "im:history"}
_USUAL, _MOST = 100, 999
_CURSOR = "next_ts:"


def message_object(entry: Entry, *, with_metadata: bool = True) -> Answer:
    """Describe a message as Slack sends it back."""
    told: Answer = {"type": "message", "user": entry.author_id, "ts": entry.message_id, "text": entry.text}
    if entry.author_id == BOT_USER_ID:
        told |= {"bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM_ID}
    if entry.blocks:
        told["blocks"] = entry.named_blocks
    if entry.metadata and with_metadata:
        told["metadata"] = entry.metadata
    if entry.file:
        told |= {"subtype": "file_share", "files": [file_object(entry.file)], "upload": False}
    if entry.thread_ts:
        told["thread_ts"] = entry.thread_ts
    if entry.is_edited:
        told["edited"] = {"user": entry.author_id, "ts": entry.message_id}
    return told


def conversations_history(api: Installation, ask: Arguments) -> Answer:
    """Give what was said in a conversation, the newest first; `oldest` and `latest` themselves only if `inclusive`."""
    channel = api.seen(ask.get("channel"))
    api.need(_SCOPE_OF_KIND[channel.kind])
    if not channel.bot_is_member:
        raise SlackRefusal("not_in_channel")
    oldest, latest = _stamp(ask, "oldest"), _stamp(ask, "latest")
    inclusive, before = flag(ask.get("inclusive")), _cursor(ask)
    found = [
        entry
        for entry in reversed(api.team.history(channel.channel_id))
        if _is_after(entry, oldest, inclusive=inclusive)
        and _is_before(entry, latest, inclusive=inclusive)
        and (before is None or Decimal(entry.message_id) < before)
    ]
    limit = _limit(ask)
    shown, has_more = found[:limit], len(found) > limit
    return {
        "messages": [message_object(one, with_metadata=flag(ask.get("include_all_metadata"))) for one in shown],
        "has_more": has_more,
        "pin_count": 0,
        "response_metadata": {"next_cursor": f"{_CURSOR}{shown[-1].message_id}" if has_more else ""},
    }


def _is_after(entry: Entry, oldest: Decimal | None, *, inclusive: bool) -> bool:
    at = Decimal(entry.message_id)
    return oldest is None or at > oldest or (inclusive and at == oldest)


def _is_before(entry: Entry, latest: Decimal | None, *, inclusive: bool) -> bool:
    at = Decimal(entry.message_id)
    return latest is None or at < latest or (inclusive and at == latest)


def _stamp(ask: Arguments, name: str) -> Decimal | None:
    """Read a time: seconds since 1970 with up to six decimals. Nothing or 0 is no bound."""
    return _number(ask.get(name) or 0, f"invalid_ts_{name}") or None


def _cursor(ask: Arguments) -> Decimal | None:
    """Read where the next page begins. It is a time: what is said meanwhile moves no page."""
    given = str(ask.get("cursor") or "")
    if given and not given.startswith(_CURSOR):
        raise SlackRefusal("invalid_cursor")
    return _number(given.removeprefix(_CURSOR), "invalid_cursor") if given else None


def _number(given: Any, error: str) -> Decimal:
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise SlackRefusal(error) from None
    if not number.is_finite():
        raise SlackRefusal(error)
    return number


def _limit(ask: Arguments) -> int:
    asked = str(ask.get("limit") or _USUAL)
    if not asked.isdecimal():
        raise SlackRefusal("invalid_limit")
    return min(max(int(asked), 1), _MOST)
