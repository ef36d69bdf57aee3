"""What is said unasked: rows that are added once, and end once. How they are sent is in `sending`.

Each change of state is one conditional update, so that whoever comes second changes nothing. What to change when is
decided in `delivery`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.notice import ENDS, NEVER_CONFIRMED, Notice, NoticeRow, NoticeState
from bot.store.bulk import is_postgresql
from bot.store.tables import NoticeEdit, NoticeTable, core

_NOTICE, _EDIT = core(NoticeTable), core(NoticeEdit)
_PLANNED = tuple(field.name for field in fields(Notice))
_ROW = tuple(field.name for field in fields(NoticeRow))

_BY_KEY = select(_NOTICE).where(_NOTICE.c.key == bindparam("key"))
_WAITING = (
    select(_NOTICE)
    .where(_NOTICE.c.recipient == bindparam("recipient"), _NOTICE.c.state == NoticeState.PENDING)
    .order_by(_NOTICE.c.due_at, _NOTICE.c.key)
)
COUNTS_TODAY = (NoticeState.SENDING, NoticeState.SENT, NoticeState.UNCERTAIN)
"""Somebody was told, or perhaps told."""
_LAST_TOLD = select(func.max(_NOTICE.c.told_on)).where(
    _NOTICE.c.recipient == bindparam("recipient"), _NOTICE.c.unasked, _NOTICE.c.state.in_(COUNTS_TODAY)
)
_IN_STATE = select(_NOTICE).where(_NOTICE.c.state == bindparam("state")).order_by(_NOTICE.c.planned_at, _NOTICE.c.key)
_LATEST = select(_NOTICE).order_by(_NOTICE.c.planned_at.desc(), _NOTICE.c.key)
_DOUBTFUL = (
    select(func.count())
    .select_from(_NOTICE)
    .where(
        _NOTICE.c.recipient == bindparam("recipient"),
        _NOTICE.c.planned_at >= bindparam("since", type_=_NOTICE.c.planned_at.type),
        or_(
            _NOTICE.c.state == NoticeState.UNCERTAIN,
            and_(_NOTICE.c.state == NoticeState.SKIPPED, _NOTICE.c.outcome == NEVER_CONFIRMED),
        ),
    )
)
_OVERDUE = (
    select(func.count())
    .select_from(_NOTICE)
    .where(_NOTICE.c.state.not_in(ENDS), _NOTICE.c.due_at < bindparam("deadline"))
)
_EDIT_BY_KEY = select(_EDIT).where(_EDIT.c.key == bindparam("key"))


def add(session: Session, notice: Notice, now: datetime) -> bool:
    """Add a message that is due; False when its key exists already, whatever became of it."""
    values = {name: getattr(notice, name) for name in _PLANNED} | {
        "blocks": _packed(notice.blocks),
        "state": NoticeState.PENDING,
        "planned_at": now,
        "attempts": 0,
        "fence": 0,
        "empty_scans": 0,
        "plain": False,
        "repeated": False,
        "outcome": "",
    }
    insert = (postgresql if is_postgresql(session) else sqlite).insert
    added = insert(_NOTICE).values(**values).on_conflict_do_nothing().returning(_NOTICE.c.key)
    return session.connection().execute(added).first() is not None


def get(session: Session, key: str) -> NoticeRow | None:
    """Give one message, in whatever state."""
    row = session.execute(_BY_KEY, {"key": key}).mappings().one_or_none()
    return None if row is None else _row(row)


def waiting(session: Session, recipient: str, about: str | None = None) -> list[NoticeRow]:
    """Give what waits to be sent to a recipient, oldest first; with `about` only what is about that."""
    rows = [_row(row) for row in session.execute(_WAITING, {"recipient": recipient}).mappings()]
    return [row for row in rows if about in (None, row.about)]


def last_told(session: Session, recipient: str) -> date | None:
    """Give the recipient's own day of the newest unasked message, sent or perhaps sent; None: there was none."""
    return session.execute(_LAST_TOLD, {"recipient": recipient}).scalar_one()  # type: ignore[no-any-return]


def supersede(session: Session, keys: Collection[str], by: str) -> None:
    """End messages that still wait: `by` says it now."""
    move(session, keys, {NoticeState.PENDING}, state=NoticeState.SUPERSEDED, superseded_by=by, outcome="superseded")


def skip(session: Session, key: str, outcome: str) -> bool:
    """End a message that waits or is uncertain, without sending it."""
    return move(
        session, [key], {NoticeState.PENDING, NoticeState.UNCERTAIN}, state=NoticeState.SKIPPED, outcome=outcome
    )


