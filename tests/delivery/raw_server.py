"""A server below HTTP: it answers with the bytes that a test gives, as slowly as it says."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class RawServer:
    """A socket that does what a test says, and keeps what it was told."""

    def __init__(self, behave: Callable[[socket.socket], object], context: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.received: list[bytes] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def drip(self, connection: socket.socket, parts: list[bytes], pause_seconds: float) -> None:
        """Read a request, then answer piece by piece until the other side hangs up."""
        self.received.append(_whole_request(connection))
        for part in parts:
            connection.sendall(part)
            if self._stopped.wait(pause_seconds):
                return

    def _serve(self) -> None:
        while not self._stopped.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    connection.settimeout(5)
                    wrapped = self._context.wrap_socket(connection, server_side=True) if self._context else connection
                    with wrapped:
                        self._behave(wrapped)

    def close(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(timeout=5)
        self._listener.close()


def _whole_request(connection: socket.socket) -> bytes:
    raw = b""
    while more := connection.recv(65536):
        raw += more
        head, end, body = raw.partition(b"\r\n\r\n")
        told = re.search(rb"content-length: (\d+)", head.lower())
        if end and len(body) >= int(told[1] if told else 0):
            break
    return raw


@contextmanager
def raw_server(
    parts: list[bytes], pause_seconds: float = 0.0, context: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    server = RawServer(lambda connection: server.drip(connection, parts, pause_seconds), context)
    try:
        yield server
    finally:
        server.close()
