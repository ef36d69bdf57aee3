"""On what a figure stands: sources, age, and what may still change. Every answer ends with it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.periods import ChargePeriod, previous, utc_day
from bot.reports.reconcile import Comparison
from bot.usage import DayStanding, DayState

STALE_AFTER = timedelta(hours=3)
"""Twice what is normal: the vendor lags up to an hour, and we ask every half hour."""

_LEAST_TRUSTED_FIRST = (DayState.MISSING, DayState.HELD, DayState.OPEN, DayState.SETTLING, DayState.SETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What the store knows about the days of a period."""

    sources: tuple[str, ...]
    """Their names, in the order of the standings."""
    states: Mapping[date, DayState]
    """Each day of the period that has begun, by the least trusted of its sources."""
    as_of: datetime | None
    """When the newest day was read; of several sources the one that is furthest behind. None: nothing was read."""
    stale_hours: int | None
    """Set when today is part of the period and its figures are older than `STALE_AFTER`."""
    quarantined: int
    """Rows that could not be understood and are in no sum."""
    missing_before: int
    """Days never read in the period to compare with, as far as the standings reach back."""
    changed_days: tuple[date, ...] = ()
    """Finished days whose figures were others before, as far back as that is kept."""
    self_declared_nanos: int = 0
    """Pay-per-token spend of which only the sender says whose it is."""
    comparison: Comparison | None = None
    """The organization's figures beside its own cost report; None: not asked for, or no day can be compared."""

    @property
    def open_days(self) -> tuple[date, ...]:
        """Days that were not over when they were read: more is to come."""
        return self._days(DayState.OPEN)

    @property
    def held_days(self) -> tuple[date, ...]:
        """Days of which a later reading lost money: what was read before is shown."""
        return self._days(DayState.HELD)

    @property
    def missing_days(self) -> tuple[date, ...]:
        """Days that were never read. Not zero."""
        return self._days(DayState.MISSING)

    @property
    def settling_since(self) -> date | None:
        """The first day that is over but may still be corrected."""
        return next(iter(self._days(DayState.SETTLING)), None)

    def _days(self, state: DayState) -> tuple[date, ...]:
        return tuple(day for day in sorted(self.states) if self.states[day] is state)


def footing(
    standings: Iterable[DayStanding],
    period: ChargePeriod,
    *,
    now: datetime | None = None,
    changed: Collection[date] = (),
    self_declared_nanos: int = 0,
    comparison: Comparison | None = None,
) -> Footing:
    """Sum up what is known of a period's days.

    Give one standing per source and day that has begun, `MISSING` included: a day that no standing names is taken for
    one that has not begun. Standings may reach back over the previous period; then its gaps are counted too. With
    `now`, figures of today that are too old are called stale. `changed`, `self_declared_nanos` and `comparison` are
    passed on.
    """
    before = previous(period)
    inside: list[DayStanding] = []
    missing_before: set[date] = set()
    for standing in standings:
        if standing.usage_date in period:
            inside.append(standing)
        elif standing.usage_date in before and standing.state is DayState.MISSING:
            missing_before.add(standing.usage_date)
    states: dict[date, DayState] = {}
    for standing in inside:
        worst = min(standing.state, states.get(standing.usage_date, standing.state), key=_LEAST_TRUSTED_FIRST.index)
        states[standing.usage_date] = worst
    as_of = _as_of(inside)
    return Footing(
        sources=tuple(dict.fromkeys(standing.source for standing in inside)),
        states=states,
        as_of=as_of,
        stale_hours=_stale_hours(as_of, period, now),
        quarantined=sum(standing.quarantined for standing in inside),
        missing_before=len(missing_before),
        changed_days=tuple(sorted(changed)),
        self_declared_nanos=self_declared_nanos,
        comparison=comparison,
    )


def _as_of(standings: Iterable[DayStanding]) -> datetime | None:
    newest: dict[str, tuple[date, datetime]] = {}
    for standing in standings:
        if standing.as_of is not None:
            reading = (standing.usage_date, standing.as_of)
            account = standing.account or standing.source  # of one account another source may speak for each day
            newest[account] = max(newest.get(account, reading), reading)
    return min((as_of for _, as_of in newest.values()), default=None)


def _stale_hours(as_of: datetime | None, period: ChargePeriod, now: datetime | None) -> int | None:
    if as_of is None or now is None or utc_day(now) not in period or now - as_of <= STALE_AFTER:
        return None
    return (now - as_of) // timedelta(hours=1)
