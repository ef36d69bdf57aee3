"""The cost analytics: two lists made one, days that are not whole yet, and names that other sources know too."""

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
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
from bot.demo.company import Company
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import ADMIN_KEY, ANALYTICS_KEY, exact_json, usage_app
from bot.demo.serving import serving
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources import anthropic_claude_code
from bot.sources.anthropic_analytics import NAME, AnalyticsReader, open_reader
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, DayReading, Plan, Tokens, UsageRecord
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WATERMARK = "2026-11-22T08:00:00Z"
PAYLOADS = Path(__file__).parent.parent / "payloads" / "anthropic"
COST, USAGE, KEYS, ME = (
    f"/v1/organizations/{path}" for path in ("analytics/cost", "analytics/usage", "api_keys", "me")
)
BOTH_KEYS = Settings(
    anthropic_admin_key=SecretStr("sk-ant-admin01-test"), anthropic_analytics_key=SecretStr("sk-ant-api01-test")
)
ADMIN_ONLY = Settings(anthropic_admin_key=SecretStr("sk-ant-admin01-test"))
ANALYTICS_ONLY = Settings(anthropic_analytics_key=SecretStr("sk-ant-api01-test"))

HARUKA = Consumer(ConsumerKind.PERSON, "haruka@example.com")
CI = Consumer(ConsumerKind.API_KEY, "ci-review-bot")
NOBODY = Consumer(ConsumerKind.OTHER, "unattributed")

Handler = Callable[[httpx.Request], httpx.Response]


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


