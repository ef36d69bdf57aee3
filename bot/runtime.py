"""Runtime: what listeners and jobs may reach for."""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk import WebClient

from bot.config import Settings
from bot.overlap import Terms
from bot.sources import Source, precedence
from bot.store.engine import Sessions, Store
from bot.text import Texts

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""Gives the instant (aware) that decides days and what is due. Deadlines and signatures use real time instead."""


_MINUTE_SECONDS = 60
_PACE_PEOPLE = 1_000
"""So many people are remembered before those who have been quiet are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are in Slack, as `auth.test` says."""

    team_id: str
    user_id: str
    """The bot's own account."""
    enterprise_id: str | None
    scopes: frozenset[str]


class Later:
    """A bounded executor for what is too slow to do while a person waits."""

    def __init__(self, *, workers: int = 4, waiting: int = 64, name: str = "later") -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._lock = threading.Lock()
        self._waiting: set[str] = set()

    def __call__(self, work: Callable[[], None], *, once: str | None = None) -> bool:
        """Do it soon, on another thread; False when there is no place left, so that the caller can say "busy".

        Works with the same `once` do the same: while one of them waits, no other needs to.
        """
        with self._lock:
            if once is not None and once in self._waiting:
                return True
            if not self._places.acquire(blocking=False):
                return False
            try:
                self._pool.submit(self._run, work, once)
            except RuntimeError:  # closed meanwhile
                self._places.release()
                return False
            if once is not None:
                self._waiting.add(once)
            return True

    def close(self) -> None:
        """Finish what was begun, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, work: Callable[[], None], once: str | None) -> None:
        with self._lock:
            self._waiting.discard(once or "")  # what comes from now on may be newer than what this work reads
        try:
            work()
        except Exception:  # the listeners' one error handler does not see other threads
            logger.exception("later_failed")
        finally:
            self._places.release()


class Pace:
    """Counts what each person asked in the last minute, in this process: enough for any person, too little to keep
    everybody else waiting. Thread-safe.
    """

    def __init__(self, *, most: int = 20, now: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._now = now
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def allows(self, user_id: str) -> bool:
        """Count one more and say whether it may be answered; what is refused does not count."""
        with self._lock:
            since = self._now() - _MINUTE_SECONDS
            if len(self._asked) > _PACE_PEOPLE:
                self._asked = {one: asked for one, asked in self._asked.items() if asked and asked[-1] > since}
            asked = self._asked.setdefault(user_id, deque())
            while asked and asked[0] <= since:
                asked.popleft()
            if len(asked) >= self.most:
                return False
            asked.append(self._now())
            return True


@dataclass(slots=True)
class Pulse:
    """Notices that the machine's clock was set, by comparing it with one that cannot be set."""

    tolerance: timedelta = timedelta(seconds=60)
    _offset: timedelta | None = None
    _paused_until: float = 0.0

    def was_set(self, wall: datetime, steady: float, *, pause: timedelta) -> bool:
        """Say whether the clock was set less than `pause` ago. `steady` is in seconds since any moment."""
        offset = timedelta(seconds=wall.timestamp() - steady)
        if self._offset is not None and abs(offset - self._offset) > self.tolerance:
            self._paused_until = steady + pause.total_seconds()
        self._offset = offset
        return steady < self._paused_until


@dataclass(slots=True, kw_only=True)
class Runtime:
    """Everything a listener or a job may use; the composition root fills it."""

    settings: Settings
    store: Store
    slack: WebClient
    clock: Clock
    texts: Texts
    sources: tuple[Source, ...]
    """The enabled ones, in the order of `SOURCES`."""
    later: Later = field(default_factory=Later)
    """What people wait for."""
    hearing: Later = field(default_factory=lambda: Later(workers=1, waiting=256, name="hearing"))
    """What Slack's events make us look up, one after the other: the last look is the newest, and nobody's answer waits
    behind a burst of them."""
    identity: Identity | None = None
    """None until Slack has answered `auth.test`."""
    instance: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Names this process among the replicas."""
    pulse: Pulse = field(default_factory=Pulse)
    pace: Pace = field(default_factory=Pace)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the program is told to stop: begin nothing new."""
    native_blocks: bool = True
    """False once Slack has said that it does not know charts or tables in this workspace."""

    @property
    def sessions(self) -> Sessions:
        """`rt.sessions()` reads, `rt.sessions.begin()` writes and commits."""
        return self.store.sessions

    @property
    def terms(self) -> tuple[Terms, ...]:
        """What each enabled source promises, the most trusted first."""
        by_name = {source.name: source for source in self.sources}
        order = [name for name in precedence(self.settings) if name in by_name]
        return tuple(by_name[name].terms for name in (*order, *(name for name in by_name if name not in order)))
