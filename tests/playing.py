"""The playground for tests of what people see: the same as `bot.demo` starts, over a past that was read once."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from bot.demo.composition import Playground
from bot.demo.composition import playground as started

_FILE = "ccost.db"
_FRESH_SECONDS = 600
"""The bot reads again after half an hour: what was read must be younger than that when a test begins."""


@contextmanager
def playground(folder: Path, *, socket_mode: bool = False, with_group: bool = False) -> Iterator[Playground]:
    """Start the playground with its 90 days, which the first of each process has read from the company."""
    today = datetime.now(UTC).date()
    database = _read_once(today, int(time.monotonic() // _FRESH_SECONDS))
    (folder / _FILE).write_bytes(database)
    with started(folder, socket_mode=socket_mode, with_group=with_group) as running:
        yield running


@cache
def _read_once(_today: date, _turn: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with started(Path(folder)):
            pass
        copy = Path(folder) / "copy.db"
        with closing(sqlite3.connect(Path(folder) / _FILE)) as read, closing(sqlite3.connect(copy)) as whole:
            read.backup(whole)
        return copy.read_bytes()
