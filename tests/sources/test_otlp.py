"""Telemetry on its way in: two encodings decoded alike, figures kept and all else dropped, and a day added up once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest

from bot.sources.otlp import MAX_ROW_NANOS, InboxReader
from bot.sources.otlp.heard import EVENTS_SCOPE, METRICS_SCOPE, Sender, hear
from bot.sources.otlp.wire import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_KEY_CHARACTERS,
    MAX_RECORDS,
    MAX_VALUE_CHARACTERS,
    Log,
    TooMuchTelemetry,
    UndecodableTelemetry,
    decode,
)
from bot.telemetry import Feature, Heard, SessionKey, Signal, Use
from bot.usage import Biller, Consumer, ConsumerKind, Plan, Tokens
from tests.sources.contract.telemetry import as_protobuf
from tests.telemetry_house import FOLDERS, NOW, posts

JSON, PROTOBUF = "application/json", "application/x-protobuf"
Encoding = Literal["application/json", "application/x-protobuf"]
ADA = Consumer(ConsumerKind.TOKEN, "U0ADA")
MINE = Sender(token_id="0123456789ab", consumer=ADA, biller=Biller.FOUNDRY, plan=Plan.PAY_PER_TOKEN)
TEAM = replace(MINE, consumer=None)
DAY = date(2026, 11, 22)
AT = str(int(NOW.timestamp()) * 10**9)


def said(values: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {bool: "boolValue", int: "intValue", str: "stringValue", float: "doubleValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in values.items()]


def event(resource: dict[str, Any] | None = None, /, **more: Any) -> bytes:
    values = {"event.name": "api_request", "model": "claude-opus-5-5", "cost_usd": 0.5, "session.id": "s1"}
    values |= {name.replace("__", "."): value for name, value in more.items()}
    record = {"timeUnixNano": AT, "attributes": said(values)}
    scope = {"name": "com.anthropic.claude_code.events", "version": "2.1.330"}
    of_machine = {"attributes": said(resource or {})}
    scoped = [{"scope": scope, "logRecords": [record]}]
    return json.dumps({"resourceLogs": [{"resource": of_machine, "scopeLogs": scoped}]}).encode()


def one_log(body: bytes, content_type: Encoding) -> Log:
    (found,) = decode("logs", body if content_type == JSON else as_protobuf("logs", body), content_type)
    assert isinstance(found, Log)
    return found


def one_use(body: bytes, sender: Sender = MINE) -> Use:
    (booking,) = hear(decode("logs", body, JSON), sender, NOW).bookings
    assert booking.use is not None
    return booking.use


# Decoding


@pytest.mark.parametrize("folder", [name for name in FOLDERS if not name.startswith("protobuf")])
def test_both_encodings_of_a_request_are_the_same_records(folder: str) -> None:
    for post in posts(folder):
        signal: Literal["logs", "metrics"] | None = (
            "logs" if post.path.endswith("logs") else "metrics" if post.path.endswith("metrics") else None
        )
        if signal is None:
            continue
        records = decode(signal, post.body, JSON)
        assert records == decode(signal, as_protobuf(signal, post.body), PROTOBUF)
        assert hear(records, MINE, NOW).rejected.total() == 0


LABELS = {f"label.{n}": "x" for n in range(MAX_ATTRIBUTES + 10)}
"""A team's own, as they come: before all that Claude Code says itself."""


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_a_record_keeps_a_bounded_number_of_labels(content_type: Encoding) -> None:
    scoped = [{"scope": {}, "logRecords": [{"timeUnixNano": AT, "attributes": said(LABELS)}]}]
    found = one_log(json.dumps({"resourceLogs": [{"scopeLogs": scoped}]}).encode(), content_type).attributes
    assert list(found) == list(LABELS)[:MAX_ATTRIBUTES]


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
@pytest.mark.parametrize("signal", ["logs", "metrics"])
@pytest.mark.parametrize("name", ["user.email", "enduser.id", "user.account_uuid", "user.id"])
def test_labels_crowd_out_nothing_that_is_read(
    content_type: Encoding, signal: Literal["logs", "metrics"], name: str
) -> None:
    def heard(labels: dict[str, Any]) -> Heard:
        body = full_event(labels, name) if signal == "logs" else full_points(labels, name)
        body = body if content_type == JSON else as_protobuf(signal, body)
        return hear(decode(signal, body, content_type), TEAM, NOW)

    alone, crowded = heard({}), heard(LABELS)
    assert alone.bookings
    assert [(one.use, one.feature) for one in crowded.bookings] == [(one.use, one.feature) for one in alone.bookings]
    assert crowded.versions == alone.versions == {(Consumer(ConsumerKind.SELF_DECLARED, "ada"), "2.1.330", NOW.date())}
    if signal == "logs":
        assert [one.identity for one in crowded.bookings] == [one.identity for one in alone.bookings]


