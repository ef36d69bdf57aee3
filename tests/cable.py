"""The wire between a program and a server, to cut: a TCP proxy on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_LINK = b"GET /link/"


class Cable:
    """Carries connections to a server. WebSockets can fall silent; nobody is told that nothing arrives any more."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._target = (str(parts.hostname), int(str(parts.port)))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._silent = set[socket.socket]()
        self._links = set[socket.socket]()
        self.is_cut = False
        """Nothing can be connected."""
        self.is_mute = False
        """A new WebSocket hears no more than that it is open."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def origin(self) -> str:
        """Where its near end is."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def silence(self) -> None:
        """Let nothing more arrive over the WebSockets that are open now."""
        self._silent |= self._links

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.is_cut:
            near.close()
            return
        with near, suppress(OSError), socket.create_connection(self._target) as far:
            first = near.recv(65536)
            far.sendall(first)
            if first.startswith(_LINK):
                self._links.add(near)
                near.sendall(far.recv(65536))
                if self.is_mute:
                    self._silent.add(near)
            back = threading.Thread(target=self._pump, args=(far, near, near), daemon=True)
            back.start()
            self._pump(near, far, near)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket, link: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if link not in self._silent:
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable(origin: str) -> Iterator[Cable]:
    """Lay a cable to a server for as long as the block lasts."""
    laid = Cable(origin)
    try:
        yield laid
    finally:
        laid.close()
