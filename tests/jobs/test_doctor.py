"""What `ccost doctor` says of the sources and of telemetry. The rest is tried with the real command."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from bot.config import Settings, load_settings
from bot.errors import SourceAbsent, SourceError, SourceRejected, SourceUnavailable
from bot.jobs.doctor import Check, examine
from bot.sources import SOURCES, Source
from bot.store import runs
from bot.store.engine import Store
from bot.store.tables import IngestToken, core
from bot.usage import Biller, DayReading, Plan
from tests import canaries
from tests.delivery.desk import ON_SQLITE

pytestmark = ON_SQLITE

ANALYTICS, CLAUDE, LITELLM = "anthropic_analytics", "anthropic_claude_code", "litellm"
ADMIN = {"ANTHROPIC_ADMIN_KEY": canaries.ADMIN_KEY}
WEAK = {"ANTHROPIC_ANALYTICS_KEY": "sk-ant-analytics-weak"}
PROXY = {"LITELLM_BASE_URL": "http://127.0.0.1:9", "LITELLM_API_KEY": "sk-proxy"}


class Reader:
    """A source that answers, or does not."""

    def __init__(self, error: SourceError | None) -> None:
        self.error = error

    def first_day(self) -> date | None:
        return None

    def expect(self, days: Sequence[date]) -> None:
        """Nothing to prepare."""

    def read_day(self, day: date, now: datetime) -> DayReading:
        raise NotImplementedError

    def check(self) -> str:
        if self.error:
            raise self.error
        return "Example"

    def close(self) -> None:
        """Nothing to give back."""


class Proxy(Reader):
    """A source that knows what its key may do."""

    def __init__(self, *, too_much: bool | SourceError) -> None:
        super().__init__(None)
        self.too_much = too_much

    def is_too_powerful(self) -> bool:
        if isinstance(self.too_much, SourceError):
            raise self.too_much
        return self.too_much


def sources(**readers: Reader) -> list[Source]:
    def opening(source: Source, reader: Reader) -> Source:
        return replace(source, open=lambda *_: reader)

    return [opening(source, readers[source.name]) for source in SOURCES if source.name in readers]


def settings_of(store_url: str, *more: dict[str, str]) -> Settings:
    merged = {"CCOST_DATABASE_URL": store_url, "CCOST_ADMINS": "U0CHLOE"}
    for one in more:
        merged |= one
    return load_settings(merged, env_file=None)


def said(url: str, found: list[Source], *more: dict[str, str], about: str = "source") -> list[Check]:
    return [check for check in examine(settings_of(url, *more), found) if check.name == about]


def test_a_source_that_the_organization_does_not_have_is_no_fault_while_another_stands_in(database_url: str) -> None:
    absent = Reader(SourceAbsent(ANALYTICS, "HTTP 404 on /v1/organizations/analytics/cost"))
    assert said(database_url, sources(anthropic_analytics=absent, anthropic_claude_code=Reader(None)), ADMIN) == [
        Check(
            "source",
            "good",
            f"{ANALYTICS}: not to be had here (HTTP 404 on /v1/organizations/analytics/cost). Others stand in.",
        ),
        Check("source", "good", f"{CLAUDE}: answers for Example."),
    ]


@pytest.mark.parametrize("other", [SourceAbsent, SourceRejected, SourceUnavailable])
def test_where_nothing_of_an_account_answers_each_is_a_fault(database_url: str, other: type[SourceError]) -> None:
    found = sources(
        anthropic_analytics=Reader(SourceAbsent(ANALYTICS, "HTTP 404")),
        anthropic_claude_code=Reader(other(CLAUDE, "no")),
        litellm=Proxy(too_much=False),
    )
    states = [check.state for check in said(database_url, found, ADMIN, PROXY)]
    assert states == ["bad", "bad", "good"]


@pytest.mark.parametrize(
    ("keys", "stronger", "warns"),
    [
        ([ADMIN], SourceAbsent(CLAUDE, "HTTP 403"), "The weaker ANTHROPIC_ANALYTICS_KEY would do"),
        ([ADMIN, WEAK], SourceAbsent(CLAUDE, "HTTP 403"), "opens nothing that ANTHROPIC_ANALYTICS_KEY does not"),
        ([ADMIN], None, ""),
        ([ADMIN, WEAK], None, ""),
        ([ADMIN], SourceUnavailable(CLAUDE, "HTTP 500"), ""),
        ([WEAK], None, ""),
    ],
)
def test_a_key_that_is_stronger_than_needed_is_warned_of(
    database_url: str, keys: list[dict[str, str]], stronger: SourceError | None, warns: str
) -> None:
    found = sources(anthropic_analytics=Reader(None), anthropic_claude_code=Reader(stronger))
    warnings = [check.says for check in said(database_url, found, *keys) if check.state == "warn"]
    assert [warns in one for one in warnings] == ([True] if warns else [])


@pytest.mark.parametrize("too_much", [True, False])
def test_a_master_key_of_the_gateway_is_warned_of(database_url: str, too_much: bool) -> None:
    checks = said(database_url, sources(litellm=Proxy(too_much=too_much)), PROXY)
    assert [check.state for check in checks] == ["good", *["warn"] * too_much]
    if too_much:
        assert "LITELLM_API_KEY may do more than ccost needs" in checks[1].says


def test_a_source_that_answers_is_well_even_if_it_does_not_say_what_its_key_may_do(database_url: str) -> None:
    silent = Proxy(too_much=SourceUnavailable("litellm", "HTTP 500 on /key/info"))
    good, unknown = said(database_url, sources(litellm=silent), PROXY)
    assert (good.state, unknown.state) == ("good", "warn")
    assert "does not say whether LITELLM_API_KEY may do more" in unknown.says


@pytest.mark.parametrize(("more", "state"), [({}, "bad"), ({"CCOST_PUBLIC_URL": "https://ccost.example.com"}, "warn")])
def test_without_a_usage_api_telemetry_alone_may_do(database_url: str, more: dict[str, str], state: str) -> None:
    assert [check.state for check in said(database_url, list(SOURCES), more)] == [state]


@pytest.mark.parametrize(
    ("lives_for", "more", "found"),
    [
        (timedelta(days=1), {}, [("warn", "CCOST_PUBLIC_URL does not say")]),
        (timedelta(days=1), {"CCOST_PUBLIC_URL": "https://ccost.example.com"}, [("good", "1 ingest tokens")]),
        (timedelta(days=-1), {}, []),
    ],
)
def test_tokens_that_are_out_need_an_address_to_go_to(
    store: Store, database_url: str, lives_for: timedelta, more: dict[str, str], found: list[tuple[str, str]]
) -> None:
    now = datetime.now(UTC)
    token = {
        "public_id": "p",
        "secret_hash": "h",
        "label": "",
        "biller": Biller.ANTHROPIC,
        "plan": Plan.PAY_PER_TOKEN,
        "created_by": "U",
        "created_at": now,
        "expires_at": now + lives_for,
    }
    with store.sessions.begin() as session:
        session.execute(insert(core(IngestToken)).values(**token))
    checks = said(database_url, [], more, about="telemetry")
    assert [(check.state, words in check.says) for check, (_, words) in zip(checks, found, strict=True)] == [
        (state, True) for state, _ in found
    ]


def test_the_last_reading_of_what_is_not_to_be_had_is_no_fault(store: Store, database_url: str) -> None:
    with store.sessions.begin() as session:
        runs.note_failure(session, ANALYTICS, datetime.now(UTC), "SourceAbsent", "HTTP 403")
        runs.note_failure(session, CLAUDE, datetime.now(UTC), "SourceRejected", "HTTP 401")
    assert [(check.state, check.says) for check in said(database_url, [], about="reading")] == [
        ("good", f"{ANALYTICS}: not to be had here (HTTP 403)."),
        ("bad", f"{CLAUDE}: SourceRejected: HTTP 401."),
    ]
