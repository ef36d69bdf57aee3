"""The twin of the usage API, asked with plain httpx: does it keep the contract that it stands for?"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bot.demo.company import ORGANIZATION_ID, Company
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import ADMIN_KEY, exact_json, usage_app
from bot.demo.serving import serving

START = date(2026, 11, 20)
"""A Friday."""
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REPORT = "/v1/organizations/usage_report/claude_code"
HEADERS = {"x-api-key": ADMIN_KEY, "anthropic-version": "2026-10-21"}
YESTERDAY = {"starting_at": "2026-11-19"}


class Desk:
    """A served company with a clock that the test sets."""

    def __init__(self, url: str, company: Company, faults: Faults) -> None:
        self.url, self.company, self.faults = url, company, faults
        self.now = NOON
        self.client = httpx.Client(base_url=url, headers=HEADERS, trust_env=False)

    def get(self, path: str = REPORT, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params)

    def walk(self, **params: Any) -> list[Any]:
        records: list[Any] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get(**params, **cursor).json()
            records += page["data"]
            if not page["has_more"]:
                assert page["next_page"] is None
                return records
            cursor = {"page": page["next_page"]}


@pytest.fixture(scope="module")
def served() -> Iterator[Desk]:
    company, faults = Company(START), Faults()
    with serving(usage_app(company, clock=lambda: made.now, faults=faults)) as url:
        made = Desk(url, company, faults)
        with made.client:
            yield made


@pytest.fixture
def desk(served: Desk) -> Iterator[Desk]:
    yield served
    served.now = NOON
    served.faults.clear()
    served.company.recover(date(2026, 11, 19))


def problem(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["type"] == "error"
    assert body["error"]["message"]
    assert body["request_id"] == response.headers["request-id"]
    return response.status_code, body["error"]["type"]


def ask(desk: Desk, path: str, headers: Mapping[str, str]) -> httpx.Response:
    with httpx.Client(headers=headers, trust_env=False, verify=False) as client:  # noqa: S501 - loopback without TLS
        return client.get(desk.url + path, params=YESTERDAY)


@pytest.mark.parametrize("auth", [{"x-api-key": ADMIN_KEY}, {"authorization": f"Bearer {ADMIN_KEY}"}])
def test_both_forms_of_the_key_are_accepted(desk: Desk, auth: Mapping[str, str]) -> None:
    answer = ask(desk, "/v1/organizations/me", {**auth, "anthropic-version": "2026-10-21"})
    assert answer.status_code == 200
    assert answer.json()["id"] == ORGANIZATION_ID
    assert answer.json()["name"] == "Hoshino Works"
    assert answer.headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (401, "authentication_error")),
        ({"x-api-key": "sk-ant-admin01-other"}, (401, "authentication_error")),
        ({"authorization": "Bearer nobody"}, (401, "authentication_error")),
        ({"x-api-key": "sk-ant-api01-enterprise"}, (403, "permission_error")),
        ({"x-api-key": ADMIN_KEY}, (400, "invalid_request_error")),
    ],
)
@pytest.mark.parametrize("path", [REPORT, "/v1/organizations/me"])
def test_a_request_without_the_right_key_and_a_version_is_refused(
    desk: Desk, headers: Mapping[str, str], expected: tuple[int, str], path: str
) -> None:
    assert problem(ask(desk, path, headers)) == expected


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"starting_at": "2026-11-19T00:00:00Z"},
        {"starting_at": "2026-02-30"},
        {"starting_at": "yesterday"},
        {**YESTERDAY, "limit": 0},
        {**YESTERDAY, "limit": 1001},
        {**YESTERDAY, "limit": "many"},
        {**YESTERDAY, "limit": -1},
        {**YESTERDAY, "page": ""},
        {**YESTERDAY, "page": "page_nonsense"},
        {**YESTERDAY, "page": "page_MQ=="},
    ],
)
def test_a_parameter_that_the_contract_does_not_allow_is_a_bad_request(desk: Desk, params: dict[str, Any]) -> None:
    assert problem(desk.get(**params)) == (400, "invalid_request_error")


@pytest.mark.parametrize("limit", [1, 1000])
def test_the_limits_themselves_are_allowed(desk: Desk, limit: int) -> None:
    assert desk.get(**YESTERDAY, limit=limit).status_code == 200


@pytest.mark.parametrize("path", ["/v1/organizations/invites", "/", "/v1/organizations/usage_report/messages"])
def test_an_unknown_path_is_not_found_in_the_same_envelope(desk: Desk, path: str) -> None:
    assert problem(desk.get(path)) == (404, "not_found_error")


def test_a_day_comes_in_the_shape_of_the_contract(desk: Desk) -> None:
    page = desk.get(**YESTERDAY, limit=1000).json()
    assert page["has_more"] is False
    assert page["next_page"] is None
    assert len(page["data"]) > 20
    for row in page["data"]:
        assert row["date"] == "2026-11-19T00:00:00Z"
        assert row["organization_id"] == ORGANIZATION_ID
        assert row["actor"]["type"] in ("user_actor", "api_actor")
        for use in row["model_breakdown"]:
            assert use["estimated_cost"]["currency"] == "USD"
            assert isinstance(use["estimated_cost"]["amount"], int | float)


def test_amounts_are_numbers_that_lost_no_digit_on_the_way(desk: Desk) -> None:
    text = desk.get(**YESTERDAY, limit=1000).text
    sent = [
        use["estimated_cost"]["amount"]
        for row in desk.company.records(date(2026, 11, 19), NOON)
        for use in row["model_breakdown"]
    ]
    got = [
        use["estimated_cost"]["amount"]
        for row in json.loads(text, parse_float=Decimal)["data"]
        for use in row["model_breakdown"]
    ]
    assert got == sent
    assert exact_json([Decimal("1E+2"), Decimal("34.40"), Decimal("1E-9"), None, True, 'é"']) == (
        '[100,34.40,0.000000001,null,true,"\\u00e9\\""]'
    )


# Pages


def test_the_default_page_has_twenty_records_and_cursors_lead_through_all(desk: Desk) -> None:
    whole = desk.walk(**YESTERDAY, limit=1000)
    assert len(desk.get(**YESTERDAY).json()["data"]) == 20
    assert desk.walk(**YESTERDAY) == desk.walk(**YESTERDAY, limit=3) == whole


@pytest.mark.parametrize("change", [{"limit": 6}, {"starting_at": "2026-11-18"}])
def test_a_cursor_is_bound_to_the_other_parameters(desk: Desk, change: dict[str, Any]) -> None:
    asked: dict[str, Any] = {**YESTERDAY, "limit": 5}
    cursor = desk.get(**asked).json()["next_page"]
    assert desk.get(**asked, page=cursor).status_code == 200
    assert problem(desk.get(**{**asked, **change}, page=cursor)) == (400, "invalid_request_error")


def test_a_walk_sees_to_its_end_what_it_saw_at_its_first_page(desk: Desk) -> None:
    today: dict[str, Any] = {"starting_at": "2026-11-20", "limit": 5}
    before = desk.walk(**today)
    first = desk.get(**today).json()
    desk.now += timedelta(hours=6)
    desk.company.restate(date(2026, 11, 19), 50)
    records, cursor = first["data"], first["next_page"]
    while cursor:
        page = desk.get(**today, page=cursor).json()
        records, cursor = records + page["data"], page["next_page"]
    assert records == before
    assert len(desk.walk(**today)) > len(before)


def test_an_old_cursor_expires(desk: Desk) -> None:
    cursor = desk.get(**YESTERDAY, limit=5).json()["next_page"]
    for _ in range(16):
        desk.get(**YESTERDAY, limit=1)
    assert problem(desk.get(**YESTERDAY, limit=5, page=cursor)) == (400, "invalid_request_error")


# Time


def test_what_is_younger_than_an_hour_is_not_told(desk: Desk) -> None:
    told = desk.walk(starting_at="2026-11-20", limit=1000)
    assert told == json.loads(exact_json(desk.company.records(START, NOON - timedelta(hours=1))))
    assert told != json.loads(exact_json(desk.company.records(START, NOON)))


def test_a_day_to_come_is_empty_and_not_an_error(desk: Desk) -> None:
    page = desk.get(starting_at="2026-11-21").json()
    assert (page["data"], page["has_more"], page["next_page"]) == ([], False, None)


def test_a_restated_and_an_emptied_day_are_told_as_they_are_now(desk: Desk) -> None:
    before = desk.walk(**YESTERDAY)
    desk.company.restate(date(2026, 11, 19), 103)
    assert len(desk.walk(**YESTERDAY)) == len(before)
    assert desk.walk(**YESTERDAY) != before
    desk.company.empty(date(2026, 11, 19))
    assert desk.walk(**YESTERDAY) == []


# Faults


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.RATE_LIMITED, (429, "rate_limit_error")),
        (Fault.SPEND_CAP, (429, "rate_limit_error")),
        (Fault.SERVER_ERROR, (500, "api_error")),
        (Fault.TIMEOUT, (504, "timeout_error")),
        (Fault.OVERLOADED, (529, "overloaded_error")),
    ],
)
def test_a_planned_error_comes_as_often_as_planned(desk: Desk, fault: Fault, expected: tuple[int, str]) -> None:
    desk.faults.plan(fault, times=2, after=1, retry_after="7")
    answers = [desk.get(**YESTERDAY) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, expected[0], expected[0], 200]
    assert problem(answers[1]) == expected
    assert answers[1].headers.get("retry-after") == ("7" if fault is Fault.RATE_LIMITED else None)
    details = answers[1].json()["error"].get("details")
    assert details == ({"error_code": "enforced_spend_limit_reached"} if fault is Fault.SPEND_CAP else None)


def test_a_proxy_page_a_redirect_and_a_truncated_body_look_like_the_real_ones(desk: Desk) -> None:
    desk.faults.plan(Fault.BAD_GATEWAY)
    desk.faults.plan(Fault.REDIRECT, location="http://127.0.0.1:9/")
    desk.faults.plan(Fault.TRUNCATED)
    bad_gateway, redirect, truncated = (desk.get(**YESTERDAY) for _ in range(3))
    assert (bad_gateway.status_code, bad_gateway.headers["content-type"]) == (502, "text/html")
    assert (redirect.status_code, redirect.headers["location"]) == (302, "http://127.0.0.1:9/")
    assert truncated.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        truncated.json()


def test_a_connection_may_close_in_the_middle_of_the_second_page(desk: Desk) -> None:
    desk.faults.plan(Fault.RESET, after=1)
    cursor = desk.get(**YESTERDAY, limit=5).json()["next_page"]
    with pytest.raises(httpx.RemoteProtocolError):
        desk.get(**YESTERDAY, limit=5, page=cursor)
    assert desk.get(**YESTERDAY, limit=5, page=cursor).status_code == 200


def test_a_cursor_may_lead_back_to_itself(desk: Desk) -> None:
    desk.faults.plan(Fault.ENDLESS_CURSOR, times=2)
    cursor = desk.get(**YESTERDAY).json()["next_page"]
    assert desk.get(**YESTERDAY, page=cursor).json()["next_page"] == cursor


def test_a_day_may_come_back_empty_for_a_moment(desk: Desk) -> None:
    desk.faults.plan(Fault.EMPTY)
    assert desk.get(**YESTERDAY).json()["data"] == []
    assert desk.get(**YESTERDAY).json()["data"] != []


def test_requests_are_counted_by_what_they_asked() -> None:
    app = usage_app(Company(START), clock=lambda: NOON)
    with serving(app) as url, httpx.Client(base_url=url, headers=HEADERS) as client:
        client.get("/v1/organizations/me")
        assert client.post("/v1/organizations/me").status_code == 405
        client.get("/nowhere")
    assert app.state.faults.requests() == {
        "GET /v1/organizations/me": 1,
        "POST /v1/organizations/me": 1,
        "GET /nowhere": 1,
    }
