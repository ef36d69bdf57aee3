"""Slack accounts, and which consumers are theirs by address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from bot import people
from bot.people import Person, Standing, fold_email
from bot.store import books, links
from bot.store.columns import Origin
from bot.store.tables import FOREVER, Consumer, ConsumerLink, Member, core
from bot.usage import ConsumerKind

_MEMBER, _LINK, _CONSUMER = core(Member), core(ConsumerLink), core(Consumer)
_ABOUT = ("display_name", "email", "standing", "locale", "tz")

_ALL = select(_MEMBER)
_BY_SLACK_ID = _ALL.where(_MEMBER.c.slack_user_id == bindparam("slack_user_id"))
_BY_EMAIL = _ALL.where(_MEMBER.c.email == bindparam("email")).order_by(_MEMBER.c.id)
_CHANGE = (
    update(_MEMBER)
    .where(_MEMBER.c.id == bindparam("of_id"))
    .values({name: bindparam(f"new_{name}") for name in (*_ABOUT, "updated_at")})
)
_SAYS_AN_ADDRESS = and_(
    _CONSUMER.c.kind == ConsumerKind.SELF_DECLARED, _CONSUMER.c.external_id.contains("@", autoescape=True)
)
_PERSONS = (
    select(_CONSUMER.c.id, _CONSUMER.c.external_id, _LINK.c.id.label("link_id"), _LINK.c.origin)
    .select_from(_CONSUMER.outerjoin(_LINK, and_(_LINK.c.consumer_id == _CONSUMER.c.id, _LINK.c.valid_to == FOREVER)))
    .where(or_(_CONSUMER.c.kind == ConsumerKind.PERSON, _SAYS_AN_ADDRESS))
    .order_by(_CONSUMER.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A Slack account as it is stored."""

    member_id: int
    slack_user_id: str
    display_name: str
    email: str | None
    standing: Standing
    locale: str | None
    """The language they have chosen, else Slack's locale, e.g. `ja` or `ja-JP`."""
    tz: str | None
    language: str | None
    """What they have chosen; None: as Slack says."""
    tips_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport:
    """How many people with usage are known: "37 of 40 matched; here are the other 3"."""

    with_usage: int
    """Different addresses."""
    matched: int
    unmatched: tuple[str, ...]
    """Their addresses, in order."""


def sync(session: Session, listing: Iterable[Person], now: datetime, *, read_at: datetime | None = None) -> int:
    """Bring the accounts to a complete listing of the workspace, and give how many changed.

    Accounts that the listing does not have become deactivated. `read_at` is when the listing was begun: what was heard
    of an account since is newer, and stays. Raises `ValueError` for an empty listing: a workspace
    has at least the bot itself, and believing it would shut everybody out.
    """
    listed = {person.slack_user_id: person for person in listing}
    if not listed:
        raise ValueError("an empty listing of a workspace cannot be complete")
    books.lock(session)
    known = {row["slack_user_id"]: row for row in session.execute(_ALL).mappings()}
    new = [
        {"slack_user_id": slack_user_id, "updated_at": now, **_about(person)}
        for slack_user_id, person in listed.items()
        if slack_user_id not in known
    ]
    changes = []
    for slack_user_id, row in known.items():
        if read_at is not None and row["updated_at"] > read_at:
            continue
        person = listed.get(slack_user_id)
        stored = {name: row[name] for name in _ABOUT}
        told = stored | {"standing": Standing.DEACTIVATED} if person is None else _about(person)
        if told != stored:
            changes.append(
                {"of_id": row["id"], "new_updated_at": now, **{f"new_{name}": told[name] for name in _ABOUT}}
            )
    if new:
        session.connection().execute(insert(_MEMBER), new)
    if changes:
        session.connection().execute(_CHANGE, changes)
    return len(new) + len(changes)


def put(session: Session, person: Person, now: datetime) -> None:
    """Store one account as Slack describes it now; others stay as they were."""
    values = {**_about(person), "updated_at": now}
    books.lock(session)
    if by_slack_id(session, person.slack_user_id) is None:
        session.execute(insert(_MEMBER).values(slack_user_id=person.slack_user_id, **values))
    else:
        session.execute(update(_MEMBER).where(_MEMBER.c.slack_user_id == person.slack_user_id).values(**values))


def by_slack_id(session: Session, slack_user_id: str) -> MemberRow | None:
    """Give the account of a Slack user id, of whatever standing."""
    row = session.execute(_BY_SLACK_ID, {"slack_user_id": slack_user_id}).one_or_none()
    return None if row is None else _member(row)


def by_email(session: Session, address: str) -> MemberRow | None:
    """Give the one account with an address, a full member before a former one; None if it is nobody's or several's."""
    found = [_member(row) for row in session.execute(_BY_EMAIL, {"email": fold_email(address)})]
    full = [member for member in found if member.standing is Standing.MEMBER]
    candidates = full or found
    return candidates[0] if len(candidates) == 1 else None


def match_consumers(session: Session, today: date, precedence: Sequence[str]) -> MatchReport:
    """Link person consumers to the full members who have their address, and recount the days concerned.

    A first link covers the whole past. An address that has passed to another account ends its old link today.
    What an admin has linked, and what no longer matches anybody, stays as it is; what another source tells of the same
    name, a key's too, follows it.
    """
    books.lock(session)
    followers = links.follow(session)
    books.recount(session, links.give(session, followers), precedence)
    rows = session.execute(_PERSONS).all()
    accounts = {row.slack_user_id: row for row in session.execute(_ALL)}
    owners = people.match(
        {fold_email(row.external_id) for row in rows}, (_person(account) for account in accounts.values())
    )
    at = datetime.combine(today, time(), UTC)
    new: dict[int, links.NewLink] = {}
    linked: set[str] = set()
    for row in rows:
        address = fold_email(row.external_id)
        owner = owners.get(address)
        if owner is not None and row.origin is not Origin.ADMIN:
            member_id = accounts[owner.slack_user_id].id
            new[row.id] = links.NewLink(member_id=member_id, origin=Origin.EMAIL, linked_at=at)
        if owner is not None or row.link_id is not None:
            linked.add(address)
    books.recount(session, links.give(session, new), precedence)
    addresses = {fold_email(row.external_id) for row in rows}
    return MatchReport(with_usage=len(addresses), matched=len(linked), unmatched=tuple(sorted(addresses - linked)))


def match_report(session: Session) -> MatchReport:
    """Say how many people with usage are known, as it stands; nothing is linked."""
    linked: dict[str, bool] = {}
    for row in session.execute(_PERSONS):
        address = fold_email(row.external_id)
        linked[address] = linked.get(address, False) or row.link_id is not None
    return MatchReport(
        with_usage=len(linked),
        matched=sum(linked.values()),
        unmatched=tuple(sorted(address for address, is_linked in linked.items() if not is_linked)),
    )


def _about(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in _ABOUT}


def _person(row: Any) -> Person:
    return Person(
        slack_user_id=row.slack_user_id, display_name=row.display_name, standing=row.standing, email=row.email
    )


def _member(row: Any) -> MemberRow:
    return MemberRow(
        member_id=row.id,
        slack_user_id=row.slack_user_id,
        display_name=row.display_name,
        email=row.email,
        standing=row.standing,
        locale=row.language or row.locale,
        tz=row.tz,
        language=row.language,
        tips_off=row.tips_off_at is not None,
    )
