"""The metronome: one short APScheduler tick. It decides nothing; `JOBS` and the store say what is due."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from apscheduler.executors.pool import ThreadPoolExecutor as ApThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.jobs import JOBS, Job, run_if_due
from bot.runtime import Runtime

logger = logging.getLogger(__name__)

TICK_SECONDS = 15
ALIVE_SECONDS = 60


class Metronome:
    """Ticks until closed, and never waits for a job: a slow one is simply still running at the next tick."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._jobs = ThreadPoolExecutor(len(JOBS), thread_name_prefix="job")
        self._running: set[str] = set()
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
        for job in JOBS:
            with self._lock:
                if job.name in self._running:
                    continue
                self._running.add(job.name)
            self._jobs.submit(self._run, job)

    def close(self) -> None:
        """Stop ticking and wait for what is running."""
        self._scheduler.shutdown(wait=True)
        self._jobs.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job) -> None:
        try:
            run_if_due(self._rt, job)
        except Exception:  # the store itself is out of reach: say so, and look again at the next tick
            logger.exception("tick_failed", extra={"job": job.name})
        finally:
            with self._lock:
                self._running.discard(job.name)
