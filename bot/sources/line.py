"""The socket under a request, kept at hand so that a deadline can cut it."""

import socket
from collections.abc import Mapping
from typing import Any


class Line:
    """Knows the socket of the newest connection.

    A stalled read cannot look at a clock, so somebody else must end it. Cutting is done from another thread.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Listen to httpcore's trace events: the documented way to the connection."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def cut(self) -> None:
        """End whatever waits on the socket. The reader sees a connection that closed."""
        if self._socket is not None and self._socket.fileno() != -1:
            try:
                # The plain shutdown, also for TLS: its own one would take the session away under the reader's feet.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it ended by itself in this moment
