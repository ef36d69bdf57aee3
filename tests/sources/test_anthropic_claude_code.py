"""Claude Code Analytics: what is read, what is put aside, and that nothing is counted twice or by half."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import Settings
from bot.demo.company import Company
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import ADMIN_KEY, exact_json, usage_app
from bot.demo.serving import serving
from bot.errors import ConfigError, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.anthropic_claude_code import NAME, ClaudeCodeReader, open_reader
from bot.usage import Activity, Biller, Consumer, ConsumerKind, CostMetric, DayReading, Plan, Tokens
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent.parent / "payloads" / "anthropic"
PAGES = [(PAYLOADS / f"claude_code_page_{number}.json").read_bytes() for number in (1, 2)]

HARUKA = Consumer(ConsumerKind.PERSON, "haruka@example.com")
UMA = Consumer(ConsumerKind.PERSON, "uma@example.com")
CI = Consumer(ConsumerKind.API_KEY, "ci-review-bot")

Handler = Callable[[httpx.Request], httpx.Response]


def read(handler: Handler, day: date = DAY, now: datetime = NOW) -> DayReading:
    clock = VirtualTime(now)
    reader = open_reader(
        Settings(anthropic_admin_key=SecretStr(ADMIN_KEY)),
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )
    with closing(reader):
        return reader.read_day(day, now)


def in_turn(*bodies: bytes) -> Handler:
    return in_turn_of(*(httpx.Response(200, content=body) for body in bodies))


def in_turn_of(*answers: httpx.Response) -> Handler:
    """Each answer once; a question too many is an error of its own."""
    waiting = iter(answers)
    return lambda _: next(waiting)


def page(*records: Any, next_page: str | None = None) -> bytes:
    envelope = {"data": list(records), "has_more": next_page is not None, "next_page": next_page}
    return exact_json(envelope).encode()


def record(**changes: Any) -> dict[str, Any]:
    """One record as the vendor writes it; `a__b=value` sets a field inside, `...` takes it away."""
    whole: dict[str, Any] = copy.deepcopy(json.loads(PAGES[0])["data"][1])
    for path, value in changes.items():
        *outer, last = path.split("__")
        inside = whole
        for name in outer:
            inside = inside["model_breakdown"][0] if name == "model" else inside[name]
        if value is ...:
            del inside[last]
        else:
            inside[last] = value
    return whole


GOOD = record(actor__email_address="good@example.com")


# What is asked


def test_a_day_is_asked_for_with_the_key_the_version_and_full_pages() -> None:
    asked: list[httpx.Request] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=PAGES[len(asked) - 1])

    read(vendor)
    assert [request.method for request in asked] == ["GET", "GET"]
    assert {request.url.path for request in asked} == {"/v1/organizations/usage_report/claude_code"}
    assert [parse_qs(request.url.query.decode()) for request in asked] == [
        {"starting_at": ["2026-11-19"], "limit": ["1000"]},
        {"starting_at": ["2026-11-19"], "limit": ["1000"], "page": ["page_ZXhhbXBsZS1jdXJzb3ItMg"]},
    ]
    assert asked[0].headers["x-api-key"] == ADMIN_KEY
    assert asked[0].headers["anthropic-version"] == "2026-10-21"


def test_the_check_of_the_key_names_the_organization() -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/organizations/me"
        return httpx.Response(200, content=(PAYLOADS / "organization.json").read_bytes())

    reader = open_reader(Settings(anthropic_admin_key=SecretStr(ADMIN_KEY)), transport=httpx.MockTransport(vendor))
    with closing(reader):
        assert reader.check() == "Hoshino Works"


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"name":null}', b'{"name":" "}', b'"Hoshino Works"'])
def test_a_check_without_a_name_is_a_changed_contract(body: bytes) -> None:
    reader = open_reader(
        Settings(anthropic_admin_key=SecretStr(ADMIN_KEY)), transport=httpx.MockTransport(in_turn(body))
    )
    with closing(reader), pytest.raises(SourceChanged):
        reader.check()


def test_without_a_key_the_source_does_not_open() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_ADMIN_KEY"):
        open_reader(Settings())


# What is read


def test_the_captured_day_is_read_to_the_last_digit() -> None:
    reading = read(in_turn(*PAGES))
    assert (reading.source, reading.usage_date, reading.read_at) == (NAME, DAY, NOW)
    assert reading.complete
    assert reading.quarantined == 0
    assert [(one.consumer, one.model, one.plan, one.cost_nanos) for one in reading.records] == [
        (CI, "claude-zephyr-6", Plan.PAY_PER_TOKEN, 120_000_005),
        (HARUKA, "claude-opus-5-5", Plan.PAY_PER_TOKEN, 22_280_000_000),
        (HARUKA, "claude-sonnet-5-5", Plan.PAY_PER_TOKEN, 3_764_000_000),
        (UMA, "claude-sonnet-5-5", Plan.SUBSCRIPTION, 16_500_000),
    ]
    assert {(one.biller, one.cost_metric, one.usage_date) for one in reading.records} == {
        (Biller.ANTHROPIC, CostMetric.LIST, DAY)
    }
    assert reading.records[2].tokens == Tokens(
        uncached_input_tokens=107_000,
        output_tokens=80_000,
        cache_read_input_tokens=10_000_000,
        cache_creation_input_tokens=700_000,
    )


def test_activity_is_added_up_over_rows_and_tools() -> None:
    activity = {one.consumer: one.activity for one in read(in_turn(*PAGES)).activity}
    assert activity[HARUKA] == Activity(
        sessions=7, lines_added=852, lines_removed=277, commits=5, pull_requests=2, edits_accepted=69, edits_rejected=8
    )
    assert activity[CI] == Activity(sessions=22, edits_accepted=2, edits_rejected=1)
    assert activity[Consumer(ConsumerKind.OTHER, "service_actor:svac_01Example")] == Activity(sessions=1)


def test_a_hundred_cents_are_one_dollar_and_not_a_hundred() -> None:
    reading = read(in_turn(page(record(model__estimated_cost={"currency": "USD", "amount": 100}))))
    assert [one.cost_nanos for one in reading.records] == [1_000_000_000]


@pytest.mark.parametrize(
    ("now", "complete"),
    [(datetime(2026, 11, 20, 0, 59, 59, tzinfo=UTC), False), (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), True)],
)
def test_a_day_is_complete_an_hour_after_it_ended(now: datetime, complete: bool) -> None:
    assert read(in_turn(*PAGES), now=now).complete is complete


def test_a_day_without_use_is_an_empty_reading() -> None:
    reading = read(in_turn(page()))
    assert (reading.records, reading.activity, reading.quarantined) == ((), (), 0)


@pytest.mark.parametrize(
    ("actor", "consumer"),
    [
        (
            {"type": "user_actor", "email_address": " Ada@Example.COM "},
            Consumer(ConsumerKind.PERSON, "ada@example.com"),
        ),
        ({"type": "user_actor", "email": "Ada@Example.COM"}, Consumer(ConsumerKind.PERSON, "ada@example.com")),
        ({"type": "api_actor", "api_key_name": " CI Bot "}, Consumer(ConsumerKind.API_KEY, " CI Bot ")),
        ({"type": "api_actor", "api_key_name": "a\nb\x1b\0"}, Consumer(ConsumerKind.API_KEY, "a\nb\x1b\ufffd")),
        ({"type": "api_actor", "api_key_name": "k" * 201}, Consumer(ConsumerKind.API_KEY, "k" * 200)),
        ({"type": "ghost", "note": "n", "user_id": "u1"}, Consumer(ConsumerKind.OTHER, "ghost:u1")),
        (
            {"type": "ghost", "user_id": None, "email": "g@example.com"},
            Consumer(ConsumerKind.OTHER, "ghost:g@example.com"),
        ),
        ({"type": "ghost"}, Consumer(ConsumerKind.OTHER, "ghost:")),
        ({"type": "g" * 300}, Consumer(ConsumerKind.OTHER, "g" * 200)),
    ],
)
def test_whoever_used_it_is_kept(actor: dict[str, Any], consumer: Consumer) -> None:
    reading = read(in_turn(page(record(actor=actor))))
    assert [one.consumer for one in reading.records] == [consumer]
    assert [one.consumer for one in reading.activity] == [consumer]


@pytest.mark.parametrize("customer_type", ["api", "martian", None, 7, ...])
def test_an_unknown_kind_of_customer_pays_per_token(customer_type: Any) -> None:
    reading = read(in_turn(page(record(customer_type=customer_type))))
    assert [one.plan for one in reading.records] == [Plan.PAY_PER_TOKEN]


@pytest.mark.parametrize(
    "text", ["2026-11-19", "2026-11-19T00:00:00Z", "2026-11-19T00:00:00.000Z", "2026-11-19T00:00:00+00:00"]
)
def test_a_day_may_be_written_as_a_day_or_as_its_midnight(text: str) -> None:
    assert read(in_turn(page(record(date=text)))).quarantined == 0


# What is put aside


BAD_VALUES: list[tuple[str, Any]] = [
    ("date", ...),
    ("date", None),
    ("date", 20261119),
    ("date", "2026-11-18T00:00:00Z"),
    ("date", "2026-11-19T00:00:00-05:00"),
    ("date", "2026-11-19T09:00:00Z"),
    ("actor", ...),
    ("actor", None),
    ("actor", "haruka@example.com"),
    ("actor__type", ...),
    ("actor__type", 1),
    ("actor__email_address", None),
    ("actor__email_address", " "),
    ("actor__email_address", 12),
    ("actor", {"type": "api_actor", "api_key_name": ""}),
    ("core_metrics", ...),
    ("core_metrics", []),
    ("core_metrics__num_sessions", None),
    ("core_metrics__num_sessions", -1),
    ("core_metrics__num_sessions", 10**10 + 1),
    ("core_metrics__lines_of_code__added", "12"),
    ("core_metrics__lines_of_code__removed", True),
    ("core_metrics__commits_by_claude_code", ...),
    ("tool_actions", None),
    ("tool_actions", {"edit_tool": {"accepted": 1}}),
    ("model_breakdown", ...),
    ("model_breakdown", None),
    ("model_breakdown", {}),
    ("model_breakdown", [None]),
    ("model__model", None),
    ("model__model", " "),
    ("model__tokens", None),
    ("model__tokens__input", ...),
    ("model__tokens__input", None),
    ("model__tokens__output", -1),
    ("model__tokens__cache_read", 10**15 + 1),
    ("model__tokens__cache_creation", "7"),
    ("model__estimated_cost", None),
    ("model__estimated_cost__currency", "EUR"),
    ("model__estimated_cost__currency", ...),
    ("model__estimated_cost__amount", None),
    ("model__estimated_cost__amount", "34.4"),
    ("model__estimated_cost__amount", True),
    ("model__estimated_cost__amount", -1),
    ("model__estimated_cost__amount", ...),
    ("model__estimated_cost__amount", 10**18),
]


@pytest.mark.parametrize(("field", "value"), BAD_VALUES)
def test_a_bad_record_is_counted_and_left_out_and_costs_nobody_else_anything(field: str, value: Any) -> None:
    reading = read(in_turn(page(record(**{field: value}), GOOD)))
    assert reading.quarantined == 1
    assert [one.consumer.external_id for one in reading.records] == ["good@example.com"]
    assert [one.consumer.external_id for one in reading.activity] == ["good@example.com"]


@pytest.mark.parametrize(
    "number", ["1e400", "1E+999999999", "1e-99999999999999999999", "-0.0000001", "9" * 5000, "9" * 61, "0." + "1" * 99]
)
def test_no_number_on_the_wire_can_do_more_than_put_its_record_aside(number: str) -> None:
    bad = page(record(model__estimated_cost__amount="AMOUNT"), GOOD).replace(b'"AMOUNT"', number.encode())
    assert read(in_turn(bad)).quarantined == 1
    bad = page(record(model__tokens__input="COUNT"), GOOD).replace(b'"COUNT"', number.encode())
    assert read(in_turn(bad)).quarantined == 1


@pytest.mark.parametrize(("number", "bad"), [("7", 0), ("7.0", 0), ("7e2", 0), ("7.5", 1), (str(10**15), 0)])
def test_tokens_are_whole_numbers_however_they_are_written(number: str, bad: int) -> None:
    body = page(record(model__tokens__input="COUNT"), GOOD).replace(b'"COUNT"', number.encode())
    if number == str(10**15):
        with pytest.raises(SourceChanged, match="sums"):  # believable alone, not with what others used
            read(in_turn(body))
    else:
        assert read(in_turn(body)).quarantined == bad


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}])
def test_a_record_that_is_none_is_put_aside(junk: Any) -> None:
    assert read(in_turn(page(junk, GOOD))).quarantined == 1


def test_a_record_without_decisions_about_edits_keeps_its_money() -> None:
    whole, bare = record(), record()
    del bare["tool_actions"]
    reading = read(in_turn(page(bare)))
    assert reading.quarantined == 0
    assert reading.records == read(in_turn(page(whole))).records
    assert reading.activity[0].activity.edits_accepted == 0


def test_half_a_surrogate_pair_reaches_no_database() -> None:
    body = page(record(actor__email_address="NAME"), GOOD).replace(b"NAME", b"\\ud83d@example.com")
    for one in read(in_turn(body)).activity:
        one.consumer.external_id.encode()


def test_a_day_of_nothing_but_bad_records_is_a_changed_contract() -> None:
    bad = [record(date="2026-11-18"), record(actor=None)]
    with pytest.raises(SourceChanged, match="none of 2 rows"):
        read(in_turn(page(*bad)))


def test_amounts_that_no_column_can_hold_are_a_changed_contract() -> None:
    huge = {"currency": "USD", "amount": 899_999_999_999}
    assert read(in_turn(page(record(model__estimated_cost=huge)))).quarantined == 0
    with pytest.raises(SourceChanged, match="sums"):
        read(in_turn(page(record(model__estimated_cost=huge), record(model__estimated_cost=huge, is_remote=False))))


def test_a_reason_names_the_field_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    bad = [record(actor__email_address=None), record(tool_actions={"secret@example.com": {}}), record(date="no@day")]
    read(in_turn(page(*bad, GOOD)))
    said = " ".join(str(vars(one)) for one in caplog.records)
    assert "tool_actions" in said
    assert "@" not in said


# Pages


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"data":null,"has_more":false}',
        b'{"data":{},"has_more":false}',
        b'{"data":[]}',
        b'{"data":[],"has_more":null}',
        b'{"data":[],"has_more":"false"}',
        b'{"data":[],"has_more":0}',
        b'{"data":[],"has_more":true}',
        b'{"data":[],"has_more":true,"next_page":null}',
        b'{"data":[],"has_more":true,"next_page":""}',
        b'{"data":[],"has_more":true,"next_page":7}',
        b'{"data":[],"has_more":null,"next_page":"a"}',
        b'{"data":[],"has_more":1,"next_page":"a"}',
    ],
)
def test_a_page_that_contradicts_itself_is_a_changed_contract(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        read(in_turn(body))


def test_a_cursor_that_comes_again_ends_the_walk() -> None:
    with pytest.raises(SourceChanged, match="no end"):
        read(in_turn(page(GOOD, next_page="a"), page(next_page="b"), page(next_page="a")))


def test_pages_without_end_are_given_up_after_a_thousand() -> None:
    numbers = iter(range(10_000))
    with pytest.raises(SourceChanged, match="more than 1000 pages"):
        read(lambda _: httpx.Response(200, content=page(next_page=str(next(numbers)))))
    assert next(numbers) == 1000


def test_a_cursor_that_expired_begins_the_walk_again_three_times_at_most() -> None:
    asked: list[bool] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append("page" in request.url.params)
        if asked[-1]:
            return httpx.Response(400) if len(asked) < 6 else httpx.Response(200, content=PAGES[1])
        return httpx.Response(200, content=PAGES[0])

    assert len(read(vendor).records) == 4
    assert asked == [False, True] * 3


def test_a_cursor_that_always_expires_is_a_changed_contract() -> None:
    asked: list[bool] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append("page" in request.url.params)
        return httpx.Response(400) if asked[-1] else httpx.Response(200, content=PAGES[0])

    with pytest.raises(SourceChanged, match="HTTP 400"):
        read(vendor)
    assert asked == [False, True] * 4


def test_a_bad_request_without_a_cursor_is_asked_once() -> None:
    with pytest.raises(SourceChanged, match="HTTP 400"):
        read(in_turn_of(httpx.Response(400)))


def test_a_failure_on_the_second_page_gives_no_half_a_day() -> None:
    def vendor(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if "page" in request.url.params else httpx.Response(200, content=PAGES[0])

    with pytest.raises(SourceUnavailable):
        read(vendor)


_ROWS = [
    record(actor__email_address=f"{name}@example.com", terminal_type=terminal, model__estimated_cost__amount=cents)
    for cents, (name, terminal) in enumerate(
        (name, terminal) for name in "abc" for terminal in ("tmux", "vscode", "zed")
    )
]


@settings(deadline=None, max_examples=20)
@given(
    order=st.permutations(range(len(_ROWS))),
    repeated=st.lists(st.integers(0, len(_ROWS) - 1), max_size=6),
    size=st.integers(1, 5),
)
def test_shuffled_and_repeated_pages_give_the_same_reading(order: list[int], repeated: list[int], size: int) -> None:
    rows = [_ROWS[number] for number in (*order, *repeated)]
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    pages = [page(*part, next_page=str(n) if n < len(parts) else None) for n, part in enumerate(parts, 1)]
    assert read(in_turn(*pages)) == read(in_turn(page(*_ROWS)))


def test_a_repeat_may_name_its_fields_in_another_order() -> None:
    assert read(in_turn(page(GOOD, dict(reversed(GOOD.items()))))) == read(in_turn(page(GOOD)))


_CENTS = st.decimals(min_value=0, max_value=10**7, allow_nan=False, places=9)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), _CENTS), min_size=1, max_size=12))
def test_sums_agree_with_rational_arithmetic(uses: list[tuple[str, str, Any]]) -> None:
    rows = [
        record(
            actor__email_address=f"{name}@example.com",
            terminal_type=f"terminal {number}",
            model__model=model,
            model__estimated_cost__amount=cents,
        )
        for number, (name, model, cents) in enumerate(uses)
    ]
    found = {(one.consumer.external_id[0], one.model): one.cost_nanos for one in read(in_turn(page(*rows))).records}
    exact: dict[tuple[str, str], Fraction] = {}
    for name, model, cents in uses:
        nanos = round(Fraction(cents) * 10_000_000)  # Python rounds a Fraction half to even
        exact[name, model] = exact.get((name, model), Fraction(0)) + nanos
    assert found == exact


# Against the working twin


@pytest.fixture(scope="module")
def twin() -> Iterator[tuple[Company, Settings, Faults]]:
    company, faults = Company(NOW.date()), Faults()
    with serving(usage_app(company, clock=lambda: NOW, faults=faults)) as url:
        yield company, Settings(anthropic_base_url=url, anthropic_admin_key=SecretStr(ADMIN_KEY)), faults


@pytest.fixture
def faults(twin: tuple[Company, Settings, Faults]) -> Iterator[Faults]:
    yield twin[2]
    twin[2].clear()


@pytest.fixture
def reader(twin: tuple[Company, Settings, Faults]) -> Iterator[ClaudeCodeReader]:
    with closing(open_reader(twin[1], sleep=lambda _: None)) as opened:
        yield opened


def test_the_invented_company_is_read_to_the_cent(
    twin: tuple[Company, Settings, Faults], reader: ClaudeCodeReader
) -> None:
    for day in (NOW.date() - timedelta(days=back) for back in range(12)):
        reading = reader.read_day(day, NOW)
        found: dict[str, Fraction] = {}
        for one in reading.records:
            known = found.get(one.consumer.external_id, Fraction(0))
            found[one.consumer.external_id] = known + Fraction(one.cost_nanos, 10_000_000)
        exact = twin[0].truth(day, NOW - timedelta(hours=1))
        assert found.keys() == exact.keys()
        assert all(abs(found[who] - exact[who]) < Fraction(1, 100_000) for who in exact)
        assert reading.quarantined == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RATE_LIMITED,
        Fault.OVERLOADED,
        Fault.SERVER_ERROR,
        Fault.TIMEOUT,
        Fault.BAD_GATEWAY,
        Fault.RESET,
        Fault.TRUNCATED,
    ],
)
def test_a_bad_moment_of_the_vendor_is_not_noticed(faults: Faults, reader: ClaudeCodeReader, fault: Fault) -> None:
    good = reader.read_day(DAY, NOW)
    faults.plan(fault, times=2)
    assert reader.read_day(DAY, NOW) == good


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.OVERLOADED, SourceUnavailable),
        (Fault.BAD_GATEWAY, SourceUnavailable),
        (Fault.RESET, SourceUnavailable),
        (Fault.SPEND_CAP, SourceRejected),
        (Fault.TRUNCATED, SourceChanged),
        (Fault.ENDLESS_CURSOR, SourceChanged),
        (Fault.REDIRECT, SourceChanged),
    ],
)
def test_a_lasting_failure_is_told_by_what_must_be_done(
    faults: Faults, reader: ClaudeCodeReader, fault: Fault, kind: type[SourceError]
) -> None:
    faults.plan(fault, times=20)
    with pytest.raises(kind):
        reader.read_day(DAY, NOW)


def test_a_wrong_key_is_asked_with_once_and_never_shown(twin: tuple[Company, Settings, Faults]) -> None:
    before = twin[2].requests().total()
    wrong = twin[1].model_copy(update={"anthropic_admin_key": SecretStr("sk-ant-api01-canary")})
    with closing(open_reader(wrong)) as reader, pytest.raises(SourceRejected) as caught:
        reader.check()
    assert "canary" not in str(caught.value)
    assert twin[2].requests().total() == before + 1


def test_every_request_that_a_vendor_ever_saw_is_a_get_on_the_allow_list(
    twin: tuple[Company, Settings, Faults], reader: ClaudeCodeReader
) -> None:
    reader.check()
    reader.read_day(DAY, NOW)
    assert set(twin[2].requests()) == {
        "GET /v1/organizations/me",
        "GET /v1/organizations/usage_report/claude_code",
    }
