"""What is stored about one person, everywhere: counted for a look at it, and in full for their own export."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from bot.budget import BudgetScope
from bot.notice import SHARED
from bot.store.books import owned
from bot.store.private_telemetry import SECTIONS as TELEMETRY
from bot.store.tables import (
    ALWAYS,
    COUNTS,
    DURATIONS,
    FOREVER,
    MEASURES,
    ActivityDay,
    Audit,
    BudgetLine,
    BudgetRequestTable,
    BudgetTable,
    Consumer,
    ConsumerLink,
    DigestSchedule,
    GroupLead,
    GroupMember,
    Look,
    Machine,
    Member,
    MemberAlerts,
    Model,
    NoticeTable,
    PeopleGroup,
    Source,
    UsageDay,
    UsageDayPast,
    core,
)

_MEMBER, _CONSUMER, _LINK, _SOURCE = core(Member), core(Consumer), core(ConsumerLink), core(Source)
_USAGE, _ACTIVITY, _MODEL, _MACHINE = core(UsageDay), core(ActivityDay), core(Model), core(Machine)
_BUDGET, _LINE, _REQUEST, _ALERTS = core(BudgetTable), core(BudgetLine), core(BudgetRequestTable), core(MemberAlerts)
_NOTICE, _SCHEDULE, _AUDIT, _LOOK = core(NoticeTable), core(DigestSchedule), core(Audit), core(Look)
_PAST = core(UsageDayPast)
_GROUP, _IN_GROUP, _LEAD = core(PeopleGroup), core(GroupMember), core(GroupLead)

_ME: BindParameter[int] = bindparam("member_id")
_ACCOUNT: BindParameter[str] = bindparam("slack_user_id")
_MINE = _LINK.c.member_id == _ME
_OWN_BUDGET = and_(_BUDGET.c.member_id == _ME, _BUDGET.c.scope.in_((BudgetScope.OWN, BudgetScope.ASSIGNED)))
_SHARED_BY_ME = and_(_NOTICE.c.about == SHARED, _NOTICE.c.key.like("%/" + _ACCOUNT))
_GROUP_NAME = case((_GROUP.c.name.startswith("-"), None), else_=_GROUP.c.name).label("name")
"""A deleted group has none."""
_OPEN_ENDS = (ALWAYS, FOREVER)


def _of_rows(rows: Any, *columns: Any) -> Select[Any]:
    """Read the rows that are a member's on their day."""
    table = core(rows)
    return (
        select(
            table.c.usage_date,
            _SOURCE.c.name.label("source"),
            _CONSUMER.c.external_id.label("usage_id"),
            *columns,
            table.c.counted,
        )
        .select_from(
            _LINK.join(table, owned(rows))
            .join(_CONSUMER, _CONSUMER.c.id == table.c.consumer_id)
            .join(_SOURCE, _SOURCE.c.id == table.c.source_id)
        )
        .where(_MINE)
        .order_by(table.c.usage_date, _CONSUMER.c.external_id)
    )


