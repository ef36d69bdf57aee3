"""LiteLLM: whose use it was, what is put aside, and that pages which move are noticed."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import Settings
from bot.demo.gateway import GatewayRow, shapes
from bot.errors import ConfigError, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.answers import parse_json
from bot.sources.litellm import LiteLlmReader, open_reader
from bot.sources.litellm_days import Day
from bot.sources.litellm_rows import Metrics, metrics
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, DayReading, Plan, Tokens, UsageRecord
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "sk-CANARYgatewayCANARYgateway0007"
PAYLOADS = Path(__file__).parent.parent / "payloads" / "litellm"
ACTIVITY, SUMS, USERS, KEYS = (
    "/user/daily/activity",
    "/user/daily/activity/aggregated",
    "/user/list",
    "/key/list",
)
ALICE = Consumer(ConsumerKind.PERSON, "alice@example.com")
BOB = Consumer(ConsumerKind.PERSON, "bob@example.com")
CAROL = Consumer(ConsumerKind.OTHER, "litellm:carol")
CI = Consumer(ConsumerKind.API_KEY, "ci-shared")
SOME = Tokens(uncached_input_tokens=7, output_tokens=5, cache_read_input_tokens=3, cache_creation_input_tokens=2)

Handler = Callable[[httpx.Request], httpx.Response]


def opened(handler: Handler, now: datetime = NOW) -> LiteLlmReader:
    clock = VirtualTime(now)
    return open_reader(
        Settings(litellm_base_url="https://gateway.example.com/llm", litellm_api_key=SecretStr(KEY)),
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
        clock=clock.wall_clock,
    )


def read(handler: Handler, day: date = DAY, now: datetime = NOW) -> DayReading:
    with closing(opened(handler, now)) as reader:
        return reader.read_day(day, now)


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_bytes())


def row(user: str | None = "alice", model: str = "opus", nanos: int = 10**9, **more: Any) -> GatewayRow:
    """One row of the table; a key is named after its user."""
    key = more.pop("key", f"{user}-key")
    return GatewayRow(
        **{
            "day": DAY,
            "user_id": user,
            "email": f"{user}@example.com" if user else None,
            "key_hash": key,
            "key_alias": key,
            "provider": "anthropic",
            "model": model,
            "tokens": SOME,
            "spend": Decimal(nanos).scaleb(-9),
            **more,
        }
    )


class Proxy:
    """Answers from rows, in pages as small as a test wants them; what it said can be spoilt by a function."""

    def __init__(self, rows: Iterable[GatewayRow] = (), *, page_rows: int = 1000, has_user_filter: bool = True) -> None:
        self.rows = list(rows)
        self.page_rows = page_rows
        self.has_user_filter = has_user_filter
        self.users: dict[str, str | None] = {}
        self.seen: list[httpx.Request] = []
        self.spoil: Callable[[str, Any, int], Any] = lambda _path, body, _nth: body

    def asked(self, path: str) -> int:
        return self.paths()[path]

    def paths(self) -> Counter[str]:
        return Counter(request.url.path.removeprefix("/llm") for request in self.seen)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        path = request.url.path.removeprefix("/llm")
        body = self.spoil(path, self._body(path, request.url.params), self.asked(path))
        return body if isinstance(body, httpx.Response) else httpx.Response(200, json=body)

    def _body(self, path: str, asked: httpx.QueryParams) -> Any:
        if path == USERS:
            users = [{"user_id": user_id, "user_email": email} for user_id, email in self.users.items()]
            return {"users": users, "total_pages": 1}
        if path == KEYS:
            return {
                "keys": [{"token": one.key_hash, "key_alias": f"{one.key_hash} listed"} for one in self.rows],
                "total_pages": 1,
            }
        rows = [one for one in self.rows if asked["start_date"] <= one.day.isoformat() <= asked["end_date"]]
        if path == SUMS:
            return {"results": shapes.aggregated(rows, 1), "metadata": shapes.totals(rows, has_more=False)}
        if self.has_user_filter and "user_id" in asked:
            rows = [one for one in rows if one.user_id == asked["user_id"]]
        number, size = int(asked.get("page", "1")), min(self.page_rows, int(asked["page_size"]))
        pages = -(-len(rows) // size)
        some = rows[(number - 1) * size : number * size]
        about = {"page": number, "total_pages": pages, "has_more": number < pages}
        return {"results": shapes.results(some), "metadata": shapes.totals(some, **about)}


def captured(pages: str | Any, sums: str | Any = "sums_1.106.json") -> Handler:
    """Answers with what was captured, whatever day is asked for; the lists too."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/llm")
        names = {ACTIVITY: pages, SUMS: sums, USERS: "user_list.json", KEYS: "key_list.json"}
        body = names[path]
        return httpx.Response(200, content=(PAYLOADS / body).read_bytes())

    return answer


def told(reading: DayReading) -> dict[tuple[Consumer, str], tuple[int, Tokens]]:
    found = {(one.consumer, f"{one.provider}/{one.model}"): (one.cost_nanos, one.tokens) for one in reading.records}
    assert len(found) == len(reading.records)
    return found


