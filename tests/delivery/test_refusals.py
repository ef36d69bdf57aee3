"""What Slack refuses: tried again, given up and told, or said in plain words; never to anybody else instead."""

from typing import Any

import pytest

from bot.delivery.classify import Reply
from bot.delivery.times import TIMES
from bot.notice import Doubt, NoticeKind, NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import digests, notices
from bot.store.engine import Store
from tests.delivery.desk import ADMIN, ON_SQLITE, Desk
from tests.delivery.planned import BORIS, CHANNEL, DAY, MINUTE, NOON, SECOND, alert, digest
from tests.delivery.scripted import UNREACHED, no

KEY = digest().key
OPENED = {"unfurl_links": "false", "unfurl_media": "false"}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def too_fast(seconds: int) -> Reply:
    return Reply(written=True, status=429, retry_after=seconds * SECOND)


def test_a_refusal_is_tried_again_ever_more_seldom_and_given_up_after_a_day(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.then("chat.postMessage", *[UNREACHED] * 20)
    desk.run()
    for tried, minutes in enumerate((1, 5, 15, 60, 180, 360, 720, 720), start=1):
        desk.wait(minutes * MINUTE - SECOND)
        desk.run()
        assert (len(desk.call.said()), desk.row(KEY).state) == (tried, NoticeState.PENDING)
        desk.wait(SECOND)
        desk.run()
        assert len(desk.call.said()) == tried + 1
    assert desk.state(KEY) == (NoticeState.FAILED, "ConnectionRefusedError")
    (told,) = desk.told_admins()
    assert (told.recipient, told.why) == (ADMIN, "failed: ConnectionRefusedError")


def test_being_too_fast_is_not_tried_again_before_slack_says(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.then("chat.postMessage", too_fast(7))
    desk.run()
    desk.wait(7 * SECOND - SECOND)
    desk.run()
    assert len(desk.posts(CHANNEL)) == 1
    desk.wait(2 * SECOND)
    desk.run()
    assert len(desk.posts(CHANNEL)) == 2
    assert desk.state(KEY) == (NoticeState.SENT, "accepted")


@ON_SQLITE
@pytest.mark.parametrize("planned", [digest(), alert()], ids=["channel", "person"])
def test_when_slack_cannot_even_be_asked_where_to_it_is_tried_again_and_given_up_too(desk: Desk, planned: Any) -> None:
    method = "conversations.info" if planned.kind is NoticeKind.DIGEST else "conversations.open"
    desk.plan(planned)
    desk.call.then(method, UNREACHED)
    desk.run()
    assert desk.state(planned.key) == (NoticeState.PENDING, "ConnectionRefusedError")
    assert desk.row(planned.key).attempts == 1
    desk.run()
    assert len(desk.call.calls) == 1  # not before a minute has passed
    desk.call.then(method, UNREACHED)
    desk.wait(DAY)
    desk.run()
    assert desk.state(planned.key) == (NoticeState.FAILED, "ConnectionRefusedError")
    assert desk.call.said() == []


@ON_SQLITE
def test_refused_blocks_go_out_as_mere_text_under_the_same_key(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.then("chat.postMessage", no("invalid_blocks"))
    desk.run()
    desk.wait(SECOND)
    desk.run()
    first, second = desk.posts(CHANNEL)
    assert "blocks" in first
    assert "blocks" not in second
    assert (first["text"], first["metadata"]) == (second["text"], second["metadata"])
    assert desk.state(KEY) == (NoticeState.SENT, "accepted")


@ON_SQLITE
def test_a_text_that_slack_does_not_take_either_is_given_up_and_told(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.then("chat.postMessage", no("invalid_blocks"), no("msg_too_long"))
    for _ in range(3):
        desk.run()
        desk.wait(MINUTE)
    assert len(desk.posts(CHANNEL)) == 2
    assert desk.state(KEY) == (NoticeState.FAILED, "msg_too_long")
    assert len(desk.told_admins()) == 1


def test_a_refused_token_stops_the_run_and_loses_nothing(desk: Desk) -> None:
    desk.plan(alert(), alert(BORIS), digest())
    desk.call.then("chat.postMessage", no("token_revoked"))
    desk.run()
    assert len(desk.call.said()) == 1
    desk.wait(TIMES.token_wait)
    desk.run()
    assert {desk.row(key).state for key in (alert().key, alert(BORIS).key, KEY)} == {NoticeState.SENT}
    assert len(desk.call.said()) == 4


@ON_SQLITE
@pytest.mark.parametrize("method", ["conversations.open", "chat.update"])
def test_a_token_refused_elsewhere_stops_the_run_too(desk: Desk, method: str) -> None:
    desk.plan(alert(), alert(BORIS))
    if method == "chat.update":
        desk.run()
        with desk.store.sessions.begin() as session:
            for key in (alert().key, alert(BORIS).key):
                assert notices.edit(session, key, "now", [])
    before = len(desk.call.calls)
    desk.call.then(method, no("invalid_auth"))
    desk.run()
    assert len(desk.call.calls) == before + 1


def test_who_cannot_be_told_is_given_up_the_admins_are_told_and_nobody_else_is(desk: Desk) -> None:
    desk.plan(alert())
    desk.call.then("conversations.open", no("user_disabled"))
    desk.run()
    assert desk.state(alert().key) == (NoticeState.FAILED, "user_disabled")
    (told,) = desk.told_admins()
    assert (told.recipient, told.kind, told.doubt, told.unasked) == (ADMIN, NoticeKind.OPERATOR, Doubt.NEVER, False)
    assert "$" not in f"{told.text} {told.blocks}"  # that it failed, never how much it was
    desk.run()
    assert [said["channel"] for said in desk.call.said()] == ["D0CHLOE"]


@ON_SQLITE
@pytest.mark.parametrize("error", ["is_archived", "not_in_channel", "channel_not_found"])
@pytest.mark.parametrize("method", ["conversations.info", "chat.postMessage"])
def test_a_channel_that_takes_nothing_is_parked_and_whoever_asked_for_the_digest_is_told(
    desk: Desk, method: str, error: str
) -> None:
    wish = Schedule(channel_id=CHANNEL, cadence=Cadence.DAILY, minute=540, zone="UTC", set_by=BORIS, set_at=NOON)
    with desk.store.sessions.begin() as session:
        digests.put(session, wish)
    desk.plan(digest())
    desk.call.then(method, no(error))
    desk.run()
    assert desk.state(KEY) == (NoticeState.FAILED, error)
    with desk.store.sessions() as session:
        parked = digests.get(session, CHANNEL)
    assert parked is not None
    assert parked.parked == error
    assert sorted(row.recipient for row in desk.told_admins()) == [BORIS, ADMIN]


@ON_SQLITE
def test_a_channel_shared_with_another_company_is_told_nothing(desk: Desk) -> None:
    desk.plan(digest())
    desk.call.is_shared = True
    desk.run()
    assert desk.state(KEY) == (NoticeState.FAILED, "access.shared_channel")
    desk.run()
    assert desk.posts(CHANNEL) == []
