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
_DECISIONS = ("people_enabled", "pilot_group_id", "pilot_since", "subscriptions_in_budgets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Policy):
    """The policy, and since when its pilot runs."""

    pilot_since: datetime | None = None


def policy(session: Session) -> Decided:
    """Give what was decided; at first nothing is."""
    row = session.execute(_GET).one_or_none()
    if row is None:
        return Decided()
    return Decided(**{name: getattr(row, name) for name in _DECISIONS})


def decide(session: Session, decided: Decided) -> None:
    """Store what is decided now."""
    books.lock(session)
    values = {name: getattr(decided, name) for name in _DECISIONS}
    known = session.execute(_GET).one_or_none()
    session.execute(update(_ORGANIZATION).values(**values) if known else insert(_ORGANIZATION).values(id=1, **values))
