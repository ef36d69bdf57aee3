"""Names of many accounts at once."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.people import Standing
from bot.store.tables import Member, core

_MEMBER = core(Member)
_NAMES = select(_MEMBER.c.id, _MEMBER.c.slack_user_id, _MEMBER.c.display_name, _MEMBER.c.standing).where(
    _MEMBER.c.id.in_(bindparam("members", expanding=True))
)
_MEMBERS_OF = select(_MEMBER.c.id).where(
    _MEMBER.c.slack_user_id.in_(bindparam("accounts", expanding=True)), _MEMBER.c.standing == Standing.MEMBER
)
_AT_ONCE = 1_000
"""How many are asked about in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a member id is."""

    member_id: int
    slack_user_id: str
    display_name: str
    standing: Standing


def of_members(session: Session, member_ids: Collection[int]) -> dict[int, Account]:
    """Give the accounts of member ids, of whatever standing."""
    wanted = sorted(set(member_ids))
    return {
        member_id: Account(member_id=member_id, slack_user_id=slack_id, display_name=name, standing=standing)
        for start in range(0, len(wanted), _AT_ONCE)
        for member_id, slack_id, name, standing in session.execute(
            _NAMES, {"members": wanted[start : start + _AT_ONCE]}
        )
    }


def full_members(session: Session, slack_user_ids: Collection[str]) -> frozenset[int]:
    """Give the member ids of those Slack accounts that are full members."""
    wanted = sorted(set(slack_user_ids))
    return frozenset(
        member_id
        for start in range(0, len(wanted), _AT_ONCE)
        for member_id in session.execute(_MEMBERS_OF, {"accounts": wanted[start : start + _AT_ONCE]}).scalars()
    )
