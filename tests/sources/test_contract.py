"""What every source promises, asked of each in its own wire format."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SourceAbsent, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources import SOURCES
from bot.sources.answers import parse_json
from bot.sources.otlp.wire import UndecodableTelemetry
from bot.store import tokens, usage
from bot.store.engine import open_store
from bot.store.holding import Reason
from bot.store.migrations import migrate
from bot.usage import Tokens
from tests.sources.contract.gateway import GatewayWorld
from tests.sources.contract.telemetry import TelemetryWorld, attributes, logs, metrics, put
from tests.sources.contract.world import DAY, NOW, AskedWorld, Literal, Spoil, Use, World, exact_json, told, truth
from tests.sources.contract.worlds import WORLDS

PRECEDENCE = tuple(source.name for source in SOURCES)
ASKED = [source.name for source in SOURCES if not source.is_told]
ADA, BORIS = Use(who="ada", nanos=3_764_000_000), Use(who="boris", model="claude-sonnet-5-5", nanos=16_500_000)
AT_ONCE = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def build(name: str) -> World:
    if name not in WORLDS:
        pytest.fail(
            f"Nothing asks {name} for what every source promises. Write its World in tests/sources/contract: how it "
            "says a use on the wire, and how it is asked or told. Then add it to WORLDS."
        )
    return WORLDS[name]()


@pytest.fixture(params=[source.name for source in SOURCES])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with closing(build(request.param)) as built:
        yield built


@pytest.fixture(params=ASKED)
def asked(request: pytest.FixtureRequest) -> Iterator[AskedWorld]:
    with closing(build(request.param)) as built:
        assert isinstance(built, AskedWorld)
        yield built


@pytest.fixture
def telemetry() -> Iterator[TelemetryWorld]:
    with closing(TelemetryWorld()) as built:
        yield built


_COUNTS = st.integers(1, 10**6)
_TOKENS = st.builds(
    Tokens,
    uncached_input_tokens=_COUNTS,
    output_tokens=_COUNTS,
    cache_read_input_tokens=_COUNTS,
    cache_creation_input_tokens=_COUNTS,
)
_NANOS = st.integers(1, 10**12)
_USES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["opus", "sonnet"]), _NANOS, _TOKENS), min_size=1, max_size=8
).map(
    lambda rows: [
        Use(who=who, model=model, nanos=nanos, tokens=tokens, part=part)
        for part, (who, model, nanos, tokens) in enumerate(rows)
    ]
)


# One truth, however it comes


def test_a_day_is_read_to_the_last_nano_dollar_and_the_last_token(world: World) -> None:
    world.tell_uses(ADA, BORIS)
    reading = world.read()
    assert told(reading) == truth([ADA, BORIS])
    assert (reading.usage_date, reading.read_at, reading.quarantined) == (DAY, NOW, 0)
    assert {one.usage_date for one in reading.records} | {one.usage_date for one in reading.activity} == {DAY}
    assert sum(one.unpriced_tokens for one in reading.records) == 0


def test_a_day_that_is_read_twice_says_the_same_twice(world: World) -> None:
    world.tell_uses(ADA, BORIS)
    assert world.read() == world.read()


@AT_ONCE
@given(first=_USES, second=_USES)
def test_a_reading_is_what_is_so_now_however_little_of_before_is_left(
    asked: AskedWorld, first: list[Use], second: list[Use]
) -> None:
    asked.tell_uses(*first)
    asked.read()
    asked.tell_uses(*second)
    assert told(asked.read()) == truth(second)


@AT_ONCE
@given(uses=_USES, data=st.data(), size=st.integers(1, 5))
def test_the_order_and_the_size_of_what_comes_at_once_change_nothing(
    world: World, uses: list[Use], data: st.DataObject, size: int
) -> None:
    world.reset()
    rows = [world.wire(use) for use in data.draw(st.permutations(uses))]
    world.tell(*_cut(rows, size))
    assert told(world.read()) == truth(uses)


@AT_ONCE
@given(uses=_USES, data=st.data(), size=st.integers(1, 5))
def test_what_comes_twice_is_never_counted_twice(world: World, uses: list[Use], data: st.DataObject, size: int) -> None:
    world.reset()
    batches = _cut([world.wire(use) for use in uses], size)
    order = data.draw(st.permutations([*range(len(batches)), *data.draw(st.lists(st.integers(0, len(batches) - 1)))]))
    world.tell(*(batches[n] for n in order))
    repeats = len(order) > len(batches)
    if repeats and isinstance(world, AskedWorld) and not world.collapses_repeats:
        with pytest.raises(SourceUnavailable):
            world.read()
    else:
        assert told(world.read()) == truth(uses)


def test_storing_the_same_day_again_writes_nothing(world: World, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'ccost.db'}")
    migrate(store)
    written = []
    with closing(store):
        for n in range(3):
            world.tell_uses(ADA, BORIS)
            with store.sessions.begin() as session:
                done = usage.replace_day(session, world.read(now=NOW + n * timedelta(hours=1)), PRECEDENCE)
            written.append((done.reason, done.rows_written > 0, done.cost_nanos))
    cost = ADA.nanos + BORIS.nanos
    assert written == [(Reason.NEW, True, cost), *[(Reason.UNCHANGED, False, cost)] * 2]


# Money


@pytest.mark.parametrize(
    ("name", "literal", "nanos"),
    [(name, literal, nanos) for name, world in WORLDS.items() for literal, nanos in world.amounts],
)
def test_an_amount_is_worth_what_its_unit_says_rounded_once_half_to_even(name: str, literal: str, nanos: int) -> None:
    with closing(build(name)) as world:
        world.tell([world.with_amount(world.wire(ADA), literal)])
        assert [one.cost_nanos for one in world.read().records] == [nanos]


@pytest.mark.parametrize(("cents", "nanos"), [(1, 10_000_000), (100, 1_000_000_000)])
def test_a_cent_stays_a_cent_and_a_dollar_a_dollar(world: World, cents: int, nanos: int) -> None:
    world.tell_uses(Use(nanos=cents * 10_000_000))
    assert sum(one.cost_nanos for one in world.read().records) == nanos


@AT_ONCE
@given(uses=_USES)
def test_the_total_is_the_exact_sum_of_what_was_told(world: World, uses: list[Use]) -> None:
    world.reset()
    world.tell_uses(*uses)
    assert sum(one.cost_nanos for one in world.read().records) == sum(use.nanos for use in uses)


# What nobody has heard of, and what nobody can read


def test_fields_models_and_words_that_nobody_knows_change_nothing(world: World) -> None:
    novel = Use(who="chloe", model="claude-zephyr-9 <b>&", nanos=5)
    world.tell([world.strange(world.wire(ADA)), world.strange(world.wire(novel))])
    reading = world.read()
    assert told(reading) == truth([ADA, novel])
    assert reading.quarantined == 0


def test_a_row_that_cannot_be_read_is_counted_and_costs_nobody_else_anything(world: World) -> None:
    broken = world.bad(world.wire(Use(who="dora", model="claude-haiku-5", part=1)))
    world.tell([world.wire(ADA), broken, world.wire(BORIS)])
    reading = world.read()
    assert told(reading) == truth([ADA, BORIS])
    # Whoever tells hears at once what was refused, and nothing of it is kept to be counted.
    assert reading.quarantined == (0 if world.is_told else world.rows_of_a_use)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_day_of_which_nothing_can_be_read_is_never_an_empty_day(asked: AskedWorld, rows: int) -> None:
    asked.tell([asked.bad(asked.wire(Use(part=n))) for n in range(rows)])
    with pytest.raises(SourceChanged):
        asked.read()


def test_a_day_without_use_is_an_empty_reading(world: World) -> None:
    reading = world.read()
    assert (reading.records, reading.activity, reading.quarantined) == ((), (), 0)


@pytest.mark.parametrize("other", [DAY - timedelta(days=1), DAY + timedelta(days=1)])
def test_what_was_used_on_another_day_is_not_in_this_one(world: World, other: date) -> None:
    world.tell_uses(ADA)
    try:
        reading = world.read(other)
    except SourceChanged:
        return  # the source was asked for one day and answered with another
    assert (reading.records, reading.activity) == ((), ())


# Days


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_day_is_read_again_at_least_until_nothing_more_is_corrected(source: Any) -> None:
    assert 0 < source.settle_days <= source.horizon_days
    assert source.final_after_days <= source.horizon_days


def test_a_source_that_knows_its_first_day_can_read_it(world: World) -> None:
    world.tell_uses(ADA)
    with closing(world.reader()) as reader:
        first = reader.first_day()
    assert first is None or first <= DAY
    if world.is_told:
        assert first == DAY


@pytest.mark.parametrize(
    ("now", "complete"),
    [(datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), False), (datetime(2026, 11, 21, tzinfo=UTC), True)],
)
def test_a_day_is_complete_only_when_it_is_over(world: World, now: datetime, complete: bool) -> None:
    world.go_to(now)
    world.tell_uses(ADA)
    reading = world.read(now=now)
    assert reading.complete is complete
    assert reading.through is None or reading.through <= now


# What can go wrong on the way


def _status(code: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Spoil:
    return lambda _: httpx.Response(code, content=body, headers=headers)


def _reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=request)


_JSON = {"content-type": "application/json"}
FAILURES: list[tuple[str, Spoil, tuple[type[SourceError], ...]]] = [
    ("401", _status(401), (SourceRejected,)),
    ("402", _status(402), (SourceRejected,)),
    ("403", _status(403), (SourceRejected, SourceAbsent)),
    ("404", _status(404), (SourceChanged, SourceAbsent)),
    ("400", _status(400), (SourceChanged,)),
    ("410", _status(410), (SourceChanged,)),
    ("302", _status(302, headers={"location": "https://elsewhere.example.com/"}), (SourceChanged,)),
    ("408", _status(408), (SourceUnavailable,)),
    ("429", _status(429, headers={"retry-after": "2"}), (SourceUnavailable,)),
    ("500", _status(500, b'{"detail":{"error":"Failed to fetch analytics: "}}'), (SourceUnavailable,)),
    ("502", _status(502, b"<html>Bad gateway</html>"), (SourceUnavailable,)),
    ("503", _status(503), (SourceUnavailable,)),
    ("504", _status(504), (SourceUnavailable,)),
    ("529", _status(529), (SourceUnavailable,)),
    ("reset", _reset, (SourceUnavailable,)),
    ("cut off", _status(200, b'{"data":[{"da'), (SourceChanged,)),
    ("empty body", _status(200), (SourceChanged,)),
    ("html", _status(200, b"<html>Welcome</html>"), (SourceChanged,)),
    ("list", _status(200, b"[]", _JSON), (SourceChanged,)),
    ("null", _status(200, b"null", _JSON), (SourceChanged,)),
    ("empty object", _status(200, b"{}", _JSON), (SourceChanged,)),
    ("wrong types", _status(200, b'{"data":7,"results":7,"has_more":false}', _JSON), (SourceChanged,)),
    ("nan", _status(200, b'{"data":[NaN],"results":[NaN],"has_more":false}', _JSON), (SourceChanged,)),
    ("deep", _status(200, b"[" * 100_000, _JSON), (SourceChanged,)),
]


@pytest.mark.parametrize(("spoil", "kinds"), [one[1:] for one in FAILURES], ids=[one[0] for one in FAILURES])
def test_a_lasting_failure_is_told_by_what_must_be_done_about_it(
    asked: AskedWorld, spoil: Spoil, kinds: tuple[type[SourceError], ...]
) -> None:
    asked.tell_uses(ADA)
    asked.spoil = spoil
    with pytest.raises(SourceError) as caught:
        asked.read()
    assert isinstance(caught.value, kinds)
    assert caught.value.source in PRECEDENCE


@pytest.mark.parametrize("spoil", [one[1] for one in FAILURES], ids=[one[0] for one in FAILURES])
def test_whichever_answer_fails_there_is_the_whole_day_or_none(asked: AskedWorld, spoil: Spoil) -> None:
    asked.tell([asked.wire(ADA)], [asked.wire(BORIS)])
    whole = asked.read()
    for url in {request.url for request in asked.seen}:
        asked.spoil = lambda request, url=url: spoil(request) if request.url == url else None  # type: ignore[misc]
        with suppress(SourceError):
            assert asked.read() == whole


@pytest.mark.parametrize("spoil", [_status(429), _status(503), _status(200, b'{"da'), _reset])
def test_a_bad_moment_is_not_noticed(asked: AskedWorld, spoil: Spoil) -> None:
    asked.tell_uses(ADA, BORIS)
    good = asked.read()
    failing = iter([True, True])
    asked.spoil = lambda request: spoil(request) if next(failing, False) else None
    assert asked.read() == good


# What leaves the house


def test_every_request_is_a_get_on_the_allow_list_with_the_key_in_its_header_alone(asked: AskedWorld) -> None:
    asked.tell([asked.wire(ADA)], [asked.wire(BORIS)])
    with closing(asked.reader()) as reader:
        assert reader.check().strip()
        reader.expect([DAY - timedelta(days=1), DAY])
        reader.read_day(DAY, NOW)
    assert asked.seen
    for request in asked.seen:
        assert request.method == "GET"
        assert request.url.path in asked.paths
        assert asked.key not in str(request.url)
        holding = [name for name, value in request.headers.items() if asked.key in value]
        assert holding == [asked.key_header]
        assert request.content == b""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_error_quotes_the_key_or_what_the_answer_says(asked: AskedWorld, status: int) -> None:
    asked.tell_uses(ADA)
    hidden = f"{asked.key} 2ab06cfadcdcc1bb ada@example.com"
    asked.spoil = _status(status, f'{{"error":{{"message":"{hidden}"}}}}'.encode())
    with pytest.raises(SourceError) as caught:
        asked.read()
    for part in hidden.split():
        assert part not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


def test_a_sum_of_which_one_page_cannot_be_read_is_left_out_whole() -> None:
    more = Use(who="ada", nanos=5, part=1)
    with closing(GatewayWorld()) as world:
        world.tell([world.wire(ADA)], [world.wire(more), world.wire(BORIS)])

        def second_page(request: httpx.Request) -> httpx.Response | None:
            if request.url.params.get("page") != "2":
                return None
            body = parse_json(world.answer(request).content)
            of_keys = body["results"][0]["breakdown"]["models"][f"anthropic/{ADA.model}"]["api_key_breakdown"]
            next(iter(of_keys.values()))["metrics"]["prompt_tokens"] = "seven"
            return httpx.Response(200, content=exact_json(body))

        world.spoil = second_page
        reading = world.read()
    assert told(reading) == truth([BORIS])
    assert reading.quarantined == 1


# What is told unasked


_SPAN = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":'


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"7", b"<html>", b'{"a":NaN}', b"[" * 100_000, b'{"resourceLogs":7}', _SPAN + b"7}]}]}"],
    ids=["cut off", "list", "null", "number", "html", "nan", "deep", "no list", "no records"],
)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-protobuf"])
def test_a_body_that_is_no_telemetry_is_an_error_of_ours_and_leaves_nothing(
    telemetry: TelemetryWorld, body: bytes, content_type: str
) -> None:
    with pytest.raises(UndecodableTelemetry):
        telemetry.post("logs", body, content_type)
    assert telemetry.read().records == ()


@pytest.mark.parametrize("told_token", [None, "", "Bearer", "ccost_0123456789ab_" + "A" * 43, "sk-ant-api03-x"])
def test_what_is_no_token_of_ours_lets_nobody_in(telemetry: TelemetryWorld, told_token: str | None) -> None:
    with telemetry.store.sessions() as session:
        assert tokens.admit(session, told_token, NOW).token is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cost_usd", {"doubleValue": -0.01}),
        ("cost_usd", {"doubleValue": "NaN"}),
        ("cost_usd", {"doubleValue": "Infinity"}),
        ("cost_usd", {"doubleValue": "-Infinity"}),
        ("cost_usd", {"doubleValue": {}}),
        ("cost_usd", {"doubleValue": None}),
        ("cost_usd", {"intValue": "abc"}),
        ("cost_usd", {"stringValue": "free"}),
        ("cost_usd", {"stringValue": "1E+999999999"}),
        ("cost_usd", Literal('{"doubleValue":1e400}')),
        ("cost_usd", Literal('{"intValue":1E+999999999}')),
        ("cost_usd", Literal('{"doubleValue":' + "9" * 5000 + "}")),
        ("input_tokens", {"intValue": -1}),
        ("input_tokens", {"intValue": "abc"}),
        ("input_tokens", {"intValue": True}),
        ("input_tokens", {"doubleValue": 0.5}),
        ("input_tokens", {"intValue": 10**15 + 1}),
        ("output_tokens", {"stringValue": "many"}),
        ("model", {"stringValue": " "}),
        ("model", {"intValue": 7}),
    ],
)
def test_a_record_that_cannot_be_believed_is_rejected_alone_and_said(
    telemetry: TelemetryWorld, name: str, value: object
) -> None:
    rows = [telemetry.wire(ADA), put(telemetry.wire(Use(who="dora", part=1)), name, value), telemetry.wire(BORIS)]
    heard = telemetry.post("logs", logs(rows))
    assert told(telemetry.read()) == truth([ADA, BORIS])
    assert sum(heard.rejected.values()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"timeUnixNano": "soon"},
        {"timeUnixNano": None},
        {"timeUnixNano": "-1"},
        {"timeUnixNano": Literal("1E+999999999")},
        {"timeUnixNano": str(2**64)},
        {"timeUnixNano": "9" * 20},
    ],
)
def test_a_record_of_no_time_is_rejected_alone_and_said(telemetry: TelemetryWorld, changes: dict[str, object]) -> None:
    rows = [telemetry.wire(ADA), {**telemetry.wire(Use(who="dora", part=1)), **changes}, telemetry.wire(BORIS)]
    heard = telemetry.post("logs", logs(rows))
    assert told(telemetry.read()) == truth([ADA, BORIS])
    assert sum(heard.rejected.values()) == 1


@pytest.mark.parametrize("literal", ["-1", '"NaN"', "1E+999999999", "1e400", "9" * 5000, "null", "{}", "true"])
@pytest.mark.parametrize("name", ["cost.usage", "token.usage", "session.count", "active_time.total", "nobody.knows.it"])
def test_a_point_that_cannot_be_believed_is_rejected_alone(telemetry: TelemetryWorld, name: str, literal: str) -> None:
    whole = telemetry.post("metrics", metrics([ADA]))
    assert not whole.rejected
    before = telemetry.read()
    body = json.loads(metrics([Use(who="dora", part=1)]))
    found = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    found[:] = [{**found[0], "name": f"claude_code.{name}"}]
    found[0]["sum"]["dataPoints"][0] |= {
        "asDouble": Literal(literal),
        "attributes": attributes(model="m", type="input"),
    }
    heard = telemetry.post("metrics", exact_json(body))
    assert sum(heard.rejected.values()) <= 1
    assert heard.bookings == ()
    assert telemetry.read() == before


def test_a_use_whose_cost_nobody_says_has_tokens_and_no_price(telemetry: TelemetryWorld) -> None:
    row = telemetry.wire(ADA)
    telemetry.tell([{**row, "attributes": [one for one in row["attributes"] if one["key"] != "cost_usd"]}])
    (one,) = telemetry.read().records
    assert (one.cost_nanos, one.unpriced_tokens) == (0, ADA.tokens.prompt_tokens + ADA.tokens.output_tokens)


def _cut(rows: list[Any], size: int) -> Sequence[list[Any]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
