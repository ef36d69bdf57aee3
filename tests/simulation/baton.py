"""Replicas that take turns at every side effect, as dice decide; and can die or freeze at any of them."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.store.engine import Session, Sessions


class Killed(BaseException):
    """The process is gone. No `except Exception` of ours sees it."""


class Baton:
    """Lets exactly one replica run at a time. `kill_at` and `freeze_at` count side effects from 1."""

    def __init__(self, dice: random.Random, *, kill_at: int = 0, freeze_at: int = 0) -> None:
        self.effects: list[str] = []
        """Every point at which something has just become true outside the process, or is about to."""
        self._dice = dice
        self._kill_at = kill_at
        self._freeze_at = freeze_at
        self._turn = threading.Semaphore(0)
        self._runners: dict[threading.Thread, _Runner] = {}
        self._failures: list[BaseException] = []

    def effect(self, what: str) -> None:
        """A side effect is about to happen, or has just happened: anything may come between."""
        self.effects.append(what)
        if len(self.effects) == self._kill_at:
            raise Killed(what)
        self.pause(freeze=len(self.effects) == self._freeze_at)

    def pause(self, *, freeze: bool = False) -> None:
        """Let another replica have a turn, perhaps."""
        runner = self._runners[threading.current_thread()]
        runner.frozen = runner.frozen or freeze
        self._turn.release()
        runner.go.acquire()
        if runner.killed:
            raise Killed

    def begin(self, work: Callable[[], None]) -> None:
        """Start a replica; it waits for its turn."""

        def run() -> None:
            runner.go.acquire()
            try:
                work()
            except Killed:
                pass
            except BaseException as error:  # noqa: BLE001 - told to the test
                self._failures.append(error)
            finally:
                runner.done = True
                self._turn.release()

        thread = threading.Thread(target=run, daemon=True)
        runner = self._runners[thread] = _Runner()
        thread.start()

    def run(self) -> None:
        """Let the replicas take turns until each is done or frozen. Raises what one of them raised."""
        while ready := [one for one in self._runners.values() if not one.done and not one.frozen]:
            ready[self._dice.randrange(len(ready))].go.release()
            self._turn.acquire()
        if self._failures:
            raise self._failures[0]
        self._runners = {thread: one for thread, one in self._runners.items() if not one.done}

    def thaw(self) -> None:
        """Let frozen replicas go on from where they stood."""
        for one in self._runners.values():
            one.frozen = False

    def end(self) -> None:
        """Let nobody live on into the next test."""
        for one in self._runners.values():
            one.killed, one.frozen = True, False
        self._kill_at = self._freeze_at = 0
        self.run()


class _Runner:
    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.frozen = self.killed = self.done = False


class SteppedSessions:
    """Sessions whose commits are side effects. Within a transaction nobody else has a turn: that is what it is."""

    def __init__(self, real: Sessions, baton: Baton) -> None:
        self._real = real
        self._baton = baton

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self._real() as session:
            yield session
        self._baton.pause()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        self._baton.pause()
        with self._real.begin() as session:
            yield session
        self._baton.effect("commit")
