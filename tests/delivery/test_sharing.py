"""What somebody shares goes out as a digest does, and is none: its troubles are its sharer's alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.sharing import sharer
from bot.notice import SHARED, Doubt, Notice, NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import digests
from bot.store.engine import Store
from tests.delivery.desk import ADMIN, ON_SQLITE, Desk
from tests.delivery.planned import ADA, BORIS, CHANNEL, HOUR, NOON, SECOND, TICK, alert, digest
from tests.delivery.scripted import LOST, UNREACHED, no

KEY = f"share/{CHANNEL}/1795435200.000100/me/7d/{ADA}"


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store)
    asked = Schedule(
        channel_id=CHANNEL, cadence=Cadence.DAILY, minute=600, zone="UTC", set_by=BORIS, set_at=NOON, covered_until=None
    )
    with store.sessions.begin() as session:
        digests.put(session, asked)
    return made


def shared() -> Notice:
    return digest(key=KEY, about=SHARED, doubt=Doubt.NEVER, expires_at=NOON + HOUR)


def parked(desk: Desk) -> str:
    with desk.store.sessions() as session:
        found = digests.get(session, CHANNEL)
    assert found is not None
    return found.parked


def readers(desk: Desk) -> list[str]:
    return [row.recipient for row in desk.told_admins()]


def test_a_shared_total_that_the_channel_does_not_take_leaves_its_digest_alone(desk: Desk) -> None:
    desk.plan(shared())
    desk.call.then("chat.postMessage", no("restricted_action"))
    desk.run()
    assert desk.state(KEY) == (NoticeState.FAILED, "restricted_action")
    assert parked(desk) == ""


@ON_SQLITE
def test_a_digest_that_the_channel_does_not_take_parks_it_as_before(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.then("chat.postMessage", no("restricted_action"))
    desk.run()
    assert parked(desk) == "restricted_action"
    assert sorted(readers(desk)) == sorted([ADMIN, BORIS])


def test_who_shared_reads_that_it_failed_and_nobody_else_does(desk: Desk) -> None:
    desk.plan(shared())
    desk.call.then("chat.postMessage", no("restricted_action"))
    desk.run()
    (told,) = desk.told_admins()
    assert told.recipient == ADA
    assert "共有された合計" in told.text  # Ada's language


@ON_SQLITE
@pytest.mark.parametrize(("waited", "state"), [(HOUR, NoticeState.PENDING), (HOUR + TICK, NoticeState.SKIPPED)])
def test_after_an_hour_nobody_waits_for_it_any_more(desk: Desk, waited: timedelta, state: NoticeState) -> None:
    desk.plan(shared())
    desk.call.then("conversations.info", UNREACHED, UNREACHED)
    desk.run()
    desk.wait(waited)
    desk.run()
    assert desk.state(KEY)[0] is state
    assert readers(desk) == ([ADA] if state is NoticeState.SKIPPED else [])


@ON_SQLITE
def test_a_lost_answer_is_never_repeated_and_the_sharer_may_look(desk: Desk) -> None:
    desk.plan(shared())
    desk.call.then("chat.postMessage", LOST)
    desk.run()
    desk.wait(HOUR + SECOND)
    desk.run()
    assert len(desk.posts(CHANNEL)) == 1
    assert desk.state(KEY)[0] is NoticeState.SKIPPED
    assert readers(desk) == [ADA]


@ON_SQLITE
def test_a_channel_that_another_company_has_joined_meanwhile_gets_nothing(desk: Desk) -> None:
    desk.plan(shared())
    desk.call.is_shared = True
    desk.run()
    assert desk.posts(CHANNEL) == []
    assert desk.state(KEY) == (NoticeState.FAILED, "access.shared_channel")
    assert parked(desk) == ""


@ON_SQLITE
def test_only_what_was_shared_has_a_sharer(desk: Desk) -> None:
    desk.plan(shared(), digest(), alert())
    assert [sharer(desk.row(one.key)) for one in (shared(), digest(), alert())] == [ADA, None, None]
    assert sharer(replace(desk.row(KEY), about="")) is None
