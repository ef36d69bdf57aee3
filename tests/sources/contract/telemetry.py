"""Claude Code's telemetry: posts of events with attributes, dollars as doubles, integers or strings."""

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, cast

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from sqlalchemy import delete
from sqlmodel import SQLModel

from bot.config import Settings
from bot.sources import Reader
from bot.sources.otlp import open_reader
from bot.sources.otlp.heard import Sender, hear
from bot.sources.otlp.wire import Signal, decode
from bot.store import inbox
from bot.store.engine import open_store
from bot.store.tables import CliVersion, InboxDirty, InboxFeature, InboxSeen, InboxSeries, InboxUse
from bot.telemetry import Heard
from bot.usage import Biller, Plan
from tests.sources.contract.world import DAY, NOW, Literal, Use, Wire, World, exact_json

EVENTS_SCOPE, METRICS_SCOPE = "com.anthropic.claude_code.events", "com.anthropic.claude_code"
VERSION = "2.1.330"
_MORNING = int(datetime.combine(DAY, time(10), UTC).timestamp())


def attributes(**values: Any) -> list[dict[str, Any]]:
    """Write attributes; `__` stands for the dot of a name."""
    return [{"key": name.replace("__", "."), "value": _value(value)} for name, value in values.items()]


def instant(use: Use) -> str:
    """When a use was told: each part at a second of its own."""
    return str((_MORNING + use.part) * 1_000_000_000)


def event(use: Use) -> Wire:
    """Write a use as the event of one request."""
    return {
        "timeUnixNano": instant(use),
        "observedTimeUnixNano": instant(use),
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": attributes(
            user__id="9f0ffb3b",
            user__email=use.address,
            session__id=f"session of {use.who}",
            anthropic__provider="firstParty",
            terminal__type="vscode",
            event__name="api_request",
            event__sequence=use.part,
            model=use.model,
            input_tokens=use.tokens.uncached_input_tokens,
            output_tokens=use.tokens.output_tokens,
            cache_read_tokens=use.tokens.cache_read_input_tokens,
            cache_creation_tokens=use.tokens.cache_creation_input_tokens,
            cost_usd=Literal(f'{{"doubleValue":{use.usd:f}}}'),
            duration_ms=26,
            request_id=f"req_{use.who}_{use.part}",
        ),
        "droppedAttributesCount": 0,
    }


def put(row: Wire, name: str, value: Any) -> Wire:
    """Change an attribute of an event, or add one."""
    others = [one for one in row["attributes"] if one["key"] != name]
    return {**row, "attributes": [*others, {"key": name, "value": _value(value)}]}


def logs(rows: list[Wire]) -> bytes:
    """Write a post of events."""
    scope = {"scope": {"name": EVENTS_SCOPE, "version": VERSION}, "logRecords": rows}
    return exact_json({"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [scope]}]})


def metrics(uses: Sequence[Use], *, cumulative: bool = False, only: str = "") -> bytes:
    """Write a post of the counters, or of one: dollars and input tokens of each use, and what else is counted."""
    points: dict[str, list[Wire]] = defaultdict(list)
    for use in uses:
        whose = {"user__email": use.address, "session__id": f"session of {use.who}"}
        of_model = {**whose, "model": use.model, "query_source": "main"}
        points["cost.usage"].append(_point(use, Literal(f"{use.usd:f}"), **of_model))
        points["token.usage"].append(_point(use, use.tokens.uncached_input_tokens, type="input", **of_model))
        points["session.count"].append(_point(use, 1, start_type="fresh", **whose))
        points["active_time.total"].append(_point(use, Literal("0.613"), type="cli", **whose))
        points["lines_of_code.count"].append(_point(use, 3, type="added", **whose))
        points["code_edit_tool.decision"].append(_point(use, 2, decision="accept", **whose))
    found = [
        {
            "name": f"claude_code.{name}",
            "sum": {"aggregationTemporality": 2 if cumulative else 1, "isMonotonic": True, "dataPoints": some},
        }
        for name, some in points.items()
        if only in ("", name)
    ]
    scope = {"scope": {"name": METRICS_SCOPE, "version": VERSION}, "metrics": found}
    return exact_json({"resourceMetrics": [{"resource": _RESOURCE, "scopeMetrics": [scope]}]})


def as_protobuf(signal: Signal, body: bytes) -> bytes:
    """Write the same request in the other encoding, by somebody else's code."""
    whole: Any = LogsData() if signal == "logs" else MetricsData()
    return cast("bytes", json_format.Parse(body, whole, ignore_unknown_fields=True).SerializeToString())


def _point(use: Use, value: Any, **said: Any) -> Wire:
    return {
        "attributes": attributes(**said),
        "startTimeUnixNano": str(_MORNING * 1_000_000_000),
        "timeUnixNano": instant(use),
        "asDouble": value,
    }


def _value(value: Any) -> Any:
    if isinstance(value, Literal | dict):
        return value
    kind = "boolValue" if isinstance(value, bool) else "intValue" if isinstance(value, int) else "stringValue"
    return {kind: value}


_RESOURCE = {"attributes": attributes(host__arch="amd64", service__name="claude-code", service__version=VERSION)}

SENDER = Sender(token_id="0123456789ab", consumer=None, biller=Biller.ANTHROPIC, plan=Plan.PAY_PER_TOKEN)
"""A team's: the payload says who."""


class TelemetryWorld(World):
    """Every batch is a post of events, let in by a team's token; what was told stays told."""

    is_told = True
    amounts = (
        ('{"doubleValue":0.01}', 10_000_000),
        ('{"intValue":1}', 1_000_000_000),
        ('{"intValue":"1"}', 1_000_000_000),
        ('{"intValue":0}', 0),
        ('{"stringValue":"0.01"}', 10_000_000),
        ('{"doubleValue":0.007258400000000001}', 7_258_400),
        ('{"doubleValue":5e-10}', 0),
        ('{"doubleValue":1.5e-09}', 2),
    )

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{self._folder.name}/ccost.db")
        SQLModel.metadata.create_all(self.store.engine)

    def wire(self, use: Use) -> Wire:
        return event(use)

    def with_amount(self, row: Wire, literal: str) -> Wire:
        return put(row, "cost_usd", Literal(literal))

    def bad(self, row: Wire) -> Wire:
        return put(row, "cost_usd", {"doubleValue": -1})

    def strange(self, row: Wire) -> Wire:
        for name, value in {"mood": "bright", "anthropic.provider": "mars", "effort": {"arrayValue": {}}}.items():
            row = put(row, name, value)
        return {**row, "severityText": "DREAM", "eventName": "x", "flags": 7}

    def tell(self, *batches: Sequence[Wire]) -> None:
        for batch in batches:
            self.post("logs", logs(list(batch)))

    def post(self, signal: Signal, body: bytes, content_type: str = "application/json") -> Heard:
        """Let one request be heard and booked, as the door does."""
        said = hear(decode(signal, body, content_type), SENDER, NOW)
        with self.store.sessions.begin() as session:
            inbox.book(session, said)
        return said

    def reader(self, now: datetime = NOW) -> Reader:  # noqa: ARG002 - what was told has no clock
        return open_reader(Settings(), inbox.Box(self.store.sessions))

    def reset(self) -> None:
        with self.store.sessions.begin() as session:
            for table in (InboxSeen, InboxSeries, InboxUse, InboxFeature, InboxDirty, CliVersion):
                session.execute(delete(table))

    def close(self) -> None:
        self.store.close()
        self._folder.cleanup()
