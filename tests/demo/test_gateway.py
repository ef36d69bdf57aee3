"""The twin of the LiteLLM proxy, asked with plain httpx: does it keep the contract it stands for?"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.demo.company.faults import Fault, Faults
from bot.demo.gateway import GatewayRow
from bot.demo.gateway.server import VIEWER_KEY, VISIBLE_AFTER, gateway_app
from bot.demo.serving import serving
from bot.errors import SourceError
from bot.sources.litellm import LiteLlmReader, open_reader
from bot.usage import Tokens
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 19)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent.parent / "payloads" / "litellm"
ACTIVITY, SUMS = "/user/daily/activity", "/user/daily/activity/aggregated"
YESTERDAY = {"start_date": "2026-11-19", "end_date": "2026-11-19"}
PEOPLE: dict[str, str | None] = {"u-haruka": "Haruka@example.com", "u-ken": "ken@example.com", "u-anon": None}


def used(user: str | None, model: str, cents: str, *, day: date = DAY, key: str | None = None) -> GatewayRow:
    tokens = Tokens(
        uncached_input_tokens=1_000, output_tokens=100, cache_read_input_tokens=50_000, cache_creation_input_tokens=400
    )
    return GatewayRow(
        day=day,
        user_id=user,
        email=PEOPLE.get(user or ""),
        key_hash=f"{key or user or 'ci'}-hash",
        key_alias=key or user or "ci",
        provider="bedrock",
        model=model,
        tokens=tokens,
        spend=Decimal(cents) / 100,
    )


ROWS = (
    used("u-haruka", "opus", "10"),
    used("u-haruka", "opus", "20"),
    used("u-haruka", "haiku", "0.03", key="laptop"),
    used("u-ken", "opus", "30"),
    used("u-anon", "sonnet", "0"),
    used(None, "sonnet", "7.5"),
    used("u-ken", "opus", "1", day=DAY - timedelta(days=1)),
)


class Desk:
    """A served proxy with a clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON
        self.faults = Faults()
        self.asked_until: list[datetime] = []
        self.url = ""
        self.client = httpx.Client()

    def rows(self, day: date, until: datetime) -> Iterable[GatewayRow]:
        self.asked_until.append(until)
        return [row for row in ROWS if row.day == day]

    def get(self, path: str, key: str = VIEWER_KEY, **params: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return self.client.get(path, params=params, headers=headers)

    def walk(self, size: int, **params: Any) -> list[Any]:
        pages = [self.get(ACTIVITY, **params, page_size=size).json()]
        while pages[-1]["metadata"]["has_more"]:
            pages.append(self.get(ACTIVITY, **params, page_size=size, page=len(pages) + 1).json())
        assert {page["metadata"]["total_pages"] for page in pages} == {len(pages)}
        return pages

    def reader(self) -> LiteLlmReader:
        time = VirtualTime(self.now)
        return open_reader(
            Settings(litellm_base_url=self.url, litellm_api_key=SecretStr(VIEWER_KEY)),
            sleep=time.sleep,
            monotonic=time.monotonic,
        )


@pytest.fixture(scope="module")
def served() -> Iterator[Desk]:
    made = Desk()
    app = gateway_app(made.rows, clock=lambda: made.now, faults=made.faults, users=PEOPLE)
    with serving(app) as made.url, httpx.Client(base_url=made.url, trust_env=False) as made.client:
        yield made


@pytest.fixture
def desk(served: Desk) -> Iterator[Desk]:
    yield served
    served.now = NOON
    served.faults.clear()


def names(said: Any, *path: str) -> set[str]:
    for name in path:
        said = next(iter(said.values())) if name == "*" else said[name]
    return set(said)


# As a real proxy says it


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("metrics",),
        ("breakdown",),
        ("breakdown", "models", "*"),
        ("breakdown", "models", "*", "metrics"),
        ("breakdown", "models", "*", "api_key_breakdown", "*", "metrics"),
        ("breakdown", "models", "*", "api_key_breakdown", "*", "metadata"),
        ("breakdown", "api_keys", "*"),
        ("breakdown", "api_keys", "*", "metadata"),
        ("breakdown", "entities", "*"),
        ("breakdown", "entities", "*", "metadata"),
        ("breakdown", "providers", "*"),
    ],
)
def test_each_part_of_a_day_has_the_fields_of_the_captured_one(desk: Desk, path: tuple[str, ...]) -> None:
    real = json.loads((PAYLOADS / "activity_1.106.json").read_bytes())["results"][0]
    assert names(desk.get(ACTIVITY, **YESTERDAY, user_id="u-ken").json()["results"][0], *path) == names(real, *path)


