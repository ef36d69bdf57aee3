"""`/ccost settings pilot`: one group first. What it means is shown before, what it taught is told in numbers alone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.budget import Alerts, BudgetScope
from bot.delivery.budgets import plan_budgets
from bot.delivery.deliver import deliver
from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.jobs.poll import poll
from bot.notice import Notice, NoticeKind, NoticeRow, NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import audit, budgets, digests, groups, members, notices, organization
from tests.playing import playground
from tests.unhurried import unhurried

CHLOE, HARUKA = "U0CHLOE", "U0HARUKA"
ADA, BORIS, DIEGO, FARID, GRACE, HUGO, INES, WENDY = (
    f"U0{name}" for name in ["ADA", "BORIS", "DIEGO", "FARID", "GRACE", "HUGO", "INES", "WENDY"]
)
CHANNEL = "C0GENERAL"
FAR = timedelta(days=300)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """In the middle of a month, in the middle of Europe's day, when everybody has spent something."""
    with playground(tmp_path_factory.mktemp("pilot")) as running:
        now = running.clock()
        running.clock.move(timedelta(days=(20 - now.day) % 30, hours=(12 - now.hour) % 24))
        poll(running.bot.rt)
        with running.bot.rt.sessions.begin() as session:
            for name, people in {
                "platform": [ADA, BORIS, DIEGO, FARID, GRACE],
                "duo": [HUGO, INES],
                "solo": [HUGO],
                "guests": [HUGO, WENDY],
            }.items():
                found = [members.by_slack_id(session, who) for who in people]
                groups.make(session, name, [one.member_id for one in found if one], by=CHLOE, at=running.clock())
        yield unhurried(running)


@pytest.fixture
def bot(running: Playground) -> Iterator[Playground]:
    """Without a pilot, before and after."""
    yield running
    running.sender.command(CHLOE, CHANNEL, "settings pilot end")


def ask(bot: Playground, who: str, words: str) -> Outcome:
    outcome = bot.sender.command(who, CHANNEL, words)
    assert outcome.status == "answered"
    return outcome


def say(bot: Playground, who: str, words: str) -> str:
    return ask(bot, who, words).text


