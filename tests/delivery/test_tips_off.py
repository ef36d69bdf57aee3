"""A budget message holds a tip, unless its reader has switched tips off."""

from datetime import timedelta

import pytest

from bot.budget import BudgetScope
from bot.store import preferences
from bot.store.engine import Store
from tests.budget_house import ADA, BORIS, House


@pytest.fixture
def house(store: Store) -> House:
    """Two people whose habits deserve a tip, both over their budget."""
    house = House(store).open()
    for who in (ADA, BORIS):
        house.budget(BudgetScope.OWN, 50, of=who, by=who)
    for n in range(12, 0, -1):
        house.spend({ADA: 500, BORIS: 500}, day=house.now.date() - timedelta(days=n))
    return house


def told(house: House, who: str) -> str:
    for _ in range(6):
        house.plan(hours=1)
        house.read()
        if waiting := house.waiting(who):
            return str(waiting[0].blocks)
    raise AssertionError(f"{who} was never told")


def test_who_switched_tips_off_gets_the_same_message_without_one(house: House) -> None:
    with house.store.sessions.begin() as session:
        preferences.put_tips_off(session, house.ids[BORIS], house.now)
    with_tip, without = told(house, ADA), told(house, BORIS)
    assert "A tip" in with_tip
    assert "A tip" not in without
    assert "of $50.00" in without
