"""`/ccost me share`, `/ccost team share`: planted amounts, and none of them where it must not be."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import Ask, ask
from bot.listeners.commands import answer
from bot.notice import SHARED, Doubt, NoticeKind, NoticeRow
from bot.people import Standing
from bot.store import audit, links, members, notices, preferences, usage
from bot.store.engine import Store
from bot.store.organization import Decided
from bot.usage import Plan
from bot.views.blocks import Message
from tests.digest_house import CHANNEL, House, utc
from tests.digest_house import THURSDAY as TODAY
from tests.store.readings import ADA, BORIS, PRECEDENCE, USD, account, did, hire, key, person, reading, used

NOW = utc(TODAY, 12)
A, B = "U0ADA", "U0BORIS"
BUTTON = "1795435200.000100"
OWN = {"opus": 3_331, "sonnet": 4_447, "subscription": 5_557}
OTHERS = {"boris": 6_661, "machine": 7_757, "nobody": 8_887}
OWN_TOTAL, OWN_BEFORE = 3_331 + 4_447, 2_221
TEAM_TOTAL = OWN_TOTAL + sum(OTHERS.values())


@pytest.fixture
def house(store: Store) -> House:
    """Ada and Boris, a machine and nobody, each with an amount that occurs nowhere else."""
    made = House(store)
    with store.sessions.begin() as session:
        _, boris = hire(session, account(A, ADA, name="Ada *Lovelace*"), account(B, BORIS, name="Boris"))
        today, before = TODAY, TODAY - timedelta(days=7)
        rows = [
            used(person(ADA), OWN["opus"] * USD, day=today),
            used(person(ADA), OWN["sonnet"] * USD, day=today, model="claude-sonnet-4-7"),
            used(person(ADA), OWN["subscription"] * USD, day=today, plan=Plan.SUBSCRIPTION),
            used(person(BORIS), OTHERS["boris"] * USD, day=today),
            used(key("nightly"), OTHERS["machine"] * USD, day=today),
            used(person("nobody@example.com"), OTHERS["nobody"] * USD, day=today),
        ]
        busy = [did(person(ADA), day=today, sessions=9_973)]
        for day in (TODAY - timedelta(days=n) for n in range(14)):
            mine = [used(person(ADA), OWN_BEFORE * USD, day=before)] if day == before else []
            spent = rows if day == today else mine
            done = busy if day == today else []
            usage.replace_day(session, reading(*spent, day=day, at=NOW, activity=done), PRECEDENCE)
        members.match_consumers(session, today, PRECEDENCE)
        (nightly,) = links.find_consumer(session, "nightly")
        links.link_to_machine(session, nightly, "nightly", boris, "operator", NOW, PRECEDENCE)
    return made


def asked(house: House, words: str, *, who: str = A, channel_id: str = CHANNEL, button: str | None = None) -> Ask:
    question = ask(house.rt, user_id=who, team_id=None, enterprise_id=None, channel_id=channel_id, text=words)
    return replace(question, message_ts=button)


def say(house: House, words: str, *, who: str = A, channel_id: str = CHANNEL, button: str | None = None) -> Message:
    return answer(house.rt, asked(house, words, who=who, channel_id=channel_id, button=button))


def planned(house: House) -> list[NoticeRow]:
    with house.rt.sessions() as session:
        return notices.latest(session, 100)


def posted(house: House) -> str:
    (row,) = planned(house)
    return f"{row.text} {row.blocks}"


def amounts(text: str) -> set[str]:
    return set(re.findall(r"\$[\d,.]*\d", text))


def dollars(*numbers: int) -> set[str]:
    return {f"${number:,}.00" for number in numbers}


def test_ones_total_goes_out_under_ones_name_like_any_message(house: House) -> None:
    assert say(house, "me share 7d").text == "On its way to this channel."
    (row,) = planned(house)
    assert (row.kind, row.recipient, row.about, row.doubt, row.unasked) == (
        NoticeKind.DIGEST,
        CHANNEL,
        SHARED,
        Doubt.NEVER,
        False,
    )
    assert (row.due_at, row.expires_at, row.private_to) == (NOW, NOW + timedelta(hours=1), None)
    assert row.text.startswith("Ada ∗Lovelace∗ shares: $7,778.00 on Claude Code, Nov 13–19, 2026.")


def test_nothing_of_anybody_else_is_posted_and_of_oneself_only_the_total(house: House) -> None:
    say(house, "me share 7d")
    text = posted(house)
    assert amounts(text) == dollars(OWN_TOTAL)
    assert "250% more" in text
    for canary in [*OWN.values(), *OTHERS.values(), OWN_BEFORE, "9973", "opus", "sonnet", "nightly", "Boris"]:
        assert str(canary) not in text.replace(",", ""), canary


def test_of_the_team_only_its_total_is_posted(house: House) -> None:
    say(house, "team share 7d", who=B)
    text = posted(house)
    assert amounts(text) == dollars(TEAM_TOTAL, OWN_BEFORE)  # what the team spent before was all Ada's
    assert "Shared by Boris." in text
    for canary in [*OWN.values(), *OTHERS.values(), "opus", "sonnet", "nightly", "Lovelace"]:
        assert str(canary) not in text.replace(",", ""), canary


@pytest.mark.parametrize("words", ["me share 7d", "team share"])
def test_a_double_click_posts_once(house: House, words: str) -> None:
    assert say(house, words, button=BUTTON).text == "On its way to this channel."
    house.now += timedelta(seconds=1)
    assert say(house, words, button=BUTTON).text == "Already shared."
    assert len(planned(house)) == 1


def test_another_person_another_answer_and_another_period_are_shared_on_their_own(house: House) -> None:
    for who, words, button in (
        (A, "team share 7d", BUTTON),
        (B, "team share 7d", BUTTON),
        (A, "me share 7d", BUTTON),
        (A, "me share month", BUTTON),
        (A, "me share month", "1795435200.000200"),
    ):
        assert say(house, words, who=who, button=button).text == "On its way to this channel."
    assert len(planned(house)) == 5


def test_what_is_typed_twice_is_meant_twice(house: House) -> None:
    say(house, "me share")
    house.now += timedelta(seconds=1)
    say(house, "me share")
    assert len(planned(house)) == 2


def test_who_shared_where_is_in_the_audit_log_once_a_post_and_without_an_amount(house: House) -> None:
    say(house, "me share 7d", button=BUTTON)
    say(house, "me share 7d", button=BUTTON)
    with house.rt.sessions() as session:
        entries = [(one.actor, one.act, one.target) for one in audit.entries(session, 10)]
    assert entries == [(A, "shared", CHANNEL)]


@pytest.mark.parametrize("words", ["me share", "team share"])
@pytest.mark.parametrize(
    ("seen", "key"),
    [
        ({"member": False}, "error.digest_not_in_channel"),
        ({"archived": True}, "error.digest_archived"),
        ({"shared": True}, "access.shared_channel"),
    ],
)
def test_only_a_channel_that_ccost_is_in_and_that_is_open_and_ours_gets_it(
    house: House, words: str, seen: dict[str, bool], key: str
) -> None:
    house.channel(**seen)
    refused(house, words, key)


@pytest.mark.parametrize("words", ["me share", "team share"])
@pytest.mark.parametrize(("where", "key"), [("D0ADA", "access.share_in_channels"), ("C9", "access.unknown_channel")])
def test_elsewhere_there_is_nobody_to_share_with(house: House, words: str, where: str, key: str) -> None:
    refused(house, words, key, where)


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.MEMBER])
@pytest.mark.parametrize("words", ["me share", "team share"])
def test_only_full_members_share(house: House, words: str, standing: Standing) -> None:
    with house.rt.sessions.begin() as session:
        hire(session, account(A, ADA, standing=standing), account(B, BORIS))
    refused(house, words, f"access.{standing}")


def test_while_a_pilot_runs_elsewhere_ones_own_figures_are_not_shared_but_the_teams_are(house: House) -> None:
    outside = replace(asked(house, "me share"), policy=Decided(pilot_group_id=7))
    with pytest.raises(UserError) as no:
        answer(house.rt, outside)
    assert no.value.key == "access.pilot"
    answer(house.rt, replace(outside, words=("team", "share")))
    assert len(planned(house)) == 1


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("me share 2026-10-01", "error.share_nothing"),
        ("team share 2026-10-01", "error.share_nothing"),
        ("me share 7d 8d", "error.too_many_words"),
        ("team share soon", "error.period_unknown"),
    ],
)
def test_what_cannot_be_shared_is_answered_with_what_to_do(house: House, words: str, key: str) -> None:
    refused(house, words, key)


@pytest.mark.parametrize("words", ["me share", "team share"])
def test_a_period_of_subscription_use_alone_is_not_shared_as_nothing(house: House, words: str) -> None:
    day = TODAY - timedelta(days=4)
    with house.rt.sessions.begin() as session:
        covered = used(person(ADA), 5 * USD, day=day, plan=Plan.SUBSCRIPTION)
        usage.replace_day(session, reading(covered, day=day, at=NOW), PRECEDENCE)
    refused(house, f"{words} {day}", "error.share_nothing")


@pytest.mark.parametrize(
    ("words", "where", "offered"),
    [("me", CHANNEL, True), ("me", "D0ADA", False), ("team", CHANNEL, True), ("team", "D0ADA", False)],
)
def test_the_button_is_there_only_where_it_can_be_pressed(house: House, words: str, where: str, offered: bool) -> None:
    assert (f"{words}.share" in buttons(say(house, words, channel_id=where))) is offered
    assert asked(house, words, channel_id=where).decision(Act.SHARE).allowed is offered


def test_who_has_switched_tips_off_gets_none_with_the_figures(house: House) -> None:
    assert "Tips" in str(say(house, "me").blocks[-3])
    with house.rt.sessions.begin() as session:
        ada = members.by_slack_id(session, A)
        assert ada is not None
        preferences.put_tips_off(session, ada.member_id, NOW)
    assert "rich_text" not in [block["type"] for block in say(house, "me").blocks]


@pytest.mark.parametrize("words", ["team models 7d", "team days 7d"])
def test_the_teams_tables_tell_of_nobody(house: House, words: str) -> None:
    text = str(say(house, words).blocks).replace(",", "")
    assert str(TEAM_TOTAL) in text
    for name, canary in {**OTHERS, "opus": OWN["opus"], "sonnet": OWN["sonnet"]}.items():
        assert str(canary) not in text, name


def buttons(message: Message) -> Sequence[str]:
    return [one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def refused(house: House, words: str, key: str, where: str = CHANNEL) -> None:
    with pytest.raises(UserError) as no:
        say(house, words, channel_id=where)
    assert no.value.key == key
    assert planned(house) == []