def buttons(bot: Playground, who: str, words: str) -> list[str]:
    """What the buttons of an answer would type."""
    blocks = ask(bot, who, words).blocks
    return [one["value"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def pilot_of(bot: Playground) -> str | None:
    """The group that a pilot runs with."""
    with bot.bot.rt.sessions() as session:
        group_id = organization.policy(session).pilot_group_id
        group = groups.by_id(session, group_id) if group_id is not None else None
    return group.name if group else None


def recorded(bot: Playground) -> list[tuple[str, str]]:
    with bot.bot.rt.sessions() as session:
        return [(row.actor, row.act) for row in audit.entries(session, 2)]


def own_id(bot: Playground, who: str) -> int:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
    assert found is not None
    return found.member_id


def plan(bot: Playground, who: str, key: str, **changes: object) -> NoticeRow:
    """Plan an unasked message to somebody, send what is due, and give what became of it."""
    planned: dict[str, object] = {
        "key": key,
        "kind": NoticeKind.BREACH,
        "recipient": who,
        "private_to": who,
        "unasked": True,
        "urgent": True,
        "text": "$80.00 of $100.00",
        "due_at": bot.clock(),
        "why": "due",
    }
    with bot.bot.rt.sessions.begin() as session:
        notices.add(session, Notice(**planned | changes), bot.clock())  # type: ignore[arg-type]  # as above
    deliver(bot.bot.rt)
    return row_of(bot, key)


def wanted(bot: Playground, channel_id: str, who: str) -> Schedule:
    """What somebody asked for a channel."""
    return Schedule(
        channel_id=channel_id, cadence=Cadence.DAILY, minute=630, zone="UTC", set_by=who, set_at=bot.clock()
    )


def row_of(bot: Playground, key: str) -> NoticeRow:
    with bot.bot.rt.sessions() as session:
        row = notices.get(session, key)
    assert row is not None
    return row


def test_without_a_pilot_one_reads_how_to_begin_one_with_a_button_for_each_group_that_is_large_enough(
    bot: Playground,
) -> None:
    assert say(bot, CHLOE, "settings pilot") == "No pilot runs: everybody in the workspace is served."
    assert buttons(bot, CHLOE, "settings pilot") == ["settings pilot duo", "settings pilot platform"]
    assert "nothing to end" in say(bot, CHLOE, "settings pilot end")


def test_nothing_begins_before_it_was_shown_what_it_means(bot: Playground) -> None:
    shown = say(bot, CHLOE, "settings pilot Platform")
    assert "A pilot with platform, 5 people, would mean" in shown
    assert "No channel has a digest yet" in shown
    assert pilot_of(bot) is None
    assert buttons(bot, CHLOE, "settings pilot platform") == ["settings pilot platform yes"]
    assert "has begun, with 5 people" in say(bot, CHLOE, "settings pilot platform yes")
    assert pilot_of(bot) == "platform"
    assert recorded(bot)[0] == (CHLOE, "pilot_begun")


def test_what_is_done_already_is_said_and_recorded_once(bot: Playground) -> None:
    ask(bot, CHLOE, "settings pilot platform yes")
    since = recorded(bot)
    for words in ("settings pilot platform yes", "settings pilot platform"):
        assert say(bot, HARUKA, words).startswith("すでに")
    assert recorded(bot) == since
    assert "has ended after 1 day" in say(bot, CHLOE, "settings pilot end")
    assert recorded(bot)[0] == (CHLOE, "pilot_ended")
    assert "nothing to end" in say(bot, CHLOE, "settings pilot end")
    assert recorded(bot)[0] == (CHLOE, "pilot_ended")
    assert recorded(bot)[1] == (CHLOE, "pilot_begun")


def test_a_second_pilot_waits_for_the_end_of_the_first(bot: Playground) -> None:
    ask(bot, CHLOE, "settings pilot platform yes")
    for words in ("settings pilot duo", "settings pilot duo yes"):
        assert "settings pilot end" in say(bot, CHLOE, words)
    assert pilot_of(bot) == "platform"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("solo", "has 1 person, and a pilot needs at least 2"),
        ("guests", "has 1 person, and a pilot needs at least 2"),  # a guest is no one to try it with
        ("nobody", "I know no group called"),
        ("<!channel>", "I know no group called"),
        ("platform no", "/ccost settings pilot GROUP"),
        ("platform yes now", "/ccost settings pilot GROUP"),
    ],
)
@pytest.mark.parametrize("sure", ["", " yes"])
def test_what_is_no_group_to_try_it_with_is_answered_with_what_to_do(
    bot: Playground, words: str, says: str, sure: str
) -> None:
    answer = say(bot, CHLOE, f"settings pilot {words}{sure}")
    assert says in answer or "/ccost settings pilot GROUP" in answer
    assert "<!channel>" not in answer
    assert pilot_of(bot) is None


@pytest.mark.parametrize("words", ["pilot", "pilot platform", "pilot platform yes", "pilot end"])
@pytest.mark.parametrize("who", [ADA, WENDY])
def test_only_admins_decide(bot: Playground, who: str, words: str) -> None:
    ask(bot, CHLOE, "settings pilot duo yes")
    answer = say(bot, who, f"settings {words}")
    assert ("admins" in answer) == (who == ADA)
    assert pilot_of(bot) == "duo"


def test_while_it_runs_people_outside_read_that_and_people_inside_read_their_figures(bot: Playground) -> None:
    assert "being tried by one group" not in say(bot, HUGO, "me")
    ask(bot, CHLOE, "settings pilot platform yes")
    assert "being tried by one group" in say(bot, HUGO, "me")
    assert "being tried by one group" in say(bot, CHLOE, "me")
    assert "$" in say(bot, ADA, "me")
    assert "$" in say(bot, HUGO, "team")
    ask(bot, CHLOE, "settings pilot end")
    assert "$" in say(bot, HUGO, "me")


def test_an_unasked_message_reaches_only_people_of_the_group_and_no_admin_hears_of_the_others(bot: Playground) -> None:
    ask(bot, CHLOE, "settings pilot platform yes")
    with bot.bot.rt.sessions() as session:
        before = {row.key for row in notices.latest(session, 1000) if row.kind is NoticeKind.OPERATOR}
    assert plan(bot, ADA, "pilot/inside").state is NoticeState.SENT
    outside = plan(bot, HUGO, "pilot/outside")
    assert outside.state in (NoticeState.SKIPPED, NoticeState.FAILED)
    assert (outside.outcome, outside.ts) == ("access.pilot", None)
    asked_for = {"kind": NoticeKind.REPLY, "unasked": False, "urgent": False}
    assert plan(bot, INES, "pilot/answer", **asked_for).state is NoticeState.SENT
    with bot.bot.rt.sessions() as session:
        after = {row.key for row in notices.latest(session, 1000) if row.kind is NoticeKind.OPERATOR}
    assert after == before
    said = say(bot, CHLOE, "settings pilot")
    assert "1 message went to them unasked (budget crossed: 1)" in said
    assert "1 message to somebody outside the group was not sent" in said


