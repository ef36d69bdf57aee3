"""When a channel's digest is due: a pure function of what the channel asked for and a logical local date.

A flat word of its own because `store` keeps schedules, listeners set them, and `delivery` asks what is due.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.errors import UserError
from bot.periods import Cadence, ChargePeriod

COMPLETE_AFTER = timedelta(hours=1)
"""How long after its end a UTC day is complete at the source."""
PATIENCE = timedelta(hours=2)
"""How long a due digest waits for its days to be read completely, before it goes out labelled."""
EXPIRY = timedelta(hours=36)
"""Nobody wants to read an older one: its days are told by the next."""
MOST_DAYS = 7

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MONDAY, _SATURDAY = 0, 5
_FAMILIAR = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Australia/Sydney",
)
"""Suggested first, since an abbreviation stands for dozens of zones."""
_WINTER_AND_SUMMER = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
_SUGGESTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a channel asked for."""

    channel_id: str
    cadence: Cadence
    """Daily, or weekly: on Mondays."""
    minute: int
    """Of the local day, 0 to 1439."""
    zone: str
    """IANA name."""
    weekends: bool = False
    """Also on Saturdays and Sundays; else Monday's digest covers them."""
    spendless: bool = False
    """Also when nothing was spent."""
    set_by: str
    set_at: datetime
    covered_until: date | None = None
    """The last UTC day that a planned digest has covered."""
    parked: str = ""
    """Why nothing can be posted there, in Slack's word; empty: all is well."""


def local_instant(zone: str, local_date: date, minute: int) -> datetime | None:
    """Give the first instant (UTC) at or after a wall time of a local date.

    Of a wall time that comes twice it is the first; of one that is skipped, the first instant after the gap. None: the
    zone skips the whole date, as Samoa did in 2011.
    """
    there = ZoneInfo(zone)
    wall = datetime.combine(local_date, time(*divmod(minute, 60)))
    at = wall.replace(tzinfo=there).astimezone(UTC)
    if at.astimezone(there).replace(tzinfo=None) == wall:
        return at
    # In a gap, fold 1 reads the wall with the later offset, which lies before the jump, and fold 0 behind it.
    jump = _offset_change(there, wall.replace(tzinfo=there, fold=1).astimezone(UTC), at)
    around_jump = ((jump - _SECOND).astimezone(there).date(), jump.astimezone(there).date())
    return jump if local_date in around_jump else None


def due(schedule: Schedule, local_date: date) -> datetime | None:
    """Say when the digest of a local date is due (UTC); None on days without one.

    Never before the UTC day before is complete at the source.
    """
    if not _has_digest(schedule, local_date):
        return None
    asked = local_instant(schedule.zone, local_date, schedule.minute)
    return None if asked is None else max(asked, datetime.combine(local_date, time(), UTC) + COMPLETE_AFTER)


def is_pushed(schedule: Schedule, local_date: date) -> bool:
    """Say whether the digest of a date comes later than asked for, because its days are not complete before."""
    return due(schedule, local_date) != local_instant(schedule.zone, local_date, schedule.minute)


def usual_days(cadence: Cadence, local_date: date, *, weekends: bool) -> ChargePeriod:
    """Give the UTC days that the digest of a local date is about: the day, weekend or ISO week before it."""
    if cadence is Cadence.WEEKLY:
        return days_between(local_date - timedelta(days=local_date.weekday() + 7), 7)
    count = 3 if local_date.weekday() == _MONDAY and not weekends else 1
    return days_between(local_date - count * _DAY, count)


def covered(schedule: Schedule, local_date: date) -> ChargePeriod:
    """Give the UTC days that the digest of a local date tells: also those that no digest has told, at most seven."""
    usual = usual_days(schedule.cadence, local_date, weekends=schedule.weekends)
    told = schedule.covered_until
    if schedule.cadence is Cadence.WEEKLY or told is None or told >= usual.last:
        return usual
    return since(told + _DAY, local_date)


def since(start: date, end: date) -> ChargePeriod:
    """Give the UTC days from `start` to before `end`: of more than `MOST_DAYS`, the latest."""
    start = max(start, end - MOST_DAYS * _DAY)
    return days_between(start, (end - start).days)


