"""Every IANA zone over its transitions: each local date that exists has one digest, in order.

`python -m tests.soak_zones`: transitions are found by halving over utcoffset, and the due instants are compared with a
walk over real instants: what the clock on the wall showed, quarter hour by quarter hour.
"""

import sys
import time
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from bot.periods import Cadence
from bot.schedule import Schedule, due

YEARS = range(2020, 2038)
QUARTERS = range(0, 24 * 60, 15)
_DAY, _QUARTER, _SECOND = timedelta(days=1), timedelta(minutes=15), timedelta(seconds=1)
_STEP = 3 * _DAY


@dataclass(slots=True)
class Sweep:
    """What was looked at, and what was wrong."""

    zones: int = 0
    transitions: int = 0
    checks: int = 0
    violations: list[str] = field(default_factory=list)


def transitions(zone: str, years: Collection[int]) -> Iterator[datetime]:
    """Every first instant of a new offset. No zone changes twice within three days."""
    there = ZoneInfo(zone)
    low, last = datetime(min(years), 1, 1, tzinfo=UTC), datetime(max(years) + 1, 1, 1, tzinfo=UTC)
    old = low.astimezone(there).utcoffset()
    while low < last:
        high, following = low + _STEP, low + _STEP
        if (new := high.astimezone(there).utcoffset()) != old:
            while high - low > _SECOND:
                middle = low + (high - low) // _SECOND // 2 * _SECOND
                low, high = (middle, high) if middle.astimezone(there).utcoffset() == old else (low, middle)
            yield high
        low, old = following, new


def sweep(zones: Iterable[str], years: Collection[int], minutes: Iterable[int] = QUARTERS) -> Sweep:
    """Check the days around every transition, for digests asked for at each of the minutes."""
    done, minutes = Sweep(), tuple(minutes)
    for zone in zones:
        done.zones += 1
        for at in transitions(zone, years):
            done.transitions += 1
            _check_around(zone, at, minutes, done)
    return done


def _check_around(zone: str, at: datetime, minutes: Iterable[int], done: Sweep) -> None:
    walk = _Walk(zone, at)
    days = [at.astimezone(walk.there).date() + n * _DAY for n in (-1, 0, 1)]
    for minute in minutes:
        wanted = Schedule(
            channel_id="C1", cadence=Cadence.DAILY, minute=minute, zone=zone, weekends=True, set_by="U1", set_at=at
        )
        digests = []
        for day in days:
            done.checks += 1
            asked, planned = walk.first(day, minute), due(wanted, day)
            complete = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
            if planned != (asked and max(asked, complete)):
                done.violations.append(f"{zone} {day} minute {minute}: {planned} instead of {asked} or {complete}")
            if planned is not None:
                digests.append((planned, asked != planned))
        for (one, is_pushed), (other, is_other_pushed) in pairwise(digests):
            if other < one or (other == one and not (is_pushed and is_other_pushed)):
                done.violations.append(f"{zone} around {at} minute {minute}: {one} and then {other}")


class _Walk:
    """What the wall showed at every quarter of an hour for days around an instant."""

    def __init__(self, zone: str, at: datetime) -> None:
        self.there = ZoneInfo(zone)
        start = at.replace(hour=0, minute=0, second=0) - 3 * _DAY
        self._instants = [start + n * _QUARTER for n in range(6 * 96 + 1)]
        walls = [instant.astimezone(self.there).replace(tzinfo=None) for instant in self._instants]
        self.dates = {wall.date() for wall in walls}
        self._latest: list[datetime] = []
        for wall in walls:
            self._latest.append(max(wall, self._latest[-1]) if self._latest else wall)

    def first(self, day: date, minute: int) -> datetime | None:
        """The first quarter at which the wall had shown that time, or a later one."""
        if day not in self.dates:
            return None
        wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - what a wall shows
        return self._instants[bisect_left(self._latest, wanted)]


def main() -> int:
    """Sweep all zones over all years, and print what was done."""
    began = time.monotonic()
    done = sweep(sorted(available_timezones()), YEARS)
    print(
        f"zones {done.zones}, years {YEARS.start}-{YEARS.stop - 1}, transitions {done.transitions}, "
        f"checks {done.checks}, violations {len(done.violations)}, seconds {time.monotonic() - began:.0f}"
    )
    for line in done.violations[:20]:
        print(line)
    return 1 if done.violations else 0


if __name__ == "__main__":
    sys.exit(main())
