"""Claude Code Analytics: cents as a JSON number, a row for each person and terminal, pages by cursor."""

import httpx
from pydantic import SecretStr

from bot.config import Settings
from bot.sources import Reader
from bot.sources.anthropic_claude_code import open_reader
from tests.sources.contract.world import DAY, AskedWorld, Literal, Use, Wire, exact_json
from tests.virtual_time import VirtualTime

_REPORT = "/v1/organizations/usage_report/claude_code"


class ClaudeCodeWorld(AskedWorld):
    """Serves its batches as the pages of every day that is asked for; rows say of which day they are."""

    paths = (_REPORT, "/v1/organizations/me")
    amounts = (
        ("1", 10_000_000),
        ("1.0", 10_000_000),
        ("1e0", 10_000_000),
        ("100", 1_000_000_000),
        ("34.4", 344_000_000),
        ("0.00000005", 0),
        ("0.00000015", 2),
        ("0.1000000000000000000000001", 1_000_000),
    )

    def wire(self, use: Use) -> Wire:
        """A record of one model."""
        return {
            "date": f"{DAY}T00:00:00Z",
            "actor": {"type": "user_actor", "email_address": use.address},
            "organization_id": "6f1b2c1e-9a54-4d0e-8a77-3f2f0c6f9b10",
            "customer_type": "api",
            "terminal_type": f"terminal {use.part}",
            "core_metrics": {
                "num_sessions": 1,
                "lines_of_code": {"added": 2, "removed": 1},
                "commits_by_claude_code": 0,
                "pull_requests_by_claude_code": 0,
            },
            "tool_actions": {"edit_tool": {"accepted": 1, "rejected": 0}},
            "model_breakdown": [
                {
                    "model": use.model,
                    "tokens": {
                        "input": use.tokens.uncached_input_tokens,
                        "output": use.tokens.output_tokens,
                        "cache_read": use.tokens.cache_read_input_tokens,
                        "cache_creation": use.tokens.cache_creation_input_tokens,
                    },
                    "estimated_cost": {"currency": "USD", "amount": use.cents},
                }
            ],
        }

    def with_amount(self, row: Wire, literal: str) -> Wire:
        row["model_breakdown"][0]["estimated_cost"]["amount"] = Literal(literal)
        return row

    def bad(self, row: Wire) -> Wire:
        return {**row, "model_breakdown": None}

    def strange(self, row: Wire) -> Wire:
        row["model_breakdown"][0] |= {"vibe": {"a": [1]}, "cached": None}
        row["model_breakdown"][0]["estimated_cost"]["rounding"] = "half_even"
        return {**row, "customer_type": "martian", "terminal_type": "holodeck", "is_dream": True, "x": [None, {}]}

    def open(self, transport: httpx.BaseTransport, clock: VirtualTime) -> Reader:
        return open_reader(
            Settings(anthropic_admin_key=SecretStr(self.key)),
            transport=transport,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/me"):
            return httpx.Response(200, json={"id": "6f1b", "type": "organization", "name": "Hoshino Works"})
        number = int(request.url.params.get("page", "0"))
        is_last = number + 1 >= len(self.batches)
        envelope = {
            "data": self.batches[number],
            "has_more": not is_last,
            "next_page": None if is_last else str(number + 1),
        }
        return httpx.Response(200, content=exact_json(envelope))
