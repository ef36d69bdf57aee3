"""Connecting, versions, and what admins hear, as they are shown: within Slack's limits whatever anybody is called."""

import json
import shlex
from datetime import date, timedelta

import pytest

from bot.reports.versions import VersionUse, age
from bot.text import load_texts
from bot.views import connect, telemetry, versions
from bot.views.connect import Connection, Issued, TokenLine
from bot.views.snippets import as_settings, as_shell, environment
from tests.block_kit import judge, seen
from tests.usage_rows import NOW

TEXTS = load_texts().by_language
LANGUAGES = pytest.mark.parametrize("language", sorted(TEXTS))
ODD = "<!channel> *bold* `code` " + "長い名前" * 60
TOLD = "ccost_0123456789ab_" + "A" * 43
DAY = date(2026, 11, 19)
URL = "https://ccost.example.com/" + "a" * 200


def line(label: str = "") -> TokenLine:
    return TokenLine(
        public_id="0123456789ab",
        label=label,
        created_on=DAY,
        expires_on=DAY + timedelta(days=180),
        is_expired=False,
        last_used_at=NOW,
    )


@LANGUAGES
def test_all_that_connect_shows_fits(language: str) -> None:
    t = TEXTS[language]
    made = Issued(token=line(ODD), told=TOLD, public_url=URL)
    for message in (
        connect.no_address(t, for_admin=True),
        connect.no_address(t, for_admin=False),
        connect.offer(t),
        connect.issued(made, t),
        connect.issued_to_team(made, t),
        connect.state(Connection(tokens=[line(ODD)] * 30, arrived=(DAY, DAY), is_subscription=True), t),
        connect.teams([line(ODD)] * 30, t),
        connect.teams([], t),
    ):
        judge(message)
        assert "<" not in seen(message)


@LANGUAGES
def test_the_token_stands_in_the_text_and_alone_in_a_box(language: str) -> None:
    for show in (connect.issued, connect.issued_to_team):
        message = show(Issued(token=line(), told=TOLD, public_url=URL), TEXTS[language])
        assert TOLD in message.text
        assert f"'text': '{TOLD}'" in str(message.blocks)


@LANGUAGES
@pytest.mark.parametrize("count", [0, 1, 500])
def test_versions_fit_however_many_there_are(language: str, count: int) -> None:
    uses = [
        VersionUse(who=f"{n}{ODD}", is_known=n % 2 == 0, version=f"2.1.{n}{ODD}", last_seen_date=DAY, age=age("2.1.1"))
        for n in range(count)
    ]
    message = versions.versions(uses, 30, TEXTS[language])
    judge(message)
    assert "<" not in seen(message)


@LANGUAGES
@pytest.mark.parametrize("people", [1, 10, 11, 500])
def test_what_admins_hear_fits_and_counts_whom_it_does_not_name(language: str, people: int) -> None:
    t = TEXTS[language]
    names = [f"{n}{ODD}" for n in range(people)]
    told = [telemetry.refused(reason, people, names, t) for reason in ("wrong", "expired", "revoked")]
    for message in (*told, telemetry.silent(names, 7, t), telemetry.outdated(names, t)):
        judge(message)
        assert "<" not in seen(message)
        assert str(people) in message.text
        assert (t("telemetry.more", n=people - 10) in message.text) is (people > 10)


def test_what_one_pastes_says_the_same_in_both_forms() -> None:
    settings = environment("https://ccost.example.com/otlp/", TOLD)
    assert settings["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://ccost.example.com/otlp"
    assert settings["OTEL_EXPORTER_OTLP_HEADERS"] == f"Authorization=Bearer {TOLD}"
    words = [shlex.split(one) for one in as_shell(settings).splitlines()]
    assert all(first == "export" for first, _ in words)
    assert dict(rest.split("=", 1) for _, rest in words) == settings == json.loads(as_settings(settings))["env"]
