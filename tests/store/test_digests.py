"""What channels asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import digests
from bot.store.engine import Store
from tests.store.readings import DAY, HOUR, NOON

TOKYO = Schedule(
    channel_id="C1", cadence=Cadence.DAILY, minute=630, zone="Asia/Tokyo", set_by="U0ADA", set_at=NOON, spendless=True
)
PARIS = Schedule(
    channel_id="C2",
    cadence=Cadence.WEEKLY,
    minute=0,
    zone="Europe/Paris",
    weekends=True,
    set_by="U0CHLOE",
    set_at=NOON,
    covered_until=DAY,
    parked="is_archived",
)


@pytest.fixture
def filled(store: Store) -> Store:
    with store.sessions.begin() as session:
        for schedule in (PARIS, TOKYO):
            digests.put(session, schedule)
    return store


def test_what_was_asked_for_is_given_back(filled: Store) -> None:
    with filled.sessions() as session:
        assert digests.get(session, "C1") == TOKYO
        assert digests.get(session, "C2") == PARIS
        assert digests.get(session, "C3") is None
        assert digests.all_schedules(session) == [TOKYO, PARIS]


def test_a_channel_has_one_schedule_the_last_one(filled: Store) -> None:
    later = replace(PARIS, cadence=Cadence.DAILY, minute=1439, weekends=False, parked="", set_at=NOON + HOUR)
    with filled.sessions.begin() as session:
        digests.put(session, later)
    with filled.sessions() as session:
        assert digests.all_schedules(session) == [TOKYO, later]


def test_what_is_removed_is_gone_and_only_that(filled: Store) -> None:
    with filled.sessions.begin() as session:
        assert digests.remove(session, "C1")
        assert not digests.remove(session, "C1")
        assert digests.all_schedules(session) == [PARIS]


def test_days_are_covered_and_channels_parked_one_by_one(filled: Store) -> None:
    with filled.sessions.begin() as session:
        digests.cover(session, "C1", DAY + timedelta(days=1))
        digests.park(session, "C1", "not_in_channel")
        digests.unpark(session, "C2")
        assert digests.all_schedules(session) == [
            replace(TOKYO, covered_until=DAY + timedelta(days=1), parked="not_in_channel"),
            replace(PARIS, parked=""),
        ]


@pytest.mark.parametrize(("minute", "taken"), [(-1, False), (0, True), (1439, True), (1440, False)])
def test_a_minute_lies_within_a_day(store: Store, minute: int, taken: bool) -> None:
    try:
        with store.sessions.begin() as session:
            digests.put(session, replace(TOKYO, minute=minute))
    except DBAPIError:
        assert not taken
    else:
        assert taken
