"""Admins hear what is wrong with telemetry: once a day and reason, and once a week of people and versions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.delivery.telemetry import Trouble, findings, is_silent, plan_telemetry
from bot.demo.composition import Playground
from bot.store import members, notices, tokens, usage
from bot.store.senders import Refusal, SeenVersion, Sender
from bot.store.tables import CliVersion, InboxRefusal, core
from bot.usage import ConsumerKind
from tests.playing import playground
from tests.store.readings import did, person, reading

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
TODAY, MONDAY = date(2026, 11, 19), date(2026, 11, 16)
WEEK, SECOND, DAY = timedelta(days=7), timedelta(seconds=1), timedelta(days=1)
ADMINS = ("U0CHLOE", "U0HARUKA")


def away(reason: str, times: int = 1, of: str = "") -> Refusal:
    return Refusal(reason=reason, times=times, about="", of=of)


def sender(ago: timedelta, elsewhere: date | None) -> Sender:
    return Sender(name="Ada", last_used_at=NOW - ago, seen_elsewhere=elsewhere)


def seen(version: str, who: str = "Ada") -> SeenVersion:
    return SeenVersion(who=who, is_known=True, version=version, last_seen_date=TODAY)


def test_what_was_turned_away_is_told_by_the_day_and_by_what_to_do() -> None:
    refusals = {
        TODAY: [
            away("missing", 2),
            away("malformed", 3),
            away("unknown", 4),
            away("expired", 5, "Zoe"),
            away("expired", 6, "ada"),
            away("expired", 1, "Zoe"),
            away("two_ways", 8, "platform"),
        ],
        TODAY - DAY: [away("revoked", 7, "platform")],
    }
    found = [(one.key, one.times, one.names) for one in findings(refusals, [], [], NOW)]
    assert found == [
        ("telemetry/revoked/2026-11-18", 7, ("platform",)),
        ("telemetry/expired/2026-11-19", 12, ("ada", "Zoe")),
        ("telemetry/two_ways/2026-11-19", 8, ("platform",)),
        ("telemetry/wrong/2026-11-19", 9, ()),
    ]


@pytest.mark.parametrize(
    ("refusal", "told"), [(away("too_large", 9), 0), (away("unknown", 0), 0), (away("unknown"), 1)]
)
def test_only_what_a_person_can_mend_is_told(refusal: Refusal, told: int) -> None:
    assert len(findings({TODAY: [refusal]}, [], [], NOW)) == told


@pytest.mark.parametrize(
    ("one", "silent"),
    [
        (sender(WEEK - SECOND, TODAY), False),
        (sender(WEEK, TODAY), True),
        (sender(WEEK, None), False),
        (sender(WEEK, TODAY - WEEK), False),
        (sender(WEEK, TODAY - WEEK + DAY), True),
        (sender(timedelta(days=100), TODAY), True),
    ],
)
def test_who_sends_nothing_for_a_week_and_was_seen_since_is_silent(one: Sender, silent: bool) -> None:
    assert is_silent(one, NOW) is silent
    found = findings({}, [one], [], NOW)
    assert [(finding.key, finding.names) for finding in found] == [(f"telemetry/silent/{MONDAY}", ("Ada",))] * silent


@pytest.mark.parametrize(("version", "told"), [("2.1.213", 1), ("2.1.214", 0), ("dev", 0)])
def test_a_version_below_the_line_is_told(version: str, told: int) -> None:
    assert [one.trouble for one in findings({}, [], [seen(version)], NOW)] == [Trouble.OUTDATED] * told


def test_each_person_is_named_once_and_people_and_versions_are_told_by_the_week() -> None:
    versions = [seen("2.1.1"), seen("2.1.2"), seen("2.1.3", "Boris")]
    keys = set()
    for days in range(8):
        (found,) = findings({}, [], versions, datetime(2026, 11, 16, 23, 59, tzinfo=UTC) + timedelta(days=days))
        assert (found.times, found.names) == (2, ("Ada", "Boris"))
        keys.add(found.key)
    assert keys == {"telemetry/outdated/2026-11-16", "telemetry/outdated/2026-11-23"}


# The effect


@pytest.fixture
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("telemetry")) as running:
        yield running


def put(bot: Playground, table: Any, **row: Any) -> None:
    with bot.bot.rt.sessions.begin() as session:
        session.execute(insert(core(table)).values(row))


def test_nothing_wrong_is_no_message(bot: Playground) -> None:
    assert plan_telemetry(bot.bot.rt) == []


def test_every_admin_hears_each_thing_once_in_their_language_and_without_amounts(bot: Playground) -> None:
    rt, now = bot.bot.rt, bot.clock()
    today = now.astimezone(UTC).date()
    with rt.sessions.begin() as session:
        ada = members.by_slack_id(session, "U0ADA")
        assert ada is not None
        token, told = tokens.issue(
            session,
            member_id=ada.member_id,
            label="",
            by="U0ADA",
            now=now - timedelta(days=30),
            secret=bytes(32),
            precedence=("otlp",),
        )
        tokens.note_use(session, token, now - timedelta(days=8))
        used_it = reading(day=today, activity=[did(person("ada@example.com"), day=today)])
        usage.replace_day(session, used_it, ("anthropic_claude_code", "otlp"))
        members.match_consumers(session, today, ("anthropic_claude_code", "otlp"))
    put(bot, InboxRefusal, usage_date=today, reason="expired", about=token.public_id, times=41, last_at=now)
    put(bot, InboxRefusal, usage_date=today - DAY, reason="unknown", about="", times=3, last_at=now)
    put(bot, InboxRefusal, usage_date=today, reason="two_ways", about=token.public_id, times=5, last_at=now)
    put(bot, InboxRefusal, usage_date=today - 2 * DAY, reason="revoked", about="", times=3, last_at=now)
    put(bot, CliVersion, kind=ConsumerKind.TOKEN, external_id="U0ADA", version="2.1.9", last_seen_date=today - DAY)
    put(
        bot, CliVersion, kind=ConsumerKind.TOKEN, external_id="U0BORIS", version="2.1.9", last_seen_date=today - 2 * DAY
    )
    keys = plan_telemetry(rt)
    monday = today - timedelta(days=today.weekday())
    meant = {
        f"telemetry/expired/{today}",
        f"telemetry/wrong/{today - DAY}",
        f"telemetry/two_ways/{today}",
        f"telemetry/silent/{monday}",
        f"telemetry/outdated/{monday}",
    }
    assert set(keys) == {f"{one}/{admin}" for one in meant for admin in ADMINS}
    assert plan_telemetry(rt) == []
    with rt.sessions() as session:
        rows = {key: notices.get(session, key) for key in keys}
    said = {key: row.text for key, row in rows.items() if row}
    expired = said[f"telemetry/expired/{today}/U0CHLOE"]
    assert "41 times" in expired
    assert "Whose: ada." in expired
    twice = said[f"telemetry/two_ways/{today}/U0CHLOE"]
    assert "5 requests" in twice
    assert "Whose: ada." in twice
    assert "says: ada." in said[f"telemetry/silent/{monday}/U0CHLOE"]
    assert "boris" not in said[f"telemetry/outdated/{monday}/U0CHLOE"]
    assert "テレメトリー" in said[f"telemetry/expired/{today}/U0HARUKA"]
    everything = str([(row.text, row.blocks) for row in rows.values() if row])
    assert "$" not in everything
    assert told not in everything
    assert all(row and row.recipient in ADMINS for row in rows.values())
