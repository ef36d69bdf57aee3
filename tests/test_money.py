from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.money import MAX_NANOS, format_usd, nanos_from_cents, nanos_from_usd, rounded_parts, usd


@pytest.mark.parametrize(
    ("cents", "nanos"),
    [
        ("123.45", 1_234_500_000),  # the vendor's own example: $1.2345
        ("2228", 22_280_000_000),
        ("34.4", 344_000_000),
        ("0", 0),
        ("0.00000005", 0),  # half a nano-dollar goes to the even side
        ("0.00000015", 2),
        ("0.00000006", 1),
    ],
)
def test_cents_arrive_exactly_and_are_rounded_once(cents: str, nanos: int) -> None:
    assert nanos_from_cents(Decimal(cents)) == nanos


def test_a_dollar_is_a_hundred_cents() -> None:
    assert nanos_from_usd(Decimal("12.34")) == nanos_from_cents(Decimal("1234")) == 12_340_000_000


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=12))
def test_rounding_is_never_off_by_more_than_half_a_nano_dollar(cents: Decimal) -> None:
    exact = Fraction(cents) * 10_000_000
    assert abs(nanos_from_cents(cents) - exact) <= Fraction(1, 2)
    assert nanos_from_cents(cents) == round(exact)  # Python rounds fractions half to even, too


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1E+999999999", "1E-999999999", "9" * 5000])
def test_an_absurd_amount_is_refused_quickly(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        nanos_from_usd(Decimal(amount))


def test_the_largest_believable_amount_fits_and_one_nano_more_does_not() -> None:
    assert nanos_from_usd(usd(MAX_NANOS)) == MAX_NANOS
    with pytest.raises(ValueError, match="believed"):
        nanos_from_usd(usd(MAX_NANOS + 1))


@pytest.mark.parametrize(
    ("nanos", "shown"),
    [
        (0, "$0.00"),
        (1_234_560_000_000, "$1,234.56"),
        (4_999_999, "$0.00"),
        (5_000_000, "$0.00"),  # half a cent, to the even side
        (15_000_000, "$0.02"),
        (5_000_001, "$0.01"),
        (-1_500_000_000, "-$1.50"),
        (-1, "$0.00"),
        (MAX_NANOS, "$9,000,000,000.00"),
    ],
)
def test_amounts_are_shown_to_the_cent(nanos: int, shown: str) -> None:
    assert format_usd(nanos) == shown


@given(st.lists(st.integers(min_value=0, max_value=10**13), max_size=30))
def test_parts_as_shown_add_up_to_the_total_as_shown_and_none_is_off_by_a_cent(parts: list[int]) -> None:
    shown = rounded_parts(parts)
    cent = 10_000_000
    assert sum(shown) == round(Fraction(sum(parts), cent)) * cent
    assert all(abs(part - exact) < cent for part, exact in zip(shown, parts, strict=True))
    assert format_usd(sum(shown)) == format_usd(sum(parts))
