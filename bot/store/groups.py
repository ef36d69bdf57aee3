"""Groups of people, and who was in them when."""

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from bot.store.tables import FOREVER, GroupLead, GroupMember, core

_MEMBER, _LEAD = core(GroupMember), core(GroupLead)
_OF_MEMBER = union_all(
    select(_MEMBER.c.group_id, literal(False).label("leads")).where(
        _MEMBER.c.member_id == bindparam("member_id"), _MEMBER.c.valid_to == FOREVER
    ),
    select(_LEAD.c.group_id, literal(True)).where(_LEAD.c.member_id == bindparam("member_id")),
)


def of_member(session: Session, member_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Give the groups that somebody is in now, and those they lead."""
    rows = session.execute(_OF_MEMBER, {"member_id": member_id}).all()
    return frozenset(one for one, leads in rows if not leads), frozenset(one for one, leads in rows if leads)
