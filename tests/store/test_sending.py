"""Who may send what: of any number at once one, not before its time, and one unasked message a person and day."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.notice import Edit, Notice, NoticeState
from bot.store import notices, sending
from bot.store.engine import Store
from tests.delivery.planned import BORIS, DAY, HOUR, MINUTE, NOON, TICK, alert, digest
from tests.store.test_notices import at_once, make, plan, read

TODAY = NOON.date()
LEASE = timedelta(seconds=120)


def claim(
    store: Store,
    planned: Notice,
    *,
    by: str = "one",
    today: date = TODAY,
    now: datetime = NOON,
    real: datetime = NOON,
    channel_id: str = "D0ADA",
) -> int | None:
    with store.sessions.begin() as session:
        return sending.claim(
            session,
            planned.key,
            planned.recipient,
            owner=by,
            channel_id=channel_id,
            today=today,
            now=now,
            real=real,
            lease_until=real + LEASE,
        )


def claim_as(store: Store, planned: Notice, who: int) -> int | None:
    return claim(store, planned, by=str(who))


def claim_one_of(store: Store, planned: list[Notice], today: date, which: int) -> int | None:
    return claim(store, planned[which], today=today)


def set_state(store: Store, key: str, state: NoticeState, **values: Any) -> None:
    with store.sessions.begin() as session:
        needs: dict[str, Any] = {
            "channel_id": "D0ADA",
            "ts": "1.1",
            "real_uncertain_since": NOON,
            "superseded_by": "other",
        }
        notices.move(session, [key], set(NoticeState), state=state, **needs | values)


def test_a_claim_says_who_has_it_for_how_long_and_where_it_goes(store: Store) -> None:
    plan(store, alert())
    assert claim(store, alert(), by="me") == 1
    got = read(store, alert().key)
    assert (got.state, got.owner, got.real_lease_until) == (NoticeState.SENDING, "me", NOON + LEASE)
    assert (got.channel_id, got.told_on, got.attempts, got.fence) == ("D0ADA", TODAY, 1, 1)
    assert got.real_first_attempt_at == NOON


def test_each_claim_has_a_greater_fence_and_the_first_attempt_stays_the_first(store: Store) -> None:
    plan(store, digest())
    for n in range(1, 4):
        assert claim(store, digest(), real=NOON + n * HOUR) == n
        set_state(store, digest().key, NoticeState.PENDING)
    got = read(store, digest().key)
    assert (got.fence, got.attempts, got.real_first_attempt_at) == (3, 3, NOON + HOUR)


def test_of_eight_that_claim_the_same_message_one_gets_it(store: Store) -> None:
    for n in range(5):
        planned = digest(key=str(n))
        plan(store, planned)
        won = at_once(partial(claim_as, store, planned))
        assert sorted(won, key=str) == [1] + [None] * 7
        assert read(store, planned.key).owner == str(won.index(1))


def test_two_messages_to_one_person_are_not_both_claimed_on_one_day_by_whoever(store: Store) -> None:
    for n in range(12):
        day = TODAY + n * DAY
        planned = [alert(key=f"{n}/{which}") for which in range(4)]
        plan(store, *planned)
        won = at_once(partial(claim_one_of, store, planned, day), threads=4)
        assert sorted(won, key=str) == [1, None, None, None]


@pytest.mark.parametrize(
    ("early_by", "claimed"), [(TICK, False), (timedelta(), True), (-TICK, True)], ids=["before", "at", "after"]
)
def test_nothing_goes_out_before_it_is_due_or_may_be_tried_again(
    store: Store, early_by: timedelta, claimed: bool
) -> None:
    retried = digest(key="retried")
    plan(store, digest(), retried)
    set_state(store, "retried", NoticeState.PENDING, real_retry_at=NOON)
    with store.sessions() as session:
        assert sending.due(session, NOON - early_by, NOON + DAY) == [digest().key, "retried"] * claimed
        assert ("retried" in sending.due(session, NOON, NOON - early_by)) is claimed
    assert (claim(store, digest(), now=NOON - early_by) is not None) is claimed
    assert (claim(store, retried, real=NOON - early_by) is not None) is claimed


def test_only_what_waits_is_claimed(store: Store) -> None:
    for state in NoticeState:
        make(store, digest(key=state.value), state)
        assert (claim(store, digest(key=state.value)) is not None) == (state is NoticeState.PENDING)
    assert claim(store, digest(key="no such key")) is None


def test_people_come_before_channels_and_the_longest_due_first(store: Store) -> None:
    plan(
        store,
        digest(key="d1", due_at=NOON - DAY),
        digest(key="d2"),
        alert(key="p2"),
        alert(BORIS, key="p1"),
        alert(key="p0", due_at=NOON - TICK),
    )
    make(store, digest(key="held"), NoticeState.UNCERTAIN)
    with store.sessions() as session:
        assert sending.due(session, NOON, NOON) == ["p0", "p1", "p2", "d1", "d2"]


def test_who_was_or_may_have_been_told_today_is_told_nothing_more(store: Store) -> None:
    for n, state in enumerate(NoticeState):
        who = f"U{n}"
        make(store, alert(who, key=f"first/{who}"), state, told_on=TODAY)
        plan(store, alert(who))
        was_told = state in (NoticeState.SENDING, NoticeState.SENT, NoticeState.UNCERTAIN)
        assert (claim(store, alert(who)) is None) == was_told
        assert claim(store, alert(who), today=TODAY + DAY) == (1 if was_told else None)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({}, {}, False),
        ({}, {"recipient": BORIS, "private_to": BORIS}, True),
        ({}, {"urgent": True}, True),
        ({"urgent": True}, {}, False),
        ({}, {"unasked": False}, True),
        ({"unasked": False}, {}, True),
    ],
    ids=["two", "two people", "then urgent", "urgent first", "then an answer", "an answer first"],
)
def test_one_unasked_message_a_person_and_day_except_a_broken_budget(
    store: Store, first: dict[str, Any], second: dict[str, Any], both: bool
) -> None:
    one, two = alert(key="one", **first), alert(key="two", **second)
    plan(store, one, two)
    assert claim(store, one) == 1
    assert (claim(store, two) == 1) == both


def test_a_message_that_waits_again_does_not_stand_in_its_own_way(store: Store) -> None:
    plan(store, alert())
    assert claim(store, alert()) == 1
    set_state(store, alert().key, NoticeState.PENDING)
    assert claim(store, alert()) == 2


def test_leases_follow_one_clock_for_all_replicas(store: Store) -> None:
    machine = datetime(2001, 2, 3, tzinfo=UTC)
    with store.sessions() as session:
        real = sending.real_now(session, machine)
    if store.path:
        assert real == machine
    else:
        assert abs(real - datetime.now(UTC)) < MINUTE
        assert real.utcoffset() == timedelta()


@pytest.fixture
def posted(store: Store) -> str:
    return make(store, digest(), NoticeState.SENT)


def change(store: Store, key: str, words: str) -> None:
    with store.sessions.begin() as session:
        assert notices.edit(session, key, words, [])


def waiting(store: Store, real: datetime = NOON) -> list[Edit]:
    with store.sessions() as session:
        return sending.waiting_edits(session, real)


def claim_edit(store: Store, edit: Edit, real: datetime = NOON) -> int | None:
    with store.sessions.begin() as session:
        return sending.claim_edit(session, edit, real, real + LEASE)


def note_shown(store: Store, edit: Edit) -> None:
    with store.sessions.begin() as session:
        sending.note_shown(session, edit, "shown")


def test_only_the_newest_edit_waits_and_none_once_it_is_shown(store: Store, posted: str) -> None:
    assert waiting(store) == []
    change(store, posted, "one")
    change(store, posted, "two")
    (edit,) = waiting(store)
    assert edit == Edit(key=posted, channel_id="D0ADA", ts="1.1", version=2, text="two", blocks=[])
    assert claim_edit(store, edit) == 1
    note_shown(store, edit)
    assert waiting(store, NOON + DAY) == []


def test_of_eight_that_show_an_edit_one_does(store: Store, posted: str) -> None:
    change(store, posted, "one")
    (edit,) = waiting(store)
    assert sorted(at_once(lambda _: claim_edit(store, edit)), key=str) == [1] + [None] * 7


@pytest.mark.parametrize(("after", "free"), [(LEASE - TICK, False), (LEASE, True)], ids=["before", "at"])
def test_an_edit_whose_sender_died_is_shown_by_the_next(
    store: Store, posted: str, after: timedelta, free: bool
) -> None:
    change(store, posted, "one")
    (edit,) = waiting(store)
    assert claim_edit(store, edit) == 1
    assert bool(waiting(store, NOON + after)) is free
    assert claim_edit(store, edit, NOON + after) == (2 if free else None)


def test_an_edit_that_was_overtaken_is_not_shown(store: Store, posted: str) -> None:
    change(store, posted, "one")
    (old,) = waiting(store)
    change(store, posted, "two")
    assert claim_edit(store, old) is None


def test_showing_an_older_edit_leaves_the_newer_one_waiting(store: Store, posted: str) -> None:
    change(store, posted, "one")
    (old,) = waiting(store)
    claim_edit(store, old)
    change(store, posted, "two")
    note_shown(store, old)
    (new,) = waiting(store)
    assert (new.version, new.text) == (2, "two")
    note_shown(store, new)
    note_shown(store, old)
    assert waiting(store, NOON + DAY) == []


def test_a_newer_edit_waits_until_the_one_under_way_has_ended(store: Store, posted: str) -> None:
    """Two requests at once may overtake each other, and the older words would stay."""
    change(store, posted, "one")
    (old,) = waiting(store)
    claim_edit(store, old)
    change(store, posted, "two")
    assert waiting(store, NOON + LEASE - TICK) == []
    assert [edit.text for edit in waiting(store, NOON + LEASE)] == ["two"]


def test_an_edit_of_a_message_that_is_in_doubt_waits(store: Store, posted: str) -> None:
    change(store, posted, "one")
    set_state(store, posted, NoticeState.UNCERTAIN)
    assert waiting(store) == []
