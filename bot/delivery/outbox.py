"""Sending what is due: claim, last look, one request, record.

Every change of a message is one transaction, every request stands alone between two of them. A process may die between
any two of these lines: what is in the database then says what may have happened.
"""

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.delivery.classify import Accepted, Refused, classify
from bot.delivery.decisions import Step, after, looks_first, outlived
from bot.delivery.desk import Desk
from bot.delivery.editing import show_edits
from bot.delivery.recipients import Address, Postponed, reach
from bot.delivery.scanning import marked
from bot.delivery.settling import settle, sweep
from bot.delivery.times import PACE
from bot.notice import NoticeRow, NoticeState
from bot.store import notices, sending
from bot.views.blocks import Message, without_native_blocks
from bot.views.notices import seen_already

logger = logging.getLogger(__name__)

_NOT_SENT = frozenset(NoticeState) - {NoticeState.SENT}


@dataclass(slots=True, kw_only=True)
class Outbox(Desk):
    """Sends what is due, once a `run`. Any number of them may run on one database."""

    _posted: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Send what is due, settle what is in doubt, show what was edited.

        Not while the machine's clock has just been set: leases and waits are measured by it.
        """
        if self.pulse.was_set(self.wall(), self.steady(), pause=self.times.settle):
            return
        sweep(self)
        settle(self)
        with self.sessions() as session:
            due = sending.due(session, self.clock(), self.real_now(session))
        for key in due:
            if self.stopping() or not self.alone(key, partial(self._attempt, key)):
                return
        show_edits(self)

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
            real = self.real_now(session)
            step = after(row, refused, real=real, can_look=False, times=self.times)
            first = row.real_first_attempt_at or real
            self.apply(
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
            self.apply(session, row, step, self.real_now(session), states={NoticeState.PENDING}, **more)

    def _send(self, row: NoticeRow, address: Address) -> bool:
        if self.steady() - self._posted.get(address.channel_id, float("-inf")) < PACE.total_seconds():
            return True
        may_look = self.may_look(address.channel_id)
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
            real = self.real_now(session)
            current = notices.get(session, row.key) or row
            step = after(current, verdict, real=real, can_look=may_look, times=self.times)
            self.apply(session, current, step, real, states={NoticeState.SENDING}, fence=fence)
        return not step.stop

    def _claim(self, row: NoticeRow, address: Address) -> int | None:
        with self.sessions.begin() as session:
            real = self.real_now(session)
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
            self.take_back(row.key, posted.channel_id, (posted.ts,))
        logger.info("delivered", extra={"key": row.key, "attempt": row.attempts + 1, "kind": row.kind.value})
