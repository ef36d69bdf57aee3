"""A small company under simulated time: a database without durability, a Slack workspace, replicas that take turns."""

import json
import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.delivery.classify import Reply, Why
from bot.delivery.outbox import Outbox
from bot.demo.cast import BOT_USER_ID, CAST, CHANNELS, TEAM_ID
from bot.demo.workspace import Workspace
from bot.demo.workspace.calls import Call
from bot.demo.workspace.state import Entry
from bot.runtime import Identity
from bot.store.engine import Store, open_store
from bot.store.migrations import migrate
from bot.text import load_texts
from tests.canaries import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.simulation.baton import Baton, SteppedSessions

ADMIN = "U0HARUKA"
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
TEXTS = load_texts()


@dataclass(slots=True)
class Time:
    """Simulated time: one clock decides what is due and measures leases, another one only ever goes on."""

    now: datetime
    steady: float = 0.0

    def pass_by(self, span: timedelta) -> None:
        """Let time pass on both."""
        self.now += span
        self.steady += span.total_seconds()


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one post."""

    lands: bool
    reply: Reply
    late_by: timedelta | None = None
    """It lands after the caller has given up waiting."""


RESET = Reply(written=True, problem="ConnectionResetError")
FAULTS: Mapping[str, Fault] = {
    "refused connection": Fault(False, Reply(written=False, problem="ConnectionRefusedError")),
    "too fast": Fault(False, Reply(written=True, status=429, retry_after=timedelta(seconds=30))),
    "reset before it landed": Fault(False, RESET),
    "reset after it landed": Fault(True, RESET),
    "server error after it landed": Fault(True, Reply(written=True, status=503)),
    "server error before it landed": Fault(False, Reply(written=True, status=503)),
    "lands after the deadline": Fault(True, Reply(written=True, problem="TimeoutError"), timedelta(seconds=90)),
}


@dataclass(slots=True)
class Office:
    """Everything that survives the death of a replica: the database, Slack, time."""

    store: Store
    time: Time
    scopes: frozenset[str] = frozenset()
    workspace: Workspace = field(init=False)
    late: list[tuple[datetime, str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workspace = self._workspace()

    def _workspace(self) -> Workspace:
        made = Workspace(
            cast=CAST,
            channels=CHANNELS,
            bot_token=BOT_TOKEN,
            signing_secret=SIGNING_SECRET,
            app_token=APP_TOKEN,
            clock=lambda: self.time.now,
            monotonic=lambda: self.time.steady,
        )
        made.scopes |= self.scopes
        return made

    def use_scopes(self, scopes: frozenset[str]) -> None:
        """Grant or take away the right to read history."""
        self.scopes = scopes
        self.workspace.scopes.difference_update(HISTORY - scopes)
        self.workspace.scopes.update(scopes)

    def slack(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have the workspace do what is asked, without a network."""
        form = {name: value if isinstance(value, str) else _json(value) for name, value in arguments.items()}
        return self.workspace._answer(Call(method, form), BOT_TOKEN, None)  # type: ignore[arg-type]

    def pass_by(self, span: timedelta) -> None:
        """Let time pass; what was under way lands."""
        self.time.pass_by(span)
        landing = [one for one in self.late if one[0] <= self.time.now]
        self.late = [one for one in self.late if one[0] > self.time.now]
        for _, method, arguments in landing:
            self.slack(method, arguments)

    def posts(self) -> list[Entry]:
        """Everything of ours that people see."""
        team = self.workspace.team
        return [
            entry
            for channel in team.channels()
            for entry in team.conversation(channel.channel_id)
            if entry.author_id == BOT_USER_ID and entry.metadata
        ]


class Replica:
    """One process: its own name, its own view of what it has claimed."""

    def __init__(self, office: Office, baton: Baton, name: str, fault: Callable[[str], Fault | None]) -> None:
        self._office = office
        self._baton = baton
        self._fault = fault
        self.alive = True
        self.busy = False
        self.has_planned = False
        self.sessions = SteppedSessions(office.store.sessions, baton)
        self.outbox = Outbox(
            sessions=self.sessions,  # type: ignore[arg-type]  # the same two doors
            call=self._call,
            clock=lambda: office.time.now,
            wall=lambda: office.time.now,
            steady=lambda: office.time.steady,
            owner=name,
            identity=lambda: Identity(team_id=TEAM_ID, user_id=BOT_USER_ID, enterprise_id=None, scopes=office.scopes),
            admins=frozenset({ADMIN}),
            texts=TEXTS,
            zone="UTC",
        )

    def _call(
        self, method: str, arguments: Mapping[str, Any], *, may_write: Callable[[], bool] = lambda: True
    ) -> Reply:
        self._baton.effect(f"before {method}")
        if not may_write():
            return Reply(written=False, problem=Why.WITHHELD)
        fault = self._fault(method)
        if fault and fault.late_by is not None:
            self._office.late.append((self._office.time.now + fault.late_by, method, dict(arguments)))
            return fault.reply
        if fault and not fault.lands:
            return fault.reply
        body = self._office.slack(method, arguments)
        self._baton.effect(f"after {method}")
        return fault.reply if fault else Reply(written=True, status=200, body=body)


def open_office(folder: Path, now: datetime, scopes: frozenset[str] = frozenset()) -> Office:
    """Make an empty company. The file forgets durability: a crash of the machine is not what is simulated."""
    store = open_store(f"sqlite:///{folder / 'simulated.db'}")
    event.listen(store.engine, "connect", _forget_durability)
    store.engine.dispose()
    migrate(store)
    return Office(store, Time(now), scopes)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An office at one moment, to come back to."""

    database: sqlite3.Connection
    entries: dict[str, Entry]
    now: datetime
    steady: float


def remember(office: Office) -> Snapshot:
    """Keep an office as it is."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    _copy(office.store.path, kept)
    return Snapshot(kept, dict(office.workspace.team._entries), office.time.now, office.time.steady)


def restore(office: Office, snapshot: Snapshot) -> None:
    """Bring an office back to what it was."""
    assert office.store.path
    target = sqlite3.connect(office.store.path)
    snapshot.database.backup(target)
    target.close()
    office.time.now, office.time.steady = snapshot.now, snapshot.steady
    office.late.clear()
    office.workspace = office._workspace()
    office.workspace.team._entries.update(snapshot.entries)


def dice(*parts: object) -> random.Random:
    """Dice that a failure can name."""
    return random.Random("/".join(map(str, parts)))


def _copy(path: Path | None, target: sqlite3.Connection) -> None:
    assert path
    source = sqlite3.connect(path)
    source.backup(target)
    source.close()


def _forget_durability(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _json(value: object) -> str:
    return json.dumps(value)


def utc(*parts: int) -> datetime:
    """An instant."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