def in_state(session: Session, state: NoticeState) -> list[NoticeRow]:
    """Give every message in a state, oldest first."""
    return [_row(row) for row in session.execute(_IN_STATE, {"state": state}).mappings()]


def latest(session: Session, limit: int) -> list[NoticeRow]:
    """Give the newest messages, whatever became of them."""
    return [_row(row) for row in session.execute(_LATEST.limit(limit)).mappings()]


def held(session: Session) -> list[NoticeRow]:
    """Give what may or may not have been posted, oldest first."""
    return in_state(session, NoticeState.UNCERTAIN)


def release(session: Session, key: str) -> bool:
    """Let a held message go out again: somebody has looked, and it is not there."""
    return move(
        session,
        [key],
        {NoticeState.UNCERTAIN},
        state=NoticeState.PENDING,
        outcome="released",
        real_retry_at=None,
        expires_at=None,
        empty_scans=0,
    )


def drop(session: Session, key: str) -> bool:
    """End a held message: somebody has looked, and it is there, or is not wanted any more."""
    return move(session, [key], {NoticeState.UNCERTAIN}, state=NoticeState.SKIPPED, outcome="dropped")


def doubtful(session: Session, recipient: str, since: datetime) -> int:
    """Count the messages to a recipient, planned since an instant, of which nobody knows whether they arrived."""
    asked = {"recipient": recipient, "since": since}
    return int(session.execute(_DOUBTFUL, asked).scalar_one())


def overdue(session: Session, deadline: datetime) -> int:
    """Count what was due before an instant and has not come to an end."""
    return int(session.execute(_OVERDUE, {"deadline": deadline}).scalar_one())


def edit(session: Session, key: str, text: str, blocks: Sequence[Mapping[str, Any]]) -> bool:
    """Say what a posted message should show now; False when that is what it shows, or what is on its way."""
    packed = _packed(blocks)
    told = session.execute(_EDIT_BY_KEY, {"key": key}).mappings().one_or_none()
    if told is None:
        posted = get(session, key)
        if (
            posted is None
            or posted.state is not NoticeState.SENT
            or (posted.text, _packed(posted.blocks)) == (text, packed)
        ):
            return False
        session.connection().execute(
            _EDIT.insert().values(key=key, version=1, shown_version=0, text=text, blocks=packed, attempts=0, outcome="")
        )
        return True
    if (told["text"], told["blocks"]) == (text, packed):
        return False
    session.connection().execute(
        update(_EDIT)
        .where(_EDIT.c.key == key)
        .values(version=_EDIT.c.version + 1, text=text, blocks=packed, attempts=0)
    )
    return True


def forget(session: Session, *, content_before: datetime, keys_before: datetime) -> None:
    """Forget what ended messages said after a while, and after a much longer while that there were such messages."""
    ended = _NOTICE.c.state.in_(ENDS)
    old = select(_NOTICE.c.key).where(ended, _NOTICE.c.planned_at < keys_before)
    session.execute(delete(_EDIT).where(_EDIT.c.key.in_(old)))
    session.execute(delete(_NOTICE).where(ended, _NOTICE.c.planned_at < keys_before))
    stale = and_(ended, _NOTICE.c.planned_at < content_before)
    session.execute(update(_NOTICE).where(stale).values(text="", blocks="[]"))
    told = select(_NOTICE.c.key).where(stale)
    shown = _EDIT.c.shown_version >= _EDIT.c.version
    session.execute(update(_EDIT).where(_EDIT.c.key.in_(told), shown).values(text="", blocks="[]"))


def move(
    session: Session,
    keys: Collection[str],
    states: Collection[NoticeState],
    *,
    fence: int | None = None,
    **values: Any,
) -> bool:
    """Change messages that are in one of the states and, if a fence is given, were not claimed again since.

    `values` are columns of the table. False: there was none, and nothing has changed.
    """
    rule: list[ColumnElement[bool]] = [_NOTICE.c.key.in_(list(keys)), _NOTICE.c.state.in_(list(states))]
    if fence is not None:
        rule.append(_NOTICE.c.fence == fence)
    done = session.connection().execute(update(_NOTICE).where(*rule).values(**values))
    return done.rowcount > 0


def _packed(blocks: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":"))


def _row(row: Any) -> NoticeRow:
    return NoticeRow(**{name: row[name] for name in _ROW} | {"blocks": json.loads(row["blocks"])})
