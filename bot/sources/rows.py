"""What all sources do to a row that comes from outside: believe no count, no name and no amount before it is checked.

Everything here is pure, and raises `ValueError` for what it does not believe.
"""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Strict, ValidationError

from bot.money import nanos_from_cents
from bot.usage import Consumer, ConsumerKind

MAX_TOKENS = 10**15
"""More than any organization uses in a day."""
MAX_COUNT = 10**10
_MAX_NAME = 200
_AMOUNT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?", re.ASCII)

Count = Annotated[int, Strict()] | Annotated[Decimal, Strict()]
"""A count as JSON may write it: `7` or `7.0`. Whether it is whole is asked when it is used."""


def count(value: int | Decimal, most: int = MAX_COUNT) -> int:
    """Give a count as an integer: whole, not negative, at most `most`."""
    if not 0 <= value <= most or value != int(value):
        raise ValueError("a count is not a believable whole number")
    return int(value)


def text(value: Any) -> str:
    """Give a name that is one, as it came."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("actor: no name")
    return value


def nanos_from_text(cents: str, *, credits_allowed: bool = False) -> int:
    """Give the nano-dollars of an amount in cents that came as a decimal string.

    A negative one is believed only where the endpoint documents credits.

    >>> nanos_from_text("123.450000")
    1234500000
    """
    if not _AMOUNT.fullmatch(cents):
        raise ValueError("amount: not a decimal number")
    nanos = nanos_from_cents(Decimal(cents))
    if nanos < 0 and not credits_allowed:
        raise ValueError("amount: negative, though this report knows no credits")
    return nanos


def bounded(name: str) -> str:
    """Cut a name, and replace the two things that no database keeps: NUL and half a surrogate pair."""
    return name[:_MAX_NAME].replace("\0", "\ufffd").encode(errors="replace").decode()


def of_no_known_kind(actor: dict[str, Any]) -> Consumer:
    """Keep whoever is neither a person nor an API key by the best of the ids that came: nobody's use is lost."""
    names = [actor[key] for key in sorted(actor, key=lambda key: (not key.endswith("id"), key)) if key != "type"]
    best = next((name for name in names if isinstance(name, str)), "")
    return Consumer(ConsumerKind.OTHER, bounded(f"{text(actor.get('type'))}:{best}"))


def reason(error: ValueError) -> str:
    """Say what is wrong with a record without quoting it."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(part for part in first["loc"] if isinstance(part, str))
    return re.sub(r"[^A-Za-z0-9_.]", "", where)[:80] + f": {first['type']}"
