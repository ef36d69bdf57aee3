"""Groups of people, and who was in them when.

Whoever a group is made with covers its whole past; who comes later counts from that day on, who goes counts to the day
before. A deleted group loses its name and its present, never its past: what was told of it stays true, and a new group
that differs from it by one person must not tell of that person.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, select, union_all, update
from sqlalchemy.orm import Session

from bot.group import Group, GroupOrigin, Stay
from bot.store import books
from bot.store.tables import ALWAYS, FOREVER, GroupLead, GroupMember, PeopleGroup, core

_GROUP, _MEMBER, _LEAD = core(PeopleGroup), core(GroupMember), core(GroupLead)
_OF_MEMBER = union_all(
    select(_MEMBER.c.group_id, literal(False).label("leads")).where(
        _MEMBER.c.member_id == bindparam("member_id"), _MEMBER.c.valid_to == FOREVER
    ),
    select(_LEAD.c.group_id, literal(True)).where(_LEAD.c.member_id == bindparam("member_id")),
)
_DELETED = "-"
"""No name that people give begins with it."""
_LISTED = select(_GROUP).where(~_GROUP.c.name.startswith(_DELETED)).order_by(_GROUP.c.name)
_BY_NAME = select(_GROUP).where(_GROUP.c.name == bindparam("name"))
_BY_ID = _LISTED.where(_GROUP.c.id == bindparam("group_id"))
_NOW = select(_MEMBER.c.group_id, _MEMBER.c.member_id).where(_MEMBER.c.valid_to == FOREVER)
_NOW_IN = select(_MEMBER.c.member_id, _MEMBER.c.valid_from).where(
    _MEMBER.c.group_id == bindparam("group_id"), _MEMBER.c.valid_to == FOREVER
)
_LEADS = select(_LEAD.c.group_id, _LEAD.c.member_id)
_STAYS = select(_MEMBER).order_by(_MEMBER.c.group_id, _MEMBER.c.member_id, _MEMBER.c.valid_from)
_STAY = (
    _MEMBER.c.group_id == bindparam("of_group"),
    _MEMBER.c.member_id == bindparam("of_member"),
)
_END = update(_MEMBER).where(*_STAY, _MEMBER.c.valid_to == FOREVER).values(valid_to=bindparam("day"))
_FORGET = delete(_MEMBER).where(*_STAY, _MEMBER.c.valid_from == bindparam("day"))
_RESUME = update(_MEMBER).where(*_STAY, _MEMBER.c.valid_to == bindparam("day")).values(valid_to=FOREVER)
_ENDED_ON = select(_MEMBER.c.member_id).where(
    _MEMBER.c.group_id == bindparam("group_id"), _MEMBER.c.valid_to == bindparam("day")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNow:
    """A group with who is in it now, and who leads it, by member id."""

    group: Group
    people: frozenset[int]
    leads: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Who came and who went."""

    added: frozenset[int]
    removed: frozenset[int]


def lock(session: Session) -> None:
    """Keep others from changing groups until the transaction ends."""
    books.lock(session)


