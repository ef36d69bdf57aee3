"""An outbox over a fresh database and a scripted Slack, whose clocks move only when a test says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.delivery.outbox import Outbox
from bot.notice import Notice, NoticeKind, NoticeRow, NoticeState
from bot.people import Person, Standing
from bot.runtime import Identity
from bot.store import members, notices
from bot.store.engine import Store
from bot.text import load_texts
from tests.delivery.planned import ADA, BORIS, NOON
from tests.delivery.scripted import LOST, US, ScriptedCall

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database decides: one is enough."""

ADMIN = "U0CHLOE"
TEXTS = load_texts()
_REAL = {
    "notice": ("real_lease_until", "real_retry_at", "real_first_attempt_at", "real_uncertain_since", "real_scanned_at"),
    "notice_edit": ("real_lease_until",),
}


@dataclass(slots=True)
class Desk:
    """Plans, lets time pass, sends, and looks what became of it."""

    store: Store
    call: ScriptedCall = field(default_factory=ScriptedCall)
    passed: timedelta = timedelta()
    set_by: timedelta = timedelta()
    """By how much somebody has set the machine's clock."""
    scopes: frozenset[str] = frozenset({"chat:write"})
    stopping: bool = False
    native_blocks: bool = True

    def __post_init__(self) -> None:
        everybody = [
            Person(slack_user_id=who, display_name=who, standing=Standing.MEMBER, email=None, tz="UTC", locale=locale)
            for who, locale in ((ADA, "ja-JP"), (BORIS, "en-US"), (ADMIN, "en-US"))
        ]
        with self.store.sessions.begin() as session:
            members.sync(session, everybody, NOON)

    def clock(self) -> datetime:
        return NOON + self.passed

    def outbox(self, owner: str = "one") -> Outbox:
        """Put together what sends, as at the start of the program."""
        return Outbox(
            sessions=self.store.sessions,
            call=self.call,
            clock=self.clock,
            wall=lambda: NOON + self.passed + self.set_by,
            steady=self._steady,
            owner=owner,
            identity=lambda: Identity(team_id="T0", user_id=US, enterprise_id=None, scopes=self.scopes),
            admins=frozenset({ADMIN}),
            texts=TEXTS,
            zone="UTC",
            native_blocks=lambda: self.native_blocks,
            stopping=lambda: self.stopping,
        )

    def _steady(self) -> float:
        return self.passed.total_seconds()

    def run(self) -> None:
        """Send what is due, as the job does: each time with an outbox of its own."""
        self.outbox().run()

    def wait(self, time: timedelta) -> None:
        """Let time pass. PostgreSQL has its own clock: there, what it noted becomes older instead."""
        self.passed += time
        if self.store.path is None:
            with self.store.sessions.begin() as session:
                for table, columns in _REAL.items():
                    older = ", ".join(f"{name} = {name} - :time" for name in columns)
                    session.execute(text(f"UPDATE {table} SET {older}"), {"time": time})  # noqa: S608 - names of ours

    def plan(self, *planned: Notice) -> None:
        """Add messages."""
        with self.store.sessions.begin() as session:
            for one in planned:
                assert notices.add(session, one, self.clock())

    def loses_the_answer_to(self, planned: Notice) -> str:
        """Post a message whose answer is lost, and give its key."""
        self.run()  # whatever else is due gets its answer
        self.plan(planned)
        self.call.then("chat.postMessage", LOST)
        self.run()
        assert self.state(planned.key) == (NoticeState.UNCERTAIN, LOST.problem)
        return planned.key

    def row(self, key: str) -> NoticeRow:
        """Look at a message."""
        with self.store.sessions() as session:
            found = notices.get(session, key)
        assert found is not None
        return found

    def state(self, key: str) -> tuple[NoticeState, str]:
        """Say how far a message has come, and why."""
        found = self.row(key)
        return found.state, found.outcome

    def told_admins(self) -> list[NoticeRow]:
        """Give what the admins are told, sent or not."""
        with self.store.sessions() as session:
            every = [row for state in NoticeState for row in notices.in_state(session, state)]
        return [row for row in every if row.kind is NoticeKind.OPERATOR]

    def posts(self, recipient: str) -> list[Mapping[str, Any]]:
        """Give what was posted, or perhaps posted, into a conversation."""
        channel_id = f"D{recipient[1:]}" if recipient[0] == "U" else recipient
        return [said for said in self.call.said() if said["channel"] == channel_id]

    def release(self, key: str) -> None:
        """Let a held message go."""
        with self.store.sessions.begin() as session:
            assert notices.release(session, key)
