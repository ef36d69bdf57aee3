"""What a group's total is made of: who spent on which day, and what those in the group throughout spent.

Members are bits of a number, as in `active_day`: see `group.bits`.
"""

from collections import defaultdict
from datetime import date

from sqlalchemy import BindParameter, and_, bindparam, case, select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store.books import owned, total
from bot.store.tables import ActiveDay, ConsumerLink, GroupMember, TeamDay, UsageDay, core
from bot.usage import CostMetric, Owner, Plan

_USAGE, _LINK, _ACTIVE = core(UsageDay), core(ConsumerLink), core(ActiveDay)
_IN, _TEAM = core(GroupMember), core(TeamDay)
_START: BindParameter[date] = bindparam("start", type_=_USAGE.c.usage_date.type)
_END: BindParameter[date] = bindparam("end", type_=_USAGE.c.usage_date.type)
_COUNTS = (_USAGE.c.counted, _USAGE.c.plan == Plan.PAY_PER_TOKEN)
_PERIOD = (_USAGE.c.usage_date >= _START, _USAGE.c.usage_date < _END)
# Said so that no database thinks of reading a whole period of everybody: see `usage`.
_FIRST = case((_LINK.c.valid_from > _START, _LINK.c.valid_from), else_=_START)
_LAST = case((_LINK.c.valid_to < _END, _LINK.c.valid_to), else_=_END)
_WITHIN = and_(_USAGE.c.usage_date >= _FIRST, _USAGE.c.usage_date < _LAST)

_ACTIVE_ON = select(_ACTIVE.c.usage_date, _ACTIVE.c.members).where(
    _ACTIVE.c.usage_date >= _START, _ACTIVE.c.usage_date < _END
)
_FREE = (
    select(_USAGE.c.usage_date, _LINK.c.member_id)
    .distinct()
    .select_from(_USAGE.join(_LINK, owned(UsageDay)))
    .where(*_PERIOD, *_COUNTS, _USAGE.c.cost_nanos == 0, _LINK.c.member_id.is_not(None))
)
_SPENT_ON = (
    select(_LINK.c.member_id, _USAGE.c.usage_date)
    .distinct()
    .select_from(_LINK.join(_USAGE, _LINK.c.consumer_id == _USAGE.c.consumer_id))
    .where(_LINK.c.member_id.in_(bindparam("members", expanding=True)), _WITHIN, *_COUNTS, _USAGE.c.cost_nanos > 0)
)
_OF_GROUP = (
    select(total(_USAGE.c.cost_nanos))
    .select_from(
        _IN.join(_LINK, _LINK.c.member_id == _IN.c.member_id).join(_USAGE, _LINK.c.consumer_id == _USAGE.c.consumer_id)
    )
    .where(_IN.c.group_id == bindparam("group_id"), _IN.c.valid_from <= _START, _IN.c.valid_to >= _END)
    .where(_WITHIN, *_COUNTS)
)
_STAYED = and_(_USAGE.c.usage_date >= _IN.c.valid_from, _USAGE.c.usage_date < _IN.c.valid_to)
_BY_PERSON = (
    select(_IN.c.member_id, total(_USAGE.c.cost_nanos))
    .select_from(
        _IN.join(_LINK, _LINK.c.member_id == _IN.c.member_id).join(_USAGE, _LINK.c.consumer_id == _USAGE.c.consumer_id)
    )
    .where(_IN.c.group_id == bindparam("group_id"), _WITHIN, _STAYED, *_COUNTS)
    .group_by(_IN.c.member_id)
)
_METRICS = (
    select(_TEAM.c.cost_metric)
    .distinct()
    .where(
        _TEAM.c.usage_date >= _START,
        _TEAM.c.usage_date < _END,
        _TEAM.c.owner == Owner.MEMBER,
        _TEAM.c.plan == Plan.PAY_PER_TOKEN,
    )
)


def spenders_by_day(session: Session, period: ChargePeriod) -> dict[date, int]:
    """Give who of all members spent something on each day of a period, as bits."""
    asked = _asked(period)
    found: dict[date, int] = defaultdict(int)
    for day, members in session.execute(_ACTIVE_ON, asked):
        found[day] |= int.from_bytes(members, "little")
    free = session.execute(_FREE, asked).all()  # use that cost nothing is active, but spends nothing
    if free:
        members = sorted({member_id for _, member_id in free})
        spent = {(one, on) for one, on in session.execute(_SPENT_ON, {**asked, "members": members})}
        for day, member_id in free:
            if (member_id, day) not in spent:
                found[day] &= ~(1 << member_id)
    return dict(found)


def of_group(session: Session, group_id: int, part: ChargePeriod) -> int:
    """Give what those spent in a part of a month who were in a group on every day of it."""
    found: int | None = session.execute(_OF_GROUP, {**_asked(part), "group_id": group_id}).scalar_one()
    return found or 0


def by_person(session: Session, group_id: int, period: ChargePeriod) -> dict[int, int]:
    """Give what each person spent in a period, on the days on which they were in a group."""
    return dict(session.execute(_BY_PERSON, {**_asked(period), "group_id": group_id}).all())


def metrics(session: Session, period: ChargePeriod) -> tuple[CostMetric, ...]:
    """Say which kinds of amounts members' spend of a period is."""
    return tuple(sorted(session.execute(_METRICS, _asked(period)).scalars()))


def _asked(period: ChargePeriod) -> dict[str, date]:
    return {"start": period.start, "end": period.end}
