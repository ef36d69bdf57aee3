"""How ccost itself is doing, and which use still belongs to nobody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.usage import ConsumerKind


class Trouble(StrEnum):
    """Why a source's last reading failed, by what is to be done. One for each kind of `SourceError`."""

    UNAVAILABLE = "unavailable"
    REJECTED = "rejected"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """One source's health."""

    name: str
    last_success_at: datetime | None
    """None: it has never answered."""
    trouble: Trouble | None = None
    """None: the last reading went well."""
    why: str = ""
    """What was refused, in the words of the error; never a secret."""
    held_days: tuple[date, ...] = ()
    missing_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What `settings status` shows."""

    now: datetime
    poll_minutes: int
    sources: tuple[SourceStatus, ...]
    people: int
    """People with usage."""
    matched_people: int
    """Those of them whom Slack knows."""
    unattributed: int
    """Consumers whose use belongs to nobody."""
    for_admin: bool
    doubtful_messages: int = 0
    """Messages to the viewer, of the last 30 days, of which nobody knows whether they arrived."""
    held_messages: int = 0
    """Messages to anybody that wait for an admin's decision."""
    missing_scopes: tuple[str, ...] = ()
    """Permissions that the app wants and Slack did not grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnattributedUse:
    """A consumer that nobody claimed: what an admin may link."""

    label: str
    """The address, key name or id by which the source knows it."""
    kind: ConsumerKind
    cost_nanos: int
    last_seen: date
    source: str


def is_stale(source: SourceStatus, report: StatusReport) -> bool:
    """Say whether a source has been silent for more than twice the time between two polls."""
    if source.last_success_at is None:
        return False
    return report.now - source.last_success_at > 2 * timedelta(minutes=report.poll_minutes)
