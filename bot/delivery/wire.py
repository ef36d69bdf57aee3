"""One request to Slack's Web API: written at most once, read until one total deadline, never repeated.

Slack's own client repeats a request by itself when a connection breaks, has no total deadline, and cannot be asked
between the handshake and the first byte whether it is still time to write. So this is the standard library.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from bot.delivery.classify import Reply, Why

MAX_ANSWER_BYTES = 4 * 1024 * 1024


class Call(Protocol):
    """Calls a method of Slack's Web API once."""

    def __call__(
        self, method: str, arguments: Mapping[str, Any], *, may_write: Callable[[], bool] = lambda: True
    ) -> Reply:
        """`may_write` is asked when the connection stands and nothing is written yet. Raises nothing."""


class Wire:
    """Slack's Web API at an address, with a token."""

    def __init__(self, base_url: str, token: str, deadline: timedelta) -> None:
        self._url = urlsplit(base_url)
        self._token = token
        self._seconds = deadline.total_seconds()

    def __call__(
        self, method: str, arguments: Mapping[str, Any], *, may_write: Callable[[], bool] = lambda: True
    ) -> Reply:
        """Call a method once; see `Call`."""
        ends = time.monotonic() + self._seconds
        connection = self._connection()
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            connection.close()
            return Reply(written=False, problem=type(error).__name__)
        # However slowly an answer drips: at the deadline the connection is cut, and what was not read proves nothing.
        cut = threading.Timer(max(0.0, ends - time.monotonic()), _cut, (connection.sock,))
        cut.daemon = True
        cut.start()
        try:
            if not may_write() or time.monotonic() >= ends:
                return Reply(written=False, problem=Why.WITHHELD)
            return self._exchange(connection, method, arguments)
        finally:
            cut.cancel()
            connection.close()

    def _connection(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._seconds, context=ssl.create_default_context())
        return HTTPConnection(host, port, timeout=self._seconds)

    def _exchange(self, connection: HTTPConnection, method: str, arguments: Mapping[str, Any]) -> Reply:
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        }
        try:
            connection.request("POST", f"{self._url.path.rstrip('/')}/{method}", urlencode(form).encode(), headers)
            response = connection.getresponse()
            raw = response.read(MAX_ANSWER_BYTES + 1)
        except (OSError, HTTPException, ValueError) as error:
            return Reply(written=True, problem=type(error).__name__)
        if len(raw) > MAX_ANSWER_BYTES:
            return Reply(written=True, status=response.status, problem="answer too long")
        return Reply(
            written=True, status=response.status, body=_object(raw), retry_after=_retry_after(response), problem=""
        )


def _cut(sock: socket.socket) -> None:
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _retry_after(response: HTTPResponse) -> timedelta | None:
    told = response.headers.get("retry-after", "")
    return timedelta(seconds=min(int(told), 86_400)) if told.isascii() and told.isdigit() and len(told) < 8 else None
