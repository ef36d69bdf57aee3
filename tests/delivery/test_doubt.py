"""What may have been posted: looked for, held for a person, or said once more with a label; never simply again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.classify import Reply
from bot.delivery.times import TIMES
from bot.notice import Doubt, NoticeState
from bot.store import notices
from bot.store.engine import Store
from tests.delivery.desk import ADMIN, ON_SQLITE, TEXTS, Desk
from tests.delivery.planned import ADA, BLOCKS, BORIS, CHANNEL, DAY, HOUR, MINUTE, TICK, alert, digest
from tests.delivery.scripted import LOST, UNREACHED, no

KEY = digest().key
SENT, HELD, WAITS = NoticeState.SENT, NoticeState.UNCERTAIN, NoticeState.PENDING
HISTORY = frozenset({"chat:write", "channels:history", "im:history"})
NOTED = timedelta(seconds=1)
"""More than PostgreSQL's own clock moves while a test runs."""


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


class Killed(BaseException):
    """The process is gone."""


def kill() -> None:
    raise Killed


def test_a_digest_in_doubt_is_held_and_the_admins_decide(desk: Desk) -> None:
    desk.loses_the_answer_to(digest())
    for _ in range(3):
        desk.run()
        desk.wait(DAY)
    assert len(desk.posts(CHANNEL)) == 1
    (told,) = desk.told_admins()
    assert (told.recipient, told.state, told.why) == (ADMIN, SENT, "held: TimeoutError")
    buttons = [button["value"] for button in told.blocks[-1]["elements"]]
    assert buttons == [f"settings release {KEY}", f"settings drop {KEY}"]


def test_a_released_message_goes_out_once_and_a_dropped_one_never(desk: Desk) -> None:
    desk.loses_the_answer_to(digest(key="dropped"))
    desk.loses_the_answer_to(digest(key="released", recipient="C0OTHER", expires_at=desk.clock() + HOUR))
    with desk.store.sessions.begin() as session:
        assert notices.drop(session, "dropped")
    desk.wait(30 * MINUTE)
    desk.release("released")
    desk.wait(HOUR)
    for _ in range(3):
        desk.run()
        desk.wait(DAY)
    assert (len(desk.posts(CHANNEL)), len(desk.posts("C0OTHER"))) == (1, 2)
    assert desk.row("released").state is SENT
    assert desk.state("dropped") == (NoticeState.SKIPPED, "dropped")


@ON_SQLITE
def test_a_second_doubt_about_a_released_message_is_told_again(desk: Desk) -> None:
    key = desk.loses_the_answer_to(digest())
    desk.run()  # tells the admins
    desk.release(key)
    desk.call.then("chat.postMessage", LOST)
    desk.run()
    assert len(desk.told_admins()) == 2


def test_a_broken_budget_is_said_once_more_after_a_day_with_a_label_and_then_never_again(desk: Desk) -> None:
    key = desk.loses_the_answer_to(alert(doubt=Doubt.REPEAT, urgent=True))
    assert desk.told_admins() == []
    desk.wait(DAY - NOTED)
    desk.run()
    assert len(desk.posts(ADA)) == 1
    desk.wait(NOTED)
    desk.call.then("chat.postMessage", LOST)
    desk.run()
    first, second = desk.posts(ADA)
    label = TEXTS.of("ja-JP")("notices.seen_already")  # hers is Japanese
    assert second["text"] == f"{label} {first['text']}"
    assert len(second["blocks"]) == len(first["blocks"]) + 1
    assert second["metadata"] == first["metadata"]
    desk.wait(DAY)
    desk.run()
    assert desk.state(key) == (NoticeState.SKIPPED, "never confirmed")
    assert len(desk.posts(ADA)) == 2
    assert [row.why for row in desk.told_admins()] == ["unconfirmed: never confirmed"]


@ON_SQLITE
def test_a_lower_threshold_in_doubt_is_never_repeated(desk: Desk) -> None:
    key = desk.loses_the_answer_to(alert())
    for _ in range(5):
        desk.wait(DAY)
        desk.run()
    assert desk.state(key) == (NoticeState.SKIPPED, "never confirmed")
    assert len(desk.posts(ADA)) == 1
    assert [row.why for row in desk.told_admins()] == ["unconfirmed: never confirmed"]