@pytest.mark.parametrize(("path", "file"), [(ACTIVITY, "activity_1.106.json"), (SUMS, "aggregated_1.106.json")])
def test_the_metadata_has_the_fields_of_the_captured_one(desk: Desk, path: str, file: str) -> None:
    real = json.loads((PAYLOADS / file).read_bytes())["metadata"]
    assert names(desk.get(path, **YESTERDAY).json()["metadata"]) == names(real)


def test_a_range_without_use_is_answered_as_the_captured_one(desk: Desk) -> None:
    real = json.loads((PAYLOADS / "empty_1.106.json").read_bytes())
    assert desk.get(ACTIVITY, start_date="2026-01-01", end_date="2026-01-02").json() == real


@pytest.mark.parametrize(
    ("name", "path", "key", "params"),
    [
        ("no key", ACTIVITY, "", YESTERDAY),
        ("no such route", "/user/daily/nope", VIEWER_KEY, {}),
        ("bad date", ACTIVITY, VIEWER_KEY, {"start_date": "2026-11-2", "end_date": "2026-11-22"}),
        ("page too big", ACTIVITY, VIEWER_KEY, {**YESTERDAY, "page_size": 5000}),
    ],
)
def test_what_is_refused_is_refused_as_it_was_captured(
    desk: Desk, name: str, path: str, key: str, params: dict[str, Any]
) -> None:
    real = json.loads((PAYLOADS / "errors.json").read_bytes())[name]
    answer = desk.get(path, key, **params)
    assert (answer.status_code, answer.json()) == (real["status"], real["body"])


def test_a_wrong_key_is_refused_with_its_hash_in_the_message(desk: Desk) -> None:
    answer = desk.get(ACTIVITY, "sk-other", **YESTERDAY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "token_not_found_in_db")
    assert "Key Hash" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("size", "status"), [(1, 200), (1000, 200), (1001, 422), (0, 422), ("x", 422)])
def test_a_page_holds_one_to_a_thousand_rows(desk: Desk, size: Any, status: int) -> None:
    assert desk.get(ACTIVITY, **YESTERDAY, page_size=size).status_code == status


