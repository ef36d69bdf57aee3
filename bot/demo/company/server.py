"""The twin of the vendor's usage API: an organization's reports and lists, behind the real wire format."""

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.company import ORGANIZATION_ID, Company, admin, costs
from bot.demo.company import analytics as money
from bot.demo.company.asking import Asked
from bot.demo.company.faults import Faults
from bot.demo.company.wire import Problem, Walks, exact_json, failed, headers_of, limit_of, problem, spoilt

__all__ = ["ADMIN_KEY", "ANALYTICS_KEY", "VISIBLE_AFTER", "exact_json", "usage_app"]

ADMIN_KEY = "sk-ant-admin01-hoshino-works-demo"
"""The one key that the invented organization gave out. It opens nothing anywhere else."""
ANALYTICS_KEY = "sk-ant-api01-hoshino-works-analytics-demo"
"""Opens the analytics, and only them."""

VISIBLE_AFTER = timedelta(hours=1)
"""How long after it ended a session is seen in Claude Code Analytics."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Watermark = Callable[[datetime], datetime | None]
"""Until when the analytics have data, as the clock stands; None: of nothing yet."""


def usage_app(
    company: Company,
    *,
    clock: Callable[[], datetime],
    keys: Collection[str] = (ADMIN_KEY,),
    faults: Faults | None = None,
    analytics: bool = True,
    watermark: Watermark = money.refreshed_at,
) -> Starlette:
    """Serve a company's usage as `clock` lets it be seen. `app.state.faults` fails on request and counts.

    Without analytics the organization is of a kind that does not have them.
    """
    desk = _Desk(company, clock, frozenset(keys), faults or Faults(), watermark)
    routes = {
        "me": desk.me,
        "usage_report/claude_code": desk.claude_code,
        "cost_report": desk.cost_report,
        "users": desk.users,
        "workspaces": desk.workspaces,
        "api_keys": desk.api_keys,
    }
    if analytics:
        routes |= {"analytics/cost": desk.analytics, "analytics/usage": desk.analytics}
    app = Starlette(
        routes=[Route(f"/v1/organizations/{path}", desk.guarded(answer)) for path, answer in routes.items()],
        exception_handlers={HTTPException: desk.unknown},
    )
    app.state.faults = desk.faults
    return app


class _Desk:
    """Answers."""

    def __init__(
        self,
        company: Company,
        clock: Callable[[], datetime],
        keys: frozenset[str],
        faults: Faults,
        watermark: Watermark,
    ) -> None:
        self.faults = faults
        self._company, self._clock, self._keys, self._watermark = company, clock, keys, watermark
        self._walks = Walks()
        self._served = 0

    def guarded(self, answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Any]:
        """Wrap an endpoint in what all of them share: planned faults, the key, the version, the request's id."""

        async def endpoint(request: Request) -> Response:
            self._served += 1
            request_id = f"req_{hashlib.sha256(str(self._served).encode()).hexdigest()[:24]}"
            planned = self.faults.meet(request.method, request.url.path)
            if planned and (gone_wrong := failed(planned, request_id)):
                return gone_wrong
            try:
                self._admit(request)
                body = answer(request)
            except Problem as error:
                return problem(error.status, error.message, request_id)
            if planned:
                return spoilt(planned, body, request_id)
            return Response(exact_json(body), headers=headers_of(request_id))

        return endpoint

    async def unknown(self, request: Request, error: Exception) -> Response:
        """Answer a path or a method that the API does not have."""
        self.faults.meet(request.method, request.url.path)
        status = error.status_code if isinstance(error, HTTPException) else 404
        return problem(status, "There is nothing of that name here.", "req_nothing")

    def me(self, _: Request) -> dict[str, Any]:
        """Name the organization."""
        return {"id": ORGANIZATION_ID, "type": "organization", "name": self._company.name, "x_unknown": True}

    def claude_code(self, request: Request) -> dict[str, Any]:
        """Give one page of one UTC day."""
        day, limit = _day_of(request), limit_of(request.query_params)
        cursor = request.query_params.get("page")
        records = self._company.records(day, self._clock() - VISIBLE_AFTER) if cursor is None else ()
        return self._walks.page(records, limit=limit, cursor=cursor, bound_to=f"{day}/{limit}")

    def analytics(self, request: Request) -> dict[str, Any]:
        """Give one page of the analytics, of money or of tokens."""
        if money.BETA not in request.headers.get("anthropic-beta", ""):
            raise Problem(400, f"anthropic-beta: this endpoint needs {money.BETA}")
        kind, now = request.url.path.rpartition("/")[2], self._clock()
        asked = Asked.of(request.query_params, kind, now)
        through = self._watermark(now)
        rows = money.rows(self._company, asked, through) if asked.cursor is None and through else []
        beside = {"data_refreshed_at": through and f"{through:%Y-%m-%dT%H:%M:%SZ}"}
        return self._walks.page(rows, limit=asked.limit, cursor=asked.cursor, bound_to=asked.bound_to, beside=beside)

    def cost_report(self, request: Request) -> dict[str, Any]:
        """Give one page of the cost report: whole days, empty ones too."""
        asked = costs.Asked.of(request.query_params, self._clock())
        buckets = costs.buckets(self._company, asked, self._clock()) if asked.cursor is None else []
        return self._walks.page(buckets, limit=asked.limit, cursor=asked.cursor, bound_to=asked.bound_to)

    def users(self, request: Request) -> dict[str, Any]:
        """List the people, the newest first."""
        return admin.page(admin.users(self._company), request.query_params)

    def workspaces(self, request: Request) -> dict[str, Any]:
        """List the workspaces."""
        return admin.page(admin.workspaces(request.query_params), request.query_params)

    def api_keys(self, request: Request) -> dict[str, Any]:
        """List the API keys; an early API version says one field more."""
        is_early = request.headers["anthropic-version"] < "2026-10-21"
        return admin.page(admin.api_keys(self._company, is_early=is_early), request.query_params)

    def _admit(self, request: Request) -> None:
        key = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        opens = {*self._keys, ANALYTICS_KEY} if "/analytics/" in request.url.path else self._keys
        if key not in opens:
            if key.startswith("sk-ant-api"):
                raise Problem(403, "This key has not the scopes that are needed here.")
            raise Problem(401, "The key is missing or unknown.")
        if not request.headers.get("anthropic-version"):
            raise Problem(400, "anthropic-version: header is required")


def _day_of(request: Request) -> date:
    day = request.query_params.get("starting_at", "")
    if not _DAY.fullmatch(day):
        raise Problem(400, "starting_at: a day in the form YYYY-MM-DD is required")
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Problem(400, "starting_at: there is no such day") from None
