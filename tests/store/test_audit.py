"""The audit log: what is added stays as it was, and whoever changes it is found out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.store import audit
from bot.store.engine import Store
from tests.store.readings import NOON


def log(store: Store, *acts: str) -> None:
    for n, act in enumerate(acts):
        with store.sessions.begin() as session:
            audit.note(session, actor="UBOSS", act=act, target="member/7", at=NOON + timedelta(microseconds=n))


def is_sound(store: Store) -> bool:
    with store.sessions() as session:
        return audit.verify(session)


def change(store: Store, sql: str) -> None:
    with store.sessions.begin() as session:
        session.execute(text(sql))


def test_the_newest_entry_is_shown_first_and_each_is_bound_to_the_one_before(store: Store) -> None:
    assert is_sound(store)
    log(store, "budget_set", "予算を変更", "budget_off")
    with store.sessions() as session:
        newest, middle = audit.entries(session, 2)
        assert len(audit.entries(session, 10)) == 3
    assert (newest.act, middle.act) == ("budget_off", "予算を変更")
    assert (newest.actor, newest.target, newest.at) == ("UBOSS", "member/7", NOON + timedelta(microseconds=2))
    assert newest.previous_hash == middle.hash != newest.hash
    assert is_sound(store)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'UELSE' WHERE id = 2",
        "UPDATE audit SET act = 'budget_off' WHERE id = 2",
        "UPDATE audit SET target = 'member/8' WHERE id = 2",
        "UPDATE audit SET at = (SELECT at FROM audit WHERE id = 1) WHERE id = 2",
        "UPDATE audit SET hash = 'x' WHERE id = 3",
        "UPDATE audit SET previous_hash = 'x' WHERE id = 2",
        "DELETE FROM audit WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET id = 9 WHERE id = 1",
        "INSERT INTO audit SELECT 9, at, actor, act, target, hash, 'x' FROM audit WHERE id = 3",
    ],
)
def test_an_entry_that_is_changed_taken_out_moved_or_put_in_is_found(store: Store, sql: str) -> None:
    log(store, "one", "two", "three")
    assert is_sound(store)
    change(store, sql)
    assert not is_sound(store)


def test_a_gap_that_was_sewn_up_is_found(store: Store) -> None:
    log(store, "one", "two", "three")
    change(store, "UPDATE audit SET previous_hash = 'cut' WHERE id = 2")
    change(store, "UPDATE audit SET previous_hash = (SELECT hash FROM audit WHERE id = 1) WHERE id = 3")
    change(store, "DELETE FROM audit WHERE id = 2")
    assert not is_sound(store)


def test_nothing_is_noted_of_what_did_not_happen(store: Store) -> None:
    with store.sessions.begin() as session:
        audit.note(session, actor="UBOSS", act="budget_set", target="team", at=NOON)
        session.rollback()
    with store.sessions() as session:
        assert audit.entries(session, 9) == []


def test_many_at_once_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: log(store, f"{n}/1", f"{n}/2", f"{n}/3"), range(8)))
    with store.sessions() as session:
        entries = audit.entries(session, 99)
    assert len({one.act for one in entries}) == len(entries) == 24
    assert is_sound(store)
