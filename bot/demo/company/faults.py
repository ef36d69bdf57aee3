"""What can go wrong at the twin of the usage API, switched on by a test or by the playground."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How one request is answered instead of well."""

    RATE_LIMITED = "rate_limited"
    """429 with `retry-after`."""
    SPEND_CAP = "spend_cap"
    """429 that waiting does not cure: no `retry-after`, a stable error code."""
    OVERLOADED = "overloaded"
    """529."""
    SERVER_ERROR = "server_error"
    """500."""
    TIMEOUT = "timeout"
    """504."""
    BAD_GATEWAY = "bad_gateway"
    """502 with the HTML page of some proxy."""
    RESET = "reset"
    """The connection closes in the middle of the body."""
    TRUNCATED = "truncated"
    """200, and half of the JSON with an honest length."""
    ENDLESS_CURSOR = "endless_cursor"
    """A page that names itself as the next one."""
    REDIRECT = "redirect"
    """302 to `location`."""
    EMPTY = "empty"
    """200 and no row, whatever was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One fault to come."""

    fault: Fault | None
    """None lets a request pass."""
    retry_after: str
    location: str


class Faults:
    """A queue of faults, and the record of what was asked. Shared between threads."""

    def __init__(self) -> None:
        self._queue: deque[Planned] = deque()
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def plan(
        self, fault: Fault, times: int = 1, *, after: int = 0, retry_after: str = "2", location: str = "/elsewhere"
    ) -> None:
        """Let `after` requests pass, behind what is planned already, and then fail the next `times`."""
        well, ill = (Planned(fault=kind, retry_after=retry_after, location=location) for kind in (None, fault))
        with self._lock:
            self._queue.extend([well] * after + [ill] * times)

    def clear(self) -> None:
        """Forget what is planned."""
        with self._lock:
            self._queue.clear()

    def meet(self, method: str, path: str) -> Planned | None:
        """Record a request and give the fault it meets."""
        with self._lock:
            self._seen[f"{method} {path}"] += 1
            planned = self._queue.popleft() if self._queue else None
        return planned if planned and planned.fault else None

    def requests(self) -> Counter[str]:
        """Give how often what was asked, by `METHOD /path`."""
        with self._lock:
            return self._seen.copy()
