"""A digest as a channel sees it: compact, with its total in the text, and without a name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.budget import BudgetScope
from bot.periods import Cadence, ChargePeriod
from bot.reports.digest import BudgetUse, Digest, Outdated, TeamTip
from bot.reports.parts import MetricCost, ModelSpend
from bot.reports.tips import TIPS
from bot.schedule import Schedule, days_between
from bot.text import Text, languages, load_texts
from bot.usage import CostMetric, DayState, Tokens
from bot.views import digest as view
from bot.views.blocks import Message
from bot.views.digest import NextDigest
from tests.block_kit import judge, seen
from tests.usage_rows import DOLLAR, NOW, settled, standing

TEXTS = load_texts().by_language
EN = TEXTS["en"]
SATURDAY = date(2026, 11, 21)
YESTERDAY = days_between(SATURDAY, 1)
WEEKEND = days_between(date(2026, 11, 20), 3)


def model(name: str, dollars: int) -> ModelSpend:
    return ModelSpend(model=name, cost_nanos=dollars * DOLLAR, subscription_nanos=0, tokens=Tokens())


REPORT = Digest(
    period=YESTERDAY,
    footing=settled(YESTERDAY),
    cost_nanos=112 * DOLLAR,
    by_metric=(MetricCost(cost_metric=CostMetric.LIST, cost_nanos=112 * DOLLAR),),
    subscription_nanos=None,
    is_stale=False,
    usual_nanos=100 * DOLLAR,
    month=ChargePeriod(date(2026, 11, 1), date(2026, 11, 22), ""),
    month_nanos=1_500 * DOLLAR,
    month_gaps=0,
    month_end_nanos=2_200 * DOLLAR,
    budgets=(),
    active_members=7,
    models=(model("claude-opus-4-8", 56), model("claude-sonnet-5-5", 28)),
    tip=TIPS[0],
)
TOKYO = Schedule(
    channel_id="C1",
    cadence=Cadence.DAILY,
    minute=630,
    zone="Asia/Tokyo",
    set_by="U0ADA",
    set_at=NOW,
    covered_until=date(2026, 11, 19),
)
MONDAY = NextDigest(at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC), tells=WEEKEND, is_pushed=False)


def used(scope: BudgetScope, cadence: Cadence, spent: int) -> BudgetUse:
    return BudgetUse(scope=scope, cadence=cadence, limit_nanos=2_000 * DOLLAR, spent_nanos=spent * DOLLAR)


def test_the_text_alone_says_day_total_comparison_month_and_people() -> None:
    message = view.digest(REPORT, EN)
    assert message.text == (
        "The team's Claude Code spend, Sat, Nov 21, 2026, UTC: $112.00. "
        "12% more than the same weekdays of the last four weeks on average ($100.00). "
        "The month so far (Nov 1–21, 2026): $1,500.00. At the pace of its working days, Nov 2026 ends at $2,200.00. "
        "7 active members."
    )
    judge(message)


def pressed(message: Message) -> list[tuple[str, str | None]]:
    """The buttons of a message: what they are called inside, and what they say."""
    found = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return [(one["action_id"], one.get("value")) for one in found]


def test_a_digest_is_compact_with_details_and_days_behind_buttons() -> None:
    message = view.digest(REPORT, EN)
    assert [block["type"] for block in message.blocks] == ["header", "rich_text", "rich_text", "actions", "context"]
    assert pressed(message) == [
        ("digest.details", "team 2026-11-21"),
        ("team.days", "team days 2026-11-08..2026-11-21"),
    ]
    text = seen(message)
    assert "$112.00" in text
    assert "Most of it: claude-opus-4-8 $56.00 (50%), claude-sonnet-5-5 $28.00 (25%)." in text
    assert "Tip: Start fresh between tasks." in text
    assert "About these figures: source Claude Code Analytics (Anthropic)." in text
    assert "Days are UTC days." in text


def test_several_days_are_named_and_asked_for_together() -> None:
    message = view.digest(replace(REPORT, period=WEEKEND), EN)
    assert message.text.startswith("The team's Claude Code spend, Nov 20–22, 2026, UTC: $112.00.")
    assert message.blocks[3]["elements"][0]["value"] == "team 2026-11-20..2026-11-22"


@pytest.mark.parametrize(
    ("usual", "says"),
    [
        (224, "50% less than the same weekdays"),
        (112, "The same as the same weekdays"),
        (0, "There are no complete weekdays"),
        (None, "There are no complete weekdays"),
    ],
)
def test_the_comparison_says_more_less_the_same_or_nothing(usual: int | None, says: str) -> None:
    nanos = None if usual is None else usual * DOLLAR
    assert says in view.digest(replace(REPORT, usual_nanos=nanos), EN).text


def test_stale_figures_say_why_they_are_not_compared() -> None:
    footing = replace(REPORT.footing, stale_hours=30)
    message = view.digest(replace(REPORT, is_stale=True, usual_nanos=None, models=(), footing=footing), EN)
    assert "The figures are too old to be compared with other weeks." in message.text
    assert "That is 30 hours ago." in seen(message)
    assert "Most of it" not in seen(message)


def test_limits_say_how_much_of_them_is_used_and_by_when() -> None:
    budgets = (
        used(BudgetScope.TEAM, Cadence.MONTHLY, 1_500),
        used(BudgetScope.WORKSPACE, Cadence.MONTHLY, 1_999),
    )
    text = view.digest(replace(REPORT, budgets=budgets), EN).text
    assert "The team's monthly budget: 75% of $2,000.00 used by Nov 21." in text
    assert "The vendor's own monthly limit: 99% of $2,000.00 used by Nov 21." in text


def test_a_month_with_gaps_says_so_and_has_no_forecast() -> None:
    text = view.digest(replace(REPORT, month_gaps=2), EN).text
    assert "The month so far (Nov 1–21, 2026): $1,500.00, without 2 days that were never read." in text
    assert "At the pace" not in text


def test_a_month_without_forecast_is_only_its_sum() -> None:
    assert "(Nov 1–21, 2026): $1,500.00. 7 active" in view.digest(replace(REPORT, month_end_nanos=None), EN).text


def test_an_unfinished_day_is_labelled() -> None:
    footing = settled(YESTERDAY, standing(SATURDAY, DayState.OPEN))
    assert "Incomplete, more will come: Nov 21." in seen(view.digest(replace(REPORT, footing=footing), EN))


def test_who_only_uses_a_subscription_is_not_told_zero_dollars() -> None:
    message = view.digest(
        replace(REPORT, cost_nanos=0, by_metric=(), subscription_nanos=9 * DOLLAR, models=(), usual_nanos=None), EN
    )
    assert message.text.startswith("The team's Claude Code use, Sat, Nov 21, 2026, UTC: nothing was paid per token.")
    assert "$9.00 API-equivalent value" in message.text
    assert "$0.00" not in message.text


@pytest.mark.parametrize(
    ("habit", "says"), [("model", "80% of the team's spend"), ("cache", "80% of the team's prompt")]
)
def test_a_tip_from_the_teams_figures_shows_the_share(habit: str, says: str) -> None:
    assert says in seen(view.digest(replace(REPORT, tip=TeamTip(habit, 80)), EN))


def test_a_models_name_is_nobodys_markup() -> None:
    message = view.digest(replace(REPORT, models=(model("*x* <!channel> `y`", 56),)), EN)
    assert "∗x∗ ‹!channel› 'y' $56.00" in seen(message)
    judge(message)


def test_figures_that_are_too_old_are_not_shown() -> None:
    message = view.digest(Outdated(period=YESTERDAY, as_of=NOW - timedelta(hours=50), hours=50), EN)
    assert message.text == (
        "There is no digest of Sat, Nov 21, 2026, UTC: the newest figures are from Nov 20, 12:00 UTC, 50 hours ago. "
        "`/ccost settings status` says why."
    )
    judge(message)


def test_before_anything_was_read_the_digest_says_so() -> None:
    message = view.digest(Outdated(period=YESTERDAY, as_of=None, hours=0), EN)
    assert "no figures were read yet" in message.text
    judge(message)


def test_a_preview_is_the_message_itself_under_a_line_that_says_so() -> None:
    message = view.digest(REPORT, EN)
    preview = view.preview(message, EN)
    assert preview.blocks[1:] == message.blocks
    assert "Only you see it" in seen(preview)
    assert preview.text == message.text


def test_setting_a_digest_echoes_time_zone_and_what_comes_next() -> None:
    message = view.confirmation(TOKYO, MONDAY, EN)
    assert message.text.split("\n") == [
        "Set for this channel.",
        (
            "Daily at 10:30 (Asia/Tokyo). Not on Saturdays and Sundays: Monday's digest tells them too. "
            "Not when nothing was spent."
        ),
        (
            "The next one is due on Mon, Nov 23, 2026 at 10:30 in Asia/Tokyo (Nov 23, 01:30 UTC), "
            "about Nov 20–22, 2026, UTC."
        ),
    ]
    judge(message)


def test_a_time_before_the_day_is_complete_says_when_the_digest_can_arrive() -> None:
    early = NextDigest(at=datetime(2026, 11, 23, 1, tzinfo=UTC), tells=WEEKEND, is_pushed=True)
    text = view.confirmation(replace(TOKYO, minute=8 * 60), early, EN).text
    assert "due on Mon, Nov 23, 2026 at 10:00 in Asia/Tokyo" in text
    assert "That is later than 08:00: the last of its UTC days is complete at the source only at 10:00" in text


def test_everything_that_was_asked_for_is_said_back() -> None:
    weekly = replace(TOKYO, cadence=Cadence.WEEKLY, spendless=True)
    assert "On Mondays at 10:30 (Asia/Tokyo), about the week before. Also when nothing was spent." in (
        view.confirmation(weekly, MONDAY, EN).text
    )
    assert "Also on Saturdays and Sundays." in view.confirmation(replace(TOKYO, weekends=True), MONDAY, EN).text


@pytest.mark.parametrize(
    ("days", "covers"), [(6, "2026-11-08..2026-11-21"), (7, "2026-11-15..2026-11-21"), (8, "2026-11-14..2026-11-21")]
)
def test_the_table_of_days_covers_what_the_digest_does_and_never_less_than_a_week(days: int, covers: str) -> None:
    period = days_between(SATURDAY - timedelta(days=days - 1), days)
    assert pressed(view.digest(replace(REPORT, period=period), EN))[1] == ("team.days", f"team days {covers}")


@pytest.mark.parametrize("channel_id", ["C1", ""])
def test_a_channel_without_digest_is_told_how_to_get_one(channel_id: str) -> None:
    message = view.shown(None, None, EN, channel_id=channel_id)
    assert "`/ccost digest here daily 10:30 Asia/Tokyo`" in message.text
    assert pressed(message) == [("open.digest", channel_id or None), ("digest.preview", "digest preview")]
    judge(message)


def test_a_channel_with_a_digest_is_told_which() -> None:
    message = view.shown(TOKYO, MONDAY, EN, channel_id="C1")
    for part in ("Daily at 10:30", "The next one is due on Mon, Nov 23", "`/ccost digest off`"):
        assert part in message.text
    assert pressed(message) == pressed(view.confirmation(TOKYO, MONDAY, EN))
    assert pressed(message) == [
        ("digest.preview", "digest preview"),
        ("digest.now", "digest now"),
        ("open.digest", "C1"),
        ("digest.off", "digest off"),
    ]


def test_posting_now_asks_first_and_nothing_else_does() -> None:
    buttons = view.shown(TOKYO, MONDAY, EN, channel_id="C1").blocks[1]["elements"]
    asks = {one["action_id"]: one["confirm"]["text"]["text"] for one in buttons if "confirm" in one}
    assert list(asks) == ["digest.now"]
    assert "Everybody in this channel will see" in asks["digest.now"]


@pytest.mark.parametrize(
    ("reason", "says"), [("is_archived", "`is_archived`"), ("access.shared_channel", "shared with another company")]
)
def test_a_parked_digest_says_why_and_what_to_do(reason: str, says: str) -> None:
    message = view.shown(replace(TOKYO, parked=reason), MONDAY, EN, channel_id="C1")
    assert says in message.text
    assert "/invite @ccost" in message.text
    assert "The next one" not in message.text
    assert pressed(message) == [("open.digest", "C1"), ("digest.off", "digest off")]
    judge(message)


@pytest.mark.parametrize("t", [TEXTS[name] for name in languages()], ids=languages())
def test_every_message_can_be_shown_in_every_language(t: Text) -> None:
    budgets = tuple(used(scope, Cadence.WEEKLY, 1) for scope in (BudgetScope.TEAM, BudgetScope.WORKSPACE))
    for message in (
        view.digest(replace(REPORT, budgets=budgets), t),
        view.confirmation(TOKYO, MONDAY, t),
        view.shown(TOKYO, MONDAY, t, channel_id="C1"),
        view.shown(None, None, t, channel_id=""),
        view.on_its_way(WEEKEND, t, already=False),
        view.on_its_way(WEEKEND, t, already=True),
    ):
        judge(message)


@pytest.mark.parametrize(("people", "said"), [(4, "Fewer than 5 active members."), (5, "5 active members.")])
def test_a_handful_of_people_is_not_counted_since_the_total_would_be_theirs(people: int, said: str) -> None:
    assert said in view.digest(replace(REPORT, active_members=people), EN).text
