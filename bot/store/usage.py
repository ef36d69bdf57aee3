"""What was spent and done, by whom, in a period. The one door to figures: replacing and trusting days included."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store.books import owned, sums, total
from bot.store.days import KnownDay, known_days, standings, standings_of_each
from bot.store.replacing import Replaced, replace_day
from bot.store.tables import (
    COUNTS,
    DURATIONS,
    MEASURES,
    ActiveDay,
    ActivityDay,
    ConsumerLink,
    Machine,
    Member,
    Model,
    Source,
    TeamDay,
    UsageDay,
    core,
)
from bot.store.tables import Consumer as ConsumerRow
from bot.usage import (
    Activity,
    Consumer,
    MachineSpend,
    MemberUsage,
    SpendRow,
    TeamRow,
    TeamUsage,
    Tokens,
)

__all__ = [
    "KnownDay",
    "Replaced",
    "UnattributedConsumer",
    "known_days",
    "last_seen",
    "of_member",
    "of_team",
    "replace_day",
    "standings",
    "standings_of_each",
    "unattributed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnattributedConsumer:
    """A consumer whose rows in a period are nobody's."""

    consumer_id: int
    consumer: Consumer
    source: str
    cost_nanos: int
    """All of its rows, of every plan and metric: to see what matters most, not a figure for a sum."""
    last_seen: date


_USAGE, _ACTIVITY, _LINK = core(UsageDay), core(ActivityDay), core(ConsumerLink)
_MODEL, _SOURCE, _CONSUMER = core(Model), core(Source), core(ConsumerRow)
_MEMBER, _MACHINE = core(Member), core(Machine)
_TEAM, _ACTIVE = core(TeamDay), core(ActiveDay)

_START: BindParameter[date] = bindparam("start")
_END: BindParameter[date] = bindparam("end")
_SPENT_IN = and_(_USAGE.c.usage_date >= _START, _USAGE.c.usage_date < _END)
_OF_MEMBER = _LINK.c.member_id == bindparam("member_id")


def _within(day: ColumnElement[date]) -> ColumnElement[bool]:
    """Keep days inside both the link and the period. Said so that no database thinks of reading a whole period."""
    first = case((_LINK.c.valid_from > _START, _LINK.c.valid_from), else_=_START)
    end = case((_LINK.c.valid_to < _END, _LINK.c.valid_to), else_=_END)
    return and_(day >= first, day < end)


_MEMBER_SPEND = (
    select(
        _USAGE.c.usage_date,
        _MODEL.c.name,
        _USAGE.c.plan,
        _USAGE.c.cost_metric,
        *sums(_USAGE),
    )
    .select_from(
        _LINK.join(_USAGE, _LINK.c.consumer_id == _USAGE.c.consumer_id).join(_MODEL, _MODEL.c.id == _USAGE.c.model_id)
    )
    .where(_OF_MEMBER, _within(_USAGE.c.usage_date), _USAGE.c.counted)
    .group_by(_USAGE.c.usage_date, _MODEL.c.name, _USAGE.c.plan, _USAGE.c.cost_metric)
    .order_by(_USAGE.c.usage_date, _MODEL.c.name)
)
_MEMBER_ACTIVITY = (
    select(_ACTIVITY.c.usage_date, *(_ACTIVITY.c[name] for name in (*COUNTS, *DURATIONS)))
    .select_from(_LINK.join(_ACTIVITY, _LINK.c.consumer_id == _ACTIVITY.c.consumer_id))
    .where(_OF_MEMBER, _within(_ACTIVITY.c.usage_date), _ACTIVITY.c.counted)
)
_LAST_SPENT = select(func.max(_USAGE.c.usage_date)).select_from(_LINK.join(_USAGE, owned(UsageDay))).where(_OF_MEMBER)
_LAST_ACTIVE = (
    select(func.max(_ACTIVITY.c.usage_date)).select_from(_LINK.join(_ACTIVITY, owned(ActivityDay))).where(_OF_MEMBER)
)
_TEAM_SPEND = (
    select(
        _TEAM.c.owner,
        _TEAM.c.usage_date,
        _MODEL.c.name,
        _TEAM.c.plan,
        _TEAM.c.cost_metric,
        *(_TEAM.c[name] for name in MEASURES),
    )
    .select_from(_TEAM.join(_MODEL, _MODEL.c.id == _TEAM.c.model_id))
    .where(_TEAM.c.usage_date >= _START, _TEAM.c.usage_date < _END)
    .order_by(_TEAM.c.usage_date, _TEAM.c.owner, _MODEL.c.name)
)
_ACTIVE_ON = (
    select(_ACTIVE.c.usage_date, _MODEL.c.name, _ACTIVE.c.members)
    .select_from(_ACTIVE.join(_MODEL, _MODEL.c.id == _ACTIVE.c.model_id))
    .where(_ACTIVE.c.usage_date >= _START, _ACTIVE.c.usage_date < _END)
)
_MACHINE_SPEND = (
    select(
        _MACHINE.c.name,
        _MEMBER.c.display_name,
        total(_USAGE.c.cost_nanos).label("cost_nanos"),
        _USAGE.c.plan,
        _USAGE.c.cost_metric,
    )
    .select_from(
        _MACHINE.join(_MEMBER, _MEMBER.c.id == _MACHINE.c.owner_member_id)
        .join(_LINK, _LINK.c.machine_id == _MACHINE.c.id)
        .join(_USAGE, _LINK.c.consumer_id == _USAGE.c.consumer_id)
    )
    .where(_LINK.c.machine_id.is_not(None), _within(_USAGE.c.usage_date), _USAGE.c.counted)
    .group_by(_MACHINE.c.id, _MACHINE.c.name, _MEMBER.c.display_name, _USAGE.c.plan, _USAGE.c.cost_metric)
    .order_by(total(_USAGE.c.cost_nanos).desc(), _MACHINE.c.name)
)
# Links leave no gap, so who has one is somebody's on every day. In two steps: whose rows to look at, then the rows;
# in one, a database may read everybody's.
_UNLINKED = select(_CONSUMER.c.id).where(~exists().where(_LINK.c.consumer_id == _CONSUMER.c.id))
_UNATTRIBUTED = (
    select(
        _CONSUMER.c.id,
        _CONSUMER.c.kind,
        _CONSUMER.c.external_id,
        _SOURCE.c.name,
        total(_USAGE.c.cost_nanos),
        func.max(_USAGE.c.usage_date),
    )
    .select_from(
        _CONSUMER.join(_SOURCE, _SOURCE.c.id == _CONSUMER.c.source_id).join(
            _USAGE, _USAGE.c.consumer_id == _CONSUMER.c.id
        )
    )
    .where(_USAGE.c.consumer_id.in_(bindparam("consumers", expanding=True)), _SPENT_IN, _USAGE.c.counted)
    .group_by(_CONSUMER.c.id, _CONSUMER.c.kind, _CONSUMER.c.external_id, _SOURCE.c.name)
    .order_by(total(_USAGE.c.cost_nanos).desc(), _CONSUMER.c.external_id)
)


