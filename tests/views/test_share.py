"""What is posted of somebody's figures, and what Slack asks them before."""

import re
from datetime import date

import pytest

from bot.periods import ChargePeriod
from bot.reports.spend import MemberSummary, TeamSummary, member_summary, team_summary
from bot.text import languages, load_texts
from bot.usage import Activity, CostMetric, DayState, MachineSpend, MemberUsage, Owner, Plan, TeamRow, TeamUsage, Tokens
from bot.views import me, share, team
from bot.views.blocks import Message
from tests.block_kit import judge, seen
from tests.usage_rows import DOLLAR, MONTH, settled, spend, standing, with_activity

TEXTS = load_texts().by_language
EN = TEXTS["en"]
WEEK = ChargePeriod(date(2026, 11, 16), date(2026, 11, 23), "7d")
PROMPTS = Tokens(cache_read_input_tokens=900, uncached_input_tokens=100)
BEFORE = MemberUsage(rows=(spend(date(2026, 11, 10), 40 * DOLLAR),))
NAMED = "Quinn <!channel> *O'Brien* & `co`"


def mine(*, before: MemberUsage = BEFORE, tokens: Tokens = PROMPTS) -> MemberSummary:
    rows = [
        spend(date(2026, 11, 17), 31 * DOLLAR, model="claude-opus-5-5", tokens=tokens),
        spend(date(2026, 11, 18), 19 * DOLLAR, tokens=tokens),
        spend(date(2026, 11, 18), 7 * DOLLAR, plan=Plan.SUBSCRIPTION),
    ]
    done = Activity(sessions=77, lines_added=555, commits=33)
    return member_summary(with_activity(rows, {date(2026, 11, 18): done}), before, WEEK, settled(WEEK))


def ours(*, before: int | None = 80, subscription: int = 7) -> TeamSummary:
    def used(dollars: int, day: date, owner: Owner = Owner.MEMBER, plan: Plan = Plan.PAY_PER_TOKEN) -> TeamRow:
        return TeamRow(owner=owner, spend=spend(day, dollars * DOLLAR, plan=plan))

    now = TeamUsage(
        rows=(
            used(61, date(2026, 11, 17)),
            used(39, date(2026, 11, 18), Owner.MACHINE),
            used(subscription, date(2026, 11, 18), plan=Plan.SUBSCRIPTION),
        ),
        active_members=6,
        active_member_days=9,
        machines=(
            MachineSpend(
                name="nightly",
                owner_name="Boris",
                cost_nanos=39 * DOLLAR,
                plan=Plan.PAY_PER_TOKEN,
                cost_metric=CostMetric.LIST,
            ),
        ),
    )
    past = TeamUsage(rows=() if before is None else (used(before, date(2026, 11, 11)),))
    return team_summary(now, past, WEEK, settled(WEEK))


def amounts(message: Message) -> set[str]:
    return set(re.findall(r"\$[\d,.]*\d", message.text + seen(message)))


def test_a_shared_total_says_who_how_much_and_how_it_changed() -> None:
    message = share.mine(mine(), "Ada", EN)
    assert message.text == (
        "Ada shares: $50.00 on Claude Code, Nov 16–22, 2026. "
        "That is 25% more than in their own previous period (Nov 9–15, 2026). "
        "90% of the prompt tokens were read from the cache."
    )
    judge(message)


def test_nothing_of_a_person_is_shared_but_their_total() -> None:
    message = share.mine(mine(), "Ada", EN)
    text = message.text + seen(message)
    assert amounts(message) == {"$50.00"}
    for private in ("opus", "sonnet", "555", "77", "33", "API-equivalent", "Tip", "per active day"):
        assert private not in text
    assert [block["type"] for block in message.blocks] == ["header", "rich_text", "context"]


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (49, "2% more than in their own previous period"),
        (50, "the same as in their own previous period"),
        (51, "2% less than in their own previous period"),
        (None, "Their own previous period (Nov 9–15, 2026) has no figure to compare with."),
    ],
)
def test_one_is_compared_with_ones_own_past(before: int | None, says: str) -> None:
    past = MemberUsage(rows=() if before is None else (spend(date(2026, 11, 10), before * DOLLAR),))
    assert says in share.mine(mine(before=past), "Ada", EN).text


def test_without_prompts_nothing_is_said_of_the_cache() -> None:
    assert "cache" not in share.mine(mine(tokens=Tokens()), "Ada", EN).text


def test_the_teams_total_has_its_trend_its_days_and_who_shared_it() -> None:
    message = share.team(ours(), "Ada", EN)
    assert message.text == (
        "The team's Claude Code spend, Nov 16–22, 2026: $100.00. "
        "25% more than in the previous period (Nov 9–15, 2026: $80.00). Shared by Ada."
    )
    assert [block["type"] for block in message.blocks] == [
        "header",
        "section",
        "rich_text",
        "data_visualization",
        "actions",
        "context",
    ]
    judge(message)


def test_of_the_team_no_part_is_shared_not_even_a_subscriptions() -> None:
    message = share.team(ours(), "Ada", EN)
    assert amounts(message) == {"$100.00", "$80.00"}
    for private in ("nightly", "Boris", "API-equivalent", "sonnet", "6 active"):
        assert private not in message.text + seen(message)


def test_whenever_its_button_is_pressed_the_same_days_are_meant() -> None:
    (button,) = share.team(ours(), "Ada", EN).blocks[4]["elements"]
    assert (button["action_id"], button["value"]) == ("team.days", "team days 2026-11-16..2026-11-22")


def test_a_gap_is_not_compared_and_the_footer_tells_what_is_missing() -> None:
    gap = standing(date(2026, 11, 19), DayState.MISSING)
    report = team_summary(TeamUsage(), TeamUsage(), WEEK, settled(WEEK, gap))
    assert "1 day was never read and is in no sum: Nov 19." in seen(share.team(report, "Ada", EN))


@pytest.mark.parametrize("language", languages())
def test_a_name_is_only_a_name(language: str) -> None:
    for message in (share.mine(mine(), NAMED, TEXTS[language]), share.team(ours(), NAMED, TEXTS[language])):
        judge(message)
        assert "Quinn ‹!channel› ∗O'Brien∗" in seen(message)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("whose", ["me", "team"])
def test_before_it_is_posted_slack_says_what_everybody_will_see(whose: str, language: str) -> None:
    t = TEXTS[language]
    button = share.share_button(whose, MONTH, t)
    assert (button["action_id"], button["value"]) == (f"{whose}.share", f"{whose} share month")
    assert t.span(MONTH.start, MONTH.last) in button["confirm"]["text"]["text"]
    assert button["confirm"]["confirm"]["text"] == button["text"]["text"]


@pytest.mark.parametrize(("may_share", "offered"), [(True, True), (False, False)])
def test_share_is_offered_only_where_it_can_be_done(may_share: bool, offered: bool) -> None:
    for message in (me.summary(mine(), None, EN, may_share=may_share), team.summary(ours(), EN, may_share=may_share)):
        (row,) = (block["elements"] for block in message.blocks if block["type"] == "actions")
        assert any(one["action_id"].endswith(".share") for one in row) is offered
        judge(message)


def test_who_only_uses_a_subscription_has_nothing_to_share() -> None:
    usage = MemberUsage(rows=(spend(date(2026, 11, 17), plan=Plan.SUBSCRIPTION),))
    message = me.summary(member_summary(usage, MemberUsage(), WEEK, settled(WEEK)), None, EN, may_share=True)
    assert "me.share" not in str(message.blocks)
