"""The proxy's endpoints: its daily activity, its lists, and what it refuses."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.company.faults import Fault, Faults, Planned
from bot.demo.company.wire import CutOff
from bot.demo.gateway import GatewayRow, shapes

VIEWER_KEY = "sk-hoshino-works-viewer-demo"
"""A key as it should be: it sees everybody's use and opens nothing else. It opens nothing anywhere else either."""
VISIBLE_AFTER = timedelta(seconds=15)
"""How long the proxy keeps a request to itself before it writes a batch."""

_OWN_KEY = "/key/info"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_STATUS = {
    Fault.RATE_LIMITED: 429,
    Fault.SPEND_CAP: 429,
    Fault.OVERLOADED: 503,
    Fault.SERVER_ERROR: 500,
    Fault.TIMEOUT: 504,
}

Rows = Callable[[date, datetime], Iterable[GatewayRow]]
"""What was used on a UTC day and was over by an instant."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A request that is answered with an error, in one of the proxy's several ways."""

    status: int
    body: dict[str, Any]


def gateway_app(
    rows: Rows,
    *,
    clock: Callable[[], datetime],
    key: str = VIEWER_KEY,
    faults: Faults | None = None,
    users: Mapping[str, str | None] | None = None,
    is_master: bool = False,
) -> Starlette:
    """Serve what `rows` gives as `clock` lets it be seen. `app.state.faults` fails on request and counts.

    `users` are those whom the list of users names, with their addresses. A master key opens every route.
    """
    desk = _Desk(rows, clock, key, faults or Faults(), users or {}, is_master=is_master)
    routes = {
        "/user/daily/activity": desk.activity,
        "/user/daily/activity/aggregated": desk.aggregated,
        "/user/list": desk.users,
        "/key/list": desk.keys,
        _OWN_KEY: desk.own_key,
    }
    app = Starlette(
        routes=[Route(path, desk.guarded(answer)) for path, answer in routes.items()],
        exception_handlers={HTTPException: desk.unknown},
    )
    app.state.faults = desk.faults
    return app


