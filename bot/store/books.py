"""Keeping the books: which rows count, and the totals of each day that are stored beside them.

Whatever changes rows or owners calls `recount` for the days concerned, in the same transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Join,
    Table,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from bot.overlap import Sighting, Who, choose
from bot.store.columns import CODES
from bot.store.tables import (
    MEASURES,
    ActiveDay,
    ActivityDay,
    Consumer,
    ConsumerLink,
    Source,
    SourceDay,
    TeamDay,
    UsageDay,
    UsageDayPast,
    core,
)
from bot.usage import Biller, ConsumerKind, Owner, Plan

_USAGE, _ACTIVITY, _LINK = core(UsageDay), core(ActivityDay), core(ConsumerLink)
_CONSUMER = core(Consumer)
_SOURCE, _SOURCE_DAY, _TEAM = core(Source), core(SourceDay), core(TeamDay)
_ACTIVE = core(ActiveDay)

_ADVISORY_LOCK = 0x626F6F6B73  # "books": any number, as long as all replicas take the same


def total(column: ColumnElement[int]) -> ColumnElement[int]:
    """Add up as a whole number of 64 bits: PostgreSQL's own sum would give a Decimal."""
    return cast(func.sum(column), BigInteger)


def owned(table: type[UsageDay | ActivityDay | UsageDayPast]) -> ColumnElement[bool]:
    """Join rows with the link that holds on their day."""
    rows = core(table)
    return and_(
        _LINK.c.consumer_id == rows.c.consumer_id,
        _LINK.c.valid_from <= rows.c.usage_date,
        rows.c.usage_date < _LINK.c.valid_to,
    )


def sums(rows: Table) -> tuple[ColumnElement[int], ...]:
    """Add up the measures of rows; the list price only where every row has one, since a part of it is no total."""
    *known, at_list = MEASURES
    whole = case((func.count() == func.count(rows.c[at_list]), total(rows.c[at_list])))
    return (*(total(rows.c[name]) for name in known), whole.label(at_list))


_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_ON_DAY = _USAGE.c.usage_date == bindparam("day")
_SOURCES_READ = select(func.count()).select_from(_SOURCE_DAY).where(_SOURCE_DAY.c.usage_date == bindparam("day"))
_WHOSE = (
    _LINK.c.member_id,
    _LINK.c.machine_id,
    _CONSUMER.c.kind,
    _CONSUMER.c.external_id,
    _SOURCE_DAY.c.gives_way,
)


def _named(rows: Table) -> Join:
    """Join rows with what says by whom they were told and of whom."""
    told = and_(_SOURCE_DAY.c.source_id == rows.c.source_id, _SOURCE_DAY.c.usage_date == rows.c.usage_date)
    return (
        rows.join(_SOURCE, _SOURCE.c.id == rows.c.source_id)
        .join(_CONSUMER, _CONSUMER.c.id == rows.c.consumer_id)
        .join(_SOURCE_DAY, told)
    )


_USAGE_SEEN = (
    select(
        _USAGE.c.source_id,
        _SOURCE.c.name,
        _USAGE.c.consumer_id,
        _USAGE.c.biller,
        _USAGE.c.plan,
        _USAGE.c.counted,
        *_WHOSE,
    )
    .distinct()
    .select_from(_named(_USAGE).outerjoin(_LINK, owned(UsageDay)))
    .where(_ON_DAY)
)
_ACTIVITY_SEEN = (
    select(_ACTIVITY.c.source_id, _SOURCE.c.name, _ACTIVITY.c.consumer_id, _ACTIVITY.c.counted, *_WHOSE)
    .select_from(_named(_ACTIVITY).outerjoin(_LINK, owned(ActivityDay)))
    .where(_ACTIVITY.c.usage_date == bindparam("day"))
)
_COUNT_USAGE = (
    update(_USAGE)
    .where(
        _ON_DAY,
        _USAGE.c.source_id == bindparam("source"),
        _USAGE.c.consumer_id == bindparam("consumer"),
        _USAGE.c.biller == bindparam("by"),
        _USAGE.c.plan == bindparam("under"),
    )
    .values(counted=bindparam("counts"))
)
_COUNT_ACTIVITY = (
    update(_ACTIVITY)
    .where(
        _ACTIVITY.c.usage_date == bindparam("day"),
        _ACTIVITY.c.source_id == bindparam("source"),
        _ACTIVITY.c.consumer_id == bindparam("consumer"),
    )
    .values(counted=bindparam("counts"))
)
_OWNER = case(
    (_LINK.c.member_id.is_not(None), CODES[Owner][Owner.MEMBER]),
    (_LINK.c.machine_id.is_not(None), CODES[Owner][Owner.MACHINE]),
    else_=CODES[Owner][Owner.UNATTRIBUTED],
)
_GRAIN = (_USAGE.c.usage_date, _OWNER, _USAGE.c.model_id, _USAGE.c.plan, _USAGE.c.cost_metric)
_SUMS = sums(_USAGE)
_FORGET_TEAM = delete(_TEAM).where(_TEAM.c.usage_date == bindparam("day"))
_ADD_TEAM = insert(_TEAM).from_select(
    ["usage_date", "owner", "model_id", "plan", "cost_metric", *MEASURES],
    select(*_GRAIN, *_SUMS)
    .select_from(_USAGE.outerjoin(_LINK, owned(UsageDay)))
    .where(_ON_DAY, _USAGE.c.counted)
    .group_by(*_GRAIN),
)
_ACTIVE_NOW = (
    select(_LINK.c.member_id, _USAGE.c.model_id)
    .select_from(_USAGE.join(_LINK, owned(UsageDay)))
    .where(_ON_DAY, _USAGE.c.counted, _USAGE.c.plan == Plan.PAY_PER_TOKEN, _LINK.c.member_id.is_not(None))
)
_FORGET_ACTIVE = delete(_ACTIVE).where(_ACTIVE.c.usage_date == bindparam("day"))
_ADD_ACTIVE = insert(_ACTIVE)


