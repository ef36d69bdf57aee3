"""What happened, in order: requests between bot, Slack and usage API, and what the bot decided."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

KEPT_LINES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    who: str
    """Whose act: `slack`, `bot`, `usage`, or a logger's name."""
    what: str


class Journal:
    """The last few hundred lines. Any thread may write."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._lock = threading.Lock()

    def write(self, who: str, what: str) -> None:
        """Add a line. `what` never holds a token."""
        with self._lock:
            self._lines.append(Line(self._clock(), who, what))

    def recent(self) -> list[Line]:
        """Give what is kept, the oldest first."""
        with self._lock:
            return list(self._lines)


class JournalHandler(logging.Handler):
    """Takes what Python's loggers say into a journal, with their fields."""

    def __init__(self, journal: Journal, who: str = "bot", level: int = logging.INFO) -> None:
        super().__init__(level)
        self._journal = journal
        self._who = who

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's sentence and the fields given as `extra`."""
        fields = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        self._journal.write(self._who, f"{record.getMessage()} {told}".strip())


_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
