"""What a channel is told of the days that are over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from bot.budget import Budget, BudgetScope
from bot.periods import Cadence, ChargePeriod
from bot.reports.digest import Digest, Outdated, TeamTip, digest, looked_at
from bot.reports.tips import Tip
from bot.usage import CostMetric, DayStanding, DayState, Owner, Plan, SpendRow, TeamRow, TeamUsage, Tokens
from tests.usage_rows import CENT, DOLLAR, NOW, spend, standing

SUNDAY = date(2026, 11, 22)
SATURDAY, FRIDAY = SUNDAY - timedelta(days=1), SUNDAY - timedelta(days=2)
YESTERDAY = ChargePeriod(SATURDAY, SUNDAY, "2026-11-21")
WEEKEND = ChargePeriod(FRIDAY, SUNDAY + timedelta(days=1), "2026-11-20..2026-11-22")
HOUR = timedelta(hours=1)


def team(rows: Sequence[SpendRow], *, members: int = 7, people: int = 7) -> TeamUsage:
    return TeamUsage(
        rows=tuple(TeamRow(owner=Owner.MEMBER, spend=row) for row in rows),
        active_members=members,
        members_by_model={row.model: people for row in rows},
    )


def known(
    period: ChargePeriod, *others: DayStanding, as_of: datetime = NOW - HOUR, without: Sequence[date] = ()
) -> list[DayStanding]:
    odd = {one.usage_date for one in others} | set(without)
    window = ChargePeriod(looked_at(period).start, NOW.date() + timedelta(days=1), "")
    days = [standing(day, as_of=as_of) for day in window.days() if day not in odd]
    return [*days, *(standing(day, DayState.MISSING) for day in without), *others]


def report(
    rows: Sequence[SpendRow],
    period: ChargePeriod = YESTERDAY,
    standings: Sequence[DayStanding] | None = None,
    *,
    budgets: Sequence[Budget] = (),
    people: int = 7,
) -> Digest:
    now = [row for row in rows if row.usage_date in period]
    known_days = known(period) if standings is None else standings
    found = digest(team(now, people=people), team(rows, people=people), known_days, period, budgets=budgets, now=NOW)
    assert isinstance(found, Digest)
    return found


def weeks_before(day: date, dollars: Sequence[int]) -> list[SpendRow]:
    return [spend(day - timedelta(weeks=n), cost * DOLLAR) for n, cost in enumerate(dollars, start=1)]


def limit(scope: BudgetScope, cadence: Cadence, dollars: int | None) -> Budget:
    return Budget(
        budget_id=1,
        scope=scope,
        cadence=cadence,
        limit_nanos=None if dollars is None else dollars * DOLLAR,
        version=1,
        set_by="U0CHLOE",
        set_at=NOW,
    )


def test_a_day_is_compared_with_the_mean_of_the_same_weekday_over_four_weeks() -> None:
    rows = [spend(SATURDAY, 50 * DOLLAR), *weeks_before(SATURDAY, [10, 20, 30, 41, 1_000])]
    found = report(rows)
    assert found.cost_nanos == 50 * DOLLAR
    assert found.usual_nanos == Fraction(101 * DOLLAR, 4)


def test_other_weekdays_and_subscriptions_are_no_comparison() -> None:
    rows = [
        spend(SATURDAY, DOLLAR),
        *weeks_before(SATURDAY, [4, 4, 4, 4]),
        spend(SATURDAY - timedelta(days=1), 99 * DOLLAR),
        spend(SATURDAY - timedelta(weeks=1), 77 * DOLLAR, plan=Plan.SUBSCRIPTION),
    ]
    assert report(rows).usual_nanos == 4 * DOLLAR


@pytest.mark.parametrize("state", [DayState.MISSING, DayState.OPEN, DayState.HELD])
def test_a_week_whose_day_was_not_fully_read_does_not_count(state: DayState) -> None:
    rows = [spend(SATURDAY, DOLLAR), *weeks_before(SATURDAY, [10, 20, 30, 40])]
    partly = standing(SATURDAY - timedelta(weeks=4), state)
    assert report(rows, standings=known(YESTERDAY, partly)).usual_nanos == 20 * DOLLAR


def test_a_week_without_spend_counts_as_zero() -> None:
    assert report([spend(SATURDAY, DOLLAR), *weeks_before(SATURDAY, [8])]).usual_nanos == 2 * DOLLAR


def test_without_any_week_that_was_read_nothing_is_compared() -> None:
    rows = [spend(SATURDAY, DOLLAR), *weeks_before(SATURDAY, [10, 20, 30, 40])]
    never = [SATURDAY - timedelta(weeks=n) for n in range(1, 5)]
    assert report(rows, standings=known(YESTERDAY, without=never)).usual_nanos is None


def test_a_day_that_is_not_over_is_not_compared_with_whole_ones() -> None:
    rows = [spend(SATURDAY, DOLLAR), *weeks_before(SATURDAY, [10, 20, 30, 40])]
    found = report(rows, standings=known(YESTERDAY, standing(SATURDAY, DayState.OPEN)))
    assert found.usual_nanos is None
    assert found.footing.open_days == (SATURDAY,)


def test_amounts_of_another_kind_are_not_compared() -> None:
    past = [spend(SATURDAY - timedelta(weeks=1), DOLLAR, metric=CostMetric.BILLED)]
    assert report([spend(SATURDAY, DOLLAR), *past]).usual_nanos is None
    assert report(past).usual_nanos == Fraction(DOLLAR, 4)


def test_several_days_are_compared_with_the_sum_of_their_means() -> None:
    rows = [
        spend(FRIDAY, 30 * DOLLAR),
        *weeks_before(FRIDAY, [10, 10, 10, 11]),
        *weeks_before(SATURDAY, [2, 2, 2, 2]),
        *weeks_before(SUNDAY, [1, 1, 1, 4]),
    ]
    found = report(rows, WEEKEND)
    assert found.cost_nanos == 30 * DOLLAR
    assert found.usual_nanos == Fraction(41 * DOLLAR, 4) + 2 * DOLLAR + Fraction(7 * DOLLAR, 4)


def test_a_missing_day_is_said_and_not_compared() -> None:
    found = report([spend(FRIDAY, DOLLAR)], WEEKEND, known(WEEKEND, without=[SATURDAY]))
    assert found.footing.missing_days == (SATURDAY,)
    assert found.usual_nanos is None
    assert found.month_gaps == 1
    assert found.month_end_nanos is None


@pytest.mark.parametrize(
    ("hours", "stale", "compared"),
    [(3, None, True), (4, 4, True), (24, 24, True), (25, 25, False), (48, 48, False)],
)
def test_old_figures_say_so_and_older_ones_are_compared_with_nothing(
    hours: int, stale: int | None, compared: bool
) -> None:
    rows = [spend(SATURDAY, DOLLAR), *weeks_before(SATURDAY, [1, 1, 1, 1])]
    found = report(rows, standings=known(YESTERDAY, as_of=NOW - hours * HOUR))
    assert found.footing.stale_hours == stale
    assert (found.usual_nanos is not None) is compared
    assert bool(found.models) is compared
    assert found.is_stale is not compared


@pytest.mark.parametrize(("age", "shown"), [(48 * HOUR, True), (48 * HOUR + timedelta(seconds=1), False)])
def test_figures_older_than_two_days_are_not_shown_at_all(age: timedelta, shown: bool) -> None:
    standings = known(YESTERDAY, as_of=NOW - age)
    rows = [spend(SATURDAY, DOLLAR)]
    found = digest(team(rows), team(rows), standings, YESTERDAY, budgets=(), now=NOW)
    assert isinstance(found, Digest) is shown
    if isinstance(found, Outdated):
        assert (found.hours, found.as_of) == (48, NOW - age)


def test_days_of_which_none_was_read_have_no_figures() -> None:
    found = digest(team([]), team([]), known(YESTERDAY, without=[SATURDAY]), YESTERDAY, budgets=(), now=NOW)
    assert isinstance(found, Outdated)


def test_before_anything_was_read_there_are_no_figures() -> None:
    found = digest(team([]), team([]), [], YESTERDAY, budgets=(), now=NOW)
    assert isinstance(found, Outdated)
    assert found.as_of is None


def test_the_month_so_far_ends_with_the_digests_last_day() -> None:
    rows = [spend(date(2026, 10, 31), 7 * DOLLAR), spend(date(2026, 11, 1), 2 * DOLLAR), spend(SATURDAY, 3 * DOLLAR)]
    found = report([*rows, spend(SUNDAY, 50 * DOLLAR)])
    assert (found.month.start, found.month.last) == (date(2026, 11, 1), SATURDAY)
    assert found.month_nanos == 5 * DOLLAR


def test_the_months_end_goes_on_at_the_pace_of_its_working_days() -> None:
    """15 working days and 6 weekend days are over; 6 working days and 3 weekend days are left."""
    month = [date(2026, 11, 1) + timedelta(days=n) for n in range(21)]
    rows = [spend(day, 10 * DOLLAR if day.weekday() < 5 else DOLLAR) for day in month]
    assert report(rows).month_end_nanos == (15 * 10 + 6 * 1 + 6 * 10 + 3 * 1) * DOLLAR


def test_a_month_that_is_over_or_has_only_begun_has_no_forecast() -> None:
    last, first = date(2026, 10, 31), date(2026, 11, 1)
    for day in (last, first):
        period = ChargePeriod(day, day + timedelta(days=1), "")
        assert report([spend(day, DOLLAR)], period).month_end_nanos is None
    assert report([spend(first, DOLLAR)], ChargePeriod(first, date(2026, 11, 3), "")).month_end_nanos is not None


def test_limits_of_the_team_and_the_mirror_show_how_much_is_used() -> None:
    monday = date(2026, 11, 16)
    rows = [spend(date(2026, 11, 2), 60 * DOLLAR), spend(monday, 30 * DOLLAR), spend(SATURDAY, 9 * DOLLAR - 1)]
    rows.append(spend(SATURDAY, 500 * DOLLAR, plan=Plan.SUBSCRIPTION))
    budgets = [
        limit(BudgetScope.WORKSPACE, Cadence.MONTHLY, 1_000),
        limit(BudgetScope.TEAM, Cadence.MONTHLY, 99),
        limit(BudgetScope.TEAM, Cadence.WEEKLY, 39),
        limit(BudgetScope.TEAM, Cadence.DAILY, None),
        limit(BudgetScope.DEFAULT, Cadence.MONTHLY, 1),
        limit(BudgetScope.OWN, Cadence.MONTHLY, 1),
    ]
    used = report(rows, budgets=budgets).budgets
    assert [(one.scope, one.cadence, one.percent) for one in used] == [
        (BudgetScope.TEAM, Cadence.MONTHLY, 99),  # one nano-dollar short of it all
        (BudgetScope.TEAM, Cadence.WEEKLY, 99),
        (BudgetScope.WORKSPACE, Cadence.MONTHLY, 9),
    ]
    assert [one.spent_nanos for one in used] == [99 * DOLLAR - 1, 39 * DOLLAR - 1, 99 * DOLLAR - 1]


def test_a_subscriptions_use_is_in_the_limit_that_counts_it() -> None:
    rows = [spend(SATURDAY, 30 * DOLLAR), spend(SATURDAY, 40 * DOLLAR, plan=Plan.SUBSCRIPTION)]
    team_limit = limit(BudgetScope.TEAM, Cadence.MONTHLY, 100)
    budgets = [replace(team_limit, plans=frozenset(Plan)), limit(BudgetScope.WORKSPACE, Cadence.MONTHLY, 100)]
    assert [one.percent for one in report(rows, budgets=budgets).budgets] == [70, 30]


def test_the_three_dearest_models_are_shown_in_whole_cents() -> None:
    rows = [spend(SATURDAY, cost * DOLLAR + CENT // 3, model=f"m{cost}") for cost in (1, 2, 3, 4)]
    assert [(one.model, one.cost_nanos % CENT) for one in report(rows).models] == [("m4", 0), ("m3", 0), ("m2", 0)]


@pytest.mark.parametrize(("people", "models"), [(5, 3), (4, 0)])
def test_models_of_few_people_are_not_shown(people: int, models: int) -> None:
    rows = [spend(SATURDAY, cost * DOLLAR, model=f"m{cost}") for cost in (1, 2, 3)]
    assert len(report(rows, people=people).models) == models


def tips_of_a_week(rows: Sequence[SpendRow], people: int = 7) -> set[str]:
    names = set()
    for back in range(7):
        day = SATURDAY - timedelta(days=back)
        tip = report(rows, ChargePeriod(day, day + timedelta(days=1), ""), people=people).tip
        names.add(f"{tip.habit} {tip.share}" if isinstance(tip, TeamTip) else tip.key)
    return names


GENERAL = {"tips.clear", "tips.compact", "tips.specific"}


def test_tips_take_turns_and_know_the_teams_habits() -> None:
    little = Tokens(cache_creation_input_tokens=2_000_000, cache_read_input_tokens=2_000_000)
    rows = [
        spend(date(2026, 11, 3), 80 * DOLLAR, model="claude-opus-4-8", tokens=little),
        spend(date(2026, 11, 3), 20 * DOLLAR),
    ]
    assert tips_of_a_week(rows) == GENERAL | {"model 80", "cache 50"}


def test_where_few_used_a_model_the_tips_are_general() -> None:
    rows = [spend(date(2026, 11, 3), 80 * DOLLAR, model="claude-opus-4-8"), spend(date(2026, 11, 3), 20 * DOLLAR)]
    assert tips_of_a_week(rows, people=4) == GENERAL
    assert isinstance(report([]).tip, Tip)


@pytest.mark.parametrize(
    ("rows", "state", "spendless"),
    [
        ([], DayState.SETTLED, True),
        ([], DayState.SETTLING, True),
        ([], DayState.OPEN, False),
        ([], DayState.HELD, False),
        ([spend(SATURDAY, 1)], DayState.SETTLED, False),
        ([spend(SATURDAY, DOLLAR, plan=Plan.SUBSCRIPTION)], DayState.SETTLED, True),
    ],
)
def test_only_days_that_were_fully_read_can_be_without_spend(
    rows: list[SpendRow], state: DayState, spendless: bool
) -> None:
    assert report(rows, standings=known(YESTERDAY, standing(SATURDAY, state))).is_spendless is spendless
