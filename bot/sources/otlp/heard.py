"""What is kept of telemetry: figures, and whose they are. All else is dropped here, before anything is stored. Pure.

Money comes from the events of single requests, and from the metric of the cost for a session that sends no events;
both are the same dollars, so never from both. A record that cannot be believed is rejected by itself.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.money import nanos_from_usd
from bot.people import fold_email
from bot.sources.otlp.wire import Log, Point, Value
from bot.sources.rows import MAX_COUNT, MAX_TOKENS, bounded
from bot.telemetry import Booking, Feature, Heard, SessionKey, Signal, Use
from bot.usage import Biller, Consumer, ConsumerKind, Plan, Tokens

EVENTS_SCOPE = "com.anthropic.claude_code.events"
METRICS_SCOPE = "com.anthropic.claude_code"
AHEAD = timedelta(minutes=10)
BEHIND = timedelta(days=35)
"""A sender's clock may be wrong by so much; closed periods never change silently."""

_REQUEST = "api_request"
_REQUEST_IDS = ("request_id", "client_request_id")
_COUNTED_EVENTS = {"compaction": "compactions", "api_error": "api_errors"}
_METRIC_FEATURES = {
    "claude_code.session.count": "sessions",
    "claude_code.commit.count": "commits",
    "claude_code.pull_request.count": "pull_requests",
    "claude_code.active_time.total": "active_milliseconds",
}
_LINES = {"added": "lines_added", "removed": "lines_removed"}
_DECISIONS = {"accept": "edits_accepted", "reject": "edits_rejected"}
_TOKEN_TYPES = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cacheRead": "cache_read_input_tokens",
    "cacheCreation": "cache_creation_input_tokens",
}
_PROVIDERS = {
    "firstParty": Biller.ANTHROPIC,
    "bedrock": Biller.BEDROCK,
    "vertex": Biller.VERTEX,
    "foundry": Biller.FOUNDRY,
}
_NAMES = ("user.email", "enduser.id", "user.account_uuid", "user.id")
"""What may say who it was, the best first; all of it is the sender's word."""
_CONTEXT = re.compile(r"\[1m\]$")
_VERSION = re.compile(r"[0-9A-Za-z.+\-]{1,40}", re.ASCII)
_IDENTITY_BYTES = 16
_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the token says, which the payload cannot change."""

    token_id: str
    consumer: Consumer | None
    """Whose token it is; None: a team's, and the payload names people."""
    biller: Biller
    plan: Plan


def hear(records: Iterable[Log | Point], sender: Sender, now: datetime) -> Heard:
    """Keep of a request's records what is to be booked."""
    bookings: list[Booking] = []
    versions: set[tuple[Consumer, str, date]] = set()
    rejected: Counter[str] = Counter()
    for record in records:
        if record.scope != (EVENTS_SCOPE if isinstance(record, Log) else METRICS_SCOPE):
            continue
        try:
            key = _key(record, sender, now)
            found = _of_log(record, key, sender) if isinstance(record, Log) else _of_point(record, key, sender)
        except ValueError as error:
            rejected[str(error)] += 1
            continue
        if found is not None:
            bookings.append(found)
        version = record.version or str(record.resource.get("service.version", ""))
        if _VERSION.fullmatch(version):
            versions.add((key.consumer, version, key.usage_date))
    return Heard(token_id=sender.token_id, bookings=tuple(bookings), versions=frozenset(versions), rejected=rejected)


