"""The metronome: one short APScheduler tick. It decides nothing; `JOBS` and the store say what is due."""

import logging
import threading
import time
from collections.abc import Sequence

from apscheduler.executors.pool import ThreadPoolExecutor as ApThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.jobs import JOBS, Job, run_if_due
from bot.runtime import Runtime

logger = logging.getLogger(__name__)

TICK_SECONDS = 15
ALIVE_SECONDS = 60
GRACE_SECONDS = 20
"""How long a stop waits for a job. What is cut off then has stored whole days, and the next start goes on there."""


class Metronome:
    """Ticks until closed, and never waits for a job: a slow one is simply still running at the next tick."""

    def __init__(self, rt: Runtime, jobs: Sequence[Job] = JOBS) -> None:
        self._rt = rt
        self._jobs = jobs
        self._running: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._beat = time.monotonic()
        self._scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ApThreadPoolExecutor(1)})
        # No grace limit: APScheduler drops a run that is a second late, and a tick is never too late to look.
        self._scheduler.add_job(
            self.tick, "interval", seconds=TICK_SECONDS, coalesce=True, max_instances=1, misfire_grace_time=None
        )

    def start(self) -> None:
        """Begin to tick; the first tick comes at once."""
        self._scheduler.start()
        self.tick()

    @property
    def alive(self) -> bool:
        """Whether the loop turned within the last minute of real time."""
        return time.monotonic() - self._beat < ALIVE_SECONDS

    def tick(self) -> None:
        """Start whatever is due and not still running."""
        self._beat = time.monotonic()
        with self._lock:
            for job in self._jobs:
                running = self._running.get(job.name)
                if running is None or not running.is_alive():
                    # A daemon: a job that waits for a silent API must not keep the program from ending.
                    self._running[job.name] = threading.Thread(
                        target=self._run, args=(job,), name=job.name, daemon=True
                    )
                    self._running[job.name].start()

    def close(self) -> None:
        """Stop ticking, and give what is running a moment to end."""
        self._scheduler.shutdown(wait=True)
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._running.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, job: Job) -> None:
        try:
            run_if_due(self._rt, job)
        except Exception:  # the store itself is out of reach: say so, and look again at the next tick
            logger.exception("tick_failed", extra={"job": job.name})
