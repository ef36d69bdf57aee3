"""The organization's own cost report: whole days, credits too, and no sum that lacks a line."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import Settings
from bot.costs import CostLine
from bot.demo.company import Company, admin, costs
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import ADMIN_KEY, ANALYTICS_KEY, usage_app
from bot.demo.serving import serving
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.anthropic_cost import NAME, LedgerReader, open_ledger
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 19)
BEFORE = DAY - timedelta(days=1)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REPORT = "/v1/organizations/cost_report"
PAYLOAD = (Path(__file__).parent.parent / "payloads" / "anthropic" / "cost_report.json").read_bytes()
CLAUDE_CODE = "wrkspc_01ClaudeCodeExample0001"

Handler = Callable[[httpx.Request], httpx.Response]
Days = dict[date, tuple[CostLine, ...]]


def opened(handler: Handler) -> LedgerReader:
    clock = VirtualTime()
    return open_ledger(
        Settings(anthropic_admin_key=SecretStr(ADMIN_KEY)),
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )


def in_turn(*bodies: bytes | httpx.Response) -> Handler:
    """Each body once; a question too many is an error of its own."""
    waiting = iter(bodies)

    def vendor(_: httpx.Request) -> httpx.Response:
        body = next(waiting)
        return body if isinstance(body, httpx.Response) else httpx.Response(200, content=body)

    return vendor


def read(*bodies: bytes | httpx.Response, first: date = BEFORE, last: date = DAY) -> Days:
    with closing(opened(in_turn(*bodies))) as ledger:
        return ledger.read_days(first, last)


def page(*buckets: Any, next_page: str | None = None) -> bytes:
    envelope = {"data": list(buckets), "has_more": next_page is not None, "next_page": next_page}
    return json.dumps(envelope).encode()


def bucket(day: date, *lines: Any) -> dict[str, Any]:
    return {
        "starting_at": f"{day}T00:00:00Z",
        "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
        "results": list(lines),
    }


def line(**changes: Any) -> dict[str, Any]:
    whole = copy.deepcopy(json.loads(PAYLOAD)["data"][1]["results"][0])
    return {name: value for name, value in {**whole, **changes}.items() if value is not ...}


def nanos(days: Days) -> dict[date, list[int]]:
    return {day: [one.cost_nanos for one in lines] for day, lines in days.items()}


def test_the_captured_days_are_read_to_the_last_digit() -> None:
    def of_day(workspace: str, description: str, cost_type: str, cost_nanos: int) -> CostLine:
        return CostLine(
            usage_date=DAY,
            workspace_id=workspace,
            description=description,
            cost_type=cost_type,
            cost_nanos=cost_nanos,
        )

    assert read(PAYLOAD) == {
        BEFORE: (),
        DAY: (
            of_day("", "Web Search Usage", "web_search", 140_000_000),
            of_day("wrkspc_01CiExample0000000000001", "Promotional Credit", "", -2_500_000_000),
            of_day(CLAUDE_CODE, "Claude Opus 5.5 Usage - Input Tokens", "tokens", 1_234_500_000),
            of_day(CLAUDE_CODE, "Claude Opus 5.5 Usage - Output Tokens", "tokens", 45_223_000_000),
        ),
    }


def test_the_days_are_asked_for_with_their_ends_and_by_workspace_and_description() -> None:
    asked: list[httpx.Request] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=PAYLOAD)

    with closing(opened(vendor)) as ledger:
        ledger.read_days(BEFORE, DAY)
    assert [(request.method, request.url.path) for request in asked] == [("GET", REPORT)]
    assert asked[0].url.params.multi_items() == [
        ("starting_at", "2026-11-18T00:00:00Z"),
        ("ending_at", "2026-11-20T00:00:00Z"),
        ("bucket_width", "1d"),
        ("group_by[]", "workspace_id"),
        ("group_by[]", "description"),
        ("limit", "31"),
    ]
    assert asked[0].headers["x-api-key"] == ADMIN_KEY
    assert asked[0].headers["anthropic-version"] == "2026-10-21"


@pytest.mark.parametrize(("days", "questions"), [(1, 1), (31, 1), (32, 2), (62, 2), (63, 3), (0, 0)])
def test_no_question_is_longer_than_31_days(days: int, questions: int) -> None:
    asked: list[tuple[str, str]] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        asked.append((params["starting_at"][:10], params["ending_at"][:10]))
        start, end = (date.fromisoformat(day) for day in asked[-1])
        return httpx.Response(200, content=page(*(bucket(start + timedelta(n)) for n in range((end - start).days))))

    first = DAY - timedelta(days=days - 1)
    with closing(opened(vendor)) as ledger:
        found = ledger.read_days(first, DAY)
    assert len(asked) == questions
    assert sorted(found) == [first + timedelta(days=n) for n in range(days)]
    assert all((date.fromisoformat(end) - date.fromisoformat(start)).days <= 31 for start, end in asked)


def test_a_day_without_cost_is_empty_and_a_day_that_was_not_given_is_missing() -> None:
    assert read(page(bucket(DAY))) == {DAY: ()}


def test_a_day_that_was_not_asked_for_is_left_out() -> None:
    assert list(read(page(bucket(DAY), bucket(DAY + timedelta(days=1), line())))) == [DAY]


def test_a_hundred_cents_are_one_dollar_and_not_a_hundred() -> None:
    assert nanos(read(page(bucket(DAY, line(amount="100"))))) == {DAY: [1_000_000_000]}


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.00000005", 0), ("0.00000015", 2), ("-0.00000015", -2), ("-250", -2_500_000_000)]
)
def test_credits_are_negative_and_all_amounts_are_rounded_once(amount: str, rounded: int) -> None:
    assert nanos(read(page(bucket(DAY, line(amount=amount))))) == {DAY: [rounded]}


def test_lines_that_differ_only_in_what_is_not_read_are_added_up() -> None:
    lines = [line(amount="1"), line(amount="1", context_window="200k-1M"), line(amount="1", x_new=1)]
    assert nanos(read(page(bucket(DAY, *lines)))) == {DAY: [30_000_000]}


def test_an_exact_repeat_of_a_line_or_a_day_counts_once() -> None:
    day = bucket(DAY, line(amount="1"), line(amount="1"))
    assert nanos(read(page(day, next_page="p2"), page(day))) == {DAY: [10_000_000]}


def test_a_day_that_says_two_things_is_read_again_from_the_start() -> None:
    one, other = bucket(DAY, line(amount="1")), bucket(DAY, line(amount="2"))
    assert nanos(read(page(one, other), page(other))) == {DAY: [20_000_000]}
    with pytest.raises(SourceChanged, match="said two things"):
        read(*[page(one, other)] * 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": ...},
        {"amount": None},
        {"amount": 4421.8},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": "900000000001"},
        {"currency": "EUR"},
        {"currency": ...},
        {"workspace_id": ...},
        {"workspace_id": 7},
        {"description": ...},
        {"description": []},
        {"cost_type": 7},
    ],
)
def test_a_day_with_a_bad_line_is_left_out_whole_and_its_neighbours_stay(
    changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    bad = bucket(DAY, line(), line(**changes))
    assert list(read(page(bucket(BEFORE, line()), bad))) == [BEFORE]
    said = [vars(one) for one in caplog.records if one.msg == "quarantined"]
    assert [(one["source"], one["days"]) for one in said] == [(NAME, 1)]
    with pytest.raises(SourceChanged, match="no day from 2026-11-18 to 2026-11-19"):
        read(page(bad))


@pytest.mark.parametrize("results", [None, {}, "", [None], [7]])
def test_a_day_whose_lines_are_no_list_of_lines_is_left_out(results: Any) -> None:
    assert list(read(page(bucket(BEFORE), {**bucket(DAY), "results": results}))) == [BEFORE]


@pytest.mark.parametrize("other", [None, {}, 7, {**bucket(DAY), "starting_at": "2026-11-19"}])
def test_a_bucket_of_no_day_costs_the_others_nothing(other: Any) -> None:
    assert list(read(page(bucket(BEFORE), other))) == [BEFORE]
    with pytest.raises(SourceChanged):
        read(page(other))


def test_a_sum_that_no_column_could_hold_is_not_believed() -> None:
    lines = [line(amount="900000000000", x_new=n) for n in range(2)]
    assert list(read(page(bucket(DAY, lines[0])))) == [DAY]
    assert list(read(page(bucket(BEFORE), bucket(DAY, *lines)))) == [BEFORE]


@pytest.mark.parametrize(("refusals", "is_read"), [(1, True), (3, True), (4, False)])
def test_a_cursor_that_expired_begins_the_walk_again(refusals: int, is_read: bool) -> None:
    first, refused = page(bucket(BEFORE), next_page="p2"), httpx.Response(400)
    again: list[bytes | httpx.Response] = [first, refused] * refusals
    bodies = [*again, first, page(bucket(DAY))]
    if is_read:
        assert list(read(*bodies)) == [BEFORE, DAY]
    else:
        with pytest.raises(SourceChanged):
            read(*bodies)


def test_pages_that_lead_back_are_given_up() -> None:
    with pytest.raises(SourceChanged, match="no end"):
        read(*[page(bucket(DAY), next_page="again")] * 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, SourceChanged),
        (401, SourceRejected),
        (403, SourceAbsent),
        (404, SourceAbsent),
        (410, SourceChanged),
    ],
)
def test_a_refusal_says_what_must_be_done(status: int, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        read(httpx.Response(status))


def test_a_vendor_in_trouble_is_asked_again_and_then_waited_for() -> None:
    assert list(read(httpx.Response(529), page(bucket(DAY)))) == [DAY]
    with pytest.raises(SourceUnavailable):
        read(*[httpx.Response(500)] * 6)


def test_without_an_admin_key_the_report_does_not_open() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_ADMIN_KEY"):
        open_ledger(Settings(anthropic_analytics_key=SecretStr(ANALYTICS_KEY)))


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_any_order_of_lines_on_any_pages_gives_the_same_days(data: st.DataObject) -> None:
    buckets = json.loads(PAYLOAD)["data"]
    buckets[1]["results"] = data.draw(st.permutations(buckets[1]["results"]))
    mixed = data.draw(st.permutations(buckets))
    pages = [page(mixed[0], next_page="p2"), page(mixed[1])] if data.draw(st.booleans()) else [page(*mixed)]
    assert read(*pages) == read(PAYLOAD)


# Against the twin


class Twin:
    """The served company, and who asks it."""

    def __init__(self, url: str, company: Company, faults: Faults) -> None:
        self.company, self.faults = company, faults
        self.settings = Settings(anthropic_admin_key=SecretStr(ADMIN_KEY), anthropic_base_url=url)

    def read(self, days: Sequence[date]) -> Days:
        with closing(open_ledger(self.settings, sleep=lambda _: None)) as ledger:
            return ledger.read_days(min(days), max(days))


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
    served.company.charges.clear()


@pytest.mark.parametrize("discount_percent", [0, 13])
def test_every_workspace_of_the_invented_company_is_read_to_the_cent(twin: Twin, discount_percent: int) -> None:
    twin.company.discount_percent = discount_percent
    found = twin.read([NOW.date() - timedelta(days=34), NOW.date()])
    assert len(found) == 35
    for day, lines in found.items():
        exact = costs.truth(twin.company, day, NOW - costs.VISIBLE_AFTER)
        sums = {workspace or "": cents * 10_000_000 for workspace, cents in exact.items()}
        for one in lines:
            sums[one.workspace_id] -= one.cost_nanos
        assert all(abs(rest) <= len(lines) / 2 for rest in sums.values())  # each line was rounded once


def test_people_and_machines_pay_in_their_workspaces_what_they_used(twin: Twin) -> None:
    lines = twin.read([DAY])[DAY]
    used = twin.company.truth(DAY, NOW)
    machines = {who.external_id for who in twin.company.who if who.is_machine}
    ci = sum(cents for who, cents in used.items() if who in machines)
    people = sum(cents for who, cents in used.items() if who not in machines | {"uma@example.com"})
    for workspace, cents in ((admin.CI, ci), (admin.CLAUDE_CODE, people)):
        assert sum(one.cost_nanos for one in lines if one.workspace_id == workspace) == cents * 10_000_000


def test_a_charge_that_nobody_made_is_a_line_of_its_workspace(twin: Twin) -> None:
    before = twin.read([DAY])[DAY]
    twin.company.charge(DAY, admin.CLAUDE_CODE, 1234)
    twin.company.charge(DAY, None, -50)
    more = set(twin.read([DAY])[DAY]) - set(before)
    assert {(one.workspace_id, one.cost_nanos) for one in more} == {
        (admin.CLAUDE_CODE, 12_340_000_000),
        ("", -500_000_000),
    }


def test_names_come_with_it(twin: Twin) -> None:
    with closing(open_ledger(twin.settings)) as ledger:
        assert "Claude Code" in {one.name for one in ledger.directory().workspaces}


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.OVERLOADED, Fault.RESET, Fault.TRUNCATED])
def test_a_bad_moment_of_the_vendor_is_not_noticed(twin: Twin, fault: Fault) -> None:
    good = twin.read([DAY])
    twin.faults.plan(fault, times=2)
    assert twin.read([DAY]) == good


def test_the_analytics_key_does_not_open_the_report(twin: Twin) -> None:
    weaker = twin.settings.model_copy(update={"anthropic_admin_key": SecretStr(ANALYTICS_KEY)})
    with closing(open_ledger(weaker)) as ledger, pytest.raises(SourceAbsent, match="HTTP 403"):
        ledger.read_days(DAY, DAY)
