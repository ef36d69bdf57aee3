"""Money: integer nano-dollars inside, `Decimal` at the doors, `float` nowhere.

One dollar is 10**9 nano-dollars. A source's amount is rounded once, half to even, when it arrives; sums are exact
from there; dollars are rounded again only when they are shown.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

NANOS_PER_USD = 1_000_000_000
_NANOS_PER_CENT = 10_000_000

MAX_NANOS = 9_000_000_000_000_000_000
"""Nine billion dollars: the largest amount that is believed, and that a 64-bit column holds."""

_MAX_DIGITS = 60
"""More digits than any amount has; keeps a hostile `1E+999999999` from being worked out."""

_EXACT = Context(prec=_MAX_DIGITS * 2)


def nanos_from_usd(amount: Decimal) -> int:
    """Convert dollars to nano-dollars, rounded once, half to even.

    Raises `ValueError` for what is not a finite, believable amount.

    >>> nanos_from_usd(Decimal("1.2345"))
    1234500000
    """
    return _nanos(amount, NANOS_PER_USD)


def nanos_from_cents(amount: Decimal) -> int:
    """Convert cents, possibly fractional, to nano-dollars, rounded once, half to even.

    Raises `ValueError` for what is not a finite, believable amount.

    >>> nanos_from_cents(Decimal("123.45"))
    1234500000
    """
    return _nanos(amount, _NANOS_PER_CENT)


def usd(nanos: int) -> Decimal:
    """Give the exact amount in dollars, all nine decimals of it.

    >>> usd(1_234_500_000)
    Decimal('1.234500000')
    """
    return Decimal(nanos).scaleb(-9, _EXACT)


def format_usd(nanos: int) -> str:
    """Show an amount to the cent, rounded half to even.

    >>> format_usd(1_234_560_000_000)
    '$1,234.56'
    """
    cents = usd(nanos).quantize(Decimal("0.01"), ROUND_HALF_EVEN, _EXACT)
    return f"-${-cents:,}" if cents < 0 else f"${abs(cents):,}"


def rounded_parts(parts: Sequence[int]) -> list[int]:
    """Round the parts of a total to whole cents so that what is shown adds up to the total that is shown.

    Each part ends at one of its two neighbouring cents; those with the largest remainders go up (Hare's method).

    >>> rounded_parts([3_333_333_333, 3_333_333_333, 3_333_333_334])
    [3330000000, 3330000000, 3340000000]
    """
    total_cents = round(Fraction(sum(parts), _NANOS_PER_CENT))
    floors = [part // _NANOS_PER_CENT for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda n: (-(parts[n] % _NANOS_PER_CENT), n))
    for n in by_remainder[: total_cents - sum(floors)]:
        floors[n] += 1
    return [cents * _NANOS_PER_CENT for cents in floors]


def _nanos(amount: Decimal, factor: int) -> int:
    if not amount.is_finite():
        raise ValueError("an amount must be a finite number")
    digits, exponent = amount.as_tuple().digits, int(amount.as_tuple().exponent)
    if len(digits) > _MAX_DIGITS or abs(exponent) > _MAX_DIGITS:
        raise ValueError("an amount has too many digits")
    nanos = int(_EXACT.multiply(amount, Decimal(factor)).to_integral_value(ROUND_HALF_EVEN))
    if abs(nanos) > MAX_NANOS:
        raise ValueError("an amount is too large to be believed")
    return nanos
