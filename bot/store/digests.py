"""What channels asked for: one schedule a channel."""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.schedule import Schedule
from bot.store.bulk import is_postgresql
from bot.store.tables import DigestSchedule, core

_SCHEDULE = core(DigestSchedule)
_COLUMNS = tuple(column.name for column in _SCHEDULE.c)
_ALL = select(_SCHEDULE).order_by(_SCHEDULE.c.channel_id)
_OF_CHANNEL = _SCHEDULE.c.channel_id == bindparam("of_channel")
_GET = select(_SCHEDULE).where(_OF_CHANNEL)
_REMOVE = delete(_SCHEDULE).where(_OF_CHANNEL)
_COVER = update(_SCHEDULE).where(_OF_CHANNEL).values(covered_until=bindparam("until"))
_PARK = update(_SCHEDULE).where(_OF_CHANNEL).values(parked=bindparam("reason"))


def put(session: Session, schedule: Schedule) -> None:
    """Store what a channel asked for, in the place of what it asked for before."""
    values = {name: getattr(schedule, name) for name in _COLUMNS}
    insert = (postgresql if is_postgresql(session) else sqlite).insert
    session.connection().execute(
        insert(_SCHEDULE).values(**values).on_conflict_do_update(index_elements=[_SCHEDULE.c.channel_id], set_=values)
    )


def get(session: Session, channel_id: str) -> Schedule | None:
    """Give what a channel asked for; None: no digest."""
    row = session.execute(_GET, {"of_channel": channel_id}).mappings().one_or_none()
    return None if row is None else _schedule(row)


def all_schedules(session: Session) -> list[Schedule]:
    """Give what every channel asked for."""
    return [_schedule(row) for row in session.execute(_ALL).mappings()]


def remove(session: Session, channel_id: str) -> bool:
    """Forget what a channel asked for; False: there was nothing."""
    return session.connection().execute(_REMOVE, {"of_channel": channel_id}).rowcount == 1


def cover(session: Session, channel_id: str, until: date) -> None:
    """Note up to which UTC day planned digests tell a channel's days."""
    session.connection().execute(_COVER, {"of_channel": channel_id, "until": until})


def park(session: Session, channel_id: str, reason: str) -> None:
    """Plan no more digests for a channel that takes none; `reason` is Slack's word."""
    session.connection().execute(_PARK, {"of_channel": channel_id, "reason": reason})


def unpark(session: Session, channel_id: str) -> None:
    """Plan digests for a channel again."""
    park(session, channel_id, "")


def _schedule(row: Any) -> Schedule:
    return Schedule(**{name: row[name] for name in _COLUMNS})
