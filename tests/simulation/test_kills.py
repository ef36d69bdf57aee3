"""The real program, killed -9 while it sends: what people see in Slack afterwards."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.demo.cast import CHANNELS, Channel
from bot.demo.workspace.calls import Call
from bot.demo.workspace.refusal import SlackRefusal
from bot.notice import NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import digests, notices
from bot.store.engine import Store, open_store
from bot.store.migrations import migrate
from bot.store.tables import NoticeTable, core
from tests.world import Program, World, running, world

KILLS = 10
ADMINS = ("U0HARUKA", "U0CHLOE")
ZONE = "Etc/GMT+12"
"""Always so far behind that the UTC day before its own day is complete."""

BEFORE_CLAIM = ("conversations.info", False)
BEFORE_LANDING = ("chat.postMessage", False)
AFTER_LANDING = ("chat.postMessage", True)
AFTER_RECORD = ("", True)
POINTS = (BEFORE_CLAIM, BEFORE_LANDING, AFTER_LANDING, AFTER_RECORD)


def channel(number: int) -> Channel:
    return Channel(channel_id=f"C0KILL{number}", name=f"kill-{number}")


@pytest.fixture
def outside(tmp_path: Path, database_url: str) -> Iterator[World]:
    channels = (*CHANNELS, *(channel(number) for number in range(KILLS)))
    with world(tmp_path, database_url, channels=channels) as made:
        made.environ["CCOST_BACKFILL_DAYS"] = "7"
        yield made


@contextmanager
def opened(outside: World) -> Iterator[Store]:
    store = open_store(outside.environ["CCOST_DATABASE_URL"])
    migrate(store)
    yield store
    store.close()


def ask_for_a_digest(outside: World, number: int) -> str:
    """Let a channel want its digest a minute ago, and give the key of it."""
    now = datetime.now(UTC)
    local = now - timedelta(hours=12, minutes=1)
    schedule = Schedule(
        channel_id=channel(number).channel_id,
        cadence=Cadence.DAILY,
        minute=local.hour * 60 + local.minute,
        zone=ZONE,
        weekends=True,
        spendless=True,
        set_by=ADMINS[0],
        set_at=now - timedelta(days=2),
    )
    with opened(outside) as store, store.sessions.begin() as session:
        digests.put(session, schedule)
    return f"digest/{schedule.channel_id}/{local.date()}/daily"


def killer(program: Program, point: tuple[str, bool], channel_id: str) -> Callable[[Call, bool], None]:
    """Kill the program when Slack is just asked, or has just done, something about a channel."""

    def at(call: Call, landed: bool) -> None:
        if (call.method, landed) == point and call.arguments.get("channel") == channel_id:
            program.process.kill()
            program.process.wait()
            if not landed:
                raise SlackRefusal("fatal_error")  # the deed is not done; nobody is left to hear it

    return at


def let_the_lease_run_out(outside: World) -> None:
    """Two minutes of waiting, without the waiting."""
    table = core(NoticeTable)
    with opened(outside) as store, store.sessions.begin() as session:
        session.execute(
            update(table)
            .where(table.c.state == NoticeState.SENDING)
            .values(real_lease_until=datetime.now(UTC) - timedelta(seconds=1))
        )


def run_and_kill(outside: World, point: tuple[str, bool], channel_id: str) -> None:
    with running(outside, wait_for="ccost 0") as program:
        if point == AFTER_RECORD:
            program.wait_for("Ready.")
            program.process.kill()
        else:
            outside.workspace.on_call = killer(program, point, channel_id)
        program.process.wait(timeout=60)
        outside.workspace.on_call = None
    assert program.process.returncode == -signal.SIGKILL


def shown(outside: World) -> Counter[str]:
    """Count what everybody sees, by key."""
    team = outside.workspace.team
    entries = [entry for one in team.channels() for entry in team.conversation(one.channel_id) if entry.metadata]
    return Counter(str((entry.metadata or {})["event_payload"]["key"]) for entry in entries)


def test_killed_while_it_sends_nothing_is_lost_and_nothing_said_twice(outside: World) -> None:
    asked: dict[str, tuple[str, bool]] = {}
    for number in range(KILLS):
        point = POINTS[number % len(POINTS)]
        asked[ask_for_a_digest(outside, number)] = point
        run_and_kill(outside, point, channel(number).channel_id)
        let_the_lease_run_out(outside)
    with running(outside):
        pass
    counted = shown(outside)
    with opened(outside) as store, store.sessions() as session:
        states = {key: notices.get(session, key) for key in asked}
    lost, doubled = 0, sum(count > 1 for count in counted.values())
    for key, point in asked.items():
        row = states[key]
        assert row, key
        if point in (BEFORE_CLAIM, AFTER_RECORD):
            assert (row.state, counted[key]) == (NoticeState.SENT, 1), (key, point, row.outcome)
        else:
            assert row.state is NoticeState.UNCERTAIN, (key, point, row.outcome)
            assert counted[key] == (point == AFTER_LANDING), (key, point)
            lost += not all(counted[f"operator/held/{key}/{row.fence}/{admin}"] == 1 for admin in ADMINS)
    print(f"{KILLS} kills: lost {lost}, doubled {doubled}")
    assert (lost, doubled) == (0, 0)
