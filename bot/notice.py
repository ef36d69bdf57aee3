"""What ccost says unasked: one row a message, from the moment it is due to its end.

A flat word of its own because `store` keeps these rows, `views` and `jobs` make them, and `delivery` sends them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class NoticeKind(StrEnum):
    """What a message is about."""

    DIGEST = "digest"
    BREACH = "breach"
    """A budget's threshold is passed."""
    CORRECTION = "correction"
    """A breach that restated figures have taken back."""
    PROJECTED = "projected"
    """A budget will probably not last."""
    REQUEST = "request"
    """Somebody asks for more: to those who decide."""
    REPLY = "reply"
    """The decision: to the one who asked."""
    OPERATOR = "operator"
    """Something that an admin must know or do about ccost itself."""


class NoticeState(StrEnum):
    """How far a message has come. Sent, failed, skipped and superseded are ends."""

    PENDING = "pending"
    SENDING = "sending"
    """Claimed; a request may be under way."""
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """It may or may not have been posted."""
    FAILED = "failed"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    """Another message says it, `superseded_by`."""


ENDS = frozenset({NoticeState.SENT, NoticeState.FAILED, NoticeState.SKIPPED, NoticeState.SUPERSEDED})


NEVER_CONFIRMED = "never confirmed"
"""Why a message was skipped that may have been posted, and is not worth repeating."""


SHARED = "share"
"""What a message is about that somebody shows to their channel: it goes out as a digest does, and is none."""


class Doubt(StrEnum):
    """What to do with a message that may or may not have been posted, where nobody can look."""

    HOLD = "hold"
    """Keep it, and ask an admin to release or drop it."""
    REPEAT = "repeat"
    """Say it once more after a day, labelled."""
    NEVER = "never"
    """Leave it: a repeat would annoy more than a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message as it was planned. Its content never changes: a correction edits the posted one, or has its own key."""

    key: str
    """Follows from its meaning, so that planning twice is planning once."""
    kind: NoticeKind
    recipient: str
    """A Slack channel (`C…`, `G…`) or a person (`U…`, `W…`), who is told in a direct message."""
    private_to: str | None = None
    """Whose private figures it holds: then nobody else may be the recipient."""
    about: str = ""
    """What it replaces while it waits: of one recipient and `about` only the newest is worth sending."""
    doubt: Doubt = Doubt.HOLD
    unasked: bool = False
    """Counts against the one message a person and day."""
    urgent: bool = False
    """Goes out although the person was told something today: a budget that is broken."""
    text: str
    blocks: Sequence[Mapping[str, Any]] = ()
    due_at: datetime
    """Not before this instant of the clock that decides what is due."""
    expires_at: datetime | None = None
    """After it, nobody wants to read it any more."""
    covers_start: date | None = None
    """The first UTC day that a digest covers."""
    why: str
    """For the operator who asks why it was sent; no figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow(Notice):
    """A message and what became of it. `*_at` follow the deciding clock, what is `real_*` the database's own."""

    state: NoticeState
    planned_at: datetime
    attempts: int = 0
    fence: int = 0
    """Grows with each claim: who holds an older one may not decide any more."""
    owner: str | None = None
    real_lease_until: datetime | None = None
    real_retry_at: datetime | None = None
    real_first_attempt_at: datetime | None = None
    told_on: date | None = None
    """The recipient's own day of the last attempt."""
    channel_id: str | None = None
    ts: str | None = None
    """Slack's id of the posted message."""
    sent_at: datetime | None = None
    real_uncertain_since: datetime | None = None
    real_scanned_at: datetime | None = None
    empty_scans: int = 0
    plain: bool = False
    """Slack has refused its blocks: it goes out as mere text."""
    repeated: bool = False
    """It may have been posted before, and says so."""
    outcome: str = ""
    """Why it is in its state: Slack's word, or ours."""
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a posted message should show now. Only the newest is worth showing."""

    key: str
    channel_id: str
    ts: str
    version: int
    text: str
    blocks: Sequence[Mapping[str, Any]]
