"""The Home tab, as people see it: their own month, their own settings, and what they look after."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.access import Place
from bot.demo.cast import CAST, TEAM_ID
from bot.demo.composition import Playground
from bot.demo.workspace.blockkit_views import view_problems
from bot.demo.workspace.faults import refused
from bot.jobs.poll import poll
from bot.listeners import home
from bot.listeners.ask import Ask, ask
from bot.notice import Doubt, Notice, NoticeKind, NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import digests, groups, members, notices, organization
from tests.playing import playground
from tests.pressing import Hands, buttons, member_id, seen
from tests.slack_workspace import until
from tests.unhurried import unhurried

ADA, BORIS, CHLOE, HARUKA, VIKTOR, UMA = "U0ADA", "U0BORIS", "U0CHLOE", "U0HARUKA", "U0VIKTOR", "U0UMA"
GUEST, OUTSIDER = "U0WENDY", "U0XAVER"
AMOUNT = re.compile(r"\$[\d,]+\.\d\d")
SPENDERS = [
    person.slack_user_id
    for person in CAST
    if person.role in ("member", "admin") and person.habit and person.habit != "subscription"
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """In the middle of a month, when everybody has spent something."""
    with playground(tmp_path_factory.mktemp("home")) as running:
        now = running.clock()
        running.clock.move(timedelta(days=(20 - now.day) % 30, hours=(12 - now.hour) % 24))
        poll(running.bot.rt)
        with running.bot.rt.sessions.begin() as session:
            people = [members.by_slack_id(session, who) for who in (ADA, BORIS)]
            groups.make(session, "platform", [one.member_id for one in people if one], by=CHLOE, at=running.clock())
        yield unhurried(running)


@pytest.fixture
def bot(running: Playground) -> Iterator[Playground]:
    yield running
    with running.bot.rt.sessions.begin() as session:
        organization.decide(session, organization.Decided())
        for group in groups.listed(session):
            groups.set_leads(session, group.group.group_id, ())
        for schedule in digests.all_schedules(session):
            digests.remove(session, schedule.channel_id)


@pytest.fixture
def hands(bot: Playground) -> Hands:
    return Hands(bot)


def question(bot: Playground, who: str) -> Ask:
    return ask(bot.bot.rt, user_id=who, team_id=TEAM_ID, enterprise_id=None, channel_id=None, text="")


def lead(bot: Playground, who: str) -> None:
    with bot.bot.rt.sessions.begin() as session:
        group = groups.by_name(session, "platform")
        assert group is not None
        groups.set_leads(session, group.group_id, [member_id(bot, who)])


def pilot(bot: Playground) -> None:
    with bot.bot.rt.sessions.begin() as session:
        group = groups.by_name(session, "platform")
        assert group is not None
        organization.decide(
            session, organization.Decided(pilot_group_id=group.group_id, pilot_since=bot.clock() - timedelta(days=1))
        )


def test_everybody_sees_the_total_that_ccost_me_says_and_nobody_elses_amounts(bot: Playground, hands: Hands) -> None:
    canaries = {who: f"$7,{number:03}.{number:02}" for number, who in enumerate(SPENDERS)}
    for who, canary in canaries.items():  # a budget that can be nobody else's
        bot.sender.command(who, "C0GENERAL", f"budget set me {canary} monthly yes")
    compared = 0
    for who in SPENDERS:
        shown = seen(hands.home(who))
        assert [other for other, canary in canaries.items() if canary in shown] == [who]
        total = AMOUNT.search(bot.sender.command(who, "C0GENERAL", "me").text)
        if total:  # a newcomer may have spent nothing yet
            assert f"*{total[0]}* · " in shown
            compared += 1
    assert compared > len(SPENDERS) - 3


def test_the_month_has_its_total_chart_pace_range_and_footing(bot: Playground, hands: Hands) -> None:
    view = hands.home(ADA)
    kinds = [block["type"] for block in view["blocks"]]
    shown = seen(view)
    assert "data_visualization" in kinds
    assert "On pace for $" in shown
    assert "per working day" in shown
    assert "Going by your last 8 weeks" in shown
    assert "As of " in shown
    assert view_problems({"type": "home", "blocks": view["blocks"]}) == []
    assert {"me.models", "me.days", "me.tips", "home.team", "open.budget"} <= set(buttons(view))


def test_who_only_has_a_subscription_is_told_no_pace_of_nothing(hands: Hands) -> None:
    shown = seen(hands.home(UMA))
    assert "$0.00" not in shown
    assert "On pace" not in shown


def test_who_has_no_data_reads_what_ccost_is_and_why_and_what_there_is(hands: Hands) -> None:
    view = hands.home(VIKTOR)
    shown = seen(view)
    assert "not covered" in shown
    assert "It keeps no prompts and no code." in shown
    assert not AMOUNT.search(shown)
    assert {"home.team", "me.tips", "open.budget"} <= set(buttons(view))


def test_a_guest_sees_one_sentence_and_no_figure(hands: Hands) -> None:
    view = hands.home(GUEST)
    assert len(view["blocks"]) == 1
    assert "Figures are only for" in seen(view)
    assert buttons(view) == {}


@pytest.mark.parametrize("who", [OUTSIDER, "U0YVES", "U0STANDUP", "U0NOBODY"])
def test_who_cannot_even_open_the_app_would_see_one_sentence_too(bot: Playground, who: str) -> None:
    message = home.shown(bot.bot.rt, question(bot, who))
    assert len(message.blocks) == 1
    assert not AMOUNT.search(str(message.blocks))


def test_who_becomes_a_guest_sees_one_sentence_at_the_next_look(bot: Playground, hands: Hands) -> None:
    assert AMOUNT.search(seen(hands.home("U0HUGO")))
    bot.sender.make_guest("U0HUGO")
    until(lambda: question(bot, "U0HUGO").viewer.standing != "member")
    view = hands.home("U0HUGO")
    bot.sender.make_member("U0HUGO")
    until(lambda: question(bot, "U0HUGO").viewer.standing == "member")
    assert len(view["blocks"]) == 1
    assert not AMOUNT.search(seen(view))


def test_a_home_tab_is_only_drawn_for_a_private_place(bot: Playground) -> None:
    shared = replace(question(bot, ADA), place=Place.SHARED_CHANNEL)
    assert not AMOUNT.search(str(home.shown(bot.bot.rt, shared).blocks))


def test_outside_the_pilot_one_sees_the_sentence_and_own_settings_only(bot: Playground, hands: Hands) -> None:
    pilot(bot)
    lead(bot, "U0INES")
    view = hands.home("U0INES")
    shown = seen(view)
    assert "tried by one group first" in shown
    assert "Your settings" in shown
    assert not AMOUNT.search(shown)
    assert set(buttons(view)) == {
        "open.quiet",
        "home.help",
        *(f"settings.{name}" for name in ("alerts", "language", "tips", "privacy", "export", "connect")),
    }


def test_inside_the_pilot_one_sees_ones_month(bot: Playground, hands: Hands) -> None:
    pilot(bot)
    assert "On pace for $" in seen(hands.home(ADA))


def test_an_admin_outside_the_pilot_looks_after_it_without_figures(bot: Playground, hands: Hands) -> None:
    pilot(bot)
    shown = seen(hands.home(CHLOE))
    assert "A pilot runs with the group platform since" in shown
    assert "On pace" not in shown


def test_a_lead_finds_the_groups_and_people_only_where_the_organization_has_them_on(
    bot: Playground, hands: Hands
) -> None:
    assert "group.total" not in buttons(hands.home(BORIS))
    lead(bot, BORIS)
    view = hands.home(BORIS)
    assert buttons(view)["group.total"] == "team platform"
    assert "group.people" not in buttons(view)
    with bot.bot.rt.sessions.begin() as session:
        organization.decide(session, organization.Decided(people_enabled=True))
    assert buttons(hands.home(BORIS))["group.people"] == "team people platform"
    assert "group.total" not in buttons(hands.home(ADA))


def test_only_admins_find_what_there_is_to_look_after(bot: Playground, hands: Hands) -> None:
    of_admins = {"settings.status", "settings.held", "settings.audit", "open.link", "open.digest"}
    assert of_admins & set(buttons(hands.home(ADA))) == set()
    view = hands.home(CHLOE)
    assert of_admins <= set(buttons(view))
    assert "22 of 24 people with usage matched to Slack." in seen(view)
    assert "Last read" in seen(view)


def test_an_admin_reads_the_held_messages_the_budgets_and_the_digests(bot: Playground, hands: Hands) -> None:
    bot.sender.command(CHLOE, "C0GENERAL", "budget set team 9000 monthly yes")
    with bot.bot.rt.sessions.begin() as session:
        digests.put(session, schedule(bot, "C0PLATFORM"))
        digests.put(session, schedule(bot, "C0GENERAL", parked="is_archived"))
        notices.add(session, far_digest(bot), bot.clock())
        doubt: dict[str, Any] = {"real_uncertain_since": bot.clock(), "outcome": "TimeoutError"}
        notices.move(session, ["digest/x"], {NoticeState.PENDING}, state=NoticeState.UNCERTAIN, **doubt)
    shown = seen(hands.home(CHLOE))
    assert "The team's monthly budget: $9,000.00" in shown
    assert "<#C0PLATFORM> on Mondays at 10:30 (Asia/Tokyo)" in shown
    assert "<#C0GENERAL> on Mondays at 10:30 (Asia/Tokyo) Nothing can be posted there now." in shown
    assert "1 message waits for a decision" in shown


def schedule(bot: Playground, channel_id: str, parked: str = "") -> Schedule:
    return Schedule(
        channel_id=channel_id,
        cadence=Cadence.WEEKLY,
        minute=630,
        zone="Asia/Tokyo",
        set_by=CHLOE,
        set_at=bot.clock(),
        parked=parked,
    )


def far_digest(bot: Playground) -> Notice:
    """Not due while a test runs."""
    return Notice(
        key="digest/x",
        kind=NoticeKind.DIGEST,
        recipient="C0GENERAL",
        doubt=Doubt.HOLD,
        text="Yesterday",
        due_at=bot.clock() + timedelta(days=9),
        why="due",
    )


def test_what_is_done_from_home_is_seen_there_at_once(bot: Playground, hands: Hands) -> None:
    hands.open(ADA, "open.budget")
    hands.submit(ADA, {"amount": "1,234.56"})
    hands.press(ADA, "budget.set")
    until(lambda: "$1,234.56" in seen(hands.as_it_is(ADA)))
    assert re.search(r"[▰▱]{10} \d+%", seen(hands.as_it_is(ADA)))


def test_a_language_chosen_from_home_turns_the_page_at_once(bot: Playground, hands: Hands) -> None:
    hands.open(ADA, "settings.language")
    hands.press(ADA, "language.ja")
    until(lambda: "あなたの設定" in seen(hands.as_it_is(ADA)))
    hands.press(ADA, "language.slack")
    until(lambda: "Your settings" in seen(hands.as_it_is(ADA)))


@pytest.mark.parametrize("action", ["me.models", "me.days", "me.tips", "home.team", "home.help", "settings.privacy"])
def test_every_button_of_home_answers_in_a_modal(hands: Hands, action: str) -> None:
    hands.home(ADA)
    assert len(seen(hands.press(ADA, action))) > 50


def test_drawing_it_twice_changes_nothing_and_another_tab_draws_nothing(bot: Playground, hands: Hands) -> None:
    first, second = hands.home(ADA), hands.home(ADA)
    assert second["hash"] != first["hash"]
    assert seen(second) == seen(first)
    bot.sender.open_messages(ADA)
    assert hands.as_it_is(ADA)["hash"] == second["hash"]


@pytest.mark.parametrize("why", ["invalid_blocks", "invalid_arguments"])
def test_where_slack_does_not_take_the_chart_it_comes_as_text(bot: Playground, hands: Hands, why: str) -> None:
    bot.workspace.faults.add("views.publish", refused(why))
    view = hands.home(ADA)
    assert "data_visualization" not in [block["type"] for block in view["blocks"]]
    assert "█" in seen(view)
    assert "data_visualization" in [block["type"] for block in hands.home(ADA)["blocks"]]


def test_where_charts_are_not_known_none_is_tried(bot: Playground, hands: Hands) -> None:
    bot.bot.rt.native_blocks = False
    view = hands.home(ADA)
    bot.bot.rt.native_blocks = True
    assert "data_visualization" not in [block["type"] for block in view["blocks"]]


def test_when_slack_refuses_the_page_what_was_done_is_done_and_said(
    bot: Playground, hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    hands.open(ADA, "open.quiet")
    bot.workspace.faults.add("views.publish", refused("fatal_error"))
    hands.submit(ADA, {"from": "21:00", "to": "06:30"}, redraws=False)
    assert "21:00 to 06:30" in seen(hands.modal(ADA))
    until(lambda: [vars(one)["why"] for one in caplog.records if one.message == "home_failed"] == ["fatal_error"])


def test_an_error_of_our_own_while_drawing_is_logged_and_stops_nothing(
    bot: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    home.publish(bot.bot.rt, replace(question(bot, ADA), now=None))  # type: ignore[arg-type]  # what nobody foresaw
    (record,) = [record for record in caplog.records if record.message == "home_failed"]
    assert "AttributeError" in str(record.exc_text)
