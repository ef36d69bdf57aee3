"""The audit log: who did what to whom. Only added to, each row bound to the one before by its hash."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.orm import Session

from bot.store.bulk import is_postgresql
from bot.store.tables import Audit, core

_AUDIT = core(Audit)
_LAST = select(_AUDIT.c.hash).order_by(_AUDIT.c.id.desc()).limit(1)
_NEWEST = select(_AUDIT).order_by(_AUDIT.c.id.desc()).limit(bindparam("most"))
_ALL = select(_AUDIT).order_by(_AUDIT.c.id)
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_ADVISORY_LOCK = 0x6175646974  # "audit": any number, as long as all replicas take the same
_BEGINNING = ""
"""What stands before the first row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One thing that somebody did."""

    at: datetime
    actor: str
    act: str
    target: str
    previous_hash: str
    hash: str


def note(session: Session, *, actor: str, act: str, target: str, at: datetime) -> None:
    """Add what somebody did. `actor` is a Slack user id, or `operator` for the command line; no amounts of persons."""
    if is_postgresql(session):
        session.execute(_LOCK, {"key": _ADVISORY_LOCK})
    previous = session.execute(_LAST).scalar_one_or_none() or _BEGINNING
    row = {"at": at, "actor": actor, "act": act, "target": target, "previous_hash": previous}
    session.execute(insert(_AUDIT).values(**row, hash=_hash(at, actor, act, target, previous)))


def entries(session: Session, limit: int) -> list[AuditRow]:
    """Give the newest entries, the newest first."""
    return [_row(row) for row in session.execute(_NEWEST, {"most": limit}).mappings()]


def verify(session: Session) -> bool:
    """Say whether no entry was changed, put in or taken out; what is missing at the very end cannot be seen."""
    previous = _BEGINNING
    for row in session.execute(_ALL):
        expected = _hash(row.at, row.actor, row.act, row.target, previous)
        if (row.previous_hash, row.hash) != (previous, expected):
            return False
        previous = row.hash
    return True


def _hash(at: datetime, actor: str, act: str, target: str, previous: str) -> str:
    said = json.dumps([at.astimezone(UTC).isoformat(), actor, act, target, previous], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _row(row: Any) -> AuditRow:
    return AuditRow(**{name: row[name] for name in ("at", "actor", "act", "target", "previous_hash", "hash")})
