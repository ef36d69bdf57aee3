"""Messages for the tests: as they were planned, and as rows in any state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.notice import Doubt, Notice, NoticeKind, NoticeRow, NoticeState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday."""
TICK = timedelta(microseconds=1)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHANNEL, ADA, BORIS = "C0GENERAL", "U0ADA", "U0BORIS"
BLOCKS = ({"type": "section", "text": {"type": "mrkdwn", "text": "Yesterday: $12.34"}},)

_DIGEST: dict[str, Any] = {
    "key": f"digest/{CHANNEL}/2026-11-20/daily",
    "kind": NoticeKind.DIGEST,
    "recipient": CHANNEL,
    "doubt": Doubt.HOLD,
    "text": "Yesterday: $12.34",
    "blocks": BLOCKS,
    "due_at": NOON,
    "why": "due",
}


def digest(**changes: Any) -> Notice:
    """A channel's digest, due at noon."""
    return Notice(**_DIGEST | changes)


def alert(recipient: str = ADA, **changes: Any) -> Notice:
    """A message to a person about a budget, due at noon; it counts against the one a day."""
    planned: dict[str, Any] = {
        "key": f"budget/7/2026-11-01/80/1/fire/{recipient}",
        "kind": NoticeKind.BREACH,
        "recipient": recipient,
        "private_to": recipient,
        "about": "budget",
        "doubt": Doubt.NEVER,
        "unasked": True,
        "text": "$80.00 of $100.00",
    }
    return Notice(**_DIGEST | planned | changes)


def row(**changes: Any) -> NoticeRow:
    """A digest that was claimed once at noon."""
    claimed: dict[str, Any] = {"state": NoticeState.SENDING, "planned_at": NOON, "attempts": 1, "fence": 1}
    return NoticeRow(**_DIGEST | claimed | changes)
