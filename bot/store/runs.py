"""What ran when: claims that only one of several replicas wins, and how reading each source went lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, bindparam, select, text, update
from sqlalchemy.orm import Session

from bot.store.columns import UtcDateTime
from bot.store.tables import JobRun, SourceStatus, core

_RUN, _STATUS = core(JobRun), core(SourceStatus)


def _dated(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in names))


# One statement, understood by both databases: who changes the row has won, whoever looked at the same moment.
_CLAIM = _dated(
    """
    INSERT INTO job_run (name, started_at) VALUES (:name, :now)
    ON CONFLICT (name) DO UPDATE SET started_at = :now, finished_at = NULL, outcome = NULL
    WHERE job_run.started_at <= :latest
    """,
    "now",
    "latest",
)
_SUCCESS = _dated(
    """
    INSERT INTO source_status (source, last_success_at) VALUES (:source, :now)
    ON CONFLICT (source) DO UPDATE SET last_success_at = :now
    """,
    "now",
)
_FAILURE = _dated(
    """
    INSERT INTO source_status (source, last_error_at, last_error_kind, last_error) VALUES (:source, :now, :kind, :why)
    ON CONFLICT (source) DO UPDATE SET last_error_at = :now, last_error_kind = :kind, last_error = :why
    """,
    "now",
)
_FINISH = (
    update(_RUN).where(_RUN.c.name == bindparam("job")).values(finished_at=bindparam("now"), outcome=bindparam("how"))
)
_LAST = select(_RUN).where(_RUN.c.name == bindparam("job"))
_STATUSES = select(_STATUS).order_by(_STATUS.c.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The last run of a job."""

    started_at: datetime
    finished_at: datetime | None
    """None while it runs, or if it was killed."""
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How reading a source went lately."""

    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error_kind: str | None
    last_error: str | None

    @property
    def failing(self) -> bool:
        """The last attempt failed."""
        return self.last_error_at is not None and (
            self.last_success_at is None or self.last_error_at > self.last_success_at
        )


def claim(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Take a job that is due, `every` so often; False if another has it or it is not due yet."""
    result = session.connection().execute(_CLAIM, {"name": name, "now": now, "latest": now - every})
    return result.rowcount == 1


def finish(session: Session, name: str, now: datetime, outcome: str) -> None:
    """Note that a claimed job has ended, and how."""
    session.execute(_FINISH, {"job": name, "now": now, "how": outcome})


def last(session: Session, name: str) -> Run | None:
    """Give the last run of a job; None if it never ran."""
    row = session.execute(_LAST, {"job": name}).one_or_none()
    return None if row is None else Run(started_at=row.started_at, finished_at=row.finished_at, outcome=row.outcome)


def note_success(session: Session, source: str, now: datetime) -> None:
    """Note that a source was read."""
    session.execute(_SUCCESS, {"source": source, "now": now})


def note_failure(session: Session, source: str, now: datetime, kind: str, why: str) -> None:
    """Note that a source could not be read. `why` is shown to admins and must be safe to show."""
    session.execute(_FAILURE, {"source": source, "now": now, "kind": kind, "why": why})


def statuses(session: Session) -> dict[str, Status]:
    """Give how reading each source went lately, by the source's name."""
    return {
        row.source: Status(
            last_success_at=row.last_success_at,
            last_error_at=row.last_error_at,
            last_error_kind=row.last_error_kind,
            last_error=row.last_error,
        )
        for row in session.execute(_STATUSES)
    }
