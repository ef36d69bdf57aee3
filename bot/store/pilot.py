"""What became of a pilot: counts over the people of one group, never their names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from bot.budget import BudgetScope, RequestState
from bot.notice import NoticeKind, NoticeState
from bot.store.tables import (
    BudgetRequestTable,
    BudgetTable,
    Member,
    MemberAlerts,
    NoticeTable,
    core,
)

OUTSIDE = "access.pilot"
"""Why a message to somebody outside the pilot was not sent."""

_MEMBER, _ALERTS = core(Member), core(MemberAlerts)
_BUDGET, _REQUEST, _NOTICE = core(BudgetTable), core(BudgetRequestTable), core(NoticeTable)

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_SINCE = bindparam("since", type_=_NOTICE.c.planned_at.type)


def _people_with(member: ColumnElement[Any], *so: ColumnElement[bool]) -> Select[Any]:
    return select(func.count(func.distinct(member))).where(member.in_(_IDS), *so)


_WISHES = (_REQUEST.c.member_id.in_(_IDS), _REQUEST.c.made_at >= _SINCE)
_COUNTS: Mapping[str, Select[Any]] = {
    "alerts_off": _people_with(_ALERTS.c.member_id, _ALERTS.c.off),
    "snoozed": _people_with(
        _ALERTS.c.member_id, ~_ALERTS.c.off, _ALERTS.c.snoozed_until > bindparam("now", type_=_NOTICE.c.planned_at.type)
    ),
    "tips_off": _people_with(_MEMBER.c.id, _MEMBER.c.tips_off_at.is_not(None)),
    "own_budgets": _people_with(
        _BUDGET.c.member_id, _BUDGET.c.scope == BudgetScope.OWN, _BUDGET.c.limit_nanos.is_not(None)
    ),
    "requests": select(func.count()).select_from(_REQUEST).where(*_WISHES),
    "approved": select(func.count()).select_from(_REQUEST).where(*_WISHES, _REQUEST.c.state == RequestState.APPROVED),
}
_SENT = (
    select(_NOTICE.c.kind, func.count())
    .where(
        _NOTICE.c.unasked,
        _NOTICE.c.state == NoticeState.SENT,
        _NOTICE.c.sent_at >= _SINCE,
        _NOTICE.c.recipient.in_(bindparam("accounts", expanding=True)),
    )
    .group_by(_NOTICE.c.kind)
)
_WITHHELD = (
    select(func.count())
    .select_from(_NOTICE)
    .where(and_(_NOTICE.c.outcome == OUTSIDE, _NOTICE.c.unasked, _NOTICE.c.planned_at >= _SINCE))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the people of a pilot have taken it. All are numbers of people but the requests and messages."""

    alerts_off: int
    snoozed: int
    """Not switched off, but silenced for now."""
    tips_off: int
    own_budgets: int
    requests: int
    approved: int
    sent: Mapping[NoticeKind, int]
    """Unasked messages that went out to them."""
    withheld: int
    """Unasked messages to anybody else that were not sent."""


def counts(session: Session, people: Mapping[int, str], since: datetime, now: datetime) -> Counts:
    """Count what these people, member id and Slack user id, did and were told since an instant."""
    ids: Collection[int] = sorted(people)
    asked = {"ids": ids, "since": since, "now": now}
    numbers = {name: int(session.execute(rows, asked).scalar_one()) for name, rows in _COUNTS.items()}
    sent = session.execute(_SENT, {"since": since, "accounts": sorted(people.values())})
    withheld = int(session.execute(_WITHHELD, {"since": since}).scalar_one())
    return Counts(**numbers, sent=dict(sent.all()), withheld=withheld)
