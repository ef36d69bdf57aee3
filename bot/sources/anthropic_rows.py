"""One record of Claude Code Analytics: its shape, and what it says. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from bot.money import nanos_from_cents
from bot.people import fold_email
from bot.sources.rows import MAX_TOKENS, Count, bounded, count, of_no_known_kind, text
from bot.usage import Activity, Consumer, ConsumerKind, Plan, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What one record says of one model."""

    model: str
    tokens: Tokens
    cost_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one record says."""

    consumer: Consumer
    plan: Plan
    models: list[ModelUse]
    activity: Activity


class _Cost(TypedDict):
    currency: str
    amount: Count
    """Cents, possibly fractional."""


class _ModelTokens(TypedDict):
    input: Count
    """Without cache reads and writes."""
    output: Count
    cache_read: Count
    cache_creation: Count


class _Model(TypedDict):
    model: str
    tokens: _ModelTokens
    estimated_cost: _Cost


class _Lines(TypedDict):
    added: Count
    removed: Count


class _Metrics(TypedDict):
    num_sessions: Count
    lines_of_code: _Lines
    commits_by_claude_code: Count
    pull_requests_by_claude_code: Count


class _Decisions(TypedDict):
    accepted: Count
    rejected: Count


class _Record(TypedDict):
    """What is read of a record. The other dimensions only tell rows apart, and rows are added up."""

    date: str
    actor: dict[str, Any]
    customer_type: NotRequired[Any]
    core_metrics: _Metrics
    tool_actions: NotRequired[dict[str, _Decisions]]
    """Absent where nobody was asked about an edit: no reason to lose the record's money."""
    model_breakdown: list[_Model]


@cache
def _records() -> TypeAdapter[_Record]:
    """Built at first use: a command that reads no source need not pay for it."""
    return TypeAdapter(_Record)


def understood(record: Any, day: date) -> Row:
    """Give what a record says. Raises `ValueError`, of which pydantic's `ValidationError` is one, for a bad record."""
    row = _records().validate_python(record)
    if not re.fullmatch(rf"{day}(T00:00:00(\.0+)?(Z|[+-]00:00))?", row["date"]):
        raise ValueError("date: another day")
    metrics, lines = row["core_metrics"], row["core_metrics"]["lines_of_code"]
    decisions = row.get("tool_actions", {}).values()
    activity = Activity(
        sessions=count(metrics["num_sessions"]),
        lines_added=count(lines["added"]),
        lines_removed=count(lines["removed"]),
        commits=count(metrics["commits_by_claude_code"]),
        pull_requests=count(metrics["pull_requests_by_claude_code"]),
        edits_accepted=sum(count(tool["accepted"]) for tool in decisions),
        edits_rejected=sum(count(tool["rejected"]) for tool in decisions),
    )
    plan = Plan.SUBSCRIPTION if row.get("customer_type") == "subscription" else Plan.PAY_PER_TOKEN
    models = [_model(entry) for entry in row["model_breakdown"]]
    return Row(consumer=_consumer(row["actor"]), plan=plan, models=models, activity=activity)


def _model(entry: _Model) -> ModelUse:
    name, tokens, cost = entry["model"].strip(), entry["tokens"], entry["estimated_cost"]
    if not name:
        raise ValueError("model: empty")
    if cost["currency"] != "USD":
        raise ValueError("currency: not USD")
    if cost["amount"] < 0:
        raise ValueError("amount: negative, though this report knows no credits")
    counts = Tokens(
        uncached_input_tokens=count(tokens["input"], MAX_TOKENS),
        output_tokens=count(tokens["output"], MAX_TOKENS),
        cache_read_input_tokens=count(tokens["cache_read"], MAX_TOKENS),
        cache_creation_input_tokens=count(tokens["cache_creation"], MAX_TOKENS),
    )
    return ModelUse(model=bounded(name), tokens=counts, cost_nanos=nanos_from_cents(Decimal(cost["amount"])))


def _consumer(actor: dict[str, Any]) -> Consumer:
    kind = actor.get("type")
    if kind == "user_actor":
        address = fold_email(text(actor.get("email_address") or actor.get("email")))
        return Consumer(ConsumerKind.PERSON, bounded(address))
    if kind == "api_actor":
        return Consumer(ConsumerKind.API_KEY, bounded(text(actor.get("api_key_name"))))
    return of_no_known_kind(actor)
