"""OTLP over HTTP, decoded: both encodings become the same few plain records. What nobody reads is not even looked at.

The wire format: opentelemetry-proto, `docs/specification.md`. JSON and protobuf of one request give equal records.
"""

import re
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar

from bot.sources.answers import parse_json

Signal = Literal["logs", "metrics", "traces"]
Value = str | bool | int | Decimal
Several = TypeVar("Several", bound=Sized)

MAX_RECORDS = 20_000
"""In one request: a busy machine sends a few dozen."""
MAX_DEPTH = 32
MAX_ATTRIBUTES = 64
"""Of a record: further ones are left out, but for those that are read; a team's own labels come first in a record."""
MAX_KEY_CHARACTERS = 128
MAX_VALUE_CHARACTERS = 1024
_CUMULATIVE = 2
_READ = frozenset(
    (
        "anthropic.custom_base_url",
        "anthropic.provider",
        "cache_creation_tokens",
        "cache_read_tokens",
        "client_request_id",
        "cost_usd",
        "decision",
        "duration_ms",
        "enduser.id",
        "event.name",
        "event.sequence",
        "input_tokens",
        "model",
        "output_tokens",
        "request_id",
        "service.version",
        "session.id",
        "type",
        "user.account_uuid",
        "user.email",
        "user.id",
    )
)
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?", re.ASCII)
_TOO_LARGE = 10**20
"""Beyond any integer of 64 bits, and small enough to be worked out."""


class UndecodableTelemetry(ValueError):
    """A body that is not OTLP. Nothing of it is kept; the sender must not send it again."""


class TooMuchTelemetry(UndecodableTelemetry):
    """More records than any honest request holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log record."""

    scope: str
    version: str
    """Of the scope."""
    resource: dict[str, Value]
    attributes: dict[str, Value]
    body: str
    time_nanos: int
    """Since 1970, by the sender's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of a sum."""

    scope: str
    version: str
    resource: dict[str, Value]
    attributes: dict[str, Value]
    metric: str
    is_cumulative: bool
    start_nanos: int
    time_nanos: int
    value: Decimal


def decode(signal: Signal, body: bytes, content_type: str) -> list[Log | Point]:
    """Read a request. Spans are not read at all. Raises `UndecodableTelemetry`."""
    if not body:
        return []
    is_json = content_type.partition(";")[0].strip().lower() == "application/json"
    try:
        records = _json(signal, body) if is_json else _protobuf(signal, body)
        return _bounded(records)
    except TooMuchTelemetry:
        raise
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UndecodableTelemetry(f"no OTLP {signal} ({type(error).__name__})") from None


def _bounded(records: Iterable[Log | Point]) -> list[Log | Point]:
    found: list[Log | Point] = []
    for record in records:
        if len(found) == MAX_RECORDS:
            raise TooMuchTelemetry(f"more than {MAX_RECORDS} records")
        found.append(record)
    return found


def _json(signal: Signal, body: bytes) -> Iterator[Log | Point]:
    whole = parse_json(body)
    if not isinstance(whole, dict):
        raise UndecodableTelemetry("no object")
    _check_depth(whole)
    if signal == "logs":
        for resource, scope, record in _scoped(whole, "resourceLogs", "scopeLogs", "logRecords"):
            said = record.get("body") or {}
            yield Log(
                scope=_text(scope, "name"),
                version=_text(scope, "version"),
                resource=resource,
                attributes=_attributes(record),
                body=_text(said, "stringValue") if isinstance(said, dict) else "",
                time_nanos=_integer(record.get("timeUnixNano", 0)),
            )
    elif signal == "metrics":
        for resource, scope, metric in _scoped(whole, "resourceMetrics", "scopeMetrics", "metrics"):
            total = metric.get("sum")
            if not isinstance(total, dict):
                continue
            for point in _list(total, "dataPoints"):
                yield Point(
                    scope=_text(scope, "name"),
                    version=_text(scope, "version"),
                    resource=resource,
                    attributes=_attributes(point),
                    metric=_text(metric, "name"),
                    is_cumulative=total.get("aggregationTemporality") == _CUMULATIVE,
                    start_nanos=_integer(point.get("startTimeUnixNano", 0)),
                    time_nanos=_integer(point.get("timeUnixNano", 0)),
                    value=_number(point.get("asDouble", point.get("asInt", "NaN"))),
                )