def of_member(session: Session, member_id: int, period: ChargePeriod) -> MemberUsage:
    """Give what one member spent and did in a period, through all their consumers."""
    asked = {"member_id": member_id, "start": period.start, "end": period.end}
    rows = tuple(_spend(row) for row in session.execute(_MEMBER_SPEND, asked))
    activity = {row.usage_date: Activity() for row in rows}
    for day, *measures in session.execute(_MEMBER_ACTIVITY, asked):
        done = Activity(**dict(zip((*COUNTS, *DURATIONS), measures, strict=True)))
        activity[day] = activity[day] + done if day in activity else done
    return MemberUsage(rows=rows, activity_by_day=dict(sorted(activity.items())))


def of_team(session: Session, period: ChargePeriod) -> TeamUsage:
    """Give what everybody spent in a period: members, machines, and what is nobody's."""
    asked = {"start": period.start, "end": period.end}
    by_day: dict[date, int] = defaultdict(int)
    by_model: dict[str, int] = defaultdict(int)
    for day, model, members in session.execute(_ACTIVE_ON, asked):
        bits = int.from_bytes(members, "little")
        by_day[day] |= bits
        by_model[model] |= bits
    return TeamUsage(
        rows=tuple(TeamRow(owner=row[0], spend=_spend(row[1:])) for row in session.execute(_TEAM_SPEND, asked)),
        active_members=reduce(or_, by_model.values(), 0).bit_count(),
        members_by_model={model: bits.bit_count() for model, bits in by_model.items()},
        active_member_days=sum(bits.bit_count() for bits in by_day.values()),
        machines=tuple(
            MachineSpend(name=name, owner_name=owner, cost_nanos=cost, plan=plan, cost_metric=metric)
            for name, owner, cost, plan, metric in session.execute(_MACHINE_SPEND, asked)
        ),
    )


def last_seen(session: Session, member_id: int) -> date | None:
    """Give the last UTC day on which any source saw a member; None if none ever did."""
    asked = {"member_id": member_id}
    found = (session.execute(_LAST_SPENT, asked).scalar_one(), session.execute(_LAST_ACTIVE, asked).scalar_one())
    return max((day for day in found if day is not None), default=None)


def unattributed(session: Session, period: ChargePeriod) -> list[UnattributedConsumer]:
    """Give the consumers whose rows in a period are nobody's, those that cost most first."""
    asked = {"start": period.start, "end": period.end}
    consumers = session.execute(_UNLINKED).scalars().all()
    return [
        UnattributedConsumer(
            consumer_id=number, consumer=Consumer(kind, name), source=source, cost_nanos=cost, last_seen=last
        )
        for number, kind, name, source, cost, last in session.execute(_UNATTRIBUTED, asked | {"consumers": consumers})
    ]


def _spend(row: Any) -> SpendRow:
    day, model, plan, metric, uncached, output, cache_read, cache_creation, unpriced, cost, list_cost = row
    return SpendRow(
        usage_date=day,
        model=model,
        plan=plan,
        cost_metric=metric,
        tokens=Tokens(
            uncached_input_tokens=uncached,
            output_tokens=output,
            cache_read_input_tokens=cache_read,
            cache_creation_input_tokens=cache_creation,
        ),
        cost_nanos=cost,
        list_cost_nanos=list_cost,
        unpriced_tokens=unpriced,
    )
