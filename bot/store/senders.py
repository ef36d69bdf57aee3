"""Who sends telemetry: what has arrived of them, with which version, what was turned away, and who fell silent."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, select
from sqlalchemy.orm import Session

from bot.people import Standing
from bot.store.books import owned
from bot.store.tables import (
    FOREVER,
    ActivityDay,
    CliVersion,
    Consumer,
    ConsumerLink,
    InboxRefusal,
    InboxUse,
    IngestToken,
    Member,
    Source,
    UsageDay,
    core,
)
from bot.store.tokens import SOURCE
from bot.usage import ConsumerKind

_TOKEN, _MEMBER, _LINK, _CONSUMER = core(IngestToken), core(Member), core(ConsumerLink), core(Consumer)
_SOURCE, _VERSION, _REFUSAL, _USE = core(Source), core(CliVersion), core(InboxRefusal), core(InboxUse)

_ME: BindParameter[str] = bindparam("slack_user_id")
_IS_ME = and_(_CONSUMER.c.kind == ConsumerKind.TOKEN, _CONSUMER.c.external_id == _ME)
_ARRIVED = (
    # What came a moment ago is not added up yet, and what was added up long ago is no longer in the inbox.
    select(func.min(_USE.c.usage_date), func.max(_USE.c.usage_date)).where(
        _USE.c.kind == ConsumerKind.TOKEN, _USE.c.external_id == _ME
    ),
    *(
        select(func.min(rows.c.usage_date), func.max(rows.c.usage_date))
        .select_from(rows.join(_CONSUMER, _CONSUMER.c.id == rows.c.consumer_id))
        .where(_IS_ME)
        for rows in (core(UsageDay), core(ActivityDay))
    ),
)
_SENT_BY = and_(
    _CONSUMER.c.kind == _VERSION.c.kind,
    _CONSUMER.c.external_id == _VERSION.c.external_id,
    _CONSUMER.c.source_id.in_(select(_SOURCE.c.id).where(_SOURCE.c.name == SOURCE)),
)
_ACCOUNT = _MEMBER.alias("account")
_IS_ACCOUNT = and_(_VERSION.c.kind == ConsumerKind.TOKEN, _ACCOUNT.c.slack_user_id == _VERSION.c.external_id)
_VERSIONS = (
    select(
        _VERSION.c.external_id,
        _VERSION.c.version,
        _VERSION.c.last_seen_date,
        func.coalesce(_MEMBER.c.display_name, _ACCOUNT.c.display_name).label("name"),
    )
    .select_from(
        _VERSION.outerjoin(_CONSUMER, _SENT_BY)
        .outerjoin(_LINK, and_(_LINK.c.consumer_id == _CONSUMER.c.id, _LINK.c.valid_to == FOREVER))
        .outerjoin(_MEMBER, _MEMBER.c.id == _LINK.c.member_id)
        .outerjoin(_ACCOUNT, _IS_ACCOUNT)
    )
    .where(_VERSION.c.last_seen_date >= bindparam("since"))
    .order_by(_VERSION.c.external_id, _VERSION.c.version)
)
_REFUSALS = (
    select(_REFUSAL.c.reason, _REFUSAL.c.about, _REFUSAL.c.times, _TOKEN.c.label, _MEMBER.c.display_name)
    .select_from(
        _REFUSAL.outerjoin(_TOKEN, _TOKEN.c.public_id == _REFUSAL.c.about).outerjoin(
            _MEMBER, _MEMBER.c.id == _TOKEN.c.member_id
        )
    )
    .where(_REFUSAL.c.usage_date == bindparam("day"))
    .order_by(_REFUSAL.c.reason, _REFUSAL.c.about)
)
_LAST_USED = func.max(_TOKEN.c.last_used_at).label("last_used_at")
_SENDERS = (
    select(_MEMBER.c.id, _MEMBER.c.display_name, _LAST_USED)
    .select_from(_TOKEN.join(_MEMBER, _MEMBER.c.id == _TOKEN.c.member_id))
    .where(_TOKEN.c.revoked_at.is_(None), _MEMBER.c.standing == Standing.MEMBER)
    .group_by(_MEMBER.c.id, _MEMBER.c.display_name)
    .having(bindparam("until", type_=_TOKEN.c.last_used_at.type) >= _LAST_USED)
    .order_by(_MEMBER.c.id)
)


def _elsewhere(table: Any) -> Any:
    rows = core(table)
    return (
        select(_LINK.c.member_id, func.max(rows.c.usage_date).label("last"))
        .select_from(_LINK.join(rows, owned(table)).join(_SOURCE, _SOURCE.c.id == rows.c.source_id))
        .where(
            _LINK.c.member_id.in_(bindparam("members", expanding=True)),
            _SOURCE.c.name != SOURCE,
            rows.c.usage_date >= bindparam("since"),
        )
        .group_by(_LINK.c.member_id)
    )


_ELSEWHERE = (_elsewhere(UsageDay), _elsewhere(ActivityDay))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVersion:
    """A version of Claude Code that somebody's telemetry came from."""

    who: str
    """A member's name, else what the sender says."""
    is_known: bool
    """They are a member; otherwise the name is as it was told."""
    version: str
    last_seen_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How often telemetry was turned away on a UTC day, for one reason."""

    reason: str
    times: int
    about: str
    """The public id of the token that was used, where it is known."""
    of: str
    """Whose token that is: a member's name, or the team's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A member who has sent telemetry and has a token that is not revoked."""

    name: str
    last_used_at: datetime
    seen_elsewhere: date | None
    """The last UTC day on which another source saw them, within the days that were asked about."""


def arrived(session: Session, slack_user_id: str) -> tuple[date, date] | None:
    """Give the first and the last UTC day of which somebody's own token has brought something; None: of none yet."""
    spans = [session.execute(one, {"slack_user_id": slack_user_id}).one() for one in _ARRIVED]
    known = [(first, last) for first, last in spans if first is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def versions(session: Session, since: date) -> list[SeenVersion]:
    """Give the versions that were seen on a UTC day or later."""
    return [
        SeenVersion(
            who=row.name or row.external_id,
            is_known=row.name is not None,
            version=row.version,
            last_seen_date=row.last_seen_date,
        )
        for row in session.execute(_VERSIONS, {"since": since})
    ]


def refusals(session: Session, day: date) -> list[Refusal]:
    """Give what was turned away on a UTC day."""
    return [
        Refusal(reason=row.reason, times=row.times, about=row.about, of=row.display_name or row.label or "")
        for row in session.execute(_REFUSALS, {"day": day})
    ]


def quiet_since(session: Session, until: datetime, since: date) -> list[Sender]:
    """Give the full members who have sent nothing after an instant, with where else they were seen since a UTC day."""
    rows = session.execute(_SENDERS, {"until": until}).all()
    seen: dict[int, date] = {}
    for elsewhere in _ELSEWHERE:
        for member_id, last in session.execute(elsewhere, {"members": [row.id for row in rows], "since": since}):
            seen[member_id] = max(last, seen.get(member_id, last))
    return [
        Sender(name=row.display_name, last_used_at=row.last_used_at, seen_elsewhere=seen.get(row.id)) for row in rows
    ]
