"""Whose budgets are judged, and who is told of each, on both databases."""

from datetime import date, timedelta

import pytest

from bot.budget import BudgetScope
from bot.people import Standing
from bot.store.engine import Store
from tests.budget_house import ADA, BORIS, CHLOE, PIPELINE, House, a_person, at

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(store: Store) -> House:
    return House(store).open()


def test_an_assigned_budget_stands_in_the_place_of_the_default(house: House) -> None:
    house.budget(BudgetScope.DEFAULT, 100)
    assigned = house.budget(BudgetScope.ASSIGNED, 300, of=ADA)
    house.spend({ADA: 160_00, BORIS: 60_00})
    keys = house.plan()
    assert sorted(key.split("/")[1].split(".")[0] for key in keys) == sorted(
        [str(assigned.budget_id), str(assigned.budget_id - 1)]
    )
    house.budget(BudgetScope.ASSIGNED, None, of=ADA)
    house.spend({ADA: 161_00, BORIS: 60_00})
    (default,) = house.plan(minutes=5)
    assert f".{house.ids[ADA]}/" in default
    assert default.endswith("/100/1/fire")


def test_a_budget_that_is_off_says_nothing(house: House) -> None:
    house.budget(BudgetScope.DEFAULT, 100)
    house.budget(BudgetScope.DEFAULT, None)
    house.spend({ADA: 160_00})
    assert house.plan() == []


def test_the_vendors_limit_is_never_announced(house: House) -> None:
    house.budget(BudgetScope.WORKSPACE, 1)
    house.spend({ADA: 160_00})
    assert house.plan() == []


def test_everybody_is_told_of_their_own_budget_and_of_nobody_elses(house: House) -> None:
    house.budget(BudgetScope.DEFAULT, 100)
    house.budget(BudgetScope.TEAM, 100, by=CHLOE)
    house.spend({ADA: 81_23, BORIS: 92_34})
    house.plan()
    seen = {who: f"{row.text} {row.blocks}" for who in (ADA, BORIS, CHLOE) for row in house.waiting(who)}
    assert "81.23" in seen[ADA]
    assert "92.34" not in seen[ADA]
    assert "92.34" in seen[BORIS]
    assert "$173.57 of $100.00" in seen[CHLOE]
    for private in ("81.23", "92.34", "Ada", "Boris"):
        assert private not in seen[CHLOE]


def test_a_machines_budget_tells_its_owner(house: House) -> None:
    house.spend({PIPELINE: 90_00})
    house.own_machine(BORIS)
    house.budget(BudgetScope.MACHINE, 100, machine="ci")
    house.plan()
    assert "The monthly budget of the machine ci has reached 80%" in house.waiting(BORIS)[0].text


def test_a_guest_is_told_nothing(store: Store) -> None:
    house = House(store).open(a_person(ADA), a_person(BORIS))
    house.budget(BudgetScope.DEFAULT, 100)
    house.budget(BudgetScope.OWN, 100, of=BORIS, by=BORIS)
    house.spend({ADA: 1_00, BORIS: 90_00})
    house.open(a_person(ADA), a_person(BORIS, standing=Standing.GUEST))
    assert house.plan() == []


def test_a_budget_that_will_not_last_is_told_once_with_the_day(house: House) -> None:
    house.budget(BudgetScope.OWN, 800, of=ADA, by=ADA)
    for n in range(1, 31):
        house.spent[TODAY - timedelta(days=n)] = {ADA: 30_00}
    house.spend({ADA: 30_00})
    assert house.plan()[0].endswith("/50/1/fire")
    house.deliver()
    assert house.plan(minutes=5) == []  # one look ahead a day, and something was said today
    house.now = at(TODAY + timedelta(days=1), 0, 30)
    house.read()
    assert house.plan() == []  # yesterday is not over at its source
    house.now = at(TODAY + timedelta(days=1), 9)
    house.read()
    (key,) = house.plan()
    assert key.endswith("/projected")
    # 20 days at $30 are $600; $30 a day from the 21st on make $810 on the 27th
    assert "used up on Nov 27" in house.notice(key).text
    assert house.notice(key).urgent is False
    house.deliver()
    house.now += timedelta(days=1)
    house.read()
    assert [key for key in house.plan() if "projected" in key] == []


def test_a_budget_that_will_last_is_not_projected(house: House) -> None:
    house.budget(BudgetScope.OWN, 1_200, of=ADA, by=ADA)
    for n in range(1, 31):
        house.spent[TODAY - timedelta(days=n)] = {ADA: 30_00}
    house.spend({ADA: 30_00})
    house.plan()
    house.now = at(TODAY + timedelta(days=1), 9)
    house.read()
    assert house.plan() == []
