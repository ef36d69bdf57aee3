"""One record of Claude Code Analytics: its shape, and what it says. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, NotRequired

from pydantic import Strict, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from bot.money import nanos_from_cents
from bot.people import fold_email
from bot.usage import Activity, Consumer, ConsumerKind, Plan, Tokens

MAX_TOKENS = 10**15
"""More than any organization uses in a day."""
_MAX_COUNT = 10**10
_MAX_NAME = 200


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


_Count = Annotated[int, Strict()] | Annotated[Decimal, Strict()]
"""A count as JSON may write it: `7` or `7.0`. Whether it is whole is asked when it is used."""


class _Cost(TypedDict):
    currency: str
    amount: _Count
    """Cents, possibly fractional."""


class _ModelTokens(TypedDict):
    input: _Count
    """Without cache reads and writes."""
    output: _Count
    cache_read: _Count
    cache_creation: _Count


class _Model(TypedDict):
    model: str
    tokens: _ModelTokens
    estimated_cost: _Cost


class _Lines(TypedDict):
    added: _Count
    removed: _Count


class _Metrics(TypedDict):
    num_sessions: _Count
    lines_of_code: _Lines
    commits_by_claude_code: _Count
    pull_requests_by_claude_code: _Count


class _Decisions(TypedDict):
    accepted: _Count
    rejected: _Count


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
        sessions=_count(metrics["num_sessions"]),
        lines_added=_count(lines["added"]),
        lines_removed=_count(lines["removed"]),
        commits=_count(metrics["commits_by_claude_code"]),
        pull_requests=_count(metrics["pull_requests_by_claude_code"]),
        edits_accepted=sum(_count(tool["accepted"]) for tool in decisions),
        edits_rejected=sum(_count(tool["rejected"]) for tool in decisions),
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
        uncached_input_tokens=_count(tokens["input"], MAX_TOKENS),
        output_tokens=_count(tokens["output"], MAX_TOKENS),
        cache_read_input_tokens=_count(tokens["cache_read"], MAX_TOKENS),
        cache_creation_input_tokens=_count(tokens["cache_creation"], MAX_TOKENS),
    )
    return ModelUse(model=bounded(name), tokens=counts, cost_nanos=nanos_from_cents(Decimal(cost["amount"])))


def _count(value: int | Decimal, most: int = _MAX_COUNT) -> int:
    if not 0 <= value <= most or value != int(value):
        raise ValueError("a count is not a believable whole number")
    return int(value)


def _consumer(actor: dict[str, Any]) -> Consumer:
    kind = actor.get("type")
    if kind == "user_actor":
        address = fold_email(_text(actor.get("email_address") or actor.get("email")))
        return Consumer(ConsumerKind.PERSON, bounded(address))
    if kind == "api_actor":
        return Consumer(ConsumerKind.API_KEY, bounded(_text(actor.get("api_key_name"))))
    names = [actor[key] for key in sorted(actor, key=lambda key: (not key.endswith("id"), key)) if key != "type"]
    best = next((name for name in names if isinstance(name, str)), "")
    return Consumer(ConsumerKind.OTHER, bounded(f"{_text(kind)}:{best}"))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("actor: no name")
    return value


def bounded(name: str) -> str:
    """Cut a name, and replace the two things that no database keeps: NUL and half a surrogate pair."""
    return name[:_MAX_NAME].replace("\0", "\ufffd").encode(errors="replace").decode()


def reason(error: ValueError) -> str:
    """Say what is wrong with a record without quoting it."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(part for part in first["loc"] if isinstance(part, str))
    return re.sub(r"[^A-Za-z0-9_.]", "", where)[:80] + f": {first['type']}"
