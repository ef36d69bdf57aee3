"""Who was shown whose figures: only added to, without amounts, and read by those who were looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from bot.store.tables import Look, core

_LOOK = core(Look)
_OF_MEMBER = (
    select(_LOOK.c.at, _LOOK.c.viewer, _LOOK.c.period)
    .where(_LOOK.c.member_id == bindparam("member_id"), _LOOK.c.at >= bindparam("since", type_=_LOOK.c.at.type))
    .order_by(_LOOK.c.at.desc(), _LOOK.c.id.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRow:
    """One look at somebody's figures."""

    at: datetime
    viewer: str
    """Slack user id of who looked."""
    period: str
    """Which days were shown, `2026-11-01..2026-11-19`, both included."""


def note(session: Session, viewer: str, member_ids: Iterable[int], period: str, at: datetime) -> None:
    """Record that somebody was shown the figures of these members. Belongs into the transaction that reads them."""
    rows = [{"member_id": one, "viewer": viewer, "period": period, "at": at} for one in sorted(set(member_ids))]
    if rows:
        session.connection().execute(insert(_LOOK), rows)


def of_member(session: Session, member_id: int, since: datetime) -> list[LookRow]:
    """Give the looks at one member's figures since an instant, the newest first."""
    asked = {"member_id": member_id, "since": since}
    return [LookRow(at=at, viewer=viewer, period=period) for at, viewer, period in session.execute(_OF_MEMBER, asked)]
