"""Settling what is in doubt: claims that ran out, looks into the conversation, and what to do where nobody can look."""

from datetime import datetime
from functools import partial
from typing import Any

from bot.delivery.decisions import LOOKS_NEEDED, Scan, Step, in_doubt, is_time_to_look, resolve
from bot.delivery.desk import Desk
from bot.delivery.scanning import scan
from bot.notice import NoticeRow, NoticeState
from bot.store import notices
from bot.store.engine import Session


def sweep(desk: Desk) -> None:
    """A claim whose lease ran out may have posted: never straight back, always into doubt."""
    with desk.sessions() as session:
        claimed = notices.in_state(session, NoticeState.SENDING)
    for row in claimed:
        desk.alone(row.key, partial(_sweep_one, desk, row))


def _sweep_one(desk: Desk, row: NoticeRow) -> bool:
    with desk.sessions.begin() as session:
        real = desk.real_now(session)
        if row.real_lease_until is not None and row.real_lease_until < real:
            step = in_doubt(row, "lease ran out", can_look=desk.may_look(row.channel_id))
            desk.apply(session, row, step, real, states={NoticeState.SENDING}, fence=row.fence)
    return True


def settle(desk: Desk) -> None:
    """Look for what may have been posted, where that is granted; elsewhere do with it what its kind asks for."""
    with desk.sessions() as session:
        doubtful = notices.held(session)
    for row in doubtful:
        desk.alone(row.key, partial(_settle_one, desk, row))


def _settle_one(desk: Desk, row: NoticeRow) -> bool:
    may_look = desk.may_look(row.channel_id)
    looked = _look(desk, row) if may_look else None
    with desk.sessions.begin() as session:
        real = desk.real_now(session)
        step = resolve(row, looked, now=desk.clock(), real=real, can_look=may_look, times=desk.times)
        if step:
            _apply_settled(desk, session, row, step, looked, real)
        elif looked and looked.complete:
            seen: dict[str, Any] = {"empty_scans": row.empty_scans + 1, "real_scanned_at": real}
            notices.move(session, [row.key], {NoticeState.UNCERTAIN}, fence=row.fence, **seen)
    if looked and len(looked.found) > 1 and row.channel_id:
        desk.take_back(row.key, row.channel_id, looked.found[1:])
    return True


def _look(desk: Desk, row: NoticeRow) -> Scan | None:
    with desk.sessions() as session:
        real = desk.real_now(session)
    identity = desk.identity()
    if identity is None or row.channel_id is None or not is_time_to_look(row, real, desk.times):
        return None
    return scan(desk.call, row, channel_id=row.channel_id, our_user_id=identity.user_id, real=real)


def _apply_settled(
    desk: Desk, session: Session, row: NoticeRow, step: Step, looked: Scan | None, real: datetime
) -> None:
    more: dict[str, Any] = {}
    if step.state is NoticeState.SENT and looked:
        more = {"ts": looked.found[0], "sent_at": desk.clock()}
    elif step.state is NoticeState.PENDING and looked:
        more = {"empty_scans": LOOKS_NEEDED}
    desk.apply(session, row, step, real, states={NoticeState.UNCERTAIN}, fence=row.fence, **more)
