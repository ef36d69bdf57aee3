"""Read the usage APIs: whole days in, whole days replaced."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.errors import SourceAbsent, SourceChanged, SourceError, SourceRejected
from bot.periods import utc_day
from bot.runtime import Runtime
from bot.sources import Source, precedence
from bot.store import members, runs, usage
from bot.store.inbox import Box
from bot.store.usage import KnownDay

logger = logging.getLogger(__name__)

_DAILY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledDay:
    """What became of one day of one source."""

    source: str
    usage_date: date
    rows_read: int
    rows_written: int
    held: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What became of a poll. A failing source costs the others nothing."""

    days: tuple[PolledDay, ...]
    failures: tuple[SourceError, ...]


Progress = Callable[[str, int, int], None]
"""Told the source's name, days done, days due."""


def days_due(known: Mapping[date, KnownDay], source: Source, now: datetime, backfill_days: int) -> list[date]:
    """Say which days to read now, the newest first.

    Never read: due. Young enough to settle, unfinished or held: due at each poll. Young enough to be restated: due
    once a day. So a backfill that was cut off goes on where it was, and there is no cursor to lose.
    """
    today = utc_day(now)
    due = []
    for age in range(backfill_days):
        day = today - timedelta(days=age)
        standing = known.get(day)
        settling = age < source.settle_days
        restatable = age < source.horizon_days
        if (
            standing is None
            or settling
            or not standing.complete
            or standing.held
            or (restatable and now - standing.as_of >= _DAILY)
        ):
            due.append(day)
    return due


def poll(
    rt: Runtime,
    *,
    only: str | None = None,
    days: Iterable[date] | None = None,
    progress: Progress = lambda _source, _done, _due: None,
) -> Polled:
    """Read every enabled source, or `only` one; the days that are due, or exactly `days`."""
    asked = None if days is None else sorted(days, reverse=True)
    polled: list[PolledDay] = []
    failures: list[SourceError] = []
    for source in rt.sources:
        if only not in (None, source.name):
            continue
        try:
            _poll_source(rt, source, asked, polled, progress)
        except SourceAbsent as error:
            _note_absence(rt, error)
        except SourceError as error:
            failures.append(error)
            _note_failure(rt, error)
        except Exception as error:  # one of the three places that catch everything: the next source must not suffer
            logger.exception("poll_failed", extra={"source": source.name})
            failures.append(SourceChanged(source.name, f"unexpected {type(error).__name__}, see the log"))
            _note_failure(rt, failures[-1])
        else:
            with rt.sessions.begin() as session:
                runs.note_success(session, source.name, rt.clock())
    logger.info("polled", extra={"days": len(polled), "failures": len(failures)})
    return Polled(days=tuple(polled), failures=tuple(failures))


def _poll_source(
    rt: Runtime, source: Source, asked: list[date] | None, polled: list[PolledDay], progress: Progress
) -> None:
    with rt.sessions() as session:
        known = usage.known_days(session, source.name)
    trust = precedence(rt.settings)
    reader = source.open(rt.settings, Box(rt.sessions))
    try:
        due = days_due(known, source, rt.clock(), rt.settings.ccost_backfill_days) if asked is None else asked
        first = reader.first_day()
        due = [day for day in due if first is None or day >= first]
        reader.expect(due)
        progress(source.name, 0, len(due))
        for done, day in enumerate(due, start=1):
            reading = reader.read_day(day, rt.clock())
            with rt.sessions.begin() as session:
                replaced = usage.replace_day(session, reading, trust)
                if replaced.new_consumers:
                    members.match_consumers(session, utc_day(rt.clock()), trust)
            polled.append(
                PolledDay(
                    source=source.name,
                    usage_date=day,
                    rows_read=len(reading.records),
                    rows_written=replaced.rows_written,
                    held=replaced.held,
                    reason=replaced.reason,
                )
            )
            progress(source.name, done, len(due))
    finally:
        reader.close()


def _note_absence(rt: Runtime, error: SourceAbsent) -> None:
    logger.info("source_absent", extra={"source": error.source, "why": error.why})
    with rt.sessions.begin() as session:
        runs.note_failure(session, error.source, rt.clock(), kind=type(error).__name__, why=error.why)


def _note_failure(rt: Runtime, error: SourceError) -> None:
    level = logging.ERROR if isinstance(error, SourceRejected | SourceChanged) else logging.WARNING
    logger.log(level, "source_failed", extra={"source": error.source, "why": error.why, "kind": type(error).__name__})
    with rt.sessions.begin() as session:
        runs.note_failure(session, error.source, rt.clock(), kind=type(error).__name__, why=error.why)
