from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.errors import UserError
from bot.periods import MAX_DAYS, month_to_date, parse_period, previous, utc_day

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("word", "start", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("week", "2026-11-16", "2026-11-22"),
        ("last-week", "2026-11-09", "2026-11-15"),
        ("month", "2026-11-01", "2026-11-22"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("7d", "2026-11-16", "2026-11-22"),
        ("1d", "2026-11-22", "2026-11-22"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-11", "2026-11-01", "2026-11-22"),  # the rest of the month has not happened
        ("2026-11-19", "2026-11-19", "2026-11-19"),
        ("2026-11-01..2026-11-19", "2026-11-01", "2026-11-19"),
        ("2026-11-20..2026-12-31", "2026-11-20", "2026-11-22"),
    ],
)
def test_a_period_is_whole_utc_days(word: str, start: str, last: str) -> None:
    period = parse_period(word, NOW)
    assert (period.start.isoformat(), period.last.isoformat()) == (start, last)
    assert len(list(period.days())) == (period.end - period.start).days


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("fortnight", "error.period_unknown"),
        ("0d", "error.period_unknown"),
        ("٧d", "error.period_unknown"),  # other digits are not ours
        ("2026-13", "error.period_no_such_day"),
        ("2026-02-30", "error.period_no_such_day"),
        ("2026-11-19..2026-11-01", "error.period_backwards"),
        ("2026-11-23", "error.period_future"),
        ("2027-01", "error.period_future"),
        ("2020-01-01..2026-11-01", "error.period_too_long"),
        (f"{MAX_DAYS + 1}d", "error.period_too_long"),
    ],
)
def test_a_period_that_makes_no_sense_is_answered_with_the_right_form(word: str, key: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_period(word, NOW)
    assert caught.value.key == key
    assert caught.value.values["word"] == word


def test_the_longest_period_is_answered() -> None:
    assert len(list(parse_period(f"{MAX_DAYS}d", NOW).days())) == MAX_DAYS


@pytest.mark.parametrize(
    ("word", "start", "last"),
    [
        ("today", "2026-11-21", "2026-11-21"),
        ("week", "2026-11-09", "2026-11-15"),
        ("last-week", "2026-11-02", "2026-11-08"),
        ("month", "2026-10-01", "2026-10-22"),
        ("last-month", "2026-09-01", "2026-09-30"),
        ("7d", "2026-11-09", "2026-11-15"),
        ("2026-11-01", "2026-10-31", "2026-10-31"),
        ("2026-11-10..2026-11-12", "2026-11-07", "2026-11-09"),
    ],
)
def test_a_period_is_compared_with_the_same_days_before(word: str, start: str, last: str) -> None:
    before = previous(parse_period(word, NOW))
    assert (before.start.isoformat(), before.last.isoformat()) == (start, last)


def test_the_thirty_first_is_compared_with_a_whole_shorter_month() -> None:
    period = parse_period("month", datetime(2026, 3, 30, 12, tzinfo=UTC))
    assert previous(period).last == date(2026, 2, 28)
    assert previous(period).start == date(2026, 2, 1)


def test_a_day_is_the_utc_day_wherever_the_clock_hangs() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert utc_day(datetime(2026, 11, 22, 8, 59, tzinfo=tokyo)) == date(2026, 11, 21)
    assert utc_day(datetime(2026, 11, 22, 9, 0, tzinfo=tokyo)) == date(2026, 11, 22)
    assert month_to_date(datetime(2026, 12, 1, 8, 59, tzinfo=tokyo)).start == date(2026, 11, 1)
