"""Claims that one replica wins, and how reading went lately."""

import threading
from datetime import timedelta

import pytest

from bot.store import runs
from bot.store.engine import Store
from tests.store.readings import CLAUDE, HOUR, LITELLM, NOON


@pytest.mark.parametrize(("later", "won"), [(HOUR - timedelta(microseconds=1), False), (HOUR, True)])
def test_a_job_is_due_again_when_its_time_has_passed(store: Store, later: timedelta, won: bool) -> None:
    with store.sessions.begin() as session:
        assert runs.claim(session, "poll", HOUR, NOON)
        assert not runs.claim(session, "poll", HOUR, NOON)
        assert runs.claim(session, "digest", HOUR, NOON)
        assert runs.claim(session, "poll", HOUR, NOON + later) is won


def test_only_one_of_many_replicas_gets_a_job(store: Store) -> None:
    barrier, won = threading.Barrier(6), list[int]()

    def ask(number: int) -> None:
        for step in range(3):
            barrier.wait()
            with store.sessions.begin() as session:
                if runs.claim(session, "poll", HOUR, NOON + step * HOUR):
                    won.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 3


def test_a_claim_that_is_rolled_back_was_never_made(store: Store) -> None:
    with store.sessions.begin() as session:
        assert runs.claim(session, "poll", HOUR, NOON)
        session.rollback()
    with store.sessions.begin() as session:
        assert runs.claim(session, "poll", HOUR, NOON)


def test_a_run_says_when_it_began_and_how_it_ended(store: Store) -> None:
    with store.sessions.begin() as session:
        assert runs.last(session, "poll") is None
        runs.claim(session, "poll", HOUR, NOON)
        assert runs.last(session, "poll") == runs.Run(started_at=NOON, finished_at=None, outcome=None)
        runs.finish(session, "poll", NOON + timedelta(minutes=1), "done")
        ended = runs.Run(started_at=NOON, finished_at=NOON + timedelta(minutes=1), outcome="done")
        assert runs.last(session, "poll") == ended
        runs.claim(session, "poll", HOUR, NOON + HOUR)
        assert runs.last(session, "poll") == runs.Run(started_at=NOON + HOUR, finished_at=None, outcome=None)


def test_a_source_is_failing_from_its_last_error_to_its_next_success(store: Store) -> None:
    with store.sessions.begin() as session:
        runs.note_success(session, CLAUDE, NOON)
        runs.note_failure(session, LITELLM, NOON, "SourceRejected", "HTTP 401")
        assert {name: status.failing for name, status in runs.statuses(session).items()} == {
            CLAUDE: False,
            LITELLM: True,
        }
        runs.note_failure(session, CLAUDE, NOON + HOUR, "SourceUnavailable", "HTTP 529")
        runs.note_success(session, LITELLM, NOON + HOUR)
        assert runs.statuses(session) == {
            CLAUDE: runs.Status(
                last_success_at=NOON,
                last_error_at=NOON + HOUR,
                last_error_kind="SourceUnavailable",
                last_error="HTTP 529",
            ),
            LITELLM: runs.Status(
                last_success_at=NOON + HOUR,
                last_error_at=NOON,
                last_error_kind="SourceRejected",
                last_error="HTTP 401",
            ),
        }
        assert [status.failing for status in runs.statuses(session).values()] == [True, False]
