"""The door for telemetry: what Claude Code really sends, and what it is answered."""

import gzip
import json
import logging
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from bot.config import Settings
from bot.jobs.telemetry import absorb
from bot.listeners import telemetry as door
from bot.sources import Inbox, Reader
from bot.store import inbox, members, tokens, usage
from bot.store.engine import Store, open_store
from bot.usage import Biller, Plan
from tests.telemetry_house import ADA, FOLDERS, NOW, House, Order, Post, posts

JSON, PROTOBUF = "application/json", "application/x-protobuf"
EVENTS = "com.anthropic.claude_code.events"


TRUE_DOLLARS = {
    "json-429-then-ok": "0.0072292",
    "json-bedrock": "0.0072292",
    "json-cost-whole-dollars": "18073",
    "json-cost-zero": "0",
    "json-identity-none": "0.0072292",
    "json-identity-user-email-attribute": "0.0072292",
    "json-metrics-only": "0.0072292",
    "json-resume-cumulative": "0.0290920",
    "json-resume-delta": "0.0217752",
    "json-subagent": "0.0217752",
    "json-tool-call": "0.0144876",
    "json-traces": "0.0072292",
    "json-two-users": "0.0290920",
    "json-unknown-model": "0.0072292",
    "json-without-provider": "0.0072292",
    "oldest-json": "0.03086025",
    "protobuf-gzip": "0.0072292",
    "protobuf-two-users": "0.0290920",
}


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'ccost.db')}")
    yield opened
    opened.close()


@pytest.fixture
def house(sqlite_store: Store) -> Iterator[House]:
    opened = House(sqlite_store)
    yield opened
    opened.close()


