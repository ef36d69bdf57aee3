"""The metronome runs what is due, never twice at once, and survives whatever a job does."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.demo.composition import Playground
from bot.jobs import JOBS, Job, run, run_if_due
from bot.jobs.metronome import Metronome
from bot.store import runs
from tests.playing import playground
from tests.unhurried import unhurried


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot")) as running:
        yield unhurried(running)


def job(name: str, work: Callable[[], object], every: timedelta = timedelta(minutes=30)) -> Job:
    return Job(name=name, every=lambda _: every, run=lambda _: work())


def test_a_job_runs_once_and_again_only_when_its_time_has_come(bot: Playground) -> None:
    ran: list[int] = []
    counted = job("counted", lambda: ran.append(1))
    assert run_if_due(bot.bot.rt, counted)
    assert not run_if_due(bot.bot.rt, counted)
    bot.clock.move(timedelta(minutes=29))
    assert not run_if_due(bot.bot.rt, counted)
    bot.clock.move(timedelta(minutes=2))
    assert run_if_due(bot.bot.rt, counted)
    assert len(ran) == 2


def test_of_many_at_once_one_runs_it(bot: Playground) -> None:
    ran: list[int] = []
    contested = job("contested", lambda: ran.append(1))
    threads = [threading.Thread(target=run_if_due, args=(bot.bot.rt, contested)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 1


def test_a_job_that_fails_is_noted_and_tried_again_within_a_minute_not_an_hour(bot: Playground) -> None:
    def fail() -> None:
        raise OSError("Slack is down")

    failing = job("failing", fail, every=timedelta(hours=1))
    run(bot.bot.rt, failing)
    with bot.bot.rt.sessions() as session:
        last = runs.last(session, "failing")
    assert last is not None
    assert last.outcome == "failed"
    assert not run_if_due(bot.bot.rt, failing)
    bot.clock.move(timedelta(minutes=1))
    assert run_if_due(bot.bot.rt, failing)


def test_a_tick_does_not_wait_for_a_job_and_starts_none_twice(bot: Playground) -> None:
    release, ran = threading.Event(), []

    def slow() -> None:
        ran.append(1)
        release.wait(10)

    metronome = Metronome(bot.bot.rt, jobs=(job("slow", slow, every=timedelta()),))
    began = time.monotonic()
    metronome.tick()
    metronome.tick()
    assert time.monotonic() - began < 5
    while not ran:
        time.sleep(0.01)
    assert metronome.alive
    release.set()
    assert len(ran) == 1


def test_every_job_of_the_registry_has_its_own_name() -> None:
    assert len({one.name for one in JOBS}) == len(JOBS)
