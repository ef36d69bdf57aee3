"""The price list behind the invented company: what the twin of the usage API charges, never what ccost shows.

US dollars per million tokens, as the vendor published them; five-minute cache writes, prompts up to 100,000 tokens.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.usage import Tokens

OPUS = "claude-opus-5-5"
SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-5-5"
UNKNOWN_MODEL = "claude-zephyr-6"
"""A model that no price list outside this company knows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens from a UTC day on."""

    model: str
    effective_from: date
    uncached_input: Decimal
    cache_creation: Decimal
    cache_read: Decimal
    output: Decimal


_LONG_AGO = date(2020, 1, 1)


def _price(model: str, rates: str, effective_from: date = _LONG_AGO) -> Price:
    uncached, creation, read, output = (Decimal(rate) for rate in rates.split())
    return Price(
        model=model,
        effective_from=effective_from,
        uncached_input=uncached,
        cache_creation=creation,
        cache_read=read,
        output=output,
    )


PRICES: tuple[Price, ...] = (
    _price(OPUS, "4 5 0.20 20"),
    _price(SONNET, "2 2.50 0.20 10"),
    _price(SONNET, "2 2.50 0.10 10", date(2026, 10, 7)),
    _price(HAIKU, "0.10 0.125 0.01 0.50"),
    _price(UNKNOWN_MODEL, "6 7.50 0.30 30"),
)


def price_on(model: str, day: date) -> Price:
    """Give the price of a model on a UTC day. Raises `KeyError` for a model that has none."""
    known = [price for price in PRICES if price.model == model and price.effective_from <= day]
    if not known:
        raise KeyError(model)
    return max(known, key=lambda price: price.effective_from)


def list_cents(model: str, tokens: Tokens, day: date) -> Decimal:
    """Give what tokens cost at list price on a UTC day, in exact cents. Raises `KeyError` as `price_on` does."""
    price = price_on(model, day)
    dollars_by_a_million = (
        tokens.uncached_input_tokens * price.uncached_input
        + tokens.output_tokens * price.output
        + tokens.cache_read_input_tokens * price.cache_read
        + tokens.cache_creation_input_tokens * price.cache_creation
    )
    return dollars_by_a_million * Decimal("0.0001")  # cents: times 100, by a million tokens
