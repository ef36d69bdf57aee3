"""What may be asked of the cost analytics, with every limit of the contract."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams

from bot.demo.company.wire import Problem, limit_of

_FIRST_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
_REACH = timedelta(days=365)
_LONGEST = timedelta(days=31)
COST_ONLY = ("cost_type", "token_type")
DIMENSIONS = (
    "actor",
    "actor_type",
    "agent_id",
    "api_key_id",
    "claude_tag_category",
    "claude_tag_user_id",
    "context_window",
    "deployment_id",
    "environment_id",
    "inference_geo",
    "model",
    "organization_id",
    "product",
    "rbac_group_id",
    "service_tier",
    "session_id",
    "slack_channel_id",
    "speed",
    "user_profile_id",
    "workspace_id",
)
_ORDERS = {
    "cost": ("amount", "list_amount", "time"),
    "usage": ("total_tokens", "output_tokens", "uncached_input_tokens", "requests", "time"),
}
_PARAMETERS = (
    "starting_at",
    "ending_at",
    "time_bucket_width",
    "group_by[]",
    "products[]",
    "models[]",
    "limit",
    "page",
    "order",
    "order_by",
)
"""What this twin understands; it refuses the other filters rather than overlook them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that the contract allows."""

    kind: str
    """`cost` or `usage`."""
    start: datetime
    end: datetime
    by_day: bool
    group_by: tuple[str, ...]
    products: tuple[str, ...]
    models: tuple[str, ...]
    order_by: str
    ascending: bool
    limit: int
    cursor: str | None
    bound_to: str
    """All of the question but the cursor."""

    @classmethod
    def of(cls, query: QueryParams, kind: str, now: datetime) -> "Asked":
        """Read a query. Raises `Problem` for what the contract does not allow."""
        if unknown := sorted(set(query) - set(_PARAMETERS)):
            raise Problem(400, f"{unknown[0]}: not a parameter that is known here")
        start = instant(query, "starting_at")
        width = query.get("time_bucket_width")
        if width not in (None, "1d"):
            raise Problem(400, "time_bucket_width: this company is served by the day")
        end = instant(query, "ending_at") if width or "ending_at" in query else min(now, start + _LONGEST)
        if start < max(_FIRST_INSTANT, now - _REACH):
            raise Problem(400, "starting_at: within the last 365 days, and not before 2026-01-01T00:00:00Z")
        if not timedelta(0) <= end - start <= _LONGEST and width:
            raise Problem(400, "ending_at: the range may hold 31 days at most")
        group_by = tuple(query.getlist("group_by[]"))
        known = (*DIMENSIONS, *COST_ONLY) if kind == "cost" else DIMENSIONS
        if not set(group_by) <= set(known) or len(set(group_by) - set(COST_ONLY)) > 5:
            raise Problem(400, "group_by[]: at most five known dimensions")
        order_by = query.get("order_by", _ORDERS[kind][0])
        if order_by not in _ORDERS[kind] or query.get("order", "desc") not in ("asc", "desc"):
            raise Problem(400, "order_by: not an order that is known here")
        if order_by == "time" and not width:
            raise Problem(400, "order_by: time needs buckets")
        others = sorted((name, value) for name, value in query.multi_items() if name != "page")
        return cls(
            kind=kind,
            start=start,
            end=end,
            by_day=width is not None,
            group_by=group_by,
            products=tuple(query.getlist("products[]")),
            models=tuple(query.getlist("models[]")),
            order_by=order_by,
            ascending=query.get("order") == "asc",
            limit=limit_of(query),
            cursor=query.get("page"),
            bound_to=json.dumps([kind, others]),
        )


def instant(query: QueryParams, name: str) -> datetime:
    """Read a parameter that is an instant. Raises `Problem`."""
    try:
        at = datetime.fromisoformat(query.get(name, ""))
    except ValueError:
        raise Problem(400, f"{name}: an RFC 3339 timestamp is required") from None
    if at.tzinfo is None:
        raise Problem(400, f"{name}: a timestamp needs a zone")
    return at.astimezone(UTC)
