"""While a pilot runs, a channel gets its digest only from somebody in it; the others wait, and nothing is lost."""

from dataclasses import replace

import pytest

from bot.config import load_settings
from bot.delivery.digests import next_digest, withhold_outside
from bot.notice import NoticeState
from bot.people import Person, Standing
from bot.store import digests, groups, members, notices, organization
from bot.store.engine import Store
from bot.store.organization import Decided
from tests.digest_house import CHANNEL, DAY, FRIDAY, HOUR, MONDAY, SATURDAY, SUNDAY, THURSDAY, TUESDAY, House, utc

ASKER, OTHER, ADMIN = "U1", "U2", "U0CHLOE"
"""The house's schedules are asked for by U1."""


@pytest.fixture
def house(store: Store) -> House:
    """A channel with a digest that is due on Friday, in a company that knows two people."""
    house = House(store)
    people = [
        Person(slack_user_id=who, display_name=who, standing=Standing.MEMBER, email=None) for who in (ASKER, OTHER)
    ]
    with house.rt.sessions.begin() as session:
        members.sync(session, people, house.now)
    house.wants()
    house.reads(THURSDAY)
    return house


def begin(house: House, *people: str) -> None:
    """Let a pilot run with these people."""
    with house.rt.sessions.begin() as session:
        found = [members.by_slack_id(session, who) for who in people]
        group_id = groups.make(session, "pilot", [one.member_id for one in found if one], by="U9", at=house.now)
        organization.decide(session, Decided(pilot_group_id=group_id, pilot_since=house.now))
        withhold_outside(house.rt, session)


def change(house: House, **values: str) -> None:
    """Change what the channel asked for."""
    with house.rt.sessions.begin() as session:
        schedule = digests.get(session, CHANNEL)
        assert schedule is not None
        digests.put(session, replace(schedule, **values))  # type: ignore[arg-type]  # its fields of text


def end(house: House) -> None:
    with house.rt.sessions.begin() as session:
        organization.decide(session, Decided())


def key(day: object) -> str:
    return f"digest/{CHANNEL}/{day}/daily"


def parked(house: House) -> str:
    with house.rt.sessions() as session:
        schedule = digests.get(session, CHANNEL)
    assert schedule is not None
    return schedule.parked


def test_a_channel_that_somebody_outside_asked_for_waits_without_being_parked(house: House) -> None:
    begin(house, OTHER)
    assert house.plans(utc(FRIDAY, 1, 30)) == []
    assert next_digest(house.rt) is None
    assert parked(house) == ""
    with house.rt.sessions() as session:
        assert notices.latest(session, 10) == []


def test_a_channel_that_somebody_of_the_group_asked_for_gets_its_digest(house: House) -> None:
    begin(house, ASKER)
    assert next_digest(house.rt) is not None
    assert house.plans(utc(FRIDAY, 1, 30)) == [key(FRIDAY)]


def test_a_channel_that_an_admin_asked_for_gets_its_digest(house: House) -> None:
    house.rt.settings = load_settings({"CCOST_ADMINS": ADMIN}, env_file=None)
    change(house, set_by=ADMIN)
    begin(house, OTHER)
    assert house.plans(utc(FRIDAY, 1, 30)) == [key(FRIDAY)]


def test_after_the_end_one_digest_tells_the_days_between_and_no_flood_follows(house: House) -> None:
    begin(house, OTHER)
    for day in (FRIDAY, MONDAY):
        house.plans(utc(day, 1, 30))
    house.reads(FRIDAY, SATURDAY, SUNDAY, MONDAY)
    house.now = utc(TUESDAY, 9)
    end(house)
    assert house.plans(utc(TUESDAY, 9)) == [key(TUESDAY)]
    assert house.row(key(TUESDAY)).covers_start == THURSDAY
    assert house.plans(utc(TUESDAY, 9) + HOUR) == []


def test_after_a_long_pilot_a_digest_tells_a_week_at_most(house: House) -> None:
    begin(house, OTHER)
    later = THURSDAY + 33 * DAY
    house.reads(*(later - n * DAY for n in range(1, 9)))
    house.now = utc(later, 9)
    end(house)
    (planned,) = house.plans(utc(later, 9))
    assert house.row(planned).covers_start == later - 7 * DAY


def test_what_waited_to_be_sent_when_the_pilot_began_is_not_sent_and_its_days_are_told_after_it(house: House) -> None:
    assert house.plans(utc(FRIDAY, 1, 30)) == [key(FRIDAY)]
    begin(house, OTHER)
    row = house.row(key(FRIDAY))
    assert (row.state, row.outcome) == (NoticeState.FAILED, "access.pilot")
    with house.rt.sessions() as session:
        assert [one.key for one in notices.latest(session, 10)] == [key(FRIDAY)]  # nobody was told of it
    house.reads(FRIDAY, SATURDAY, SUNDAY)
    house.now = utc(MONDAY, 1, 30)
    end(house)
    assert house.plans(utc(MONDAY, 1, 30)) == [key(MONDAY)]
    assert house.row(key(MONDAY)).covers_start == THURSDAY


def test_what_waits_for_a_channel_inside_is_left_alone(house: House) -> None:
    assert house.plans(utc(FRIDAY, 1, 30)) == [key(FRIDAY)]
    begin(house, ASKER)
    assert house.row(key(FRIDAY)).state is NoticeState.PENDING


def test_a_parked_channel_stays_parked(house: House) -> None:
    change(house, parked="restricted_action")
    begin(house, ASKER)
    assert house.plans(utc(FRIDAY, 1, 30)) == []
