"""Subscription use in budgets: only if an admin asks, and what the switch changes is silent. On both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.budget import BudgetScope, LineKey
from bot.delivery import lines
from bot.store import budgets, members, organization, usage
from bot.store.engine import Store
from bot.usage import Plan
from tests.budget_house import ADA, CHLOE, House, consumer
from tests.store.readings import PRECEDENCE, USD, reading, used

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(store: Store) -> House:
    """Ada has paid $30 per token today, and used $60 worth of her subscription."""
    found = House(store).open()
    found.read()
    spend(found, 30, 60)
    return found


def spend(house: House, paid: int, worth: int, day: date = TODAY) -> None:
    rows = [
        used(consumer(ADA), paid * USD, day=day),
        replace(used(consumer(ADA), worth * USD, day=day), plan=Plan.SUBSCRIPTION),
    ]
    with house.store.sessions.begin() as session:
        usage.replace_day(session, reading(*rows, day=day, at=house.now, complete=day < TODAY), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)


def count(house: House, *, wanted: bool) -> None:
    """What the command does."""
    with house.store.sessions.begin() as session:
        budgets.lock(session)
        organization.decide(session, replace(organization.policy(session), subscriptions_in_budgets=wanted))
        lines.recount(house.rt, session, house.now)


def spent(house: House) -> dict[BudgetScope, int]:
    with house.store.sessions() as session:
        book = lines.read(session, house.rt, house.now)
    return {line.budget.scope: line.snapshot.spent_nanos // USD for line in book.lines.values()}


def test_nobody_asked_so_only_what_is_paid_per_token_counts(house: House) -> None:
    house.budget(BudgetScope.OWN, 200, of=ADA, by=ADA)
    house.budget(BudgetScope.TEAM, 1000)
    assert spent(house) == {BudgetScope.OWN: 30, BudgetScope.TEAM: 30}


def test_asked_for_it_counts_for_people_and_the_team_but_not_beside_the_vendors_limit(house: House) -> None:
    house.budget(BudgetScope.OWN, 200, of=ADA, by=ADA)
    house.budget(BudgetScope.TEAM, 1000)
    mirror = house.budget(BudgetScope.WORKSPACE, 1000)
    count(house, wanted=True)
    found = spent(house)
    assert (found[BudgetScope.OWN], found[BudgetScope.TEAM]) == (90, 90)
    with house.store.sessions() as session:
        again = budgets.by_id(session, mirror.budget_id)
        assert again is not None
        assert again.plans == budgets.plans_of(session, BudgetScope.GROUP) == {Plan.PAY_PER_TOKEN}


def test_the_default_counts_it_too(house: House) -> None:
    house.budget(BudgetScope.DEFAULT, 200)
    count(house, wanted=True)
    assert spent(house) == {BudgetScope.DEFAULT: 90}


def test_what_the_switch_crosses_is_silent_and_what_comes_after_is_told(house: House) -> None:
    budget = house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    assert house.plan() == []
    count(house, wanted=True)
    assert house.plan() == [], "90 of 100 is crossed by the switch"
    spend(house, 30, 70)
    (key,) = house.plan(minutes=30)
    assert key == f"budget/{budget.budget_id}/2026-11-01/100/1/fire"
    assert "$100.00 of $100.00" in house.notice(key).text
    blocks = str(house.notice(key).blocks)
    assert "The use of a subscription is counted in" in blocks
    assert "at that pace $100.00 by" in blocks
    assert ", $100.00 (100%)." in blocks, "the largest part is of all that counts"


def test_the_teams_pace_is_of_what_counts(house: House) -> None:
    house.budget(BudgetScope.TEAM, 100)
    house.plan()
    count(house, wanted=True)
    spend(house, 30, 70)
    (key,) = house.plan(minutes=30)
    assert "at that pace $100.00 by" in str(house.notice(key).blocks)


@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_foreseen_is_of_what_counts(house: House, wanted: bool) -> None:
    house.budget(BudgetScope.OWN, 1200, of=ADA, by=ADA)
    for n in range(1, 31):
        spend(house, 0, 40, TODAY - timedelta(days=n))
    count(house, wanted=wanted)
    assert [key.rsplit("/", 1)[1] for key in house.plan()] == ["projected"] * wanted, "850 so far, and 40 a day to come"


def test_taken_out_again_nothing_is_taken_back_and_a_threshold_may_be_told_anew(house: House) -> None:
    budget = house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.plan()
    count(house, wanted=True)
    count(house, wanted=False)
    with house.store.sessions() as session:
        state = budgets.line(session, LineKey(budget_id=budget.budget_id, period_start=date(2026, 11, 1)))
    assert state is not None
    assert not any(mark.fired for mark in state.marks.values())
    assert house.plan(days=2) == []
    spend(house, 55, 60)
    assert [key.split("/")[3] for key in house.plan(minutes=30)] == ["50"]


def test_without_it_being_armed_anew_by_the_new_figure_the_old_one_would_have_stayed_told(house: House) -> None:
    """The pair of the test above: a limit that changes goes on from the figure that was known before."""
    house.budget(BudgetScope.OWN, 50, of=ADA, by=CHLOE)
    keys = house.plan()
    assert [key.split("/")[3] for key in keys] == ["50"], "30 of 50"
    count(house, wanted=True)
    count(house, wanted=False)
    assert house.plan() == [], "50 was told, and holds still"
