"""How the twin of the usage API speaks: exact JSON, error envelopes, planned faults, and cursors that hold still."""

import base64
import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.demo.company import ORGANIZATION_ID
from bot.demo.company.faults import Fault, Planned

_MAX_WALKS = 16
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
_ENDLESS_PAGE = '{"data":[],"has_more":true,"next_page":"page_again","last_id":"again"}'


@dataclass(frozen=True, slots=True)
class Problem(Exception):
    """A request that is answered with an error."""

    status: int
    message: str


class Walks:
    """What one walk over the pages saw at its first page, it sees to its last. The oldest walks are forgotten."""

    def __init__(self) -> None:
        self._walks: OrderedDict[int, tuple[Sequence[Any], Mapping[str, Any]]] = OrderedDict()
        self._begun = 0

    def page(
        self,
        rows: Sequence[Any],
        *,
        limit: int,
        cursor: str | None,
        bound_to: str,
        beside: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Give the first page of `rows`, or the page of the walk that the cursor belongs to.

        `beside` stands in each page of the walk. Raises `Problem` for a cursor that is none, has expired, or was given
        for another question.
        """
        walk, start = (self._begin(rows, beside or {}), 0) if cursor is None else self._resume(cursor, bound_to)
        rows, also = self._walks[walk]
        end = start + limit
        more = end < len(rows)
        text = base64.urlsafe_b64encode(json.dumps([walk, end, bound_to]).encode()).decode()
        return {
            "data": list(rows[start:end]),
            "has_more": more,
            "next_page": f"page_{text}" if more else None,
            "x_unknown": [],
            **also,
        }

    def _begin(self, rows: Sequence[Any], beside: Mapping[str, Any]) -> int:
        self._begun += 1
        self._walks[self._begun] = rows, beside
        while len(self._walks) > _MAX_WALKS:
            self._walks.popitem(last=False)
        return self._begun

    def _resume(self, cursor: str, bound_to: str) -> tuple[int, int]:
        try:
            walk, start, issued_for = json.loads(base64.urlsafe_b64decode(cursor.removeprefix("page_")))
        except (ValueError, TypeError):
            raise Problem(400, "page: not a cursor") from None
        if issued_for != bound_to:
            raise Problem(400, "page: cursor does not match current query parameters")
        if walk not in self._walks:
            raise Problem(400, "page: the cursor has expired")
        return walk, start


class CutOff(Response):
    """Promises a body and closes the connection in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body)[: len(self.body) // 2], "more_body": True})
        # The server closes the connection of an application that ends before its answer does.


def exact_json(value: Any) -> str:
    """Write JSON in which a `Decimal` stands with exactly its digits: on no way to a float and back."""
    marked = json.dumps(value, default=lambda amount: f"\0{amount:f}\0", separators=(",", ":"))
    return _AMOUNT.sub(r"\1", marked)


def limit_of(query: Mapping[str, str], *, most: int = 1000, default: int = 20) -> int:
    """Give how much a page may hold. Raises `Problem`."""
    limit = query.get("limit", str(default))
    if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= most:
        raise Problem(400, f"limit: must be between 1 and {most}")
    return int(limit)


def failed(planned: Planned, request_id: str) -> Response | None:
    """Give the answer of a fault that needs none of the data; None for the others."""
    if planned.fault in _ERRORS:
        status, message, code = _ERRORS[planned.fault]
        waiting = {"retry-after": planned.retry_after} if planned.fault is Fault.RATE_LIMITED else {}
        return problem(status, message, request_id, code=code, headers=waiting)
    headers = headers_of(request_id)
    if planned.fault is Fault.BAD_GATEWAY:
        return Response("<html><h1>502 Bad Gateway</h1></html>", 502, {**headers, "content-type": "text/html"})
    if planned.fault is Fault.REDIRECT:
        return Response("", 302, {**headers, "location": planned.location})
    if planned.fault is Fault.ENDLESS_CURSOR:
        return Response(_ENDLESS_PAGE, headers=headers)
    return None


def spoilt(planned: Planned, body: dict[str, Any], request_id: str) -> Response:
    """Give the answer of a fault that begins well."""
    if planned.fault is Fault.EMPTY:
        body = body | {"data": [], "has_more": False, "next_page": None}
    whole = exact_json(body).encode()
    if planned.fault is Fault.RESET:
        return CutOff(whole, headers=headers_of(request_id))
    half = planned.fault is Fault.TRUNCATED
    return Response(whole[: len(whole) // 2] if half else whole, headers=headers_of(request_id))


def problem(
    status: int, message: str, request_id: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Give an error in the vendor's envelope."""
    error: dict[str, Any] = {"type": _KINDS.get(status, "api_error"), "message": message}
    if code:
        error["details"] = {"error_code": code}
    body = {"type": "error", "error": error, "request_id": request_id}
    return Response(exact_json(body), status, {**headers_of(request_id), **(headers or {})})


def headers_of(request_id: str) -> dict[str, str]:
    """Give the headers that every answer has."""
    return {
        "content-type": "application/json",
        "request-id": request_id,
        "anthropic-organization-id": ORGANIZATION_ID,
    }
