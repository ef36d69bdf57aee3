"""Add up what telemetry has come since the last time: its days are read like any other source's, only sooner."""

from datetime import date, timedelta

from bot.jobs.poll import poll
from bot.periods import utc_day
from bot.runtime import Runtime
from bot.store import inbox

SOURCE = "otlp"
_POLLED_DAYS = 2
"""Days this young are read at each poll anyway."""


def absorb(rt: Runtime) -> None:
    """Read the days of which something has come. A day that could not be read is tried again."""
    with rt.sessions() as session:
        days = inbox.dirty_days(session)
    late = [day for day in days if day <= utc_day(rt.clock()) - timedelta(days=_POLLED_DAYS)]
    # Of a late day only this job knows: were we killed between cleaning and reading, nobody would read it again.
    if not days or not _read(rt, late):
        return
    with rt.sessions.begin() as session:
        # Before the reading: what comes while a day is read makes it dirty again.
        inbox.clean(session, days)
    if not _read(rt, days):
        with rt.sessions.begin() as session:
            inbox.soil(session, days)


def _read(rt: Runtime, days: list[date]) -> bool:
    return not days or not poll(rt, only=SOURCE, days=days).failures