def test_a_broken_budget_of_somebody_outside_is_kept_and_not_sent(bot: Playground) -> None:
    ask(bot, CHLOE, "settings pilot duo yes")
    with bot.bot.rt.sessions.begin() as session:
        mine = {"scope": BudgetScope.OWN, "of": own_id(bot, GRACE), "cadence": Cadence.MONTHLY}
        budgets.put(session, **mine, limit_nanos=10_000_000, set_by=GRACE, at=bot.clock())  # type: ignore[arg-type]
    found: list[NoticeRow] = []
    for _ in range(4):  # a figure must have stood for a while before it is told
        plan_budgets(bot.bot.rt)
        bot.clock.move(timedelta(hours=1))
        poll(bot.bot.rt)
        with bot.bot.rt.sessions() as session:
            found = [row for row in notices.latest(session, 1000) if row.recipient == GRACE and row.unasked]
        if found:
            break
    assert found
    with bot.bot.rt.sessions.begin() as session:
        budgets.put_alerts(session, own_id(bot, GRACE), Alerts(quiet_from=0, quiet_to=0))
    deliver(bot.bot.rt)
    for row in found:
        ended = row_of(bot, row.key)
        assert ended.state in (NoticeState.SKIPPED, NoticeState.FAILED, NoticeState.SUPERSEDED)
        assert ended.ts is None
    assert "access.pilot" in {row_of(bot, row.key).outcome for row in found}


def test_the_preview_counts_the_digests_that_go_on(bot: Playground) -> None:
    asked_by = {"C0PLATFORM": HUGO, "C0GENERAL": ADA, "C0PARTNERS": CHLOE}
    with bot.bot.rt.sessions.begin() as session:
        for channel_id, who in asked_by.items():
            digests.put(session, wanted(bot, channel_id, who))
    assert "3 channels have a digest; it goes on in 2 of them" in say(bot, CHLOE, "settings pilot platform")
    assert "3 channels have a digest; it goes on in 2 of them" in say(bot, CHLOE, "settings pilot duo")
    with bot.bot.rt.sessions.begin() as session:
        for channel_id in asked_by:
            digests.remove(session, channel_id)


def test_what_it_taught_counts_people_and_names_nobody(bot: Playground) -> None:
    with bot.bot.rt.sessions.begin() as session:
        found = members.by_slack_id(session, BORIS)
        assert found is not None
        budgets.put_alerts(session, found.member_id, Alerts(off=True))
        other = members.by_slack_id(session, DIEGO)
        assert other is not None
        budgets.put_alerts(session, other.member_id, Alerts(snoozed_until=bot.clock() + FAR))
    ask(bot, FARID, "settings tips off")
    ask(bot, CHLOE, "settings pilot platform yes")
    ask(bot, ADA, "budget set me $5000 yes")
    said = say(bot, CHLOE, "settings pilot")
    assert "of 5 people have spent something, as far as usage was read" in said
    assert "Switched off or silenced: alerts off 1, snoozed 1, tips off 1." in said
    assert "A weekly figure comes after a week" in said or "No message went to them unasked" in said
    shown = f"{said}{ask(bot, CHLOE, 'settings pilot').blocks}"
    for name in ("boris", "diego", "farid", BORIS, DIEGO, FARID):
        assert name not in shown
    assert "$" not in shown


def test_of_a_small_group_choices_are_not_counted(bot: Playground) -> None:
    ask(bot, CHLOE, "settings pilot duo yes")
    said = say(bot, CHLOE, "settings pilot")
    assert "Fewer than 5 people" in said
    assert "Switched off or silenced" not in said


def test_a_pilot_whose_group_is_gone_can_be_ended(bot: Playground) -> None:
    with bot.bot.rt.sessions.begin() as session:
        ines = own_id(bot, INES)
        group_id = groups.make(session, "passing", [ines, own_id(bot, HUGO)], by=CHLOE, at=bot.clock())
    ask(bot, CHLOE, "settings pilot passing yes")
    with bot.bot.rt.sessions.begin() as session:
        groups.remove(session, group_id, bot.clock().date())
    assert "A pilot runs" in say(bot, CHLOE, "settings pilot")
    assert "has ended" in say(bot, CHLOE, "settings pilot end")
