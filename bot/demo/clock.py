"""A clock that can be moved: days and what is due follow it, signatures and deadlines do not."""

import threading
from datetime import UTC, datetime, timedelta


class MovableClock:
    """Real time plus an offset that only grows."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """Give the moved time (aware, UTC)."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def move(self, by: timedelta) -> datetime:
        """Move forward and give the new time. Raises `ValueError` for a move back: days that were told stay told."""
        if by < timedelta():
            raise ValueError("the clock only moves forward")
        with self._lock:
            self._offset += by
        return self()
