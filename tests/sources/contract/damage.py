"""Every parser of what comes from outside: what it is fed with, how that is damaged, and which errors are ours."""

import gzip
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import httpx
from pydantic import SecretStr

from bot.config import Settings
from bot.errors import SourceError
from bot.money import MAX_NANOS
from bot.sources import Reader, anthropic_admin, anthropic_analytics, anthropic_claude_code, anthropic_cost, litellm
from bot.sources.answers import error_code, parse_json
from bot.sources.http import ThinClient
from bot.sources.otlp.heard import hear
from bot.sources.otlp.wire import Signal, UndecodableTelemetry, decode
from bot.usage import DayReading
from tests import canaries
from tests.sources.contract import mutation
from tests.sources.contract.gateway import GatewayWorld
from tests.sources.contract.mutation import BETWEEN
from tests.sources.contract.telemetry import SENDER, as_protobuf, event, logs, metrics
from tests.sources.contract.world import Use
from tests.virtual_time import VirtualTime

PAYLOADS = Path(__file__).parent.parent.parent / "payloads"
DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_SETTINGS = Settings(anthropic_admin_key=SecretStr(canaries.ADMIN_KEY))
_LAST = b'{"data":[],"results":[],"users":[],"keys":[],"has_more":false,"data_refreshed_at":"2026-11-22T08:00:00Z"}'
_HEARD_AT = datetime(2026, 11, 23, tzinfo=UTC)
_PROTOBUF = "application/x-protobuf"
_GATEWAY = ("/user/daily/activity", "/user/daily/activity/aggregated", "/user/list", "/key/list")
_GATEWAY_SETTINGS = Settings(
    litellm_base_url="https://gateway.example.com/llm", litellm_api_key=SecretStr(GatewayWorld.key)
)
_LISTS = ("/users", "/workspaces", "/api_keys")
Open = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """One parser and its food."""

    name: str
    seeds: Sequence[bytes]
    damage: Callable[[bytes, Random], bytes]
    feed: Callable[[bytes], object]
    """Raises `ours`, or `AssertionError` for having accepted what is not to be believed."""
    ours: tuple[type[Exception], ...] = field(default=(SourceError,))


def _payloads(pattern: str) -> list[bytes]:
    found = sorted(PAYLOADS.glob(pattern))
    assert found, pattern
    return [path.read_bytes() for path in found]


