"""Add up what telemetry has come since the last time: its days are read like any other source's, only sooner."""

from bot.jobs.poll import poll
from bot.runtime import Runtime
from bot.store import inbox

SOURCE = "otlp"


def absorb(rt: Runtime) -> None:
    """Read the days of which something has come."""
    with rt.sessions.begin() as session:
        days = inbox.dirty_days(session)
        # First: what comes while a day is read makes it dirty again.
        inbox.clean(session, days)
    if days:
        poll(rt, only=SOURCE, days=days)