def full_event(labels: dict[str, Any], name: str) -> bytes:
    values = {
        "session.id": "s1",
        "anthropic.provider": "bedrock",
        "anthropic.custom_base_url": True,
        "event.name": "api_request",
        "event.sequence": 3,
        "model": "m",
        "input_tokens": 1,
        "output_tokens": 2,
        "cache_read_tokens": 3,
        "cache_creation_tokens": 4,
        "cost_usd": 0.5,
        "duration_ms": 26,
        "request_id": "r",
        "client_request_id": "c",
        name: "ada",
    }
    record = {"timeUnixNano": AT, "attributes": said({**labels, **values})}
    machine = {"attributes": said({**labels, "service.version": "2.1.330"})}
    scoped = [{"scope": {"name": EVENTS_SCOPE}, "logRecords": [record]}]
    return json.dumps({"resourceLogs": [{"resource": machine, "scopeLogs": scoped}]}).encode()


def full_points(labels: dict[str, Any], name: str) -> bytes:
    common = {**labels, "session.id": "s1", "anthropic.provider": "bedrock", "anthropic.custom_base_url": True}
    whose: dict[str, Any] = {**common, name: "ada"}
    own = {
        "cost.usage": {"model": "m"},
        "token.usage": {"model": "m", "type": "input"},
        "lines_of_code.count": {"type": "added"},
        "code_edit_tool.decision": {"decision": "accept"},
    }
    found = []
    for metric, more in own.items():
        point = {"attributes": said({**whose, **more}), "startTimeUnixNano": AT, "timeUnixNano": AT, "asDouble": 7.0}
        total = {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [point]}
        found.append({"name": f"claude_code.{metric}", "sum": total})
    machine = {"attributes": said({**labels, "service.version": "2.1.330"})}
    scoped = [{"scope": {"name": METRICS_SCOPE}, "metrics": found}]
    return json.dumps({"resourceMetrics": [{"resource": machine, "scopeMetrics": scoped}]}).encode()


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_names_and_words_are_cut(content_type: Encoding) -> None:
    body = event(**{"k" * (MAX_KEY_CHARACTERS + 1): "v" * (MAX_VALUE_CHARACTERS + 1)})
    assert one_log(body, content_type).attributes["k" * MAX_KEY_CHARACTERS] == "v" * MAX_VALUE_CHARACTERS


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_is_as_deep_as_telemetry_needs_and_no_deeper(opening: str) -> None:
    closing = "]" if opening == "[" else "}"

    def body(depth: int) -> bytes:
        inside = depth - 1
        return ('{"extra":' + opening * (inside - 1) + closing.join(["[]", *[""] * (inside - 1)]) + "}").encode()

    assert decode("logs", body(MAX_DEPTH), JSON) == []
    with pytest.raises(UndecodableTelemetry):
        decode("logs", body(MAX_DEPTH + 1), JSON)


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
@pytest.mark.parametrize("where", ["records", "scopes", "resources"])
def test_more_than_any_machine_sends_at_once_is_too_much(content_type: Encoding, where: str) -> None:
    def body(several: int) -> bytes:
        many: list[dict[str, Any]] = [{}] * several
        records = {"scope": {}, "logRecords": many} if where == "records" else {}
        scopes = {"scopeLogs": many if where == "scopes" else [records]}
        whole = json.dumps({"resourceLogs": many if where == "resources" else [scopes]}).encode()
        return whole if content_type == JSON else as_protobuf("logs", whole)

    assert len(decode("logs", body(MAX_RECORDS), content_type)) == (MAX_RECORDS if where == "records" else 0)
    with pytest.raises(TooMuchTelemetry):
        decode("logs", body(MAX_RECORDS + 1), content_type)


@pytest.mark.parametrize(
    ("value", "nanos"),
    [
        ('{"doubleValue":0.0072292}', 7_229_200),
        ('{"doubleValue":"0.0072292"}', 7_229_200),
        ('{"doubleValue":7.2292e-3}', 7_229_200),
        ('{"stringValue":"7.2292E-3"}', 7_229_200),
        ('{"intValue":"18073"}', 18_073_000_000_000),
    ],
)
def test_a_number_is_the_same_as_number_and_as_text(value: str, nanos: int) -> None:
    body = event().replace(b'{"doubleValue": 0.5}', value.encode())
    assert one_use(body).cost_nanos == nanos


# What is kept


