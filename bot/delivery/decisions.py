"""What becomes of a message, as pure decisions: each gives the next state, and why.

What was surely not posted may be tried again. What may have been posted never goes straight back: it waits until
somebody, or two complete looks into the conversation, have settled it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.delivery.classify import Accepted, Ambiguous, Refused, Verdict, Why
from bot.delivery.times import BACKOFF, Times
from bot.notice import NEVER_CONFIRMED, Doubt, NoticeKind, NoticeRow, NoticeState

LOOKS_NEEDED = 2
"""One empty look is not proof: the history may lag."""


class Tell(StrEnum):
    """What the admins must be told about a message."""

    HELD = "held"
    FAILED = "failed"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next state of a message."""

    state: NoticeState
    outcome: str
    retry_in: timedelta | None = None
    tell: Tell | None = None
    park: bool = False
    """The channel takes nothing until something about it changes."""
    stop: bool = False
    """No other message has a chance now either."""
    plain: bool = False
    """From now on it goes out as mere text."""
    repeated: bool = False
    """It goes out once more although it may be there, and says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A look into a conversation for one message."""

    complete: bool
    """Every page of the window was read."""
    found: tuple[str, ...] = ()
    """The `ts` of every message that bears the key, oldest first."""


def outlived(row: NoticeRow, now: datetime) -> Step | None:
    """Say what becomes of a message that nobody wants to read any more; None: somebody does."""
    if row.expires_at is None or now <= row.expires_at:
        return None
    return Step(state=NoticeState.SKIPPED, outcome="expired", tell=_told(row, Tell.EXPIRED))


def looks_first(row: NoticeRow, *, now: datetime, can_look: bool, times: Times) -> Step | None:
    """Say that a late first attempt begins with a look; None: it does not.

    After an outage the database may be an old copy, in which what was posted is still waiting.
    """
    never_in_doubt = row.fence == 0 and row.real_uncertain_since is None
    if can_look and never_in_doubt and now - row.due_at > times.late:
        return Step(state=NoticeState.UNCERTAIN, outcome="late first attempt")
    return None


def after(row: NoticeRow, verdict: Verdict, *, real: datetime, can_look: bool, times: Times) -> Step:
    """Say what becomes of a message after an attempt; `row` is as it was when it was claimed."""
    if isinstance(verdict, Accepted):
        return Step(state=NoticeState.SENT, outcome="accepted")
    if isinstance(verdict, Ambiguous):
        return in_doubt(row, verdict.error, can_look=can_look)
    return _after_refusal(row, verdict, real, times)


def in_doubt(row: NoticeRow, why: str, *, can_look: bool) -> Step:
    """Say what becomes of a message of which nobody knows whether it was posted."""
    tell = Tell.HELD if row.doubt is Doubt.HOLD and not can_look else None
    return Step(state=NoticeState.UNCERTAIN, outcome=why, tell=_told(row, tell))


def resolve(
    row: NoticeRow, scan: Scan | None, *, now: datetime, real: datetime, can_look: bool, times: Times
) -> Step | None:
    """Say what becomes of an uncertain message; None: it stays as it is. `scan` is a look made just now, if any."""
    if scan and scan.found:
        return Step(state=NoticeState.SENT, outcome="found")
    if scan and scan.complete and row.empty_scans + 1 >= LOOKS_NEEDED:
        return Step(state=NoticeState.PENDING, outcome="looked twice, not there")
    if row.expires_at is not None and now > row.expires_at:
        return Step(state=NoticeState.SKIPPED, outcome="expired in doubt", tell=_told(row, Tell.UNCONFIRMED))
    if real - (row.real_uncertain_since or real) < times.repeat:
        return None
    return _unproven(row, can_look=can_look)


def is_time_to_look(row: NoticeRow, real: datetime, times: Times) -> bool:
    """Say whether a look proves anything yet: long enough after the doubt, and after the look before."""
    since = row.real_scanned_at or row.real_uncertain_since or real
    return real - since >= times.settle


def _unproven(row: NoticeRow, *, can_look: bool) -> Step | None:
    """A day has passed without proof; where looking was possible it has failed."""
    if row.doubt is Doubt.HOLD:
        return in_doubt(row, "nobody could look", can_look=False) if can_look else None
    if row.doubt is Doubt.REPEAT and not row.repeated:
        return Step(state=NoticeState.PENDING, outcome="repeated", repeated=True)
    return Step(state=NoticeState.SKIPPED, outcome=NEVER_CONFIRMED, tell=_told(row, Tell.UNCONFIRMED))


def _after_refusal(row: NoticeRow, refused: Refused, real: datetime, times: Times) -> Step:
    match refused.why:
        case Why.TOKEN:
            return Step(state=NoticeState.PENDING, outcome=refused.error, retry_in=times.token_wait, stop=True)
        case Why.WAIT | Why.UNREACHED | Why.WITHHELD:
            return _again(row, refused, real, times)
        case Why.UNWANTED:
            return Step(state=NoticeState.SKIPPED, outcome=refused.error)
        case Why.CONTENT if not row.plain:
            return Step(state=NoticeState.PENDING, outcome=refused.error, retry_in=timedelta(), plain=True)
        case Why.DESTINATION | Why.PERSON | Why.CONTENT:
            park = refused.why is Why.DESTINATION and row.kind is NoticeKind.DIGEST
            return Step(state=NoticeState.FAILED, outcome=refused.error, tell=_told(row, Tell.FAILED), park=park)


def _again(row: NoticeRow, refused: Refused, real: datetime, times: Times) -> Step:
    if row.real_first_attempt_at is not None and real - row.real_first_attempt_at >= times.give_up:
        return Step(state=NoticeState.FAILED, outcome=refused.error, tell=_told(row, Tell.FAILED))
    wait = BACKOFF[min(max(row.attempts, 1), len(BACKOFF)) - 1]
    # Slack says itself how long to wait for its limit; what never left is not counted against anybody.
    retry_in = max(refused.retry_after, timedelta(seconds=1)) if refused.why is Why.WAIT else wait
    return Step(state=NoticeState.PENDING, outcome=refused.error, retry_in=retry_in)


def _told(row: NoticeRow, tell: Tell | None) -> Tell | None:
    """A message to the admins that fails is no reason for another one."""
    return None if row.kind is NoticeKind.OPERATOR else tell
