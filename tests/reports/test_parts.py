"""Parts add up to their total, whatever the rows; the oracle adds up cents as decimals, row by row."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.footing import footing
from bot.reports.parts import (
    Change,
    average,
    buckets,
    by_day,
    by_metric,
    by_model,
    owed,
    percent,
    subscription_value,
    with_changes,
)
from bot.usage import CostMetric, DayState, Plan, SpendRow, Tokens
from tests.usage_rows import DOLLAR, MONTH, NOW, of_days, settled, spend, standing

ROWS = st.lists(
    st.builds(
        SpendRow,
        usage_date=st.dates(MONTH.start, MONTH.last),
        model=st.sampled_from(["opus", "sonnet", "haiku"]),
        plan=st.sampled_from(Plan),
        cost_metric=st.sampled_from(CostMetric),
        tokens=st.builds(Tokens, output_tokens=st.integers(0, 10**9)),
        cost_nanos=st.integers(0, 10**15),
    ),
    max_size=30,
)


@given(ROWS)
def test_every_split_adds_up_to_the_total_to_the_nano_dollar(rows: list[SpendRow]) -> None:
    paid = sum((Decimal(row.cost_nanos) / 10**9 for row in rows if row.plan == "pay_per_token"), Decimal(0))
    days = by_day(rows, settled())
    for total in (
        owed(rows),
        sum(part.cost_nanos for part in by_metric(rows)),
        sum(part.cost_nanos for part in by_model(rows)),
        sum(day.cost_nanos or 0 for day in days),
        sum(bucket.cost_nanos for bucket in buckets(days)),
    ):
        assert Decimal(total) / 10**9 == paid


@given(ROWS)
def test_subscription_use_is_added_up_apart_and_never_in_the_total(rows: list[SpendRow]) -> None:
    free = [row.cost_nanos for row in rows if row.plan == "subscription"]
    assert (subscription_value(rows) or 0) == sum(free)
    assert (subscription_value(rows) is None) == (not free)
    assert sum(model.subscription_nanos for model in by_model(rows)) == sum(free)


def test_the_dearest_model_comes_first_and_equals_are_in_order_of_their_names() -> None:
    rows = [spend(model="b"), spend(model="a"), spend(model="c", cost_nanos=2 * DOLLAR)]
    assert [part.model for part in by_model(rows)] == ["c", "a", "b"]


def test_a_day_that_was_never_read_has_no_amount_and_one_without_use_has_zero() -> None:
    ground = settled(MONTH, standing(date(2026, 11, 3), DayState.MISSING))
    days = {day.day: day.cost_nanos for day in by_day([spend(date(2026, 11, 2))], ground)}
    assert days[date(2026, 11, 2)] == DOLLAR
    assert days[date(2026, 11, 3)] is None
    assert days[date(2026, 11, 4)] == 0


def test_a_day_that_only_one_of_two_sources_read_shows_what_is_known() -> None:
    ground = settled(MONTH, standing(date(2026, 11, 2), DayState.MISSING))
    assert by_day([spend(date(2026, 11, 2))], ground)[1].cost_nanos == DOLLAR


@pytest.mark.parametrize(
    ("days", "bars", "last_first"),
    [
        (20, 20, date(2026, 11, 20)),  # the most bars that a chart takes
        (21, 4, date(2026, 11, 16)),  # one more: ISO weeks, of which Nov 1 is a Sunday
        (134, 20, date(2027, 3, 8)),
        (135, 5, date(2027, 3, 1)),  # the 21st week begins: months
    ],
)
def test_a_chart_shows_days_then_weeks_then_months(days: int, bars: int, last_first: date) -> None:
    drawn = buckets(by_day(of_days([DOLLAR] * days), footing([], MONTH)))
    assert len(drawn) == bars
    assert drawn[-1].first == last_first
    assert sum(bucket.cost_nanos for bucket in drawn) == days * DOLLAR


def test_a_day_that_was_never_read_is_no_bar() -> None:
    ground = footing([standing(date(2026, 11, 3), DayState.MISSING), standing(date(2026, 11, 4))], MONTH)
    drawn = buckets(by_day(of_days([DOLLAR] * 2), ground))
    assert [bucket.first.day for bucket in drawn] == [1, 2, 4]


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(1, 200, 0), (3, 200, 2), (1, 3, 33), (2, 3, 67), (0, 5, 0), (5, 0, None)]
)
def test_a_share_is_rounded_once_and_a_share_of_nothing_is_unknown(part: int, whole: int, shown: int | None) -> None:
    assert percent(part, whole) == shown


def test_an_average_is_exact_and_over_no_days_unknown() -> None:
    assert average(10 * DOLLAR, 3) == 3_333_333_333
    assert average(DOLLAR, 0) is None


def test_weeks_begin_on_monday() -> None:
    drawn = buckets(by_day(of_days([DOLLAR] * 25), settled()))
    assert [bucket.first for bucket in drawn[1:]] == [date(2026, 11, 2) + timedelta(days=7 * n) for n in range(4)]


def test_a_metric_says_what_it_would_be_at_list_price_only_where_every_row_says_it() -> None:
    discounted = replace(spend(metric=CostMetric.EFFECTIVE), list_cost_nanos=2 * DOLLAR)
    silent = spend(metric=CostMetric.EFFECTIVE)
    (both,), (one,) = by_metric([discounted, discounted]), by_metric([discounted, silent])
    assert (both.cost_nanos, both.list_cost_nanos) == (2 * DOLLAR, 4 * DOLLAR)
    assert (one.cost_nanos, one.list_cost_nanos) == (2 * DOLLAR, None)


def test_tokens_without_a_price_are_added_up_by_metric_and_only_of_what_is_owed() -> None:
    unpriced = replace(spend(), unpriced_tokens=7)
    flat = replace(spend(plan=Plan.SUBSCRIPTION), unpriced_tokens=100)
    discounted = replace(spend(metric=CostMetric.EFFECTIVE), unpriced_tokens=3)
    found = {part.cost_metric: part.unpriced_tokens for part in by_metric([unpriced, unpriced, flat, discounted])}
    assert found == {CostMetric.LIST: 14, CostMetric.EFFECTIVE: 3}


def change(day: date, before: int, after: int, hours: int = 0) -> Change:
    return Change(
        day=day,
        before_nanos=before * DOLLAR,
        after_nanos=after * DOLLAR,
        changed_at=NOW - timedelta(hours=hours),
    )


def test_a_restated_day_says_what_it_was_before_all_its_changes_and_when_it_changed_last() -> None:
    first, second = MONTH.start, MONTH.start + timedelta(days=1)
    days = by_day(of_days([33 * DOLLAR, 5 * DOLLAR]), settled())
    changed = with_changes(days, [change(first, 11, 13), change(first, 20, 21, hours=9)])
    assert (changed[0].was_nanos, changed[0].changed_at) == (30 * DOLLAR, NOW)
    assert changed[1:] == days[1:]
    assert changed[1].day == second


def test_a_day_that_came_back_to_what_it_was_has_nothing_to_tell() -> None:
    days = by_day(of_days([10 * DOLLAR]), settled())
    there_and_back = [change(MONTH.start, 10, 12, hours=2), change(MONTH.start, 12, 10)]
    assert with_changes(days, there_and_back) == days
