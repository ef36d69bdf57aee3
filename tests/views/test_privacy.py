"""Settings, privacy and pilots as they are shown: within Slack's limits whatever people are called."""

from datetime import date, timedelta
from typing import Any

import pytest

from bot.budget import Alerts
from bot.notice import NoticeKind
from bot.reports.pilot import Choices, pilot_report
from bot.text import load_texts
from bot.views import pilot, preferences, privacy
from bot.views.blocks import Message
from bot.views.pilot import Plan
from bot.views.preferences import Preferences
from bot.views.privacy import LookedAt, PrivacyReport
from tests.block_kit import judge, seen
from tests.usage_rows import NOW

TEXTS = load_texts().by_language
ODD = "<!channel> *bold* `code` " + "長い名前" * 60
LANGUAGES = pytest.mark.parametrize("language", sorted(TEXTS))


def report(**changes: Any) -> PrivacyReport:
    values: dict[str, Any] = {
        "name": ODD,
        "email": f"{ODD}@example.com",
        "zone": ODD,
        "language": "en",
        "usage_ids": [f"{n} {ODD}" for n in range(40)],
        "first_date": date(2024, 1, 1),
        "last_date": date(2026, 11, 22),
        "day_rows": 123_456,
        "budgets": 2,
        "requests": 1,
        "messages": 1,
        "oldest_message_at": NOW,
        "tokens": 3,
        "versions": [ODD] * 30,
        "telemetry_rows": 12_345,
        "groups": ["platform"],
        "leads": ["design"],
        "looks": [LookedAt(at=NOW - timedelta(hours=n), by=ODD, period=ODD) for n in range(400)],
        "content_days": 30,
        "key_days": 400,
        "tips_off": False,
        "alerts_off": False,
        "people_enabled": True,
    }
    return PrivacyReport(**values | changes)


@LANGUAGES
def test_privacy_fits_whatever_people_are_called_and_however_many_looked(language: str) -> None:
    message = privacy.privacy(report(), TEXTS[language])
    judge(message)
    assert "<" not in seen(message)


@LANGUAGES
def test_somebody_of_whom_nothing_is_known_reads_words_instead_of_gaps(language: str) -> None:
    message = privacy.privacy(
        report(
            email=None,
            zone=None,
            usage_ids=[],
            first_date=None,
            last_date=None,
            oldest_message_at=None,
            tokens=0,
            versions=[],
            telemetry_rows=0,
            groups=[],
            leads=[],
            looks=[],
        ),
        TEXTS[language],
    )
    judge(message)
    assert "None" not in f"{message.text}{seen(message)}"


@LANGUAGES
@pytest.mark.parametrize("chosen", [None, "en", "ja"])
def test_settings_fit(language: str, chosen: str | None) -> None:
    t = TEXTS[language]
    for alerts in (Alerts(), Alerts(off=True), Alerts(snoozed_until=NOW + timedelta(days=1), quiet_from=0, quiet_to=0)):
        for in_pilot in (None, True, False):
            found = Preferences(
                language=chosen, alerts=alerts, zone=ODD, tips_off=True, in_pilot=in_pilot, for_admin=True
            )
            judge(preferences.overview(found, NOW, t))
    for already in (True, False):
        judge(preferences.language(chosen, sorted(TEXTS), t, already=already))
        judge(preferences.tips(t, off=already, already=already))


@LANGUAGES
def test_a_snooze_that_is_over_is_none(language: str) -> None:
    t = TEXTS[language]
    found = Preferences(
        language=None, alerts=Alerts(snoozed_until=NOW), zone="UTC", tips_off=False, in_pilot=None, for_admin=False
    )
    assert t("preferences.alerts_on").replace("*", "") in preferences.overview(found, NOW, t).text


@LANGUAGES
def test_a_pilot_fits_in_every_state(language: str) -> None:
    t = TEXTS[language]
    plan = Plan(group="x" * 40, people=2, digests=3, digests_on=1)
    shown: list[Message] = [
        pilot.none([], t),
        pilot.none([f"group-{n}" for n in range(60)], t),
        pilot.preview(plan, t),
        pilot.begun(plan, t),
    ]
    for people in (2, 5):
        for age in (timedelta(hours=1), timedelta(days=30)):
            for sent in ({}, dict.fromkeys(NoticeKind, 3)):
                found = pilot_report(
                    group="x" * 40,
                    since=NOW - age,
                    now=NOW,
                    people=people,
                    active=1,
                    sent=sent,
                    withheld=people - 2,
                    requests=1,
                    approved=0,
                    choices=Choices(alerts_off=1, snoozed=0, tips_off=2, own_budgets=1),
                )
                shown += [pilot.state(found, t, already=True), pilot.ended(found, t)]
    for message in shown:
        judge(message)


def test_a_weekly_average_has_one_decimal() -> None:
    found = pilot_report(
        group="platform",
        since=NOW - timedelta(days=14),
        now=NOW,
        people=5,
        active=5,
        sent={NoticeKind.BREACH: 7},
        withheld=0,
        requests=0,
        approved=0,
        choices=Choices(alerts_off=0, snoozed=0, tips_off=0, own_budgets=0),
    )
    assert (
        "7 messages went to them unasked (budget crossed: 7): 0.7 a person and week."
        in pilot.state(found, TEXTS["en"]).text
    )
