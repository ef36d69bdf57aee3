"""`/ccost team GROUP`, `/ccost team groups`, `/ccost settings groups`: through the real door."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bot.demo.composition import Playground
from bot.group import GroupOrigin
from bot.store import audit, groups, members, organization
from bot.store.groups import GroupNow
from bot.store.organization import Decided
from bot.workspace import refresh
from tests.group_house import (
    ADA,
    ADMIN,
    GRACE,
    KENJI,
    NINE,
    WENDY,
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
from tests.pressing import Hands, holds
from tests.slack_workspace import until
from tests.unhurried import unhurried

FOUR = ("hugo", "ines", "jun", "lars")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """With the oldest group there is; each test makes groups of its own besides."""
    with playground(tmp_path_factory.mktemp("groups")) as running:
        unhurried(running)
        assert "9 people" in ask(running, ADMIN, f"settings groups make platform {mentions(NINE)}").text
        yield running


@pytest.fixture
def with_scope(bot: Playground) -> Iterator[Playground]:
    bot.workspace.scopes.add("usergroups:read")
    yield bot
    bot.workspace.scopes.discard("usergroups:read")


def now(bot: Playground, name: str) -> GroupNow:
    with bot.bot.rt.sessions() as session:
        return next(one for one in groups.listed(session) if one.group.name == name)


def people(bot: Playground, name: str) -> set[str]:
    with bot.bot.rt.sessions() as session:
        numbers = {one: members.by_slack_id(session, f"U0{one.upper()}") for one in (*NINE, *FOUR, "mina", "noah")}
    return {who for who, row in numbers.items() if row and row.member_id in now(bot, name).people}


def acts(bot: Playground) -> list[tuple[str, str]]:
    with bot.bot.rt.sessions() as session:
        return [(one.act, one.target) for one in audit.entries(session, 20)]


def test_any_member_may_ask_for_a_groups_total_by_whole_parts(bot: Playground) -> None:
    answer = ask(bot, GRACE, f"team platform {three_weeks()}")
    exact = [spent(bot, NINE, first, last) for first, last in parts()]
    total = cents(amounts(answer.text)[0])
    shown = [cents(one) for one in amounts(read(answer).partition("Why not")[2])[:3]]
    assert abs(total - sum(exact, Fraction())) <= 1
    assert all(abs(one - other) <= 1 for one, other in zip(shown, exact, strict=True))
    assert sum(shown) == total
    assert "9 people" in answer.text
    assert "About these figures" in read(answer)


def test_the_month_so_far_is_answered_or_the_last_one_where_no_part_is_there_yet(bot: Playground) -> None:
    answer = ask(bot, GRACE, "team platform")
    today = bot.clock().date()
    if today.day < 8:
        assert "last month" in answer.text
    if today.day > 8:  # on the eighth itself it depends on the hour
        assert "last month" not in answer.text
        assert amounts(answer.text)


def test_a_group_may_be_named_in_any_case_and_even_like_a_word_of_ours(bot: Playground) -> None:
    ask(bot, ADMIN, f"settings groups make plans {mentions(NINE)}")
    assert amounts(ask(bot, GRACE, f"team PLANS {three_weeks()}").text)
    assert "did you mean" in ask(bot, GRACE, "team planss").text
    ask(bot, ADMIN, "settings groups delete plans")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("team platform 7d", "2026-10-01..2026-10-14"),
        ("team platform yesterday", "whole parts"),
        ("team platform month month", "/ccost team GROUP [period]"),
        ("team nosuchgroup", "/ccost team groups"),
        ("team nosuchgroup month", "/ccost team groups"),
        ("team platform sometime", "sometime"),
        ("team 2026-13-01", "calendar"),
        ("team groups x", "/ccost team groups"),
    ],
)
def test_what_makes_no_sense_is_answered_with_the_right_form(bot: Playground, words: str, says: str) -> None:
    answer = ask(bot, GRACE, words)
    assert says in answer.text
    assert amounts(answer.text) == []


def test_days_that_cut_a_part_are_not_answered(bot: Playground) -> None:
    first = last_month()
    assert amounts(ask(bot, GRACE, f"team platform {first}..{first.replace(day=15)}").text) == []
    assert amounts(ask(bot, GRACE, f"team platform {first.replace(day=2)}..{first.replace(day=14)}").text) == []
    assert amounts(ask(bot, GRACE, f"team platform {first}..{first.replace(day=14)}").text)


def test_a_group_of_four_is_told_of_nothing(bot: Playground) -> None:
    ask(bot, ADMIN, f"settings groups make four {mentions(FOUR)}")
    answer = ask(bot, GRACE, f"team four {three_weeks()}")
    assert amounts(read(answer)) == []
    assert "fewer than 5 people" in answer.text


def test_the_periods_of_the_organization_are_answered_as_before(bot: Playground) -> None:
    assert "The team's Claude Code spend" in ask(bot, GRACE, "team last-month").text
    assert "The team's Claude Code spend" in ask(bot, GRACE, "team").text


def test_the_list_says_which_groups_there_are_and_what_one_is_to_them(bot: Playground) -> None:
    ask(bot, ADMIN, "settings groups lead platform @kenji")
    mine, theirs = ask(bot, KENJI, "team groups"), ask(bot, ADA, "team groups")
    assert "platform" in mine.text
    assert "リード" in read(mine)
    assert "are in it" in read(theirs)
    assert "settings.groups" not in str(theirs.blocks)
    assert "settings.groups" in str(ask(bot, ADMIN, "team groups").blocks)
    ask(bot, ADMIN, "settings groups unlead platform @kenji")
    assert now(bot, "platform").leads == frozenset()


def test_every_change_is_in_the_audit_log(bot: Playground) -> None:
    ask(bot, ADMIN, "settings groups make audited @ada @kenji")
    number = now(bot, "audited").group.group_id
    ask(bot, ADMIN, "settings groups add audited @grace")
    ask(bot, ADMIN, "settings groups remove audited @ada")
    ask(bot, ADMIN, "settings groups lead audited @ada")
    ask(bot, ADMIN, "settings groups unlead audited @ada")
    assert people(bot, "audited") == {"kenji", "grace"}
    ask(bot, ADMIN, "settings groups delete audited")
    assert acts(bot)[:6] == [
        ("group_deleted", f"group/{number}/audited"),
        ("lead_removed", f"group/{number}/U0ADA"),
        ("lead_set", f"group/{number}/U0ADA"),
        ("group_changed", f"group/{number}/-/U0ADA"),
        ("group_changed", f"group/{number}/+/U0GRACE"),
        ("group_made", f"group/{number}"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("settings groups make", "make NAME"),
        ("settings groups make lonely", "make NAME"),
        ("settings groups make platform @ada", "already"),
        ("settings groups make month @ada", "cannot be a group's name"),
        ("settings groups make 2026-13 @ada", "cannot be a group's name"),
        ("settings groups make people @ada", "cannot be a group's name"),
        ('settings groups make "two words" @ada', "cannot be a group's name"),
        ("settings groups make x @nosuchperson", "nosuchperson"),
        ("settings groups make x @wendy", "wendy"),  # a guest
        ("settings groups make x @yves", "yves"),  # who has left
        ("settings groups add nosuchgroup @ada", "/ccost team groups"),
        ("settings groups delete platform now", "delete NAME"),
        ("settings groups rename platform core", "make NAME"),
        ("settings groups gateway x *y*", "LiteLLM"),
        ("settings groups set x", "at least one"),
        ("settings groups set x @ada usergroup @platform", "not both"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(bot: Playground, words: str, says: str) -> None:
    before = acts(bot)
    answer = ask(bot, ADMIN, words)
    assert says in answer.text
    assert acts(bot) == before


def test_only_admins_manage_groups(bot: Playground) -> None:
    for who in (ADA, KENJI, WENDY):
        ask(bot, who, f"settings groups make mine {mentions(NINE)}")
        ask(bot, who, "settings groups delete platform")
    assert people(bot, "platform") == set(NINE)
    with bot.bot.rt.sessions() as session:
        assert groups.by_name(session, "mine") is None


def test_the_group_of_a_pilot_is_not_deleted(bot: Playground) -> None:
    number = now(bot, "platform").group.group_id
    with bot.bot.rt.sessions.begin() as session:
        organization.decide(session, Decided(pilot_group_id=number, pilot_since=bot.clock()))
    try:
        assert "pilot" in ask(bot, ADMIN, "settings groups delete platform").text
        assert people(bot, "platform") == set(NINE)
    finally:
        with bot.bot.rt.sessions.begin() as session:
            organization.decide(session, Decided())


def test_without_its_scope_a_user_group_is_not_read_and_the_answer_says_which(bot: Playground) -> None:
    answer = ask(bot, ADMIN, "settings groups usergroup designers @design")
    assert "usergroups:read" in answer.text
    with bot.bot.rt.sessions() as session:
        assert groups.by_name(session, "designers") is None


@pytest.mark.parametrize("word", ["@platform", "platform", "S0PLATFORM"])
def test_a_slack_user_group_gives_its_people_by_mention_handle_or_id(with_scope: Playground, word: str) -> None:
    name = f"slack{len(word)}"
    assert "9 full members" in ask(with_scope, ADMIN, f"settings groups usergroup {name} {word}").text
    made = now(with_scope, name)
    assert (made.group.origin, made.group.external_id) == (GroupOrigin.USERGROUP, "S0PLATFORM")
    assert "Slack" in ask(with_scope, ADMIN, f"settings groups add {name} @ada").text
    assert len(now(with_scope, name).people) == 9


def test_an_unknown_user_group_is_said_to_be(with_scope: Playground) -> None:
    assert "@nosuch" in ask(with_scope, ADMIN, "settings groups usergroup x @nosuch").text


def test_a_group_follows_its_user_group_every_hour_from_the_day_of_the_change_on(with_scope: Playground) -> None:
    bot = with_scope
    ask(bot, ADMIN, "settings groups usergroup followers @design")
    before = now(bot, "followers")
    bot.workspace.team.change_user_group("S0DESIGN", slack_user_ids=("U0GRACE", "U0MINA", "U0HUGO", "U0WENDY"))
    refresh(bot.bot.rt)
    assert people(bot, "followers") == {"grace", "mina", "hugo"}  # the guest is none of us
    with bot.bot.rt.sessions() as session:
        gone = [
            one.valid_to
            for one in groups.stays(session)
            if one.group_id == before.group.group_id and one.valid_to != date(9999, 12, 31)
        ]
    assert gone == [bot.clock().date()] * 2
    bot.workspace.team.change_user_group("S0DESIGN", slack_user_ids=())
    refresh(bot.bot.rt)
    assert people(bot, "followers") == {"grace", "mina", "hugo"}  # nobody at all is no answer


def test_a_user_group_that_cannot_be_read_keeps_its_people_and_the_rest_goes_on(bot: Playground) -> None:
    bot.workspace.scopes.add("usergroups:read")
    ask(bot, ADMIN, "settings groups usergroup keepers @platform")
    bot.workspace.scopes.discard("usergroups:read")
    refresh(bot.bot.rt)
    assert len(now(bot, "keepers").people) == 9
    assert "usergroups:read" in ask(bot, ADMIN, "settings groups").text


def test_a_litellm_team_is_kept_with_its_id_and_without_promises(bot: Playground) -> None:
    assert "is not asked who is in it" in ask(bot, ADMIN, "settings groups gateway proxy team-7f3a").text
    made = now(bot, "proxy")
    assert (made.group.origin, made.group.external_id) == (GroupOrigin.GATEWAY_TEAM, "team-7f3a")
    ask(bot, ADMIN, "settings groups add proxy @ada @kenji")
    assert people(bot, "proxy") == {"ada", "kenji"}


def test_a_group_is_made_and_changed_in_a_form(bot: Playground) -> None:
    hands = Hands(bot)
    listed = ask(bot, ADMIN, "settings groups")
    bot.sender.press(ADMIN, str(listed.message_id), "open.group", str(listed.named_blocks[-1]["block_id"]))
    form = waited(bot)
    assert form == {"name": None, "people": [], "usergroup": None, "leads": []}
    hands.submit(ADMIN, {"name": "two words", "people": ["U0ADA"]})
    assert set(hands.errors(ADMIN)) == {"name"}
    hands.submit(ADMIN, {"name": "formed", "people": []})
    assert set(hands.errors(ADMIN)) == {"people"}
    hands.submit(ADMIN, {"name": "formed", "people": ["U0ADA", "U0KENJI"], "leads": ["U0GRACE"]})
    assert people(bot, "formed") == {"ada", "kenji"}
    assert len(now(bot, "formed").leads) == 1
    hands.close(ADMIN)

    listed = ask(bot, ADMIN, "settings groups")
    block_id = next(
        str(block["block_id"])
        for block in listed.named_blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "open.group" and element.get("value") == "formed"
    )
    bot.sender.press(ADMIN, str(listed.message_id), "open.group", block_id)
    form = waited(bot)
    assert form["name"] == "formed"
    assert sorted(form["people"]) == ["U0ADA", "U0KENJI"]
    assert form["leads"] == ["U0GRACE"]
    hands.submit(ADMIN, {"people": ["U0KENJI", "U0BORIS"], "leads": []})
    assert people(bot, "formed") == {"kenji", "boris"}
    assert now(bot, "formed").leads == frozenset()
    hands.close(ADMIN)


def waited(bot: Playground) -> dict[str, Any]:
    """Give what stands in the form in front of the admin, once it is filled."""
    team = bot.workspace.team
    until(lambda: any(one["callback_id"] == "group" for one in team.modals(ADMIN)))
    return holds(team.modals(ADMIN)[-1])
