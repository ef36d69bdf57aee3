"""The Admin API's lists: names and owners, whichever API version wrote them, and never a key."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.costs import Directory, VendorKey, VendorWorkspace
from bot.demo.company import Company, admin
from bot.demo.company.faults import Faults
from bot.demo.company.server import ADMIN_KEY, ANALYTICS_KEY, usage_app
from bot.demo.serving import serving
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.anthropic_admin import NAME, DirectoryReader, open_directory
from tests.virtual_time import VirtualTime

PAYLOADS = Path(__file__).parent.parent / "payloads" / "anthropic"
USERS, WORKSPACES, KEYS = (f"/v1/organizations/{path}" for path in ("users", "workspaces", "api_keys"))
CI_WORKSPACE = "wrkspc_01CiExample0000000000001"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


class Vendor:
    """Answers each path with its bodies in turn, the last one for good; remembers what was asked."""

    def __init__(self, **bodies: Sequence[bytes | httpx.Response]) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = {
            USERS: [*bodies.get("users", [payload("users")])],
            WORKSPACES: [*bodies.get("workspaces", [payload("workspaces")])],
            KEYS: [*bodies.get("keys", [payload("api_keys_2026-10-21")])],
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self._answers[request.url.path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, content=answer)

    def params(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [(request.url.path, request.url.params.multi_items()) for request in self.asked]


def opened(vendor: Vendor) -> DirectoryReader:
    clock = VirtualTime()
    return open_directory(
        Settings(anthropic_admin_key=SecretStr(ADMIN_KEY)),
        transport=httpx.MockTransport(vendor),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )


def read(vendor: Vendor) -> Directory:
    with closing(opened(vendor)) as directory:
        return directory.read()


def listed(*items: Any, has_more: bool = False, last_id: Any = "last") -> bytes:
    return json.dumps({"data": items, "first_id": "first", "last_id": last_id, "has_more": has_more}).encode()


def key(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(payload("api_keys_2026-10-21"))["data"][0]
    return {name: value for name, value in {**whole, **changes}.items() if value is not ...}


def test_the_captured_lists_are_read() -> None:
    assert read(Vendor()) == Directory(
        workspaces=(
            VendorWorkspace(workspace_id="wrkspc_01ClaudeCodeExample0001", name="Claude Code"),
            VendorWorkspace(workspace_id=CI_WORKSPACE, name="CI"),
            VendorWorkspace(workspace_id="wrkspc_01OldExample000000000001", name="Old experiments"),
            VendorWorkspace(workspace_id="wrkspc_01DefaultExample00000001", name="Default"),
        ),
        keys=(
            VendorKey(
                key_id="apikey_01CiExample0000000000001",
                name="ci-review-bot",
                workspace_id=CI_WORKSPACE,
                owner_email="haruka@example.com",
            ),
            VendorKey(
                key_id="apikey_01DocsExample00000000001",
                name="nightly-docs",
                workspace_id=None,
                owner_email="ada@example.com",
            ),
            VendorKey(
                key_id="apikey_01ServiceExample0000001", name="deploy-gate", workspace_id=CI_WORKSPACE, owner_email=None
            ),
        ),
    )


def test_the_early_api_version_says_the_workspace_at_the_top() -> None:
    early, late = (read(Vendor(keys=[payload(f"api_keys_{version}")])) for version in ("2023-06-01", "2026-10-21"))
    assert [one.workspace_id for one in early.keys] == [one.workspace_id for one in late.keys]


def test_whole_pages_of_everything_are_asked_for() -> None:
    vendor = Vendor()
    read(vendor)
    assert vendor.params() == [
        (USERS, [("limit", "1000")]),
        (WORKSPACES, [("include_archived", "true"), ("include_default", "true"), ("limit", "1000")]),
        (KEYS, [("limit", "1000")]),
    ]
    assert {request.headers["anthropic-version"] for request in vendor.asked} == {"2026-10-21"}
    assert {request.headers["x-api-key"] for request in vendor.asked} == {ADMIN_KEY}


def test_a_vendor_that_does_not_know_how_to_list_the_default_workspace_lists_the_others() -> None:
    vendor = Vendor(workspaces=[httpx.Response(400), payload("workspaces")])
    assert len(read(vendor).workspaces) == 4
    assert [params for path, params in vendor.params() if path == WORKSPACES][1] == [
        ("include_archived", "true"),
        ("limit", "1000"),
    ]


@pytest.mark.parametrize(
    ("changes", "owner"),
    [
        ({}, "haruka@example.com"),
        ({"principal": {"type": "user_actor", "user_id": "user_01AdaExample000000000001"}}, "ada@example.com"),
        ({"principal": {"type": "user_actor", "user_id": "user_01Stranger"}}, None),
        ({"principal": {"type": "service_account_actor", "service_account_id": "svac"}}, "haruka@example.com"),
        ({"created_by": {"type": "service_account", "id": "user_01HarukaExample000000001"}}, None),
        ({"created_by": None}, None),
        ({"created_by": ...}, None),
        ({"created_by": {"type": "user"}}, None),
    ],
)
def test_a_key_belongs_to_whom_it_stands_for_else_to_who_made_it(changes: dict[str, Any], owner: str | None) -> None:
    assert [one.owner_email for one in read(Vendor(keys=[listed(key(**changes))])).keys] == [owner]


@pytest.mark.parametrize(
    ("changes", "workspace"),
    [
        ({"scope": {"type": "organization"}}, None),
        ({"scope": {"type": "workspace", "workspace_id": None}}, None),
        ({"scope": {"type": "workspace", "workspace_id": "w"}, "workspace_id": "other"}, "w"),
        ({"scope": ..., "workspace_id": "w"}, "w"),
        ({"scope": ..., "workspace_id": None}, None),
        ({"scope": ...}, None),
        ({"scope": ..., "workspace_id": ""}, None),
    ],
)
def test_a_key_is_where_either_version_says(changes: dict[str, Any], workspace: str | None) -> None:
    assert [one.workspace_id for one in read(Vendor(keys=[listed(key(**changes))])).keys] == [workspace]


def test_no_part_of_a_key_is_kept() -> None:
    assert "abc...xyz" not in repr(read(Vendor()))


def test_names_alone_need_one_list_alone() -> None:
    vendor = Vendor()
    with closing(opened(vendor)) as directory:
        names = directory.key_names()
    assert names["apikey_01DocsExample00000000001"] == "nightly-docs"
    assert len(names) == 3
    assert [path for path, _ in vendor.params()] == [KEYS]


def test_pages_are_asked_for_by_the_last_id() -> None:
    vendor = Vendor(keys=[listed(key(id="a"), has_more=True, last_id="a"), listed(key(id="b"), key(id="a"))])
    assert [one.key_id for one in read(vendor).keys] == ["a", "b"]
    asked = [params for path, params in vendor.params() if path == KEYS]
    assert asked == [[("limit", "1000")], [("limit", "1000"), ("after_id", "a")]]


@pytest.mark.parametrize("last_id", [None, "", 7])
def test_more_pages_without_a_last_id_are_a_changed_contract(last_id: Any) -> None:
    vendor = Vendor(keys=[listed(key(), has_more=True, last_id=last_id)])
    with pytest.raises(SourceChanged, match="no end"):
        read(vendor)
    assert [path for path, _ in vendor.params()].count(KEYS) == 1


def test_pages_that_lead_back_are_given_up() -> None:
    vendor = Vendor(keys=[listed(key(), has_more=True)])
    with pytest.raises(SourceChanged, match="no end"):
        read(vendor)
    assert [path for path, _ in vendor.params()].count(KEYS) == 2


def test_a_thousand_pages_are_enough() -> None:
    pages = [listed(has_more=True, last_id=f"id{n}") for n in range(1001)]
    with pytest.raises(SourceChanged, match="more than 1000 pages"):
        read(Vendor(users=pages))


@pytest.mark.parametrize("item", [None, 7, [], {}, {"id": "x"}, {"name": "x"}, key(name=" "), key(id=None)])
def test_a_bad_item_is_left_out_and_logged_without_a_quote(item: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert len(read(Vendor(keys=[listed(item, key())])).keys) == 1
    said = [vars(one) for one in caplog.records if one.msg == "quarantined"]
    assert [(one["source"], one["path"], one["rows"]) for one in said] == [(NAME, KEYS, 1)]


def test_a_list_of_which_nothing_is_understood_is_a_changed_contract() -> None:
    with pytest.raises(SourceChanged, match="none of 2 items"):
        read(Vendor(users=[listed({}, None)]))


@pytest.mark.parametrize("path", ["users", "workspaces", "keys"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, SourceRejected),
        (403, SourceAbsent),
        (404, SourceAbsent),
        (410, SourceChanged),
        (500, SourceUnavailable),
    ],
)
def test_a_list_that_is_refused_says_what_must_be_done(path: str, status: int, kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        read(Vendor(**{path: [httpx.Response(status)]}))


def test_errors_are_told_in_the_name_of_who_asked() -> None:
    settings = Settings(anthropic_admin_key=SecretStr(ADMIN_KEY))
    transport = httpx.MockTransport(Vendor(users=[httpx.Response(403)]))
    with (
        closing(open_directory(settings, source="somebody", transport=transport)) as directory,
        pytest.raises(SourceAbsent) as caught,
    ):
        directory.read()
    assert caught.value.source == "somebody"


def test_without_a_key_the_lists_do_not_open() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_ADMIN_KEY"):
        open_directory(Settings(anthropic_analytics_key=SecretStr(ANALYTICS_KEY)))


# Against the twin


@pytest.fixture(scope="module")
def twin() -> Iterator[tuple[Company, str]]:
    company = Company(date(2026, 11, 20))
    app = usage_app(company, clock=lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC), faults=Faults())
    with serving(app) as url:
        yield company, url


def test_the_invented_company_is_listed_whole(twin: tuple[Company, str]) -> None:
    settings = Settings(anthropic_admin_key=SecretStr(ADMIN_KEY), anthropic_base_url=twin[1])
    with closing(open_directory(settings)) as directory:
        found = directory.read()
    assert {one.name for one in found.workspaces} == {"Claude Code", "CI", "Support bot", "Old experiments", "Default"}
    people = {who.external_id for who in twin[0].who if not who.is_machine} - {"yves@example.com"}
    theirs = [one for one in found.keys if one.workspace_id == admin.CLAUDE_CODE]
    assert {one.owner_email for one in theirs} == people
    assert {one.name for one in found.keys} >= {"ci-review-bot", "nightly-docs", "support-bot", "retired-indexer"}
    assert "sk-ant" not in repr(found)


def test_the_analytics_key_does_not_open_the_lists(twin: tuple[Company, str]) -> None:
    settings = Settings(anthropic_admin_key=SecretStr(ANALYTICS_KEY), anthropic_base_url=twin[1])
    with closing(open_directory(settings)) as directory, pytest.raises(SourceAbsent, match="HTTP 403"):
        directory.read()
