"""Serve an ASGI application on a loopback port, in a thread of this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp, *, port: int = 0) -> Iterator[str]:
    """Serve until the block ends; yields the origin, e.g. `http://127.0.0.1:51423`. Port 0 takes any free one.

    Raises `OSError` when the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    ready = threading.Event()
    thread = threading.Thread(target=_run, args=(server, listener, ready), name="serving", daemon=True)
    thread.start()
    try:
        ready.wait(timeout=10)
        yield "http://127.0.0.1:{}".format(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _run(server: uvicorn.Server, listener: socket.socket, ready: threading.Event) -> None:
    listener.listen(128)
    ready.set()  # the kernel queues what arrives before the loop turns
    server.run(sockets=[listener])
