"""Socket Mode: the twin of Slack's end of the WebSocket."""

import asyncio
import json
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.demo.cast import APP_ID

MOST_CONNECTIONS = 10
_CLOSE = "close"


@dataclass(slots=True, eq=False)
class _Connection:
    loop: asyncio.AbstractEventLoop
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def put(self, message: Mapping[str, Any] | str) -> None:
        """Queue a message from any thread; the word `close` ends the connection."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.loop.call_soon_threadsafe(self.outbox.put_nowait, text)


class NoConnection(Exception):
    """The app has no open socket: Slack can only tell the person that it failed."""


class SocketHub:
    """All sockets of the app. Each envelope goes to one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._waiting: dict[str, Future[Mapping[str, Any]]] = {}
        self._turn = 0
        self.is_deaf = False
        """Sockets stay open, and nothing that people do reaches the app through them."""
        self.is_refusing = False
        """No new socket is opened."""

    def open_ticket(self) -> str:
        """Give a ticket for one connection."""
        ticket = secrets.token_urlsafe(18)
        with self._lock:
            self._tickets.add(ticket)
        return ticket

    @property
    def count(self) -> int:
        """How many sockets are open."""
        with self._lock:
            return len(self._connections)

    def deliver(
        self, kind: str, payload: Mapping[str, Any], more: Mapping[str, Any] | None = None, *, limit_seconds: float
    ) -> Mapping[str, Any]:
        """Send an envelope and give its acknowledgement.

        `kind` is `slash_commands`, `interactive` or `events_api`; `more` stands beside the payload. Raises
        `NoConnection`, or `TimeoutError` when nothing came in time.
        """
        envelope_id = secrets.token_hex(16)
        answer: Future[Mapping[str, Any]] = Future()
        with self._lock:
            if not self._connections:
                raise NoConnection
            self._turn += 1
            connection = self._connections[self._turn % len(self._connections)]
            self._waiting[envelope_id] = answer
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": False}
        if not self.is_deaf:
            connection.put({**envelope, **(more or {})})
        try:
            return answer.result(timeout=limit_seconds)
        finally:
            with self._lock:
                self._waiting.pop(envelope_id, None)

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every client to come back on a new connection, and close, as Slack does every few hours."""
        for connection in self._all():
            connection.put({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}})
            connection.put(_CLOSE)

    def drop(self) -> None:
        """Close every connection without a word."""
        for connection in self._all():
            connection.put(_CLOSE)

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one connection at `/link/?ticket=…`."""
        ticket = websocket.query_params.get("ticket", "")
        with self._lock:
            is_known = ticket in self._tickets
            self._tickets.discard(ticket)
        if not is_known or self.is_refusing:
            await websocket.close(4001)
            return
        await websocket.accept()
        connection = _Connection(asyncio.get_running_loop())
        with self._lock:
            is_too_many = len(self._connections) >= MOST_CONNECTIONS
            if not is_too_many:
                self._connections.append(connection)
            number = len(self._connections)
        if is_too_many:
            await websocket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await websocket.close()
            return
        await websocket.send_json(_hello(number))
        reader = asyncio.create_task(self._read(websocket, connection))
        try:
            await _write(websocket, connection)
        finally:
            reader.cancel()
            with self._lock:
                self._connections.remove(connection)

    def _all(self) -> list[_Connection]:
        with self._lock:
            return list(self._connections)

    async def _read(self, websocket: WebSocket, connection: _Connection) -> None:
        try:
            while True:
                self._acknowledged(await websocket.receive_text())
        except WebSocketDisconnect:
            connection.outbox.put_nowait("")

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        with self._lock:
            waiting = self._waiting.pop(str(answer.get("envelope_id")), None) if isinstance(answer, dict) else None
        if waiting is not None:
            waiting.set_result(answer)


async def _write(websocket: WebSocket, connection: _Connection) -> None:
    """Send what is queued until we close or the peer is gone (an empty message)."""
    while text := await connection.outbox.get():
        if text == _CLOSE:
            await websocket.close()
            return
        await websocket.send_text(text)


def _hello(number: int) -> dict[str, Any]:
    debug = {"host": "applink", "build_number": 1, "approximate_connection_time": 18_060}
    return {
        "type": "hello",
        "num_connections": number,
        "debug_info": debug,
        "connection_info": {"app_id": APP_ID},
    }
