"""The playground's one address for telemetry: the bot behind it may be stopped, and starts again on another port."""

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

_TIMEOUT_SECONDS = 30
_KEPT = ("authorization", "content-type", "content-encoding")
_SIGNALS = ("logs", "metrics", "traces")


def with_telemetry(page: ASGIApp, origin: Callable[[], str | None]) -> Starlette:
    """Serve the page, and hand what is posted to `/v1/…` to the bot, which stands at `origin`; None: it is down."""

    async def forward(request: Request) -> Response:
        to, body = origin(), await request.body()
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        try:
            return await run_in_threadpool(_passed_on, to, request.url.path, headers, body)
        except OSError:
            return JSONResponse({"message": "the bot is not running"}, 503, {"retry-after": "1"})

    doors = [Route(f"/v1/{signal}", forward, methods=["POST"]) for signal in _SIGNALS]
    return Starlette(routes=[*doors, Mount("/", app=page)])


def _passed_on(origin: str | None, path: str, headers: dict[str, str], body: bytes) -> Response:
    if origin is None:
        raise ConnectionRefusedError
    line = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=_TIMEOUT_SECONDS)
    try:
        line.request("POST", path, body=body, headers=headers)
        answer = line.getresponse()
        said = {name: value for name in ("content-type", "retry-after") if (value := answer.headers[name])}
        return Response(answer.read(), answer.status, said)
    finally:
        line.close()
