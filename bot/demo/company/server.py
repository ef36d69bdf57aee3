"""The twin of the vendor's usage API: the organization and its Claude Code report, behind the real wire format."""

import base64
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.demo.company import ORGANIZATION_ID, Company
from bot.demo.company.faults import Fault, Faults, Planned

ADMIN_KEY = "sk-ant-admin01-hoshino-works-demo"
"""The one key that the invented organization gave out. It opens nothing anywhere else."""

VISIBLE_AFTER = timedelta(hours=1)
"""How long after it ended a session is seen."""
_MAX_WALKS = 16
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r'"\\u0000([-0-9.]+)\\u0000"')
"""How `json` writes an amount between two NULs: nothing that a company is named holds any."""
_LIMIT = re.compile(r"[0-9]{1,4}", re.ASCII)
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}

_ERRORS = {
    Fault.RATE_LIMITED: (429, "Slow down and try again.", None),
    Fault.SPEND_CAP: (429, "The spend limit is reached.", "enforced_spend_limit_reached"),
    Fault.OVERLOADED: (529, "Overloaded.", None),
    Fault.SERVER_ERROR: (500, "Internal error.", None),
    Fault.TIMEOUT: (504, "Timed out.", None),
}
_PAGES = {
    Fault.ENDLESS_CURSOR: '{"data":[],"has_more":true,"next_page":"page_again"}',
    Fault.EMPTY: '{"data":[],"has_more":false,"next_page":null}',
}


def usage_app(
    company: Company,
    *,
    clock: Callable[[], datetime],
    keys: Collection[str] = (ADMIN_KEY,),
    faults: Faults | None = None,
) -> Starlette:
    """Serve a company's usage as `clock` lets it be seen. `app.state.faults` fails on request and counts."""
    desk = _Desk(company, clock, frozenset(keys), faults or Faults())
    app = Starlette(
        routes=[
            Route("/v1/organizations/me", desk.guarded(desk.me)),
            Route("/v1/organizations/usage_report/claude_code", desk.guarded(desk.claude_code)),
        ],
        exception_handlers={HTTPException: desk.unknown},
    )
    app.state.faults = desk.faults
    return app


@dataclass(frozen=True, slots=True)
class _Problem(Exception):
    status: int
    message: str


