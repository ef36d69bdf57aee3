"""The cost analytics of the invented company: what `/analytics/cost` and `/analytics/usage` answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bot.demo.company import ORGANIZATION_ID, Company, admin
from bot.demo.company.asking import COST_ONLY, DIMENSIONS, Asked
from bot.demo.company.prices import HAIKU, OPUS, list_cents
from bot.demo.company.sessions import Who
from bot.usage import Tokens

BETA = "analytics-usage-cost-2026-08-24"
OTHER_PRODUCT = "messages_api"
"""The product of the support bot, which has nothing to do with Claude Code."""

_REFRESHED_EVERY = timedelta(hours=4)
_DAY = timedelta(days=1)


def refreshed_at(now: datetime) -> datetime:
    """Give the watermark: what is older than four hours has arrived, and arrivals are looked at every four hours."""
    settled = now - _REFRESHED_EVERY
    return settled.replace(hour=settled.hour - settled.hour % 4, minute=0, second=0, microsecond=0)


@dataclass(slots=True, kw_only=True)
class _Use:
    """What somebody used of a model on a day."""

    actor: dict[str, Any] | None
    model: str | None
    product: str
    workspace_id: str
    list_cents: Decimal
    tokens: Tokens = field(default_factory=Tokens)
    requests: int = 0


def rows(company: Company, asked: Asked, through: datetime) -> list[dict[str, Any]]:
    """Give all rows that answer a question, as far as the watermark."""
    groups: dict[tuple[str, str], tuple[dict[str, Any], list[_Use]]] = {}
    for day in _days(asked):
        bucket = _bucket(asked, day)
        for use in _uses(company, day, through):
            if asked.products and use.product not in asked.products:
                continue
            if asked.models and use.model not in asked.models:
                continue
            values = _values(use)
            tie = "\t".join(values.get(name) or "" for name in asked.group_by)
            groups.setdefault((bucket["starting_at"], tie), (bucket, []))[1].append(use)
    found = [
        (
            tie,
            {
                **bucket,
                "group": _group(asked, uses[0]),
                asked.kind: _metrics(company, asked.kind, uses),
                "x_unknown": {"mood": "sunny"},
            },
        )
        for (_, tie), (bucket, uses) in groups.items()
    ]
    in_order = sorted(found, key=lambda one: _place(one[0], one[1], asked), reverse=not asked.ascending)
    return [row for _, row in in_order]


def paid(company: Company, cents: Decimal) -> Decimal:
    """Give what the organization pays of a list price: exact cents."""
    return cents * (100 - company.discount_percent) * Decimal("0.01")


def support_tokens(day: date) -> Tokens:
    """Give what the support bot used on a UTC day: more on some days than on others."""
    return Tokens(uncached_input_tokens=400_000 + day.toordinal() % 7 * 30_000, output_tokens=50_000)


def _days(asked: Asked) -> Iterator[date]:
    day = asked.start.date()
    while datetime.combine(day, time(), UTC) < asked.end:
        yield day
        day += _DAY


def _uses(company: Company, day: date, through: datetime) -> Iterator[_Use]:
    for who in company.customers:
        if who.habit.customer_type != "api":
            continue  # a subscription pays another way
        by_model: dict[str, list[Tokens]] = {}
        for session in company.sessions(who, day, through):
            by_model.setdefault(session.model, []).append(session.tokens)
        for model, several in sorted(by_model.items()):
            tokens = sum(several, Tokens())
            yield _Use(
                actor=_actor(who),
                model=model,
                product="claude_code",
                workspace_id=admin.workspace_of(who),
                list_cents=list_cents(model, tokens, day),
                tokens=tokens,
                requests=len(several) * 40,
            )
    if datetime.combine(day, time(), UTC) >= through:
        return
    for actor, cents in company.strangers.get(day, ()):
        yield _Use(
            actor=actor,
            model=OPUS if actor else None,
            product="claude_code",
            workspace_id=admin.CLAUDE_CODE,
            list_cents=Decimal(cents),
            requests=1,
        )
    tokens = support_tokens(day)
    yield _Use(
        actor={"type": "api_actor", "api_key_id": admin.key_id(admin.SUPPORT_KEY)},
        model=HAIKU,
        product=OTHER_PRODUCT,
        workspace_id=admin.SUPPORT,
        list_cents=list_cents(HAIKU, tokens, day),
        tokens=tokens,
        requests=300,
    )


def _actor(who: Who) -> dict[str, Any]:
    if who.is_machine:
        return {"type": "api_actor", "api_key_id": admin.key_id(who.name)}
    return {
        "type": "user_actor",
        "user_id": admin.user_id(who.name),
        "email_address": who.name,
        "name": admin.display_name(who.name),
        "deleted": admin.has_left(who),
    }


def _bucket(asked: Asked, day: date) -> dict[str, Any]:
    start = datetime.combine(day, time(), UTC) if asked.by_day else asked.start.replace(minute=0, second=0)
    end = start + _DAY if asked.by_day else asked.end.replace(minute=0, second=0)
    return {"starting_at": f"{start:%Y-%m-%dT%H:%M:%SZ}", "ending_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


def _group(asked: Asked, use: _Use) -> dict[str, Any]:
    values = {**_values(use), "actor": use.actor}
    every = (*DIMENSIONS, *COST_ONLY)
    return {name: values.get(name) if name in asked.group_by else None for name in sorted(every)}


def _values(use: _Use) -> Mapping[str, str | None]:
    """Give what a use can be grouped by; of the actor, what tells it from the others."""
    actor = use.actor or {}
    return {
        "actor": str(sorted(actor.items())),
        "actor_type": actor.get("type"),
        "api_key_id": actor.get("api_key_id"),
        "model": use.model,
        "organization_id": ORGANIZATION_ID,
        "product": use.product,
        "workspace_id": use.workspace_id,
        "cost_type": "tokens",
    }


def _metrics(company: Company, kind: str, uses: list[_Use]) -> dict[str, Any]:
    requests = sum(use.requests for use in uses)
    if kind == "cost":
        listed = sum((use.list_cents for use in uses), Decimal(0))
        return {
            "amount": f"{paid(company, listed):f}",
            "list_amount": f"{listed:f}",
            "currency": "USD",
            "requests": requests,
            "x_unknown": None,
        }
    tokens = sum((use.tokens for use in uses), Tokens())
    an_hour = tokens.cache_creation_input_tokens // 5
    return {
        "uncached_input_tokens": tokens.uncached_input_tokens,
        "cache_read_input_tokens": tokens.cache_read_input_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens.cache_creation_input_tokens - an_hour,
            "ephemeral_1h_input_tokens": an_hour,
            "x_unknown": None,
        },
        "output_tokens": tokens.output_tokens,
        "total_tokens": tokens.prompt_tokens + tokens.output_tokens,
        "server_tool_use": {"web_search_requests": 0},
        "requests": requests,
        "x_unknown": None,
    }


def _place(tie: str, row: dict[str, Any], asked: Asked) -> tuple[Any, str]:
    """Rows of one place keep an order of their own, so that pages are the same whoever asks."""
    if asked.order_by == "time":
        return row["starting_at"], tie
    return Decimal(row[asked.kind][asked.order_by]), row["starting_at"] + tie
