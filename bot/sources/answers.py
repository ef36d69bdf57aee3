"""What an HTTP answer says, read with suspicion: exact JSON, bodies inflated in small steps, waiting times."""

import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

MAX_RETRY_AFTER_SECONDS = 900.0

_STEP_BYTES = 64 * 1024
_MAX_INT_DIGITS = 60
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


def parse_json(body: bytes) -> Any:
    """Read JSON without losing a digit: what has a point or an exponent, or is absurdly long, becomes a `Decimal`.

    Raises `ValueError` for what is not JSON; NaN and Infinity, which Python's parser would take, are not.
    """
    try:
        return json.loads(body, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def error_code(body: bytes) -> str | None:
    """Give `error.details.error_code` of an error envelope: the part of it that the vendor keeps stable."""
    try:
        value = parse_json(body)
    except ValueError:
        return None
    for name in ("error", "details", "error_code"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def retry_after(header: str | None, now: datetime) -> float | None:
    """Give the seconds that a `retry-after` header asks to wait, at most a quarter of an hour.

    It may be a number or an HTTP date; None for no header and for nonsense.
    """
    if header is None:
        return None
    if _SECONDS.fullmatch(header.strip()):
        return min(float(header), MAX_RETRY_AFTER_SECONDS)
    try:
        at = parsedate_to_datetime(header)
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def pieces(inflater: "zlib._Decompress | None", chunk: bytes) -> Iterator[bytes]:
    """Inflate a chunk in steps of 64 KiB, so that the caller can stop before a bomb has gone off.

    Without an inflater the chunk is passed on. Raises `zlib.error` for what cannot be inflated.
    """
    if inflater is None:
        yield chunk
        return
    while piece := inflater.decompress(chunk, _STEP_BYTES):
        yield piece
        chunk = inflater.unconsumed_tail


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return Decimal("NaN")  # no amount and no count: the one row that holds it is put aside


def _integer(text: str) -> int | Decimal:
    # Python refuses to read integers of thousands of digits, and one row must not cost us the page.
    return int(text) if len(text) <= _MAX_INT_DIGITS else Decimal(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