class Vendor:
    """Answers each path with its bodies in turn, the last one for good; remembers what was asked."""

    def __init__(self, **bodies: Sequence[bytes | httpx.Response]) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = {
            COST: [*bodies.get("cost", [payload("analytics_empty")])],
            USAGE: [*bodies.get("usage", [payload("analytics_empty")])],
            KEYS: [*bodies.get("keys", [payload("api_keys_2026-10-21")])],
            ME: [*bodies.get("me", [payload("organization")])],
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self._answers[request.url.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, content=answer)

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/v1/organizations/") for request in self.asked]


def captured(**others: Sequence[bytes | httpx.Response]) -> Vendor:
    pages = [payload("analytics_cost_page_1"), payload("analytics_cost_page_2")]
    return Vendor(**{"cost": pages, "usage": [payload("analytics_usage")], **others})


def opened(handler: Handler, keys: Settings = BOTH_KEYS) -> AnalyticsReader:
    clock = VirtualTime(NOW)
    return open_reader(
        keys,
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
        clock=lambda: NOW,
    )


def read(handler: Handler, day: date = DAY, now: datetime = NOW, keys: Settings = BOTH_KEYS) -> DayReading:
    with closing(opened(handler, keys)) as reader:
        return reader.read_day(day, now)


def page(*rows: Any, next_page: str | None = None, through: str | None = WATERMARK) -> bytes:
    envelope = {
        "data": list(rows),
        "has_more": next_page is not None,
        "next_page": next_page,
        "data_refreshed_at": through,
    }
    return exact_json(envelope).encode()


def changed(row: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`a__b=value` sets a field inside, `...` takes it away."""
    whole = copy.deepcopy(row)
    for path, value in changes.items():
        *outer, last = path.split("__")
        inside = whole
        for name in outer:
            inside = inside[name]
        if value is ...:
            del inside[last]
        else:
            inside[last] = value
    return whole


def cost_row(**changes: Any) -> dict[str, Any]:
    return changed(json.loads(payload("analytics_cost_page_1"))["data"][0], changes)


def usage_row(**changes: Any) -> dict[str, Any]:
    return changed(json.loads(payload("analytics_usage"))["data"][0], changes)


def of_day(day: date) -> dict[str, Any]:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z"}


GOOD_COST = cost_row(group__actor__email_address="good@example.com")
GOOD_USAGE = usage_row(group__actor__email_address="good@example.com")


# What is asked


def test_both_lists_are_asked_for_whole_days_by_person_and_model_of_claude_code_alone() -> None:
    vendor = captured()
    read(vendor)
    asked = [
        ("starting_at", "2026-11-19T00:00:00Z"),
        ("ending_at", "2026-11-20T00:00:00Z"),
        ("time_bucket_width", "1d"),
        ("group_by[]", "actor"),
        ("group_by[]", "model"),
        ("products[]", "claude_code"),
        ("order_by", "time"),
        ("limit", "1000"),
    ]
    assert [(request.url.path, request.url.params.multi_items()) for request in vendor.asked] == [
        (COST, asked),
        (KEYS, [("limit", "1000")]),
        (COST, [*asked, ("page", "page_ZXhhbXBsZS1jdXJzb3ItMg")]),
        (USAGE, asked),
    ]
    assert {request.method for request in vendor.asked} == {"GET"}


def test_the_beta_and_the_version_are_named_and_the_weaker_key_is_preferred() -> None:
    vendor = captured()
    read(vendor)
    for request in vendor.asked:
        wanted = "sk-ant-admin01-test" if request.url.path == KEYS else "sk-ant-api01-test"
        assert request.headers["x-api-key"] == wanted
        assert request.headers["anthropic-version"] == "2026-10-21"
        beta = None if request.url.path == KEYS else "analytics-usage-cost-2026-08-24"
        assert request.headers.get("anthropic-beta") == beta


def test_the_admin_key_opens_it_where_there_is_no_other() -> None:
    vendor = captured()
    read(vendor, keys=ADMIN_ONLY)
    assert {request.headers["x-api-key"] for request in vendor.asked} == {"sk-ant-admin01-test"}


def test_without_any_key_the_source_does_not_open() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_ANALYTICS_KEY nor ANTHROPIC_ADMIN_KEY"):
        open_reader(Settings())


def test_the_check_asks_for_one_row_and_names_the_organization() -> None:
    vendor = Vendor()
    with closing(opened(vendor)) as reader:
        assert reader.check() == "Hoshino Works"
    assert vendor.paths() == ["analytics/cost", "me"]
    assert vendor.asked[0].url.params.multi_items() == [("starting_at", "2026-11-21T00:00:00Z"), ("limit", "1")]


@pytest.mark.parametrize("me", [httpx.Response(403), httpx.Response(500), b"{}", b"[]", b'{"name":" "}', b'{"name":7}'])
def test_an_organization_whose_name_the_key_does_not_open_is_no_failure(me: bytes | httpx.Response) -> None:
    with closing(opened(Vendor(me=[me]))) as reader:
        assert reader.check() == "an organization without a name"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, SourceRejected), (403, SourceAbsent), (404, SourceAbsent), (500, SourceUnavailable)]
)
def test_a_check_that_fails_says_what_a_reading_would(status: int, kind: type[SourceError]) -> None:
    vendor = Vendor(cost=[httpx.Response(status)])
    with closing(opened(vendor)) as reader, pytest.raises(kind):
        reader.check()
    assert len(vendor.asked) == 1


# What is read


def test_the_captured_day_is_read_to_the_last_digit() -> None:
    reading = read(captured())
    assert (reading.source, reading.usage_date, reading.read_at, reading.quarantined) == (NAME, DAY, NOW, 0)
    assert (reading.complete, reading.gives_way, reading.activity) == (True, False, ())
    assert reading.through == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    other = ConsumerKind.OTHER
    person = ConsumerKind.PERSON
    found = [
        (one.consumer.kind, one.consumer.external_id, one.model, one.cost_nanos, one.list_cost_nanos)
        for one in reading.records
    ]
    assert found == [
        (ConsumerKind.API_KEY, "apikey_01UnlistedExample00000001", "claude-haiku-5-5", 20_000_000, 20_000_000),
        (ConsumerKind.API_KEY, "ci-review-bot", "claude-haiku-5-5", 108_000_000, 120_000_000),
        (other, "federated_actor:github/repo:hoshino/works", "claude-sonnet-5-5", 82_500_000, 82_500_000),
        (other, "orbital_actor:orb_01Example", "claude-sonnet-5-5", 11_250_000, 11_250_000),
        (other, "service_account_actor:svac_01Example00000000000001", "claude-zephyr-6", 70_000_000, 70_000_000),
        (other, "unattributed", "unknown", 35_000_000, 35_000_000),
        (other, "user_01GoneExample00000000001", "claude-sonnet-5-5", 5_000_005, 5_000_005),
        (person, "haruka@example.com", "claude-opus-5-5", 20_048_580_000, 22_276_200_000),
        (person, "haruka@example.com", "claude-sonnet-5-5", 3_387_600_000, 3_764_000_000),
        (person, "haruka@example.com", "claude-zephyr-6", 0, None),
        (person, "yves@example.com", "claude-sonnet-5-5", 10_000_000, 10_000_000),
    ]
    assert {(one.biller, one.plan, one.cost_metric, one.usage_date) for one in reading.records} == {
        (Biller.ANTHROPIC, Plan.PAY_PER_TOKEN, CostMetric.EFFECTIVE, DAY)
    }


def record_of(reading: DayReading, consumer: Consumer, model: str) -> UsageRecord:
    return next(one for one in reading.records if (one.consumer, one.model) == (consumer, model))


def test_tokens_come_from_the_other_list_and_cache_writes_of_both_kinds_are_one_sum() -> None:
    assert record_of(read(captured()), HARUKA, "claude-opus-5-5").tokens == Tokens(
        uncached_input_tokens=412_300,
        output_tokens=186_400,
        cache_read_input_tokens=31_870_000,
        cache_creation_input_tokens=2_105_000,
    )


def test_tokens_without_money_have_no_price_and_are_not_free() -> None:
    reading = read(captured())
    zephyr = record_of(reading, HARUKA, "claude-zephyr-6")
    assert (zephyr.unpriced_tokens, zephyr.cost_nanos, zephyr.list_cost_nanos) == (5_700, 0, None)
    assert sum(one.unpriced_tokens for one in reading.records) == 5_700


def test_a_price_of_nothing_is_a_price() -> None:
    reading = read(Vendor(cost=[page(cost_row(cost__amount="0.000000"))], usage=[page(usage_row())]))
    assert [(one.cost_nanos, one.unpriced_tokens) for one in reading.records] == [(0, 0)]
    assert reading.records[0].list_cost_nanos == 22_276_200_000


def test_money_without_tokens_is_kept() -> None:
    nobody = record_of(read(captured()), NOBODY, "unknown")
    assert (nobody.tokens, nobody.cost_nanos) == (Tokens(), 35_000_000)


def test_who_used_nothing_and_owes_nothing_was_not_seen() -> None:
    usage: dict[str, Any] = {
        "usage__uncached_input_tokens": 0,
        "usage__output_tokens": 0,
        "usage__cache_read_input_tokens": 0,
    }
    usage |= {"usage__cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}
    free = cost_row(cost__amount="0", cost__list_amount="0.000")
    assert read(Vendor(cost=[page(free)], usage=[page(usage_row(**usage))])).records == ()
    assert read(Vendor(usage=[page(usage_row(**usage))])).records == ()
    assert len(read(Vendor(cost=[page(cost_row(cost__amount="0", cost__list_amount="1"))])).records) == 1


def test_a_hundred_cents_are_one_dollar_and_not_a_hundred() -> None:
    reading = read(Vendor(cost=[page(cost_row(cost__amount="100", cost__list_amount="1e2"))]))
    assert [(one.cost_nanos, one.list_cost_nanos) for one in reading.records] == [(1_000_000_000, 1_000_000_000)]


@pytest.mark.parametrize(
    ("cents", "nanos"),
    [
        ("0.00000005", 0),
        ("0.00000015", 2),
        ("0.000000050000001", 1),
        ("1E-7", 1),
        ("123456789.123456789", 1_234_567_891_234_568),
    ],
)
def test_an_amount_is_rounded_once_and_half_to_even(cents: str, nanos: int) -> None:
    reading = read(Vendor(cost=[page(cost_row(cost__amount=cents))]))
    assert [one.cost_nanos for one in reading.records] == [nanos]


@pytest.mark.parametrize("listed", [None, ...])
def test_a_row_without_a_list_price_is_no_row_of_list_price_zero(listed: Any) -> None:
    reading = read(Vendor(cost=[page(cost_row(cost__list_amount=listed))]))
    assert [(one.cost_nanos, one.list_cost_nanos) for one in reading.records] == [(20_048_580_000, None)]


def test_a_list_price_of_a_part_is_none_of_the_whole() -> None:
    part = cost_row(cost__list_amount=None, group__actor__name="Haruka M.")
    for rows in ([cost_row(), part], [part, cost_row()]):
        reading = read(Vendor(cost=[page(*rows)]))
        assert [(one.cost_nanos, one.list_cost_nanos) for one in reading.records] == [(2 * 20_048_580_000, None)]


def test_an_empty_day_is_a_reading_of_nothing() -> None:
    reading = read(Vendor())
    assert (reading.records, reading.complete, reading.quarantined) == ((), True, 0)


def test_the_early_name_of_the_address_field_is_understood() -> None:
    vendor = Vendor(cost=[payload("analytics_cost_2026-08")], usage=[payload("analytics_usage_2026-08")])
    assert [one.consumer for one in read(vendor).records] == [HARUKA]


@pytest.mark.parametrize(
    ("actor", "consumer"),
    [
        ({"type": "user_actor", "user_id": "u", "email_address": " Ada@Example.COM "}, "ada@example.com"),
        ({"type": "user_actor", "user_id": "u", "email_address": None, "email": "Ada@Example.COM"}, "ada@example.com"),
        ({"type": "user_actor", "user_id": "user_1", "email_address": None}, "user_1"),
        ({"type": "user_actor", "user_id": "user_1", "email_address": ""}, "user_1"),
        ({"type": "federated_actor", "provider": "github", "subject": None}, "federated_actor:github"),
        ({"type": "federated_actor", "provider": "github"}, "federated_actor:github"),
        ({"type": "ghost"}, "ghost:"),
        ({"type": "g\0" * 150}, "g\ufffd" * 100),
    ],
)
def test_whoever_used_it_is_kept(actor: dict[str, Any], consumer: str) -> None:
    vendor = Vendor(cost=[page(cost_row(group__actor=actor))], usage=[page(usage_row(group__actor=actor))])
    assert [one.consumer.external_id for one in read(vendor).records] == [consumer]


@pytest.mark.parametrize("model", [None, "", " "])
def test_use_of_no_model_is_kept(model: str | None) -> None:
    assert [one.model for one in read(Vendor(cost=[page(cost_row(group__model=model))])).records] == ["unknown"]


# Names of keys


def test_a_key_is_called_as_claude_code_analytics_calls_it() -> None:
    vendor = captured()
    assert CI in {one.consumer for one in read(vendor).records}
    assert vendor.paths().count("api_keys") == 1


def test_keys_of_one_name_are_one_consumer_as_they_are_there() -> None:
    rows = [cost_row(group__actor={"type": "api_actor", "api_key_id": f"apikey_{n}"}) for n in (1, 2)]
    keys = json.loads(payload("api_keys_2026-10-21"))
    keys["data"] = [{**keys["data"][0], "id": f"apikey_{n}"} for n in (1, 2)]
    reading = read(Vendor(cost=[page(*rows)], keys=[json.dumps(keys).encode()]))
    assert [(one.consumer, one.cost_nanos) for one in reading.records] == [(CI, 2 * 20_048_580_000)]


def test_no_list_of_keys_is_asked_for_while_only_people_use_it() -> None:
    vendor = Vendor(cost=[page(cost_row())], usage=[page(usage_row())])
    read(vendor)
    assert vendor.paths() == ["analytics/cost", "analytics/usage"]


def test_without_an_admin_key_a_key_is_called_by_its_id() -> None:
    vendor = captured()
    ids = {one.consumer.external_id for one in read(vendor, keys=ANALYTICS_ONLY).records}
    assert "apikey_01CiExample0000000000001" in ids
    assert "api_keys" not in vendor.paths()


@pytest.mark.parametrize("status", [403, 404])
def test_where_the_admin_key_lists_no_keys_they_are_called_by_their_ids(status: int) -> None:
    vendor = captured(keys=[httpx.Response(status)])
    assert "apikey_01CiExample0000000000001" in {one.consumer.external_id for one in read(vendor).records}
    assert vendor.paths().count("api_keys") == 1


@pytest.mark.parametrize(("status", "kind"), [(500, SourceUnavailable), (401, SourceRejected)])
def test_while_names_cannot_be_asked_nothing_is_booked_under_ids(status: int, kind: type[SourceError]) -> None:
    with pytest.raises(kind) as caught:
        read(captured(keys=[httpx.Response(status)]))
    assert caught.value.source == NAME


# Watermark


@pytest.mark.parametrize(
    ("through", "whole"),
    [
        ("2026-11-19T23:59:59.999999Z", False),
        ("2026-11-20T00:00:00Z", True),
        ("2026-11-20T09:00:00+09:00", True),
        ("2026-11-19T08:00:00Z", False),
        ("2026-11-18T08:00:00Z", False),
    ],
)
def test_a_day_that_the_watermark_does_not_cover_wholly_gives_way(through: str, whole: bool) -> None:
    reading = read(Vendor(cost=[page(cost_row(), through=through)], usage=[page(usage_row(), through=through)]))
    assert (reading.complete, reading.gives_way) == (whole, not whole)
    assert reading.through == datetime.fromisoformat(through)


def test_the_earliest_watermark_of_all_pages_counts() -> None:
    late, early = "2026-11-20T04:00:00Z", "2026-11-19T20:00:00Z"
    pages = [page(cost_row(), next_page="p2", through=late), page(through=early)]
    assert read(Vendor(cost=pages, usage=[page(through=late)])).through == datetime.fromisoformat(early)
    assert read(Vendor(cost=[page(through=late)], usage=[page(through=early)])).gives_way


@pytest.mark.parametrize("without", ["cost", "usage"])
def test_no_data_yet_is_not_a_day_of_nothing(without: str) -> None:
    with pytest.raises(SourceAbsent, match="no data yet"):
        read(Vendor(**{without: [payload("analytics_no_data")]}))


def test_one_page_without_data_yet_is_enough() -> None:
    pages = [page(cost_row(), next_page="p2"), page(through=None)]
    with pytest.raises(SourceAbsent, match="no data yet"):
        read(Vendor(cost=pages))


@pytest.mark.parametrize("through", ["", "soon", "2026-11-22T08:00:00", 7, "0001-01-01T00:00:00+14:00"])
def test_a_watermark_that_is_no_instant_is_a_changed_contract(through: Any) -> None:
    with pytest.raises(SourceChanged):
        read(Vendor(cost=[page(through=through)]))


def test_an_answer_without_a_watermark_is_a_changed_contract() -> None:
    with pytest.raises(SourceChanged):
        read(Vendor(cost=[b'{"data":[],"has_more":false,"next_page":null}']))


# Several days


def several(days: int) -> Vendor:
    rows = [cost_row(**of_day(DAY - timedelta(days=n)), cost__amount=str(n + 1)) for n in range(days)]
    return Vendor(cost=[page(*rows)])


def test_neighbouring_days_are_read_in_one_walk_and_each_is_its_own() -> None:
    vendor = several(3)
    days = [DAY, DAY - timedelta(days=1), DAY - timedelta(days=2)]
    with closing(opened(vendor)) as reader:
        reader.expect(days)
        readings = [reader.read_day(day, NOW + timedelta(minutes=n)) for n, day in enumerate(days)]
    assert vendor.paths() == ["analytics/cost", "analytics/usage"]
    assert vendor.asked[0].url.params["starting_at"] == "2026-11-17T00:00:00Z"
    assert vendor.asked[0].url.params["ending_at"] == "2026-11-20T00:00:00Z"
    assert [[one.cost_nanos for one in reading.records] for reading in readings] == [
        [10_000_000],
        [20_000_000],
        [30_000_000],
    ]
    assert [reading.usage_date for reading in readings] == days
    assert {reading.read_at for reading in readings} == {NOW}


@pytest.mark.parametrize(("days", "walks"), [(8, 1), (9, 2), (16, 2), (17, 3)])
def test_at_most_eight_days_are_read_at_once(days: int, walks: int) -> None:
    vendor = Vendor()
    expected = [DAY - timedelta(days=n) for n in range(days)]
    with closing(opened(vendor)) as reader:
        reader.expect(expected)
        for day in expected:
            reader.read_day(day, NOW)
    assert vendor.paths().count("analytics/cost") == walks


def test_a_gap_between_expected_days_is_not_read() -> None:
    vendor = several(1)
    with closing(opened(vendor)) as reader:
        reader.expect([DAY, DAY - timedelta(days=2)])
        reader.read_day(DAY, NOW)
    assert vendor.asked[0].url.params["starting_at"] == "2026-11-19T00:00:00Z"


def test_a_day_asked_for_twice_is_read_twice() -> None:
    vendor = Vendor(cost=[page(cost_row()), page(cost_row(cost__amount="1"))])
    with closing(opened(vendor)) as reader:
        first, second = (reader.read_day(DAY, NOW).records[0].cost_nanos for _ in range(2))
    assert (first, second) == (20_048_580_000, 10_000_000)


def test_a_day_asked_for_again_does_not_bring_its_neighbours_again() -> None:
    vendor = several(2)
    with closing(opened(vendor)) as reader:
        reader.expect([DAY, DAY - timedelta(days=1)])
        for day in (DAY, DAY - timedelta(days=1)):
            reader.read_day(day, NOW)
        vendor.asked.clear()
        assert len(reader.read_day(DAY, NOW).records) == 1
    assert {request.url.params["starting_at"] for request in vendor.asked} == {"2026-11-19T00:00:00Z"}


def test_the_first_day_is_the_first_of_2026() -> None:
    with closing(opened(Vendor())) as reader:
        assert reader.first_day() == date(2026, 1, 1)


@pytest.mark.parametrize(("days_back", "is_asked"), [(364, True), (365, False)])
def test_a_day_more_than_a_year_old_is_not_asked_for(days_back: int, is_asked: bool) -> None:
    now = NOW + timedelta(days=300)
    day = now.date() - timedelta(days=days_back)
    vendor = Vendor()
    if is_asked:
        read(vendor, day, now)
    else:
        with pytest.raises(SourceAbsent, match="no day before"):
            read(vendor, day, now)
    assert bool(vendor.asked) is is_asked


def test_a_run_ends_where_the_vendor_refuses_older_days() -> None:
    now = NOW + timedelta(days=300)
    oldest = now.date() - timedelta(days=364)
    vendor = Vendor()
    with closing(opened(vendor)) as reader:
        reader.expect([oldest, oldest - timedelta(days=1)])
        reader.read_day(oldest, now)
    assert vendor.asked[0].url.params["starting_at"] == f"{oldest}T00:00:00Z"


# What is put aside


BAD_OF_EITHER: list[tuple[str, Any]] = [
    ("starting_at", ...),
    ("starting_at", None),
    ("starting_at", "2026-11-19"),
    ("starting_at", "2026-11-19T09:00:00Z"),
    ("starting_at", "2026-11-19T00:00:00-05:00"),
    ("starting_at", "2026-02-30T00:00:00Z"),
    ("starting_at", "2026-11-18T00:00:00Z"),
    ("ending_at", ...),
    ("ending_at", None),
    ("ending_at", "2026-11-20T00:00:00"),
    ("ending_at", "2026-11-19T00:00:00Z"),
    ("ending_at", "2026-11-20T00:00:01Z"),
    ("group", ...),
    ("group", None),
    ("group__actor", ...),
    ("group__actor", "haruka@example.com"),
    ("group__actor__type", ...),
    ("group__actor__type", None),
    ("group__actor", {"type": "user_actor", "email_address": None}),
    ("group__actor", {"type": "user_actor", "email_address": 7}),
    ("group__actor", {"type": "api_actor", "api_key_id": None}),
    ("group__actor", {"type": "federated_actor", "provider": None}),
    ("group__model", ...),
    ("group__model", 5),
    ("group__product", "chat"),
]
BAD_COSTS: list[tuple[str, Any]] = [
    ("cost", ...),
    ("cost", None),
    ("cost__amount", ...),
    ("cost__amount", None),
    ("cost__amount", 2004.858),
    ("cost__amount", 2004),
    ("cost__amount", ""),
    ("cost__amount", " 1"),
    ("cost__amount", "1_000"),
    ("cost__amount", "１"),
    ("cost__amount", "NaN"),
    ("cost__amount", "Infinity"),
    ("cost__amount", "-0.000001"),
    ("cost__amount", "1e400"),
    ("cost__amount", "1E+999999999"),
    ("cost__amount", "9" * 5000),
    ("cost__amount", "900000000001"),
    ("cost__list_amount", "-1"),
    ("cost__list_amount", 3),
    ("cost__list_amount", "free"),
    ("cost__currency", "EUR"),
    ("cost__currency", None),
    ("cost__currency", ...),
]
BAD_USES: list[tuple[str, Any]] = [
    ("usage", ...),
    ("usage", []),
    ("usage__uncached_input_tokens", ...),
    ("usage__uncached_input_tokens", None),
    ("usage__output_tokens", "12"),
    ("usage__output_tokens", True),
    ("usage__cache_read_input_tokens", -1),
    ("usage__cache_read_input_tokens", Decimal("1.5")),
    ("usage__output_tokens", 10**15 + 1),
    ("usage__cache_creation", None),
    ("usage__cache_creation__ephemeral_5m_input_tokens", ...),
    ("usage__cache_creation__ephemeral_1h_input_tokens", None),
]


@pytest.mark.parametrize(("path", "value"), [*BAD_OF_EITHER, *BAD_COSTS])
def test_a_bad_row_of_money_is_counted_and_costs_nobody_else_anything(path: str, value: Any) -> None:
    bad = cost_row(**{path: value})
    reading = read(Vendor(cost=[page(bad, GOOD_COST)], usage=[page(usage_row(), GOOD_USAGE)]))
    assert reading.quarantined == 1
    assert [(one.consumer.external_id, one.cost_nanos, one.unpriced_tokens) for one in reading.records] == [
        ("good@example.com", 20_048_580_000, 0),
        ("haruka@example.com", 0, 34_573_700),  # its tokens are known, and their price is not
    ]


@pytest.mark.parametrize(("path", "value"), [*BAD_OF_EITHER, *BAD_USES])
def test_a_bad_row_of_tokens_takes_no_money_with_it(path: str, value: Any) -> None:
    bad = usage_row(**{path: value})
    reading = read(Vendor(cost=[page(cost_row(), GOOD_COST)], usage=[page(bad, GOOD_USAGE)]))
    assert reading.quarantined == 1
    assert [(one.cost_nanos, one.tokens == Tokens()) for one in reading.records] == [
        (20_048_580_000, False),
        (20_048_580_000, True),
    ]


@pytest.mark.parametrize("row", [None, 7, "row", [], {}])
def test_what_is_no_row_at_all_is_counted(row: Any) -> None:
    reading = read(Vendor(cost=[page(row, GOOD_COST)], usage=[page(GOOD_USAGE)]))
    assert (reading.quarantined, len(reading.records)) == (1, 1)


@pytest.mark.parametrize("half", ["cost", "usage"])
def test_a_day_of_which_one_half_is_not_understood_is_a_changed_contract(half: str) -> None:
    bad = {"cost": cost_row(cost__currency="EUR"), "usage": usage_row(usage__output_tokens=None)}[half]
    bodies = {
        "cost": [page(GOOD_COST)],
        "usage": [page(GOOD_USAGE)],
        half: [page(bad, changed(bad, {"group__actor": None}))],
    }
    with pytest.raises(SourceChanged, match="no row of 2026-11-19 is understood"):
        read(Vendor(**bodies))


def test_rows_of_which_not_even_the_day_is_understood_are_a_changed_contract() -> None:
    with pytest.raises(SourceChanged, match="none of 1 rows"):
        read(Vendor(cost=[page(cost_row(starting_at="today"))]))


def test_a_bad_day_does_not_keep_its_good_neighbours_from_being_read() -> None:
    before = DAY - timedelta(days=1)
    rows = [cost_row(), cost_row(**of_day(before), cost__currency="EUR")]
    with closing(opened(Vendor(cost=[page(*rows)]))) as reader:
        reader.expect([DAY, before])
        assert len(reader.read_day(DAY, NOW).records) == 1
        with pytest.raises(SourceChanged):
            reader.read_day(before, NOW)


def test_a_row_of_an_unknown_day_is_missing_from_any_of_them() -> None:
    before = DAY - timedelta(days=1)
    rows = [cost_row(), cost_row(**of_day(before)), cost_row(starting_at=None)]
    with closing(opened(Vendor(cost=[page(*rows)]))) as reader:
        reader.expect([DAY, before])
        assert [reader.read_day(day, NOW).quarantined for day in (DAY, before)] == [1, 1]


@pytest.mark.parametrize("field", ["cost__amount", "cost__list_amount"])
@pytest.mark.parametrize("same_person", [True, False])
def test_a_day_whose_money_no_column_could_hold_is_refused(field: str, same_person: bool) -> None:
    who = "group__actor__name" if same_person else "group__actor__email_address"
    rows = [cost_row(**{field: "900000000000", who: f"{n}@example.com"}) for n in range(2)]
    assert len(read(Vendor(cost=[page(rows[0])])).records) == 1
    with pytest.raises(SourceChanged, match="too large"):
        read(Vendor(cost=[page(*rows)]))


def test_a_day_of_more_tokens_than_there_are_is_refused() -> None:
    most: dict[str, Any] = {"usage__uncached_input_tokens": 0, "usage__cache_read_input_tokens": 0}
    most |= {"usage__cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}
    row = usage_row(**most, usage__output_tokens=10**15)
    assert len(read(Vendor(usage=[page(row)])).records) == 1
    one_more = usage_row(**{**most, "usage__uncached_input_tokens": 1}, usage__output_tokens=0, group__speed="fast")
    with pytest.raises(SourceChanged, match="too large"):
        read(Vendor(usage=[page(row, one_more)]))


@pytest.mark.parametrize("days_off", [-1, 1])
def test_a_row_of_a_day_that_was_not_asked_for_is_counted(days_off: int) -> None:
    stray = cost_row(**of_day(DAY + timedelta(days=days_off)))
    reading = read(Vendor(cost=[page(GOOD_COST, stray)]))
    assert (reading.quarantined, len(reading.records)) == (1, 1)


def test_what_is_wrong_with_a_row_is_said_without_quoting_it(caplog: pytest.LogCaptureFixture) -> None:
    read(Vendor(cost=[page(cost_row(cost__amount="canary"), cost_row(group="canary"), GOOD_COST)]))
    said = [vars(one) for one in caplog.records if one.msg == "quarantined"]
    assert [(one["source"], one["rows"]) for one in said] == [(NAME, 2)]
    assert "canary" not in str(said)
    assert "example.com" not in str(said)


# Pages


def test_an_exact_repeat_counts_once() -> None:
    pages = [page(cost_row(), GOOD_COST, next_page="p2"), page(GOOD_COST, GOOD_COST)]
    assert len(read(Vendor(cost=pages)).records) == 2
    pages = [page(cost_row(), GOOD_COST, next_page="p2"), page(GOOD_COST, GOOD_COST)]
    assert sum(one.cost_nanos for one in read(Vendor(cost=pages)).records) == 2 * 20_048_580_000


def test_a_row_that_says_two_things_has_the_walk_begun_again() -> None:
    torn = page(cost_row(), cost_row(cost__amount="1"))
    reading = read(Vendor(cost=[torn, page(cost_row(cost__amount="1"))]))
    assert [one.cost_nanos for one in reading.records] == [10_000_000]


def test_a_row_that_says_two_things_each_time_is_a_changed_contract() -> None:
    vendor = Vendor(cost=[page(cost_row(), cost_row(cost__amount="1"))])
    with pytest.raises(SourceChanged, match="said two things"):
        read(vendor)
    assert vendor.paths() == ["analytics/cost"] * 4


def test_rows_that_differ_in_a_dimension_that_is_not_read_are_added_up() -> None:
    reading = read(Vendor(cost=[page(cost_row(), cost_row(group__speed="fast"), cost_row(group__x_new="a"))]))
    assert [one.cost_nanos for one in reading.records] == [3 * 20_048_580_000]


@pytest.mark.parametrize("half", ["cost", "usage"])
@pytest.mark.parametrize(
    ("end", "pages"),
    [
        ({"has_more": True, "next_page": None}, 1),
        ({"has_more": True, "next_page": ""}, 1),
        ({"has_more": True, "next_page": 7}, 1),
        ({"has_more": True}, 1),
        ({"has_more": "yes", "next_page": "p2"}, 1),
        ({"next_page": "p2"}, 1),
        ({"has_more": True, "next_page": "again"}, 2),
    ],
)
def test_pages_without_an_end_are_given_up(half: str, end: dict[str, Any], pages: int) -> None:
    body = json.dumps({"data": [], "data_refreshed_at": WATERMARK, **end}).encode()
    vendor = Vendor(**{half: [body]})
    with pytest.raises(SourceChanged, match="no end"):
        read(vendor)
    assert vendor.paths().count(f"analytics/{half}") == pages


def test_a_thousand_pages_are_enough() -> None:
    asked = Counter[str]()

    def endless(request: httpx.Request) -> httpx.Response:
        asked[request.url.path] += 1
        return httpx.Response(200, content=page(next_page=f"p{asked[request.url.path]}"))

    with pytest.raises(SourceChanged, match="more than 1000 pages"):
        read(endless)
    assert asked == {COST: 1000}


@pytest.mark.parametrize("data", [{}, None, "rows", 7, ...])
def test_a_page_without_a_list_of_data_is_a_changed_contract(data: Any) -> None:
    whole = {"data": data, "has_more": False, "next_page": None, "data_refreshed_at": WATERMARK}
    body = json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()
    with pytest.raises(SourceChanged, match="no list of data"):
        read(Vendor(usage=[body]))


@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b"null"])
def test_an_answer_that_is_no_page_is_a_changed_contract(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="no list of data"):
        read(Vendor(cost=[body]))


@pytest.mark.parametrize(("refusals", "is_read"), [(1, True), (3, True), (4, False)])
def test_a_cursor_that_expired_begins_the_walk_again(refusals: int, is_read: bool) -> None:
    first, refused = page(cost_row(), next_page="p2"), httpx.Response(400)
    pages: list[bytes | httpx.Response] = [first, refused] * refusals
    vendor = Vendor(cost=[*pages, first, page(GOOD_COST)])
    if is_read:
        assert len(read(vendor).records) == 2
    else:
        with pytest.raises(SourceChanged):
            read(vendor)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_order_on_any_pages_gives_the_same_reading(data: st.DataObject) -> None:
    bodies = {}
    for half, names in (("cost", ("cost_page_1", "cost_page_2")), ("usage", ("usage",))):
        rows = [row for name in names for row in json.loads(payload(f"analytics_{name}"))["data"]]
        mixed = data.draw(st.permutations(rows))
        size = data.draw(st.integers(1, len(rows)))
        parts = [mixed[start : start + size] for start in range(0, len(rows), size)]
        bodies[half] = [page(*part, next_page=f"p{n}" if n < len(parts) else None) for n, part in enumerate(parts, 1)]
    assert read(Vendor(**bodies)) == read(captured())


def test_sums_agree_with_rational_arithmetic() -> None:
    dice = random.Random(5)
    rows, exact = [], Fraction(0)
    for n in range(400):
        amount = f"{dice.randrange(10**6)}.{dice.randrange(10**9):09d}"
        exact += round(Fraction(amount) * 10_000_000)  # Python rounds a rational half to even
        rows.append(
            cost_row(cost__amount=amount, group__actor__email_address=f"p{n % 7}@example.com", group__speed=f"{n}")
        )
    reading = read(Vendor(cost=[page(*rows)]))
    assert sum(one.cost_nanos for one in reading.records) == exact
    assert len(reading.records) == 7


# What is said of failures


@pytest.mark.parametrize("half", ["cost", "usage"])
@pytest.mark.parametrize("status", [403, 404])
def test_an_organization_without_the_analytics_is_no_alarm(half: str, status: int) -> None:
    with pytest.raises(SourceAbsent, match=f"HTTP {status}"):
        read(Vendor(**{half: [httpx.Response(status)]}))


@pytest.mark.parametrize(
    ("message", "kind"),
    [("anthropic-beta: unsupported value", SourceAbsent), ("group_by[]: unknown dimension", SourceChanged)],
)
def test_only_a_bad_request_that_is_about_the_beta_means_that_there_is_none(
    message: str, kind: type[SourceError]
) -> None:
    body = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": message}}).encode()
    with pytest.raises(kind) as caught:
        read(Vendor(cost=[httpx.Response(400, content=body)]))
    assert isinstance(caught.value, kind)
    assert message not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, SourceRejected), (402, SourceRejected), (410, SourceChanged), (529, SourceUnavailable)]
)
def test_a_lasting_failure_is_told_by_what_must_be_done(status: int, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        read(Vendor(cost=[httpx.Response(status)]))


def test_a_spend_cap_stops_the_run() -> None:
    cap = httpx.Response(429, content=payload("spend_cap"))
    vendor = Vendor(cost=[cap])
    with closing(opened(vendor)) as reader:
        for _ in range(2):
            with pytest.raises(SourceRejected):
                reader.read_day(DAY, NOW)
    assert len(vendor.asked) == 1


# Against the twin


class Twin:
    """The served company, and who asks it."""

    def __init__(self, url: str, company: Company, faults: Faults) -> None:
        self.company, self.faults = company, faults
        self.settings = Settings(anthropic_admin_key=SecretStr(ADMIN_KEY), anthropic_base_url=url)

    def nanos(self, day: date, until: datetime = NOW) -> dict[str, Fraction]:
        """What everybody who pays by the token used at list price, worked out by the company another way."""
        exact = self.company.truth(day, until)
        exact.pop("uma@example.com", None)  # a subscription pays another way
        return {who: cents * 10_000_000 for who, cents in exact.items()}

    def read(self, days: Sequence[date], now: datetime = NOW) -> list[DayReading]:
        with closing(open_reader(self.settings, sleep=lambda _: None)) as reader:
            reader.expect(days)
            return [reader.read_day(day, now) for day in days]


@pytest.fixture(scope="module")
def served() -> Iterator[Twin]:
    company, faults = Company(date(2026, 11, 20)), Faults()
    with serving(usage_app(company, clock=lambda: NOW, faults=faults)) as url:
        yield Twin(url, company, faults)


@pytest.fixture
def twin(served: Twin) -> Iterator[Twin]:
    yield served
    served.faults.clear()
    served.company.discount_percent = 0
    served.company.strangers.clear()
    served.company.recover(DAY)


WHOLE_DAYS = [NOW.date() - timedelta(days=back) for back in range(1, 12)]


def test_on_whole_days_both_anthropic_sources_name_the_same_use_alike(twin: Twin) -> None:
    with closing(anthropic_claude_code.open_reader(twin.settings)) as other:
        for reading in twin.read(WHOLE_DAYS):
            theirs = other.read_day(reading.usage_date, NOW).records
            paid = {(one.consumer, one.model): one for one in theirs if one.plan is Plan.PAY_PER_TOKEN}
            assert {(one.consumer, one.model): (one.tokens, one.cost_nanos) for one in reading.records} == {
                key: (one.tokens, one.cost_nanos) for key, one in paid.items()
            }
            assert (reading.complete, reading.quarantined) == (True, 0)


def test_the_invented_company_is_read_to_the_cent_with_its_discount(twin: Twin) -> None:
    twin.company.discount_percent = 13
    for reading in twin.read(WHOLE_DAYS):
        listed: Counter[str] = Counter()
        for one in reading.records:
            assert one.list_cost_nanos is not None
            listed[one.consumer.external_id] += one.list_cost_nanos
            assert abs(one.cost_nanos - Fraction(one.list_cost_nanos) * 87 / 100) <= Fraction(1, 2)
        assert listed == twin.nanos(reading.usage_date)


def test_a_fresh_day_gives_way_and_holds_what_the_watermark_covers(twin: Twin) -> None:
    [reading] = twin.read([NOW.date()])
    through = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert (reading.through, reading.complete, reading.gives_way) == (through, False, True)
    assert sum(one.cost_nanos for one in reading.records) == sum(twin.nanos(NOW.date(), through).values())


def test_whom_only_the_analytics_know_is_in_the_sum(twin: Twin) -> None:
    [before] = twin.read([DAY])
    twin.company.befriend(None, 350, DAY)
    gone = {"type": "user_actor", "user_id": "user_01Gone", "email_address": None, "name": None, "deleted": True}
    twin.company.befriend(gone, 120, DAY)
    [after] = twin.read([DAY])
    more = sum(one.cost_nanos for one in after.records) - sum(one.cost_nanos for one in before.records)
    assert more == 4_700_000_000
    assert {NOBODY, Consumer(ConsumerKind.OTHER, "user_01Gone")} <= {one.consumer for one in after.records}


def test_a_restated_day_is_read_as_it_is_now(twin: Twin) -> None:
    twin.company.restate(DAY, 50)
    [reading] = twin.read([DAY])
    assert sum(one.cost_nanos for one in reading.records) == sum(twin.nanos(DAY).values())
    twin.company.empty(DAY)
    [reading] = twin.read([DAY])
    assert (reading.records, reading.complete) == ((), True)


@pytest.mark.parametrize(
    "fault", [Fault.RATE_LIMITED, Fault.OVERLOADED, Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.RESET, Fault.TRUNCATED]
)
def test_a_bad_moment_of_the_vendor_is_not_noticed(twin: Twin, fault: Fault) -> None:
    good = twin.read([DAY])
    twin.faults.plan(fault, times=2)
    assert twin.read([DAY]) == good


def test_the_analytics_key_opens_the_analytics_and_nothing_else(twin: Twin) -> None:
    only = twin.settings.model_copy(
        update={"anthropic_admin_key": None, "anthropic_analytics_key": SecretStr(ANALYTICS_KEY)}
    )
    with closing(open_reader(only)) as reader:
        assert reader.check() == "an organization without a name"
        assert len(reader.read_day(DAY, NOW).records) > 20


def test_a_wrong_key_is_asked_with_once_and_never_shown(twin: Twin) -> None:
    before = twin.faults.requests().total()
    wrong = twin.settings.model_copy(update={"anthropic_admin_key": SecretStr("sk-ant-admin01-canary")})
    with closing(open_reader(wrong)) as reader, pytest.raises(SourceRejected) as caught:
        reader.check()
    assert "canary" not in str(caught.value)
    assert twin.faults.requests().total() == before + 1


def test_an_organization_of_another_kind_has_no_analytics() -> None:
    app = usage_app(Company(date(2026, 11, 20)), clock=lambda: NOW, analytics=False)
    with serving(app) as url:
        settings = Settings(anthropic_admin_key=SecretStr(ADMIN_KEY), anthropic_base_url=url)
        with closing(open_reader(settings)) as reader, pytest.raises(SourceAbsent, match="HTTP 404"):
            reader.read_day(DAY, NOW)


def test_every_request_is_a_get_on_the_allow_list(twin: Twin) -> None:
    twin.read(WHOLE_DAYS)
    with closing(open_reader(twin.settings)) as reader:
        reader.check()
    allowed = {f"GET {path}" for path in (ME, COST, USAGE, KEYS)}
    others = {"GET /v1/organizations/usage_report/claude_code"}
    assert set(twin.faults.requests()) - others == allowed
