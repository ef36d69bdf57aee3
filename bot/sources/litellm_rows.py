"""What LiteLLM says of one user, key and model: its numbers, whose it is, and what of it is believed. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Context, Decimal
from typing import Any

from bot.money import MAX_NANOS, nanos_from_usd
from bot.people import fold_email
from bot.sources.rows import MAX_COUNT, MAX_TOKENS, bounded, count
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, Plan, Tokens, UsageRecord

NO_MODEL = "unknown"
"""Use that belongs to no model, such as a tool that the proxy charges for."""
_TOLERANCE_USD = Decimal("0.000001")
"""Sums of binary floats differ by less; a row of use that is missing or doubled, by more."""
_NOISE_USD = Decimal("0.0000000005")
"""Half a nano-dollar."""
_EXACT = Context(prec=150)
"""Sums of believable amounts need no more digits."""
_ZERO = Decimal(0)
_MODEL = re.compile(r"([a-z][a-z0-9_-]{0,39})/(.+)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")

Row = tuple[str | None, str, str]
"""A user's id, or None for nobody; a key's hash; a model as the proxy names it, empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What some rows of the table add up to. Only sums are judged, so a part may be negative."""

    spend: Decimal = _ZERO
    """US dollars, by LiteLLM's own price map."""
    prompt: int = 0
    """All tokens that were sent, those too that were read from a cache or written to one."""
    completion: int = 0
    cache_read: int = 0
    cache_creation: int = 0
    succeeded: int = 0
    failed: int = 0

    def __add__(self, other: "Metrics") -> "Metrics":
        return Metrics(
            spend=_EXACT.add(self.spend, other.spend),
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            cache_read=self.cache_read + other.cache_read,
            cache_creation=self.cache_creation + other.cache_creation,
            succeeded=self.succeeded + other.succeeded,
            failed=self.failed + other.failed,
        )

    def __sub__(self, other: "Metrics") -> "Metrics":
        return self + Metrics(
            spend=other.spend.copy_negate(),  # a minus sign would round
            prompt=-other.prompt,
            completion=-other.completion,
            cache_read=-other.cache_read,
            cache_creation=-other.cache_creation,
            succeeded=-other.succeeded,
            failed=-other.failed,
        )

    def without_noise(self) -> "Metrics":
        """Take what subtraction left of money where nothing is left of it."""
        return replace(self, spend=_ZERO) if abs(self.spend) < _NOISE_USD else self

    @property
    def is_used(self) -> bool:
        """Something was spent or sent; a refused request is no use."""
        return bool(self.spend or self.prompt or self.completion)

    def agrees_with(self, other: "Metrics") -> bool:
        """Say the same money, but for the noise of binary sums, and the same tokens."""
        return self.is_at_most(other) and other.is_at_most(self)

    def is_at_most(self, other: "Metrics") -> bool:
        """Say no more than the other does, of money or of tokens."""
        noise = max(_TOLERANCE_USD, abs(other.spend) / 10**9)
        return self.spend <= other.spend + noise and self.prompt <= other.prompt and self.completion <= other.completion


def as_object(said: Any, name: str) -> dict[str, Any]:
    """Give what is an object. Raises `ValueError` for what is none."""
    if not isinstance(said, dict):
        raise ValueError(f"{name}: no object")  # noqa: TRY004 - what comes from outside is wrong by value
    return said


def metrics(said: Any) -> Metrics:
    """Read a block of metrics. Raises `ValueError` for a number that is none, and for money or tokens unsaid."""
    block = as_object(said, "metrics")
    spend = _number(block, "spend")
    if isinstance(spend, int):
        spend = Decimal(spend)
    nanos_from_usd(spend)  # refuses what no amount can be
    return Metrics(
        spend=spend,
        prompt=count(_number(block, "prompt_tokens"), MAX_TOKENS),
        completion=count(_number(block, "completion_tokens"), MAX_TOKENS),
        cache_read=count(_number(block, "cache_read_input_tokens", 0), MAX_TOKENS),
        cache_creation=count(_number(block, "cache_creation_input_tokens", 0), MAX_TOKENS),
        succeeded=count(_number(block, "successful_requests", 0), MAX_COUNT),
        failed=count(_number(block, "failed_requests", 0), MAX_COUNT),
    )