def truth(rows: Iterable[GatewayRow]) -> dict[tuple[Consumer, str], tuple[int, Tokens]]:
    """Add rows up by person and model, as rational numbers."""
    sums: dict[tuple[Consumer, str], tuple[Fraction, Tokens]] = {}
    for one in rows:
        who = Consumer(ConsumerKind.PERSON, one.email) if one.email else Consumer(ConsumerKind.API_KEY, one.key_hash)
        spend, tokens = sums.get((who, f"{one.provider}/{one.model}"), (Fraction(0), Tokens()))
        sums[who, f"{one.provider}/{one.model}"] = (spend + Fraction(one.spend), tokens + one.tokens)
    return {subject: (round(spend * 10**9), tokens) for subject, (spend, tokens) in sums.items()}


def only(reading: DayReading) -> UsageRecord:
    (record,) = reading.records
    return record


# What a real proxy said


def exported(day: str) -> dict[tuple[str, str], tuple[int, int, int, int, int]]:
    """What the proxy's own export says of users and models: nano-dollars, then tokens; what nobody used is left out."""
    found = {}
    for said in parse_json((PAYLOADS / "export_1.106.json").read_bytes()):
        counts = [
            said[f"{name}_tokens"] for name in ("prompt", "completion", "cache_read_input", "cache_creation_input")
        ]
        if said["date"] == day and any(counts):
            found[said["entity_id"], said["model"]] = (round(Fraction(said["spend"]) * 10**9), *counts)
    return found


def as_exported(reading: DayReading) -> dict[tuple[str, str], tuple[int, int, int, int, int]]:
    ids = {ALICE: "alice", BOB: "bob", CAROL: "carol"}
    found: dict[tuple[str, str], tuple[int, int, int, int, int]] = {}
    for one in reading.records:
        key = (ids.get(one.consumer, ""), f"{one.provider}/{one.model}")
        assert key not in found
        found[key] = (
            one.cost_nanos,
            one.tokens.prompt_tokens,
            one.tokens.output_tokens,
            one.tokens.cache_read_input_tokens,
            one.tokens.cache_creation_input_tokens,
        )
    return found


def test_the_captured_pages_say_what_the_proxys_own_export_says_row_for_row() -> None:
    days = [DAY - timedelta(days=n) for n in range(3)]
    with closing(opened(captured("activity_1.106.json"))) as reader:
        reader.expect(days)
        readings = [reader.read_day(day, NOW) for day in days]
    for day, reading in zip(days, readings, strict=True):
        assert as_exported(reading) == exported(day.isoformat())
        assert len(reading.records) == 8
    assert sum(one.cost_nanos for reading in readings for one in reading.records) == 2_674_889_550


def test_two_pages_of_a_day_add_up_to_what_one_page_says_of_the_same_rows() -> None:
    def added(*names: str) -> Day:
        found = Day()
        for name in names:
            for result in parse_json((PAYLOADS / name).read_bytes())["results"]:
                if result["date"] == DAY.isoformat():
                    found.add(result)
        return found

    whole = added("activity_1.106.json").whole()
    cut = added("activity_1.106_page_1.json", "activity_1.106_page_2.json").whole()
    moved = added("activity_1.106_page_2.json", "activity_1.106_page_1.json").whole()
    assert len(cut) == 8
    assert cut == {cell: whole[cell] for cell in cut} == moved


@pytest.mark.parametrize("version", ["1.77", "1.87", "1.93", "1.109"])
def test_every_version_says_the_same_in_its_own_way(version: str) -> None:
    reading = read(captured(f"activity_{version}.json", "aggregated_1.106.json"))
    assert as_exported(reading) == exported(DAY.isoformat())
    assert {one.consumer.external_id for one in reading.records} == {
        "alice@example.com",
        "bob@example.com",
        "litellm:carol",
        "ci-shared",
        "orphan-key",
    }
    assert reading.quarantined == 0


@pytest.mark.parametrize("version", ["1.66", "1.72"])
def test_a_version_that_cannot_say_who_used_what_is_named_as_too_old(version: str) -> None:
    with pytest.raises(SourceChanged, match=r"1\.77 or newer"):
        read(captured(f"activity_{version}.json"))


def test_a_day_without_use_is_empty() -> None:
    assert read(captured("empty_1.106.json", "empty_1.106.json")).records == ()


@pytest.mark.parametrize(("name", "said"), payload("errors.json").items())
def test_every_error_of_a_real_proxy_is_told_by_what_to_do_and_not_quoted(name: str, said: Any) -> None:
    with pytest.raises(SourceError) as caught:
        read(lambda _: httpx.Response(said["status"], json=said["body"]))
    expected = {401: SourceRejected, 403: SourceRejected, 500: SourceUnavailable}
    assert type(caught.value) is expected.get(said["status"], type(caught.value))
    assert isinstance(caught.value, SourceRejected | SourceUnavailable | SourceChanged)
    assert not any(word in str(caught.value) for word in ("2ab06cfa", "Hash", "db.example.com", "Authentication"))


# Whose it was, and of which model


def test_a_row_is_list_cost_of_the_gateway_paid_by_the_token() -> None:
    record = only(read(Proxy([row()])))
    assert (record.biller, record.plan, record.cost_metric) == (Biller.GATEWAY, Plan.PAY_PER_TOKEN, CostMetric.LIST)
    assert (record.cost_nanos, record.list_cost_nanos, record.tokens) == (10**9, None, SOME)


