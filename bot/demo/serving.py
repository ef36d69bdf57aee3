"""Serve an ASGI application on a loopback port for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from bot.listeners.server import HttpServer


@contextmanager
def serving(app: ASGIApp, *, port: int = 0) -> Iterator[str]:
    """Serve until the block ends; yields the origin, e.g. `http://127.0.0.1:51423`. Port 0 takes any free one.

    Raises `OSError` when the port is taken.
    """
    server = HttpServer(app, port=port)
    try:
        yield server.origin
    finally:
        server.close()
