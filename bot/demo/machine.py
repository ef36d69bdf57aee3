"""The computer on which the bot of the demo runs: it may lose its power at any moment, and only the disk survives.

A bot without power still has threads in this process. They end at the next thing they reach for, the database or the
clock: so nothing is recorded after the moment of the crash.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.app import Bot, build
from bot.config import Settings
from bot.demo.exporting import Exporters, knock
from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from bot.jobs import JOBS, run, run_if_due
from bot.jobs.poll import poll
from bot.periods import last_days
from bot.runtime import Clock, Runtime
from bot.sources import otlp
from bot.store.engine import Session, Sessions

T = TypeVar("T")

_LOOK_SECONDS = 0.05


class Machine:
    """Runs one bot after the other over the same database."""

    def __init__(self, workspace: Workspace, sender: Sender, clock: Clock, exporters: Exporters) -> None:
        self._workspace = workspace
        self._sender = sender
        self._clock = clock
        self._exporters = exporters
        self._settings: Settings | None = None
        self._slack_origin = ""
        self._bot: Bot | None = None
        self._power = _Power(clock)
        self._switch = threading.Lock()
        self._dying: threading.Thread | None = None

    @property
    def is_up(self) -> bool:
        """Whether a bot runs."""
        return self._bot is not None

    @property
    def bot(self) -> Bot:
        """The running bot. Raises `RuntimeError` without one."""
        if self._bot is None:
            raise RuntimeError("no bot is running")
        return self._bot

    def install(self, settings: Settings, slack_origin: str) -> None:
        """Put the program on the disk, and tell it where the workspace is served."""
        self._settings = settings
        self._slack_origin = slack_origin

    def start(self, *, newest_days: int | None = None) -> None:
        """Build a bot, let it do what is due and serve, unless one runs. Raises `ConfigError`.

        With `newest_days` it only reads so many days, and does all else, the older days too, from `keep_time` on.
        """
        with self._switch:
            if self._bot is not None or self._settings is None:
                return
            self._wait_for_the_last_one()
            self._power = _Power(self._clock)
            bot = self._bot = build(self._settings, clock=self._power.clock)
            bot.rt.store.sessions = _Disk(bot.rt.store.sessions, self._power)
            bot.start()
            if newest_days is None:
                self.run_due()
                bot.keep_time()
            else:
                self.ask(partial(_read_newest, newest_days))
            has_socket = self._settings.slack_app_token is not None
            while has_socket and not self._workspace.socket.count:
                time.sleep(_LOOK_SECONDS)
            self._sender.connect(self._slack_origin, None if has_socket else f"{bot.origin}/slack/events")

    def keep_time(self) -> None:
        """Let the bot do by itself what is due, after a start with `newest_days`."""
        with self._switch:
            if self._bot is not None:
                self._bot.keep_time()

    def kill(self) -> None:
        """Cut the power: nothing is finished, nothing is said. Without a bot nothing happens."""
        with self._switch:
            bot, self._bot = self._bot, None
            if bot is None:
                return
            self._power.is_on = False
            self._sender.disconnect()
            self._dying = threading.Thread(target=bot.stop, name="dying", daemon=True)
            self._dying.start()

    def stop(self) -> None:
        """Let the bot end as it should."""
        with self._switch:
            bot, self._bot = self._bot, None
            if bot is not None:
                bot.stop()
            self._wait_for_the_last_one()

    def run_due(self) -> None:
        """Let people's Claude Code tell what it did, and the bot do what is due by the clock as its metronome would."""
        self._hear()
        self.ask(lambda rt: [run_if_due(rt, job) for job in JOBS])

    def read_usage(self) -> None:
        """Let the bot read the usage now, due or not, and do what follows from that."""
        self._hear()
        reading = [job.name for job in JOBS].index("poll")

        def read(rt: Runtime) -> None:
            for job in JOBS[reading:]:
                run(rt, job)

        self.ask(read)

    def read_telemetry(self) -> None:
        """Let people's Claude Code tell what it did, and the bot add it up."""
        self._hear()
        self.ask(lambda rt: poll(rt, only=otlp.NAME))

    def hear_stranger(self) -> None:
        """Let telemetry come with a token that nobody gave out. Without a bot nothing happens."""
        bot = self._bot
        if bot is not None:
            with suppress(OSError):
                knock(bot.origin)

    def _hear(self) -> None:
        """Let everybody's exporter send. Without a bot nobody listens, and it waits."""
        bot = self._bot
        if bot is not None:
            with suppress(OSError):
                self._exporters.send(bot.origin)

    def ask(self, work: Callable[[Runtime], T]) -> T | None:
        """Do something with the bot's runtime; None without a bot, or when it is killed meanwhile.

        On a thread of the machine, as a crash must end that and no other.
        """
        bot, answers = self._bot, list[T]()
        if bot is None:
            return None
        thread = threading.Thread(target=lambda: answers.append(work(bot.rt)), name="work", daemon=True)
        thread.start()
        while thread.is_alive() and self._bot is bot:
            thread.join(_LOOK_SECONDS)
        return answers[0] if answers else None

    def _wait_for_the_last_one(self) -> None:
        if self._dying is not None:
            self._dying.join()
            self._dying = None
        while self._workspace.socket.count:
            time.sleep(_LOOK_SECONDS)


def _read_newest(days: int, rt: Runtime) -> None:
    run_if_due(rt, next(job for job in JOBS if job.name == "people"))
    poll(rt, days=last_days(days, rt.clock()).days())


class _Power:
    """What one bot lives on: without it every thread ends that reaches for the clock or the disk."""

    def __init__(self, clock: Clock) -> None:
        self.is_on = True
        self._clock = clock

    def need(self) -> None:
        """End the thread if there is none."""
        if not self.is_on:
            raise SystemExit  # no error: an `except Exception` would handle it and live on

    def clock(self) -> datetime:
        """Give the time."""
        self.need()
        return self._clock()


class _Disk(Sessions):
    """A bot's way to its database."""

    def __init__(self, sessions: Sessions, power: _Power) -> None:
        self._sessions = sessions
        self._power = power

    def __call__(self) -> AbstractContextManager[Session]:
        self._power.need()
        return self._sessions()

    def begin(self) -> AbstractContextManager[Session]:
        self._power.need()
        return self._sessions.begin()