@pytest.mark.parametrize(
    ("used", "who"),
    [
        (row("alice", email="Alice@Example.COM "), ALICE),
        (row("carol", email=None), CAROL),
        (row("carol", email="not an address"), CAROL),
        (row(None, key="f113add8b562a0", key_alias="ci-shared"), CI),
        (row(None, key="f113add8b562a0e02"), Consumer(ConsumerKind.API_KEY, "f113add8b562a0e02")),
        (row(None, key="f113add8b562a0e02", key_alias=None), Consumer(ConsumerKind.API_KEY, "f113add8b562")),
        (row(None, key="", key_alias=None), Consumer(ConsumerKind.OTHER, "litellm:unassigned")),
        (row("Unassigned", key="f113add8b562a0", key_alias="ci-shared", email=None), CI),
    ],
)
def test_use_is_a_persons_by_address_else_a_users_by_id_else_a_keys_by_alias(used: GatewayRow, who: Consumer) -> None:
    assert only(read(Proxy([used]))).consumer == who


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("bedrock", "us.anthropic.claude-opus-4-6-v1"),
        ("bedrock", "converse/us.anthropic.claude-opus-4-6-v1"),
        ("vertex_ai", "claude-haiku-4-5@20251001"),
    ],
)
def test_the_provider_is_kept_beside_the_biller_and_the_model_as_it_is(provider: str, model: str) -> None:
    record = only(read(Proxy([row(provider=provider, model=model)])))
    assert (record.biller, record.provider, record.model) == (Biller.GATEWAY, provider, model)


def test_two_keys_of_a_person_are_one_person() -> None:
    record = only(read(Proxy([row(key="laptop", nanos=1), row(key="desktop", nanos=2)])))
    assert (record.consumer, record.cost_nanos, record.tokens) == (ALICE, 3, SOME + SOME)


def older(path: str, body: Any, _: int) -> Any:
    """Take away what the activity said of addresses and aliases."""
    if path == ACTIVITY:
        for result in body["results"]:
            for entry in result["breakdown"]["entities"].values():
                entry["metadata"] = {}
            for entry in result["breakdown"]["api_keys"].values():
                entry["metadata"] = {}
    return body


def test_addresses_come_from_the_list_of_users_where_the_activity_names_none() -> None:
    proxy = Proxy([row("alice"), row("bob", model="haiku"), row("carol")])
    proxy.spoil, proxy.users = older, {"alice": "ALICE@example.com", "carol": None}
    assert [one.consumer for one in read(proxy).records] == [
        Consumer(ConsumerKind.OTHER, "litellm:bob"),
        CAROL,
        ALICE,
    ]


def test_lists_are_asked_once_a_run_and_only_where_they_are_needed() -> None:
    days = [DAY - timedelta(days=n) for n in range(3)]
    rows = [one for day in days for one in (row("carol", email=None, day=day), row(None, key="ci", day=day))]
    old, new, owned, nameless = Proxy(rows), Proxy(rows), Proxy(rows[::2]), Proxy([row(None, key="", key_alias=None)])
    for proxy in (old, owned, nameless):
        proxy.spoil = older
    for proxy in (old, new, owned, nameless):
        with closing(opened(proxy)) as reader:
            for day in days:
                reader.read_day(day, NOW)
    assert (old.asked(USERS), old.asked(KEYS)) == (2, 1)  # the first one proves the role
    assert (new.asked(USERS), new.asked(KEYS)) == (1, 0)
    assert (owned.asked(USERS), owned.asked(KEYS)) == (2, 0)
    assert (nameless.asked(USERS), nameless.asked(KEYS)) == (1, 0)


def test_a_list_is_read_to_its_last_page() -> None:
    proxy = Proxy([row("alice")])

    def paged(path: str, body: Any, nth: int) -> Any:
        if path != USERS:
            return older(path, body, nth)
        number = proxy.seen[-1].url.params["page"]
        users = [{"user_id": "alice", "user_email": "alice@example.com"}] if number == "3" else [7, {"user_id": None}]
        return {"users": users, "total_pages": 3}

    proxy.spoil = paged
    assert only(read(proxy)).consumer == ALICE


@pytest.mark.parametrize("body", [[], {}, {"users": 7, "total_pages": 1}, {"users": [], "total_pages": "1"}])
def test_a_list_of_another_shape_is_no_list_of_nobody(body: Any) -> None:
    proxy = Proxy([row("alice")])
    proxy.spoil = lambda path, said, nth: body if path == USERS else older(path, said, nth)
    with pytest.raises(SourceChanged, match="/user/list"):
        read(proxy)


def test_what_one_place_knows_of_an_address_no_other_place_takes_away() -> None:
    proxy = Proxy([row("alice"), row("bob", email=None), row("carol", email=None)])
    proxy.users = {"alice": None, "bob": "bob@example.com"}

    def halved(path: str, body: Any, _: int) -> Any:
        for result in body["results"] if path == ACTIVITY else ():
            result["breakdown"]["api_keys"]["alice-key"]["metadata"]["user_email"] = None
            result["breakdown"]["api_keys"]["carol-key"]["metadata"] = {}
            result["breakdown"]["entities"]["carol"]["metadata"] = {}
        return body

    proxy.spoil = halved
    assert [one.consumer for one in read(proxy).records] == [CAROL, ALICE, BOB]


