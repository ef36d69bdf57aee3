"""Charge periods: `[start, end)` of UTC days, and the words people use for them.

"Now" is always a parameter. Days are the provider's: UTC, whatever zone a person sits in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.errors import UserError

MAX_DAYS = 400
"""The longest period answered: older detail is folded away, and an answer must stay quick."""

_DAYS_BACK = re.compile(r"([1-9][0-9]{0,2})d", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Cadence(StrEnum):
    """How often something comes round: UTC days, ISO weeks, calendar months of UTC days."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class ChargePeriod:
    """Whole UTC days from `start` to before `end`."""

    start: date
    end: date
    """Exclusive, as everywhere."""
    word: str
    """How a person may ask for it again."""

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    def days(self) -> Iterator[date]:
        """Every day inside, oldest first."""
        return (self.start + timedelta(days=n) for n in range((self.end - self.start).days))

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def utc_day(now: datetime) -> date:
    """Give the UTC day of an aware instant."""
    return now.astimezone(UTC).date()


def month_to_date(now: datetime) -> ChargePeriod:
    """The current UTC month, today included."""
    today = utc_day(now)
    return ChargePeriod(today.replace(day=1), today + timedelta(days=1), "month")


def last_days(count: int, now: datetime) -> ChargePeriod:
    """The last `count` UTC days, today included."""
    end = utc_day(now) + timedelta(days=1)
    return ChargePeriod(end - timedelta(days=count), end, f"{count}d")


def parse_period(word: str, now: datetime) -> ChargePeriod:
    """Understand one word for a period.

    `today`, `yesterday`, `week` and `month` (to date), `last-week`, `last-month`, `7d`, `2026-11`, `2026-11-19`,
    `2026-11-01..2026-11-19` (both ends included). A period ends with today at the latest. Raises `UserError` that says
    the right form.
    """
    today = utc_day(now)
    tomorrow = today + timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    named = {
        "today": (today, tomorrow),
        "yesterday": (today - timedelta(days=1), today),
        "week": (monday, tomorrow),
        "last-week": (monday - timedelta(days=7), monday),
        "month": (today.replace(day=1), tomorrow),
        "last-month": (_month_before(today.replace(day=1)), today.replace(day=1)),
    }
    if word in named:
        return ChargePeriod(*named[word], word)
    if match := _DAYS_BACK.fullmatch(word):
        return _checked(tomorrow - timedelta(days=int(match[1])), tomorrow, word, today)
    if match := _MONTH.fullmatch(word):
        start = _date(f"{word}-01", word)
        return _checked(start, _month_after(start), word, today)
    if _DAY.fullmatch(word):
        start = _date(word, word)
        return _checked(start, start + timedelta(days=1), word, today)
    first, dots, last = word.partition("..")
    if dots and _DAY.fullmatch(first) and _DAY.fullmatch(last):
        return _checked(_date(first, word), _date(last, word) + timedelta(days=1), word, today)
    raise UserError("error.period_unknown", word=word)


def around(cadence: Cadence, day: date) -> ChargePeriod:
    """Give the whole day, ISO week or month that a UTC day lies in.

    >>> around(Cadence.WEEKLY, date(2026, 11, 22)).start
    datetime.date(2026, 11, 16)
    """
    if cadence is Cadence.DAILY:
        return ChargePeriod(day, day + timedelta(days=1), day.isoformat())
    if cadence is Cadence.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return ChargePeriod(monday, monday + timedelta(days=7), f"{monday}..{monday + timedelta(days=6)}")
    first = day.replace(day=1)
    return ChargePeriod(first, _month_after(first), f"{first:%Y-%m}")


def previous(period: ChargePeriod) -> ChargePeriod:
    """Give the period to compare with: the same days one week or month earlier, else as many days directly before.

    A month to date is compared with the same days of the month before, cut where that month is shorter.
    """
    if period.word == "week":
        return ChargePeriod(period.start - timedelta(days=7), period.end - timedelta(days=7), _range_word(period, 7))
    if period.start.day == 1 and (period.end - period.start).days > 1 and period.last < _month_after(period.start):
        start = _month_before(period.start)
        whole = period.end == _month_after(period.start)
        end = period.start if whole else min(start + (period.end - period.start), period.start)
        return ChargePeriod(start, end, f"{start}..{end - timedelta(days=1)}")
    length = period.end - period.start
    return ChargePeriod(period.start - length, period.start, _range_word(period, length.days))


def with_previous(period: ChargePeriod) -> ChargePeriod:
    """Give the period together with the one it is compared with, and the days between."""
    return ChargePeriod(previous(period).start, period.end, period.word)


def _range_word(period: ChargePeriod, days: int) -> str:
    back = timedelta(days=days)
    return f"{period.start - back}..{period.last - back}"


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _month_after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _date(text: str, word: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError("error.period_no_such_day", word=word) from None


def _checked(start: date, end: date, word: str, today: date) -> ChargePeriod:
    if end <= start:
        raise UserError("error.period_backwards", word=word)
    if start > today:
        raise UserError("error.period_future", word=word)
    if (end - start).days > MAX_DAYS:
        raise UserError("error.period_too_long", word=word, days=MAX_DAYS)
    return ChargePeriod(start, min(end, today + timedelta(days=1)), word)
