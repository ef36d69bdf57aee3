"""Damage done to a payload that knows how payloads are built: a field gone, doubled, of another type, absurd."""

import gzip
import json
from collections.abc import Callable
from random import Random
from typing import Any

BETWEEN = b"\x1e"
"""Stands between the answers to several questions; JSON knows no such byte."""

_NUMBERS = (b"9" * 5000, b"1e400", b"1E+999999999", b"1e-99999999999999999999", b"-0.0", b"NaN", b"-Infinity", b"7.000")
"""What no Python number can stand for, as it is to stand in the JSON."""


def damaged_json(seed: bytes, random: Random) -> bytes:
    """Damage a JSON document in a few places; sometimes its bytes too."""
    try:
        whole = json.loads(seed)
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            whole = _damaged(whole, random)
        written = json.dumps(whole, ensure_ascii=random.random() < 0.8).encode(errors="surrogatepass")
    except (ValueError, RecursionError):  # damaged before, or nested deeper than can be written
        return damaged_bytes(seed, random)
    written = written.replace(b'"@number@"', random.choice(_NUMBERS))
    return damaged_bytes(written, random) if random.random() < 0.1 else written


def damaged_part(seed: bytes, random: Random) -> bytes:
    """Damage one of several JSON documents that `BETWEEN` holds apart; now and then more of them."""
    parts = seed.split(BETWEEN)
    for _ in range(random.choice((1, 1, 1, 2))):
        at = random.randrange(len(parts))
        parts[at] = damaged_json(parts[at], random) if parts[at][:1] == b"{" else damaged_bytes(parts[at], random)
    return BETWEEN.join(part.replace(BETWEEN, b"") for part in parts)


def damaged_bytes(seed: bytes, random: Random) -> bytes:
    """Flip bits, cut, repeat and insert, without a thought for what the bytes mean."""
    body = bytearray(seed)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        at = random.randrange(len(body) + 1)
        kind = random.randrange(5)
        if kind == 0 and at < len(body):
            body[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            del body[at:]
        elif kind == 2:
            body[at:at] = body[at : at + random.randrange(64)]
        elif kind == 3:
            body[at:at] = random.choice((b"\xff" * 10, b"\0", b"[" * 2000, b'{"a":' * 2000, b"\x80" * 11, b"NaN"))
        else:
            del body[at : at + random.randrange(16)]
    return bytes(body)


def damaged_protobuf(seed: bytes, random: Random) -> bytes:
    """Damage a message field by field, as deep as its bytes can be read as messages; sometimes its bytes too."""
    body = _damaged_message(seed, random, 0)
    return damaged_bytes(body, random) if random.random() < 0.2 else body


def damaged_gzip(seed: bytes, random: Random) -> bytes:
    """Damage what is packed, the packing, or both; or pack something that explodes."""
    kind = random.randrange(4)
    if kind == 0:
        return gzip.compress(damaged_json(seed, random), 1)
    if kind == 1:
        return damaged_bytes(gzip.compress(seed, 1), random)
    if kind == 2:
        return gzip.compress(seed, 1) + gzip.compress(seed, 1)
    return gzip.compress(bytes([random.choice(b' [0"')]) * (1 << random.randint(10, 25)), 9)


def _damaged(whole: Any, random: Random) -> Any:
    """Walk down some way, and do damage there."""
    if not isinstance(whole, dict | list) or not whole or random.random() < 0.15:
        return _absurd(whole, random)
    key = random.choice([*whole] if isinstance(whole, dict) else range(len(whole)))
    kind = random.randrange(10)
    if kind == 0:
        del whole[key]
    elif kind == 1:
        _double(whole, key, random)
    else:
        whole[key] = _damaged(whole[key], random)
    return whole


def _double(whole: Any, key: Any, random: Random) -> None:
    if isinstance(whole, list):
        whole.insert(random.randrange(len(whole) + 1), whole[key])
    else:
        whole[random.choice((f"{key}_", str(key).upper(), "type", "data"))] = whole[key]


def _absurdities() -> tuple[Any, ...]:
    """New ones each time: what is put into a document may be damaged there."""
    return (
        None,
        True,
        "",
        " ",
        "0",
        -1,
        0.5,
        2**31,
        2**63,
        2**64,
        10**40,
        1e308,
        float("nan"),
        float("inf"),
        "NaN",
        "1E+999999999",
        "-0",
        "\0",
        "\ud83d",
        "x" * 5000,
        "２０２６",
        "2026-02-30",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        [],
        {},
        [[]],
        {"": {}},
        {"type": 7},
        "@number@",
        "@number@",
    )


def _absurd(value: Any, random: Random) -> Any:
    choices: list[Callable[[], Any]] = [
        lambda: random.choice(_absurdities()),
        lambda: [value],
        lambda: {"value": value},
        lambda: str(value),
        lambda: _deep(value, random.choice((40, 400, 4000)) if random.random() < 0.2 else 5),
    ]
    if isinstance(value, int | float) and not isinstance(value, bool):
        choices += [lambda: -value, lambda: value * 10**9, lambda: value * 100, lambda: value + 0.5]
    return random.choice(choices)()


def _deep(value: Any, levels: int) -> Any:
    if levels > 500:
        return "[" * levels
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def _damaged_message(body: bytes, random: Random, depth: int) -> bytes:
    fields = _fields(body)
    if not fields:
        return damaged_bytes(body, random)
    at = random.randrange(len(fields))
    tag, kind, value = fields[at]
    choice = random.randrange(8)
    if choice == 0:
        del fields[at]
    elif choice == 1:
        fields.insert(random.randrange(len(fields) + 1), fields[at])
    elif choice == 2:
        fields[at] = (random.choice((0, 1, 2, 7, 15, 4000, 2**29 - 1)), kind, value)
    elif choice == 3:
        fields[at] = (tag, 0, _varint(random.choice((0, 1, 2**31, 2**63, 2**64 - 1))))
    elif choice == 4:
        fields[at] = (tag, 1, random.choice((b"\xff" * 8, b"\0" * 8, b"\0" * 6 + b"\xf0\x7f", random.randbytes(8))))
    elif kind == 2 and depth < 12 and value:
        fields[at] = (tag, 2, _damaged_message(value, random, depth + 1))
    else:
        fields[at] = (tag, 2, random.choice((b"", b"\xff", b"\xed\xa0\xbd", b"\0", b"x" * 5000)))
    return b"".join(_varint(tag << 3 | kind) + _sized(kind, value) for tag, kind, value in fields)


def _sized(kind: int, value: bytes) -> bytes:
    return _varint(len(value)) + value if kind == 2 else value


def _fields(body: bytes) -> list[tuple[int, int, bytes]]:
    """Give tag, wire type and bytes of each field; nothing where these bytes are no message."""
    fields, at = [], 0
    while at < len(body):
        key, at = _read_varint(body, at)
        start, kind = at, key & 7
        if kind == 0:
            _, at = _read_varint(body, at)
        elif kind == 2:
            length, start = _read_varint(body, at)
            at = start + length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return []
        if at > len(body) or not key >> 3:
            return []
        fields.append((key >> 3, kind, body[start:at]))
    return fields


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    """Give the number and where it ends; past the end where there is none."""
    value = shift = 0
    while at < len(body) and shift < 70:
        value |= (body[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not body[at - 1] & 0x80:
            return value, at
    return 0, len(body) + 1
