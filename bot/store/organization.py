"""What the organization has decided about figures of people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.group import Policy
from bot.store import books
from bot.store.tables import Organization, core

_ORGANIZATION = core(Organization)
_GET = select(_ORGANIZATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Policy):
    """The policy, and since when its pilot runs."""

    pilot_since: datetime | None = None


def policy(session: Session) -> Decided:
    """Give what was decided; at first nothing is."""
    row = session.execute(_GET).one_or_none()
    if row is None:
        return Decided()
    return Decided(people_enabled=row.people_enabled, pilot_group_id=row.pilot_group_id, pilot_since=row.pilot_since)


def decide(session: Session, decided: Decided) -> None:
    """Store what is decided now."""
    books.lock(session)
    values = {
        "people_enabled": decided.people_enabled,
        "pilot_group_id": decided.pilot_group_id,
        "pilot_since": decided.pilot_since,
    }
    known = session.execute(_GET).one_or_none()
    session.execute(update(_ORGANIZATION).values(**values) if known else insert(_ORGANIZATION).values(id=1, **values))
