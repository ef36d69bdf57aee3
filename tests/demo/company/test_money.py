"""The twin's analytics, cost report and lists, asked with plain httpx: do they keep the contract they stand for?"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest

from bot.demo.company import Company, admin
from bot.demo.company.analytics import BETA, refreshed_at
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import ADMIN_KEY, ANALYTICS_KEY, usage_app
from bot.demo.serving import serving

START = date(2026, 11, 20)
"""A Friday."""
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 19)
ORGANIZATION = "/v1/organizations/"
COST, USAGE = "analytics/cost", "analytics/usage"
LISTS = ("users", "workspaces", "api_keys")
HEADERS = {"x-api-key": ADMIN_KEY, "anthropic-version": "2026-10-21", "anthropic-beta": BETA}
YESTERDAY = {
    "starting_at": "2026-11-19T00:00:00Z",
    "ending_at": "2026-11-20T00:00:00Z",
    "time_bucket_width": "1d",
    "group_by[]": ["actor", "model"],
}
REPORT = {"starting_at": "2026-11-18T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z"}


class Desk:
    """A served company with a clock and a watermark that the test sets."""

    def __init__(self, company: Company, faults: Faults) -> None:
        self.company, self.faults = company, faults
        self.now = NOON
        self.has_data = True
        self.client = httpx.Client()

    def watermark(self, now: datetime) -> datetime | None:
        return refreshed_at(now) if self.has_data else None

    def get(self, path: str, params: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(ORGANIZATION + path, params=dict(params or {}), headers=own)

    def walk(self, path: str, params: Mapping[str, Any], **more: Any) -> list[Any]:
        rows: list[Any] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get(path, {**params, **more, **cursor}).json()
            rows += page["data"]
            if not page["has_more"]:
                assert page["next_page"] is None
                return rows
            cursor = {"page": page["next_page"]}


@pytest.fixture(scope="module")
def served() -> Iterator[Desk]:
    made = Desk(Company(START), Faults())
    app = usage_app(made.company, clock=lambda: made.now, faults=made.faults, watermark=made.watermark)
    with serving(app) as url, httpx.Client(base_url=url, headers=HEADERS, trust_env=False) as made.client:
        yield made


@pytest.fixture
def desk(served: Desk) -> Iterator[Desk]:
    yield served
    served.now, served.has_data = NOON, True
    served.faults.clear()
    served.company.recover(DAY)
    served.company.discount_percent = 0
    served.company.strangers.clear()
    served.company.charges.clear()


def problem(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["request_id"] == response.headers["request-id"]
    return response.status_code, body["error"]["type"]


BAD = (400, "invalid_request_error")


# Who may ask


@pytest.mark.parametrize("path", [COST, USAGE, "cost_report", *LISTS])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x_api_key": "sk-ant-admin01-other"}, (401, "authentication_error")),
        ({"x_api_key": "sk-ant-api01-other"}, (403, "permission_error")),
        ({"anthropic_version": ""}, BAD),
    ],
)
def test_a_request_without_the_right_key_and_a_version_is_refused(
    desk: Desk, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert problem(desk.get(path, YESTERDAY, **headers)) == expected


@pytest.mark.parametrize(
    ("path", "status"), [(COST, 200), (USAGE, 200), ("cost_report", 403), ("users", 403), ("api_keys", 403)]
)
def test_the_analytics_key_opens_the_analytics_alone(desk: Desk, path: str, status: int) -> None:
    params = YESTERDAY if path in (COST, USAGE) else REPORT
    assert desk.get(path, params, x_api_key=ANALYTICS_KEY).status_code == status


@pytest.mark.parametrize("path", [COST, USAGE])
@pytest.mark.parametrize(("beta", "status"), [("", 400), ("other-2026-01-01", 400), (f"other-2026-01-01,{BETA}", 200)])
def test_the_analytics_need_their_beta(desk: Desk, path: str, beta: str, status: int) -> None:
    answer = desk.get(path, YESTERDAY, anthropic_beta=beta)
    assert answer.status_code == status
    assert status == 200 or "anthropic-beta" in answer.json()["error"]["message"]


def test_an_organization_of_another_kind_has_no_analytics_and_all_the_rest() -> None:
    app = usage_app(Company(START), clock=lambda: NOON, analytics=False)
    with serving(app) as url, httpx.Client(base_url=url, headers=HEADERS, trust_env=False) as client:
        assert [client.get(ORGANIZATION + path, params=YESTERDAY).status_code for path in (COST, USAGE)] == [404, 404]
        assert client.get(ORGANIZATION + "cost_report", params=REPORT).status_code == 200


# Analytics


@pytest.mark.parametrize("path", [COST, USAGE])
@pytest.mark.parametrize(
    "change",
    [
        {"starting_at": None},
        {"starting_at": "2026-11-19"},
        {"starting_at": "2026-11-19T00:00:00"},
        {"starting_at": "2025-12-31T23:59:59Z", "ending_at": "2026-01-31T00:00:00Z"},
        {"starting_at": "2026-10-20T00:00:00Z", "ending_at": "2026-11-20T00:00:01Z"},
        {"ending_at": None},
        {"ending_at": "2026-11-18T00:00:00Z"},
        {"time_bucket_width": "1w"},
        {"group_by[]": ["actor", "mood"]},
        {"group_by[]": ["actor", "model", "product", "speed", "workspace_id", "session_id"]},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "many"},
        {"order": "up"},
        {"order_by": "mood"},
        {"mood": "sunny"},
        {"page": "page_nonsense"},
        {"page": ""},
    ],
)
def test_a_parameter_that_the_contract_does_not_allow_is_a_bad_request(
    desk: Desk, path: str, change: dict[str, Any]
) -> None:
    params = {name: value for name, value in {**YESTERDAY, **change}.items() if value is not None}
    assert problem(desk.get(path, params)) == BAD


@pytest.mark.parametrize(
    "change",
    [
        {"starting_at": "2026-10-20T00:00:00Z"},
        {"starting_at": "2026-01-01T00:00:00Z", "ending_at": "2026-02-01T00:00:00Z"},
        {"group_by[]": ["actor", "model", "product", "speed", "workspace_id"]},
        {"limit": "1000"},
        {"limit": "1"},
        {"order_by": "time", "order": "asc"},
    ],
)
def test_the_limits_themselves_are_allowed(desk: Desk, change: dict[str, Any]) -> None:
    assert desk.get(COST, {**YESTERDAY, **change}).status_code == 200


def test_a_day_exactly_a_year_back_is_allowed_and_no_earlier_one(desk: Desk) -> None:
    desk.now = datetime(2027, 3, 1, tzinfo=UTC)
    for start, status in (("2026-03-01T00:00:00Z", 200), ("2026-02-28T23:00:00Z", 400)):
        asked = {**YESTERDAY, "starting_at": start, "ending_at": "2026-03-02T00:00:00Z"}
        assert desk.get(COST, asked).status_code == status


def test_two_dimensions_more_are_no_dimensions_on_cost(desk: Desk) -> None:
    five = ["actor", "model", "product", "speed", "workspace_id"]
    assert desk.get(COST, {**YESTERDAY, "group_by[]": [*five, "cost_type", "token_type"]}).status_code == 200
    assert problem(desk.get(USAGE, {**YESTERDAY, "group_by[]": ["cost_type"]})) == BAD
    assert problem(desk.get(USAGE, {**YESTERDAY, "order_by": "amount"})) == BAD
    assert problem(desk.get(COST, {**YESTERDAY, "time_bucket_width": "1d", "order_by": "requests"})) == BAD


def test_rows_have_the_shape_of_the_contract(desk: Desk) -> None:
    page = desk.get(COST, {**YESTERDAY, "limit": "1000"}).json()
    assert page["data_refreshed_at"] == "2026-11-20T08:00:00Z"
    assert len(page["data"]) > 20
    for row in page["data"]:
        assert (row["starting_at"], row["ending_at"]) == ("2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z")
        assert len(row["group"]) == 22
        assert {name for name, value in row["group"].items() if value is not None} == {"actor", "model"}
        assert isinstance(row["cost"]["amount"], str)
        assert row["cost"]["currency"] == "USD"
    for row in desk.walk(USAGE, YESTERDAY):
        usage, written = row["usage"], row["usage"]["cache_creation"]
        assert usage["total_tokens"] == (
            usage["uncached_input_tokens"]
            + usage["cache_read_input_tokens"]
            + usage["output_tokens"]
            + written["ephemeral_5m_input_tokens"]
            + written["ephemeral_1h_input_tokens"]
        )


def cents(rows: list[Any], field: str = "amount") -> Fraction:
    return sum((Fraction(row["cost"][field]) for row in rows), Fraction(0))


def paid_by_the_token(company: Company, day: date, until: datetime) -> Fraction:
    return sum((spent for who, spent in company.truth(day, until).items() if who != "uma@example.com"), Fraction(0))


def test_claude_code_alone_is_what_its_people_and_machines_used(desk: Desk) -> None:
    rows = desk.walk(COST, {**YESTERDAY, "products[]": "claude_code"})
    assert cents(rows) == paid_by_the_token(desk.company, DAY, NOON)
    everything = desk.walk(COST, YESTERDAY)
    assert cents(everything) > cents(rows)
    assert cents(desk.walk(COST, {**YESTERDAY, "products[]": "messages_api"})) == cents(everything) - cents(rows)
    assert desk.walk(COST, {**YESTERDAY, "products[]": "chat"}) == []


def test_a_discount_takes_its_percent_off_the_amount_and_nothing_off_the_list_price(desk: Desk) -> None:
    before = cents(desk.walk(COST, YESTERDAY))
    desk.company.discount_percent = 13
    rows = desk.walk(COST, YESTERDAY)
    assert cents(rows) == before * 87 / 100
    assert cents(rows, "list_amount") == before


@pytest.mark.parametrize("dimension", ["actor", "actor_type", "model", "product", "workspace_id", "organization_id"])
def test_whatever_it_is_grouped_by_the_sum_is_the_same(desk: Desk, dimension: str) -> None:
    whole = desk.walk(COST, YESTERDAY)
    rows = desk.walk(COST, {**YESTERDAY, "group_by[]": dimension})
    assert cents(rows) == cents(whole)
    assert len({json.dumps(row["group"][dimension]) for row in rows}) == len(rows)
    if dimension == "workspace_id":
        assert {row["group"]["workspace_id"] for row in rows} == {admin.CLAUDE_CODE, admin.CI, admin.SUPPORT}


def test_models_are_a_filter(desk: Desk) -> None:
    rows = desk.walk(COST, {**YESTERDAY, "models[]": ["claude-opus-5-5", "claude-haiku-5-5"]})
    assert {row["group"]["model"] for row in rows} == {"claude-opus-5-5", "claude-haiku-5-5"}


def test_without_buckets_a_range_is_one_row_a_combination(desk: Desk) -> None:
    asked = {"starting_at": "2026-11-18T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z", "group_by[]": "model"}
    rows = desk.walk(COST, asked)
    assert {(row["starting_at"], row["ending_at"]) for row in rows} == {
        ("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z")
    }
    by_day = desk.walk(COST, {**asked, "time_bucket_width": "1d"})
    assert cents(rows) == cents(by_day)
    assert len(rows) < len(by_day)
    assert problem(desk.get(COST, {**asked, "order_by": "time"})) == BAD


def test_a_bucket_without_use_has_no_row(desk: Desk) -> None:
    desk.company.empty(DAY)
    asked = {**YESTERDAY, "starting_at": "2026-11-18T00:00:00Z", "products[]": "claude_code"}
    assert {row["starting_at"] for row in desk.walk(COST, asked)} == {"2026-11-18T00:00:00Z"}


@pytest.mark.parametrize(("order", "descending"), [({}, True), ({"order": "desc"}, True), ({"order": "asc"}, False)])
def test_rows_come_by_amount_unless_another_order_is_asked_for(
    desk: Desk, order: dict[str, str], descending: bool
) -> None:
    amounts = [Decimal(row["cost"]["amount"]) for row in desk.walk(COST, {**YESTERDAY, **order})]
    assert amounts == sorted(amounts, reverse=descending)
    asked = {**YESTERDAY, "starting_at": "2026-11-17T00:00:00Z", "order_by": "time", **order}
    days = [row["starting_at"] for row in desk.walk(USAGE, asked)]
    assert days == sorted(days, reverse=descending)
    assert len(set(days)) == 3


def test_people_have_an_address_machines_an_id_and_who_left_is_marked(desk: Desk) -> None:
    asked = {**YESTERDAY, "starting_at": "2026-10-19T00:00:00Z", "ending_at": "2026-10-20T00:00:00Z"}
    actors = [row["group"]["actor"] for row in desk.walk(COST, {**asked, "products[]": "claude_code"})]
    people = {one["email_address"]: one["deleted"] for one in actors if one["type"] == "user_actor"}
    assert {address for address, deleted in people.items() if deleted} == {"yves@example.com"}
    assert len(people) > 10
    machines = {one["api_key_id"] for one in actors if one["type"] == "api_actor"}
    assert machines == {admin.key_id("ci-review-bot"), admin.key_id("nightly-docs")}


def test_a_stranger_is_known_to_the_analytics_alone(desk: Desk) -> None:
    before = cents(desk.walk(COST, YESTERDAY))
    desk.company.befriend(None, 350, DAY)
    rows = desk.walk(COST, YESTERDAY)
    assert cents(rows) - before == 350
    assert [row["group"]["model"] for row in rows if row["group"]["actor"] is None] == [None]
    assert (
        paid_by_the_token(desk.company, DAY, NOON)
        == cents(desk.walk(COST, {**YESTERDAY, "products[]": "claude_code"})) - 350
    )


# The watermark


@pytest.mark.parametrize(
    ("now", "through"),
    [
        (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), datetime(2026, 11, 20, 12, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 3, 59, tzinfo=UTC), datetime(2026, 11, 19, 20, 0, tzinfo=UTC)),
    ],
)
def test_the_watermark_is_at_least_four_hours_old_and_moves_every_four(now: datetime, through: datetime) -> None:
    assert refreshed_at(now) == through


def test_nothing_behind_the_watermark_is_told(desk: Desk) -> None:
    today = {**YESTERDAY, "starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z"}
    for hours in (0, 4, 16):
        desk.now = NOON + timedelta(hours=hours)
        told = cents(desk.walk(COST, {**today, "products[]": "claude_code"}))
        assert told == paid_by_the_token(desk.company, START, refreshed_at(desk.now))


def test_before_the_first_export_there_is_no_data_and_no_watermark(desk: Desk) -> None:
    desk.has_data = False
    page = desk.get(USAGE, YESTERDAY).json()
    assert (page["data"], page["has_more"], page["data_refreshed_at"]) == ([], False, None)


# Pages


def test_the_default_page_has_twenty_rows_and_cursors_lead_through_all(desk: Desk) -> None:
    whole = desk.walk(COST, YESTERDAY, limit="1000")
    assert len(desk.get(COST, YESTERDAY).json()["data"]) == 20
    assert desk.walk(COST, YESTERDAY) == desk.walk(COST, YESTERDAY, limit="3") == whole


@pytest.mark.parametrize(
    "change",
    [{"limit": "6"}, {"group_by[]": "actor"}, {"products[]": "claude_code"}, {"starting_at": "2026-11-18T00:00:00Z"}],
)
def test_a_cursor_is_bound_to_the_other_parameters(desk: Desk, change: dict[str, Any]) -> None:
    asked = {**YESTERDAY, "limit": "5"}
    cursor = desk.get(COST, asked).json()["next_page"]
    assert desk.get(COST, {**asked, "page": cursor}).status_code == 200
    assert problem(desk.get(COST, {**asked, **change, "page": cursor})) == BAD
    assert problem(desk.get(USAGE, {**asked, "page": cursor})) == BAD


def test_a_walk_sees_to_its_end_what_it_saw_at_its_first_page(desk: Desk) -> None:
    asked = {**YESTERDAY, "limit": "5", "ending_at": "2026-11-21T00:00:00Z"}
    before = desk.walk(COST, asked)
    page = desk.get(COST, asked).json()
    rows, through = page["data"], {page["data_refreshed_at"]}
    desk.now += timedelta(hours=8)
    desk.company.restate(DAY, 50)
    while page["has_more"]:
        page = desk.get(COST, {**asked, "page": page["next_page"]}).json()
        rows += page["data"]
        through.add(page["data_refreshed_at"])
    assert rows == before
    assert through == {"2026-11-20T08:00:00Z"}
    assert cents(desk.walk(COST, asked)) != cents(before)


def test_planned_faults_meet_the_new_endpoints_too(desk: Desk) -> None:
    desk.faults.plan(Fault.OVERLOADED)
    assert problem(desk.get(COST, YESTERDAY)) == (529, "overloaded_error")
    desk.faults.plan(Fault.EMPTY)
    page = desk.get(COST, YESTERDAY).json()
    assert (page["data"], page["data_refreshed_at"]) == ([], "2026-11-20T08:00:00Z")
    desk.faults.plan(Fault.ENDLESS_CURSOR)
    assert desk.get("users").json()["has_more"] is True


# Cost report


@pytest.mark.parametrize(
    "change",
    [
        {"starting_at": None},
        {"starting_at": "2026-11-18"},
        {"ending_at": "soon"},
        {"bucket_width": "1h"},
        {"group_by[]": "model"},
        {"limit": "0"},
        {"limit": "32"},
        {"mood": "sunny"},
        {"page": "page_nonsense"},
    ],
)
def test_the_cost_report_refuses_what_its_contract_does_not_allow(desk: Desk, change: dict[str, Any]) -> None:
    params = {name: value for name, value in {**REPORT, **change}.items() if value is not None}
    assert problem(desk.get("cost_report", params)) == BAD


def test_the_report_has_every_day_and_seven_a_page(desk: Desk) -> None:
    desk.company.empty(DAY)
    asked = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-12-01T00:00:00Z"}
    assert len(desk.get("cost_report", asked).json()["data"]) == 7
    buckets = desk.walk("cost_report", asked)
    assert [one["starting_at"][:10] for one in buckets] == [f"2026-11-{day:02d}" for day in range(1, 31)]
    assert buckets == desk.walk("cost_report", asked, limit="31")
    assert buckets[-1]["results"] == []


def test_the_report_knows_workspaces_and_descriptions_only_when_asked(desk: Desk) -> None:
    whole = desk.walk("cost_report", REPORT, limit="31")
    assert [len(bucket["results"]) for bucket in whole] == [1, 1]
    assert whole[0]["results"][0]["workspace_id"] is None
    assert whole[0]["results"][0]["description"] is None
    for grouping in ("workspace_id", "description", ["workspace_id", "description"]):
        finer = desk.walk("cost_report", {**REPORT, "group_by[]": grouping})
        assert [sum(Fraction(one["amount"]) for one in bucket["results"]) for bucket in finer] == [
            Fraction(bucket["results"][0]["amount"]) for bucket in whole
        ]
    kinds = {one["cost_type"] for bucket in finer for one in bucket["results"]}
    assert kinds == {"tokens", "web_search"}
    assert {one["workspace_id"] for one in finer[0]["results"]} == {
        None,
        admin.CLAUDE_CODE,
        admin.CI,
        admin.SUPPORT,
    }


def test_the_report_is_five_minutes_behind(desk: Desk) -> None:
    today = {"starting_at": "2026-11-20T00:00:00Z", "group_by[]": "workspace_id"}
    [bucket] = desk.walk("cost_report", today)
    told = sum(
        Fraction(one["amount"]) for one in bucket["results"] if one["workspace_id"] in (admin.CLAUDE_CODE, admin.CI)
    )
    assert told == paid_by_the_token(desk.company, START, NOON - timedelta(minutes=5))


def test_a_charge_is_in_the_report_alone(desk: Desk) -> None:
    grouped = {**REPORT, "group_by[]": "workspace_id"}

    def of(workspace: str | None) -> Fraction:
        results = desk.walk("cost_report", grouped)[1]["results"]
        return sum((Fraction(one["amount"]) for one in results if one["workspace_id"] == workspace), Fraction(0))

    before = {workspace: of(workspace) for workspace in (admin.CI, None)}
    used = cents(desk.walk(COST, YESTERDAY))
    desk.company.charge(DAY, admin.CI, 777)
    desk.company.charge(DAY, None, -77)
    assert {workspace: of(workspace) - was for workspace, was in before.items()} == {admin.CI: 777, None: -77}
    assert cents(desk.walk(COST, YESTERDAY)) == used


# Lists


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "params",
    [{"limit": "0"}, {"limit": "1001"}, {"after_id": "x"}, {"before_id": ""}],
)
def test_a_list_refuses_what_its_contract_does_not_allow(desk: Desk, path: str, params: dict[str, str]) -> None:
    assert problem(desk.get(path, params)) == BAD


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_walked_by_ids_both_ways(desk: Desk, path: str) -> None:
    whole = desk.get(path, {"limit": "1000"}).json()
    ids = [item["id"] for item in whole["data"]]
    assert (whole["first_id"], whole["last_id"], whole["has_more"]) == (ids[0], ids[-1], False)
    assert len(desk.get(path).json()["data"]) == min(20, len(ids))
    found: list[str] = []
    page: dict[str, Any] = {"has_more": True}
    while page["has_more"]:
        page = desk.get(path, {"limit": "2", **({"after_id": page["last_id"]} if found else {})}).json()
        found += [item["id"] for item in page["data"]]
    assert found == ids
    before = desk.get(path, {"limit": "2", "before_id": ids[2]}).json()
    assert ([item["id"] for item in before["data"]], before["has_more"]) == (ids[:2], False)
    assert problem(desk.get(path, {"after_id": ids[0], "before_id": ids[2]})) == BAD
    nothing = desk.get(path, {"before_id": ids[0]}).json()
    assert (nothing["data"], nothing["first_id"], nothing["has_more"]) == ([], None, False)


def test_the_api_version_decides_where_a_key_says_its_workspace(desk: Desk) -> None:
    late = desk.get("api_keys", {"limit": "1000"}).json()["data"]
    early = desk.get("api_keys", {"limit": "1000"}, anthropic_version="2023-06-01").json()["data"]
    assert all("workspace_id" not in one for one in late)
    assert [one["workspace_id"] for one in early] == [one["scope"].get("workspace_id") for one in late]
    assert {one["status"] for one in late} == {"active", "archived"}


def test_archived_workspaces_and_the_default_one_are_listed_on_request(desk: Desk) -> None:
    def names(**params: str) -> list[str]:
        return [one["name"] for one in desk.get("workspaces", params).json()["data"]]

    usual = ["Claude Code", "CI", "Support bot"]
    assert names() == usual
    assert names(include_archived="true") == [*usual, "Old experiments"]
    assert names(include_default="true") == [*usual, "Default"]


def test_who_left_is_no_user_any_more(desk: Desk) -> None:
    users = {one["email"]: one["id"] for one in desk.get("users", {"limit": "1000"}).json()["data"]}
    assert "yves@example.com" not in users
    assert users["ada@example.com"] == admin.user_id("ada@example.com")
    assert len(users) == sum(not who.is_machine for who in desk.company.who) - 1