# Pages


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_cut_a_day_and_add_up_to_it(desk: Desk, size: int) -> None:
    pages = desk.walk(size, **YESTERDAY)
    assert len(pages) == -(-5 // size)  # of six rows two are one row of the table
    whole = desk.get(ACTIVITY, **YESTERDAY, page_size=1000).json()["results"][0]["metrics"]
    said = [page["results"][0]["metrics"] for page in pages]
    assert sum(one["prompt_tokens"] for one in said) == whole["prompt_tokens"] == 6 * 51_400
    assert round(sum(Fraction(one["spend"]) for one in said) * 10**9) == 675_300_000


def test_days_come_the_newest_first_and_an_early_page_holds_only_the_newest(desk: Desk) -> None:
    pages = desk.walk(5, start_date="2026-11-18", end_date="2026-11-19")
    assert [[result["date"] for result in page["results"]] for page in pages] == [["2026-11-19"], ["2026-11-18"]]


def test_a_page_past_the_end_is_well_and_empty(desk: Desk) -> None:
    page = desk.get(ACTIVITY, **YESTERDAY, page=99).json()
    assert (page["results"], page["metadata"]["has_more"], page["metadata"]["total_pages"]) == ([], False, 1)


def test_nobody_is_unassigned_and_a_model_stands_behind_its_provider(desk: Desk) -> None:
    breakdown = desk.get(ACTIVITY, **YESTERDAY).json()["results"][0]["breakdown"]
    assert set(breakdown["entities"]) == {"u-haruka", "u-ken", "u-anon", "Unassigned"}
    assert breakdown["entities"]["Unassigned"]["metadata"] == {}
    assert set(breakdown["models"]) == {"bedrock/opus", "bedrock/haiku", "bedrock/sonnet"}


def test_a_user_can_be_asked_for(desk: Desk) -> None:
    result = desk.get(ACTIVITY, **YESTERDAY, user_id="u-ken").json()["results"][0]
    assert (set(result["breakdown"]["entities"]), result["metrics"]["spend"]) == ({"u-ken"}, 0.3)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_sums_are_whole_however_few_keys_they_name(desk: Desk, limit: int) -> None:
    page = desk.get(SUMS, **YESTERDAY, api_key_limit=limit).json()
    breakdown = page["results"][0]["breakdown"]
    assert len(breakdown["api_keys"]) == min(limit, 5)
    assert breakdown["entities"] == {}
    assert page["metadata"]["total_api_keys"] == 5
    assert round(Fraction(page["metadata"]["total_spend"]) * 10**9) == 675_300_000
    if limit == 1:
        assert set(breakdown["models"]["bedrock/opus"]["api_key_breakdown"]) <= {"u-haruka-hash", "u-ken-hash"}


# Time


def test_a_request_is_seen_only_when_its_batch_was_written(desk: Desk) -> None:
    desk.asked_until.clear()
    desk.get(ACTIVITY, **YESTERDAY)
    assert set(desk.asked_until) == {NOON - VISIBLE_AFTER}


def test_of_a_day_to_come_nothing_is_asked(desk: Desk) -> None:
    desk.asked_until.clear()
    assert desk.get(ACTIVITY, start_date="2026-11-21", end_date="2027-11-21").json()["results"] == []
    assert desk.asked_until == []


# Lists and keys


def test_the_lists_name_users_and_keys_in_pages(desk: Desk) -> None:
    first = desk.get("/user/list", page=1, page_size=2).json()
    second = desk.get("/user/list", page=2, page_size=2).json()
    assert {one["user_id"]: one["user_email"] for one in first["users"] + second["users"]} == PEOPLE
    assert (first["total"], first["total_pages"]) == (3, 2)
    keys = desk.get("/key/list", return_full_object="true", size=100).json()
    assert {one["key_alias"] for one in keys["keys"]} == {"u-haruka", "laptop", "u-ken", "u-anon", "ci"}
    assert desk.get("/key/list", size=101).status_code == 422


@pytest.mark.parametrize(("is_master", "status"), [(False, 403), (True, 404)])
def test_only_a_master_key_opens_more_than_the_viewers_routes(is_master: bool, status: int) -> None:
    app = gateway_app(lambda _day, _until: (), clock=lambda: NOON, is_master=is_master)
    with serving(app) as url:
        own = httpx.get(f"{url}/key/info", headers={"authorization": f"Bearer {VIEWER_KEY}"}, trust_env=False)
        assert own.status_code == status
        settings = Settings(litellm_base_url=url, litellm_api_key=SecretStr(VIEWER_KEY))
        with closing(open_reader(settings)) as reader:
            assert reader.is_too_powerful() is is_master


# As the source reads it


def test_the_source_reads_from_it_what_was_put_in(desk: Desk) -> None:
    with closing(desk.reader()) as reader:
        reading = reader.read_day(DAY, desk.now)
    spent: dict[str, Decimal] = {}
    for row in ROWS:
        if row.day == DAY:
            who = (row.email or (f"litellm:{row.user_id}" if row.user_id else row.key_alias) or "").casefold()
            spent[f"{who} {row.model}"] = spent.get(f"{who} {row.model}", Decimal(0)) + row.spend
    found = {f"{one.consumer.external_id} {one.model}": Decimal(one.cost_nanos) / 10**9 for one in reading.records}
    assert found == spent
    assert {one.provider for one in reading.records} == {"bedrock"}
    assert sum(one.unpriced_tokens for one in reading.records) == 51_500


@pytest.mark.parametrize(
    "fault", [Fault.RATE_LIMITED, Fault.OVERLOADED, Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.BAD_GATEWAY]
)
def test_a_passing_fault_is_not_noticed_by_the_source(desk: Desk, fault: Fault) -> None:
    desk.faults.plan(fault, 2)
    with closing(desk.reader()) as reader:
        assert len(reader.read_day(DAY, desk.now).records) == 5


@pytest.mark.parametrize("fault", Fault)
def test_a_lasting_fault_is_an_error_of_ours_and_never_a_wrong_day(desk: Desk, fault: Fault) -> None:
    desk.faults.plan(fault, 3000, after=1)
    with closing(desk.reader()) as reader:
        if fault is Fault.EMPTY:
            assert reader.read_day(DAY, desk.now).records == ()
        else:
            with pytest.raises(SourceError):
                reader.read_day(DAY, desk.now)


def test_what_was_asked_is_counted(desk: Desk) -> None:
    before = desk.faults.requests()
    desk.get(ACTIVITY, **YESTERDAY)
    assert (desk.faults.requests() - before) == {f"GET {ACTIVITY}": 1}
