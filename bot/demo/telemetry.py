"""The twin of Claude Code's exporter: what it would send of somebody's sessions, in the real wire format.

Amounts are doubles on that wire, and whole dollars are integers; times are the sender's.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bot.demo.cast import Route
from bot.demo.company.prices import list_cents
from bot.demo.company.sessions import Session, Who
from bot.usage import Tokens

GOOD_VERSION = "2.1.330"
OLD_VERSION = "2.1.197"
"""Does not say who runs the model, and names long contexts behind a model's name in its metrics."""

_EVENTS, _METRICS = "com.anthropic.claude_code.events", "com.anthropic.claude_code"
_PROVIDERS = {Route.CONSOLE: "firstParty", Route.VERTEX: "vertex"}
_REQUESTS, _APART = 3, timedelta(seconds=20)
"""A session is told as so many requests to the model, all within one interval of the metrics."""
_DELTA = 1
_KINDS = {
    "uncached_input_tokens": ("input", "input_tokens"),
    "output_tokens": ("output", "output_tokens"),
    "cache_read_input_tokens": ("cacheRead", "cache_read_tokens"),
    "cache_creation_input_tokens": ("cacheCreation", "cache_creation_tokens"),
}
"""Our word for a kind of tokens: the metrics' and the events'."""

Json = dict[str, Any]
Attributes = Mapping[str, str | bool | int | Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A session that is to be told of."""

    who: Who
    session: Session
    nth: int = 0
    """Which one it is of those that ended in the same moment."""
    version: str = GOOD_VERSION

    @property
    def session_id(self) -> str:
        """The same however often it is told, and whatever became of its tokens since."""
        return str(uuid.UUID(_digest(f"{self.who.name}/{self.session.ended_at}/{self.session.model}/{self.nth}")[:32]))

    @property
    def requests(self) -> Iterator[tuple[datetime, Tokens]]:
        """When each request was over, and what it used. None lies before the day on which the session ended."""
        ended_at, whole = self.session.ended_at, self.session.tokens
        midnight = datetime.combine(ended_at.date(), time(), UTC)
        for n in range(_REQUESTS):
            counts = {kind: _share(getattr(whole, kind), n) for kind in _KINDS}
            yield max(midnight, ended_at - (_REQUESTS - 1 - n) * _APART), Tokens(**counts)


def logs(sessions: Iterable[Told]) -> Json:
    """Give the body of a post to `/v1/logs`: the events of sessions."""
    return {
        "resourceLogs": [
            {
                "resource": _resource(one),
                "scopeLogs": [{"scope": {"name": _EVENTS, "version": one.version}, "logRecords": list(_events(one))}],
            }
            for one in sessions
        ]
    }


def metrics(sessions: Iterable[Told]) -> Json:
    """Give the body of a post to `/v1/metrics`: what was counted of sessions since the last interval."""
    return {
        "resourceMetrics": [
            {
                "resource": _resource(one),
                "scopeMetrics": [{"scope": {"name": _METRICS, "version": one.version}, "metrics": list(_sums(one))}],
            }
            for one in sessions
        ]
    }


def _events(one: Told) -> Iterator[Json]:
    requests = list(one.requests)
    prompt: Attributes = {"prompt_length": 42, "prompt": "<REDACTED>"}
    yield _event(one, "user_prompt", requests[0][0], 0, prompt)
    for sequence, (at, tokens) in enumerate(requests, start=1):
        cents = list_cents(one.session.model, tokens, at.date())
        used: Attributes = {
            "model": one.session.model,
            **{theirs: getattr(tokens, ours) for ours, (_, theirs) in _KINDS.items()},
            "cost_usd": cents / 100,
            "cost_usd_micros": round(cents * 10_000),
            "duration_ms": 800 + tokens.output_tokens * 12,
            "request_id": f"req_{_digest(f'{one.session_id}/{sequence}')[:24]}",
            "speed": "normal",
            "query_source": "repl_main_thread",
        }
        if one.who.route is Route.VERTEX:
            used = {name: value for name, value in used.items() if name != "request_id"}
        yield _event(one, "api_request", at, sequence, used)


def _event(one: Told, name: str, at: datetime, sequence: int, attributes: Attributes) -> Json:
    about: Attributes = {
        **_standard(one),
        "event.name": name,
        "event.timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "event.sequence": sequence,
        **attributes,
    }
    return {
        "timeUnixNano": _nanos(at),
        "observedTimeUnixNano": _nanos(at),
        "body": {"stringValue": f"claude_code.{name}"},
        "attributes": _attributes(about),
        "droppedAttributesCount": 0,
    }


def _sums(one: Told) -> Iterator[Json]:
    session, requests = one.session, list(one.requests)
    long_context = "[1m]" if one.version == OLD_VERSION else ""
    model: Attributes = {"model": session.model + long_context, "query_source": "main", "effort": "medium"}
    tokens = [(getattr(session.tokens, ours), {**model, "type": theirs}) for ours, (theirs, _) in _KINDS.items()]
    cost = sum((list_cents(session.model, part, at.date()) for at, part in requests), Decimal(0)) / 100
    lines = [(getattr(session, f"lines_{what}"), {"type": what}) for what in ("added", "removed")]
    edits = [
        (count, {"tool_name": "Edit", "decision": decision, "source": "user_temporary", "language": "Python"})
        for count, decision in ((session.edits_accepted, "accept"), (session.edits_rejected, "reject"))
    ]
    times = [
        (Decimal(session.tokens.output_tokens) / 80, {"type": "cli"}),
        (Decimal(30 * (1 + session.edits_accepted)), {"type": "user"}),
    ]
    for name, unit, several in (
        ("session.count", "", [(1, {"start_type": "fresh"})]),
        ("cost.usage", "USD", [(cost, model)]),
        ("token.usage", "tokens", tokens),
        ("active_time.total", "s", times),
        ("lines_of_code.count", "", lines),
        ("commit.count", "", [(session.commits, {})]),
        ("pull_request.count", "", [(session.pull_requests, {})]),
        ("code_edit_tool.decision", "", edits),
    ):
        if points := [_point(one, amount, about) for amount, about in several if amount]:
            yield {
                "name": f"claude_code.{name}",
                "description": "",
                "unit": unit,
                "sum": {"aggregationTemporality": _DELTA, "isMonotonic": True, "dataPoints": points},
            }


def _point(one: Told, amount: int | Decimal, about: Attributes) -> Json:
    first, *_ = one.requests
    return {
        "attributes": _attributes({**_standard(one), **about}),
        "startTimeUnixNano": _nanos(first[0]),
        "timeUnixNano": _nanos(one.session.ended_at),
        "asDouble": float(amount),
    }


def _resource(one: Told) -> Json:
    about: Attributes = {
        "host.arch": "arm64",
        "os.type": "darwin",
        "os.version": "26.1",
        "service.name": "claude-code",
        "service.version": one.version,
    }
    return {"attributes": _attributes(about), "droppedAttributesCount": 0}


def _standard(one: Told) -> Attributes:
    """What every record carries. Nothing in it names a person: no address comes with a key or from a cloud."""
    known: Attributes = {
        "user.id": _digest(f"a home of {one.who.name}"),
        "session.id": one.session_id,
        "terminal.type": one.session.terminal,
    }
    if one.version == OLD_VERSION:
        return known
    return {**known, "anthropic.provider": _PROVIDERS[one.who.route], "anthropic.custom_base_url": False}


def _attributes(about: Attributes) -> Sequence[Json]:
    return [{"key": name, "value": _value(value)} for name, value in about.items()]


def _value(value: str | bool | int | Decimal) -> Json:  # noqa: FBT001 - one of the kinds of a value
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": value}
    return {"intValue": int(value)} if value == int(value) else {"doubleValue": float(value)}


def _share(count: int, n: int) -> int:
    """Give the n-th part; the parts add up to the whole."""
    return count * (n + 1) // _REQUESTS - count * n // _REQUESTS


def _nanos(at: datetime) -> str:
    return f"{int(at.timestamp())}000000000"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
