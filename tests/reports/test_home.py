"""The range in which a month will probably end: the same oracle as of budgets, asked backwards."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.periods import Cadence, around
from bot.reports.home import likely_end
from bot.reports.pace import FEWEST_ACTIVE_DAYS, outlook
from tests.usage_rows import DOLLAR

TODAY = date(2026, 11, 18)
MONTH = around(Cadence.MONTHLY, TODAY)


def weeks(*amounts: int, days: int = 56) -> dict[date, int]:
    """So many days before today, with these amounts in turn, in dollars."""
    return {TODAY - timedelta(days=n): amounts[n % len(amounts)] * DOLLAR for n in range(1, days + 1)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=3, max_size=9).filter(any), st.integers(0, 3_000))
def test_each_end_is_the_whole_dollar_at_which_a_budget_would_say_ten_percent(amounts: list[int], spent: int) -> None:
    history = weeks(*amounts)

    def percent(dollars: int) -> int:
        found = outlook(history, spent * DOLLAR, dollars * DOLLAR, TODAY, MONTH)
        assert found is not None
        return found.probability_percent

    found = likely_end(history, spent * DOLLAR, spent * DOLLAR + 1, TODAY, MONTH)
    assert found is not None
    low, high = found.low_nanos // DOLLAR, found.high_nanos // DOLLAR
    if low > spent:
        assert percent(low) >= 90 > percent(low + 1)
    if high > spent + 1:
        assert percent(high) <= 10 < percent(high - 1)
    assert spent - 1 <= low < high


def test_the_range_is_wide_enough_to_hold_the_pace_of_the_month_and_no_wider() -> None:
    def ends(pace: int) -> tuple[int, int]:
        found = likely_end(weeks(10, 30), 300 * DOLLAR, pace * DOLLAR, TODAY, MONTH)
        assert found is not None
        return found.low_nanos // DOLLAR, found.high_nanos // DOLLAR

    low, high = ends(560)
    assert low < 560 < high
    assert ends(0) == (0, high)
    assert ends(1_000_000) == (low, 1_000_000)


def test_a_pace_of_odd_cents_lies_between_whole_dollars() -> None:
    pace = 5_000 * DOLLAR + 1
    found = likely_end(weeks(10), 300 * DOLLAR, pace, TODAY, MONTH)
    assert found is not None
    assert found.high_nanos == 5_001 * DOLLAR


def test_who_spends_the_same_every_day_ends_where_arithmetic_says() -> None:
    found = likely_end(weeks(10), 170 * DOLLAR, 300 * DOLLAR, TODAY, MONTH)
    assert found is not None
    left = (MONTH.end - TODAY).days
    assert (found.low_nanos, found.high_nanos) == ((170 + 10 * left) * DOLLAR, (170 + 10 * left + 1) * DOLLAR)


@pytest.mark.parametrize(("days", "known"), [(FEWEST_ACTIVE_DAYS - 1, False), (FEWEST_ACTIVE_DAYS, True)])
def test_too_few_days_of_use_give_no_range(days: int, known: bool) -> None:
    assert (likely_end(weeks(10, days=days), 0, 0, TODAY, MONTH) is not None) is known
