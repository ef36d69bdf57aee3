"""Looking into a conversation for a message of ours, by the two marks that travel with it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.decisions import Scan
from bot.delivery.wire import Call
from bot.notice import NoticeRow

EVENT_TYPE = "ccost_notice"
BEFORE_FIRST_ATTEMPT = timedelta(minutes=10)
_PAGE = 100
_MAX_PAGES = 50


def marked(key: str, blocks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the arguments that mark a message as this one: metadata, and the invisible id of the first block."""
    payload = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
    if not blocks:
        return {"metadata": payload}
    first, *others = blocks
    return {"metadata": payload, "blocks": [{**first, "block_id": _block_id(key)}, *others]}


def scan(call: Call, row: NoticeRow, *, channel_id: str, our_user_id: str, real: datetime) -> Scan:
    """Read everything since shortly before the first attempt, and find the messages that bear the key.

    One page that cannot be read makes the whole look worthless, unless the message was on another.
    """
    began = min(row.real_first_attempt_at or real, row.due_at, real) - BEFORE_FIRST_ATTEMPT
    found: set[str] = set()
    complete = False
    for page in _pages(call, channel_id, f"{began.timestamp():.6f}"):
        if page is None:
            break
        found |= {str(message["ts"]) for message in page.get("messages", ()) if _bears(message, row.key, our_user_id)}
        complete = not page.get("has_more")
    return Scan(complete=complete, found=tuple(sorted(found, key=_instant)))


def _pages(call: Call, channel_id: str, oldest: str) -> Iterator[Mapping[str, Any] | None]:
    cursor = ""
    for _ in range(_MAX_PAGES):
        asked = {"channel": channel_id, "oldest": oldest, "limit": str(_PAGE), "include_all_metadata": "true"}
        reply = call("conversations.history", asked | ({"cursor": cursor} if cursor else {}))
        body = reply.body if reply.status == 200 and reply.body and reply.body.get("ok") is True else None
        yield body
        cursor = str(((body or {}).get("response_metadata") or {}).get("next_cursor") or "")
        if body is None or not body.get("has_more") or not cursor:
            return


def _bears(message: Mapping[str, Any], key: str, our_user_id: str) -> bool:
    if message.get("user") != our_user_id:
        return False
    metadata = message.get("metadata") or {}
    by_metadata = metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("key") == key
    return by_metadata or any(block.get("block_id") == _block_id(key) for block in message.get("blocks") or ())


def _block_id(key: str) -> str:
    return f"{EVENT_TYPE}-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _instant(ts: str) -> tuple[int, int]:
    seconds, _, fraction = ts.partition(".")
    return int(seconds), int(fraction or 0)