@pytest.mark.parametrize("order", ["as it came", "shuffled", "twice"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_run_of_claude_code_gives_its_true_dollars_in_whatever_order_and_however_often_it_comes(
    house: House, folder: str, order: Order
) -> None:
    house.replay(folder, order)
    assert house.nanos() == int(Decimal(TRUE_DOLLARS[folder]) * 10**9)
    assert house.everybody() == house.nanos()


def test_every_run_that_was_captured_has_its_true_dollars() -> None:
    assert set(FOLDERS) == set(TRUE_DOLLARS)


def test_both_databases_add_up_the_same(store: Store) -> None:
    with closing(House(store)) as house:
        for folder in ("json-resume-cumulative", "json-two-users"):
            house.replay(folder, "twice")
        assert house.nanos() == 29_092_000 + 29_092_000


def test_tokens_are_counted_apart_and_the_time_of_the_api_is_kept(house: House) -> None:
    house.replay("json-identity-none")
    (row,) = house.ada().rows
    tokens_ = row.tokens
    assert (tokens_.uncached_input_tokens, tokens_.output_tokens) == (101, 41)
    assert (tokens_.cache_read_input_tokens, tokens_.cache_creation_input_tokens) == (5001, 1001)
    assert row.model == "claude-opus-5-5"
    (activity,) = house.ada().activity_by_day.values()
    assert activity.sessions == 1
    assert activity.api_seconds is not None


def test_what_the_payload_says_of_a_person_never_moves_a_members_token(house: House) -> None:
    with house.store.sessions.begin() as session:
        before = members.match_report(session)
    house.replay("json-identity-user-email-attribute")
    assert house.nanos() == 7_229_200
    with house.store.sessions.begin() as session:
        assert members.match_report(session) == before


def test_through_a_teams_token_people_are_who_they_say_they_are_and_marked_so(house: House) -> None:
    house.replay("json-two-users", token=house.team_token)
    with house.store.sessions() as session:
        rows = session.execute(text("SELECT external_id, kind FROM consumer WHERE kind = 5 ORDER BY 1")).all()
    assert [row.external_id for row in rows] == ["alice@example.com", "bob@example.com"]
    assert house.nanos() == 0
    assert house.everybody() == 29_092_000


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("first", ["a person's token", "a team's token"])
def test_a_run_that_comes_by_two_tokens_counts_once_and_is_noted(house: House, folder: str, first: str) -> None:
    ways = [house.token, house.team_token]
    for token in ways if first == "a person's token" else reversed(ways):
        house.replay(folder, token=token)
        house.replay(folder, token=token)
    once = int(Decimal(TRUE_DOLLARS[folder]) * 10**9)
    assert house.everybody() == once
    assert house.nanos() == (once if first == "a person's token" else 0)
    with house.store.sessions() as session:
        noted = session.execute(text("SELECT reason, about FROM inbox_refusal")).all()
        second = {one.label: one.public_id for one in tokens.listed(session)}
    if folder != "json-resume-cumulative":  # a total that is known already may as well be a late one
        label = "team" if first == "a person's token" else "ada"
        assert [tuple(row) for row in noted] == [(inbox.TWO_WAYS, second[label])]


@pytest.mark.parametrize(
    ("folder", "biller"), [("json-bedrock", Biller.GATEWAY), ("json-metrics-only", Biller.GATEWAY)]
)
def test_behind_an_address_of_ones_own_the_gateway_is_who_is_paid(house: House, folder: str, biller: Biller) -> None:
    house.replay(folder)
    with house.store.sessions() as session:
        assert set(session.execute(text("SELECT DISTINCT biller FROM usage_day")).scalars()) == {5}
    assert biller is Biller.GATEWAY


HALF_A_DOLLAR = {"doubleValue": 0.5}


def event(cost: Any = HALF_A_DOLLAR, *, at: Any = NOW, **more: Any) -> dict[str, Any]:
    values = {
        "event.name": {"stringValue": "api_request"},
        "model": {"stringValue": "claude-opus-5-5"},
        "session.id": {"stringValue": "s1"},
        "input_tokens": {"intValue": 7},
        "output_tokens": {"intValue": 3},
        "anthropic.provider": {"stringValue": "vertex"},
        **({} if cost is None else {"cost_usd": cost}),
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    nanos = at if isinstance(at, str) else str(int(at.timestamp()) * 10**9)
    return {
        "timeUnixNano": nanos,
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": [{"key": key, "value": value} for key, value in values.items()],
    }


def logs(*records: dict[str, Any], scope: str = EVENTS, version: str = "2.1.330") -> Post:
    scoped = {"scope": {"name": scope, "version": version}, "logRecords": list(records)}
    body = {"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [scoped]}]}
    return Post("/v1/logs", json.dumps(body).encode(), {"content-type": JSON})


@pytest.mark.parametrize(
    ("cost", "nanos"),
    [
        ({"doubleValue": 0.1}, 100_000_000),
        ({"intValue": 2}, 2_000_000_000),
        ({"intValue": "2"}, 2_000_000_000),
        ({"stringValue": "0.03086025"}, 30_860_250),
        ({"doubleValue": 1e-10}, 0),
        ({"doubleValue": 5.1e-10}, 1),
    ],
)
def test_an_amount_is_dollars_in_whichever_type_it_comes(house: House, cost: dict[str, Any], nanos: int) -> None:
    assert house.send(logs(event(cost))).content == b"{}"
    absorb(house.rt)
    assert house.nanos() == nanos


def test_a_request_without_a_price_is_unpriced_and_a_price_of_zero_is_a_price(house: House) -> None:
    house.send(
        logs(event(None, event__sequence={"intValue": 1}), event({"intValue": 0}, event__sequence={"intValue": 2}))
    )
    absorb(house.rt)
    (row,) = house.ada().rows
    assert (row.cost_nanos, row.unpriced_tokens) == (0, 10)
    assert row.tokens.prompt_tokens + row.tokens.output_tokens == 20


@pytest.mark.parametrize(
    "bad",
    [
        event({"doubleValue": -0.5}),
        event({"doubleValue": "NaN"}),
        event({"stringValue": "much"}),
        event(at=NOW + timedelta(minutes=11)),
        event(at=NOW - timedelta(days=36)),
        event(input_tokens={"intValue": -1}),
        event(model={"stringValue": " "}),
    ],
)
def test_one_bad_record_costs_the_others_nothing_and_is_not_sent_again(house: House, bad: dict[str, Any]) -> None:
    answer = house.send(logs(event(), bad))
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    absorb(house.rt)
    assert house.nanos() == 500_000_000


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=10), NOW - timedelta(days=35)])
def test_a_senders_clock_may_be_a_little_wrong(house: House, at: Any) -> None:
    assert house.send(logs(event(at=at))).content == b"{}"


def test_money_is_read_from_nothing_but_the_events_of_claude_code(house: House) -> None:
    other = event(event__name={"stringValue": "tool_result"}, event__sequence={"intValue": 5})
    house.send(logs(other))
    house.send(logs(event(), scope="com.example.other"))
    absorb(house.rt)
    assert house.everybody() == 0


def test_two_requests_that_look_alike_but_for_one_fact_are_two(house: House) -> None:
    house.send(logs(event(request_id={"stringValue": "r1"}), event(request_id={"stringValue": "r2"})))
    house.send(logs(event(request_id={"stringValue": "r1"}), event(request_id={"stringValue": "r1"})))
    absorb(house.rt)
    assert house.nanos() == 1_000_000_000


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Bearer ccost_000000000000_" + "x" * 43, 401),
        ("Basic {}", 401),
        ("Bearer {}", 200),
        ("bearer {}", 200),
        ("Bearer%20{}", 200),
    ],
)
def test_only_a_good_token_opens_the_door(house: House, authorization: str, status: int) -> None:
    post = logs(event())
    headers = {**post.headers, "authorization": authorization.format(house.token)}
    answer = house.client.post(post.path, content=post.body, headers=headers)
    assert answer.status_code == status
    with house.store.sessions() as session:
        assert bool(session.execute(text("SELECT count(*) FROM inbox_refusal")).scalar_one()) is (status == 401)