def _check_depth(whole: Any) -> None:
    level = [whole]
    for _ in range(MAX_DEPTH):
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [child for children in inside for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise UndecodableTelemetry("nested too deeply")


def _scoped(whole: dict[str, Any], outer: str, middle: str, inner: str) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    for one in _list(whole, outer):
        resource = _attributes(one.get("resource") or {})
        for part in _list(one, middle):
            scope = part.get("scope") or {}
            for record in _list(part, inner):
                yield resource, scope, record


def _list(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UndecodableTelemetry(f"{name}: no list of objects")
    return _few(found)


def _few(found: Several) -> Several:
    """Give a list that is not absurdly long: four megabytes hold millions of empty things."""
    if len(found) > MAX_RECORDS:
        raise TooMuchTelemetry(f"more than {MAX_RECORDS} records")
    return found


def _attributes(holder: dict[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for one in _list(holder, "attributes"):
        key, value = one.get("key"), one.get("value")
        if not isinstance(key, str) or not isinstance(value, dict) or not _has_room(found, key):
            continue
        if (read := _value(value)) is not None:
            found[key[:MAX_KEY_CHARACTERS]] = read
    return found


def _has_room(found: dict[str, Value], key: str) -> bool:
    return len(found) < MAX_ATTRIBUTES or key in _READ


def _value(value: dict[str, Any]) -> Value | None:
    if isinstance(said := value.get("stringValue"), str):
        return said[:MAX_VALUE_CHARACTERS]
    if isinstance(said := value.get("boolValue"), bool):
        return said
    if "intValue" in value:
        return _integer(value["intValue"])
    return _number(value["doubleValue"]) if "doubleValue" in value else None


def _integer(value: Any) -> int:
    """Integers of 64 bits come as numbers and as text. -1 stands for what is none: no time, no count, no amount."""
    number = _number(value)
    believable = number.is_finite() and -_TOO_LARGE < number < _TOO_LARGE
    return int(number) if believable and number == int(number) else -1


def _number(value: Any) -> Decimal:
    """NaN stands for what is no number, which its record is rejected for. Numbers may come as text, infinities must."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return Decimal("NaN")
    return Decimal(value) if not isinstance(value, str) or _DECIMAL.fullmatch(value) else Decimal("NaN")


def _text(holder: Any, name: str) -> str:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found[:MAX_VALUE_CHARACTERS] if isinstance(found, str) else ""


def _protobuf(signal: Signal, body: bytes) -> Iterator[Log | Point]:
    # Imported when the first such request comes: most of a start would be spent on it.
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData  # noqa: PLC0415
    from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData  # noqa: PLC0415

    # A collector's request is, on the wire, the same message.
    if signal == "traces":
        return
    whole: Any = LogsData() if signal == "logs" else MetricsData()
    try:
        whole.ParseFromString(body)
    except DecodeError:
        raise UndecodableTelemetry("no protobuf of OTLP") from None
    yield from _pb_logs(whole) if signal == "logs" else _pb_points(whole)


def _pb_logs(whole: Any) -> Iterator[Log]:
    for one in _few(whole.resource_logs):
        resource = _pb_attributes(one.resource.attributes)
        for part in _few(one.scope_logs):
            for record in part.log_records:
                yield Log(
                    scope=part.scope.name,
                    version=part.scope.version,
                    resource=resource,
                    attributes=_pb_attributes(record.attributes),
                    body=record.body.string_value[:MAX_VALUE_CHARACTERS],
                    time_nanos=record.time_unix_nano,
                )


def _pb_points(whole: Any) -> Iterator[Point]:
    for one in _few(whole.resource_metrics):
        resource = _pb_attributes(one.resource.attributes)
        for part in _few(one.scope_metrics):
            for metric in _few(part.metrics):
                for point in metric.sum.data_points:
                    is_int = point.WhichOneof("value") == "as_int"
                    yield Point(
                        scope=part.scope.name,
                        version=part.scope.version,
                        resource=resource,
                        attributes=_pb_attributes(point.attributes),
                        metric=metric.name,
                        is_cumulative=metric.sum.aggregation_temporality == _CUMULATIVE,
                        start_nanos=point.start_time_unix_nano,
                        time_nanos=point.time_unix_nano,
                        value=Decimal(point.as_int) if is_int else _double(point.as_double),
                    )


def _pb_attributes(attributes: Any) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for one in attributes:
        if not _has_room(found, one.key):
            continue
        match one.value.WhichOneof("value"):
            case "string_value":
                found[one.key[:MAX_KEY_CHARACTERS]] = one.value.string_value[:MAX_VALUE_CHARACTERS]
            case "bool_value":
                found[one.key[:MAX_KEY_CHARACTERS]] = one.value.bool_value
            case "int_value":
                found[one.key[:MAX_KEY_CHARACTERS]] = one.value.int_value
            case "double_value":
                found[one.key[:MAX_KEY_CHARACTERS]] = _double(one.value.double_value)
    return found


def _double(value: float) -> Decimal:
    """Give the shortest decimal that is this double: what the sender's own JSON would say."""
    return Decimal(repr(value))