class _Desk:
    """Answers. What one walk over the pages saw at its first page, it sees to its last."""

    def __init__(self, company: Company, clock: Callable[[], datetime], keys: frozenset[str], faults: Faults) -> None:
        self.faults = faults
        self._company, self._clock, self._keys = company, clock, keys
        self._walks: OrderedDict[int, list[dict[str, Any]]] = OrderedDict()
        self._served = 0

    def guarded(self, answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Any]:
        """Wrap an endpoint in what all of them share: planned faults, the key, the version, the request's id."""

        async def endpoint(request: Request) -> Response:
            self._served += 1
            request_id = f"req_{hashlib.sha256(str(self._served).encode()).hexdigest()[:24]}"
            planned = self.faults.meet(request.method, request.url.path)
            if planned and (failed := _failed(planned, request_id)):
                return failed
            try:
                self._admit(request.headers)
                body = exact_json(answer(request))
            except _Problem as problem:
                return _problem(problem.status, problem.message, request_id)
            whole = body.encode()
            if planned and planned.fault is Fault.RESET:
                return _CutOff(whole, headers=_headers(request_id))
            half = planned is not None and planned.fault is Fault.TRUNCATED
            return Response(whole[: len(whole) // 2] if half else whole, headers=_headers(request_id))

        return endpoint

    async def unknown(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that the API does not have."""
        self.faults.meet(request.method, request.url.path)
        status = error.status_code if isinstance(error, HTTPException) else 404
        return _problem(status, "There is nothing of that name here.", "req_nothing")

    def me(self, _: Request) -> dict[str, Any]:
        """Name the organization."""
        return {"id": ORGANIZATION_ID, "type": "organization", "name": self._company.name, "x_unknown": True}

    def claude_code(self, request: Request) -> dict[str, Any]:
        """Give one page of one UTC day."""
        day, limit, page = _asked(request.query_params)
        bound_to = f"{day}/{limit}"
        walk, start = self._resume(page, bound_to) if page is not None else (self._begin(day), 0)
        records = self._walks[walk]
        end = start + limit
        more = end < len(records)
        cursor = base64.urlsafe_b64encode(json.dumps([walk, end, bound_to]).encode()).decode() if more else ""
        return {
            "data": records[start:end],
            "has_more": more,
            "next_page": f"page_{cursor}" if more else None,
            "x_unknown": [],
        }

    def _admit(self, headers: Mapping[str, str]) -> None:
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if key not in self._keys:
            if key.startswith("sk-ant-api"):
                raise _Problem(403, "This key has the scopes [] and needs an Admin API key.")
            raise _Problem(401, "The key is missing or unknown.")
        if not headers.get("anthropic-version"):
            raise _Problem(400, "anthropic-version: header is required")

    def _begin(self, day: date) -> int:
        self._walks[self._served] = self._company.records(day, self._clock() - VISIBLE_AFTER)
        while len(self._walks) > _MAX_WALKS:
            self._walks.popitem(last=False)
        return self._served

    def _resume(self, page: str, bound_to: str) -> tuple[int, int]:
        try:
            walk, start, issued_for = json.loads(base64.urlsafe_b64decode(page.removeprefix("page_")))
        except (ValueError, TypeError):
            raise _Problem(400, "page: not a cursor") from None
        if issued_for != bound_to:
            raise _Problem(400, "page: cursor does not match current query parameters")
        if walk not in self._walks:
            raise _Problem(400, "page: the cursor has expired")
        return walk, start


class _CutOff(Response):
    """Promises a body and closes the connection in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body)[: len(self.body) // 2], "more_body": True})
        # The server closes the connection of an application that ends before its answer does.


def exact_json(value: Any) -> str:
    """Write JSON in which a `Decimal` stands with exactly its digits: on no way to a float and back."""
    marked = json.dumps(value, default=lambda amount: f"\0{amount:f}\0", separators=(",", ":"))
    return _AMOUNT.sub(r"\1", marked)


def _asked(query: Mapping[str, str]) -> tuple[date, int, str | None]:
    day, limit = query.get("starting_at", ""), query.get("limit", "20")
    if not _DAY.fullmatch(day):
        raise _Problem(400, "starting_at: a day in the form YYYY-MM-DD is required")
    try:
        starting_at = date.fromisoformat(day)
    except ValueError:
        raise _Problem(400, "starting_at: there is no such day") from None
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= 1000:
        raise _Problem(400, "limit: must be between 1 and 1000")
    return starting_at, int(limit), query.get("page")


def _failed(planned: Planned, request_id: str) -> Response | None:
    """Give the answer of a fault that needs none of the data; None for the others."""
    if planned.fault in _ERRORS:
        status, message, code = _ERRORS[planned.fault]
        waiting = {"retry-after": planned.retry_after} if planned.fault is Fault.RATE_LIMITED else {}
        return _problem(status, message, request_id, code=code, headers=waiting)
    headers = _headers(request_id)
    if planned.fault is Fault.BAD_GATEWAY:
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, {**headers, "content-type": "text/html"})
    if planned.fault is Fault.REDIRECT:
        return Response("", 302, {**headers, "location": planned.location})
    if planned.fault in _PAGES:
        return Response(_PAGES[planned.fault], headers=headers)
    return None


def _problem(
    status: int, message: str, request_id: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    error: dict[str, Any] = {"type": _KINDS.get(status, "api_error"), "message": message}
    if code:
        error["details"] = {"error_code": code}
    body = {"type": "error", "error": error, "request_id": request_id}
    return Response(exact_json(body), status, {**_headers(request_id), **(headers or {})})


def _headers(request_id: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION_ID,
    }
