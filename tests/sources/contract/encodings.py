"""Every way in which an amount of money is written by any source, and the function of ours that reads it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sources import (
    analytics_rows,
    anthropic_analytics,
    anthropic_claude_code,
    anthropic_cost,
    litellm,
    litellm_rows,
    otlp,
)
from bot.sources.answers import parse_json
from bot.sources.anthropic_rows import understood
from bot.sources.otlp.heard import hear
from bot.sources.otlp.wire import Signal, decode
from tests.sources.contract.analytics import AnalyticsWorld
from tests.sources.contract.claude_code import ClaudeCodeWorld
from tests.sources.contract.gateway import GatewayWorld
from tests.sources.contract.telemetry import SENDER, as_protobuf, event, logs, metrics, put
from tests.sources.contract.world import DAY, NOW, Literal, Use, Wire, World, exact_json

CENT, DOLLAR = 10_000_000, 1_000_000_000
_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
_SLOT = "7.25e-3"
"""Stands where an amount is to be: nothing else is written so."""
_LARGEST_DOUBLE = 1e15
"""Beyond it a double has no cents."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """One way to write an amount."""

    name: str
    source: str
    """Whose World can add such amounts up; empty where none does."""
    unit_nanos: int
    template: bytes
    """What is sent, with the slot in it."""
    read: Callable[[bytes], int]
    """Give the amount of what was sent, by the source's own functions. Raises `ValueError` for one it refuses."""
    says: Callable[[str], str | None] = _as_it_is
    """Give the number as this encoding would carry it; None: it cannot."""
    literal: Callable[[str], str] = _as_it_is
    """Write a number as it stands in the JSON."""
    packed: Callable[[str], bytes] = str.encode
    """Write a number as it stands in the template."""

    def nanos(self, said: str) -> int:
        """Read an amount. Raises `ValueError` for one that is refused."""
        return self.read(self.template.replace(self.packed(_SLOT), self.packed(said)))

    def put(self, world: World, row: Wire, said: str) -> Wire:
        """Put an amount into a row of the source's World."""
        return world.with_amount(row, self.literal(said))


def _quoted(text: str) -> str:
    return f'"{text}"'


def _parsed(read: Callable[[Any], int]) -> Callable[[bytes], int]:
    return lambda body: read(parse_json(body))


def _heard(signal: Signal, content_type: str) -> Callable[[bytes], int]:
    def read(body: bytes) -> int:
        told = [one.use for one in hear(decode(signal, body, content_type), SENDER, NOW).bookings]
        if not told or told[0] is None:
            raise ValueError("rejected")
        return told[0].cost_nanos

    return read


def _cost_line(parsed: Any) -> int:
    (line,) = anthropic_cost._lines(DAY, [parsed])
    return line.cost_nanos


def _double(text: str) -> str | None:
    return repr(float(text)) if abs(float(text)) < _LARGEST_DOUBLE else None


def _whole(text: str) -> str | None:
    return text if text.isdigit() else None


def _packed_double(text: str) -> bytes:
    return struct.pack("<d", float(text))


def _told(signal: Signal, kind: str, *, packed: bool = False) -> bytes:
    slot = Literal(_SLOT)
    value = {kind: _SLOT if kind == "stringValue" else slot}
    body = logs([put(event(Use()), "cost_usd", value)])
    return as_protobuf(signal, body) if packed else body


_CLAUDE_CODE, _ANALYTICS, _GATEWAY = ClaudeCodeWorld(), AnalyticsWorld(), GatewayWorld()
_LISTED = _ANALYTICS.wire(Use())
_LISTED["cost"]["list_amount"] = _SLOT
_COST_LINE = {"workspace_id": None, "description": "x", "currency": "USD", "amount": _SLOT}
_COST_METRIC = metrics([Use(nanos=7_250_000)], only="cost.usage").replace(b"0.007250000", _SLOT.encode())

ENCODINGS: tuple[Encoding, ...] = (
    Encoding(
        name="cents as a number",
        source=anthropic_claude_code.NAME,
        unit_nanos=CENT,
        template=exact_json(_CLAUDE_CODE.with_amount(_CLAUDE_CODE.wire(Use()), _SLOT)),
        read=_parsed(lambda row: understood(row, DAY).models[0].cost_nanos),
    ),
    Encoding(
        name="cents as a string",
        source=anthropic_analytics.NAME,
        unit_nanos=CENT,
        literal=_quoted,
        template=exact_json(_ANALYTICS.with_amount(_ANALYTICS.wire(Use()), _quoted(_SLOT))),
        read=_parsed(lambda row: analytics_rows.money_of(row, str)[1].nanos),
    ),
    Encoding(
        name="list price in cents as a string",
        source="",
        unit_nanos=CENT,
        template=exact_json(_LISTED),
        read=_parsed(lambda row: analytics_rows.money_of(row, str)[1].list_nanos or 0),
    ),
    Encoding(
        name="cents of the cost report, credits too",
        source="",
        unit_nanos=CENT,
        says=lambda text: text if len(text) % 3 else f"-{text}",
        template=exact_json(_COST_LINE),
        read=_parsed(_cost_line),
    ),
    Encoding(
        name="dollars as a number",
        source=litellm.NAME,
        unit_nanos=DOLLAR,
        template=exact_json(_GATEWAY.with_amount(_GATEWAY.wire(Use()), _SLOT)),
        read=_parsed(lambda row: litellm_rows.use(litellm_rows.metrics(row["metrics"])).cost_nanos),
    ),
    Encoding(
        name="dollars as a double of an event",
        source=otlp.NAME,
        unit_nanos=DOLLAR,
        literal=lambda text: f'{{"doubleValue":{text}}}',
        template=_told("logs", "doubleValue"),
        read=_heard("logs", _JSON),
    ),
    Encoding(
        name="dollars as a string of an event",
        source=otlp.NAME,
        unit_nanos=DOLLAR,
        literal=lambda text: f'{{"stringValue":"{text}"}}',
        template=_told("logs", "stringValue"),
        read=_heard("logs", _JSON),
    ),
    Encoding(
        name="whole dollars of an event",
        source=otlp.NAME,
        unit_nanos=DOLLAR,
        says=_whole,
        literal=lambda text: f'{{"intValue":{text}}}',
        template=_told("logs", "intValue"),
        read=_heard("logs", _JSON),
    ),
    Encoding(
        name="dollars as eight bytes of an event",
        source="",
        unit_nanos=DOLLAR,
        says=_double,
        packed=_packed_double,
        template=_told("logs", "doubleValue", packed=True),
        read=_heard("logs", _PROTOBUF),
    ),
    Encoding(
        name="dollars as a double of a counter",
        source="",
        unit_nanos=DOLLAR,
        template=_COST_METRIC,
        read=_heard("metrics", _JSON),
    ),
    Encoding(
        name="dollars as eight bytes of a counter",
        source="",
        unit_nanos=DOLLAR,
        says=_double,
        packed=_packed_double,
        template=as_protobuf("metrics", _COST_METRIC),
        read=_heard("metrics", _PROTOBUF),
    ),
)
for _one in ENCODINGS:
    assert _one.template.count(_one.packed(_SLOT)) == 1, _one.name
