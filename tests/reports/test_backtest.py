"""What a limit would have said before, against judging every day for real."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.budget import Budget, BudgetScope, LineState
from bot.periods import Cadence, around
from bot.reports.backtest import DAYS, Backtest, backtest
from bot.reports.budgets import Fire, Snapshot, judge

USD = 1_000_000_000
DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)
MONTH_START = date(2026, 11, 1)


def by_judging(spent: Mapping[date, int], cadence: Cadence, limit_nanos: int, first: date, today: date) -> int:
    """Judge a member on every evening, period by period, and count what is said from `first` on."""
    budget = Budget(
        budget_id=1,
        scope=BudgetScope.DEFAULT,
        cadence=cadence,
        limit_nanos=limit_nanos,
        version=1,
        set_by="U0CHLOE",
        set_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    said = 0
    states: dict[date, LineState] = {}
    day = around(cadence, first).start
    while day < today:
        period = around(cadence, day)
        total = sum(nanos for one, nanos in spent.items() if period.start <= one <= day)
        evening = datetime.combine(day, time(23), UTC)
        seen = Snapshot(spent_nanos=total, as_of=evening, complete=True, stale=False)
        judged = judge(states.get(period.start), seen, budget)
        states[period.start] = judged.state
        said += isinstance(judged.verdict, Fire) and day >= first
        day += DAY
    return said


def lives(dice: random.Random, first: date, today: date) -> dict[int, dict[date, int]]:
    """Members who spend much, little, seldom, or nothing at all."""
    every = [first + n * DAY for n in range((today - first).days + 3)]
    return {
        member: {day: dice.randrange(1 + member * 3 * USD) for day in every if dice.random() < dice.choice((0.1, 0.7))}
        for member in range(6)
    }


@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize("seed", range(4))
def test_any_past_gives_the_messages_that_judging_each_day_gives(cadence: Cadence, seed: int) -> None:
    dice = random.Random(f"{cadence} {seed}")
    today = TODAY + dice.randrange(60) * DAY
    days = dice.choice((1, 17, DAYS))
    first = today - days * DAY
    past = lives(dice, around(cadence, first).start, today)
    for limit in (1, USD, 5 * USD, 30 * USD, 10_000 * USD):
        counts = [by_judging(spent, cadence, limit, first, today) for spent in past.values()]
        found = backtest(past, cadence, limit, today, days=days)
        assert (found.messages, found.told_people) == (sum(counts), sum(count > 0 for count in counts))


def test_ninety_days_are_looked_back_and_today_is_not_over() -> None:
    first = TODAY - 90 * DAY
    past = {n: {day: 100 * USD} for n, day in enumerate((first - DAY, first, TODAY - DAY, TODAY))}
    assert backtest(past, Cadence.DAILY, 100 * USD, TODAY) == Backtest(days=90, people=2, told_people=2, messages=2)


@pytest.mark.parametrize(("last", "messages"), [(99 * USD, 2), (100 * USD, 3)])
def test_one_member_gets_one_message_a_threshold_and_period(last: int, messages: int) -> None:
    """Fifty, then eighty, then the limit itself or a dollar less; the next month begins anew."""
    sums = (50 * USD, 80 * USD, last)
    amounts = [sums[0], sums[1] - sums[0], sums[2] - sums[1]]
    october = {date(2026, 10, 1) + n * DAY: nanos for n, nanos in enumerate(amounts)}
    november = {MONTH_START + n * DAY: nanos for n, nanos in enumerate(amounts)}
    assert backtest({1: october | november}, Cadence.MONTHLY, 100 * USD, TODAY).messages == 2 * messages


def test_all_thresholds_on_one_day_are_one_message() -> None:
    assert backtest({1: {MONTH_START: 110 * USD}}, Cadence.MONTHLY, 100 * USD, TODAY).messages == 1


def test_what_was_said_before_the_days_looked_at_is_not_counted_nor_said_again() -> None:
    past = {1: {MONTH_START: 60 * USD, TODAY - 2 * DAY: 5 * USD}}
    assert backtest(past, Cadence.MONTHLY, 100 * USD, TODAY, days=3).messages == 0
    past = {1: {MONTH_START: 60 * USD, TODAY - 2 * DAY: 20 * USD}}
    assert backtest(past, Cadence.MONTHLY, 100 * USD, TODAY, days=3).messages == 1


def test_people_are_those_who_spent_in_these_days() -> None:
    past = {1: {MONTH_START: USD}, 2: {TODAY - DAY: 0}, 3: {TODAY - DAY: USD}, 4: {}}
    assert backtest(past, Cadence.MONTHLY, 1_000 * USD, TODAY, days=3) == Backtest(
        days=3, people=1, told_people=0, messages=0
    )
    assert backtest({}, Cadence.MONTHLY, USD, TODAY) == Backtest(days=90, people=0, told_people=0, messages=0)