def lock(session: Session) -> None:
    """Wait until nobody else changes rows or owners, and keep others out until the transaction ends.

    One lock for all days: who counts on a day depends on every source of that day and on every link, and SQLite
    knows no finer lock anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"key": _ADVISORY_LOCK})


def recount(session: Session, days: Iterable[date], precedence: Sequence[str]) -> None:
    """Say anew which rows of these days count, and rebuild the totals of these days."""
    for day in days:
        # One source alone cannot shadow anything: most companies have one.
        if session.execute(_SOURCES_READ, {"day": day}).scalar_one() > 1:
            _count_usage(session, day, precedence)
            _count_activity(session, day, precedence)
        session.execute(_FORGET_TEAM, {"day": day})
        session.execute(_ADD_TEAM, {"day": day})
        _count_active(session, day)


def _count_usage(session: Session, day: date, precedence: Sequence[str]) -> None:
    seen = [
        (Sighting(day, _who(row), row.biller, row.plan, row.name, row.gives_way, row.kind in _TELEMETRY), row)
        for row in session.execute(_USAGE_SEEN, {"day": day})
    ]
    chosen = choose((sighting for sighting, _ in seen), precedence)
    changes = [
        {
            "day": day,
            "source": row.source_id,
            "consumer": row.consumer_id,
            "by": row.biller,
            "under": row.plan,
            "counts": sighting in chosen,
        }
        for sighting, row in seen
        if (sighting in chosen) != row.counted
    ]
    if changes:
        session.connection().execute(_COUNT_USAGE, changes)


def _count_activity(session: Session, day: date, precedence: Sequence[str]) -> None:
    """Activity has no biller: two sources that saw a member on a day saw the same work."""
    one_way = (Biller.ANTHROPIC, Plan.PAY_PER_TOKEN)
    seen = [
        (Sighting(day, _who(row), *one_way, row.name, row.gives_way), row)
        for row in session.execute(_ACTIVITY_SEEN, {"day": day})
    ]
    chosen = choose((sighting for sighting, _ in seen), precedence)
    changes = [
        {"day": day, "source": row.source_id, "consumer": row.consumer_id, "counts": sighting in chosen}
        for sighting, row in seen
        if (sighting in chosen) != row.counted
    ]
    if changes:
        session.connection().execute(_COUNT_ACTIVITY, changes)


_TELEMETRY = (ConsumerKind.TOKEN, ConsumerKind.SELF_DECLARED)


def _who(row: Any) -> Who:
    """Say whose a row is; of nobody yet, by its own name: a name that two sources give is one person or one key."""
    if row.member_id is not None:
        return "member", row.member_id
    if row.machine_id is not None:
        return "machine", row.machine_id
    is_person = row.kind in (ConsumerKind.PERSON, ConsumerKind.SELF_DECLARED)
    return ConsumerKind.PERSON if is_person else row.kind, row.external_id


def _count_active(session: Session, day: date) -> None:
    bits: dict[int, int] = defaultdict(int)
    for member_id, model_id in session.execute(_ACTIVE_NOW, {"day": day}):
        bits[model_id] |= 1 << member_id
    session.execute(_FORGET_ACTIVE, {"day": day})
    if bits:
        rows = [(day, model_id, who.to_bytes(who.bit_length() // 8 + 1, "little")) for model_id, who in bits.items()]
        names = ("usage_date", "model_id", "members")
        session.connection().execute(_ADD_ACTIVE, [dict(zip(names, row, strict=True)) for row in rows])
