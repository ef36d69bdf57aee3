"""Handing over what another thread makes to whoever waits for it, as long as they do."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """One value, one giver, one taker: either the taker gets it, or the giver is told that nobody waits any more."""

    def __init__(self) -> None:
        self._given = threading.Event()
        self._lock = threading.Lock()
        self._value: T | None = None
        self._is_left = False

    def give(self, value: T) -> bool:
        """Hand it over; False when the taker has left."""
        with self._lock:
            if self._is_left:
                return False
            self._value = value
            self._given.set()
            return True

    def take(self, seconds: float) -> T | None:
        """Wait for it so long at most, then leave; None: it did not come."""
        self._given.wait(seconds)
        with self._lock:
            self._is_left = True
            return self._value
