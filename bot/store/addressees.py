"""Whom a message may be about, with what it takes to write to them: many people at once."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from bot.people import Standing
from bot.store.tables import Member, core

_MEMBER = core(Member)
_AT_ONCE = 1_000
_COLUMNS = (
    _MEMBER.c.id,
    _MEMBER.c.slack_user_id,
    _MEMBER.c.standing,
    _MEMBER.c.tz,
    func.coalesce(_MEMBER.c.language, _MEMBER.c.locale).label("locale"),
    _MEMBER.c.display_name,
)
_OF_MEMBERS = select(*_COLUMNS).where(_MEMBER.c.id.in_(bindparam("ids", expanding=True)))
_OF_ACCOUNTS = select(*_COLUMNS).where(_MEMBER.c.slack_user_id.in_(bindparam("ids", expanding=True)))
_FULL_MEMBERS = select(_MEMBER.c.id).where(_MEMBER.c.standing == Standing.MEMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A person as a message needs them."""

    member_id: int
    slack_user_id: str
    standing: Standing
    tz: str | None
    locale: str | None
    """The language they have chosen, else Slack's locale."""
    display_name: str


def of_members(session: Session, member_ids: Collection[int]) -> dict[int, Addressee]:
    """Give people by their member id."""
    ids, found = sorted(member_ids), dict[int, Addressee]()
    for start in range(0, len(ids), _AT_ONCE):
        for row in session.execute(_OF_MEMBERS, {"ids": ids[start : start + _AT_ONCE]}):
            found[row.id] = _addressee(*row)
    return found


def of_accounts(session: Session, slack_user_ids: Collection[str]) -> dict[str, Addressee]:
    """Give people by their Slack user id: a handful of them, such as the admins."""
    rows = session.execute(_OF_ACCOUNTS, {"ids": sorted(slack_user_ids)})
    return {row.slack_user_id: _addressee(*row) for row in rows}


def full_members(session: Session) -> frozenset[int]:
    """Give the member ids of everybody who may be told anything."""
    return frozenset(session.execute(_FULL_MEMBERS).scalars())


def _addressee(
    member_id: int, slack_user_id: str, standing: Standing, tz: str | None, locale: str | None, display_name: str
) -> Addressee:
    return Addressee(
        member_id=member_id,
        slack_user_id=slack_user_id,
        standing=standing,
        tz=tz,
        locale=locale,
        display_name=display_name,
    )
