"""Whether a reading of a day may replace what is stored: a day that loses money has to say so twice.

A provider answers 200 with nothing for a day that had money, and takes it back within the hour. So a reading that
loses much waits until an equal one, at least an hour later, confirms it; until then the old figures are shown, as held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CONFIRM_AFTER = timedelta(hours=1)
"""How far apart two equal readings must be before a loss is believed."""


class Reason(StrEnum):
    """Why a reading was admitted, held or passed over."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    HELD_EMPTY = "held_empty"
    """Nothing where there was something; the hour begins."""
    HELD_SHRUNK = "held_shrunk"
    """More than a fifth less; the hour begins."""
    HELD_AGAIN = "held_again"
    """Equal to the held reading, but the hour is not over."""
    RELEASED = "released"
    """Equal to the held reading and an hour apart: the loss is real."""
    OLDER = "older"
    """Begun before what is known already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reading that waits to be confirmed."""

    digest: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is known of a day."""

    as_of: datetime
    digest: str
    record_count: int
    cost_nanos: int
    tokens: int
    held: Held | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a new reading says of it. Equal readings have equal digests."""

    digest: str
    record_count: int
    cost_nanos: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with a reading."""

    reason: Reason
    held: Held | None = None
    """What is to be kept as held from now on; None clears a hold."""

    @property
    def admitted(self) -> bool:
        """The reading is the truth from now on (it may be the same truth as before)."""
        return self.reason in (Reason.NEW, Reason.UNCHANGED, Reason.REPLACED, Reason.RELEASED)


def admit(stored: Stored | None, incoming: Incoming, now: datetime) -> Verdict:
    """Decide about a reading that began at `now`."""
    if stored is None:
        return Verdict(reason=Reason.NEW)
    held = stored.held
    if now < stored.as_of or (held is not None and now < held.since):
        return Verdict(reason=Reason.OLDER, held=held)
    if incoming.digest == stored.digest:
        return Verdict(reason=Reason.UNCHANGED)
    loss = _loss(stored, incoming)
    if loss is None:
        return Verdict(reason=Reason.REPLACED)
    return _doubt(held, Held(digest=incoming.digest, since=now), loss)


def _doubt(held: Held | None, suspect: Held, loss: Reason) -> Verdict:
    """Begin the hour for a loss that was not seen before; end it for one that has been confirmed."""
    if held is None or held.digest != suspect.digest:
        return Verdict(reason=loss, held=suspect)
    if suspect.since - held.since < CONFIRM_AFTER:
        return Verdict(reason=Reason.HELD_AGAIN, held=held)
    return Verdict(reason=Reason.RELEASED)


def _loss(stored: Stored, incoming: Incoming) -> Reason | None:
    """Name the loss that makes a reading suspicious. Tokens are asked where the day had no cost to lose."""
    if stored.record_count and not incoming.record_count:
        return Reason.HELD_EMPTY
    before, after = (stored.cost_nanos, incoming.cost_nanos) if stored.cost_nanos else (stored.tokens, incoming.tokens)
    return Reason.HELD_SHRUNK if after * 5 < before * 4 else None
