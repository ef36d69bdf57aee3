"""Whose a consumer's rows are. Rows never change; links do, and the books follow in the same transaction.

A consumer's first link covers its whole past, later ones start on their day: nothing is re-attributed backwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import and_, bindparam, delete, insert, select, union, update
from sqlalchemy.orm import Session

from bot.people import fold_email
from bot.periods import utc_day
from bot.store import books
from bot.store.columns import Origin
from bot.store.tables import ALWAYS, FOREVER, ActivityDay, Consumer, ConsumerLink, Machine, UsageDay, core

_LINK, _CONSUMER, _MACHINE = core(ConsumerLink), core(Consumer), core(Machine)
_USAGE, _ACTIVITY = core(UsageDay), core(ActivityDay)

_NAMES = select(_CONSUMER.c.id, _CONSUMER.c.external_id).order_by(_CONSUMER.c.id)
_CURRENT = select(_LINK).where(_LINK.c.valid_to == FOREVER)
_END = update(_LINK).where(_LINK.c.id == bindparam("link_id")).values(valid_to=bindparam("day"))
_FORGET = delete(_LINK).where(_LINK.c.id == bindparam("link_id"))
_CONFIRM = (
    update(_LINK)
    .where(_LINK.c.id == bindparam("link_id"))
    .values(origin=bindparam("by_origin"), linked_by=bindparam("by"), linked_at=bindparam("at"))
)
_DAYS = union(
    *(
        select(rows.c.usage_date).where(
            rows.c.consumer_id.in_(bindparam("consumers", expanding=True)), rows.c.usage_date >= bindparam("since")
        )
        for rows in (_USAGE, _ACTIVITY)
    )
)
_AT_ONCE = 1_000
"""How many consumers are asked about in one statement."""
_TWIN, _OWN = _CONSUMER.alias("twin"), _LINK.alias("own")
_NAMESAKES = (
    select(_CONSUMER.c.id, _LINK.c.member_id, _LINK.c.machine_id, _LINK.c.origin, _LINK.c.linked_by, _LINK.c.linked_at)
    .select_from(
        _CONSUMER.join(_TWIN, and_(_TWIN.c.kind == _CONSUMER.c.kind, _TWIN.c.external_id == _CONSUMER.c.external_id))
        .join(_LINK, and_(_LINK.c.consumer_id == _TWIN.c.id, _LINK.c.valid_to == FOREVER))
        .outerjoin(_OWN, _OWN.c.consumer_id == _CONSUMER.c.id)
    )
    .where(_LINK.c.origin == Origin.ADMIN, _OWN.c.id.is_(None))
    .order_by(_TWIN.c.id.desc())
)
_MACHINE_ID = select(_MACHINE.c.id).where(_MACHINE.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """That a consumer is somebody's: of a member or of a machine, one of them."""

    member_id: int | None = None
    machine_id: int | None = None
    origin: Origin
    linked_by: str | None = None
    """Slack user id of the admin; None when matched by address."""
    linked_at: datetime


def find_consumer(session: Session, words: str) -> tuple[int, ...]:
    """Give the consumers that an address (in any case) or a key's name means; the same name may be in two sources."""
    return tuple(number for several in find_named(session, words) for number in several)


def find_named(session: Session, words: str) -> tuple[tuple[int, ...], ...]:
    """Give the same, those of one name together: a name that several sources give is one person or one key."""
    name = words.strip()
    folded = fold_email(name)
    by_name: dict[str, list[int]] = {}
    for number, external_id in session.execute(_NAMES):
        if fold_email(external_id) == folded:
            by_name.setdefault(external_id, []).append(number)
    exact = by_name.get(name)
    return tuple(tuple(one) for one in ([exact] if exact else by_name.values()))


def follow(session: Session) -> dict[int, NewLink]:
    """Give the links of those who have none, and whose name an admin has linked in another source.

    Else what one source tells of them would stay nobody's, and count beside what the other tells.
    """
    return {
        row.id: NewLink(
            member_id=row.member_id,
            machine_id=row.machine_id,
            origin=row.origin,
            linked_by=row.linked_by,
            linked_at=row.linked_at,
        )
        for row in session.execute(_NAMESAKES)
    }


