"""Every way in which an amount of money is written by any source, and the function of ours that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sources import analytics_rows, anthropic_claude_code, anthropic_cost, litellm, litellm_rows
from bot.sources import anthropic_analytics as analytics
from bot.sources.answers import parse_json
from bot.sources.anthropic_rows import understood
from tests.sources.contract.analytics import AnalyticsWorld
from tests.sources.contract.claude_code import ClaudeCodeWorld
from tests.sources.contract.gateway import GatewayWorld
from tests.sources.contract.world import DAY, Literal, Use, Wire, World, exact_json

CENT, DOLLAR = 10_000_000, 1_000_000_000
_SLOT = "7.25e-3"
"""Stands where an amount is to be: nothing else is written so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """One way to write an amount."""

    name: str
    source: str
    """Whose World can add such amounts up; empty where none can."""
    unit_nanos: int
    says: Callable[[str], str | None]
    """Give the text as this encoding would carry it; None: it cannot."""
    quoted: bool
    template: bytes
    """A row's JSON with the slot in it."""
    read: Callable[[Any], int]
    """What of a parsed row is the amount, by the source's own functions. Raises `ValueError`."""

    def nanos(self, said: str) -> int:
        """Read an amount. Raises `ValueError` for one that is refused."""
        return self.read(parse_json(self.template.replace(_SLOT.encode(), said.encode())))

    def put(self, world: World, row: Wire, said: str) -> Wire:
        """Put an amount into a row of the source's World."""
        return world.with_amount(row, f'"{said}"' if self.quoted else said)


def _template(row: Wire) -> bytes:
    written = exact_json(row)
    assert written.count(_SLOT.encode()) == 1
    return written


def _as_it_is(text: str) -> str | None:
    return text


def _cost_line(parsed: Any) -> int:
    (line,) = anthropic_cost._lines(DAY, [parsed])
    return line.cost_nanos


_CLAUDE_CODE, _ANALYTICS, _GATEWAY = ClaudeCodeWorld(), AnalyticsWorld(), GatewayWorld()
_LISTED = _ANALYTICS.wire(Use())
_LISTED["cost"]["list_amount"] = _SLOT

ENCODINGS: tuple[Encoding, ...] = (
    Encoding(
        name="cents as a number",
        source=anthropic_claude_code.NAME,
        unit_nanos=CENT,
        says=_as_it_is,
        quoted=False,
        template=_template(_CLAUDE_CODE.with_amount(_CLAUDE_CODE.wire(Use()), _SLOT)),
        read=lambda row: understood(row, DAY).models[0].cost_nanos,
    ),
    Encoding(
        name="cents as a string",
        source=analytics.NAME,
        unit_nanos=CENT,
        says=_as_it_is,
        quoted=True,
        template=_template(_ANALYTICS.with_amount(_ANALYTICS.wire(Use()), f'"{_SLOT}"')),
        read=lambda row: analytics_rows.money_of(row, str)[1].nanos,
    ),
    Encoding(
        name="list price in cents as a string",
        source="",
        unit_nanos=CENT,
        says=_as_it_is,
        quoted=True,
        template=_template(_LISTED),
        read=lambda row: analytics_rows.money_of(row, str)[1].list_nanos or 0,
    ),
    Encoding(
        name="cents of the cost report, credits too",
        source="",
        unit_nanos=CENT,
        says=lambda text: text if len(text) % 3 else f"-{text}",
        quoted=True,
        template=_template(
            {"workspace_id": None, "description": "x", "currency": "USD", "amount": Literal(f'"{_SLOT}"')}
        ),
        read=_cost_line,
    ),
    Encoding(
        name="dollars as a number",
        source=litellm.NAME,
        unit_nanos=DOLLAR,
        says=_as_it_is,
        quoted=False,
        template=_template(_GATEWAY.with_amount(_GATEWAY.wire(Use()), _SLOT)),
        read=lambda row: litellm_rows.use(litellm_rows.metrics(row["metrics"])).cost_nanos,
    ),
)
