"""Replacing a stored day by a new reading of it: the whole day or nothing, in the caller's transaction."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Table, and_, bindparam, select, text, update
from sqlalchemy.orm import Session

from bot.store import books, bulk, dimensions, holding, past
from bot.store.columns import CODES, Day
from bot.store.tables import COUNTS, DURATIONS, MEASURES, ActivityDay, SourceDay, UsageDay, core
from bot.usage import Biller, CostMetric, DayReading, Plan

_SOURCE_DAY = core(SourceDay)
_OF_DAY = and_(_SOURCE_DAY.c.source_id == bindparam("source"), _SOURCE_DAY.c.usage_date == bindparam("day"))
_KNOWN = select(_SOURCE_DAY).where(_OF_DAY)
_NOTE = update(_SOURCE_DAY).where(_OF_DAY)

_in_order = itemgetter(slice(6))
"""What tells rows apart, and at most some counts; behind it may stand None, which has no order."""

_Told = tuple[Any, ...]
"""A row as a source tells it: consumer first, then what tells rows apart, then what was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What became of a reading."""

    reason: holding.Reason
    held: bool
    """The day has a reading that waits to be confirmed; the figures of before are still shown."""
    rows_written: int
    """Rows of usage and activity that were added, changed or removed."""
    new_consumers: int
    cost_nanos: int
    """All rows of the day as stored now, whatever they count as: a measure, not a figure to show."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two tables of rows: which of its columns tell rows apart, and which are measured."""

    table: Table
    key: tuple[str, ...]
    measures: tuple[str, ...]

    def stored(self, session: Session, day: date, source_id: int) -> set[bulk.Row]:
        names = ", ".join((*self.key, *self.measures))
        statement = text(
            f"SELECT {names} FROM {self.table.name} WHERE usage_date = :day AND source_id = :source"  # noqa: S608  # our own names only
        ).bindparams(bindparam("day", type_=Day()))
        return {tuple(row) for row in session.execute(statement, {"day": day, "source": source_id})}

    def replace(
        self, session: Session, day: date, source_id: int, new: set[bulk.Row]
    ) -> tuple[set[bulk.Row], set[bulk.Row]]:
        """Change what differs, and give the rows that are gone and those that are new."""
        old = self.stored(session, day, source_id)
        gone, fresh = old - new, new - old
        width, fixed = len(self.key), (bulk.day_value(session, day), source_id)
        where = ("usage_date", "source_id", *self.key)
        bulk.delete(session, self.table, where, [(*fixed, *row[:width]) for row in gone])
        names = (*where, *self.measures, "counted")
        # In the order of the key: a tree grows far faster at its end than all over.
        bulk.insert(
            session, self.table, names, [(*fixed, *row, True) for row in sorted(fresh, key=itemgetter(slice(width)))]
        )
        return gone, fresh

    def changed(self, gone: set[bulk.Row], fresh: set[bulk.Row]) -> int:
        """Say how many rows a replacement touched."""
        width = len(self.key)
        return len({row[:width] for row in gone | fresh}) if gone else len(fresh)


_USAGE = _Kind(core(UsageDay), ("consumer_id", "model_id", "biller", "plan", "cost_metric"), MEASURES)
_ACTIVITY = _Kind(core(ActivityDay), ("consumer_id",), (*COUNTS, *DURATIONS))


def replace_day(session: Session, reading: DayReading, precedence: Sequence[str]) -> Replaced:
    """Store a reading of a day in place of the one before, unless it has to wait (see `holding`).

    An equal reading writes no rows and only moves the day's `as_of`. `precedence` names the sources, the most trusted
    first. Raises `ValueError` for a reading with rows of another day.
    """
    days = {row.usage_date for row in reading.records} | {row.usage_date for row in reading.activity}
    if days - {reading.usage_date}:
        raise ValueError(f"a reading of {reading.usage_date} holds rows of another day")
    books.lock(session)
    source_id = dimensions.source_id(session, reading.source)
    of_day = {"source": source_id, "day": reading.usage_date}
    usage, activity = _usage_rows(reading), _activity_rows(reading)
    incoming = _incoming(reading, usage, activity)
    row = session.execute(_KNOWN, of_day).mappings().one_or_none()
    known = None if row is None else {str(name): value for name, value in row.items()}
    verdict = holding.admit(_stored(known), incoming, reading.read_at)
    if known is not None and not verdict.admitted:
        if verdict.reason is not holding.Reason.OLDER:
            session.execute(_NOTE.values(_held(verdict, incoming)), of_day)
        return Replaced(
            reason=verdict.reason,
            held=verdict.held is not None,
            rows_written=0,
            new_consumers=0,
            cost_nanos=known["cost_nanos"],
        )
    unchanged = verdict.reason is holding.Reason.UNCHANGED
    same_say = known is not None and known["gives_way"] == reading.gives_way
    facts = _facts(reading, incoming) | _held(verdict, incoming)
    if known is None:
        session.execute(
            _SOURCE_DAY.insert().values(source_id=source_id, usage_date=reading.usage_date, revision=1, **facts)
        )
    else:
        session.execute(_NOTE.values(facts | {"revision": known["revision"] + (not unchanged)}), of_day)
    written = new_consumers = 0
    if not unchanged:
        written, new_consumers = _write(session, reading, source_id, known, usage, activity)
    if not (unchanged and same_say):
        books.recount(session, (reading.usage_date,), precedence)
    return Replaced(
        reason=verdict.reason,
        held=False,
        rows_written=written,
        new_consumers=new_consumers,
        cost_nanos=incoming.cost_nanos,
    )