def link_to_member(
    session: Session, consumer_id: int, member_id: int, by: str, now: datetime, precedence: Sequence[str]
) -> None:
    """Say that a consumer is a member, on the word of the admin `by`."""
    books.lock(session)
    link = NewLink(member_id=member_id, origin=Origin.ADMIN, linked_by=by, linked_at=now)
    books.recount(session, give(session, {consumer_id: link}), precedence)


def link_to_machine(
    session: Session,
    consumer_id: int,
    machine_name: str,
    owner_member_id: int,
    by: str,
    now: datetime,
    precedence: Sequence[str],
) -> None:
    """Say that a consumer is a machine, on the word of the admin `by`; the owner is whom to ask about it."""
    books.lock(session)
    machine_id = session.execute(_MACHINE_ID, {"name": machine_name}).scalar_one_or_none()
    if machine_id is None:
        session.execute(insert(_MACHINE).values(name=machine_name, owner_member_id=owner_member_id))
        machine_id = session.execute(_MACHINE_ID, {"name": machine_name}).scalar_one()
    else:
        session.execute(update(_MACHINE).where(_MACHINE.c.id == machine_id).values(owner_member_id=owner_member_id))
    link = NewLink(machine_id=machine_id, origin=Origin.ADMIN, linked_by=by, linked_at=now)
    books.recount(session, give(session, {consumer_id: link}), precedence)


def unlink(session: Session, consumer_id: int, precedence: Sequence[str]) -> None:
    """Forget every link of a consumer, for its whole past: the way to mend a wrong one.

    A later link would begin on its day, and leave the wrong person the figures of before.
    """
    books.lock(session)
    session.execute(delete(_LINK).where(_LINK.c.consumer_id == consumer_id))
    books.recount(session, _days(session, {consumer_id: ALWAYS}), precedence)


def give(session: Session, new: Mapping[int, NewLink]) -> list[date]:
    """Link consumers, ending the links they have; give the days whose books must be recounted."""
    current = {row.consumer_id: row for row in session.execute(_CURRENT)}
    added: dict[int, date] = {}
    for consumer_id, link in new.items():
        old = current.get(consumer_id)
        if old is None:
            added[consumer_id] = ALWAYS
        elif (old.member_id, old.machine_id) == (link.member_id, link.machine_id):
            _confirm(session, old.id, link)
        else:
            added[consumer_id] = _end(session, old, utc_day(link.linked_at))
    if added:
        session.connection().execute(insert(_LINK), [_row(one, new[one], day) for one, day in added.items()])
    return _days(session, added)


def _end(session: Session, old: Any, today: date) -> date:
    """End a link, and give the day from which the next one holds."""
    if old.valid_from >= today:
        # Made today and corrected today: it has not held for a whole day, so it was never true.
        session.execute(_FORGET, {"link_id": old.id})
        return cast("date", old.valid_from)
    session.execute(_END, {"link_id": old.id, "day": today})
    return today


def _confirm(session: Session, link_id: int, link: NewLink) -> None:
    """An admin who says what an address already said makes it lasting: matching leaves it alone from now on."""
    if link.origin is Origin.ADMIN:
        said = {"by_origin": link.origin, "by": link.linked_by, "at": link.linked_at}
        session.execute(_CONFIRM, {"link_id": link_id, **said})


def _row(consumer_id: int, link: NewLink, valid_from: date) -> dict[str, Any]:
    return {
        "consumer_id": consumer_id,
        "member_id": link.member_id,
        "machine_id": link.machine_id,
        "valid_from": valid_from,
        "valid_to": FOREVER,
        "origin": link.origin,
        "linked_by": link.linked_by,
        "linked_at": link.linked_at,
    }


def _days(session: Session, added: Mapping[int, date]) -> list[date]:
    """Give every day on which one of the consumers has rows under its new link (a few more do no harm)."""
    consumers, days = list(added), set[date]()
    for start in range(0, len(consumers), _AT_ONCE):
        some = consumers[start : start + _AT_ONCE]
        since = min(added[one] for one in some)
        days.update(session.execute(_DAYS, {"consumers": some, "since": since}).scalars())
    return sorted(days)
