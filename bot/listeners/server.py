"""The HTTP server: uvicorn in a thread of this process."""

import asyncio
import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""From the first byte of a request to the last of its headers: who drips them holds a connection that others need."""
_GRACE_SECONDS = 5


class _Impatient(H11Protocol):
    """Hangs up on whoever does not come to the end of a request's headers in time."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request."""
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        """Wait for the next request's headers from its first byte on."""
        super().data_received(data)
        if self._is_in_headers():
            self._await_headers()
        else:
            self._have_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._have_headers()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._hang_up)

    def _have_headers(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_in_headers(self) -> bool:
        if self.transport.get_protocol() is not self:
            return False  # it speaks WebSocket now
        # uvicorn's own type leaves the None of the beginning out.
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]

    def _hang_up(self) -> None:
        self._deadline = None
        if self._is_in_headers():
            self.transport.close()


class HttpServer:
    """Serves an ASGI application from construction until `close`."""

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind and serve. Port 0 takes any free one. Raises `OSError` when the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Without the protocol's number asyncio does not switch Nagle's algorithm off, and each answer waits 40 ms.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(128)
        except OSError:
            self._socket.close()
            raise
        self._host = f"[{host}]" if family is socket.AF_INET6 else host
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=_Impatient,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                ws="websockets-sansio",
                timeout_graceful_shutdown=_GRACE_SECONDS,
                limit_concurrency=200,
                proxy_headers=False,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="http", daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)

    @property
    def origin(self) -> str:
        """Where it answers, e.g. `http://127.0.0.1:3000`."""
        return f"http://{self._host}:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Finish what is being answered, for a few seconds at most, and stop."""
        self._server.should_exit = True
        self._thread.join(timeout=_GRACE_SECONDS + 5)
        self._socket.close()
