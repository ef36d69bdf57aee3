import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.listeners.amounts import parse_amount


@pytest.mark.parametrize(
    ("word", "cents"),
    [
        ("$200", 200_00),
        ("200", 200_00),
        ("$1,000.50", 1_000_50),
        ("1000.5", 1_000_50),
        ("0.01", 1),
        ("$10,000,000", 10_000_000_00),
        ("10000000.00", 10_000_000_00),
    ],
)
def test_an_amount_is_understood_to_the_cent(word: str, cents: int) -> None:
    assert parse_amount(word) == cents * 10_000_000


@pytest.mark.parametrize(
    ("word", "key"),
    [
        *(
            (word, "error.amount")
            for word in ("1.000,50", "€5", "1e9", "-5", "", "$", "5$", "1,00", "10,0000", "1.", ".5")
        ),
        *(
            (word, "error.amount")
            for word in ("٢٠٠", "２００", "5.001", "1_000", "0x10", "NaN", "inf", "+5", "5 ", "9" * 400)
        ),
        *((word, "error.amount_zero") for word in ("0", "$0", "0.00", "000")),
        *((word, "error.amount_too_large") for word in ("10000000.01", "$10,000,001", "999999999.99")),
    ],
)
def test_what_is_no_sensible_amount_is_asked_back(word: str, key: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_amount(word)
    assert caught.value.key == key


@given(st.text(alphabet=string.digits + "$,.-+eE €٣\n_", max_size=14))
def test_whatever_is_understood_is_what_python_reads_without_the_commas(word: str) -> None:
    try:
        nanos = parse_amount(word)
    except UserError:
        return
    assert Decimal(nanos) == Decimal(word.replace("$", "").replace(",", "")) * 10**9
