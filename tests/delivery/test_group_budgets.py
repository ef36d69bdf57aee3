"""A group's budget counts what may be told of the group, and nothing else: on both databases."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from bot.budget import BudgetScope
from bot.delivery import lines
from bot.reports.budgets import reaches
from bot.store import groups
from bot.store.engine import Store
from tests.budget_house import CHLOE, House, a_person, at

PEOPLE = [f"U0P{n:02}" for n in range(12)]
ONE_DAY = 10_00
"""Cents that everybody spends on each day."""


@pytest.fixture
def house(store: Store) -> House:
    """Twelve people who all spend the same on each of the first 20 days of November."""
    found = House(store).open(*(a_person(one) for one in [*PEOPLE, CHLOE]))
    found.spent = {date(2026, 11, n): dict.fromkeys(PEOPLE, ONE_DAY) for n in range(1, 21)}
    return found


def group_of(house: House, n: int, name: str = "platform") -> int:
    """The first of them."""
    with house.store.sessions.begin() as session:
        return groups.make(session, name, [house.ids[one] for one in PEOPLE[:n]], by=CHLOE, at=house.now)


def spent(house: House) -> list[int]:
    """What each line counts, in whole cents."""
    with house.store.sessions() as session:
        book = lines.read(session, house.rt, house.now)
    return [line.snapshot.spent_nanos // 10**7 for line in book.lines.values()]


@pytest.mark.parametrize(
    ("now", "whole_days"),
    [
        (at(date(2026, 11, 7), 23), 0),
        (at(date(2026, 11, 8), 2), 7),
        (at(date(2026, 11, 14), 23), 7),
        (at(date(2026, 11, 15), 2), 14),
        (at(date(2026, 11, 21), 12), 14),
    ],
)
def test_only_parts_of_the_month_that_are_over_count(house: House, now: object, whole_days: int) -> None:
    house.now = now  # type: ignore[assignment]
    house.budget(BudgetScope.GROUP, 1000, group=group_of(house, 6))
    house.read()
    assert spent(house) == [6 * whole_days * ONE_DAY]


@pytest.mark.parametrize(("people", "counts"), [(4, False), (5, True), (7, True), (8, False), (12, True)])
def test_what_would_tell_of_fewer_than_five_people_is_not_counted(house: House, people: int, counts: bool) -> None:
    house.budget(BudgetScope.GROUP, 1000, group=group_of(house, people))
    house.read()
    assert spent(house) == [people * 14 * ONE_DAY if counts else 0]


def test_a_group_like_an_older_one_is_not_counted(house: House) -> None:
    group_of(house, 6, "platform")
    house.budget(BudgetScope.GROUP, 1000, group=group_of(house, 5, "platform-2"))
    house.read()
    assert spent(house) == [0]


def test_who_set_it_is_told_once_with_the_name_and_the_parts_and_without_a_pace(house: House) -> None:
    budget = house.budget(BudgetScope.GROUP, 1000, group=group_of(house, 6))
    house.read()
    assert house.plan() == [f"budget/{budget.budget_id}/2026-11-01/80/1/fire"]
    assert house.plan() == []
    (told,) = house.deliver()
    percent = Fraction(6 * 14 * ONE_DAY, 1000_00) * 100
    assert (told.recipient, told.private_to) == (CHLOE, None)
    assert f"The monthly budget of the group platform has reached 80%: $840.00 of $1,000.00 ({percent}%)" in told.text
    blocks = str(told.blocks)
    assert "whole parts of a month" in blocks
    assert not any(word in blocks for word in ("per working day", "Dearest day", "Largest part"))


def test_its_last_part_is_told_after_the_months_end(house: House) -> None:
    house.spent = {date(2026, 11, n): dict.fromkeys(PEOPLE, ONE_DAY) for n in range(1, 31)}
    house.budget(BudgetScope.GROUP, 1600, group=group_of(house, 6))
    house.now = at(date(2026, 11, 30), 12)
    house.read()
    (before,) = house.plan()
    assert "/50/" in before
    house.now = at(date(2026, 12, 1), 12)
    house.read()
    (after,) = house.plan()
    assert "2026-11-01/100/" in after
    assert reaches(30 * 6 * ONE_DAY, 1600_00, 100)


def test_nothing_is_foreseen_of_a_group(house: House) -> None:
    house.spent = {date(2026, 11, 21) - timedelta(days=n): dict.fromkeys(PEOPLE, ONE_DAY) for n in range(39)}
    house.budget(BudgetScope.GROUP, 1750, group=group_of(house, 6))
    team = house.budget(BudgetScope.TEAM, 3500)
    house.read()
    assert house.plan() == [f"budget/{team.budget_id}/2026-11-01/50/1/fire"]
    house.now += timedelta(days=1)
    house.read()
    assert house.plan() == [f"budget/{team.budget_id}/2026-11-01/projected"], "and of the team the same pace is"


def test_a_deleted_groups_budget_watches_nothing(house: House) -> None:
    group_id = group_of(house, 6)
    house.budget(BudgetScope.GROUP, 100, group=group_id)
    house.read()
    with house.store.sessions.begin() as session:
        groups.remove(session, group_id, house.now.date())
    assert spent(house) == []
    assert house.plan() == []


def test_who_comes_and_goes_later_changes_no_part_that_was_told(house: House) -> None:
    group_id = group_of(house, 6)
    house.budget(BudgetScope.GROUP, 1000, group=group_id)
    house.read()
    before = spent(house)
    with house.store.sessions.begin() as session:
        wanted = frozenset(house.ids[one] for one in PEOPLE[3:11])
        groups.set_people(session, group_id, wanted, house.now.date())
    assert spent(house) == before
