"""Which periods are watched, and the keys of what is said of them."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from bot.budget import Budget, BudgetScope
from bot.periods import Cadence, ChargePeriod, around
from bot.reports.budgets import (
    correct_key,
    fire_key,
    is_open,
    line_of,
    open_periods,
    projected_key,
)

DAY = timedelta(days=1)
EVERY_THRESHOLD = (50, 80, 100)


def budget(scope: BudgetScope) -> Budget:
    return Budget(
        budget_id=7,
        scope=scope,
        cadence=Cadence.MONTHLY,
        limit_nanos=1,
        version=1,
        set_by="U0ADA",
        set_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("today", "watched"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),
        (date(2026, 11, 30), True),
        (date(2026, 12, 3), True),
        (date(2026, 12, 4), False),
    ],
)
def test_a_month_is_watched_for_three_days_after_its_end(today: date, watched: bool) -> None:
    assert is_open(ChargePeriod(date(2026, 11, 1), date(2026, 12, 1), ""), today) is watched


@pytest.mark.parametrize(
    ("cadence", "today", "starts"),
    [
        (Cadence.MONTHLY, date(2026, 12, 3), ["2026-11-01", "2026-12-01"]),
        (Cadence.MONTHLY, date(2026, 12, 4), ["2026-12-01"]),
        (Cadence.MONTHLY, date(2027, 1, 1), ["2026-12-01", "2027-01-01"]),
        (Cadence.MONTHLY, date(2028, 2, 29), ["2028-02-01"]),
        (Cadence.MONTHLY, date(2028, 3, 3), ["2028-02-01", "2028-03-01"]),
        (Cadence.WEEKLY, date(2026, 12, 31), ["2026-12-28"]),
        (Cadence.WEEKLY, date(2027, 1, 3), ["2026-12-28"]),
        (Cadence.WEEKLY, date(2027, 1, 6), ["2026-12-28", "2027-01-04"]),
        (Cadence.WEEKLY, date(2027, 1, 7), ["2027-01-04"]),
        (Cadence.DAILY, date(2027, 1, 1), ["2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01"]),
    ],
)
def test_what_is_watched_over_the_ends_of_months_weeks_and_years(
    cadence: Cadence, today: date, starts: list[str]
) -> None:
    assert [str(period.start) for period in open_periods(cadence, today)] == starts


@pytest.mark.parametrize("cadence", Cadence)
def test_what_is_watched_are_the_periods_of_today_and_of_the_three_days_before(cadence: Cadence) -> None:
    for today in (date(2026, 1, 1) + n * DAY for n in range(731)):
        expected = {around(cadence, today - n * DAY).start for n in range(4)}
        assert [period.start for period in open_periods(cadence, today)] == sorted(expected)


def test_a_key_is_what_it_means() -> None:
    start = date(2026, 11, 1)
    assert fire_key("7.31", start, 80, 2) == "budget/7.31/2026-11-01/80/2/fire"
    assert correct_key("7", start, 100, 1) == "budget/7/2026-11-01/100/1/correct"
    assert projected_key("7", start) == "budget/7/2026-11-01/projected"


def test_no_two_things_share_a_key() -> None:
    start = date(2027, 1, 1)
    keys = [
        key
        for scope in (BudgetScope.DEFAULT, BudgetScope.TEAM)
        for threshold, generation in product(EVERY_THRESHOLD, (1, 12))
        for line in [line_of(budget(scope), 31)]
        for key in (fire_key(line, start, threshold, generation), correct_key(line, start, threshold, generation))
    ] + [projected_key("7", start), projected_key("7.31", start)]
    assert len(set(keys)) == len(keys) == 2 * 3 * 2 * 2 + 2
