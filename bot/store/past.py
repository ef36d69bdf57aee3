"""What finished days were before they were restated, so that "why did yesterday change?" has an answer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store import bulk
from bot.store.books import owned, total
from bot.store.tables import (
    MEASURES,
    TOKENS,
    ConsumerLink,
    Source,
    SourceDay,
    SourceDayPast,
    UsageDay,
    UsageDayPast,
    core,
)
from bot.usage import Plan

KEPT_DAYS = 35
"""How long it is kept after the reading was replaced."""

_DAY, _ROW, _SOURCE, _LINK = core(SourceDayPast), core(UsageDayPast), core(Source), core(ConsumerLink)
_USAGE, _TOLD = core(UsageDay), core(SourceDay)
_KEY = ("consumer_id", "model_id", "biller", "plan", "cost_metric")
_COST = len(_KEY) + MEASURES.index("cost_nanos")
_TOKENS_OF = slice(len(_KEY), len(_KEY) + len(TOKENS))

_IN = and_(_ROW.c.usage_date >= bindparam("start"), _ROW.c.usage_date < bindparam("end"))
_OWED = _ROW.c.plan == Plan.PAY_PER_TOKEN
_NAMES = ("usage_date", "source_id", *_KEY)
# A row that a reading does not name was then what the next reading that names it says, else what is stored now.
_NEXT = (
    func.lead(_ROW.c.cost_nanos)
    .over(partition_by=[_ROW.c[name] for name in _NAMES], order_by=_ROW.c.revision)
    .label("next_nanos")
)
_ROWS = select(_ROW, _NEXT).where(_IN, _OWED)
_ROWS_OF_MEMBER = (
    select(_ROW, _NEXT)
    .select_from(_ROW.join(_LINK, owned(UsageDayPast)))
    .where(_IN, _OWED, _LINK.c.member_id == bindparam("member_id"))
)


def _changes(rows: Select[Any]) -> Select[Any]:
    """Add up, by reading, what its rows were and what came after. What is a shadow now is in no total, so not here."""
    was = rows.subquery()
    now = was.outerjoin(_USAGE, and_(*(_USAGE.c[name] == was.c[name] for name in _NAMES)))
    by = (was.c.usage_date, was.c.source_id, was.c.revision)
    after = func.coalesce(was.c.next_nanos, _USAGE.c.cost_nanos, 0)
    return (
        select(*by, total(was.c.cost_nanos).label("before_nanos"), total(after).label("after_nanos"))
        .select_from(now)
        .where(or_(_USAGE.c.counted.is_(None), _USAGE.c.counted))
        .group_by(*by)
    )


_OF_TEAM, _OF_MEMBER = _changes(_ROWS), _changes(_ROWS_OF_MEMBER)
_READINGS = select(_DAY, _SOURCE.c.name).select_from(_DAY.join(_SOURCE, _SOURCE.c.id == _DAY.c.source_id))
_READINGS_IN = _READINGS.where(_DAY.c.usage_date >= bindparam("start"), _DAY.c.usage_date < bindparam("end"))
_CHANGED = (
    select(_SOURCE.c.name, _DAY.c.usage_date)
    .distinct()
    .select_from(
        _DAY.join(_SOURCE, _SOURCE.c.id == _DAY.c.source_id).join(
            _TOLD, and_(_TOLD.c.source_id == _DAY.c.source_id, _TOLD.c.usage_date == _DAY.c.usage_date)
        )
    )
    .where(
        _DAY.c.usage_date >= bindparam("start"),
        _DAY.c.usage_date < bindparam("end"),
        _DAY.c.cost_nanos != _TOLD.c.cost_nanos,
    )
)
_OLD = select(_DAY.c.source_id, _DAY.c.usage_date, _DAY.c.revision).where(_DAY.c.replaced_at < bindparam("before"))
_FORGET = tuple(
    delete(table).where(
        table.c.source_id == bindparam("source"),
        table.c.usage_date == bindparam("day"),
        table.c.revision == bindparam("number"),
    )
    for table in (_ROW, _DAY)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A finished day said something else when it was read again."""

    usage_date: date
    source: str
    as_of: datetime
    """When the old figures were read."""
    replaced_at: datetime
    before_nanos: int
    after_nanos: int


def keep(
    session: Session,
    known: Mapping[str, Any],
    replaced_at: datetime,
    gone: Collection[bulk.Row],
    fresh: Collection[bulk.Row],
) -> None:
    """Keep what a day was: `known` is its row of `source_day`, `gone` its rows that are no more, `fresh` the new ones.

    An unfinished day only grows, which needs no explanation.
    """
    if not known["complete"]:
        return
    of_day = {name: known[name] for name in ("source_id", "usage_date", "revision", "as_of", "cost_nanos")}
    session.execute(insert(_DAY).values(replaced_at=replaced_at, **of_day))
    width = len(_KEY)
    was = {row[:width]: (sum(row[_TOKENS_OF]), row[_COST]) for row in gone}
    was |= {row[:width]: (0, 0) for row in fresh if row[:width] not in was}
    day = bulk.day_value(session, known["usage_date"])
    fixed = (day, known["source_id"], known["revision"])
    names = ("usage_date", "source_id", "revision", *_KEY, "tokens", "cost_nanos")
    bulk.insert(session, _ROW, names, [(*fixed, *key, *was[key]) for key in sorted(was)])


def of_member(session: Session, member_id: int, period: ChargePeriod) -> list[Restatement]:
    """Give how a member's own pay-per-token spend changed on finished days of a period, the newest change first."""
    return _restatements(session, session.execute(_OF_MEMBER, {"member_id": member_id, **_asked(period)}), period)


def of_team(session: Session, period: ChargePeriod) -> list[Restatement]:
    """Give how the organization's pay-per-token spend changed on finished days of a period, the newest change first."""
    return _restatements(session, session.execute(_OF_TEAM, _asked(period)), period)


def changed_days(session: Session, period: ChargePeriod) -> frozenset[tuple[str, date]]:
    """Give the finished days of a period of which a source says another sum than it said before, with its name.

    All rows of the source, whoever they are and whatever they count as: a hint that costs next to nothing.
    """
    return frozenset((name, day) for name, day in session.execute(_CHANGED, _asked(period)))


def forget(session: Session, now: datetime) -> None:
    """Drop what was replaced more than `KEPT_DAYS` ago."""
    old = session.execute(_OLD, {"before": now - timedelta(days=KEPT_DAYS)}).all()
    for source_id, day, revision in old:
        for statement in _FORGET:
            session.execute(statement, {"source": source_id, "day": day, "number": revision})


def _restatements(session: Session, changes: Iterable[Any], period: ChargePeriod) -> list[Restatement]:
    readings = {
        (row.source_id, row.usage_date, row.revision): row for row in session.execute(_READINGS_IN, _asked(period))
    }
    found = []
    for change in changes:
        told = readings[change.source_id, change.usage_date, change.revision]
        if change.before_nanos != change.after_nanos:
            found.append(
                Restatement(
                    usage_date=change.usage_date,
                    source=told.name,
                    as_of=told.as_of,
                    replaced_at=told.replaced_at,
                    before_nanos=change.before_nanos,
                    after_nanos=change.after_nanos,
                )
            )
    return sorted(found, key=lambda one: (one.replaced_at, one.usage_date), reverse=True)


def _asked(period: ChargePeriod) -> dict[str, date]:
    return {"start": period.start, "end": period.end}