@pytest.mark.parametrize(
    ("more", "biller", "provider"),
    [
        ({}, Biller.FOUNDRY, ""),
        ({"anthropic__provider": "firstParty"}, Biller.ANTHROPIC, ""),
        ({"anthropic__provider": "bedrock"}, Biller.BEDROCK, ""),
        ({"anthropic__provider": "vertex"}, Biller.VERTEX, ""),
        ({"anthropic__provider": "foundry"}, Biller.FOUNDRY, ""),
        ({"anthropic__provider": "of tomorrow"}, Biller.FOUNDRY, ""),
        ({"anthropic__provider": "bedrock", "anthropic__custom_base_url": False}, Biller.BEDROCK, ""),
        ({"anthropic__provider": "bedrock", "anthropic__custom_base_url": True}, Biller.GATEWAY, "bedrock"),
        ({"anthropic__provider": "firstParty", "anthropic__custom_base_url": True}, Biller.GATEWAY, ""),
        ({"anthropic__custom_base_url": True}, Biller.GATEWAY, ""),
    ],
)
def test_who_bills_is_what_the_sender_says_and_else_what_the_token_says(
    more: dict[str, Any], biller: Biller, provider: str
) -> None:
    use = one_use(event(**more))
    assert (use.biller, use.provider) == (biller, provider)


def test_an_older_version_says_no_provider_and_marks_the_model_in_its_metrics_alone() -> None:
    found: dict[str, list[Use]] = {"logs": [], "metrics": []}
    for post in posts("json-without-provider"):
        signal: Literal["logs", "metrics"] = "logs" if post.path.endswith("logs") else "metrics"
        heard = hear(decode(signal, post.body, JSON), MINE, NOW)
        found[signal] += [one.use for one in heard.bookings if one.use is not None]
    for several in found.values():
        assert {(use.model, use.biller) for use in several} == {("claude-opus-5-5", Biller.FOUNDRY)}
        assert sum(use.cost_nanos for use in several) == 7_229_200


@pytest.mark.parametrize(
    ("record", "resource", "who"),
    [
        ({"user.email": "Ada@Example.com", "enduser.id": "e", "user.id": "h"}, {}, "ada@example.com"),
        ({"enduser.id": "e", "user.account_uuid": "a", "user.id": "h"}, {}, "e"),
        ({"user.account_uuid": "a", "user.id": "h"}, {}, "a"),
        ({"user.id": "h"}, {}, "h"),
        ({"user.id": "h"}, {"user.email": "ada@example.com"}, "ada@example.com"),
        ({"user.email": "ada@example.com"}, {"user.email": "boris@example.com"}, "ada@example.com"),
        ({"user.email": " ", "user.id": "h"}, {}, "h"),
        ({}, {}, "unknown"),
    ],
)
def test_a_teams_sender_is_known_by_the_best_name_and_its_records_come_first(
    record: dict[str, Any], resource: dict[str, Any], who: str
) -> None:
    body = event(resource, **record)
    assert one_use(body, TEAM).key.consumer == Consumer(ConsumerKind.SELF_DECLARED, who)
    assert one_use(body, MINE).key.consumer == ADA


@pytest.mark.parametrize(
    ("named", "is_same"),
    [
        ({"session__id": "s1"}, True),
        ({"session__id": "", "request_id": "req_1"}, True),
        ({"session__id": "", "client_request_id": "c1"}, True),
        ({"session__id": ""}, False),
    ],
)
def test_a_record_that_names_what_it_is_about_is_the_same_by_whichever_token(
    named: dict[str, str], is_same: bool
) -> None:
    records = decode("logs", event(**named), JSON)
    mine, others = (hear(records, replace(MINE, token_id=one), NOW).bookings[0].identity for one in ("a", "b"))
    assert (mine == others) is is_same


def test_without_a_session_two_peoples_events_by_one_token_are_two() -> None:
    body = {"event__name": "api_error", "session__id": "", "event__sequence": 1}
    one, other = (
        hear(decode("logs", event({"user.email": who}, **body), JSON), TEAM, NOW).bookings[0].identity
        for who in ("ada@example.com", "boris@example.com")
    )
    assert one != other


@pytest.mark.parametrize("name", ["request_id", "client_request_id", "user__id", "session__id", "event__sequence"])
def test_each_name_of_a_request_tells_it_from_others(name: str) -> None:
    one, other = (
        hear(decode("logs", event(**{name: value}), JSON), MINE, NOW).bookings[0].identity for value in ("a", "b")
    )
    assert one != other


# Adding up a day