def address(said: Any) -> str | None:
    """Give an e-mail address in the form in which addresses are compared; None for what is none."""
    if not isinstance(said, str) or not _ADDRESS.fullmatch(said.strip()):
        return None
    return bounded(fold_email(said))


def consumer(row: Row, emails: Mapping[str, str | None], aliases: Mapping[str, str | None]) -> Consumer:
    """Say whose a row is: the person's with that address, else the user's, else the key's."""
    user, key, _ = row
    if user is not None:
        email = emails.get(user)
        if email:
            return Consumer(ConsumerKind.PERSON, email)
        return Consumer(ConsumerKind.OTHER, bounded(f"litellm:{user}"))
    name = aliases.get(key) or key[:12]
    if not name.strip():
        return Consumer(ConsumerKind.OTHER, "litellm:unassigned")
    return Consumer(ConsumerKind.API_KEY, bounded(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one row says, believed."""

    tokens: Tokens
    unpriced_tokens: int
    cost_nanos: int


def use(row: Metrics) -> Use:
    """Judge a row's sum. Raises `ValueError` for one that contradicts itself."""
    uncached = row.prompt - row.cache_read - row.cache_creation
    if min(uncached, row.cache_read, row.cache_creation, row.completion) < 0:
        raise ValueError("prompt_tokens: less than what of them was cached")
    if row.spend < 0:
        raise ValueError("spend: negative, though the proxy knows no credits")
    tokens = Tokens(
        uncached_input_tokens=uncached,
        output_tokens=row.completion,
        cache_read_input_tokens=row.cache_read,
        cache_creation_input_tokens=row.cache_creation,
    )
    # Of a request that failed the proxy guesses the tokens: nobody served them, and nobody will charge for them.
    only_failed = row.failed > 0 and row.succeeded == 0
    return Use(
        tokens=tokens,
        unpriced_tokens=0 if row.spend or only_failed else row.prompt + row.completion,
        cost_nanos=nanos_from_usd(row.spend),
    )


@dataclass(slots=True)
class Sums:
    """Adds rows up by consumer and model; a day whose sum no column could hold is refused."""

    spend: dict[tuple[Consumer, str, str], tuple[Tokens, int, int]] = field(default_factory=dict)
    total_nanos: int = 0
    total_tokens: int = 0

    def add(self, who: Consumer, model: str, row: Use) -> None:
        """Add a row. Raises `OverflowError` for sums that are too large to be believed."""
        prefixed = _MODEL.fullmatch(model)
        provider, name = prefixed.groups() if prefixed else ("", model)
        key = (who, bounded(name.strip() or NO_MODEL), provider)
        tokens, unpriced, nanos = self.spend.get(key, (Tokens(), 0, 0))
        self.spend[key] = (tokens + row.tokens, unpriced + row.unpriced_tokens, nanos + row.cost_nanos)
        self.total_nanos += row.cost_nanos
        self.total_tokens += row.tokens.prompt_tokens + row.tokens.output_tokens
        if self.total_nanos > MAX_NANOS or self.total_tokens > MAX_TOKENS:
            raise OverflowError("the sums of a day are too large to be believed")

    def records(self, day: date) -> tuple[UsageRecord, ...]:
        """Give the sums, in an order that does not depend on that of the pages."""
        return tuple(
            UsageRecord(
                usage_date=day,
                consumer=who,
                model=model,
                biller=Biller.GATEWAY,
                plan=Plan.PAY_PER_TOKEN,
                cost_metric=CostMetric.LIST,
                tokens=tokens,
                cost_nanos=nanos,
                unpriced_tokens=unpriced,
                provider=provider,
            )
            for (who, model, provider), (tokens, unpriced, nanos) in sorted(self.spend.items(), key=lambda one: one[0])
        )


def _number(block: dict[str, Any], name: str, default: int | None = None) -> int | Decimal:
    value = block.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise ValueError(f"{name}: no number")
    return value
