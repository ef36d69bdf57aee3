"""`/ccost team people` and `/ccost settings people`: who may ask, what is recorded, and who sees that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.composition import Playground
from bot.store import audit, groups, looks, members, organization
from bot.store.looks import LookRow
from tests.group_house import (
    ADA,
    ADMIN,
    GRACE,
    KENJI,
    NINE,
    amounts,
    ask,
    cents,
    last_month,
    mentions,
    parts,
    read,
    spent,
    three_weeks,
)
from tests.playing import playground
from tests.unhurried import unhurried

OTHERS = ("hugo", "ines", "jun", "lars", "olga")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """Ada leads platform, Kenji leads two groups, Grace leads none; figures of people are on."""
    with playground(tmp_path_factory.mktemp("people")) as running:
        unhurried(running)
        ask(running, ADMIN, f"settings groups make platform {mentions(NINE)}")
        ask(running, ADMIN, f"settings groups make others {mentions(OTHERS)}")
        ask(running, ADMIN, f"settings groups make more {mentions(OTHERS)}")
        ask(running, ADMIN, "settings groups lead platform @ada")
        ask(running, ADMIN, "settings groups lead others @kenji")
        ask(running, ADMIN, "settings groups lead more @kenji")
        ask(running, ADMIN, "settings people on")
        yield running


def looked(bot: Playground, who: str) -> list[LookRow]:
    with bot.bot.rt.sessions() as session:
        row = members.by_slack_id(session, who)
        assert row is not None
        return looks.of_member(session, row.member_id, bot.clock() - timedelta(days=1))


def newest_act(bot: Playground) -> tuple[str, str, str]:
    with bot.bot.rt.sessions() as session:
        one = audit.entries(session, 1)[0]
    return one.actor, one.act, one.target


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.split() and line.split()[0] in (*NINE, *OTHERS)]


def test_a_lead_sees_what_each_person_of_the_group_spent_in_the_order_of_names(bot: Playground) -> None:
    answer = ask(bot, ADA, f"team people {three_weeks()}")
    shown = rows(read(answer))
    assert [line.split()[0] for line in shown] == sorted(NINE)
    for line in shown:
        exact = spent(bot, [line.split()[0]], parts()[0][0], parts()[2][1])
        assert abs(cents(amounts(line)[0]) - exact) <= 1
    assert "platform" in answer.text


def test_the_first_line_says_that_it_is_recorded_and_it_is_for_each_person_shown(bot: Playground) -> None:
    before = {who: len(looked(bot, f"U0{who.upper()}")) for who in (*NINE, *OTHERS)}
    answer = ask(bot, ADA, f"team people platform {three_weeks()}")
    assert answer.text.startswith("This look is recorded.")
    assert "recorded" in str(answer.blocks[0])
    after = {who: len(looked(bot, f"U0{who.upper()}")) for who in (*NINE, *OTHERS)}
    assert {who for who in after if after[who] > before[who]} == set(NINE) - {"ada"}  # to oneself it is no look
    newest = looked(bot, KENJI)[0]
    assert (newest.viewer, newest.period) == (ADA, three_weeks())
    assert newest_act(bot)[:2] == (ADA, "people_viewed")
    assert newest_act(bot)[2].endswith(f"/{three_weeks()}")


@pytest.mark.parametrize(
    ("who", "words", "says"),
    [
        (GRACE, "team people", "leads"),
        (GRACE, "team people platform", "leads"),
        (GRACE, "team people nosuchgroup", "leads"),
        (ADA, "team people others", "that you lead"),
        (ADA, "team people nosuchgroup", "that you lead"),
        (KENJI, "team people", "team people NAME"),
        (ADMIN, "team people nosuchgroup", "/ccost team groups"),
        (ADMIN, "team people platform month x", "/ccost team people [group] [period]"),
        (ADMIN, "team people platform 101d", "100"),
        (ADMIN, "settings people maybe", "/ccost settings people on"),
        (ADA, "settings people off", "admins"),
    ],
)
def test_whoever_may_not_or_says_it_wrongly_sees_nothing_and_nothing_is_recorded(
    bot: Playground, who: str, words: str, says: str
) -> None:
    before = newest_act(bot), len(looked(bot, "U0BORIS"))
    answer = ask(bot, who, words)
    assert says in answer.text
    assert amounts(read(answer)) == []
    assert (newest_act(bot), len(looked(bot, "U0BORIS"))) == before


def test_a_hundred_days_are_the_most(bot: Playground) -> None:
    assert amounts(ask(bot, ADMIN, "team people platform 100d").text)


def test_who_leads_several_groups_names_one(bot: Playground) -> None:
    assert [line.split()[0] for line in rows(read(ask(bot, KENJI, f"team people more {three_weeks()}")))] == [
        *sorted(OTHERS)
    ]


def test_an_admin_sees_everybody_or_any_group(bot: Playground) -> None:
    everybody = {line.split()[0] for line in rows(read(ask(bot, ADMIN, f"team people {three_weeks()}")))}
    assert everybody == {*NINE, *OTHERS}
    assert newest_act(bot) == (ADMIN, "people_viewed", f"organization/{three_weeks()}")
    named = {line.split()[0] for line in rows(read(ask(bot, ADMIN, f"team people others {three_weeks()}")))}
    assert named == set(OTHERS)


def test_only_where_it_is_switched_on(bot: Playground) -> None:
    try:
        assert "switched off" in ask(bot, ADMIN, "settings people off").text.replace("*", "")
        assert newest_act(bot) == (ADMIN, "people_off", "organization")
        for who in (ADA, ADMIN):
            refused = ask(bot, who, "team people")
            assert "/ccost settings people on" in refused.text
            assert amounts(read(refused)) == []
        assert "team.people" not in str(ask(bot, ADA, f"team platform {three_weeks()}").blocks)
        ask(bot, ADMIN, "settings people off")
    finally:
        ask(bot, ADMIN, "settings people on")
    assert newest_act(bot) == (ADMIN, "people_on", "organization")
    again = ask(bot, ADMIN, "settings people on")
    assert "already" in again.text
    assert "team.people" in str(ask(bot, ADA, f"team platform {three_weeks()}").blocks)
    assert "team.people" not in str(ask(bot, GRACE, f"team platform {three_weeks()}").blocks)


def test_a_pilot_keeps_a_lead_to_its_group(bot: Playground) -> None:
    with bot.bot.rt.sessions.begin() as session:
        before = organization.policy(session)
        others = groups.by_name(session, "others")
        assert others is not None
        organization.decide(session, replace(before, pilot_group_id=others.group_id, pilot_since=bot.clock()))
    try:
        assert amounts(read(ask(bot, ADA, f"team people {three_weeks()}"))) == []
        assert amounts(read(ask(bot, ADMIN, f"team people {three_weeks()}"))) == []
        assert amounts(read(ask(bot, KENJI, f"team people others {three_weeks()}")))
    finally:
        with bot.bot.rt.sessions.begin() as session:
            organization.decide(session, before)


def test_somebody_who_came_later_is_told_of_from_that_day_on_and_not_compared(bot: Playground) -> None:
    before = looked(bot, "U0MINA")
    ask(bot, ADMIN, "settings groups add platform @mina")
    try:
        assert "mina" not in read(ask(bot, ADA, f"team people platform {three_weeks()}"))
        assert looked(bot, "U0MINA") == before
    finally:
        ask(bot, ADMIN, "settings groups remove platform @mina")


def test_each_person_is_compared_with_their_own_days_before(bot: Playground) -> None:
    """The second week of last month with the first: both are read at any hour."""
    first = last_month()
    second, week = first + timedelta(7), f"{first + timedelta(7)}..{first + timedelta(13)}"
    text = read(ask(bot, ADA, f"team people platform {week}"))
    [kenji] = [line for line in rows(text) if line.startswith("kenji")]
    now, before = (
        spent(bot, ["kenji"], second, second + timedelta(6)),
        spent(bot, ["kenji"], first, first + timedelta(6)),
    )
    spend, past, change = amounts(kenji)
    assert abs(cents(spend) - now) <= 1
    assert abs(cents(past) - before) <= 1
    assert abs(cents(change) - abs(now - before)) <= 1
    assert ("-$" in kenji) == (now < before)