def test_a_key_that_does_not_open_the_list_of_keys_leaves_them_by_their_hash() -> None:
    proxy = Proxy([row(None, key="f113add8b562a0e02")])
    proxy.spoil = older
    assert only(read(proxy)).consumer.external_id == "f113add8b562a0e02 listed"
    proxy.spoil = lambda path, body, nth: httpx.Response(403) if path == KEYS else older(path, body, nth)
    assert only(read(proxy)).consumer.external_id == "f113add8b562"
    proxy.spoil = lambda path, body, nth: httpx.Response(500) if path == KEYS else older(path, body, nth)
    with pytest.raises(SourceUnavailable):
        read(proxy)


# One key, several users


SHARED = [
    row("alice", key="shared", nanos=1),
    row("bob", key="shared", nanos=2),
    row("bob", key="shared", nanos=4, model="haiku"),
    row(None, key="shared", nanos=8),
]


def test_a_key_that_several_used_is_split_by_asking_for_each_and_the_rest_is_the_keys() -> None:
    proxy = Proxy([*SHARED, row("carol", email="carol@example.com", nanos=16)])
    assert told(read(proxy)) == truth(proxy.rows)
    assert [request.url.params["user_id"] for request in proxy.seen if "user_id" in request.url.params] == [
        "alice",
        "bob",
    ]


@pytest.mark.parametrize("page_rows", [1, 2, 1000])
def test_an_early_version_that_cannot_be_asked_for_a_user_leaves_a_shared_key_its_use(page_rows: int) -> None:
    proxy = Proxy(
        [*SHARED, row("carol", email="carol@example.com", nanos=16)], has_user_filter=False, page_rows=page_rows
    )
    of_key = [replace(one, user_id=None, email=None) for one in SHARED]
    assert told(read(proxy)) == truth([*of_key, proxy.rows[-1]])


@pytest.mark.parametrize(("users", "asked"), [(50, 50), (51, 0)])
def test_a_key_that_is_everybodys_is_not_split_a_user_at_a_time(users: int, asked: int) -> None:
    proxy = Proxy([row(f"user{n}", key="everybodys") for n in range(users)])
    reading = read(proxy)
    assert len(reading.records) == max(asked, 1)
    assert sum(one.cost_nanos for one in reading.records) == users * 10**9
    assert sum("user_id" in request.url.params for request in proxy.seen) == asked


def test_a_shared_key_that_is_used_while_its_users_are_asked_for_is_no_reading() -> None:
    proxy = Proxy(SHARED)

    def grow(path: str, body: Any, nth: int) -> Any:
        if path == ACTIVITY and nth == 1:
            proxy.rows = [*proxy.rows, row("bob", key="shared", nanos=9 * 10**9)]
        return body

    proxy.spoil = lambda path, body, nth: httpx.Response(404) if path == SUMS else grow(path, body, nth)
    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        read(proxy)


def test_what_was_left_of_money_by_binary_sums_is_no_price() -> None:
    tenths = [row(user, key="shared", nanos=n * 10**8) for n, user in ((1, "alice"), (2, "bob"))]
    proxy = Proxy([*tenths, row(None, key="shared", nanos=0)])
    assert shapes.results(proxy.rows)[0]["metrics"]["spend"] > 0.3
    free = [one for one in read(proxy).records if one.consumer.kind is ConsumerKind.API_KEY]
    assert [(one.cost_nanos, one.unpriced_tokens) for one in free] == [(0, 17)]


def test_what_is_taken_from_itself_leaves_nothing_however_many_digits_it_has() -> None:
    whole = Metrics(spend=Decimal("0.1234567890123456789012345678901234567890"), prompt=3)
    assert whole - whole == Metrics()