def _usage_rows(reading: DayReading) -> list[_Told]:
    """Consumer, model, codes and measures of each row, as the source tells them."""
    biller, plan, metric = CODES[Biller], CODES[Plan], CODES[CostMetric]
    return [
        (
            row.consumer,
            (row.model, row.provider),
            biller[row.biller],
            plan[row.plan],
            metric[row.cost_metric],
            row.tokens.uncached_input_tokens,
            row.tokens.output_tokens,
            row.tokens.cache_read_input_tokens,
            row.tokens.cache_creation_input_tokens,
            row.unpriced_tokens,
            row.cost_nanos,
            row.list_cost_nanos,
        )
        for row in reading.records
    ]


def _activity_rows(reading: DayReading) -> list[_Told]:
    measures = attrgetter(*_ACTIVITY.measures)
    return [(row.consumer, *measures(row.activity)) for row in reading.activity]


def _incoming(reading: DayReading, usage: Sequence[_Told], activity: Sequence[_Told]) -> holding.Incoming:
    return holding.Incoming(
        digest=_digest(usage, activity),
        record_count=len(usage) + len(activity),
        cost_nanos=sum(row.cost_nanos for row in reading.records),
        tokens=sum(row.tokens.prompt_tokens + row.tokens.output_tokens for row in reading.records),
    )


def _digest(*told: Sequence[_Told]) -> str:
    """One value for equal rows in any order. Names, not numbers: a held reading makes no consumers."""
    named = [sorted([(c.external_id, c.kind, *rest) for c, *rest in rows], key=_in_order) for rows in told]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def _stored(known: dict[str, Any] | None) -> holding.Stored | None:
    if known is None:
        return None
    held = holding.Held(digest=known["held_digest"], since=known["held_since"]) if known["held_digest"] else None
    return holding.Stored(
        as_of=known["as_of"],
        digest=known["digest"],
        record_count=known["record_count"],
        cost_nanos=known["cost_nanos"],
        tokens=known["tokens"],
        held=held,
    )


def _facts(reading: DayReading, incoming: holding.Incoming) -> dict[str, Any]:
    return {
        "as_of": reading.read_at,
        "complete": reading.complete,
        "quarantined": reading.quarantined,
        "data_through": reading.through,
        "gives_way": reading.gives_way,
        "digest": incoming.digest,
        "record_count": incoming.record_count,
        "cost_nanos": incoming.cost_nanos,
        "tokens": incoming.tokens,
    }


def _held(verdict: holding.Verdict, incoming: holding.Incoming) -> dict[str, Any]:
    if verdict.held is None:
        return {"held_digest": None, "held_since": None, "held_cost_nanos": None}
    return {
        "held_digest": verdict.held.digest,
        "held_since": verdict.held.since,
        "held_cost_nanos": incoming.cost_nanos,
    }


def _write(
    session: Session,
    reading: DayReading,
    source_id: int,
    known: dict[str, Any] | None,
    usage: Sequence[_Told],
    activity: Sequence[_Told],
) -> tuple[int, int]:
    """Bring both tables to what was told; give the rows that changed and the consumers that are new."""
    day = reading.usage_date
    consumers, new = dimensions.consumer_ids(session, source_id, (row[0] for row in (*usage, *activity)), day)
    models = dimensions.model_ids(session, {row[1] for row in usage})
    spent = {(consumers[consumer], models[model], *rest) for consumer, model, *rest in usage}
    done = {(consumers[consumer], *rest) for consumer, *rest in activity}
    gone, fresh = _USAGE.replace(session, day, source_id, spent)
    if known is not None:
        past.keep(session, known, reading.read_at, gone, fresh)
    return _USAGE.changed(gone, fresh) + _ACTIVITY.changed(*_ACTIVITY.replace(session, day, source_id, done)), new
