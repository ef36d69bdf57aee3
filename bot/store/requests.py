"""Members' wishes for larger budgets, each decided once."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.budget import BudgetRequest, RequestState
from bot.periods import Cadence
from bot.store.budgets import lock
from bot.store.tables import BudgetRequestTable, core

_REQUEST = core(BudgetRequestTable)
_BY_ID = select(_REQUEST).where(_REQUEST.c.id == bindparam("request_id"))
_OPEN = (
    select(_REQUEST)
    .where(_REQUEST.c.member_id == bindparam("member_id"), _REQUEST.c.state == RequestState.OPEN)
    .order_by(_REQUEST.c.id)
)


def add(
    session: Session, *, member_id: int, cadence: Cadence, limit_nanos: int, reason: str, at: datetime
) -> BudgetRequest:
    """Add a wish; an open one of the same member for the same is given back instead."""
    lock(session)
    for one in open_of(session, member_id):
        if (one.cadence, one.limit_nanos) == (cadence, limit_nanos):
            return one
    wished = {"member_id": member_id, "cadence": cadence, "limit_nanos": limit_nanos, "reason": reason}
    session.connection().execute(_REQUEST.insert().values(**wished, state=RequestState.OPEN, made_at=at))
    return open_of(session, member_id)[-1]


def get(session: Session, request_id: int) -> BudgetRequest | None:
    """Give a wish by its number."""
    row = session.execute(_BY_ID, {"request_id": request_id}).one_or_none()
    return None if row is None else _request(row)


def open_of(session: Session, member_id: int) -> list[BudgetRequest]:
    """Give a member's wishes that nobody has decided about, oldest first."""
    return [_request(row) for row in session.execute(_OPEN, {"member_id": member_id})]


def decide(
    session: Session, request_id: int, *, state: RequestState, by: str, nanos: int | None, at: datetime
) -> BudgetRequest | None:
    """Decide about a wish; None: somebody has already. `nanos` is the limit that was granted."""
    done = session.connection().execute(
        update(_REQUEST)
        .where(_REQUEST.c.id == request_id, _REQUEST.c.state == RequestState.OPEN)
        .values(state=state, decided_by=by, decided_nanos=nanos, decided_at=at)
    )
    return get(session, request_id) if done.rowcount == 1 else None


def _request(row: Any) -> BudgetRequest:
    return BudgetRequest(
        request_id=row.id,
        member_id=row.member_id,
        cadence=row.cadence,
        limit_nanos=row.limit_nanos,
        reason=row.reason,
        state=row.state,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_nanos=row.decided_nanos,
        decided_at=row.decided_at,
    )
