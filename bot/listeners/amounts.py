"""Amounts as people type them: one grammar in ASCII, and the right form for everything else."""

import re
from decimal import Decimal

from bot.errors import UserError
from bot.money import NANOS_PER_USD, format_usd, nanos_from_usd

MAX_LIMIT_NANOS = 10_000_000 * NANOS_PER_USD
"""A larger limit is a slip of the finger: no team is told anything of use by it."""

_AMOUNT = re.compile(r"\$?([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(\.[0-9]{1,2})?", re.ASCII)


def parse_amount(word: str) -> int:
    """Understand `$200`, `200` or `$1,000.50` in nano-dollars. Raises `UserError` that says the right form.

    >>> parse_amount("$1,000.50")
    1000500000000
    """
    match = _AMOUNT.fullmatch(word)
    if match is None:
        raise UserError("error.amount", word=word)
    nanos = nanos_from_usd(Decimal(match[1].replace(",", "") + (match[2] or "")))
    if nanos == 0:
        raise UserError("error.amount_zero", word=word)
    if nanos > MAX_LIMIT_NANOS:
        raise UserError("error.amount_too_large", word=word, most=format_usd(MAX_LIMIT_NANOS))
    return nanos