def days_between(start: date, count: int) -> ChargePeriod:
    """Give so many UTC days, with the word for which `/ccost team` shows the same."""
    last = start + (count - 1) * _DAY
    return ChargePeriod(start, last + _DAY, start.isoformat() if count == 1 else f"{start}..{last}")


def due_date(schedule: Schedule, now: datetime) -> date | None:
    """Give the local date whose digest is due now: the newest, unless it is told already or older than `EXPIRY`."""
    for local_date in _dates(schedule, now, range(1, -4, -1)):
        at = due(schedule, local_date)
        if at is not None and at <= now:
            return local_date if now < at + EXPIRY and not _is_told(schedule, local_date) else None
    return None


def next_date(schedule: Schedule, now: datetime) -> date:
    """Give the local date of the next digest that is not told yet, due already or later."""
    return due_date(schedule, now) or _date_after(schedule, now)


def started(schedule: Schedule, now: datetime) -> Schedule:
    """Begin a schedule: what comes before the first digest that is due after now counts as told."""
    first = _date_after(schedule, now)
    usual = usual_days(schedule.cadence, first, weekends=schedule.weekends)
    return replace(schedule, covered_until=usual.start - _DAY)


def zone_named(word: str) -> str:
    """Give the IANA zone that somebody typed, in any case. Raises `UserError` with what it may have meant.

    Only an area and a city, or UTC: names such as EST or Japan mean fixed offsets, several zones, or nothing for sure.
    """
    zones = _zones()
    if found := zones.get(word.casefold()):
        return found
    if near := _nearest_zones(word, zones):
        raise UserError("error.zone_nearest", word=word, zones=", ".join(near))
    raise UserError("error.zone_unknown", word=word)


def zone_or(name: str | None, default: str) -> ZoneInfo:
    """Give somebody's zone; the default for none, and for one that this machine does not know."""
    try:
        return ZoneInfo(name or default)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(default)


def is_zone(name: str | None) -> bool:
    """Say whether a name is an area and a city, or UTC."""
    return name is not None and _zones().get(name.casefold()) == name


def _has_digest(schedule: Schedule, local_date: date) -> bool:
    if schedule.cadence is Cadence.WEEKLY:
        return local_date.weekday() == _MONDAY
    return schedule.weekends or local_date.weekday() < _SATURDAY


def _offset_change(there: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Find, to the second, the first instant with another offset than `before`; `after` is not before it."""
    old = before.astimezone(there).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(there).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _dates(schedule: Schedule, now: datetime, days: Iterable[int]) -> Iterable[date]:
    """Tomorrow may have begun already: a clock that goes back over midnight shows today once more."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    return (today + n * _DAY for n in days)


def _date_after(schedule: Schedule, now: datetime) -> date:
    for local_date in _dates(schedule, now, range(-1, 16)):
        at = due(schedule, local_date)
        if at is not None and at > now and not _is_told(schedule, local_date):
            return local_date
    raise ValueError("a zone skips at most one date")


def _is_told(schedule: Schedule, local_date: date) -> bool:
    return schedule.covered_until is not None and schedule.covered_until >= local_date - _DAY


@cache
def _zones() -> Mapping[str, str]:
    cities = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return {name.casefold(): name for name in (*cities, "UTC")}


def _nearest_zones(word: str, zones: Mapping[str, str]) -> list[str]:
    """By abbreviation, by the beginning of a city, by likeness."""
    wanted = word.casefold().replace(" ", "_")
    exact = next((name for name in available_timezones() if name.casefold() == wanted), None)
    short = {word.upper()} | (_abbreviations(exact) if exact else set())
    familiar = [name for name in _FAMILIAR if short & _abbreviations(name)]
    cities = sorted(name for key, name in zones.items() if any(part.startswith(wanted) for part in key.split("/")[1:]))
    alike = [zones[key] for key in difflib.get_close_matches(wanted, zones, n=_SUGGESTIONS, cutoff=0.8)]
    return list(dict.fromkeys([*familiar, *cities, *alike]))[:_SUGGESTIONS]


def _abbreviations(zone: str) -> set[str]:
    return {str(at.astimezone(ZoneInfo(zone)).tzname()) for at in _WINTER_AND_SUMMER}
