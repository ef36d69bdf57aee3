"""Messages that are due: added once, ended once, and remembered for longer than anybody looks back."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.notice import ENDS, Doubt, Notice, NoticeRow, NoticeState
from bot.store import notices
from bot.store.engine import Store
from tests.delivery.planned import ADA, BORIS, CHANNEL, DAY, HOUR, NOON, TICK, alert, digest

TODAY = NOON.date()
WHAT_STATES_NEED: dict[str, Any] = {
    "owner": "one",
    "real_lease_until": NOON,
    "real_uncertain_since": NOON,
    "superseded_by": "other",
    "channel_id": "D0ADA",
    "ts": "1.1",
}


def plan(store: Store, *planned: Notice) -> list[bool]:
    with store.sessions.begin() as session:
        return [notices.add(session, one, NOON) for one in planned]


def make(store: Store, planned: Notice, state: NoticeState, **values: Any) -> str:
    """Add a message and bring it into a state."""
    plan(store, planned)
    with store.sessions.begin() as session:
        notices.move(session, [planned.key], set(NoticeState), state=state, **WHAT_STATES_NEED | values)
    return planned.key


def read(store: Store, key: str) -> NoticeRow:
    with store.sessions() as session:
        found = notices.get(session, key)
    assert found is not None
    return found


def at_once(work: Callable[[int], Any], threads: int = 8) -> list[Any]:
    """Let as many threads do something at one moment, and give what each got."""
    got: list[Any] = [None] * threads
    gate = threading.Barrier(threads)

    def run(n: int) -> None:
        gate.wait()
        got[n] = work(n)

    crowd = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return got


def test_a_message_is_kept_as_it_was_planned(store: Store) -> None:
    planned = alert(
        urgent=True,
        expires_at=NOON + 36 * HOUR,
        covers_start=date(2026, 11, 19),
        text="はい <&> 'x'",
        doubt=Doubt.REPEAT,
    )
    assert plan(store, planned) == [True]
    kept = read(store, planned.key)
    assert {name: getattr(kept, name) for name in Notice.__slots__} == {
        name: getattr(planned, name) if name != "blocks" else list(planned.blocks) for name in Notice.__slots__
    }
    assert (kept.state, kept.planned_at, kept.attempts, kept.fence) == (NoticeState.PENDING, NOON, 0, 0)


def test_a_key_is_planned_once_whatever_became_of_it(store: Store) -> None:
    for state in NoticeState:
        key = make(store, digest(key=state.value), state)
        before = read(store, key)
        assert plan(store, digest(key=key, text="something else", due_at=NOON + DAY)) == [False]
        assert read(store, key) == before


def test_of_eight_that_plan_the_same_one_does(store: Store) -> None:
    won = at_once(lambda n: plan(store, digest(text=f"by {n}")))
    assert sorted(won) == [[False]] * 7 + [[True]]
    assert read(store, digest().key).text == f"by {won.index([True])}"


def test_what_waits_for_somebody_is_given_oldest_first(store: Store) -> None:
    plan(
        store,
        alert(key="b", due_at=NOON),
        alert(key="a", due_at=NOON, about="request"),
        alert(key="c", due_at=NOON - TICK),
        alert(BORIS, key="d"),
    )
    make(store, alert(key="e"), NoticeState.SENT)
    with store.sessions() as session:
        assert [row.key for row in notices.waiting(session, ADA)] == ["c", "a", "b"]
        assert [row.key for row in notices.waiting(session, ADA, "budget")] == ["c", "b"]
        assert notices.waiting(session, ADA, "") == []


def test_only_what_waits_is_superseded(store: Store) -> None:
    for state in NoticeState:
        key = make(store, alert(key=state.value), state)
        before = read(store, key)
        with store.sessions.begin() as session:
            notices.supersede(session, [key], "new")
        after = read(store, key)
        if state is NoticeState.PENDING:
            assert (after.state, after.superseded_by) == (NoticeState.SUPERSEDED, "new")
        else:
            assert after == before


def test_only_what_may_still_go_out_is_skipped(store: Store) -> None:
    for state in NoticeState:
        key = make(store, digest(key=state.value), state)
        with store.sessions.begin() as session:
            done = notices.skip(session, key, "no spend")
        after = read(store, key)
        assert done == (state in (NoticeState.PENDING, NoticeState.UNCERTAIN))
        assert (after.state, after.outcome) == ((NoticeState.SKIPPED, "no spend") if done else (state, ""))


def test_only_what_is_held_is_released_and_released_or_dropped_once(store: Store) -> None:
    held = {"released": NoticeState.PENDING, "dropped": NoticeState.SKIPPED}
    for key in held:
        make(store, digest(key=key, expires_at=NOON), NoticeState.UNCERTAIN, real_retry_at=NOON + DAY)
    with store.sessions.begin() as session:
        assert notices.release(session, "released")
        assert notices.drop(session, "dropped")
        assert not notices.release(session, "released")
        assert not notices.release(session, "dropped")
        assert not notices.drop(session, "dropped")
        assert not notices.drop(session, "no such key")
    assert {key: read(store, key).state for key in held} == held
    assert (read(store, "released").expires_at, read(store, "released").real_retry_at) == (None, None)
    for state in set(NoticeState) - {NoticeState.UNCERTAIN}:
        key = make(store, digest(key=state.value), state)
        with store.sessions.begin() as session:
            assert not notices.release(session, key)
            assert not notices.drop(session, key) or state is NoticeState.PENDING


def test_somebody_was_told_when_something_unasked_was_or_may_have_been_posted(store: Store) -> None:
    counting = {NoticeState.SENDING, NoticeState.SENT, NoticeState.UNCERTAIN}
    for n, state in enumerate(NoticeState):
        for unasked in (True, False):
            who = f"U{n}{unasked}"
            make(store, alert(who, unasked=unasked), state, told_on=TODAY)
            with store.sessions() as session:
                assert notices.last_told(session, who) == (TODAY if unasked and state in counting else None)
    with store.sessions() as session:
        assert notices.last_told(session, BORIS) is None


def test_the_newest_day_somebody_was_told_counts(store: Store) -> None:
    for n, day in enumerate((TODAY - DAY, TODAY, TODAY - 2 * DAY)):
        make(store, alert(key=str(n)), NoticeState.SENT, told_on=day)
    with store.sessions() as session:
        assert notices.last_told(session, ADA) == TODAY


def test_what_is_overdue_is_what_has_come_to_no_end(store: Store) -> None:
    for n, state in enumerate(NoticeState):
        make(store, digest(key=str(n), due_at=NOON), state)
    with store.sessions() as session:
        assert notices.overdue(session, NOON) == 0
        assert notices.overdue(session, NOON + TICK) == len(NoticeState) - len(ENDS)


def test_an_edit_is_one_only_when_it_changes_what_people_see(store: Store) -> None:
    key = make(store, digest(), NoticeState.SENT)
    blocks = list(digest().blocks)
    with store.sessions.begin() as session:
        assert not notices.edit(session, key, digest().text, blocks)
        assert notices.edit(session, key, "now $20.00", blocks)
        assert not notices.edit(session, key, "now $20.00", blocks)
        assert notices.edit(session, key, "now $20.00", [])
        assert notices.edit(session, key, digest().text, blocks)


def test_only_a_posted_message_is_edited(store: Store) -> None:
    for state in set(NoticeState) - {NoticeState.SENT}:
        key = make(store, digest(key=state.value), state)
        with store.sessions.begin() as session:
            assert not notices.edit(session, key, "now $20.00", [])
            assert not notices.edit(session, "no such key", "now $20.00", [])


def test_a_move_happens_from_the_given_states_only(store: Store) -> None:
    for state in NoticeState:
        key = make(store, digest(key=state.value), state)
        with store.sessions.begin() as session:
            assert not notices.move(session, [key], set(NoticeState) - {state}, outcome="moved")
            assert not notices.move(session, ["other"], {state}, outcome="moved")
            assert notices.move(session, [key], {state}, outcome="moved")
        assert read(store, key).outcome == "moved"


def test_who_holds_an_older_fence_decides_nothing(store: Store) -> None:
    key = make(store, digest(), NoticeState.SENDING)
    with store.sessions.begin() as session:
        session.execute(text("UPDATE notice SET fence = 2"))
        assert not notices.move(session, [key], {NoticeState.SENDING}, fence=1, outcome="late")
        assert not notices.move(session, [key], {NoticeState.SENDING}, fence=3, outcome="early")
        assert notices.move(session, [key], {NoticeState.SENDING}, fence=2, outcome="ours")
    assert read(store, key).outcome == "ours"


def forget(store: Store) -> None:
    with store.sessions.begin() as session:
        notices.forget(session, content_before=NOON - 30 * DAY, keys_before=NOON - 400 * DAY)


@pytest.mark.parametrize(
    ("age", "keeps_key", "keeps_content"),
    [
        (30 * DAY, True, True),
        (30 * DAY + TICK, True, False),
        (400 * DAY, True, False),
        (400 * DAY + TICK, False, False),
    ],
)
def test_content_is_forgotten_after_a_month_and_keys_after_400_days(
    store: Store, age: timedelta, keeps_key: bool, keeps_content: bool
) -> None:
    keys = [make(store, digest(key=state.value), state, planned_at=NOON - age) for state in ENDS]
    with store.sessions.begin() as session:
        assert notices.edit(session, NoticeState.SENT.value, "edited", [])
        session.execute(text("UPDATE notice_edit SET shown_version = version"))
    forget(store)
    for key in keys:
        with store.sessions() as session:
            kept = notices.get(session, key)
        assert (kept is not None) == keeps_key
        if kept is not None:
            content = (digest().text, list(digest().blocks)) if keeps_content else ("", [])
            assert (kept.text, list(kept.blocks)) == content
        assert plan(store, digest(key=key)) == [not keeps_key]
    with store.sessions() as session:
        edits = list(session.execute(text("SELECT text FROM notice_edit")).scalars())
    assert edits == ([] if not keeps_key else ["edited" if keeps_content else ""])


def test_what_has_not_ended_is_never_forgotten(store: Store) -> None:
    for state in set(NoticeState) - ENDS:
        key = make(store, digest(key=state.value), state, planned_at=NOON - 1000 * DAY)
        before = read(store, key)
        forget(store)
        assert read(store, key) == before


@pytest.mark.parametrize(
    "values",
    [
        {"private_to": BORIS},
        {"private_to": CHANNEL},
        {"state": NoticeState.SENT, "ts": None},
        {"state": NoticeState.SENT, "channel_id": None},
        {"state": NoticeState.SENDING, "owner": None},
        {"state": NoticeState.SENDING, "real_lease_until": None},
        {"state": NoticeState.UNCERTAIN, "real_uncertain_since": None},
        {"state": NoticeState.SUPERSEDED, "superseded_by": None},
    ],
)
def test_the_database_itself_refuses_what_must_never_be(store: Store, values: dict[str, Any]) -> None:
    key = make(store, alert(), NoticeState.PENDING)
    with pytest.raises(DBAPIError), store.sessions.begin() as session:
        notices.move(session, [key], set(NoticeState), **values)
    assert read(store, key).state is NoticeState.PENDING


@pytest.mark.parametrize("private_to", [BORIS, CHANNEL])
def test_private_figures_are_never_planned_for_somebody_else(store: Store, private_to: str) -> None:
    with pytest.raises(DBAPIError), store.sessions.begin() as session:
        notices.add(session, alert(private_to=private_to), NOON)
    with store.sessions() as session:
        assert notices.get(session, alert().key) is None
