"""Changing what was posted: the newest wins, saying the same twice does no harm, and no broken one stops the others."""

import pytest

from bot.delivery.times import TIMES
from bot.notice import NoticeState
from bot.store import notices, sending
from bot.store.engine import Store
from tests.delivery.desk import ON_SQLITE, Desk
from tests.delivery.planned import ADA, BLOCKS, BORIS, DAY, SECOND, alert
from tests.delivery.scripted import LOST, no

MINE, HIS = alert().key, alert(BORIS).key


@pytest.fixture
def desk(store: Store) -> Desk:
    """Two people were told something."""
    desk = Desk(store)
    desk.plan(alert(), alert(BORIS))
    desk.run()
    assert desk.row(MINE).state is desk.row(HIS).state is NoticeState.SENT
    return desk


def change(desk: Desk, words: str, key: str = MINE) -> None:
    with desk.store.sessions.begin() as session:
        assert notices.edit(session, key, words, list(BLOCKS))


def shown(desk: Desk, key: str = MINE) -> list[str]:
    ts = desk.row(key).ts
    return [said["text"] for said in desk.call.said("chat.update") if said["ts"] == ts]


def test_an_edit_is_shown_once_in_place_with_its_marks(desk: Desk) -> None:
    change(desk, "$90.00 of $100.00")
    desk.run()
    desk.run()
    (said,) = desk.call.said("chat.update")
    (posted,) = desk.posts(ADA)
    assert (said["channel"], said["ts"], said["text"]) == ("D0ADA", desk.row(MINE).ts, "$90.00 of $100.00")
    assert said["metadata"] == posted["metadata"]
    assert said["blocks"][0]["block_id"] == posted["blocks"][0]["block_id"]
    assert desk.row(MINE).text == alert().text  # what was said under a key never changes


def test_of_several_edits_only_the_newest_is_shown(desk: Desk) -> None:
    for dollars in (85, 90, 95):
        change(desk, f"${dollars}")
    desk.run()
    assert shown(desk) == ["$95"]


def test_a_newer_edit_made_meanwhile_is_shown_last(desk: Desk) -> None:
    def newer() -> None:
        change(desk, "new")
        desk.outbox("two").run()

    change(desk, "old")
    desk.call.during["chat.update"] = newer
    desk.run()
    desk.run()
    assert shown(desk) == ["old", "new"]


def test_an_edit_in_doubt_is_said_again_when_its_lease_has_ended(desk: Desk) -> None:
    change(desk, "$90")
    desk.call.then("chat.update", LOST)
    desk.run()
    desk.wait(TIMES.lease - SECOND)
    desk.run()
    assert shown(desk) == ["$90"]
    desk.wait(SECOND)
    desk.run()
    desk.wait(DAY)
    desk.run()
    assert shown(desk) == ["$90", "$90"]


@ON_SQLITE
def test_a_message_that_somebody_deleted_is_not_edited_for_ever(desk: Desk) -> None:
    change(desk, "$90")
    desk.call.then("chat.update", *[no("message_not_found")] * 50)
    for _ in range(20):
        desk.run()
        desk.wait(2 * TIMES.lease)
    assert 1 <= len(shown(desk)) <= 8
    assert desk.row(MINE).state is NoticeState.SENT
    assert len(desk.posts(ADA)) == 1


@ON_SQLITE
def test_an_edit_that_breaks_something_does_not_keep_the_others_back(desk: Desk) -> None:
    def explode() -> None:
        raise RuntimeError("poison")

    change(desk, "$90")
    change(desk, "$95", HIS)
    desk.call.before["chat.update"] = explode
    desk.run()
    assert shown(desk) == []
    assert shown(desk, HIS) == ["$95"]


@ON_SQLITE
def test_told_to_stop_it_edits_nothing_more(desk: Desk) -> None:
    def stop() -> None:
        desk.stopping = True

    change(desk, "$90")
    change(desk, "$95", HIS)
    desk.call.during["chat.update"] = stop
    desk.run()
    assert len(desk.call.said("chat.update")) == 1


def test_an_edit_that_waits_outlives_the_content_of_its_message(desk: Desk) -> None:
    change(desk, "$90")
    change(desk, "$95", HIS)
    desk.call.then("chat.update", LOST)
    desk.run()
    with desk.store.sessions.begin() as session:
        later = desk.clock() + DAY
        notices.forget(session, content_before=later, keys_before=later - 400 * DAY)
    with desk.store.sessions() as session:
        kept = {edit.text for edit in sending.waiting_edits(session, later + 400 * DAY)}
    assert kept == {"$90"}
    desk.wait(DAY)
    desk.run()
    assert shown(desk) == ["$90", "$90"]


@ON_SQLITE
def test_what_another_replica_has_shown_meanwhile_is_not_shown_again(desk: Desk) -> None:
    change(desk, "$90")
    change(desk, "$95", HIS)
    desk.call.during["chat.update"] = desk.outbox("two").run
    desk.run()
    assert (shown(desk), shown(desk, HIS)) == (["$90"], ["$95"])