@dataclass
class Told:
    """An inbox of plain values."""

    all_uses: tuple[Use, ...] = ()
    all_features: tuple[Feature, ...] = ()

    def first_day(self) -> date | None:
        return DAY

    def uses(self, _: date) -> Iterable[Use]:
        return self.all_uses

    def features(self, _: date) -> Iterable[Feature]:
        return self.all_features


def key(session: str = "s1", who: Consumer = ADA) -> SessionKey:
    return SessionKey(usage_date=DAY, consumer=who, session=session)


def use(signal: Signal, nanos: int, *, session: str = "s1", who: Consumer = ADA) -> Use:
    return Use(
        key=key(session, who),
        signal=signal,
        model="m",
        provider="",
        biller=Biller.ANTHROPIC,
        plan=Plan.PAY_PER_TOKEN,
        tokens=Tokens(output_tokens=nanos % 1000),
        cost_nanos=nanos,
        requests=int(signal is Signal.EVENTS),
    )


EVENTS, METRICS = Signal.EVENTS, Signal.METRICS
BORIS = Consumer(ConsumerKind.TOKEN, "U0BORIS")


@pytest.mark.parametrize(
    ("told", "nanos"),
    [
        ([use(EVENTS, 5), use(METRICS, 5)], 5),
        ([use(METRICS, 5)], 5),
        ([use(EVENTS, 5), use(METRICS, 7, session="s2")], 12),
        ([use(EVENTS, 5, session=""), use(METRICS, 5, session="")], 5),
        ([use(EVENTS, 5, session="s1"), use(METRICS, 5, session="")], 5),
        ([use(EVENTS, 5, session=""), use(METRICS, 5, session="s1")], 5),
        ([use(EVENTS, 5, session=""), use(METRICS, 7, session="s1", who=BORIS)], 12),
        ([use(EVENTS, 5, session="s1"), use(METRICS, 7, session="", who=BORIS)], 12),
        ([use(EVENTS, 5, session="s1"), use(METRICS, 5, session="s1", who=BORIS)], 5),  # it came by two tokens
    ],
)
def test_what_events_tell_is_not_counted_again_from_metrics(told: list[Use], nanos: int) -> None:
    reading = InboxReader(Told(tuple(told))).read_day(DAY, NOW)
    assert sum(row.cost_nanos for row in reading.records) == nanos


@pytest.mark.parametrize(("nanos", "quarantined"), [(MAX_ROW_NANOS, 0), (MAX_ROW_NANOS + 1, 1)])
def test_a_sum_that_nobody_can_have_spent_is_put_aside_and_the_others_are_kept(nanos: int, quarantined: int) -> None:
    told = (use(EVENTS, nanos), use(EVENTS, 7, who=BORIS))
    reading = InboxReader(Told(told)).read_day(DAY, NOW)
    assert (len(reading.records), reading.quarantined) == (2 - quarantined, quarantined)
    assert sum(row.cost_nanos for row in reading.records) == 7 + (0 if quarantined else nanos)


@pytest.mark.parametrize(("minutes", "complete"), [(59, False), (60, True)])
def test_a_day_is_complete_an_hour_after_its_midnight(minutes: int, complete: bool) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    assert InboxReader(Told()).read_day(DAY, midnight + timedelta(minutes=minutes)).complete is complete


def test_what_came_of_it_is_added_up_by_person() -> None:
    counts = {
        "sessions": 2,
        "lines_added": 30,
        "lines_removed": 4,
        "commits": 1,
        "pull_requests": 1,
        "edits_accepted": 6,
        "edits_rejected": 2,
        "active_milliseconds": 61_500,
        "compactions": 1,
        "api_errors": 3,
    }
    once = tuple(Feature(key=key(), name=name, amount=amount) for name, amount in counts.items())
    again = tuple(Feature(key=key("s2"), name=name, amount=amount) for name, amount in counts.items())
    spent = replace(use(EVENTS, 5), api_milliseconds=2_000)
    (found,) = InboxReader(Told((spent,), once + again)).read_day(DAY, NOW).activity
    activity = found.activity
    assert (activity.sessions, activity.lines_added, activity.lines_removed) == (4, 60, 8)
    assert (activity.commits, activity.pull_requests) == (2, 2)
    assert (activity.edits_accepted, activity.edits_rejected) == (12, 4)
    assert (activity.active_seconds, activity.api_seconds) == (123, 2)
    assert (activity.compactions, activity.api_errors) == (2, 6)


def test_where_no_session_was_counted_who_used_it_had_one() -> None:
    told = (use(EVENTS, 5), use(EVENTS, 5, session="s2"))
    (found,) = InboxReader(Told(told)).read_day(DAY, NOW).activity
    assert found.activity.sessions == 2
