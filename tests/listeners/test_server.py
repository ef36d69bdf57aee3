"""The HTTP server against clients that take their time."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from bot.listeners import server
from bot.listeners.server import HttpServer

SECONDS = 0.4
"""In place of the real patience, so that a test can wait for its end."""


async def _echo(request: Request) -> Response:
    return Response(await request.body())


async def _talk(line: WebSocket) -> None:
    await line.accept()
    await line.send_text(await line.receive_text())


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(server, "HEADER_SECONDS", SECONDS)
    routes = [Route("/", _echo, methods=["POST"]), WebSocketRoute("/line", _talk)]
    running = HttpServer(Starlette(routes=routes))
    yield "127.0.0.1", httpx.URL(running.origin).port or 0
    running.close()


def closed_after(line: socket.socket, drip: bytes) -> float:
    """Send a byte at a time until the other side hangs up; give the seconds until then, at most ten times the limit."""
    began = time.monotonic()
    line.settimeout(SECONDS / 8)
    while (waited := time.monotonic() - began) < 10 * SECONDS:
        try:
            line.sendall(drip)
            if line.recv(1) == b"":
                return waited
        except TimeoutError:
            continue
        except OSError:
            return waited
    return waited


def answered(line: socket.socket) -> None:
    """Wait for the echo."""
    line.settimeout(5)
    seen = b""
    while not seen.endswith(b"\r\n\r\nhi"):
        more = line.recv(4096)
        assert more, seen
        seen += more


@pytest.mark.parametrize("begun", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_drips_headers_is_hung_up_on(address: tuple[str, int], begun: bytes) -> None:
    with closing(socket.create_connection(address)) as line:
        line.sendall(begun)
        assert SECONDS / 2 < closed_after(line, b"a" if begun else b"") < 5 * SECONDS


def test_who_drips_the_second_request_is_hung_up_on_too(address: tuple[str, int]) -> None:
    with closing(socket.create_connection(address)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        answered(line)
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert closed_after(line, b"a") < 5 * SECONDS


def test_a_body_may_take_longer_than_the_headers(address: tuple[str, int]) -> None:
    with closing(socket.create_connection(address)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
        time.sleep(2 * SECONDS)
        line.sendall(b"i")
        answered(line)


def test_a_websocket_stays_open(address: tuple[str, int]) -> None:
    with connect(f"ws://{address[0]}:{address[1]}/line") as line:
        time.sleep(2 * SECONDS)
        line.send("hi")
        assert line.recv() == "hi"