def _key(record: Log | Point, sender: Sender, now: datetime) -> SessionKey:
    at = datetime.fromtimestamp(min(max(record.time_nanos, 0), 10**19) // 10**9, UTC)
    if at > now + AHEAD:
        raise ValueError("time: ahead of us")
    if at < now - BEHIND:
        raise ValueError("time: too long ago")
    session = record.attributes.get("session.id")
    return SessionKey(
        usage_date=at.date(),
        consumer=sender.consumer or _self_declared(record),
        session=bounded(session) if isinstance(session, str) else "",
    )


def _self_declared(record: Log | Point) -> Consumer:
    for name in _NAMES:
        for said in (record.attributes.get(name), record.resource.get(name)):
            if isinstance(said, str) and said.strip():
                return Consumer(ConsumerKind.SELF_DECLARED, bounded(fold_email(said)))
    return Consumer(ConsumerKind.SELF_DECLARED, "unknown")


def _of_log(log: Log, key: SessionKey, sender: Sender) -> Booking | None:
    said = log.attributes.get("event.name")
    name = said if isinstance(said, str) else log.body.removeprefix("claude_code.")
    if name == _REQUEST:
        return _request(log, key, sender)
    if name not in _COUNTED_EVENTS:
        return None
    sequence = log.attributes.get("event.sequence")
    whose = _named_by(sender, log)
    identity = _identity(whose, "event", name, log.time_nanos, sequence, key if whose else key.session)
    return Booking(identity=identity, feature=Feature(key=key, name=_COUNTED_EVENTS[name], amount=1))


def _request(log: Log, key: SessionKey, sender: Sender) -> Booking:
    said = log.attributes
    tokens = Tokens(
        uncached_input_tokens=_count(said.get("input_tokens", 0), MAX_TOKENS),
        output_tokens=_count(said.get("output_tokens", 0), MAX_TOKENS),
        cache_read_input_tokens=_count(said.get("cache_read_tokens", 0), MAX_TOKENS),
        cache_creation_input_tokens=_count(said.get("cache_creation_tokens", 0), MAX_TOKENS),
    )
    cost = said.get("cost_usd")
    nanos = 0 if cost is None else _nanos(cost)
    biller, provider = _billed(said, sender)
    use = Use(
        key=key,
        signal=Signal.EVENTS,
        model=_model(said),
        provider=provider,
        biller=biller,
        plan=sender.plan,
        tokens=tokens,
        cost_nanos=nanos,
        unpriced_tokens=tokens.prompt_tokens + tokens.output_tokens if cost is None else 0,
        requests=1,
        api_milliseconds=_milliseconds(said.get("duration_ms", 0)),
    )
    names = (*_REQUEST_IDS, "user.id", "session.id", "event.sequence")
    whose = _named_by(sender, log, *_REQUEST_IDS)
    identity = _identity(
        whose, "event", _REQUEST, log.time_nanos, *(said.get(name) for name in names), use.model, cost, tokens
    )
    return Booking(identity=identity, use=use)


def _of_point(point: Point, key: SessionKey, sender: Sender) -> Booking | None:
    if not point.value.is_finite() or not 0 <= point.value <= MAX_TOKENS:  # the largest that any figure may be
        raise ValueError("value: no believable number")
    figure = _figure(point, key, sender)
    if figure is None:
        return None
    series = ("series", point.metric, sorted(point.resource.items()), sorted(point.attributes.items()))
    whose = _named_by(sender, point)
    if point.is_cumulative:
        identity = _identity(whose, *series, point.start_nanos)
        return Booking(identity=identity, use=_use(figure), feature=_feature(figure), total=_amount(figure))
    identity = _identity(whose, *series, point.start_nanos, point.time_nanos)
    return Booking(identity=identity, use=_use(figure), feature=_feature(figure))


def _figure(point: Point, key: SessionKey, sender: Sender) -> Use | Feature | None:
    said = point.attributes
    if point.metric == "claude_code.cost.usage":
        return _metric_use(key, said, sender, Tokens(), nanos_from_usd(point.value))
    if point.metric == "claude_code.token.usage":
        kind = _TOKEN_TYPES.get(str(said.get("type")))
        if kind is None:
            return None
        return _metric_use(key, said, sender, Tokens(**{kind: _count(point.value, MAX_TOKENS)}), 0)
    name = _METRIC_FEATURES.get(point.metric)
    if point.metric == "claude_code.lines_of_code.count":
        name = _LINES.get(str(said.get("type")))
    if point.metric == "claude_code.code_edit_tool.decision":
        name = _DECISIONS.get(str(said.get("decision")))
    if name is None:
        return None
    value = point.value * _THOUSAND if name == "active_milliseconds" else point.value
    return Feature(key=key, name=name, amount=_count(value.to_integral_value(), MAX_COUNT))


def _metric_use(key: SessionKey, said: Mapping[str, Value], sender: Sender, tokens: Tokens, nanos: int) -> Use:
    biller, provider = _billed(said, sender)
    return Use(
        key=key,
        signal=Signal.METRICS,
        model=_model(said),
        provider=provider,
        biller=biller,
        plan=sender.plan,
        tokens=tokens,
        cost_nanos=nanos,
    )


def _billed(said: Mapping[str, Value], sender: Sender) -> tuple[Biller, str]:
    provider = said.get("anthropic.provider")
    known = _PROVIDERS.get(provider) if isinstance(provider, str) else None
    if said.get("anthropic.custom_base_url") is True:
        # Whoever stands in front of the provider is paid; the provider is kept beside it.
        return Biller.GATEWAY, "" if known in (None, Biller.ANTHROPIC) else known.value
    return known or sender.biller, ""


def _model(said: Mapping[str, Value]) -> str:
    name = said.get("model")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("model: no name")
    return bounded(_CONTEXT.sub("", name.strip()))


def _nanos(cost: Value) -> int:
    try:
        amount = Decimal(cost)
    except ArithmeticError:
        raise ValueError("cost_usd: no number") from None
    nanos = nanos_from_usd(amount)
    if nanos < 0:
        raise ValueError("cost_usd: negative")
    return nanos


def _count(value: Value, most: int) -> int:
    try:
        number = Decimal(value)
        if 0 <= number <= most and number == int(number):
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise ValueError("a count is not a believable whole number")


def _milliseconds(value: Value) -> int:
    try:
        number = Decimal(value)
        return int(number) if 0 <= number <= MAX_COUNT else 0
    except (ArithmeticError, ValueError):
        return 0


def _use(figure: Use | Feature) -> Use | None:
    return figure if isinstance(figure, Use) else None


def _feature(figure: Use | Feature) -> Feature | None:
    return figure if isinstance(figure, Feature) else None


def _amount(figure: Use | Feature) -> int:
    if isinstance(figure, Feature):
        return figure.amount
    tokens = figure.tokens
    return figure.cost_nanos + tokens.prompt_tokens + tokens.output_tokens  # one of them is not zero


def _named_by(sender: Sender, record: Log | Point, *others: str) -> str:
    """Give the token's id, or nothing where the record itself names what it is about.

    Then it is one and the same by whichever way it comes: from the person's machine, and through a collector.
    """
    names = ("session.id", *others)
    return "" if any(record.attributes.get(name) for name in names) else sender.token_id


def _identity(whose: str, *parts: object) -> bytes:
    return hashlib.blake2b(repr((whose, *parts)).encode(), digest_size=_IDENTITY_BYTES).digest()
