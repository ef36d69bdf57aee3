"""The cost report of the invented company: whole days by workspace and description, of nobody in particular."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from starlette.datastructures import QueryParams

from bot.demo.company import Company, admin
from bot.demo.company.analytics import paid, support_tokens
from bot.demo.company.asking import instant
from bot.demo.company.prices import HAIKU, list_cents
from bot.demo.company.wire import Problem, limit_of
from bot.usage import Tokens

VISIBLE_AFTER = timedelta(minutes=5)
"""How long after it ended a session is in the report."""

_MOST_BUCKETS, _BUCKETS = 31, 7
_DIMENSIONS = ("workspace_id", "description")
_PARAMETERS = ("starting_at", "ending_at", "bucket_width", "group_by[]", "limit", "page")
_KINDS = {
    "uncached_input_tokens": ("uncached_input_tokens", "Input Tokens"),
    "output_tokens": ("output_tokens", "Output Tokens"),
    "cache_read_input_tokens": ("cache_read_input_tokens", "Cache Read Input Tokens"),
    "cache_creation_input_tokens": ("cache_creation.ephemeral_5m_input_tokens", "Cache Write Input Tokens"),
}
"""Our word for a kind of tokens: the vendor's, and how a line describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that the contract allows."""

    days: tuple[date, ...]
    group_by: tuple[str, ...]
    limit: int
    """In days."""
    cursor: str | None
    bound_to: str

    @classmethod
    def of(cls, query: QueryParams, now: datetime) -> "Asked":
        """Read a query. Raises `Problem` for what the contract does not allow."""
        if unknown := sorted(set(query) - set(_PARAMETERS)):
            raise Problem(400, f"{unknown[0]}: not a parameter that is known here")
        group_by = tuple(query.getlist("group_by[]"))
        if not set(group_by) <= set(_DIMENSIONS):
            raise Problem(400, "group_by[]: workspace_id or description")
        if query.get("bucket_width", "1d") != "1d":
            raise Problem(400, "bucket_width: 1d only")
        first = instant(query, "starting_at").date()
        end = instant(query, "ending_at") if "ending_at" in query else now
        last = (end - timedelta(microseconds=1)).date()
        others = sorted((name, value) for name, value in query.multi_items() if name != "page")
        return cls(
            days=tuple(first + timedelta(days=n) for n in range(max(0, (last - first).days + 1))),
            group_by=group_by,
            limit=limit_of(query, most=_MOST_BUCKETS, default=_BUCKETS),
            cursor=query.get("page"),
            bound_to=json.dumps(others),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    workspace_id: str | None
    description: str
    cost_type: str
    cents: Decimal
    model: str | None = None
    token_type: str | None = None


def buckets(company: Company, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """Give each day that was asked for, what was spent of it until five minutes ago."""
    return [_bucket(company, asked, day, now - VISIBLE_AFTER) for day in asked.days]


def truth(company: Company, day: date, until: datetime) -> Mapping[str | None, Decimal]:
    """Give the exact cents of each workspace on a UTC day; None is the default one."""
    found: dict[str | None, Decimal] = {}
    for line in _lines(company, day, until):
        found[line.workspace_id] = found.get(line.workspace_id, Decimal(0)) + line.cents
    return found


def _bucket(company: Company, asked: Asked, day: date, until: datetime) -> dict[str, Any]:
    sums: dict[tuple[Any, ...], tuple[_Line, Decimal]] = {}
    described = "description" in asked.group_by
    for line in _lines(company, day, until):
        workspace = line.workspace_id if "workspace_id" in asked.group_by else None
        key = (workspace, line.description if described else None)
        sums[key] = (line, sums.get(key, (line, Decimal(0)))[1] + line.cents)
    results = [
        {
            "workspace_id": workspace,
            "description": description,
            "cost_type": line.cost_type if described else None,
            "token_type": line.token_type if described else None,
            "model": line.model if described else None,
            "service_tier": "standard" if described and line.model else None,
            "context_window": "0-200k" if described and line.model else None,
            "inference_geo": "global" if described and line.model else None,
            "currency": "USD",
            "amount": f"{cents:f}",
            "x_unknown": {"mood": "sunny"},
        }
        for (workspace, description), (line, cents) in sums.items()
    ]
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
        "results": results,
        "x_unknown": True,
    }


def _lines(company: Company, day: date, until: datetime) -> Iterator[_Line]:
    used: dict[tuple[str, str], list[Tokens]] = {}
    for who in company.customers:
        if who.habit.customer_type == "api":
            for session in company.sessions(who, day, until):
                used.setdefault((admin.workspace_of(who), session.model), []).append(session.tokens)
    has_begun = datetime.combine(day, time(), UTC) <= until
    if has_begun:
        used[admin.SUPPORT, HAIKU] = [support_tokens(day)]
    for (workspace_id, model), several in sorted(used.items()):
        yield from _of_model(company, day, workspace_id, model, sum(several, Tokens()))
    for charged, cents in company.charges.get(day, ()):
        yield _Line(workspace_id=charged, description="Uncounted Usage", cost_type="tokens", cents=Decimal(cents))
    if has_begun and (searches := day.toordinal() % 4):
        yield _Line(workspace_id=None, description="Web Search Usage", cost_type="web_search", cents=Decimal(searches))


def _of_model(company: Company, day: date, workspace_id: str, model: str, tokens: Tokens) -> Iterator[_Line]:
    for ours, (theirs, words) in _KINDS.items():
        if count := getattr(tokens, ours):
            yield _Line(
                workspace_id=workspace_id,
                description=f"{_display(model)} Usage - {words}",
                cost_type="tokens",
                cents=paid(company, list_cents(model, Tokens(**{ours: count}), day)),
                model=model,
                token_type=theirs,
            )


def _display(model: str) -> str:
    """`claude-opus-5-5` is written Claude Opus 5.5."""
    family, name, *version = model.split("-")
    return f"{family.title()} {name.title()} {'.'.join(version)}"
