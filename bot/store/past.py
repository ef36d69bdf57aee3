"""What finished days were before they were restated, so that "why did yesterday change?" has an answer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store import bulk
from bot.store.books import owned
from bot.store.tables import MEASURES, TOKENS, ConsumerLink, Source, SourceDayPast, UsageDay, UsageDayPast, core
from bot.usage import Plan

KEPT_DAYS = 35
"""How long it is kept after the reading was replaced."""

_DAY, _ROW, _SOURCE, _LINK = core(SourceDayPast), core(UsageDayPast), core(Source), core(ConsumerLink)
_USAGE = core(UsageDay)
_KEY = ("consumer_id", "model_id", "biller", "plan", "cost_metric")
_COST = len(_KEY) + MEASURES.index("cost_nanos")
_TOKENS_OF = slice(len(_KEY), len(_KEY) + len(TOKENS))


_IN = and_(_ROW.c.usage_date >= bindparam("start"), _ROW.c.usage_date < bindparam("end"))
_OWED = _ROW.c.plan == Plan.PAY_PER_TOKEN
_ROWS = select(_ROW).where(_IN, _OWED)
_ROWS_OF_MEMBER = (
    select(_ROW)
    .select_from(_ROW.join(_LINK, owned(UsageDayPast)))
    .where(_IN, _OWED, _LINK.c.member_id == bindparam("member_id"))
)
_NOW = select(_USAGE.c.cost_nanos, _USAGE.c.counted).where(
    *(_USAGE.c[name] == bindparam(f"of_{name}") for name in ("usage_date", "source_id", *_KEY))
)
_READINGS = select(_DAY, _SOURCE.c.name).select_from(_DAY.join(_SOURCE, _SOURCE.c.id == _DAY.c.source_id))
_READINGS_IN = _READINGS.where(_DAY.c.usage_date >= bindparam("start"), _DAY.c.usage_date < bindparam("end"))
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
    return _restatements(session, session.execute(_ROWS_OF_MEMBER, {"member_id": member_id, **_asked(period)}), period)


def of_team(session: Session, period: ChargePeriod) -> list[Restatement]:
    """Give how the organization's pay-per-token spend changed on finished days of a period, the newest change first."""
    return _restatements(session, session.execute(_ROWS, _asked(period)), period)


def forget(session: Session, now: datetime) -> None:
    """Drop what was replaced more than `KEPT_DAYS` ago."""
    old = session.execute(_OLD, {"before": now - timedelta(days=KEPT_DAYS)}).all()
    for source_id, day, revision in old:
        for statement in _FORGET:
            session.execute(statement, {"source": source_id, "day": day, "number": revision})


def _restatements(session: Session, rows: Iterable[Any], period: ChargePeriod) -> list[Restatement]:
    """Walk back from what is stored now: a row that a reading does not name was then what it was afterwards."""
    by_reading: dict[tuple[int, date, int], list[Any]] = defaultdict(list)
    for row in rows:
        by_reading[row.source_id, row.usage_date, row.revision].append(row)
    readings = {
        (row.source_id, row.usage_date, row.revision): row for row in session.execute(_READINGS_IN, _asked(period))
    }
    later: dict[tuple[Any, ...], int] = {}
    found = []
    for reading in sorted(by_reading, reverse=True):
        before = after = 0
        for row in by_reading[reading]:
            key = tuple(getattr(row, name) for name in ("usage_date", "source_id", *_KEY))
            if key not in later:
                now = _now(session, key)
                if now is None:
                    continue
                later[key] = now
            before, after = before + row.cost_nanos, after + later[key]
            later[key] = row.cost_nanos
        if before != after:
            told = readings[reading]
            found.append(
                Restatement(
                    usage_date=told.usage_date,
                    source=told.name,
                    as_of=told.as_of,
                    replaced_at=told.replaced_at,
                    before_nanos=before,
                    after_nanos=after,
                )
            )
    return sorted(found, key=lambda one: (one.replaced_at, one.usage_date), reverse=True)


def _now(session: Session, key: tuple[Any, ...]) -> int | None:
    """Give what a row is now: 0 where it is gone, None where it is a shadow and in no total."""
    asked = {f"of_{name}": value for name, value in zip(("usage_date", "source_id", *_KEY), key, strict=True)}
    row = session.execute(_NOW, asked).one_or_none()
    if row is None:
        return 0
    return row.cost_nanos if row.counted else None


def _asked(period: ChargePeriod) -> dict[str, date]:
    return {"start": period.start, "end": period.end}
