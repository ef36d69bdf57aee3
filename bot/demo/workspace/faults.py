"""Everything that can go wrong between a bot and Slack's Web API, switched on by a test."""

import asyncio
import math
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to fail. `lands`: Slack has done what was asked, only the answer suffers."""

    lands: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What is answered instead; None: the true answer."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the true answer that are other values, or gone when None."""
    wait_seconds: float = 0.0
    breaks: str = ""
    """`reset`: the connection ends without an answer; `truncated`: in the middle of it."""


def ratelimited(retry_after: str | None = "1") -> Fault:
    """HTTP 429; surely not done."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Fault(status=429, headers=headers, body=b'{"ok":false,"error":"ratelimited"}')


def server_error(status: int = 500, *, lands: bool = False) -> Fault:
    """A 5xx with a page of HTML."""
    return Fault(status=status, lands=lands, body=b"<html>Server Error</html>")


def refused(error: str, **more: Any) -> Fault:
    """`ok: false` with an error of Slack's, e.g. `fatal_error`."""
    return Fault(changes={"ok": False, "error": error, **more}, body=b"{}")


def hang(seconds: float, *, lands: bool = False) -> Fault:
    """The answer comes too late."""
    return Fault(wait_seconds=seconds, lands=lands, body=None if lands else b'{"ok":false,"error":"internal_error"}')


def reset(*, lands: bool = False) -> Fault:
    """The connection ends without a byte."""
    return Fault(lands=lands, breaks="reset")


def truncated(*, lands: bool = True) -> Fault:
    """The connection ends in the middle of the answer."""
    return Fault(lands=lands, breaks="truncated")


def not_json(*, lands: bool = True) -> Fault:
    """A page of HTML with status 200, as some proxies give."""
    return Fault(lands=lands, body=b"<html>Please sign in</html>")


def altered(**changes: Any) -> Fault:
    """The deed is done, and the answer lacks what is None, e.g. `altered(ok=None)` or `altered(ts=None)`."""
    return Fault(lands=True, changes=changes)


class Faults:
    """What goes wrong next, by method of the Web API."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def add(self, method: str, *faults: Fault) -> None:
        """Let the next calls fail, one fault each."""
        with self._lock:
            self._next[method].extend(faults)

    def always(self, method: str, fault: Fault) -> None:
        """Let every call fail until `clear`."""
        with self._lock:
            self._always[method] = fault

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._next.clear()
            self._always.clear()

    def take(self, method: str) -> Fault | None:
        """Give the fault of this call."""
        with self._lock:
            waiting = self._next[method]
            return waiting.popleft() if waiting else self._always.get(method)


class Pace:
    """How fast each place may be posted to: the next post is taken once the pause after the last one is over."""

    def __init__(self) -> None:
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, place: str, now_seconds: float, per_second: float) -> Fault | None:
        """Note a post, or give the 429 that it meets."""
        with self._lock:
            wait_seconds = self._free_at.get(place, now_seconds) - now_seconds
            if wait_seconds > 0:
                return ratelimited(str(math.ceil(wait_seconds)))
            self._free_at[place] = now_seconds + 1 / per_second
            return None


async def spoilt(fault: Fault, answer: Mapping[str, Any] | None) -> Response:
    """Give the answer as the fault leaves it."""
    if fault.wait_seconds:
        await asyncio.sleep(fault.wait_seconds)
    if fault.breaks:
        return _Broken(fault.breaks)
    if fault.body is not None and not fault.changes:
        return Response(fault.body, fault.status, fault.headers, media_type="text/html")
    merged = {**(answer or {}), **fault.changes}
    told = {name: value for name, value in merged.items() if value is not None}
    return JSONResponse(told, fault.status, fault.headers)


class _Broken(Response):
    """A response that never ends well."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  the shape of ASGI
        # The server refuses to write two different lengths and closes the connection without a byte.
        lengths = [(b"content-length", b"500")] + ([(b"content-length", b"5")] if self._how == "reset" else [])
        await send({"type": "http.response.start", "status": 200, "headers": lengths})
        await send({"type": "http.response.body", "body": b'{"ok":true,"channel":"C0GEN', "more_body": True})
