"""Read the organization's cost report, and see whether our figures agree with it."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from bot.config import Settings
from bot.costs import CostLine, Directory
from bot.delivery.drift import DAYS, plan_drift
from bot.errors import SourceAbsent, SourceError
from bot.periods import ChargePeriod, last_days
from bot.runtime import Runtime
from bot.sources import anthropic_cost
from bot.store import costs, runs

logger = logging.getLogger(__name__)

NAME = "anthropic_cost"
"""Under this name the state of the report stands beside the sources'."""
YOUNG_DAYS = 3
"""Days this young are read each time."""
_DAILY = timedelta(hours=24)
_LATE = timedelta(hours=1)
"""The report is minutes behind, rarely more: so long after its end a day is whole."""


class Ledger(Protocol):
    """The cost report and the names in it. Not shared between threads."""

    def read_days(self, first: date, last: date) -> dict[date, tuple[CostLine, ...]]:
        """Read whole UTC days, both ends included. Raises `SourceError`."""

    def directory(self) -> Directory:
        """Read the names of workspaces and keys. Raises `SourceError`."""

    def close(self) -> None:
        """Give connections back."""


OpenLedger = Callable[[Settings], Ledger]


def reconcile(rt: Runtime, open_ledger: OpenLedger = anthropic_cost.open_ledger) -> None:
    """Read the days that are due, and tell the admins of what differs. Without an admin key there is no report."""
    if rt.settings.anthropic_admin_key is None:
        return
    try:
        days = _read(rt, open_ledger)
    except SourceError as error:
        level = logging.INFO if isinstance(error, SourceAbsent) else logging.WARNING
        kind = type(error).__name__
        logger.log(level, "cost_report_failed", extra={"source": NAME, "why": error.why, "kind": kind})
        with rt.sessions.begin() as session:
            runs.note_failure(session, NAME, rt.clock(), kind=kind, why=error.why)
    else:
        logger.info("cost_report_read", extra={"days": days})
    plan_drift(rt)


def due(now: datetime, oldest: datetime | None, days_read: int) -> ChargePeriod:
    """Say which days to read now: the young ones, and once a day all that are compared.

    `oldest` is when the day that was not read for longest was read, `days_read` how many of them ever were.
    """
    everything = last_days(DAYS, now)
    # Today is new once a day; it is young, so it is read by itself.
    is_whole = days_read >= DAYS - 1 and oldest is not None and now - oldest < _DAILY
    return last_days(YOUNG_DAYS, now) if is_whole else everything


def _read(rt: Runtime, open_ledger: OpenLedger) -> int:
    now = rt.clock()
    with rt.sessions() as session:
        oldest, days_read = costs.read_at(session, last_days(DAYS, now))
    period = due(now, oldest, days_read)
    ledger = open_ledger(rt.settings)
    try:
        directory = ledger.directory()
        found = ledger.read_days(period.start, period.last)
    finally:
        ledger.close()
    with rt.sessions.begin() as session:
        costs.note_names(session, directory, now)
        for day, lines in sorted(found.items()):
            costs.replace_day(session, day, lines, now, complete=now >= _whole_from(day))
        runs.note_success(session, NAME, now)
    return len(found)


def _whole_from(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC) + _LATE
