"""Sending what is said unasked: who may take a message, until when, and what it should show after.

One conditional update decides each time, so that of several replicas one wins.
"""

import json
from datetime import UTC, date, datetime

from sqlalchemy import bindparam, case, exists, func, or_, select, text, update
from sqlalchemy.orm import Session

from bot.notice import Edit, NoticeKind, NoticeState
from bot.store.bulk import is_postgresql
from bot.store.columns import Day, UtcDateTime
from bot.store.notices import COUNTS_TODAY
from bot.store.tables import NoticeEdit, NoticeTable, core

_NOTICE, _EDIT = core(NoticeTable), core(NoticeEdit)
_NOW, _REAL_NOW, _LEASE_UNTIL = (bindparam(name, type_=UtcDateTime()) for name in ("now", "real_now", "lease_until"))
_TODAY = bindparam("today", type_=Day())

_FIRST_PEOPLE = case((_NOTICE.c.kind == NoticeKind.DIGEST, 1), else_=0)
_DUE = (
    select(_NOTICE.c.key)
    .where(
        _NOTICE.c.state == NoticeState.PENDING,
        _NOTICE.c.due_at <= _NOW,
        or_(_NOTICE.c.real_retry_at.is_(None), _NOTICE.c.real_retry_at <= _REAL_NOW),
    )
    .order_by(_FIRST_PEOPLE, _NOTICE.c.due_at, _NOTICE.c.key)
)
_other = _NOTICE.alias("other")
_TOLD_TODAY = exists().where(
    _other.c.recipient == _NOTICE.c.recipient,
    _other.c.key != _NOTICE.c.key,
    _other.c.unasked,
    _other.c.told_on == _TODAY,
    _other.c.state.in_(COUNTS_TODAY),
)
_CLAIM = (
    update(_NOTICE)
    .where(
        _NOTICE.c.key == bindparam("claimed_key"),
        _NOTICE.c.state == NoticeState.PENDING,
        _NOTICE.c.due_at <= _NOW,
        or_(_NOTICE.c.real_retry_at.is_(None), _NOTICE.c.real_retry_at <= _REAL_NOW),
        or_(~_NOTICE.c.unasked, _NOTICE.c.urgent, ~_TOLD_TODAY),
    )
    .values(
        state=NoticeState.SENDING,
        owner=bindparam("by"),
        real_lease_until=_LEASE_UNTIL,
        fence=_NOTICE.c.fence + 1,
        attempts=_NOTICE.c.attempts + 1,
        real_first_attempt_at=func.coalesce(_NOTICE.c.real_first_attempt_at, _REAL_NOW),
        told_on=_TODAY,
        channel_id=bindparam("to_channel"),
    )
)
_WAITING_EDITS = (
    select(_EDIT, _NOTICE.c.channel_id, _NOTICE.c.ts)
    .select_from(_EDIT.join(_NOTICE, _NOTICE.c.key == _EDIT.c.key))
    .where(
        _EDIT.c.version > _EDIT.c.shown_version,
        _NOTICE.c.state == NoticeState.SENT,
        or_(_EDIT.c.real_lease_until.is_(None), _EDIT.c.real_lease_until <= _REAL_NOW),
    )
    .order_by(_EDIT.c.key)
)
_CLAIM_EDIT = (
    update(_EDIT)
    .where(
        _EDIT.c.key == bindparam("claimed_key"),
        _EDIT.c.version == bindparam("claimed_version"),
        _EDIT.c.version > _EDIT.c.shown_version,
        or_(_EDIT.c.real_lease_until.is_(None), _EDIT.c.real_lease_until <= _REAL_NOW),
    )
    .values(real_lease_until=_LEASE_UNTIL, attempts=_EDIT.c.attempts + 1)
)
_SHOWN = (
    update(_EDIT)
    .where(_EDIT.c.key == bindparam("shown_key"), _EDIT.c.shown_version < bindparam("shown"))
    .values(shown_version=bindparam("shown"), real_lease_until=None, attempts=0, outcome=bindparam("why"))
)
_DATABASE_TIME = select(func.clock_timestamp())
# Two messages to one person are two rows: without this, two replicas could each take one on the same day.
_LOCK_RECIPIENT = text("SELECT pg_advisory_xact_lock(hashtext(:recipient))")


def real_now(session: Session, wall: datetime) -> datetime:
    """Give the time that leases are measured by: the database's own on PostgreSQL, the machine's on SQLite."""
    if not is_postgresql(session):
        return wall
    at: datetime = session.execute(_DATABASE_TIME).scalar_one()
    return at.astimezone(UTC)


def due(session: Session, now: datetime, real: datetime) -> list[str]:
    """Give the keys that may be claimed, people's before channels', the longest due first."""
    return list(session.execute(_DUE, {"now": now, "real_now": real}).scalars())


def claim(  # noqa: PLR0913 - a claim is decided by all of these at once, in one statement
    session: Session,
    key: str,
    recipient: str,
    *,
    owner: str,
    channel_id: str,
    today: date,
    now: datetime,
    real: datetime,
    lease_until: datetime,
) -> int | None:
    """Take a waiting message that is due, and give its fence; None: another has it, or it may not go out now.

    One statement decides, so that of several replicas one wins: also about the one unasked message a person and day.
    """
    if is_postgresql(session):
        session.execute(_LOCK_RECIPIENT, {"recipient": recipient})
    done = session.connection().execute(
        _CLAIM,
        {
            "claimed_key": key,
            "by": owner,
            "to_channel": channel_id,
            "today": today,
            "now": now,
            "real_now": real,
            "lease_until": lease_until,
        },
    )
    if done.rowcount != 1:
        return None
    return int(session.execute(select(_NOTICE.c.fence).where(_NOTICE.c.key == key)).scalar_one())


def waiting_edits(session: Session, real: datetime) -> list[Edit]:
    """Give the posted messages that should show something else, and that nobody is changing right now."""
    return [
        Edit(
            key=row["key"],
            channel_id=row["channel_id"],
            ts=row["ts"],
            version=row["version"],
            text=row["text"],
            blocks=json.loads(row["blocks"]),
        )
        for row in session.execute(_WAITING_EDITS, {"real_now": real}).mappings()
    ]


def claim_edit(session: Session, edit: Edit, real: datetime, lease_until: datetime) -> int | None:
    """Take an edit, and give how often it was tried, this time included; None: another has it, or a newer one."""
    done = session.connection().execute(
        _CLAIM_EDIT,
        {
            "claimed_key": edit.key,
            "claimed_version": edit.version,
            "real_now": real,
            "lease_until": lease_until,
        },
    )
    if done.rowcount != 1:
        return None
    return int(session.execute(select(_EDIT.c.attempts).where(_EDIT.c.key == edit.key)).scalar_one())


def note_shown(session: Session, edit: Edit, outcome: str) -> None:
    """Note that an edit is shown, or that it never will be, and why."""
    session.connection().execute(_SHOWN, {"shown_key": edit.key, "shown": edit.version, "why": outcome})
