"""The twin of Claude Code's exporter: what it writes, and when it sends it."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from bot.demo import routes
from bot.demo.cast import CAST, Persona
from bot.demo.company import Company
from bot.demo.exporting import DAYS_TOLD, Encoding, Exporters, knock, posts_of, sender, told_of
from bot.demo.forwarding import with_telemetry
from bot.demo.serving import serving
from bot.demo.telemetry import OLD_VERSION, Told, logs, metrics

START = date(2026, 11, 23)
FRIDAY = START - timedelta(days=3)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
TOKEN = "ccost_0123456789ab_of-nobody"
SPREAD = {one.slack_user_id: one for one in routes.spread(CAST)}
ADA, OLGA = SPREAD["U0ADA"], SPREAD["U0OLGA"]


@pytest.fixture
def company() -> Company:
    return Company(START, cast=tuple(SPREAD.values()), gateway_keys=routes.GATEWAY_KEYS)


def told(company: Company, person: Persona, day: date = FRIDAY, **how: str) -> list[Told]:
    return list(told_of(company, sender(company, person, TOKEN, **how), day, LATER))


def attributes(record: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: next(iter(one["value"].values())) for one in record["attributes"]}


def events(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        record for resource in body["resourceLogs"] for scope in resource["scopeLogs"] for record in scope["logRecords"]
    ]


def points(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [
        point
        for resource in body["resourceMetrics"]
        for scope in resource["scopeMetrics"]
        for metric in scope["metrics"]
        if metric["name"] == f"claude_code.{name}"
        for point in metric["sum"]["dataPoints"]
    ]


def truth(company: Company, person: Persona, day: date = FRIDAY) -> Fraction:
    return company.truth(day, LATER)[person.email]


@pytest.mark.parametrize("person", [ADA, OLGA], ids=["console", "vertex"])
def test_events_and_metrics_each_add_up_to_what_was_spent(company: Company, person: Persona) -> None:
    sessions = told(company, person)
    requests = [one for one in map(attributes, events(logs(sessions))) if one["event.name"] == "api_request"]
    spent = sum((Fraction(str(one["cost_usd"])) for one in requests), Fraction())
    assert spent * 100 == truth(company, person)
    counted = sum((Fraction(str(one["asDouble"])) for one in points(metrics(sessions), "cost.usage")), Fraction())
    assert counted * 100 == truth(company, person)


def test_tokens_of_both_signals_are_those_of_the_sessions(company: Company) -> None:
    sessions = told(company, ADA)
    requests = [one for one in map(attributes, events(logs(sessions))) if one["event.name"] == "api_request"]
    written = sum(one.session.tokens.output_tokens for one in sessions)
    assert sum(one["output_tokens"] for one in requests) == written
    of_metrics = [one for one in points(metrics(sessions), "token.usage") if attributes(one)["type"] == "output"]
    assert sum(one["asDouble"] for one in of_metrics) == written


def test_nothing_that_is_sent_names_a_person(company: Company) -> None:
    for person in (ADA, OLGA):
        for body in (logs(told(company, person)), metrics(told(company, person))):
            assert "example.com" not in json.dumps(body)


def test_everything_of_a_session_lies_on_the_day_on_which_it_ended(company: Company) -> None:
    company.push("ada@example.com", 900, FRIDAY)  # ends with the first moment of the day
    midnight = int(datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, tzinfo=UTC).timestamp()) * 10**9
    sessions = told(company, ADA)
    times = [int(one["timeUnixNano"]) for one in events(logs(sessions))]
    times += [int(one["startTimeUnixNano"]) for one in points(metrics(sessions), "token.usage")]
    assert min(times) == midnight
    assert max(times) < midnight + 86_400 * 10**9


def test_the_same_session_told_twice_is_the_same_and_two_alike_are_two(company: Company) -> None:
    company.push("ada@example.com", 900, FRIDAY)
    company.push("ada@example.com", 900, FRIDAY)
    ids = [one.session_id for one in told(company, ADA)]
    assert len(set(ids)) == len(ids)
    assert ids == [one.session_id for one in told(company, ADA)]
    company.restate(FRIDAY, 40)
    assert ids == [one.session_id for one in told(company, ADA)]


def test_whole_dollars_are_integers_on_this_wire_as_on_the_real_one(company: Company) -> None:
    company.push("ada@example.com", 300, FRIDAY)
    costs = [
        value
        for record in events(logs(told(company, ADA)))
        for value in (one["value"] for one in record["attributes"] if one["key"] == "cost_usd")
    ]
    assert {"intValue": 1} in costs
    assert any("doubleValue" in one for one in costs)


def test_an_old_version_does_not_say_who_runs_the_model(company: Company) -> None:
    old, new = told(company, ADA, version=OLD_VERSION), told(company, ADA)
    assert all("anthropic.provider" not in attributes(one) for one in events(logs(old)))
    assert {attributes(one)["anthropic.provider"] for one in events(logs(new))} == {"firstParty"}
    assert {attributes(one)["anthropic.provider"] for one in events(logs(told(company, OLGA)))} == {"vertex"}
    assert all(attributes(one)["model"].endswith("[1m]") for one in points(metrics(old), "cost.usage"))


@pytest.mark.parametrize("encoding", list(Encoding))
def test_each_encoding_says_the_same(company: Company, encoding: Encoding) -> None:
    one = sender(company, ADA, TOKEN, encoding=encoding)
    sessions = told(company, ADA)
    kinds: tuple[Any, ...] = (ExportLogsServiceRequest, ExportMetricsServiceRequest)
    for post, kind, body in zip(posts_of(one, sessions), kinds, (logs(sessions), metrics(sessions)), strict=True):
        assert post.headers["authorization"] == f"Bearer {TOKEN}"
        if encoding is Encoding.JSON:
            assert json.loads(post.body) == body
            continue
        assert post.headers["content-type"] == "application/x-protobuf"
        packed = post.headers.get("content-encoding") == "gzip"
        assert packed == (encoding is Encoding.GZIP)
        read = kind.FromString(gzip.decompress(post.body) if packed else post.body)
        assert f"{read}".count("session.id") == json.dumps(body).count("session.id") > 10


class Desk:
    """A door that notes what comes, and answers as it is told to."""

    def __init__(self) -> None:
        self.status, self.heard, self.tokens = 200, list[str](), list[str]()
        self.lock = threading.Lock()

    async def answer(self, request: Request) -> Response:
        await request.body()
        with self.lock:
            self.heard.append(request.url.path)
            self.tokens.append(request.headers["authorization"])
        return Response("{}", self.status, {"retry-after": "1"}, "application/json")


@contextmanager
def door(desk: Desk) -> Iterator[str]:
    with serving(Starlette(routes=[Path("/v1/{signal}", desk.answer, methods=["POST"])])) as origin:
        yield origin


def joined(company: Company, now: datetime, *people: Persona) -> tuple[Exporters, list[datetime]]:
    clock = [now]
    exporters = Exporters(company, lambda: clock[0])
    exporters.join(*(sender(company, one, TOKEN) for one in people))
    return exporters, clock


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)


def test_what_was_sent_is_not_sent_again_and_what_ends_later_is(company: Company) -> None:
    desk = Desk()
    exporters, clock = joined(company, evening(FRIDAY), ADA)
    with door(desk) as origin:
        first = exporters.send(origin)
        assert first == len(desk.heard) > 2
        assert exporters.send(origin) == 0
        company.push("ada@example.com", 900, FRIDAY)
        assert exporters.send(origin) == 2
        clock[0] += timedelta(days=3)
        assert exporters.send(origin) == 2  # Monday's
    assert set(desk.heard) == {"/v1/logs", "/v1/metrics"}
    assert set(desk.tokens) == {f"Bearer {TOKEN}"}


def test_only_the_last_days_are_told(company: Company) -> None:
    desk = Desk()
    exporters, _ = joined(company, evening(FRIDAY), ADA, OLGA)
    with door(desk) as origin:
        assert exporters.send(origin) <= 2 * 2 * DAYS_TOLD


@pytest.mark.parametrize(("status", "comes_again"), [(503, True), (429, True), (401, False), (400, False)])
def test_what_is_refused_for_now_comes_again_and_what_is_refused_for_good_is_lost(
    company: Company,
    status: int,
    comes_again: bool,
) -> None:
    desk = Desk()
    exporters, _ = joined(company, evening(FRIDAY), ADA)
    with door(desk) as origin:
        desk.status = status
        posts = exporters.send(origin)
        desk.status = 200
        assert exporters.send(origin) == (posts if comes_again else 0)


def test_without_anybody_who_listens_nothing_is_lost(company: Company) -> None:
    desk = Desk()
    exporters, _ = joined(company, evening(FRIDAY), ADA)
    with door(desk) as gone:
        pass
    with pytest.raises(OSError, match=r".*"):
        exporters.send(gone)
    with door(desk) as origin:
        assert exporters.send(origin) > 2


def test_without_a_sender_nothing_is_opened(company: Company) -> None:
    assert Exporters(company, lambda: LATER).send("http://127.0.0.1:9") == 0


def test_a_stranger_knocks_with_a_token_of_the_right_form() -> None:
    desk = Desk()
    with door(desk) as origin:
        assert knock(origin) == 200
    (shown,) = desk.tokens
    assert shown.startswith("Bearer ccost_")
    assert len(shown) == len("Bearer ccost_") + 12 + 1 + 43


def test_nobody_sends_who_does_not_use_claude_code(company: Company) -> None:
    with pytest.raises(StopIteration):
        sender(company, SPREAD["U0VIKTOR"], TOKEN)


def test_the_pages_address_hands_telemetry_to_the_bot_wherever_it_runs_and_says_when_it_does_not(
    company: Company,
) -> None:
    desk, at = Desk(), list[str | None]()
    page = Starlette(routes=[Path("/", lambda _: Response("the page"))])
    exporters, _ = joined(company, evening(FRIDAY), ADA)
    with serving(with_telemetry(page, lambda: at[-1])) as front, door(desk) as origin:
        at.append(None)
        posts = exporters.send(front)
        assert desk.heard == []
        at.append(origin)
        assert exporters.send(front) == posts == len(desk.heard)
        assert set(desk.tokens) == {f"Bearer {TOKEN}"}