class _Desk:
    """Answers."""

    def __init__(
        self,
        rows: Rows,
        clock: Callable[[], datetime],
        key: str,
        faults: Faults,
        users: Mapping[str, str | None],
        *,
        is_master: bool,
    ) -> None:
        self.faults = faults
        self._rows, self._clock, self._key, self._users, self._is_master = rows, clock, key, users, is_master

    def guarded(self, answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Any]:
        """Wrap an endpoint in what all of them share: planned faults, the key, and its routes."""

        async def endpoint(request: Request) -> Response:
            planned = self.faults.meet(request.method, request.url.path)
            if planned and (gone_wrong := _failed(planned)):
                return gone_wrong
            try:
                self._admit(request)
                body = answer(request)
            except Refused as error:
                return JSONResponse(error.body, error.status)
            return _spoilt(planned, body) if planned else JSONResponse(body)

        return endpoint

    async def unknown(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that the proxy does not have."""
        self.faults.meet(request.method, request.url.path)
        status = error.status_code if isinstance(error, HTTPException) else 404
        return JSONResponse({"detail": "Not Found" if status == 404 else "Method Not Allowed"}, status)

    def activity(self, request: Request) -> dict[str, Any]:
        """Give one page of rows of the table, summed up: a day may stand on several."""
        asked = request.query_params
        number, size = _whole(asked, "page", 1, 10**6), _whole(asked, "page_size", 50, 1000)
        kept = shapes.table([row for row in self._asked_for(request) if _matches(row, asked)])
        pages = -(-len(kept) // size)
        rows = [row for several in kept[(number - 1) * size : number * size] for row in several]
        about = {"page": number, "total_pages": pages, "has_more": number < pages}
        beside = {"api_key_limit": None, "total_api_keys": None, "entity_total_api_keys": None}
        return {"results": shapes.results(rows), "metadata": shapes.totals(rows, **about, **beside)}

    def aggregated(self, request: Request) -> dict[str, Any]:
        """Give whole sums of days on one page."""
        limit = _whole(request.query_params, "api_key_limit", 100, 1000)
        rows = [row for row in self._asked_for(request) if _matches(row, request.query_params)]
        about = {"page": 1, "total_pages": 1, "has_more": False}
        keys = len({row.key_hash for row in rows})
        beside = {"api_key_limit": limit, "total_api_keys": keys, "entity_total_api_keys": None}
        return {"results": shapes.aggregated(rows, limit), "metadata": shapes.totals(rows, **about, **beside)}

    def users(self, request: Request) -> dict[str, Any]:
        """Give one page of the users."""
        number = _whole(request.query_params, "page", 1, 10**6)
        size = _whole(request.query_params, "page_size", 25, 100)
        users = [
            {"user_id": user_id, "user_email": email, "user_alias": None, "user_role": "internal_user", "spend": 0.0}
            for user_id, email in self._users.items()
        ]
        some, pages = users[(number - 1) * size : number * size], -(-len(users) // size)
        return {"users": some, "total": len(users), "page": number, "page_size": size, "total_pages": pages}

    def keys(self, request: Request) -> dict[str, Any]:
        """Give the keys that were used within a month."""
        number, size = (
            _whole(request.query_params, "page", 1, 10**6),
            _whole(request.query_params, "size", 10, 100),
        )
        today = self._clock().date()
        seen = {row.key_hash: row for row in self._between(today - timedelta(days=30), today)}
        keys = [{"token": row.key_hash, "key_alias": row.key_alias, "user_id": row.user_id} for row in seen.values()]
        some, pages = keys[(number - 1) * size : number * size], -(-len(keys) // size)
        return {"keys": some, "total_count": len(keys), "current_page": number, "total_pages": pages}

    def own_key(self, _: Request) -> dict[str, Any]:
        """Say that a master key is no row of the table of keys."""
        raise Refused(404, _auth_error("Key not found in database", "not_found_error", 404))

    def _admit(self, request: Request) -> None:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not key:
            raise Refused(401, _auth_error("Authentication Error, No api key passed in.", "auth_error", 401))
        if key != self._key:
            token = hashlib.sha256(key.encode()).hexdigest()
            why = f"Authentication Error, Invalid proxy server token passed. Key Hash (Token) ={token}"
            raise Refused(401, _auth_error(why, "token_not_found_in_db", 401))
        if request.url.path == _OWN_KEY and not self._is_master:
            raise Refused(403, {"detail": "Virtual key is not allowed to call this route."})

    def _asked_for(self, request: Request) -> list[GatewayRow]:
        try:
            first, last = (_day(request.query_params.get(name, "")) for name in ("start_date", "end_date"))
        except ValueError:
            why = "start_date and end_date must be valid YYYY-MM-DD dates"
            raise Refused(400, {"detail": {"error": why}}) from None
        return self._between(first, last)

    def _between(self, first: date, last: date) -> list[GatewayRow]:
        seen_until = self._clock() - VISIBLE_AFTER
        last = min(last, seen_until.date())
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [row for day in days for row in self._rows(day, seen_until)]


def _matches(row: GatewayRow, asked: Mapping[str, str]) -> bool:
    said = {"user_id": row.user_id, "api_key": row.key_hash, "model": f"{row.provider}/{row.model}"}
    return all(name not in asked or asked[name] == value for name, value in said.items())


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _whole(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, str(default))
    value = int(text) if _WHOLE.fullmatch(text) else None
    if value is not None and 1 <= value <= most:
        return value
    kind, why = "int_parsing", "Input should be a valid integer"
    if value is not None:
        kind, why = "less_than_equal", f"Input should be less than or equal to {most}"
    raise Refused(422, {"detail": [{"type": kind, "loc": ["query", name], "msg": why}]})


def _auth_error(message: str, kind: str, status: int) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": "None", "code": str(status)}}


def _failed(planned: Planned) -> Response | None:
    """Give the answer of a fault that needs none of the data; None for the others."""
    if planned.fault is Fault.SERVER_ERROR:
        return JSONResponse({"detail": {"error": "Failed to fetch analytics: "}}, 500)
    if planned.fault in _STATUS:
        status = _STATUS[planned.fault]
        waiting = {"retry-after": planned.retry_after} if planned.fault is Fault.RATE_LIMITED else {}
        return JSONResponse(_auth_error("Try again later.", "throttling_error", status), status, waiting)
    if planned.fault is Fault.BAD_GATEWAY:
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")
    if planned.fault is Fault.REDIRECT:
        return Response("", 302, {"location": planned.location})
    return None


def _spoilt(planned: Planned, body: dict[str, Any]) -> Response:
    """Give the answer of a fault that begins well."""
    if planned.fault is Fault.EMPTY and "results" in body:
        body = {"results": [], "metadata": shapes.totals([], page=1, total_pages=0, has_more=False)}
    if planned.fault is Fault.ENDLESS_CURSOR and "metadata" in body:
        body = {**body, "metadata": {**body["metadata"], "has_more": True}}
    whole = json.dumps(body).encode()
    if planned.fault is Fault.RESET:
        return CutOff(whole, headers={"content-type": "application/json"})
    half = planned.fault is Fault.TRUNCATED
    return Response(whole[: len(whole) // 2] if half else whole, media_type="application/json")