@pytest.mark.parametrize(
    ("owner", "who"),
    [("alice", ALICE), ("Unassigned", CI), ("", CI), (None, CI)],
)
def test_where_nothing_says_who_used_a_key_it_is_its_owners_of_today(owner: str | None, who: Consumer) -> None:
    proxy = Proxy([row("alice", key="ci-shared")])

    def without_users(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            body["results"][0]["breakdown"]["entities"] = {}
            body["results"][0]["breakdown"]["api_keys"]["ci-shared"]["metadata"]["user_id"] = owner
        return body

    proxy.spoil = without_users
    assert only(read(proxy)).consumer == who


# Prices that nobody knew


@pytest.mark.parametrize(
    ("nanos", "succeeded", "failed", "unpriced"),
    [(0, 1, 0, 17), (0, 1, 1, 17), (0, 0, 0, 17), (0, 0, 1, 0), (1, 1, 0, 0)],
)
def test_tokens_without_a_price_are_unpriced_unless_they_are_a_guess_of_what_was_never_served(
    nanos: int, succeeded: int, failed: int, unpriced: int
) -> None:
    record = only(read(Proxy([row(nanos=nanos, succeeded=succeeded, failed=failed)])))
    assert (record.cost_nanos, record.tokens, record.unpriced_tokens) == (nanos, SOME, unpriced)


def test_a_refused_request_without_tokens_is_no_use() -> None:
    assert read(Proxy([row(nanos=0, tokens=Tokens(), succeeded=0, failed=3)])).records == ()


def test_the_captured_model_without_a_price_is_unpriced() -> None:
    records = read(captured("activity_1.109.json", "aggregated_1.106.json")).records
    assert [(one.consumer, one.model, one.unpriced_tokens) for one in records if one.unpriced_tokens] == [
        (CAROL, "in-house-llm", 30)
    ]


# However the pages are cut


COUNTS = st.integers(0, 10**9)
ROWS = st.lists(
    st.builds(
        row,
        user=st.sampled_from(["alice", "bob", None]),
        model=st.sampled_from(["opus", "sonnet", "haiku"]),
        nanos=st.integers(1, 10**14),
        key=st.sampled_from(["one", "two"]),
        tokens=st.builds(
            Tokens,
            uncached_input_tokens=COUNTS,
            output_tokens=COUNTS,
            cache_read_input_tokens=COUNTS,
            cache_creation_input_tokens=COUNTS,
        ),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data(), page_rows=st.integers(1, 13))
def test_the_order_of_rows_and_the_size_of_pages_change_nothing(
    rows: list[GatewayRow], data: st.DataObject, page_rows: int
) -> None:
    reading = read(Proxy(rows))
    assert told(reading) == truth(rows)
    assert read(Proxy(data.draw(st.permutations(rows)), page_rows=page_rows)) == reading
    assert sum(one.cost_nanos for one in reading.records) == sum(Fraction(one.spend) * 10**9 for one in rows)


def test_no_request_names_a_time_zone_and_pages_are_as_large_as_may_be() -> None:
    proxy = Proxy([row(), row("bob")], page_rows=1)
    read(proxy)
    asked = [dict(request.url.params) for request in proxy.seen if request.url.path == f"/llm{ACTIVITY}"]
    day = {"start_date": "2026-11-22", "end_date": "2026-11-22", "page_size": "1000"}
    assert asked == [{**day, "page": "1"}, {**day, "page": "2"}]
    (sums,) = [dict(request.url.params) for request in proxy.seen if request.url.path == f"/llm{SUMS}"]
    assert sums == {"start_date": "2026-11-22", "end_date": "2026-11-22", "api_key_limit": "1"}
    assert {request.headers["authorization"] for request in proxy.seen} == {f"Bearer {KEY}"}


# Several days at once


def month(rows_a_day: int = 2) -> list[GatewayRow]:
    return [
        row(day=DAY - timedelta(days=n), key=f"key{k}", nanos=10**9 + n) for n in range(40) for k in range(rows_a_day)
    ]


def test_days_that_stand_on_one_page_take_one_question_and_one_comparison() -> None:
    proxy = Proxy(month())
    days = [DAY - timedelta(days=n) for n in range(31)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        found = [reader.read_day(day, NOW) for day in days]
    assert [told(one) for one in found] == [told(read(Proxy(month()), day)) for day in days]
    assert proxy.paths() == {USERS: 1, ACTIVITY: 1, SUMS: 1}


def test_days_that_do_not_stand_on_one_page_are_asked_for_in_shorter_runs() -> None:
    proxy = Proxy(month(), page_rows=10)
    days = [DAY - timedelta(days=n) for n in range(30)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        found = [reader.read_day(day, NOW) for day in days]
    assert [told(one) for one in found] == [told(read(Proxy(month()), day)) for day in days]
    assert proxy.asked(ACTIVITY) < len(days)
    ranges = [request.url.params for request in proxy.seen if request.url.path == f"/llm{ACTIVITY}"]
    assert {asked["page"] for asked in ranges if "page" in asked} == {"1"}


@pytest.mark.parametrize("said", [None, 0, 1, "many"])
def test_a_page_that_is_not_the_last_is_no_whole_run_whatever_it_says_of_their_number(said: Any) -> None:
    proxy = Proxy(month(), page_rows=3)

    def miscounted(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            body["metadata"]["total_pages"] = said
        return httpx.Response(404) if path == SUMS else body

    proxy.spoil = miscounted
    days = [DAY - timedelta(days=n) for n in range(4)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        for day in days:
            assert told(reader.read_day(day, NOW)) == truth(one for one in proxy.rows if one.day == day)


@pytest.mark.parametrize(("gap", "questions"), [(0, 1), (1, 2)])
def test_only_days_without_a_gap_between_them_are_read_together(gap: int, questions: int) -> None:
    proxy = Proxy(month())
    days = [DAY, DAY - timedelta(days=1 + gap)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        for day in days:
            reader.read_day(day, NOW)
    assert proxy.asked(ACTIVITY) == questions


def test_a_day_of_a_run_that_does_not_agree_or_has_a_shared_key_is_read_alone() -> None:
    odd = DAY - timedelta(days=1)
    rows = [one for one in month(1) if one.day != DAY - timedelta(days=2)]
    rows += [replace(one, day=DAY - timedelta(days=2)) for one in SHARED]
    proxy = Proxy(rows)

    def once(path: str, body: Any, nth: int) -> Any:
        if path == SUMS and nth == 1:
            body["results"] = [result for result in body["results"] if result["date"] != odd.isoformat()]
        return body

    proxy.spoil = once
    days = [DAY - timedelta(days=n) for n in range(4)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        for day in days:
            assert told(reader.read_day(day, NOW)) == truth(one for one in rows if one.day == day)
    alone = [
        request.url.params["start_date"]
        for request in proxy.seen
        if "page" in request.url.params and "activity" in request.url.path
    ]
    assert sorted(set(alone)) == ["2026-11-20", "2026-11-21"]


@pytest.mark.parametrize("of_an_amount", [True, False])
def test_a_day_that_cannot_be_read_costs_the_other_days_of_its_run_nothing(of_an_amount: bool) -> None:
    proxy = Proxy(month(1))
    odd = (DAY - timedelta(days=1)).isoformat()

    def broken(path: str, body: Any, _: int) -> Any:
        for result in body["results"] if path == ACTIVITY else ():
            if result["date"] == odd and of_an_amount:
                result["breakdown"]["models"]["anthropic/opus"]["api_key_breakdown"]["key0"]["metrics"]["spend"] = "1"
            elif result["date"] == odd:
                result["metrics"] = None
        return body

    proxy.spoil = broken
    days = [DAY - timedelta(days=n) for n in range(3)]
    with closing(opened(proxy)) as reader:
        reader.expect(days)
        assert told(reader.read_day(days[0], NOW)) == truth(proxy.rows[:1])
        with pytest.raises(SourceChanged):
            reader.read_day(days[1], NOW)
        assert told(reader.read_day(days[2], NOW)) == truth(proxy.rows[2:3])


# Held against the proxy's own sums


def differing(by_usd: float = 0.0, tokens: int = 0, times: int = 9) -> Callable[[str, Any, int], Any]:
    """Let the proxy's own sums differ the first so many times."""

    def spoil(path: str, body: Any, nth: int) -> Any:
        if path == SUMS and nth <= times:
            said = body["results"][0]["metrics"]
            said["spend"] += by_usd
            said["prompt_tokens"] += tokens
        return body

    return spoil


@pytest.mark.parametrize(
    ("by_usd", "tokens", "agree"),
    [(1e-6, 0, True), (-1e-6, 0, True), (1.001e-6, 0, False), (-1.001e-6, 0, False), (0.0, 1, False), (0.0, -1, False)],
)
def test_a_difference_of_a_millionth_dollar_is_noise_and_more_or_a_token_is_not(
    by_usd: float, tokens: int, agree: bool
) -> None:
    proxy = Proxy([row(nanos=0)])
    proxy.spoil = differing(by_usd, tokens)
    if agree:
        assert read(proxy).records
    else:
        with pytest.raises(SourceUnavailable, match="do not add up"):
            read(proxy)
        assert (proxy.asked(ACTIVITY), proxy.asked(SUMS)) == (2, 2)


@pytest.mark.parametrize(("by_usd", "agree"), [(0.0009, True), (0.0011, False)])
def test_the_noise_of_a_large_sum_is_larger(by_usd: float, agree: bool) -> None:
    proxy = Proxy([row(nanos=10**15)])
    proxy.spoil = differing(by_usd)
    if agree:
        assert only(read(proxy)).cost_nanos == 10**15
    else:
        with pytest.raises(SourceUnavailable):
            read(proxy)


def test_a_difference_that_is_gone_the_second_time_is_not_noticed() -> None:
    proxy = Proxy([row()])
    proxy.spoil = differing(1.0, times=1)
    assert told(read(proxy)) == truth(proxy.rows)


@pytest.mark.parametrize("now", [datetime(2026, 11, 22, 12, 0, tzinfo=UTC), NOW])
def test_a_page_that_comes_twice_is_never_counted_twice(now: datetime) -> None:
    proxy = Proxy([row(), row("bob")])
    doubled = [*proxy.rows, proxy.rows[0]]

    def twice(path: str, body: Any, _: int) -> Any:
        return {"results": shapes.results(doubled), "metadata": {"has_more": False}} if path == ACTIVITY else body

    proxy.spoil = twice
    with pytest.raises(SourceUnavailable):
        read(proxy, now=now)


@pytest.mark.parametrize(("now", "is_read"), [(datetime(2026, 11, 22, 23, 59, tzinfo=UTC), True), (NOW, False)])
def test_rows_that_come_while_a_day_in_progress_is_read_do_no_harm(now: datetime, is_read: bool) -> None:
    proxy = Proxy([row()])

    def busy(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            proxy.rows = [*proxy.rows, row(f"user{len(proxy.rows)}")]
        return body

    proxy.spoil = busy
    if is_read:
        assert len(read(proxy, now=now).records) == 2
    else:
        with pytest.raises(SourceUnavailable):
            read(proxy, now=now)


def test_a_day_in_progress_whose_pages_lack_what_was_said_before_is_no_reading() -> None:
    proxy = Proxy([row(), row("bob")])

    def shrinking(path: str, body: Any, nth: int) -> Any:
        return {"results": shapes.results([row()]), "metadata": {"has_more": False}} if path == ACTIVITY else body

    proxy.spoil = shrinking
    with pytest.raises(SourceUnavailable):
        read(proxy, now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize("status", [403, 404])
def test_a_proxy_that_gives_no_sums_is_asked_for_them_once_and_believed(status: int) -> None:
    proxy = Proxy([row(), row("bob", day=DAY - timedelta(days=1))])
    proxy.spoil = lambda path, body, _: httpx.Response(status) if path == SUMS else body
    with closing(opened(proxy)) as reader:
        assert told(reader.read_day(DAY, NOW)) == truth(proxy.rows[:1])
        assert told(reader.read_day(DAY - timedelta(days=1), NOW)) == truth(proxy.rows[1:])
    assert proxy.asked(SUMS) == 1


def test_sums_that_fail_cost_the_day_rather_than_the_check() -> None:
    proxy = Proxy([row()])
    proxy.spoil = lambda path, body, _: httpx.Response(500) if path == SUMS else body
    with pytest.raises(SourceUnavailable):
        read(proxy)


# What cannot be read


def spoilt_model(**changes: Any) -> Callable[[str, Any, int], Any]:
    """Change the metrics of the first model's first key, and of nothing else."""

    def spoil(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            model = next(iter(body["results"][0]["breakdown"]["models"].values()))
            cell = next(iter(model["api_key_breakdown"].values()))
            cell["metrics"] = {**cell["metrics"], **changes}
        return body

    return spoil


@pytest.mark.parametrize(
    "changes",
    [
        {"spend": None},
        {"spend": "1"},
        {"spend": True},
        {"spend": 1e300},
        {"prompt_tokens": 1.5},
        {"prompt_tokens": -1},
        {"prompt_tokens": None},
        {"completion_tokens": 10**16},
        {"cache_read_input_tokens": "3"},
        {"successful_requests": []},
    ],
)
def test_a_cell_that_is_no_number_is_put_aside_and_costs_nobody_else_anything(changes: dict[str, Any]) -> None:
    proxy = Proxy([row("dora"), row("alice"), row("bob")])
    proxy.spoil = spoilt_model(**changes)
    reading = read(proxy)
    assert told(reading) == truth(proxy.rows[1:])
    assert reading.quarantined == 1


def test_a_cell_that_one_page_spoils_is_put_aside_whole() -> None:
    proxy = Proxy([row("dora"), row("alice"), row("dora")], page_rows=1)
    spoil = spoilt_model(spend="1")
    proxy.spoil = lambda path, body, nth: spoil(path, body, nth) if proxy.asked(ACTIVITY) == 1 else body
    reading = read(proxy)
    assert (told(reading), reading.quarantined) == (truth([row("alice")]), 1)


def test_a_model_that_nobody_used_needs_no_keys() -> None:
    proxy = Proxy([row("alice"), row("bob", model="idle", nanos=0, tokens=Tokens(), succeeded=0, failed=1)])

    def without_keys(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            del body["results"][0]["breakdown"]["models"]["anthropic/idle"]["api_key_breakdown"]
        return body

    proxy.spoil = without_keys
    assert told(read(proxy)) == truth([row("alice")])


@pytest.mark.parametrize(
    "bad",
    [
        row("dora", nanos=-1),
        row("dora", nanos=-(10**9)),
        row("dora", tokens=replace(SOME, uncached_input_tokens=-1)),
    ],
)
def test_a_row_that_contradicts_itself_is_put_aside_and_costs_nobody_else_anything(bad: GatewayRow) -> None:
    reading = read(Proxy([row("alice"), bad, row("bob")]))
    assert told(reading) == truth([row("alice"), row("bob")])
    assert reading.quarantined == 1


def test_a_day_of_which_nothing_is_understood_is_no_empty_day() -> None:
    with pytest.raises(SourceChanged, match="none of 2 rows"):
        read(Proxy([row(nanos=-1), row("bob", nanos=-1)]))


def test_what_a_key_used_of_no_model_is_counted_and_named_unknown() -> None:
    proxy = Proxy([row(nanos=5 * 10**9), row("bob", model="tool", nanos=3 * 10**9)])

    def without_tool(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            del body["results"][0]["breakdown"]["models"]["anthropic/tool"]
        return body

    proxy.spoil = without_tool
    assert told(read(proxy)) == {
        (ALICE, "anthropic/opus"): (5 * 10**9, SOME),
        (BOB, "/unknown"): (3 * 10**9, SOME),
    }


@pytest.mark.parametrize("part", ["models", "api_keys"])
def test_parts_that_do_not_add_up_to_the_day_are_no_reading(part: str) -> None:
    proxy = Proxy([row(), row("bob")])

    def richer(path: str, body: Any, _: int) -> Any:
        if path == ACTIVITY:
            breakdown = body["results"][0]["breakdown"]
            entry = breakdown[part]["anthropic/opus"]["api_key_breakdown"] if part == "models" else breakdown[part]
            entry["bob-key"]["metrics"]["spend"] += 0.5
        return body

    proxy.spoil = richer
    with pytest.raises(SourceChanged, match="does not add up"):
        read(proxy)


@pytest.mark.parametrize(
    "big", [{"nanos": 5 * 10**18}, {"tokens": Tokens(output_tokens=6 * 10**14)}, {"nanos": 10**30}]
)
@pytest.mark.parametrize("has_sums", [True, False])
def test_sums_that_no_column_holds_are_no_reading(big: dict[str, Any], has_sums: bool) -> None:
    proxy = Proxy([row("alice", **big), row("bob", **big)], page_rows=1)
    proxy.spoil = lambda path, body, _: httpx.Response(404) if path == SUMS and not has_sums else body
    with pytest.raises(SourceChanged, match=r"too large|believable"):
        read(proxy)


@pytest.mark.parametrize("name", ["spend", "prompt_tokens", "failed_requests"])
@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999"), 10**60])
def test_an_absurd_number_is_refused_as_a_value(name: str, value: Decimal | int) -> None:
    good = {"spend": 1, "prompt_tokens": 1, "completion_tokens": 1, "failed_requests": 0}
    assert metrics(good).spend == 1
    with pytest.raises(ValueError, match=r"no number|amount|believable"):
        metrics({**good, name: value})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: {**body, "results": [{**body["results"][0], "date": "2026-11-21"}]},
        lambda body: {**body, "results": [{**body["results"][0], "date": 7}]},
        lambda body: {**body, "results": [{**body["results"][0], "metrics": None}]},
        lambda body: {**body, "results": [{**body["results"][0], "breakdown": []}]},
        lambda body: {**body, "results": [{**body["results"][0], "breakdown": {"models": []}}]},
        lambda body: {**body, "results": None},
        lambda body: {**body, "metadata": None},
        lambda body: {**body, "metadata": {}},
        lambda body: {**body, "metadata": {"has_more": True}},
        lambda _: {"results": [], "metadata": {"has_more": True}},
    ],
    ids=[
        "another day",
        "no day",
        "no sums",
        "no parts",
        "no models",
        "no results",
        "no metadata",
        "no end",
        "endless",
        "empty and endless",
    ],
)
def test_a_page_of_another_shape_is_no_reading(spoil: Callable[[Any], Any]) -> None:
    proxy = Proxy([row()])
    proxy.spoil = lambda path, body, _: spoil(body) if path == ACTIVITY else body
    with pytest.raises(SourceChanged):
        read(proxy)


def test_an_empty_page_that_promises_another_is_believed_once() -> None:
    proxy = Proxy([row()])
    proxy.spoil = lambda path, body, _: (
        {**body, "results": [], "metadata": {"has_more": True}} if path == ACTIVITY else body
    )
    with pytest.raises(SourceChanged, match="no end"):
        read(proxy)
    assert proxy.asked(ACTIVITY) == 1


# Keys


def test_the_key_of_a_user_who_sees_only_their_own_use_is_refused() -> None:
    proxy = Proxy([row()])
    proxy.spoil = lambda path, body, _: httpx.Response(403) if path == USERS else body
    with closing(opened(proxy)) as reader:
        with pytest.raises(SourceRejected, match="proxy_admin_viewer"):
            reader.check()
        with pytest.raises(SourceRejected, match="proxy_admin_viewer"):
            reader.read_day(DAY, NOW)
    assert proxy.asked(ACTIVITY) == 0


def test_a_check_proves_the_role_and_the_route_with_one_question_each_and_names_the_host() -> None:
    proxy = Proxy([row()])
    with closing(opened(proxy)) as reader:
        assert reader.check() == "gateway.example.com"
    assert proxy.paths() == {USERS: 1, ACTIVITY: 1}


@pytest.mark.parametrize("path", [USERS, ACTIVITY])
def test_a_check_fails_at_once_where_either_route_fails(path: str) -> None:
    proxy = Proxy([row()])
    proxy.spoil = lambda asked, body, _: httpx.Response(500) if asked == path else body
    with closing(opened(proxy)) as reader, pytest.raises(SourceUnavailable):
        reader.check()
    assert proxy.asked(path) == 1


@pytest.mark.parametrize(
    ("status", "is_too_powerful"), [(403, False), (200, True), (404, True), (400, True), (422, True)]
)
def test_a_key_that_opens_more_than_its_routes_is_too_powerful(status: int, is_too_powerful: bool) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path))
        return httpx.Response(status, json={"info": {"token": "hash"}})

    with closing(opened(answer)) as reader:
        assert reader.is_too_powerful() is is_too_powerful
    assert seen == [("GET", "/llm/key/info")]


@pytest.mark.parametrize("status", [401, 500])
def test_a_key_that_nobody_can_tell_of_is_neither(status: int) -> None:
    with closing(opened(lambda _: httpx.Response(status))) as reader, pytest.raises(SourceError):
        reader.is_too_powerful()


@pytest.mark.parametrize(
    "lacking", [{"litellm_base_url": "https://gateway.example.com"}, {"litellm_api_key": SecretStr(KEY)}]
)
def test_without_an_address_or_a_key_there_is_no_source(lacking: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="LITELLM"):
        open_reader(Settings.model_construct(**{"litellm_base_url": None, "litellm_api_key": None, **lacking}))


# Days


@pytest.mark.parametrize(("minute", "second", "complete"), [(9, 59, False), (10, 0, True)])
def test_a_day_is_complete_ten_minutes_after_its_midnight(minute: int, second: int, complete: bool) -> None:
    now = datetime(2026, 11, 23, 0, minute, second, tzinfo=UTC)
    reading = read(Proxy([row()]), now=now)
    assert (reading.complete, reading.read_at) == (complete, now)


def test_it_knows_no_first_day_and_tells_no_activity() -> None:
    with closing(opened(Proxy([row()]))) as reader:
        assert reader.first_day() is None
        reading = reader.read_day(DAY, NOW)
    assert (reading.activity, reading.through, reading.gives_way) == ((), None, False)
