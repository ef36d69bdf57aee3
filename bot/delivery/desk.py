"""What every part of the way out needs, and the one way in which a message changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.delivery.admins import tell_admins
from bot.delivery.decisions import Step
from bot.delivery.recipients import can_look
from bot.delivery.sharing import sharer
from bot.delivery.times import TIMES, Times
from bot.delivery.wire import Call
from bot.notice import ENDS, NoticeRow, NoticeState
from bot.runtime import Clock, Identity, Pulse
from bot.store import digests, notices, sending
from bot.store.engine import Session, Sessions
from bot.text import Texts

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The means of sending."""

    sessions: Sessions
    call: Call
    clock: Clock
    """Decides what is due."""
    wall: Callable[[], datetime]
    """The machine's own time: leases on SQLite."""
    steady: Callable[[], float]
    """Seconds that pass whatever the wall clock does, sleep of the machine included."""
    owner: str
    identity: Callable[[], Identity | None]
    admins: frozenset[str]
    texts: Texts
    zone: str
    """Of people who have none."""
    native_blocks: Callable[[], bool] = lambda: True
    stopping: Callable[[], bool] = lambda: False
    times: Times = TIMES
    pulse: Pulse = field(default_factory=Pulse)

    def real_now(self, session: Session) -> datetime:
        """Give the time that leases and waits are measured by."""
        return sending.real_now(session, self.wall())

    def alone(self, key: str, work: Callable[[], bool]) -> bool:
        """Keep a message that breaks something from keeping the others back; False when no other has a chance."""
        try:
            return work()
        except Exception:  # as between two sources: the next message must not suffer
            logger.exception("delivery_failed", extra={"key": key})
            return True

    def apply(
        self,
        session: Session,
        row: NoticeRow,
        step: Step,
        real: datetime,
        *,
        states: set[NoticeState],
        fence: int | None = None,
        **more: Any,
    ) -> None:
        """Make a decided step true if the message is still in one of the states and under the fence, and tell admins.

        `more` are further columns. Whoever comes second changes nothing and tells nobody.
        """
        values: dict[str, Any] = {"state": step.state, "outcome": step.outcome, **more}
        values["real_retry_at"] = None if step.retry_in is None else real + step.retry_in
        values["plain"] = row.plain or step.plain
        values["repeated"] = row.repeated or step.repeated
        if step.state is NoticeState.UNCERTAIN:
            values |= {"real_uncertain_since": real, "empty_scans": 0, "real_scanned_at": None}
        if not notices.move(session, [row.key], states, fence=fence, **values):
            return
        by = sharer(row)
        if step.park and by is None:
            digests.park(session, row.recipient, step.outcome)
        if step.tell:
            readers = self.admins if by is None else {by}  # what a person shared is theirs to say again
            tell_admins(session, step.tell, row, step.outcome, admins=readers, texts=self.texts, now=self.clock())
        level = logging.WARNING if step.state in ENDS - {NoticeState.SENT} | {NoticeState.UNCERTAIN} else logging.INFO
        fields = {"key": row.key, "state": step.state.value, "why": step.outcome, "attempt": row.attempts}
        logger.log(level, "delivery_moved", extra=fields)

    def take_back(self, key: str, channel_id: str, extra: tuple[str, ...]) -> None:
        """Delete what was posted twice; the oldest stays."""
        logger.error("duplicate_found", extra={"key": key, "copies": len(extra)})
        for ts in extra:
            self.call("chat.delete", {"channel": channel_id, "ts": ts})

    def may_look(self, channel_id: str | None) -> bool:
        """Say whether a conversation's history is granted to us."""
        identity = self.identity()
        if identity is None or channel_id is None:
            return False
        with self.sessions() as session:
            return can_look(session, channel_id, identity.scopes)
