"""LiteLLM: dollars as binary floats, a day's table rows cut into pages and merged there by key, model and person."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from bot.config import Settings
from bot.sources import Reader
from bot.sources.litellm import open_reader
from tests.sources.contract.world import DAY, AskedWorld, Literal, Use, Wire, exact_json
from tests.virtual_time import VirtualTime

_PREFIX = "/llm"
_ACTIVITY, _AGGREGATED = f"{_PREFIX}/user/daily/activity", f"{_PREFIX}/user/daily/activity/aggregated"
_COUNTS = (
    "prompt_tokens",
    "completion_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "total_tokens",
    "successful_requests",
    "failed_requests",
    "api_requests",
)
_TOTALS = {
    "spend": "total_spend",
    "prompt_tokens": "total_prompt_tokens",
    "completion_tokens": "total_completion_tokens",
}


class GatewayWorld(AskedWorld):
    """A row is a row of the proxy's own daily table; a page shows what its rows add up to."""

    paths = (_ACTIVITY, _AGGREGATED, f"{_PREFIX}/user/list", f"{_PREFIX}/key/list", f"{_PREFIX}/key/info")
    key = "sk-CANARYgatewayCANARYgateway0007"
    key_header = "authorization"
    collapses_repeats = False
    amounts = (
        ("0.01", 10_000_000),
        ("1", 1_000_000_000),
        ("1e-2", 10_000_000),
        ("0.06000000000000001", 60_000_000),
        ("0.0000000005", 0),
        ("0.0000000015", 2),
    )

    def wire(self, use: Use) -> Wire:
        """A row of the table."""
        tokens = use.tokens
        return {
            "row": f"{use.who} {use.model} {use.part}",
            "date": DAY.isoformat(),
            "user_id": use.who,
            "user_email": use.address.title(),
            "api_key": hashlib.sha256(use.who.encode()).hexdigest(),
            "key_alias": f"{use.who}-claude-code",
            "model": f"anthropic/{use.model}",
            "extra": {},
            "metrics": {
                "spend": use.usd,
                "prompt_tokens": tokens.prompt_tokens,
                "completion_tokens": tokens.output_tokens,
                "cache_read_input_tokens": tokens.cache_read_input_tokens,
                "cache_creation_input_tokens": tokens.cache_creation_input_tokens,
                "total_tokens": tokens.prompt_tokens + tokens.output_tokens,
                "successful_requests": 1,
                "failed_requests": 0,
                "api_requests": 1,
            },
        }

    def with_amount(self, row: Wire, literal: str) -> Wire:
        row["metrics"]["spend"] = Literal(literal)
        return row

    def bad(self, row: Wire) -> Wire:
        # More cache reads than input: whichever of the two is wrong, the row cannot be read.
        return {**row, "metrics": {**row["metrics"], "cache_read_input_tokens": row["metrics"]["prompt_tokens"] + 1}}

    def strange(self, row: Wire) -> Wire:
        row["metrics"] |= {"ptu_hours": Decimal("0.5"), "dreams": None, "autorouter_savings_spend": Decimal(7)}
        return {**row, "extra": {"mood": {"a": [1]}}}

    def open(self, transport: httpx.BaseTransport, clock: VirtualTime) -> Reader:
        return open_reader(
            Settings(
                litellm_base_url=f"https://gateway.example.com{_PREFIX}",  # a proxy often lives below a path
                litellm_api_key=SecretStr(self.key),
            ),
            transport=transport,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            clock=clock.wall_clock,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        if request.url.path.endswith("/user/list"):
            return self._list("users", asked)
        if request.url.path.endswith("/key/list"):
            return self._list("keys", asked)
        first, last = asked["start_date"], asked["end_date"]
        pages = [[row for row in batch if first <= row["date"] <= last] for batch in self.batches]
        if "user_id" in asked:
            pages = [[row for row in batch if row["user_id"] == asked["user_id"]] for batch in pages]
        if request.url.path == _AGGREGATED:
            return httpx.Response(200, content=exact_json(_page(self._once(pages), 1, 1)))
        number = int(asked.get("page", "1"))
        rows = pages[number - 1] if number <= len(pages) else []
        return httpx.Response(200, content=exact_json(_page(rows, number, len(pages))))

    @staticmethod
    def _once(pages: Sequence[Sequence[Wire]]) -> list[Wire]:
        """The proxy knows what it stored: a page that was sent twice is in its own sums once."""
        return list({row["row"]: row for page in pages for row in page}.values())

    def _list(self, name: str, asked: Any) -> httpx.Response:
        rows = [row for batch in self.batches for row in batch]
        people = {row["user_id"]: {"user_id": row["user_id"], "user_email": row["user_email"]} for row in rows}
        keys = {
            row["api_key"]: {"token": row["api_key"], "key_alias": row["key_alias"], "user_id": row["user_id"]}
            for row in rows
        }
        found = list((people if name == "users" else keys).values()) if asked.get("page", "1") == "1" else []
        whole = {"total": len(found), "total_count": len(found), "page": 1, "current_page": 1, "total_pages": 1}
        return httpx.Response(200, json={name: found, **whole})


def _page(rows: Iterable[Wire], number: int, of: int) -> dict[str, Any]:
    by_date: dict[str, list[Wire]] = defaultdict(list)
    for row in rows:
        by_date[row["date"]].append(row)
    results = [_day(day, by_date[day]) for day in sorted(by_date, reverse=True)]
    whole = _metrics([row for several in by_date.values() for row in several])
    totals = {total: whole.get(name, 0) for name, total in _TOTALS.items()}
    return {"results": results, "metadata": {**totals, "page": number, "total_pages": of, "has_more": number < of}}


def _day(day: str, rows: list[Wire]) -> dict[str, Any]:
    extra = {name: value for row in rows for name, value in row["extra"].items()}
    return {
        "date": day,
        "metrics": _metrics(rows),
        "breakdown": {
            "mcp_servers": {},
            "models": {
                model: {"metrics": _metrics(some), "metadata": {}, "api_key_breakdown": _by_key(some), **extra}
                for model, some in _by(rows, "model")
            },
            "api_keys": _by_key(rows),
            "entities": {
                who: {
                    "metrics": _metrics(some),
                    "metadata": {"user_email": some[0]["user_email"], "user_alias": None},
                    "api_key_breakdown": _by_key(some),
                }
                for who, some in _by(rows, "user_id")
            },
            **extra,
        },
        **extra,
    }


def _by(rows: Iterable[Wire], name: str) -> list[tuple[str, list[Wire]]]:
    groups: dict[str, list[Wire]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return list(groups.items())


def _by_key(rows: Iterable[Wire]) -> dict[str, Any]:
    return {
        key: {
            "metrics": _metrics(some),
            "metadata": {
                "key_alias": some[0]["key_alias"],
                "team_id": None,
                "user_id": some[0]["user_id"],
                "user_email": some[0]["user_email"],
                "key_exists": True,
                **some[0]["extra"],
            },
        }
        for key, some in _by(rows, "api_key")
    }


def _metrics(rows: Sequence[Wire]) -> dict[str, Any]:
    names = {name: None for row in rows for name in row["metrics"]}
    return {name: _sum([row["metrics"][name] for row in rows if name in row["metrics"]]) for name in names}


def _sum(values: Sequence[Any]) -> Any:
    """Add numbers up; what stands alone is passed on as it is, and so is what is no number."""
    if len(values) == 1 or not all(isinstance(value, int | Decimal | Literal) for value in values):
        return values[0]
    exact = [Decimal(value.text) if isinstance(value, Literal) else value for value in values]
    return sum(exact)
