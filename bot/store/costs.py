"""The organization's own cost report, the names it uses, and what ccost counts of the same days."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Table, and_, bindparam, case, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.costs import CostLine, Directory, KnownWorkspace, OwnDay, ReportDay, VendorKey
from bot.periods import ChargePeriod
from bot.store.books import owned, total
from bot.store.bulk import is_postgresql
from bot.store.columns import CODES, WORDS
from bot.store.tables import Consumer, ConsumerLink, CostDay, CostReading, UsageDay, core
from bot.store.tables import VendorKey as VendorKeyTable
from bot.store.tables import VendorWorkspace as VendorWorkspaceTable
from bot.usage import Biller, ConsumerKind, CostMetric, Owner, Plan

CLAUDE_CODE_WORKSPACE = "Claude Code"
"""How the vendor names the workspace that the first sign-in to Claude Code makes. Anybody may rename it later."""

_LINE, _READING = core(CostDay), core(CostReading)
_WORKSPACE, _KEY = core(VendorWorkspaceTable), core(VendorKeyTable)
_USAGE, _CONSUMER, _LINK = core(UsageDay), core(Consumer), core(ConsumerLink)

_START: BindParameter[date] = bindparam("start", type_=_USAGE.c.usage_date.type)
_END: BindParameter[date] = bindparam("end", type_=_USAGE.c.usage_date.type)
_COUNTS = and_(
    _USAGE.c.usage_date >= _START,
    _USAGE.c.usage_date < _END,
    _USAGE.c.counted,
    _USAGE.c.plan == Plan.PAY_PER_TOKEN,
    _USAGE.c.biller == Biller.ANTHROPIC,
)
_ESTIMATED = case((_USAGE.c.cost_metric == CostMetric.LIST, _USAGE.c.cost_nanos), else_=0)
# Grouped as the rows lie, and by nothing else: a third of the time.
_OWN = (
    select(_USAGE.c.usage_date, total(_USAGE.c.cost_nanos), total(_ESTIMATED))
    .where(_COUNTS)
    .group_by(_USAGE.c.usage_date)
)
# In two steps, whose rows to look at, then the rows; in one, a database may read everybody's.
_KEY_CONSUMERS = select(_CONSUMER.c.id, _CONSUMER.c.external_id).where(_CONSUMER.c.kind == ConsumerKind.API_KEY)
_OWN_OF_KEYS = (
    select(_USAGE.c.usage_date, _USAGE.c.consumer_id, total(_USAGE.c.cost_nanos))
    .where(_COUNTS, _USAGE.c.consumer_id.in_(bindparam("consumers", expanding=True)))
    .group_by(_USAGE.c.usage_date, _USAGE.c.consumer_id)
)
_WHOSE = case(
    (_LINK.c.member_id.is_not(None), CODES[Owner][Owner.MEMBER]),
    (_LINK.c.machine_id.is_not(None), CODES[Owner][Owner.MACHINE]),
    else_=CODES[Owner][Owner.UNATTRIBUTED],
)
_OWN_BY_OWNER = (
    select(_WHOSE, total(_USAGE.c.cost_nanos))
    .select_from(_USAGE.outerjoin(_LINK, owned(UsageDay)))
    .where(_COUNTS, _USAGE.c.usage_date.in_(bindparam("days", expanding=True)))
    .group_by(_WHOSE)
)
_READINGS = select(_READING).where(_READING.c.usage_date >= _START, _READING.c.usage_date < _END)
_LINES = (
    select(_LINE.c.usage_date, _LINE.c.workspace_id, _LINE.c.cost_type, total(_LINE.c.cost_nanos).label("cost_nanos"))
    .where(_LINE.c.usage_date >= _START, _LINE.c.usage_date < _END)
    .group_by(_LINE.c.usage_date, _LINE.c.workspace_id, _LINE.c.cost_type)
    .order_by(_LINE.c.usage_date, _LINE.c.workspace_id, _LINE.c.cost_type)
)
_OLDEST = select(func.min(_READING.c.as_of), func.count()).where(
    _READING.c.usage_date >= _START, _READING.c.usage_date < _END
)
_OF_DAY = bindparam("day", type_=_LINE.c.usage_date.type)


def replace_day(session: Session, day: date, lines: Iterable[CostLine], as_of: datetime, *, complete: bool) -> None:
    """Store what the report says of a whole UTC day in place of what it said before."""
    session.execute(delete(_LINE).where(_LINE.c.usage_date == _OF_DAY), {"day": day})
    rows = [
        {
            "usage_date": day,
            "workspace_id": line.workspace_id,
            "description": line.description,
            "cost_type": line.cost_type,
            "cost_nanos": line.cost_nanos,
        }
        for line in _added_up(lines)
    ]
    if rows:
        session.connection().execute(insert(_LINE), rows)
    _put(session, _READING, ("usage_date",), [{"usage_date": day, "as_of": as_of, "complete": complete}])


def note_names(session: Session, directory: Directory, now: datetime) -> None:
    """Remember workspaces and keys. What is not listed any more stays: days of the past still name it."""
    pinned = next((one.workspace_id for one in workspaces(session) if one.is_claude_code), None)
    if pinned is None:
        named = [one.workspace_id for one in directory.workspaces if one.name == CLAUDE_CODE_WORKSPACE]
        pinned = min(named, default=None)
    _put(
        session,
        _WORKSPACE,
        ("workspace_id",),
        [
            {
                "workspace_id": one.workspace_id,
                "name": one.name,
                "is_claude_code": one.workspace_id == pinned,
                "seen_at": now,
            }
            for one in directory.workspaces
        ],
    )
    _put(
        session,
        _KEY,
        ("key_id",),
        [
            {
                "key_id": one.key_id,
                "name": one.name,
                "workspace_id": one.workspace_id,
                "owner_email": one.owner_email,
                "seen_at": now,
            }
            for one in directory.keys
        ],
    )


def workspaces(session: Session) -> list[KnownWorkspace]:
    """Give every workspace that was ever named, by id."""
    rows = session.execute(select(_WORKSPACE).order_by(_WORKSPACE.c.workspace_id))
    return [
        KnownWorkspace(workspace_id=row.workspace_id, name=row.name, is_claude_code=row.is_claude_code) for row in rows
    ]


def keys(session: Session) -> list[VendorKey]:
    """Give every API key that was ever named, by id."""
    rows = session.execute(select(_KEY).order_by(_KEY.c.key_id))
    return [
        VendorKey(key_id=row.key_id, name=row.name, workspace_id=row.workspace_id, owner_email=row.owner_email)
        for row in rows
    ]


def report_days(session: Session, period: ChargePeriod) -> list[ReportDay]:
    """Give what the report says of each day of a period that was read, oldest first.

    Its lines are added up by workspace and kind of cost; their descriptions are left out.
    """
    lines: dict[date, list[CostLine]] = defaultdict(list)
    for row in session.execute(_LINES, _asked(period)):
        lines[row.usage_date].append(
            CostLine(
                usage_date=row.usage_date,
                workspace_id=row.workspace_id,
                description="",
                cost_type=row.cost_type,
                cost_nanos=row.cost_nanos,
            )
        )
    found = [
        ReportDay(usage_date=row.usage_date, as_of=row.as_of, complete=row.complete, lines=tuple(lines[row.usage_date]))
        for row in session.execute(_READINGS, _asked(period))
    ]
    return sorted(found, key=lambda one: one.usage_date)


def read_at(session: Session, period: ChargePeriod) -> tuple[datetime | None, int]:
    """Give when the day of a period was read that was not read for longest, and how many of its days ever were."""
    oldest, days = session.execute(_OLDEST, _asked(period)).one()
    return oldest, int(days)


def own_days(session: Session, period: ChargePeriod) -> list[OwnDay]:
    """Give what ccost counts of each day that Anthropic bills by the token, oldest first; without days of no use.

    Read from the rows, since stored totals do not know the biller: a tenth of a second for a month of 5,000 people.
    """
    names = dict(session.execute(_KEY_CONSUMERS).all())
    by_key: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, number, cost in session.execute(_OWN_OF_KEYS, {**_asked(period), "consumers": list(names)}):
        by_key[day][names[number]] += cost
    return [
        OwnDay(usage_date=day, cost_nanos=cost, estimated_nanos=estimated, by_key=dict(by_key[day]))
        for day, cost, estimated in sorted(session.execute(_OWN, _asked(period)))
    ]


def own_by_owner(session: Session, days: Collection[date]) -> dict[Owner, int]:
    """Split what is counted of some days by kind of owner."""
    asked = {"start": min(days), "end": max(days) + timedelta(days=1), "days": sorted(days)}
    found = session.execute(_OWN_BY_OWNER, asked)
    return dict.fromkeys(Owner, 0) | {WORDS[Owner][code]: cost for code, cost in found}


def _added_up(lines: Iterable[CostLine]) -> list[CostLine]:
    """One line for a workspace and description: the report may split them by what we do not keep."""
    sums: dict[tuple[str, str], CostLine] = {}
    for line in lines:
        key = (line.workspace_id, line.description)
        before = sums.get(key)
        cost = line.cost_nanos + (before.cost_nanos if before else 0)
        sums[key] = CostLine(
            usage_date=line.usage_date,
            workspace_id=line.workspace_id,
            description=line.description,
            cost_type=before.cost_type if before else line.cost_type,
            cost_nanos=cost,
        )
    return list(sums.values())


def _put(session: Session, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = (postgresql if is_postgresql(session) else sqlite).insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    session.connection().execute(statement.on_conflict_do_update(index_elements=list(key), set_=others), rows)


def _asked(period: ChargePeriod) -> dict[str, date]:
    return {"start": period.start, "end": period.end}
