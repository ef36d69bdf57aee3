"""Answers read with suspicion: any header, any number, any bytes."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources.answers import MAX_RETRY_AFTER_SECONDS, parse_json, retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(("Sun", "Mon", "", "Xyz")),
    st.integers(-1, 99),
    st.sampled_from(("Jan", "Nov", "Foo", "11")),
    st.integers(-1, 10**11),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.integers(-1, 99),
    st.sampled_from(("GMT", "+9999", "-0000", "+999999999999", "JST", "")),
)


@settings(deadline=None)
@given(st.text() | _DATES | st.integers().map(str) | st.decimals().map(str))
def test_no_retry_after_header_can_crash_us_or_make_us_wait_longer_than_a_quarter_of_an_hour(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("900", 900.0),
        ("901", 900.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1e3", None),
        ("٣", None),
        ("inf", None),
        ("nan", None),
        ("2, 4", None),
        ("Sun, 22 Nov 2026 12:00:00 +99999999999999999999", None),
        ("Sun, 22 Nov 99999999999999999999 12:00:00 GMT", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=90), usegmt=True), 900.0),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date_and_else_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_bytes_are_json_or_a_value_error(body: bytes) -> None:
    with suppress(ValueError):
        parse_json(body)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_an_amount_survives_the_wire_to_the_last_digit(amount: Decimal) -> None:
    assert Decimal(parse_json(f"[{amount:f}]".encode())[0]) == amount