def _answering(body: bytes, *ends: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """What opens a reader at a vendor that answers with this body, or the part of it that is for a path that ends so.

    Whoever follows its cursor comes to an honest end.
    """
    parts = body.split(BETWEEN) if ends else [body]

    def vendor(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("page", "1") != "1" or "after_id" in request.url.params:
            return httpx.Response(200, content=_LAST)
        at = next((n for n, end in enumerate(ends[: len(parts)]) if request.url.path.endswith(end)), 0)
        return httpx.Response(200, content=parts[at], headers=headers)

    clock = VirtualTime(NOW)
    return {"transport": httpx.MockTransport(vendor), "sleep": clock.sleep, "monotonic": clock.monotonic}


def _reads_a_day(open_reader: Open, *ends: str, settings: Settings = _SETTINGS) -> Callable[[bytes], object]:
    def feed(body: bytes) -> object:
        reader: Reader = open_reader(settings, **_answering(body, *ends))
        with closing(reader):
            return _believable(reader.read_day(DAY, NOW))

    return feed


def _believable(reading: DayReading) -> DayReading:
    for one in reading.records:
        assert one.usage_date == DAY
        assert 0 <= one.cost_nanos <= MAX_NANOS
        assert one.list_cost_nanos is None or 0 <= one.list_cost_nanos <= MAX_NANOS
        assert min(one.tokens.uncached_input_tokens, one.tokens.output_tokens, one.unpriced_tokens) >= 0
        assert min(one.tokens.cache_read_input_tokens, one.tokens.cache_creation_input_tokens) >= 0
        _storable((one.consumer.external_id, one.model, one.provider))
    for activity in reading.activity:
        _storable((activity.consumer.external_id,))
    assert reading.quarantined >= 0
    return reading


def _storable(texts: Iterable[str]) -> None:
    for text in texts:
        text.encode()
        assert "\0" not in text
        assert len(text) <= 1000


def _reads_the_cost_report(body: bytes) -> object:
    with closing(anthropic_cost.open_ledger(_SETTINGS, **_answering(body))) as ledger:
        found = ledger.read_days(date(2026, 11, 18), DAY)
    for lines in found.values():
        for line in lines:
            assert abs(line.cost_nanos) <= MAX_NANOS
            _storable((line.workspace_id, line.description, line.cost_type))
    return found


def _reads_the_lists(body: bytes) -> object:
    with closing(anthropic_admin.open_directory(_SETTINGS, **_answering(body, *_LISTS))) as directory:
        found = directory.read()
    for workspace in found.workspaces:
        _storable((workspace.workspace_id, workspace.name))
    for key in found.keys:
        _storable((key.key_id, key.name, key.workspace_id or "", key.owner_email or ""))
    return found


def _reads_packed(body: bytes) -> object:
    made = _answering(body, headers={"content-encoding": "gzip"})
    client = ThinClient(source="packed", base_url="https://a.example", headers={}, paths=("/x",), **made)
    with closing(client):
        return client.get("/x")


def _reads_an_error(body: bytes) -> object:
    error_code(body)
    return parse_json(body)


def _claude_code() -> Parser:
    return Parser(
        name="claude_code",
        seeds=_payloads("anthropic/claude_code_page_*.json"),
        damage=mutation.damaged_json,
        feed=_reads_a_day(anthropic_claude_code.open_reader),
    )


def _analytics() -> Parser:
    pairs = zip(
        _payloads("anthropic/analytics_cost*.json"),
        [*_payloads("anthropic/analytics_usage.json"), *_payloads("anthropic/analytics_usage*.json")],
        strict=False,
    )
    return Parser(
        name="analytics",
        seeds=[BETWEEN.join([*pair, *_payloads("anthropic/api_keys_2026*.json")]) for pair in pairs],
        damage=mutation.damaged_part,
        feed=_reads_a_day(anthropic_analytics.open_reader, "/cost", "/usage", "/api_keys"),
    )


def _cost_report() -> Parser:
    return Parser(
        name="cost_report",
        seeds=_payloads("anthropic/cost_report*.json"),
        damage=mutation.damaged_json,
        feed=_reads_the_cost_report,
    )


def _lists() -> Parser:
    people, places = _payloads("anthropic/users.json"), _payloads("anthropic/workspaces.json")
    return Parser(
        name="lists",
        seeds=[BETWEEN.join([*people, *places, keys]) for keys in _payloads("anthropic/api_keys*.json")],
        damage=mutation.damaged_part,
        feed=_reads_the_lists,
    )


def _litellm() -> Parser:
    world = GatewayWorld()
    uses = [Use(who=who, model=model, part=part) for part, (who, model) in enumerate(product("ab", ("opus", "haiku")))]
    world.tell_uses(*uses)
    asked = {"start_date": DAY.isoformat(), "end_date": DAY.isoformat()}
    bodies = [
        world.answer(httpx.Request("GET", f"https://gateway.example.com/llm{path}", params=asked)).content
        for path in _GATEWAY
    ]
    # A page that is asked for as the proxy's own sum too agrees with itself.
    pages = [
        body.replace(b"2026-11-22", DAY.isoformat().encode()) for body in _payloads("litellm/activity_1.[789][73]*")
    ]
    lists = [*_payloads("litellm/user_list.json"), *_payloads("litellm/key_list.json")]
    return Parser(
        name="litellm",
        seeds=[BETWEEN.join(bodies), *(BETWEEN.join([page, page, *lists]) for page in pages)],
        damage=mutation.damaged_part,
        feed=_reads_a_day(litellm.open_reader, *_GATEWAY, settings=_GATEWAY_SETTINGS),
    )


def _hears(signal: Signal, content_type: str) -> Callable[[bytes], object]:
    """Decode and hear; what nobody wants to hear is damage too, since a request is never dropped for one record."""

    def feed(body: bytes) -> object:
        heard = hear(decode(signal, body, content_type), SENDER, _HEARD_AT)
        for one in heard.bookings:
            figure = one.use or one.feature
            assert figure is not None
            consumer = figure.key.consumer
            _storable((consumer.external_id, figure.key.session))
            if one.use is not None:
                assert 0 <= one.use.cost_nanos <= MAX_NANOS
                assert min(one.use.api_milliseconds, one.use.unpriced_tokens) >= 0
                _storable((one.use.model, one.use.provider))
            if one.feature is not None:
                assert 0 <= one.feature.amount <= MAX_NANOS
            assert one.total is None or 0 <= one.total <= MAX_NANOS
        _storable(version for _, version, _ in heard.versions)
        _storable(heard.rejected)
        return heard

    return feed


def _logs(content_type: str = "application/json") -> Parser:
    uses = [Use(who=who, part=part) for part, who in enumerate("abc")]
    return _told("logs", logs([event(use) for use in uses]), content_type)


def _metrics(content_type: str = "application/json") -> Parser:
    return _told("metrics", metrics([Use(who=who, part=part) for part, who in enumerate("abc")]), content_type)


def _told(signal: Signal, body: bytes, content_type: str) -> Parser:
    is_json = content_type == "application/json"
    seeds = [body, *_payloads(f"otlp/*/*-{signal}.json")]
    return Parser(
        name=f"{signal} {content_type.rpartition('/')[2]}",
        seeds=seeds if is_json else [as_protobuf(signal, body), *_payloads(f"otlp/*/*-{signal}.pb")],
        damage=mutation.damaged_json if is_json else mutation.damaged_protobuf,
        feed=_hears(signal, content_type),
        ours=(UndecodableTelemetry,),
    )


def _json() -> Parser:
    return Parser(
        name="json",
        seeds=_payloads("anthropic/*.json"),
        damage=mutation.damaged_json,
        feed=_reads_an_error,
        ours=(ValueError,),
    )


def _gzip() -> Parser:
    return Parser(
        name="gzip",
        seeds=_payloads("anthropic/*.json"),
        damage=mutation.damaged_gzip,
        feed=lambda body: _reads_packed(gzip.compress(body) if body[:1] == b"{" else body),
    )


PARSERS: dict[str, Callable[[], Parser]] = {
    "claude_code": _claude_code,
    "analytics": _analytics,
    "cost_report": _cost_report,
    "lists": _lists,
    "litellm": _litellm,
    "logs_json": _logs,
    "logs_protobuf": lambda: _logs(_PROTOBUF),
    "metrics_json": _metrics,
    "metrics_protobuf": lambda: _metrics(_PROTOBUF),
    "json": _json,
    "gzip": _gzip,
}
