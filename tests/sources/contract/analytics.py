"""The cost analytics: cents as a decimal string, money and tokens in two lists that are each paged by cursor."""

from datetime import datetime, timedelta

import httpx
from pydantic import SecretStr

from bot.config import Settings
from bot.sources import Reader
from bot.sources.anthropic_analytics import open_reader
from tests.sources.contract.world import DAY, NOW, AskedWorld, Literal, Use, Wire, exact_json
from tests.virtual_time import VirtualTime

_COST, _USAGE = "/v1/organizations/analytics/cost", "/v1/organizations/analytics/usage"
_DIMENSIONS = ("actor_type", "api_key_id", "context_window", "product", "service_tier", "speed", "workspace_id")


class AnalyticsWorld(AskedWorld):
    """A row is what both lists say of one combination; `cost` and `usage` are its two halves."""

    rows_of_a_use = 2
    paths = (_COST, _USAGE, "/v1/organizations/me", "/v1/organizations/api_keys")
    amounts = (
        ('"1"', 10_000_000),
        ('"1.000000"', 10_000_000),
        ('"100"', 1_000_000_000),
        ('"2004.858000"', 20_048_580_000),
        ('"0.00000005"', 0),
        ('"0.00000015"', 2),
    )

    def __init__(self) -> None:
        super().__init__()
        self.refreshed_at: datetime | None = NOW

    def wire(self, use: Use) -> Wire:
        """The group, and both halves of what it says."""
        actor = {
            "type": "user_actor",
            "user_id": f"user_{use.who}",
            "email_address": use.address,
            "name": use.who.title(),
            "deleted": False,
        }
        return {
            "starting_at": f"{DAY}T00:00:00Z",
            "ending_at": f"{DAY + timedelta(days=1)}T00:00:00Z",
            "group": {
                **dict.fromkeys(_DIMENSIONS),
                "actor": actor,
                "model": use.model,
                "context_window": f"part {use.part}",
            },
            "cost": {"amount": f"{use.cents:f}", "list_amount": f"{use.cents:f}", "currency": "USD", "requests": 3},
            "usage": {
                "uncached_input_tokens": use.tokens.uncached_input_tokens,
                "cache_read_input_tokens": use.tokens.cache_read_input_tokens,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": use.tokens.cache_creation_input_tokens,
                    "ephemeral_1h_input_tokens": 0,
                },
                "output_tokens": use.tokens.output_tokens,
                "total_tokens": use.tokens.prompt_tokens + use.tokens.output_tokens,
                "server_tool_use": {"web_search_requests": 0},
                "requests": 3,
            },
        }

    def with_amount(self, row: Wire, literal: str) -> Wire:
        row["cost"]["amount"] = Literal(literal)
        return row

    def bad(self, row: Wire) -> Wire:
        return {**row, "starting_at": "one day"}

    def strange(self, row: Wire) -> Wire:
        row["group"] |= {"mood": "bright", "speed": "ludicrous", "context_window": "infinite"}
        row["cost"] |= {"tax": "0", "requests": None}
        row["usage"] |= {"dreams": {"lucid": 1}}
        return {**row, "provenance": [None, {}]}

    def open(self, transport: httpx.BaseTransport, clock: VirtualTime) -> Reader:
        return open_reader(
            Settings(anthropic_admin_key=SecretStr(self.key)),
            transport=transport,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            clock=clock.wall_clock,
        )

    def go_to(self, now: datetime) -> None:
        self.refreshed_at = now

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/me"):
            return httpx.Response(200, json={"id": "6f1b", "type": "organization", "name": "Hoshino Works"})
        if request.url.path.endswith("/api_keys"):
            return httpx.Response(200, json={"data": [], "first_id": None, "last_id": None, "has_more": False})
        without = "usage" if request.url.path == _COST else "cost"
        number = int(request.url.params.get("page", "0"))
        is_last = number + 1 >= len(self.batches)
        envelope = {
            "data": [{name: part for name, part in row.items() if name != without} for row in self.batches[number]],
            "has_more": not is_last,
            "next_page": None if is_last else str(number + 1),
            "data_refreshed_at": self.refreshed_at and self.refreshed_at.isoformat(),
        }
        return httpx.Response(200, content=exact_json(envelope))
