"""How ccost itself is doing, and which use still belongs to nobody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.reports.reconcile import Comparison
from bot.usage import ConsumerKind, DayStanding, DayState, Owner


class Trouble(StrEnum):
    """Why a source's last reading failed, by what is to be done. One for each kind of `SourceError`."""

    UNAVAILABLE = "unavailable"
    REJECTED = "rejected"
    CHANGED = "changed"
    ABSENT = "absent"
    """Nothing to do: the organization does not have it, or the key does not open it."""


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
    """Days that no source of the same account has."""
    rows: int = 0
    """Rows of use and activity of the days looked at, as they are stored."""
    speaks_days: int = 0
    """Days of those looked at for which it is the one that speaks."""
    shares_account: bool = False
    """Another source tells of the same use."""
    instead: str | None = None
    """The source of the same account whose figures stand in while this one gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStatus:
    """The organization's own cost report, and how it agrees with our figures."""

    source: SourceStatus
    knows_claude_code: bool
    """The workspace of Claude Code was found: without it, nothing can be compared."""
    months: tuple[Comparison, ...] = ()
    """What can be compared, by calendar month, oldest first."""
    owners: tuple[Mapping[Owner, int], ...] = ()
    """Our figures of those days by whose they are, a month each; for admins only."""
    differing: tuple[Comparison, ...] = ()
    """Days that differ by more than the tolerance, the newest first."""


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
    cost_report: ReportStatus | None = None
    """None: no key opens it."""
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


def days_nobody_has(standings: Iterable[DayStanding]) -> tuple[date, ...]:
    """Give the days that no source has. `standings` are those of each source of one account."""
    has: dict[date, bool] = {}
    for one in standings:
        has[one.usage_date] = has.get(one.usage_date, False) or one.state is not DayState.MISSING
    return tuple(day for day in sorted(has) if not has[day])


def stands_in(
    name: str, account: Sequence[str], standings: Sequence[DayStanding], failing: Iterable[str]
) -> str | None:
    """Say which other source of an account has figures while `name` gives none; None: no other does."""
    heard = {one.source for one in standings if one.state is not DayState.MISSING} - set(failing)
    return next((one for one in account if one != name and one in heard), None)
