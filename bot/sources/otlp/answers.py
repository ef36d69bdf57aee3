"""What a sender of OTLP is answered, in its own encoding (opentelemetry-proto, `docs/specification.md`)."""

import json

from bot.sources.otlp.wire import Signal

_REJECTED = {"logs": "rejectedLogRecords", "metrics": "rejectedDataPoints", "traces": "rejectedSpans"}
_VARINT = 0x80
_TEXT_FIELD_1, _NUMBER_FIELD_1, _TEXT_FIELD_2 = b"\x0a", b"\x08", b"\x12"
"""Tags of protobuf fields: the number of the field, and how its value is written."""


def taken(signal: Signal, rejected: int, why: str, *, is_json: bool) -> bytes:
    """Say that a request is stored; with `rejected`, that so many of its records are not, and must not come again."""
    if not rejected:
        return b"{}" if is_json else b""
    if is_json:
        # 64-bit integers are text in the JSON of protobuf.
        return json.dumps({"partialSuccess": {_REJECTED[signal]: str(rejected), "errorMessage": why}}).encode()
    part = _NUMBER_FIELD_1 + _number(rejected) + _TEXT_FIELD_2 + _sized(why)
    return _TEXT_FIELD_1 + _number(len(part)) + part


def problem(message: str, *, is_json: bool) -> bytes:
    """Say what is wrong with a request, as a `google.rpc.Status`."""
    return json.dumps({"message": message}).encode() if is_json else _TEXT_FIELD_2 + _sized(message)


def _sized(text: str) -> bytes:
    whole = text.encode()
    return _number(len(whole)) + whole


def _number(value: int) -> bytes:
    """Write a number as protobuf does: seven bits a byte, the lowest first, a bit for "there is more"."""
    parts = bytearray()
    while value >= _VARINT:
        parts.append(value % _VARINT + _VARINT)
        value //= _VARINT
    return bytes([*parts, value])
