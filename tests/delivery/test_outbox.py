"""Sending: once, to the right one, at the right time, and nothing that nobody wants any more."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.delivery.times import TIMES
from bot.notice import NoticeState
from bot.store import notices
from bot.store.engine import Store
from tests.delivery.desk import ADMIN, ON_SQLITE, Desk
from tests.delivery.planned import ADA, BORIS, CHANNEL, DAY, HOUR, MINUTE, NOON, SECOND, TICK, alert, digest

KEY = digest().key
OPENED = {"unfurl_links": "false", "unfurl_media": "false"}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_a_message_is_posted_once_and_noted(desk: Desk) -> None:
    desk.plan(digest())
    for _ in range(3):
        desk.run()
        desk.wait(MINUTE)
    (said,) = desk.posts(CHANNEL)
    assert (said["text"], said["unfurl_links"], said["unfurl_media"]) == ("Yesterday: $12.34", "false", "false")
    assert said["metadata"]["event_payload"] == {"key": KEY}
    row = desk.row(KEY)
    assert (row.state, row.outcome, row.channel_id, row.sent_at) == (NoticeState.SENT, "accepted", CHANNEL, NOON)
    assert row.ts is not None
    assert desk.told_admins() == []


def test_a_message_waits_until_it_is_due(desk: Desk) -> None:
    desk.plan(digest(due_at=NOON + HOUR))
    desk.wait(HOUR - TICK)
    desk.run()
    assert desk.posts(CHANNEL) == []
    desk.wait(TICK)
    desk.run()
    assert len(desk.posts(CHANNEL)) == 1


def test_the_claim_is_committed_before_anything_is_posted(desk: Desk) -> None:
    seen: list[Any] = []
    desk.plan(alert())
    desk.call.before["chat.postMessage"] = lambda: seen.append(desk.row(alert().key))
    desk.run()
    assert (seen[0].state, seen[0].owner, seen[0].fence) == (NoticeState.SENDING, "one", 1)
    assert (seen[0].channel_id, seen[0].told_on) == ("D0ADA", NOON.date())


def test_nothing_is_posted_when_too_little_is_left_of_the_claim(desk: Desk) -> None:
    last_moment = TIMES.lease - TIMES.margin
    for n, (frozen, written) in enumerate(((last_moment, True), (last_moment + SECOND, False))):
        desk.plan(digest(key=f"k{n}", recipient=f"C{n}", due_at=desk.clock()))
        desk.call.before["chat.postMessage"] = partial(desk.wait, frozen)
        desk.run()
        assert bool(desk.posts(f"C{n}")) is written
        assert desk.state(f"k{n}") == ((NoticeState.SENT, "accepted") if written else (NoticeState.PENDING, "withheld"))


@ON_SQLITE
def test_a_workspace_without_charts_gets_text_in_their_place(desk: Desk) -> None:
    chart = {
        "type": "data_visualization",
        "title": "Days",
        "chart": {
            "type": "bar",
            "series": [{"name": "cost", "data": [{"label": "Mon", "value": 1}]}],
            "axis_config": {"categories": ["Mon"]},
        },
    }
    desk.native_blocks = False
    desk.plan(digest(blocks=[*digest().blocks, chart]))
    desk.run()
    assert [block["type"] for block in desk.posts(CHANNEL)[0]["blocks"]] == ["section", "rich_text"]


@ON_SQLITE
@pytest.mark.parametrize(("late_by", "sent"), [(timedelta(), True), (TICK, False)], ids=["at", "after"])
def test_a_message_that_nobody_wants_any_more_is_skipped_and_told(desk: Desk, late_by: timedelta, sent: bool) -> None:
    desk.plan(digest(expires_at=NOON + 36 * HOUR))
    desk.wait(36 * HOUR + late_by)
    desk.run()
    assert len(desk.posts(CHANNEL)) == sent
    assert desk.state(KEY) == ((NoticeState.SENT, "accepted") if sent else (NoticeState.SKIPPED, "expired"))
    assert [row.why for row in desk.told_admins()] == ([] if sent else ["expired: expired"])


def test_one_person_is_told_one_thing_a_day_and_the_rest_the_next_morning(desk: Desk) -> None:
    desk.plan(alert(key="a"), alert(key="b"), alert(key="urgent", urgent=True), alert(BORIS, key="boris"))
    desk.run()
    desk.wait(SECOND)
    desk.run()
    desk.wait(SECOND)
    desk.run()
    assert [desk.row(key).state for key in ("a", "urgent", "boris")] == [NoticeState.SENT] * 3
    assert desk.row("b").state is NoticeState.PENDING
    assert desk.row("b").due_at == NOON  # how late it is must stay to be seen
    assert desk.row("b").attempts == 0
    desk.wait(20 * HOUR)
    desk.run()
    assert desk.row("b").state is NoticeState.SENT


@ON_SQLITE
def test_two_messages_into_one_conversation_are_a_second_apart(desk: Desk) -> None:
    desk.plan(*[digest(key=f"k{n}") for n in range(3)])
    desk.outbox().run()
    assert len(desk.posts(CHANNEL)) == 1
    same = desk.outbox()
    same.run()
    same.run()
    assert len(desk.posts(CHANNEL)) == 2
    desk.wait(SECOND - TICK)
    same.run()
    assert len(desk.posts(CHANNEL)) == 2
    desk.wait(TICK)
    same.run()
    assert len(desk.posts(CHANNEL)) == 3


@ON_SQLITE
def test_one_message_that_breaks_something_does_not_keep_the_others_back(desk: Desk) -> None:
    def explode() -> None:
        raise RuntimeError("poison")

    desk.plan(alert(key="a poison"), alert(BORIS), digest())
    desk.call.before["chat.postMessage"] = explode
    desk.run()
    assert desk.row("a poison").state is NoticeState.SENDING  # what came of it nobody knows
    assert [desk.row(key).state for key in (alert(BORIS).key, KEY)] == [NoticeState.SENT] * 2
    desk.plan(alert(ADMIN, key="b poison"), digest(key="later", recipient="C0OTHER"))
    desk.call.before["conversations.open"] = explode
    desk.run()
    assert desk.row("b poison").state is NoticeState.PENDING
    assert desk.row("later").state is NoticeState.SENT


@ON_SQLITE
def test_told_to_stop_it_begins_nothing_new(desk: Desk) -> None:
    def stop() -> None:
        desk.stopping = True

    desk.plan(alert(), alert(BORIS))
    desk.call.before["chat.postMessage"] = stop
    desk.run()
    assert len(desk.call.said()) == 1
    assert desk.state(alert().key) == (NoticeState.SENT, "accepted")


@ON_SQLITE
def test_what_was_superseded_a_moment_ago_is_not_even_asked_about(desk: Desk) -> None:
    def fold() -> None:
        with desk.store.sessions.begin() as session:
            notices.supersede(session, [alert(BORIS).key], "another")

    desk.plan(alert(), alert(BORIS))
    desk.call.during["chat.postMessage"] = fold
    desk.run()
    assert [asked["users"] for asked in desk.call.said("conversations.open")] == [ADA]


@ON_SQLITE
@pytest.mark.parametrize(
    ("jump", "pauses"), [(61 * SECOND, True), (-61 * SECOND, True), (60 * SECOND, False), (-60 * SECOND, False)]
)
def test_after_the_machines_clock_was_set_nothing_is_sent_for_a_while(
    desk: Desk, jump: timedelta, pauses: bool
) -> None:
    same = desk.outbox()
    same.run()
    desk.plan(digest())
    desk.set_by = jump
    same.run()
    assert bool(desk.posts(CHANNEL)) is not pauses
    desk.wait(TIMES.settle - SECOND)
    same.run()
    assert bool(desk.posts(CHANNEL)) is not pauses
    desk.wait(SECOND)
    same.run()
    assert len(desk.posts(CHANNEL)) == 1


@ON_SQLITE
def test_a_slept_machine_was_not_set(desk: Desk) -> None:
    same = desk.outbox()
    same.run()
    desk.plan(digest())
    desk.wait(3 * DAY)
    same.run()
    assert len(desk.posts(CHANNEL)) == 1
