"""Where figures come from: which source told how many rows, in which revision, and who says so."""

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store.books import owned, total
from bot.store.columns import UtcDateTime
from bot.store.tables import Consumer, ConsumerLink, IngestToken, Source, SourceDay, UsageDay, core
from bot.usage import ConsumerKind, Plan, Provenance

_USAGE, _CONSUMER, _LINK = core(UsageDay), core(Consumer), core(ConsumerLink)
_SOURCE, _DAY, _TOKEN = core(Source), core(SourceDay), core(IngestToken)

_START: BindParameter[date] = bindparam("start", type_=_USAGE.c.usage_date.type)
_END: BindParameter[date] = bindparam("end", type_=_USAGE.c.usage_date.type)
_IN = and_(_USAGE.c.usage_date >= _START, _USAGE.c.usage_date < _END)
_OF_MEMBER = _LINK.c.member_id == bindparam("member_id")
_OWNED = _USAGE.join(_LINK, owned(UsageDay))


def _by_source(rows: Select[Any]) -> Select[Any]:
    """First by source and day, as the rows lie, then with what is known of those days."""
    told = rows.subquery()
    return (
        select(
            _SOURCE.c.name,
            total(told.c.counted_rows),
            total(told.c.shadow_rows),
            func.count(),
            func.max(_DAY.c.revision),
            func.max(_DAY.c.as_of, type_=UtcDateTime()),
        )
        .select_from(
            told.join(_SOURCE, _SOURCE.c.id == told.c.source_id).join(
                _DAY, and_(_DAY.c.source_id == told.c.source_id, _DAY.c.usage_date == told.c.usage_date)
            )
        )
        .group_by(_SOURCE.c.name)
        .order_by(_SOURCE.c.name)
    )


_ROWS = select(
    _USAGE.c.usage_date,
    _USAGE.c.source_id,
    func.count(case((_USAGE.c.counted, 1))).label("counted_rows"),
    func.count(case((~_USAGE.c.counted, 1))).label("shadow_rows"),
).group_by(_USAGE.c.usage_date, _USAGE.c.source_id)
_OF_TEAM = _by_source(_ROWS.where(_IN))
_OF_ONE = _by_source(_ROWS.select_from(_OWNED).where(_IN, _OF_MEMBER))
# In two steps, whose rows to look at, then the rows; in one, a database may read everybody's.
_DECLARERS = select(_CONSUMER.c.id).where(_CONSUMER.c.kind == ConsumerKind.SELF_DECLARED)
_DECLARED = select(total(_USAGE.c.cost_nanos)).where(
    _USAGE.c.consumer_id.in_(bindparam("consumers", expanding=True)),
    _IN,
    _USAGE.c.counted,
    _USAGE.c.plan == Plan.PAY_PER_TOKEN,
)
_DECLARED_BY_ONE = _DECLARED.select_from(_OWNED).where(_OF_MEMBER)
_READ = (
    select(_SOURCE.c.name, total(_DAY.c.record_count))
    .select_from(_DAY.join(_SOURCE, _SOURCE.c.id == _DAY.c.source_id))
    .where(_DAY.c.usage_date >= _START, _DAY.c.usage_date < _END)
    .group_by(_SOURCE.c.name)
)
_ANY_TELEMETRY = select(
    or_(
        exists(select(_TOKEN.c.id)),
        exists(
            select(_DAY.c.source_id)
            .select_from(_DAY.join(_SOURCE, _SOURCE.c.id == _DAY.c.source_id))
            .where(_SOURCE.c.name == bindparam("source"))
        ),
    )
)


def of_team(session: Session, period: ChargePeriod) -> list[Provenance]:
    """Give what each source told of the organization's period. Looks at every row of it."""
    return _found(session, _OF_TEAM, _asked(period))


def of_member(session: Session, member_id: int, period: ChargePeriod) -> list[Provenance]:
    """Give what each source told of one member's period."""
    return _found(session, _OF_ONE, _asked(period) | {"member_id": member_id})


def self_declared(session: Session, period: ChargePeriod, member_id: int | None = None) -> int:
    """Give what a period costs of which only the sender says whose it is: everybody's, or of one member."""
    declarers = session.execute(_DECLARERS).scalars().all()
    if not declarers:
        return 0
    asked = _asked(period) | {"consumers": declarers} | ({} if member_id is None else {"member_id": member_id})
    return session.execute(_DECLARED if member_id is None else _DECLARED_BY_ONE, asked).scalar_one() or 0


def rows_read(session: Session, period: ChargePeriod) -> dict[str, int]:
    """Give how many rows of use and activity each source told of a period, as it is stored now."""
    return dict(session.execute(_READ, _asked(period)).all())


def expects_telemetry(session: Session, source: str) -> bool:
    """Say whether an ingest token was ever issued, or anything was ever heard by that source."""
    return bool(session.execute(_ANY_TELEMETRY, {"source": source}).scalar_one())


def _found(session: Session, statement: Select[Any], asked: dict[str, Any]) -> list[Provenance]:
    return [
        Provenance(source=name, counted_rows=counted, shadow_rows=shadows, days=days, revision=revision, as_of=as_of)
        for name, counted, shadows, days, revision, as_of in session.execute(statement, asked)
    ]


def _asked(period: ChargePeriod) -> dict[str, Any]:
    return {"start": period.start, "end": period.end}
