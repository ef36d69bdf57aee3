"""One row of the cost analytics, of money or of tokens: its shape, and what it says. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from bot.people import fold_email
from bot.sources.rows import MAX_TOKENS, Count, bounded, count, nanos_from_text, of_no_known_kind, text
from bot.usage import Consumer, ConsumerKind, Tokens

PRODUCT = "claude_code"
UNATTRIBUTED = Consumer(ConsumerKind.OTHER, "unattributed")
"""Whoever the vendor could not name either."""
NO_MODEL = "unknown"
"""Use that belongs to no model, such as a search."""

NameOf = Callable[[str], str]
"""An API key's name, by its id."""

_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00(\.0+)?(Z|[+-]00:00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose use, of which model."""

    consumer: Consumer
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What it cost after discounts and before credits, and what it would have cost at list price."""

    nanos: int
    list_nanos: int | None

    def __add__(self, other: "Money") -> "Money":
        known = self.list_nanos is not None and other.list_nanos is not None
        return Money(
            nanos=self.nanos + other.nanos,
            list_nanos=(self.list_nanos or 0) + (other.list_nanos or 0) if known else None,
        )


class _Group(TypedDict):
    actor: dict[str, Any] | None
    model: str | None
    product: NotRequired[str | None]
    """Null where the question did not group by it."""


class _Amounts(TypedDict):
    amount: str
    """Cents, nearly always fractional."""
    list_amount: NotRequired[str | None]
    currency: str


class _CacheCreation(TypedDict):
    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class _Counts(TypedDict):
    uncached_input_tokens: Count
    cache_read_input_tokens: Count
    cache_creation: _CacheCreation
    output_tokens: Count


class _CostRow(TypedDict):
    group: _Group
    cost: _Amounts


class _UsageRow(TypedDict):
    group: _Group
    usage: _Counts


@cache
def _cost_rows() -> TypeAdapter[_CostRow]:
    """Built at first use: a command that reads no source need not pay for it."""
    return TypeAdapter(_CostRow)


@cache
def _usage_rows() -> TypeAdapter[_UsageRow]:
    return TypeAdapter(_UsageRow)


def day_of(row: Any) -> date:
    """Give the UTC day of a row. Raises `ValueError` where it is not the row of one whole day's bucket."""
    bucket = row if isinstance(row, dict) else {}
    midnight = _MIDNIGHT.fullmatch(str(bucket.get("starting_at")))
    if not midnight:
        raise ValueError("starting_at: not the midnight of a UTC day")
    day = date.fromisoformat(midnight[1])
    start = datetime.combine(day, time(), UTC)
    # A server that overlooks the bucket width answers with one row over the whole range.
    if not start < instant(bucket.get("ending_at")) <= start + timedelta(days=1):
        raise ValueError("ending_at: not within the same day")
    return day


def money_of(row: Any, name_of: NameOf) -> tuple[Subject, Money]:
    """Give what a row of `/cost` says. Raises `ValueError` for a bad one."""
    whole = _cost_rows().validate_python(row)
    amounts = whole["cost"]
    if amounts["currency"] != "USD":
        raise ValueError("currency: not USD")
    listed = amounts.get("list_amount")
    money = Money(
        nanos=nanos_from_text(amounts["amount"]), list_nanos=None if listed is None else nanos_from_text(listed)
    )
    return _subject(whole["group"], name_of), money


def tokens_of(row: Any, name_of: NameOf) -> tuple[Subject, Tokens]:
    """Give what a row of `/usage` says. Raises `ValueError` for a bad one."""
    whole = _usage_rows().validate_python(row)
    usage, written = whole["usage"], whole["usage"]["cache_creation"]
    tokens = Tokens(
        uncached_input_tokens=count(usage["uncached_input_tokens"], MAX_TOKENS),
        output_tokens=count(usage["output_tokens"], MAX_TOKENS),
        cache_read_input_tokens=count(usage["cache_read_input_tokens"], MAX_TOKENS),
        cache_creation_input_tokens=count(written["ephemeral_5m_input_tokens"], MAX_TOKENS)
        + count(written["ephemeral_1h_input_tokens"], MAX_TOKENS),
    )
    return _subject(whole["group"], name_of), tokens


def instant(value: Any) -> datetime:
    """Give an aware instant in UTC. Raises `ValueError` for what is none."""
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        if at.tzinfo is None:
            raise ValueError("a time has no zone")
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time is not to be believed") from None


def _subject(group: _Group, name_of: NameOf) -> Subject:
    if group.get("product") not in (None, PRODUCT):
        raise ValueError("product: another one")
    model = (group["model"] or "").strip() or NO_MODEL
    actor = group["actor"]
    return Subject(UNATTRIBUTED if actor is None else _consumer(actor, name_of), bounded(model))


def _consumer(actor: dict[str, Any], name_of: NameOf) -> Consumer:
    """Say who it was in the words of Claude Code Analytics, so that the same use is known for the same."""
    kind = actor.get("type")
    if kind == "user_actor":
        # Until August 2026 the field was called `email`. A deleted account has lost its address in both.
        if address := actor.get("email_address") or actor.get("email"):
            return Consumer(ConsumerKind.PERSON, bounded(fold_email(text(address))))
        return Consumer(ConsumerKind.OTHER, bounded(text(actor.get("user_id"))))
    if kind == "api_actor":
        return Consumer(ConsumerKind.API_KEY, bounded(name_of(text(actor.get("api_key_id")))))
    if kind == "federated_actor":
        subject = actor.get("subject")
        who = text(actor.get("provider")) + (f"/{text(subject)}" if subject is not None else "")
        return Consumer(ConsumerKind.OTHER, bounded(f"{kind}:{who}"))
    return of_no_known_kind(actor)
