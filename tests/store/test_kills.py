"""A process that is killed while it replaces days leaves each day whole: one reading or the other, never a mix."""

import subprocess
import sys
import time
from datetime import date, timedelta

from bot.periods import ChargePeriod
from bot.store import usage
from bot.store.engine import Store
from bot.store.replacing import replace_day
from bot.usage import DayReading
from tests.store.readings import DAY, NOON, PRECEDENCE, USD, person, reading, used

DAYS = tuple(DAY - timedelta(n) for n in range(3))
ROWS = 150
LOOP = """
import sys
from datetime import timedelta
from itertools import count
from bot.store.engine import open_store
from bot.store.replacing import replace_day
from tests.store.test_kills import DAYS, PRECEDENCE, told
store = open_store(sys.argv[1])
for turn in count(int(sys.argv[2])):
    for day in DAYS:
        with store.sessions.begin() as session:
            replace_day(session, told(day, turn), PRECEDENCE)
    print(turn, flush=True)
"""


def told(day: date, turn: int) -> DayReading:
    """The reading of a turn: all its rows carry the turn in their address, and cost as much as those of any other."""
    people = (person(f"{turn % 7}-{n}@example.com") for n in range(ROWS))
    return reading(*(used(who, USD, day=day) for who in people), day=day, at=NOON + timedelta(seconds=turn))


def test_a_killed_process_leaves_each_day_whole(store: Store) -> None:
    turn, url = 0, store.engine.url.render_as_string(hide_password=False)
    for delay_seconds in (0.01, 0.05, 0.11):
        command = [sys.executable, "-c", LOOP, url, str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            turn = int(process.stdout.readline()) + 1  # it is in the middle of its work now
            time.sleep(delay_seconds)
            process.kill()
            finished = [int(line) for line in process.stdout.read().split()]
        turn = max([turn, *finished]) + 2
        for day in DAYS:
            _check_whole(store, day)
    with store.sessions.begin() as session:
        done = replace_day(session, told(DAY, turn), PRECEDENCE)
    assert done.rows_written
    _check_whole(store, DAY)


def _check_whole(store: Store, day: date) -> None:
    period = ChargePeriod(day, day + timedelta(1), "")
    with store.sessions() as session:
        rows = usage.unattributed(session, period)
        total = sum(row.spend.cost_nanos for row in usage.of_team(session, period).rows)
    assert len({one.consumer.external_id.partition("-")[0] for one in rows}) == 1
    assert len(rows) == ROWS
    assert total == ROWS * USD