def test_who_was_perhaps_told_today_is_told_nothing_else_today(desk: Desk) -> None:
    desk.loses_the_answer_to(alert(key="perhaps"))
    desk.plan(alert(key="second"))
    desk.wait(MINUTE)
    desk.run()
    assert desk.row("second").state is WAITS
    assert len(desk.posts(ADA)) == 1


@ON_SQLITE
@pytest.mark.parametrize("may_look", [False, True])
def test_a_message_that_expires_in_doubt_ends_and_somebody_knows(desk: Desk, may_look: bool) -> None:
    desk.scopes = HISTORY if may_look else desk.scopes
    desk.loses_the_answer_to(digest(expires_at=desk.clock() + 36 * HOUR))
    desk.wait(36 * HOUR + NOTED)
    desk.call.then("conversations.history", no("missing_scope"))
    desk.run()
    assert desk.state(KEY) == (NoticeState.SKIPPED, "expired in doubt")
    assert desk.told_admins()


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_process_killed_around_its_post_leaves_a_doubt_when_its_lease_ends(desk: Desk, when: str) -> None:
    desk.plan(digest())
    getattr(desk.call, when)["chat.postMessage"] = kill
    with pytest.raises(Killed):
        desk.run()
    desk.wait(TIMES.lease - NOTED)
    desk.run()
    assert desk.row(KEY).state is NoticeState.SENDING
    desk.wait(NOTED + TICK)
    desk.run()
    assert desk.state(KEY) == (HELD, "lease ran out")
    assert len(desk.posts(CHANNEL)) == (when == "during")
    assert [row.why for row in desk.told_admins()] == ["held: lease ran out"]


def test_a_process_killed_before_its_claim_posts_once_when_it_is_back(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.during["conversations.info"] = kill
    with pytest.raises(Killed):
        desk.run()
    desk.run()
    assert (len(desk.posts(CHANNEL)), desk.row(KEY).state) == (1, SENT)


def while_posting(desk: Desk, happens: Callable[[], object]) -> None:
    desk.plan(digest())
    desk.call.during["chat.postMessage"] = happens
    desk.run()


def test_a_proof_that_comes_after_the_lease_has_ended_is_a_proof(desk: Desk) -> None:
    def sweep() -> None:
        desk.wait(TIMES.lease + NOTED)
        desk.outbox("two").run()
        assert desk.row(KEY).state is HELD

    while_posting(desk, sweep)
    assert desk.row(KEY).state is SENT
    assert len(desk.posts(CHANNEL)) == 1


@pytest.mark.parametrize("verdict", [LOST, UNREACHED, no("is_archived")], ids=["lost", "unreached", "refused"])
def test_who_lost_the_claim_decides_nothing_any_more(desk: Desk, verdict: Reply) -> None:
    def lose_it() -> None:
        desk.wait(TIMES.lease + NOTED)
        desk.outbox("two").run()
        desk.release(KEY)
        with desk.store.sessions.begin() as session:
            needs: dict[str, Any] = {"owner": "two", "real_lease_until": desk.clock() + DAY}
            notices.move(session, [KEY], {WAITS}, state=NoticeState.SENDING, attempts=2, **needs)
        with desk.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE notice SET fence = 2")

    desk.call.then("chat.postMessage", verdict)
    while_posting(desk, lose_it)
    row = desk.row(KEY)
    assert (row.state, row.owner, row.fence) == (NoticeState.SENDING, "two", 2)


def test_of_two_proven_posts_the_later_one_is_taken_back(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    def somebody_else_was_proven() -> None:
        with desk.store.sessions.begin() as session:
            notices.move(session, [KEY], {NoticeState.SENDING}, state=SENT, channel_id=CHANNEL, ts="1.000001")

    while_posting(desk, somebody_else_was_proven)
    assert desk.row(KEY).ts == "1.000001"
    (deleted,) = desk.call.said("chat.delete")
    assert deleted["channel"] == CHANNEL
    assert deleted["ts"] != "1.000001"
    assert "duplicate_found" in caplog.text


@ON_SQLITE
def test_what_cannot_even_be_put_together_is_not_claimed(desk: Desk) -> None:
    desk.plan(digest(blocks=BLOCKS * 51), alert(BORIS))
    desk.run()
    assert desk.row(alert(BORIS).key).state is SENT
    assert desk.row(KEY).state is not NoticeState.SENDING
    assert desk.posts(CHANNEL) == []