def of_member(session: Session, member_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Give the groups that somebody is in now, and those they lead."""
    rows = session.execute(_OF_MEMBER, {"member_id": member_id}).all()
    return frozenset(one for one, leads in rows if not leads), frozenset(one for one, leads in rows if leads)


def listed(session: Session) -> list[GroupNow]:
    """Give every group there is now, by name."""
    people, leads = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for group_id, member_id in session.execute(_NOW):
        people[group_id].add(member_id)
    for group_id, member_id in session.execute(_LEADS):
        leads[group_id].add(member_id)
    return [
        GroupNow(group=_group(row), people=frozenset(people[row.id]), leads=frozenset(leads[row.id]))
        for row in session.execute(_LISTED)
    ]


def names(session: Session) -> dict[int, str]:
    """Give the names of all groups there are now, by id."""
    return {int(row.id): str(row.name) for row in session.execute(_LISTED)}


def by_name(session: Session, name: str) -> Group | None:
    """Give the group of a folded name."""
    row = session.execute(_BY_NAME, {"name": name}).one_or_none()
    return None if row is None or name.startswith(_DELETED) else _group(row)


def by_id(session: Session, group_id: int) -> Group | None:
    """Give a group that there is now."""
    row = session.execute(_BY_ID, {"group_id": group_id}).one_or_none()
    return None if row is None else _group(row)


def people_of(session: Session, group_id: int) -> frozenset[int]:
    """Give who is in a group now, by member id."""
    return frozenset(session.execute(_NOW_IN, {"group_id": group_id}).scalars())


def stays(session: Session) -> list[Stay]:
    """Give who was in which group when, deleted groups included."""
    return [
        Stay(group_id=group_id, member_id=member_id, valid_from=valid_from, valid_to=valid_to)
        for group_id, member_id, valid_from, valid_to in session.execute(_STAYS)
    ]


def make(
    session: Session,
    name: str,
    people: Iterable[int],
    *,
    origin: GroupOrigin = GroupOrigin.BY_HAND,
    external_id: str | None = None,
    by: str,
    at: datetime,
) -> int:
    """Make a group of a folded name that no group has, with people who cover its whole past; give its id."""
    books.lock(session)
    session.execute(
        insert(_GROUP).values(name=name, origin=origin, external_id=external_id, created_by=by, created_at=at)
    )
    group_id = int(session.execute(_BY_NAME, {"name": name}).one().id)
    _enter(session, group_id, people, ALWAYS)
    return group_id


def describe(session: Session, group_id: int, origin: GroupOrigin, external_id: str | None) -> None:
    """Say where a group's people come from now on."""
    session.execute(update(_GROUP).where(_GROUP.c.id == group_id).values(origin=origin, external_id=external_id))


def set_people(session: Session, group_id: int, people: Collection[int], today: date) -> Changed:
    """Let exactly these be in a group from today on; days before today stay as they are."""
    books.lock(session)
    current = dict(session.execute(_NOW_IN, {"group_id": group_id}).all())
    added, removed = frozenset(people) - current.keys(), current.keys() - frozenset(people)
    for member_id in sorted(removed):
        # Who came today was never in it on a whole day.
        statement = _FORGET if current[member_id] >= today else _END
        session.execute(statement, {"of_group": group_id, "of_member": member_id, "day": today})
    back = added & set(session.execute(_ENDED_ON, {"group_id": group_id, "day": today}).scalars())
    for member_id in sorted(back):  # gone and come again on one day: never away
        session.execute(_RESUME, {"of_group": group_id, "of_member": member_id, "day": today})
    _enter(session, group_id, added - back, today)
    return Changed(added=added, removed=frozenset(removed))


def set_leads(session: Session, group_id: int, leads: Collection[int]) -> Changed:
    """Let exactly these lead a group."""
    books.lock(session)
    query = select(_LEAD.c.member_id).where(_LEAD.c.group_id == group_id)
    current = frozenset(session.execute(query).scalars())
    added, removed = frozenset(leads) - current, current - frozenset(leads)
    if removed:
        session.execute(delete(_LEAD).where(_LEAD.c.group_id == group_id, _LEAD.c.member_id.in_(removed)))
    for member_id in sorted(added):
        session.execute(insert(_LEAD).values(group_id=group_id, member_id=member_id))
    return Changed(added=added, removed=removed)


def leads_of(session: Session, group_id: int) -> frozenset[int]:
    """Give who leads a group, by member id."""
    return frozenset(session.execute(select(_LEAD.c.member_id).where(_LEAD.c.group_id == group_id)).scalars())


def remove(session: Session, group_id: int, today: date) -> None:
    """Delete a group: its name is free again, nobody is in it or leads it from today on. Its past stays."""
    set_people(session, group_id, (), today)
    set_leads(session, group_id, ())
    session.execute(update(_GROUP).where(_GROUP.c.id == group_id).values(name=f"{_DELETED}{group_id}"))


def _enter(session: Session, group_id: int, people: Iterable[int], valid_from: date) -> None:
    rows = [
        {"group_id": group_id, "member_id": one, "valid_from": valid_from, "valid_to": FOREVER}
        for one in sorted(set(people))
    ]
    if rows:
        session.connection().execute(insert(_MEMBER), rows)


def _group(row: Any) -> Group:
    return Group(group_id=row.id, name=row.name, origin=row.origin, external_id=row.external_id)
