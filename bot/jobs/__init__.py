"""What the clock calls. One row a job; when it is due follows from the store, so replicas and restarts do no harm."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.config import Settings
from bot.delivery.budgets import plan_budgets
from bot.delivery.deliver import deliver, forget, overdue
from bot.delivery.digests import plan_digests
from bot.delivery.onboarding import onboard
from bot.delivery.telemetry import plan_telemetry
from bot.jobs.poll import poll
from bot.jobs.reconcile import reconcile
from bot.jobs.telemetry import absorb
from bot.runtime import Runtime
from bot.store import runs
from bot.workspace import refresh

logger = logging.getLogger(__name__)


_FAILED = "failed"
_RETRY = timedelta(minutes=1)
"""A job that failed is tried again soon, however seldom it runs."""


def watch(rt: Runtime) -> None:
    """Say loudly when messages that were due have come to no end: the target is zero."""
    if late := overdue(rt):
        logger.error("notices_overdue", extra={"count": late})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row of the registry."""

    name: str
    every: Callable[[Settings], timedelta]
    run: Callable[[Runtime], object]


JOBS: tuple[Job, ...] = (
    Job(name="people", every=lambda _: timedelta(hours=1), run=refresh),
    Job(name="poll", every=lambda settings: timedelta(minutes=settings.ccost_poll_minutes), run=poll),
    Job(name="telemetry", every=lambda _: timedelta(minutes=1), run=absorb),
    Job(name="reconcile", every=lambda _: timedelta(hours=1), run=reconcile),
    Job(name="budgets", every=lambda _: timedelta(minutes=5), run=plan_budgets),
    Job(name="digests", every=lambda _: timedelta(minutes=1), run=plan_digests),
    Job(name="telemetry_notices", every=lambda _: timedelta(minutes=10), run=plan_telemetry),
    Job(name="onboarding", every=lambda _: timedelta(minutes=1), run=onboard),
    Job(name="deliveries", every=lambda _: timedelta(seconds=10), run=deliver),
    Job(name="forget", every=lambda _: timedelta(days=1), run=forget),
    Job(name="watchdog", every=lambda _: timedelta(hours=1), run=watch),
)
"""In the order in which they run when several are due: people first, so that new figures find their owner, and what is
said of them last."""


def run_if_due(rt: Runtime, job: Job) -> bool:
    """Claim the job in the store and run it; False when it is not due or another replica has it."""
    with rt.sessions.begin() as session:
        last = runs.last(session, job.name)
        every = _RETRY if last and last.outcome == _FAILED else job.every(rt.settings)
        if not runs.claim(session, job.name, every, rt.clock()):
            return False
    run(rt, job)
    return True


def run(rt: Runtime, job: Job) -> None:
    """Run a job now, due or not. Whatever it raises is logged and noted, and never stops the metronome."""
    outcome = "done"
    with rt.sessions.begin() as session:
        runs.claim(session, job.name, timedelta(), rt.clock())
    try:
        job.run(rt)
    except Exception:  # one of the three places that catch everything
        outcome = _FAILED
        logger.exception("job_failed", extra={"job": job.name})
    with rt.sessions.begin() as session:
        runs.finish(session, job.name, rt.clock(), outcome)
