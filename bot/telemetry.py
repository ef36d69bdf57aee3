"""What Claude Code's telemetry says, once everything but figures has been dropped. Words shared by its rooms."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.usage import Biller, Consumer, Plan, Tokens

FEATURES = (
    "sessions",
    "lines_added",
    "lines_removed",
    "commits",
    "pull_requests",
    "edits_accepted",
    "edits_rejected",
    "active_milliseconds",
    "compactions",
    "api_errors",
)
"""What is kept of all that is not money: counts of a day, no words."""

OLDEST_GOOD_CLI = (2, 1, 214)
"""Versions before multiplied the cost by the number of usage frames behind some gateways (Claude Code changelog)."""


class Signal(StrEnum):
    """By which of two ways the same dollars were told; a session's metrics count only where it sent no events."""

    EVENTS = "events"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """Whose session on which UTC day."""

    usage_date: date
    consumer: Consumer
    session: str
    """Empty where the sender does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was used of one model, by one signal: one record as it arrives, or the sum of a session's day."""

    key: SessionKey
    signal: Signal
    model: str
    provider: str
    biller: Biller
    plan: Plan
    tokens: Tokens
    cost_nanos: int
    unpriced_tokens: int = 0
    requests: int = 0
    api_milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One count of `FEATURES`: as it arrives, or the sum of a session's day."""

    key: SessionKey
    name: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One record's figures, and what tells it from every other record."""

    identity: bytes
    """128 bits of the hash of all that tells it apart; the token is part of that only where nothing else names it."""
    use: Use | None = None
    feature: Feature | None = None
    total: int | None = None
    """Of a cumulative series: how far its one figure has come; what it has grown by is booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a request said."""

    token_id: str
    """Public id of the token that it came with."""
    bookings: tuple[Booking, ...] = ()
    versions: frozenset[tuple[Consumer, str, date]] = frozenset()
    """Which version of Claude Code was seen of whom, and on which UTC day."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Records that are not believed, by reason."""
