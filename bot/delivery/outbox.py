"""Sending what is due: claim, last look, one request, record; and settling what is in doubt.

Every change of a message is one transaction, every request stands alone between two of them. A process may die between
any two of these lines: what is in the database then says what may have happened.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from bot.delivery.admins import tell_admins
from bot.delivery.classify import Accepted, Refused, Why, classify
from bot.delivery.decisions import (
    LOOKS_NEEDED,
    Scan,
    Step,
    after,
    in_doubt,
    is_time_to_look,
    looks_first,
    outlived,
    resolve,
)
from bot.delivery.recipients import Address, Postponed, can_look, reach
from bot.delivery.scanning import marked, scan
from bot.delivery.times import PACE, TIMES, Times
from bot.delivery.wire import Call
from bot.notice import ENDS, Edit, NoticeRow, NoticeState
from bot.runtime import Clock, Identity, Pulse
from bot.store import digests, notices, sending
from bot.store.engine import Session, Sessions
from bot.text import Texts
from bot.views.blocks import Message, without_native_blocks
from bot.views.notices import seen_already

logger = logging.getLogger(__name__)

_NOT_SENT = frozenset(NoticeState) - {NoticeState.SENT}
_EDIT_ATTEMPTS = 8
"""A lease apart: Slack has said often enough that it will not."""
_EDIT_ATTEMPTS_UNHEARD = 720
"""A day of it: Slack cannot be reached."""


@dataclass(slots=True, kw_only=True)
class Outbox:
    """Sends what is due, once a `run`. Any number of them may run on one database."""

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
    _posted: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Send what is due, settle what is in doubt, show what was edited.

        Not while the machine's clock has just been set: leases and waits are measured by it.
        """
        if self.pulse.was_set(self.wall(), self.steady(), pause=self.times.settle):
            return
        self._sweep()
        self._settle()
        with self.sessions() as session:
            due = sending.due(session, self.clock(), sending.real_now(session, self.wall()))
        for key in due:
            if self.stopping() or not self._alone(key, partial(self._attempt, key)):
                return
        self._show_edits()

    def _alone(self, key: str, work: Callable[[], bool]) -> bool:
        """Keep a message that breaks something from keeping the others back; False when no other has a chance."""
        try:
            return work()
        except Exception:  # as between two sources: the next message must not suffer
            logger.exception("delivery_failed", extra={"key": key})
            return True

    def _attempt(self, key: str) -> bool:
        with self.sessions() as session:
            row = notices.get(session, key)
        if row is None or row.state is not NoticeState.PENDING:
            return True
        if step := outlived(row, self.clock()):
            self._end_unsent(row, step)
            return True
        reached = reach(self.sessions, self.call, row, now=self.clock(), default_zone=self.zone)
        if isinstance(reached, Postponed):
            return True  # it stays due since when it was: how late a first attempt is says whether to look first
        if isinstance(reached, Refused):
            return self._refused_before_claim(row, reached)
        return self._send(row, reached)

    def _refused_before_claim(self, row: NoticeRow, refused: Refused) -> bool:
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            step = after(row, refused, real=real, can_look=False, times=self.times)
            first = row.real_first_attempt_at or real
            self._apply(
                session,
                row,
                step,
                real,
                states={NoticeState.PENDING},
                real_first_attempt_at=first,
                attempts=row.attempts + 1,
            )
        return not step.stop

    def _end_unsent(self, row: NoticeRow, step: Step, **more: Any) -> None:
        with self.sessions.begin() as session:
            self._apply(
                session, row, step, sending.real_now(session, self.wall()), states={NoticeState.PENDING}, **more
            )

    def _send(self, row: NoticeRow, address: Address) -> bool:
        if self.steady() - self._posted.get(address.channel_id, float("-inf")) < PACE.total_seconds():
            return True
        may_look = self._may_look(address.channel_id)
        if step := looks_first(row, now=self.clock(), can_look=may_look, times=self.times):
            self._end_unsent(row, step, channel_id=address.channel_id)
            return True
        said = self._said(row, address)  # before the claim: what cannot be put together was surely not posted
        claimed_steady = self.steady()
        fence = self._claim(row, address)
        if fence is None:
            return True

        def may_write() -> bool:
            left = self.times.lease.total_seconds() - (self.steady() - claimed_steady)
            return left >= self.times.margin.total_seconds()

        reply = self.call("chat.postMessage", said, may_write=may_write)
        self._posted[address.channel_id] = self.steady()
        verdict = classify(reply, address.channel_id)
        if isinstance(verdict, Accepted):
            self._record_posted(row, verdict)
            return True
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            current = notices.get(session, row.key) or row
            step = after(current, verdict, real=real, can_look=may_look, times=self.times)
            self._apply(session, current, step, real, states={NoticeState.SENDING}, fence=fence)
        return not step.stop

    def _claim(self, row: NoticeRow, address: Address) -> int | None:
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            return sending.claim(
                session,
                row.key,
                row.recipient,
                owner=self.owner,
                channel_id=address.channel_id,
                today=address.today,
                now=self.clock(),
                real=real,
                lease_until=real + self.times.lease,
            )

    def _said(self, row: NoticeRow, address: Address) -> dict[str, Any]:
        message = Message(row.text, [] if row.plain else [dict(block) for block in row.blocks])
        if row.repeated:
            message = seen_already(message, self.texts.of(address.locale))
        if not self.native_blocks():
            message = without_native_blocks(message)
        return {
            "channel": address.channel_id,
            "text": message.text,
            "unfurl_links": "false",
            "unfurl_media": "false",
            **marked(row.key, message.blocks),
        }

    def _record_posted(self, row: NoticeRow, posted: Accepted) -> None:
        """Proof beats every lease. If another post of the same message was proven before, this one is taken back."""
        with self.sessions.begin() as session:
            known = not notices.move(
                session,
                [row.key],
                _NOT_SENT,
                state=NoticeState.SENT,
                channel_id=posted.channel_id,
                ts=posted.ts,
                sent_at=self.clock(),
                outcome="accepted",
            )
            current = notices.get(session, row.key)
        if known and current and current.ts != posted.ts:
            self._take_back(row.key, posted.channel_id, (posted.ts,))
        logger.info("delivered", extra={"key": row.key, "attempt": row.attempts + 1, "kind": row.kind.value})

    def _sweep(self) -> None:
        """A claim whose lease ran out may have posted: never straight back, always into doubt."""
        with self.sessions() as session:
            claimed = notices.in_state(session, NoticeState.SENDING)
        for row in claimed:
            self._alone(row.key, partial(self._sweep_one, row))

    def _sweep_one(self, row: NoticeRow) -> bool:
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            if row.real_lease_until is not None and row.real_lease_until < real:
                step = in_doubt(row, "lease ran out", can_look=self._may_look(row.channel_id))
                self._apply(session, row, step, real, states={NoticeState.SENDING}, fence=row.fence)
        return True

    def _settle(self) -> None:
        with self.sessions() as session:
            doubtful = notices.held(session)
        for row in doubtful:
            self._alone(row.key, partial(self._settle_one, row))

    def _settle_one(self, row: NoticeRow) -> bool:
        may_look = self._may_look(row.channel_id)
        looked = self._look(row) if may_look else None
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            step = resolve(row, looked, now=self.clock(), real=real, can_look=may_look, times=self.times)
            if step:
                self._apply_settled(session, row, step, looked, real)
            elif looked and looked.complete:
                seen: dict[str, Any] = {"empty_scans": row.empty_scans + 1, "real_scanned_at": real}
                notices.move(session, [row.key], {NoticeState.UNCERTAIN}, fence=row.fence, **seen)
        if looked and len(looked.found) > 1 and row.channel_id:
            self._take_back(row.key, row.channel_id, looked.found[1:])
        return True

    def _look(self, row: NoticeRow) -> Scan | None:
        with self.sessions() as session:
            real = sending.real_now(session, self.wall())
        identity = self.identity()
        if identity is None or row.channel_id is None or not is_time_to_look(row, real, self.times):
            return None
        return scan(self.call, row, channel_id=row.channel_id, our_user_id=identity.user_id, real=real)

    def _apply_settled(self, session: Session, row: NoticeRow, step: Step, looked: Scan | None, real: datetime) -> None:
        more: dict[str, Any] = {}
        if step.state is NoticeState.SENT and looked:
            more = {"ts": looked.found[0], "sent_at": self.clock()}
        elif step.state is NoticeState.PENDING and looked:
            more = {"empty_scans": LOOKS_NEEDED}
        self._apply(session, row, step, real, states={NoticeState.UNCERTAIN}, fence=row.fence, **more)

    def _apply(
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
        values: dict[str, Any] = {"state": step.state, "outcome": step.outcome, **more}
        values["real_retry_at"] = None if step.retry_in is None else real + step.retry_in
        values["plain"] = row.plain or step.plain
        values["repeated"] = row.repeated or step.repeated
        if step.state is NoticeState.UNCERTAIN:
            values |= {"real_uncertain_since": real, "empty_scans": 0, "real_scanned_at": None}
        if not notices.move(session, [row.key], states, fence=fence, **values):
            return
        if step.park:
            digests.park(session, row.recipient, step.outcome)
        if step.tell:
            tell_admins(session, step.tell, row, step.outcome, admins=self.admins, texts=self.texts, now=self.clock())
        level = logging.WARNING if step.state in ENDS - {NoticeState.SENT} | {NoticeState.UNCERTAIN} else logging.INFO
        fields = {"key": row.key, "state": step.state.value, "why": step.outcome, "attempt": row.attempts}
        logger.log(level, "delivery_moved", extra=fields)

    def _take_back(self, key: str, channel_id: str, extra: tuple[str, ...]) -> None:
        """Delete what was posted twice; the oldest stays."""
        logger.error("duplicate_found", extra={"key": key, "copies": len(extra)})
        for ts in extra:
            self.call("chat.delete", {"channel": channel_id, "ts": ts})

    def _show_edits(self) -> None:
        with self.sessions() as session:
            waiting = sending.waiting_edits(session, sending.real_now(session, self.wall()))
        for edit in waiting:
            if self.stopping() or not self._alone(edit.key, partial(self._show, edit)):
                return

    def _show(self, edit: Edit) -> bool:
        """Change a posted message. To say the same twice does no harm, so what is in doubt is simply said again."""
        with self.sessions.begin() as session:
            real = sending.real_now(session, self.wall())
            attempt = sending.claim_edit(session, edit, real, real + self.times.lease)
        if attempt is None:
            return True
        message = Message(edit.text, [dict(block) for block in edit.blocks])
        if not self.native_blocks():
            message = without_native_blocks(message)
        shown = {"channel": edit.channel_id, "ts": edit.ts, "text": message.text, **marked(edit.key, message.blocks)}
        reply = self.call("chat.update", shown)
        verdict = classify(reply, edit.channel_id)
        if isinstance(verdict, Accepted) or attempt >= (_EDIT_ATTEMPTS if reply.body else _EDIT_ATTEMPTS_UNHEARD):
            outcome = "shown" if isinstance(verdict, Accepted) else verdict.error
            with self.sessions.begin() as session:
                sending.note_shown(session, edit, outcome)
        return not (isinstance(verdict, Refused) and verdict.why is Why.TOKEN)

    def _may_look(self, channel_id: str | None) -> bool:
        identity = self.identity()
        if identity is None or channel_id is None:
            return False
        with self.sessions() as session:
            return can_look(session, channel_id, identity.scopes)