_SECTIONS: Mapping[str, Select[Any]] = {
    "account": select(
        _MEMBER.c.slack_user_id,
        _MEMBER.c.display_name,
        _MEMBER.c.email,
        _MEMBER.c.standing,
        _MEMBER.c.locale.label("slack_locale"),
        _MEMBER.c.tz.label("slack_time_zone"),
        _MEMBER.c.language.label("chosen_language"),
        _MEMBER.c.tips_off_at,
        _MEMBER.c.updated_at,
    ).where(_MEMBER.c.id == _ME),
    "alerts": select(_ALERTS.c.off, _ALERTS.c.quiet_from, _ALERTS.c.quiet_to, _ALERTS.c.snoozed_until).where(
        _ALERTS.c.member_id == _ME
    ),
    "usage_ids": select(
        _SOURCE.c.name.label("source"),
        _CONSUMER.c.kind,
        _CONSUMER.c.external_id.label("usage_id"),
        _LINK.c.valid_from,
        _LINK.c.valid_to,
        _LINK.c.origin.label("linked_by_what"),
        _LINK.c.linked_by,
        _LINK.c.linked_at,
    )
    .select_from(
        _LINK.join(_CONSUMER, _CONSUMER.c.id == _LINK.c.consumer_id).join(
            _SOURCE, _SOURCE.c.id == _CONSUMER.c.source_id
        )
    )
    .where(_MINE)
    .order_by(_SOURCE.c.name, _CONSUMER.c.external_id, _LINK.c.valid_from),
    "usage_days": _of_rows(
        UsageDay,
        select(_MODEL.c.name).where(_MODEL.c.id == _USAGE.c.model_id).scalar_subquery().label("model"),
        _USAGE.c.biller,
        _USAGE.c.plan,
        _USAGE.c.cost_metric,
        *(_USAGE.c[name] for name in MEASURES),
    ),
    "activity_days": _of_rows(ActivityDay, *(_ACTIVITY.c[name] for name in (*COUNTS, *DURATIONS))),
    "usage_days_before": select(
        _PAST.c.usage_date,
        _SOURCE.c.name.label("source"),
        _CONSUMER.c.external_id.label("usage_id"),
        _PAST.c.revision,
        _MODEL.c.name.label("model"),
        _PAST.c.biller,
        _PAST.c.plan,
        _PAST.c.cost_metric,
        _PAST.c.tokens,
        _PAST.c.cost_nanos,
    )
    .select_from(
        _LINK.join(_PAST, owned(UsageDayPast))
        .join(_CONSUMER, _CONSUMER.c.id == _PAST.c.consumer_id)
        .join(_SOURCE, _SOURCE.c.id == _PAST.c.source_id)
        .join(_MODEL, _MODEL.c.id == _PAST.c.model_id)
    )
    .where(_MINE)
    .order_by(_PAST.c.usage_date, _PAST.c.revision, _CONSUMER.c.external_id),
    **TELEMETRY,
    "budgets": select(_BUDGET.c.scope, _BUDGET.c.cadence, _BUDGET.c.limit_nanos, _BUDGET.c.set_by, _BUDGET.c.set_at)
    .where(_OWN_BUDGET)
    .order_by(_BUDGET.c.id),
    "budget_periods": select(
        _BUDGET.c.scope,
        _BUDGET.c.cadence,
        _LINE.c.period_start,
        _LINE.c.spent_nanos,
        _LINE.c.as_of,
        _LINE.c.marks,
        _LINE.c.muted,
        _LINE.c.planned,
        _LINE.c.projected,
    )
    .select_from(_LINE.join(_BUDGET, _BUDGET.c.id == _LINE.c.budget_id))
    .where(or_(_LINE.c.member_id == _ME, and_(_LINE.c.member_id == 0, _OWN_BUDGET)))
    .order_by(_LINE.c.period_start, _BUDGET.c.id),
    "requests": select(
        _REQUEST.c.cadence,
        _REQUEST.c.limit_nanos,
        _REQUEST.c.reason,
        _REQUEST.c.state,
        _REQUEST.c.made_at,
        _REQUEST.c.decided_by,
        _REQUEST.c.decided_nanos,
        _REQUEST.c.decided_at,
    )
    .where(_REQUEST.c.member_id == _ME)
    .order_by(_REQUEST.c.id),
    "messages": select(
        _NOTICE.c.kind,
        _NOTICE.c.state,
        _NOTICE.c.outcome,
        _NOTICE.c.planned_at,
        _NOTICE.c.sent_at,
        _NOTICE.c.text,
    )
    .where(_NOTICE.c.recipient == _ACCOUNT)
    .order_by(_NOTICE.c.planned_at, _NOTICE.c.key),
    "shared": select(_NOTICE.c.recipient.label("channel"), _NOTICE.c.state, _NOTICE.c.planned_at, _NOTICE.c.text)
    .where(_SHARED_BY_ME)
    .order_by(_NOTICE.c.planned_at, _NOTICE.c.key),
    "digests_set": select(_SCHEDULE.c.channel_id.label("channel"), _SCHEDULE.c.cadence, _SCHEDULE.c.set_at)
    .where(_SCHEDULE.c.set_by == _ACCOUNT)
    .order_by(_SCHEDULE.c.channel_id),
    "groups": select(_GROUP_NAME, _IN_GROUP.c.valid_from, _IN_GROUP.c.valid_to)
    .select_from(_IN_GROUP.join(_GROUP, _GROUP.c.id == _IN_GROUP.c.group_id))
    .where(_IN_GROUP.c.member_id == _ME)
    .order_by(_GROUP.c.name, _IN_GROUP.c.valid_from),
    "leads": select(_GROUP.c.name)
    .select_from(_LEAD.join(_GROUP, _GROUP.c.id == _LEAD.c.group_id))
    .where(_LEAD.c.member_id == _ME)
    .order_by(_GROUP.c.name),
    "machines": select(_MACHINE.c.name).where(_MACHINE.c.owner_member_id == _ME).order_by(_MACHINE.c.name),
    "looked_at_me": select(_LOOK.c.at, _LOOK.c.viewer, _LOOK.c.period)
    .where(_LOOK.c.member_id == _ME)
    .order_by(_LOOK.c.id),
    "looked_by_me": select(_LOOK.c.at, _LOOK.c.period).where(_LOOK.c.viewer == _ACCOUNT).order_by(_LOOK.c.id),
    "acts": select(_AUDIT.c.at, _AUDIT.c.act).where(_AUDIT.c.actor == _ACCOUNT).order_by(_AUDIT.c.id),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much is stored about somebody."""

    usage_ids: tuple[str, ...]
    first_date: date | None
    last_date: date | None
    day_rows: int
    """Of usage and of activity."""
    budgets: int
    requests: int
    messages: int
    oldest_message_at: datetime | None
    tokens: int
    """For telemetry, whether they hold or not."""
    versions: tuple[str, ...]
    telemetry_rows: int
    """Sums of a session and day."""
    groups: tuple[str, ...]
    """Those they are in now."""
    leads: tuple[str, ...]


def kept(session: Session, member_id: int, slack_user_id: str) -> Kept:
    """Count what is stored about somebody."""
    who = {"member_id": member_id, "slack_user_id": slack_user_id}

    def count(section: str, *measures: Any) -> Any:
        rows = _SECTIONS[section].order_by(None).subquery()
        return session.execute(select(func.count(), *(measure(rows.c) for measure in measures)).select_from(rows), who)

    spans = [
        count(section, lambda c: func.min(c.usage_date), lambda c: func.max(c.usage_date)).one()
        for section in ("usage_days", "activity_days")
    ]
    messages, oldest = count("messages", lambda c: func.min(c.planned_at)).one()
    in_groups = session.execute(_SECTIONS["groups"], who)
    return Kept(
        usage_ids=tuple(dict.fromkeys(row.usage_id for row in session.execute(_SECTIONS["usage_ids"], who))),
        first_date=min((first for _, first, _ in spans if first), default=None),
        last_date=max((last for _, _, last in spans if last), default=None),
        day_rows=sum(rows for rows, _, _ in spans),
        budgets=count("budgets").scalar_one(),
        requests=count("requests").scalar_one(),
        messages=messages,
        oldest_message_at=oldest,
        tokens=count("tokens").scalar_one(),
        versions=tuple(dict.fromkeys(row.version for row in session.execute(_SECTIONS["versions"], who))),
        telemetry_rows=count("telemetry_use").scalar_one() + count("telemetry_counts").scalar_one(),
        groups=tuple(row.name for row in in_groups if row.valid_to == FOREVER),
        leads=tuple(session.execute(_SECTIONS["leads"], who).scalars()),
    )


def everything(session: Session, member_id: int, slack_user_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give all that is stored about somebody, in sections of rows, by the names of their columns.

    Amounts are whole nano-dollars. A day on which something begins or ends is None where it holds without end.
    """
    who = {"member_id": member_id, "slack_user_id": slack_user_id}
    return {
        section: [_plain(row) for row in session.execute(rows, who).mappings()] for section, rows in _SECTIONS.items()
    }


def exports_since(session: Session, slack_user_id: str, since: datetime) -> int:
    """Count how often somebody has taken their export since an instant."""
    asked = {"slack_user_id": slack_user_id, "act": EXPORTED, "since": since}
    return int(session.execute(_EXPORTS, asked).scalar_one())


EXPORTED = "exported"
"""The act in the audit log."""
_EXPORTS = (
    select(func.count())
    .select_from(_AUDIT)
    .where(
        _AUDIT.c.actor == _ACCOUNT,
        _AUDIT.c.act == bindparam("act"),
        _AUDIT.c.at > bindparam("since", type_=_AUDIT.c.at.type),
    )
)


def _plain(row: Any) -> dict[str, Any]:
    values = {name: None if value in _OPEN_ENDS else value for name, value in row.items()}
    return values | ({"marks": json.loads(row["marks"])} if "marks" in values else {})
