"""The HTTP doors: Slack's requests (HTTP mode only), the two health questions, and what others bring."""

import logging
from collections.abc import Callable, Sequence

from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.listeners.guard import ALREADY_DONE, MAX_BODY_BYTES, Guard

logger = logging.getLogger(__name__)

_TRY_AGAIN = 503
_SAFE_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def door(
    bolt: App,
    guard: Guard | None,
    *,
    alive: Callable[[], bool],
    ready: Callable[[], str | None],
    also: Sequence[Route] = (),
) -> Starlette:
    """Build the one web application. Without a guard (Socket Mode) Slack's door does not exist.

    `alive` says whether the loop turned lately; `ready` gives None, or in a word what is missing; `also` are further
    doors.
    """

    async def healthz(_: Request) -> Response:
        live = alive()
        return _json({"live": live}, 200 if live else 503)

    async def readyz(_: Request) -> Response:
        missing = await run_in_threadpool(ready)
        return _json({"ready": missing is None, "missing": missing}, 200 if missing is None else 503)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), *also]
    if guard is not None:
        routes.append(Route("/slack/events", _slack(bolt, guard), methods=["POST"]))
    return Starlette(routes=routes)


def _slack(bolt: App, guard: Guard) -> Callable[[Request], object]:
    async def slack_events(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return _json({"error": "too_large"}, 413)
        return await run_in_threadpool(answer, body, request)

    def answer(body: bytes, request: Request) -> Response:
        raw = dict(request.headers.raw)
        verdict = guard.check(body, raw)
        if verdict.status != 200:
            # The reason is for us; who forges requests learns only that it did not work.
            logger.info("slack_request_refused", extra={"reason": verdict.reason})
            return _json({"error": "unauthorized" if verdict.status == 401 else "bad_request"}, verdict.status)
        if verdict is ALREADY_DONE:
            return _json({}, 200)
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getlist(name) for name in request.headers}
        try:
            answered = bolt.dispatch(BoltRequest(body=body.decode(), headers=headers))
        except Exception:  # Bolt trips over odd shapes before our error handler can be asked: theirs, so a 400
            logger.exception("slack_request_not_understood")
            return _json({"error": "bad_request"}, 400)
        if answered.status == _TRY_AGAIN:
            guard.forget(raw)
        return Response(
            content=answered.body,
            status_code=answered.status,
            headers={**_SAFE_HEADERS, **answered.first_headers_without_set_cookie()},
        )

    return slack_events


async def _read(request: Request) -> bytes | None:
    """Read the body as it comes, and stop reading at the cap: None."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BODY_BYTES:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)


def _json(body: dict[str, object], status: int) -> Response:
    return JSONResponse(body, status_code=status, headers=_SAFE_HEADERS)