def test_a_revoked_and_an_expired_token_are_refused_and_counted_by_name(house: House) -> None:
    with house.store.sessions.begin() as session:
        mine = next(one for one in tokens.listed(session) if one.label == "ada")
        tokens.revoke(session, mine.public_id, house.now)
    assert house.send(logs(event())).status_code == 401
    house.now = NOW + tokens.LIFETIME
    assert house.send(logs(event()), token=house.team_token).status_code == 401
    with house.store.sessions() as session:
        found = session.execute(text("SELECT reason, about FROM inbox_refusal ORDER BY 1")).all()
    assert [(row.reason, bool(row.about)) for row in found] == [("expired", True), ("revoked", True)]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/v1/logs", b"{}", {"content-type": JSON}, 200),
        ("/v1/logs", b"", {"content-type": PROTOBUF}, 200),
        ("/v1/metrics", b"{}", {"content-type": f"{JSON}; charset=utf-8"}, 200),
        ("/v1/traces", b"whatever", {"content-type": PROTOBUF}, 200),
        ("/v1/logs", b"{}", {"content-type": "text/plain"}, 415),
        ("/v1/logs", b"{}", {}, 415),
        ("/v1/logs", b"{}", {"content-type": JSON, "content-encoding": "br"}, 415),
        ("/v1/logs", b"not gzip", {"content-type": JSON, "content-encoding": "gzip"}, 400),
        ("/v1/logs", gzip.compress(b"{}", mtime=0)[:-4], {"content-type": JSON, "content-encoding": "gzip"}, 400),
        ("/v1/logs", gzip.compress(b"{}", mtime=0), {"content-type": JSON, "content-encoding": "gzip"}, 200),
        ("/v1/logs", b"{", {"content-type": JSON}, 400),
        ("/v1/logs", b"[]", {"content-type": JSON}, 400),
        ("/v1/logs", b"\xff\xff\xff", {"content-type": PROTOBUF}, 400),
        ("/v1/logs", b"[" * 100_000, {"content-type": JSON}, 400),
        ("/v1/logs", b" " * door.MAX_BODY_BYTES + b"{}", {"content-type": JSON}, 413),
        ("/v1/logs", gzip.compress(b" " * 3_000_000, mtime=0), {"content-type": JSON, "content-encoding": "gzip"}, 413),
    ],
)
def test_each_kind_of_request_has_its_answer(
    house: House, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = house.send(Post(path, body, headers))
    assert answer.status_code == status
    is_protobuf = headers.get("content-type") == PROTOBUF
    assert answer.headers["content-type"].startswith(PROTOBUF if is_protobuf else JSON)
    if status == 200:
        assert answer.content == (b"" if is_protobuf else b"{}")


def test_a_body_in_chunks_is_taken(house: House) -> None:
    post = posts("json-identity-none")[0]
    halves = (part for part in (post.body[:100], post.body[100:]))
    headers = {**post.headers, "authorization": f"Bearer {house.token}"}
    assert house.client.post(post.path, content=halves, headers=headers).status_code == 200


def test_a_store_that_fails_asks_the_sender_to_come_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with house.store.sessions.begin() as session:
        session.execute(text("DROP TABLE inbox_seen"))
    answer = house.send(logs(event()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    with house.store.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM inbox_use")).scalar_one() == 0
    caplog.clear()


def test_one_persons_token_may_be_busy_but_not_without_end(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "REQUESTS_A_MINUTE", 2)
    with closing(House(sqlite_store)) as house:
        post = Post("/v1/logs", b"{}", {"content-type": JSON})
        assert [house.send(post).status_code for _ in range(3)] == [200, 200, 429]
        assert [house.send(post, token=house.team_token).status_code for _ in range(3)] == [200, 200, 200]


def test_nothing_but_figures_is_stored_or_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    canary = "canary-8f31"
    said = {
        "prompt": {"stringValue": canary},
        "prompt_text": {"stringValue": canary},
        "tool_parameters": {"stringValue": canary},
        "team__id": {"stringValue": canary},
        "user__email": {"stringValue": f"{canary}@example.com"},
    }
    prompt = event(event__name={"stringValue": "user_prompt"}, **said)
    prompt["body"] = {"stringValue": canary}
    with caplog.at_level(logging.DEBUG):
        assert house.send(logs(event(**said), prompt)).status_code == 200
        absorb(house.rt)
    assert house.nanos() == 500_000_000
    with house.store.sessions() as session:
        for table in SQLModel.metadata.sorted_tables:
            assert canary not in str(session.execute(table.select()).all()), table.name
    assert canary not in "".join(str(vars(record)) for record in caplog.records)


def test_events_of_a_session_put_its_metrics_aside_whichever_came_first(house: House) -> None:
    captured = posts("json-identity-none")
    metrics = [post for post in captured if post.path.endswith("metrics")]
    for post in [*metrics, *captured]:
        house.send(post)
        absorb(house.rt)
    assert house.nanos() == 7_229_200


def test_a_subscribers_use_is_worth_something_and_owes_nothing(sqlite_store: Store) -> None:
    with closing(House(sqlite_store, plan=Plan.SUBSCRIPTION)) as house:
        house.replay("json-identity-none")
        assert {row.plan for row in house.ada().rows} == {Plan.SUBSCRIPTION}


def test_versions_are_known_by_person(house: House) -> None:
    house.replay("oldest-json")
    house.replay("json-identity-none")
    with house.store.sessions() as session:
        found = session.execute(text("SELECT external_id, version FROM cli_version ORDER BY version")).all()
    assert [tuple(row) for row in found] == [(ADA, "1.0.100"), (ADA, "2.1.330")]


def test_a_day_is_added_up_again_only_when_something_new_has_come(house: House) -> None:
    house.replay("json-identity-none")
    with house.store.sessions() as session:
        first = usage.known_days(session, "otlp")
    house.now = NOW + timedelta(minutes=5)
    house.replay("json-identity-none")  # nothing new
    with house.store.sessions() as session:
        assert usage.known_days(session, "otlp") == first


def test_the_sentence_of_a_refusal_names_no_token(house: House) -> None:
    answer = house.send(logs(event()), token="ccost_000000000000_" + "x" * 43)
    assert not re.search(r"ccost_[0-9a-f]{12}", answer.text)


def test_who_says_an_address_that_slack_knows_is_that_person_and_still_marked(house: House) -> None:
    address = {"stringValue": "Ada@Example.com"}
    nobody = {"stringValue": "c93ffad6"}
    first = logs(event(user__email=address), event(user__id=nobody, event__sequence={"intValue": 9}))
    assert house.send(first, token=house.team_token).status_code == 200
    absorb(house.rt)
    assert (house.nanos(), house.everybody()) == (500_000_000, 1_000_000_000)
    with house.store.sessions() as session:
        assert members.match_report(session).with_usage == 1


CANARY = "canary-5c90"
_CONTENT = (
    "prompt",
    "prompt_text",
    "response",
    "tool_name",
    "tool_parameters",
    "tool_input",
    "error",
    "skill.name",
    "user.email",
    "user.account_uuid",
    "organization.id",
    "enduser.id",
    "host.name",
    "terminal.type",
    "vcs.repository.name",
    CANARY,
)


def planted(body: bytes) -> bytes:
    """Put words nobody may keep into every record, point, resource and body of a request."""
    more = [{"key": name, "value": {"stringValue": CANARY}} for name in _CONTENT]

    def planted_in(value: Any) -> Any:
        if isinstance(value, list):
            return [planted_in(one) for one in value]
        if not isinstance(value, dict):
            return value
        grown = {name: planted_in(one) for name, one in value.items()}
        if "attributes" in value:
            grown["attributes"] = [*value["attributes"], *more]
        if "body" in value:
            grown["body"] = {"stringValue": CANARY}
        return grown

    return json.dumps(planted_in(json.loads(body))).encode()


def test_of_a_whole_run_nothing_but_figures_is_stored_or_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for post in [*posts("json-tool-call"), *posts("json-traces")]:
            assert house.send(Post(post.path, planted(post.body), post.headers)).status_code == 200
        bad = planted(logs(event({"stringValue": CANARY})).body)
        answer = house.send(Post("/v1/logs", bad, {"content-type": JSON}))
        assert CANARY not in answer.text
        absorb(house.rt)
    assert house.nanos() == 14_487_600 + 7_229_200
    with house.store.sessions() as session:
        for table in SQLModel.metadata.sorted_tables:
            assert CANARY not in str(session.execute(table.select()).all()), table.name
    assert CANARY not in "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize(("size", "status"), [(door.MAX_INFLATED_BYTES, 200), (door.MAX_INFLATED_BYTES + 1, 413)])
def test_a_body_inflates_to_a_size_and_no_further(house: House, size: int, status: int) -> None:
    words = "".join(f"{n:012d}" for n in range(size // 12 + 1))[: size - len('{"a":""}')]
    packed = gzip.compress(f'{{"a":"{words}"}}'.encode(), compresslevel=1)
    assert len(packed) <= door.MAX_BODY_BYTES
    assert size <= len(packed) * door.MAX_INFLATION
    headers = {"content-type": JSON, "content-encoding": "gzip"}
    assert house.send(Post("/v1/logs", packed, headers)).status_code == status


def test_who_is_not_let_in_is_refused_before_the_body_is_read(house: House) -> None:
    with open_line(house, "Bearer ccost_000000000000_" + "x" * 43, length=door.MAX_BODY_BYTES) as line:
        assert line.recv(100).startswith(b"HTTP/1.1 401")


def test_a_body_that_drips_is_given_up(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.05)
    with closing(House(sqlite_store)) as house, open_line(house, f"Bearer {house.token}", length=100) as line:
        line.sendall(b"{")
        assert line.recv(100).startswith(b"HTTP/1.1 408")


def test_when_enough_is_being_read_the_next_is_asked_to_come_again(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PARSES_AT_ONCE", 0)
    with closing(House(sqlite_store)) as house:
        answer = house.send(logs(event()))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def open_line(house: House, authorization: str, *, length: int) -> socket.socket:
    """Begin a request, and send nothing of its body."""
    address = urlsplit(house.server.origin)
    line = socket.create_connection((address.hostname, address.port or 80), timeout=10)
    head = f"POST /v1/logs HTTP/1.1\r\nHost: ccost\r\nContent-Type: {JSON}\r\nAuthorization: {authorization}\r\n"
    line.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
    return line


class _KilledReading(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    ("age_days", "reading", "how"),
    [
        (0, 1, RuntimeError),
        (1, 1, RuntimeError),
        (2, 1, RuntimeError),
        (2, 2, RuntimeError),
        (2, 1, _KilledReading),
        (2, 2, _KilledReading),
        (30, 2, _KilledReading),
    ],
)
def test_what_came_is_added_up_even_if_a_reading_ends_badly(
    house: House, age_days: int, reading: int, how: type[BaseException]
) -> None:
    """A day that is younger is read at each poll anyway, so that a kill does it no harm."""
    house.send(logs(event(at=NOW - timedelta(days=age_days))))
    (source,) = house.rt.sources
    opened: list[int] = []

    def failing(settings: Settings, box: Inbox) -> Reader:
        opened.append(1)
        if len(opened) == reading:
            raise how
        return source.open(settings, box)

    house.rt = replace(house.rt, sources=(replace(source, open=failing),))
    with suppress(_KilledReading):
        absorb(house.rt)
    absorb(house.rt)
    assert house.nanos() == 500_000_000
