"""Where the history may be read, what may have been posted is looked for: found, or not there in two complete looks."""

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.scanning import marked
from bot.delivery.times import TIMES
from bot.notice import Doubt, NoticeState
from bot.store.engine import Store
from tests.delivery.desk import ON_SQLITE, Desk
from tests.delivery.planned import ADA, BLOCKS, BORIS, CHANNEL, HOUR, MINUTE, TICK, alert, digest
from tests.delivery.scripted import LOST, UNREACHED, ours, page

KEY = digest().key
SENT, HELD = NoticeState.SENT, NoticeState.UNCERTAIN
HISTORY = frozenset({"chat:write", "channels:history", "im:history"})
NOTED = timedelta(seconds=1)
"""More than PostgreSQL's own clock moves while a test runs."""


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def reader(desk: Desk) -> Desk:
    """A bot that may read the history."""
    desk.scopes = HISTORY
    return desk


def posted(ts: str, key: str = KEY) -> dict[str, Any]:
    return ours(ts, marked(key, BLOCKS))


def test_a_message_that_is_found_was_sent(reader: Desk) -> None:
    reader.loses_the_answer_to(digest())
    reader.wait(TIMES.settle - NOTED)
    reader.run()
    assert reader.call.said("conversations.history") == []
    reader.wait(NOTED)
    reader.call.then("conversations.history", page(posted("7.000001")))
    reader.run()
    row = reader.row(KEY)
    assert (row.state, row.outcome, row.ts) == (SENT, "found", "7.000001")
    assert reader.told_admins() == []
    assert len(reader.posts(CHANNEL)) == 1


@ON_SQLITE
def test_of_several_that_are_found_the_oldest_stays(reader: Desk, caplog: pytest.LogCaptureFixture) -> None:
    reader.loses_the_answer_to(digest())
    reader.wait(TIMES.settle)
    reader.call.then("conversations.history", page(posted("9.000003"), posted("8.000001"), posted("9.000002")))
    reader.run()
    assert reader.row(KEY).ts == "8.000001"
    assert [asked["ts"] for asked in reader.call.said("chat.delete")] == ["9.000002", "9.000003"]
    assert "duplicate_found" in caplog.text


def test_only_two_complete_empty_looks_apart_let_it_go_out_again(reader: Desk) -> None:
    reader.loses_the_answer_to(digest())
    reader.wait(TIMES.settle)
    reader.call.then("conversations.history", LOST)
    reader.run()  # proves nothing
    reader.run()
    assert (reader.row(KEY).state, reader.row(KEY).empty_scans) == (HELD, 1)
    reader.wait(TIMES.settle - NOTED)
    reader.run()
    assert len(reader.call.said("conversations.history")) == 2
    reader.wait(NOTED)
    reader.run()
    reader.run()
    assert len(reader.call.said("conversations.history")) == 3
    assert (len(reader.posts(CHANNEL)), reader.row(KEY).state) == (2, SENT)


@ON_SQLITE
def test_a_new_doubt_needs_two_new_looks(reader: Desk) -> None:
    reader.loses_the_answer_to(digest())
    reader.call.then("chat.postMessage", LOST)
    for _ in range(2):
        reader.wait(TIMES.settle)
        reader.run()
    assert len(reader.posts(CHANNEL)) == 2
    assert (reader.row(KEY).state, reader.row(KEY).empty_scans, reader.row(KEY).real_scanned_at) == (HELD, 0, None)


@ON_SQLITE
@pytest.mark.parametrize(
    ("doubt", "ends", "posts"),
    [
        (Doubt.REPEAT, (SENT, "accepted"), 2),
        (Doubt.NEVER, (NoticeState.SKIPPED, "never confirmed"), 1),
        (Doubt.HOLD, None, 1),
    ],
)
def test_where_looking_fails_for_a_day_it_is_as_if_nobody_could_look(
    reader: Desk, doubt: Doubt, ends: Any, posts: int
) -> None:
    reader.call.then("conversations.history", *[LOST] * 100)
    key = reader.loses_the_answer_to(alert(doubt=doubt, urgent=True))
    for _ in range(6):
        reader.wait(6 * HOUR)
        reader.run()
        reader.run()
    assert len(reader.posts(ADA)) == posts
    assert reader.state(key) == ends if ends else reader.row(key).state is HELD
    assert bool(reader.told_admins()) == (doubt is not Doubt.REPEAT)


@ON_SQLITE
def test_a_late_first_attempt_looks_first_because_a_backup_may_have_been_restored(reader: Desk) -> None:
    reader.plan(digest(), digest(key="lost", recipient="C0OTHER"))
    reader.wait(TIMES.late + TICK)
    reader.run()
    assert {reader.state(key) for key in (KEY, "lost")} == {(HELD, "late first attempt")}
    for _ in range(2):
        reader.wait(TIMES.settle)
        reader.call.then("conversations.history", page(posted("7.000001")))
        reader.run()
    reader.run()
    assert (reader.row(KEY).state, reader.posts(CHANNEL)) == (SENT, [])
    assert len(reader.posts("C0OTHER")) <= 1


@ON_SQLITE
def test_a_late_message_that_is_not_there_goes_out_after_two_looks(reader: Desk) -> None:
    reader.plan(digest())
    reader.wait(TIMES.late + TICK)
    for _ in range(3):
        reader.run()
        reader.wait(TIMES.settle)
    reader.run()
    assert (len(reader.posts(CHANNEL)), reader.row(KEY).state) == (1, SENT)
    assert reader.told_admins() == []


@ON_SQLITE
def test_without_the_right_to_look_a_late_message_is_posted(desk: Desk) -> None:
    desk.plan(digest())
    desk.wait(TIMES.late + TICK)
    desk.run()
    assert (len(desk.posts(CHANNEL)), desk.row(KEY).state) == (1, SENT)


@ON_SQLITE
def test_a_failed_question_before_the_first_attempt_does_not_spare_the_look(reader: Desk) -> None:
    reader.plan(digest())
    reader.wait(HOUR)
    reader.call.then("conversations.info", UNREACHED)
    reader.run()
    reader.wait(MINUTE)
    reader.run()
    assert reader.state(KEY) == (HELD, "late first attempt")
    assert reader.posts(CHANNEL) == []


@ON_SQLITE
def test_what_a_person_releases_goes_out_at_once_although_it_is_late(reader: Desk) -> None:
    reader.plan(digest())
    reader.wait(HOUR)
    reader.run()
    reader.release(KEY)
    reader.run()
    assert (len(reader.posts(CHANNEL)), reader.row(KEY).state) == (1, SENT)


@ON_SQLITE
def test_a_held_message_that_breaks_something_does_not_keep_the_others_back(reader: Desk) -> None:
    def explode() -> None:
        raise RuntimeError("poison")

    reader.loses_the_answer_to(digest())
    reader.wait(TIMES.settle)
    reader.plan(alert(BORIS))
    reader.call.before["conversations.history"] = explode
    reader.run()
    assert reader.row(alert(BORIS).key).state is SENT
