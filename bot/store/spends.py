"""What budgets count, by member, machine and day: pay-per-token spend, and a subscription's use where it is wanted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from bot.budget import OWED
from bot.periods import ChargePeriod
from bot.store.books import owned, total
from bot.store.bulk import day_value
from bot.store.tables import ConsumerLink, TeamDay, UsageDay, core
from bot.usage import Plan

_USAGE, _LINK, _TEAM = core(UsageDay), core(ConsumerLink), core(TeamDay)
_START: BindParameter[date] = bindparam("start", type_=_USAGE.c.usage_date.type)
_END: BindParameter[date] = bindparam("end", type_=_USAGE.c.usage_date.type)
_PLANS: BindParameter[Sequence[Plan]] = bindparam("plans", type_=_USAGE.c.plan.type, expanding=True)
_COUNTS = (
    _USAGE.c.usage_date >= _START,
    _USAGE.c.usage_date < _END,
    _USAGE.c.counted,
    _USAGE.c.plan.in_(_PLANS),
)
_OWNED = _USAGE.join(_LINK, owned(UsageDay))
_OF_MEMBERS = (
    select(_LINK.c.member_id, total(_USAGE.c.cost_nanos))
    .select_from(_OWNED)
    .where(*_COUNTS, _LINK.c.member_id.is_not(None))
    .group_by(_LINK.c.member_id)
)
# Grouped as the rows lie, links looked up once for each group, and days as the driver gives them: a third of the time.
_BY_CONSUMER = (
    select(_USAGE.c.usage_date, _USAGE.c.consumer_id, total(_USAGE.c.cost_nanos).label("spent"))
    .where(*_COUNTS)
    .group_by(_USAGE.c.usage_date, _USAGE.c.source_id, _USAGE.c.consumer_id)
    .subquery()
)
_OF_MEMBERS_BY_DAY = (
    select(_LINK.c.member_id, type_coerce(_BY_CONSUMER.c.usage_date, NullType()), _BY_CONSUMER.c.spent)
    .select_from(
        _BY_CONSUMER.join(
            _LINK,
            and_(
                _LINK.c.consumer_id == _BY_CONSUMER.c.consumer_id,
                _LINK.c.valid_from <= _BY_CONSUMER.c.usage_date,
                _BY_CONSUMER.c.usage_date < _LINK.c.valid_to,
            ),
        )
    )
    .where(_LINK.c.member_id.is_not(None))
)
_OF_MACHINE_BY_DAY = (
    select(_USAGE.c.usage_date, total(_USAGE.c.cost_nanos))
    .select_from(_OWNED)
    .where(*_COUNTS, _LINK.c.machine_id == bindparam("machine_id"))
    .group_by(_USAGE.c.usage_date)
)
_OF_TEAM_BY_DAY = (
    select(_TEAM.c.usage_date, total(_TEAM.c.cost_nanos))
    .where(_TEAM.c.usage_date >= _START, _TEAM.c.usage_date < _END, _TEAM.c.plan.in_(_PLANS))
    .group_by(_TEAM.c.usage_date)
)


def by_member(session: Session, period: ChargePeriod, plans: Collection[Plan] = OWED) -> dict[int, int]:
    """Give what each member spent in a period; who spent nothing is not in it."""
    return dict(session.execute(_OF_MEMBERS, _asked(period, plans)).all())


def by_member_and_day(
    session: Session, period: ChargePeriod, plans: Collection[Plan] = OWED
) -> dict[int, dict[date, int]]:
    """Give what each member spent on each day of a period."""
    days = {day_value(session, day): day for day in period.days()}
    found: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for member_id, stored, spent in session.execute(_OF_MEMBERS_BY_DAY, _asked(period, plans)):
        found[member_id][days[stored]] += spent
    return {member_id: dict(by_day) for member_id, by_day in found.items()}


def by_day_of_machine(
    session: Session, machine_id: int, period: ChargePeriod, plans: Collection[Plan] = OWED
) -> dict[date, int]:
    """Give what a machine spent on each day of a period."""
    asked = {**_asked(period, plans), "machine_id": machine_id}
    return dict(session.execute(_OF_MACHINE_BY_DAY, asked).all())


def of_machine(session: Session, machine_id: int, period: ChargePeriod, plans: Collection[Plan] = OWED) -> int:
    """Give what a machine spent in a period."""
    return sum(by_day_of_machine(session, machine_id, period, plans).values())


def by_day_of_team(session: Session, period: ChargePeriod, plans: Collection[Plan] = OWED) -> dict[date, int]:
    """Give what the organization spent on each day of a period."""
    return dict(session.execute(_OF_TEAM_BY_DAY, _asked(period, plans)).all())


def _asked(period: ChargePeriod, plans: Collection[Plan]) -> dict[str, Any]:
    return {"start": period.start, "end": period.end, "plans": sorted(plans)}
