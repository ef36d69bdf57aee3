from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.periods import ChargePeriod
from bot.reports.parts import Change
from bot.reports.spend import MemberSummary, member_summary
from bot.reports.tips import advise
from bot.text import load_texts
from bot.usage import Activity, CostMetric, DayState, MemberUsage, Plan, Tokens
from bot.views import me
from tests.block_kit import judge, rows, seen
from tests.usage_rows import (
    CENT,
    DOLLAR,
    MONTH,
    NOW,
    habits,
    of_days,
    settled,
    spend,
    standing,
    with_activity,
)

EN = load_texts().by_language["en"]
NO_ADVICE = advise(MemberUsage(), MONTH)
TWO_DAYS = ChargePeriod(date(2026, 11, 19), date(2026, 11, 21), "2026-11-19..2026-11-20")


def report(usage: MemberUsage, period: ChargePeriod = MONTH, before: MemberUsage | None = None) -> MemberSummary:
    return member_summary(usage, before or MemberUsage(), period, settled(period))


def test_the_whole_answer() -> None:
    tokens = Tokens(cache_read_input_tokens=900, uncached_input_tokens=100)
    usage = with_activity(
        [
            spend(date(2026, 11, 19), 1_000 * DOLLAR, model="claude-opus-5-5", tokens=tokens),
            spend(date(2026, 11, 20), 234 * DOLLAR + 56 * CENT, tokens=tokens),
        ],
        {
            date(2026, 11, 19): Activity(
                sessions=1_200, lines_added=5, lines_removed=2, commits=3, pull_requests=1, edits_accepted=9
            )
        },
    )
    before = MemberUsage(rows=(spend(date(2026, 11, 17), 1_234 * DOLLAR + 56 * CENT),))
    message = me.summary(report(usage, TWO_DAYS, before), NO_ADVICE, EN)
    assert message.text == (
        "Your Claude Code spend, Nov 19–20, 2026: $1,234.56. 2 active days, $617.28 per active day. "
        "That is 50% less per active day than in your own previous period (Nov 17–18, 2026: $1,234.56)."
    )
    assert message.blocks == [
        {"type": "header", "text": {"type": "plain_text", "text": "Your Claude Code spend", "emoji": False}},
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "*$1,234.56* · Nov 19–20, 2026\n"
                "2 active days, $617.28 per active day.\n"
                "That is 50% less per active day than in your own previous period (Nov 17–18, 2026: $1,234.56).",
            },
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": "*By model*"}},
        {
            "type": "section",
            "fields": [
                {"type": "plain_text", "text": "claude-opus-5-5\n$1,000.00 · 81%", "emoji": False},
                {"type": "plain_text", "text": "claude-sonnet-5-5\n$234.56 · 19%", "emoji": False},
            ],
        },
        {
            "type": "data_visualization",
            "title": "Spend by day (UTC)",
            "chart": {
                "type": "bar",
                "series": [
                    {
                        "name": "Spend",
                        "data": [{"label": "Nov 19", "value": 1000}, {"label": "Nov 20", "value": 234.56}],
                    }
                ],
                "axis_config": {"categories": ["Nov 19", "Nov 20"], "y_label": "US dollars"},
            },
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": "*What came of it*"}},
        {
            "type": "section",
            "fields": [
                {"type": "plain_text", "text": text, "emoji": False}
                for text in (
                    "Sessions\n1,200",
                    "Lines added / removed\n+5 / −2",
                    "Commits\n3",
                    "Pull requests\n1",
                    "Edits accepted\n9 of 9 (100%)",
                    "Prompt tokens read from cache\n90%",
                    "Your time with it\nnot available",
                    "Time the model answered\nnot available",
                )
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "General advice on getting the same work for less is behind "},
                        {"type": "text", "text": "Tips", "style": {"bold": True}},
                        {"type": "text", "text": "."},
                    ],
                }
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": text, "emoji": False},
                    "action_id": action_id,
                    "value": value,
                }
                for text, action_id, value in (
                    ("By model", "me.models", "me models 2026-11-19..2026-11-20"),
                    ("By day", "me.days", "me days 2026-11-19..2026-11-20"),
                    ("Tips", "me.tips", "tips"),
                    ("About", "me.about", "me about 2026-11-19..2026-11-20"),
                )
            ],
        },
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "About these figures: source Claude Code Analytics (Anthropic). "
                    "An estimate at list price (ListCost), not an invoice. As of Nov 22, 14:00 UTC. Days are UTC days.",
                }
            ],
        },
    ]
    judge(message)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_text_alone_carries_the_total(language: str) -> None:
    usage = MemberUsage(rows=(spend(cost_nanos=1_234 * DOLLAR + 56 * CENT),))
    t = load_texts().by_language[language]
    for message in (
        me.summary(report(usage), NO_ADVICE, t),
        me.models(report(usage), t),
        me.days(report(usage), t),
    ):
        assert "$1,234.56" in message.text
        assert "$1,234.56" in seen(message)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (2 * DOLLAR, "That is 50% less per active day"),
        (DOLLAR, "Per active day that is the same"),
        (DOLLAR - 10 * CENT, "That is 11% more per active day"),
        (0, "Your own previous period (Oct 1–22, 2026) has no figure to compare with."),
        (None, "Your own previous period (Oct 1–22, 2026) has no figure to compare with."),
    ],
)
def test_a_person_is_compared_with_their_own_past_and_with_nobody_else(before: int | None, sentence: str) -> None:
    past = MemberUsage(rows=() if before is None else (spend(date(2026, 10, 5), before),))
    message = me.summary(report(MemberUsage(rows=(spend(),)), before=past), NO_ADVICE, EN)
    assert sentence in message.text
    assert sentence in seen(message)


def test_subscription_use_is_a_line_of_its_own_and_not_in_the_total() -> None:
    usage = MemberUsage(rows=(spend(), spend(cost_nanos=7 * DOLLAR, plan=Plan.SUBSCRIPTION)))
    message = me.summary(report(usage), NO_ADVICE, EN)
    assert "in no total: $7.00 API-equivalent value" in seen(message)
    assert "$8.00" not in seen(message) + message.text
    assert "$7.00" in message.text


def test_who_only_used_a_subscription_is_told_no_average_of_nothing() -> None:
    usage = MemberUsage(rows=(spend(cost_nanos=7 * DOLLAR, plan=Plan.SUBSCRIPTION),))
    message = me.summary(report(usage), NO_ADVICE, EN)
    assert "per active day" not in message.text
    assert "claude-sonnet-5-5\n$7.00 API-equivalent value" in seen(message)


def test_two_kinds_of_amounts_in_one_total_are_shown_as_its_parts() -> None:
    usage = MemberUsage(rows=(spend(), spend(cost_nanos=2 * DOLLAR, metric=CostMetric.EFFECTIVE)))
    message = me.summary(report(usage), NO_ADVICE, EN)
    parts = "$2.00 after discounts (EffectiveCost), $1.00 estimates at list price (ListCost)"
    assert f"This total adds amounts of different kinds: {parts}." in message.text
    assert parts in seen(message)


def test_many_models_are_five_and_the_others_as_one() -> None:
    usage = MemberUsage(rows=tuple(spend(cost_nanos=DOLLAR, model=f"m{n}") for n in range(8)))
    message = me.summary(report(usage), NO_ADVICE, EN)
    assert [field["text"] for field in message.blocks[3]["fields"]][-2:] == [
        "m4\n$1.00 · 12%",
        "3 other models\n$3.00 · 38%",
    ]


def test_a_single_day_needs_no_chart() -> None:
    one = ChargePeriod(date(2026, 11, 19), date(2026, 11, 20), "2026-11-19")
    message = me.summary(report(MemberUsage(rows=(spend(one.start),)), one), NO_ADVICE, EN)
    assert "data_visualization" not in [block["type"] for block in message.blocks]


@pytest.mark.parametrize(
    ("days", "title", "bars"),
    [
        (20, "Spend by day (UTC)", 20),
        (21, "Spend by day, the latest 14 days (UTC)", 14),
        (45, "Spend by day, the latest 14 days (UTC)", 14),
        (46, "Spend by week (UTC)", 7),
    ],
)
def test_a_month_shows_its_latest_days_and_a_longer_time_its_weeks(days: int, title: str, bars: int) -> None:
    end = date(2026, 11, 23)
    period = ChargePeriod(end - timedelta(days=days), end, f"{days}d")
    usage = MemberUsage(rows=tuple(spend(day) for day in period.days()))
    message = me.summary(report(usage, period), NO_ADVICE, EN)
    (chart,) = [block for block in message.blocks if block["type"] == "data_visualization"]
    assert chart["title"] == title
    assert len(chart["chart"]["axis_config"]["categories"]) == bars


def test_no_spend_at_all_needs_no_chart() -> None:
    message = me.summary(report(MemberUsage(rows=(spend(cost_nanos=0),))), NO_ADVICE, EN)
    assert "data_visualization" not in [block["type"] for block in message.blocks]


def test_what_no_source_tells_is_not_available_and_never_zero() -> None:
    message = me.summary(report(MemberUsage(rows=(spend(),))), NO_ADVICE, EN)
    assert seen(message).count("not available") == 8


def test_time_is_shown_where_a_source_tells_it() -> None:
    usage = with_activity([spend()], {date(2026, 11, 2): Activity(active_seconds=3_720, api_seconds=60)})
    text = seen(me.summary(report(usage), NO_ADVICE, EN))
    assert "Your time with it\n1 h 2 min" in text
    assert "Time the model answered\n0 h 1 min" in text


def test_the_best_tip_stands_in_the_answer_in_one_line() -> None:
    advice = advise(habits(activity=Activity(edits_accepted=60, edits_rejected=40)), MONTH)
    text = seen(me.summary(report(MemberUsage(rows=(spend(),))), advice, EN))
    assert "A tip from your last 30 days:" in text
    assert "40% of the proposed edits were turned down" in text


def test_the_footer_says_what_may_still_change() -> None:
    days = {7: DayState.MISSING, 8: DayState.MISSING, 9: DayState.HELD, 15: DayState.SETTLING, 22: DayState.OPEN}
    odd = [
        standing(date(2026, 11, day), state, as_of=NOW - timedelta(minutes=12), quarantined=int(day == 9))
        for day, state in days.items()
    ]
    footing = settled(MONTH, *odd)
    message = me.summary(member_summary(MemberUsage(rows=(spend(),)), MemberUsage(), MONTH, footing), NO_ADVICE, EN)
    assert message.blocks[-1]["elements"][0]["text"] == (
        "About these figures: source Claude Code Analytics (Anthropic). "
        "An estimate at list price (ListCost), not an invoice. As of Nov 22, 13:48 UTC. "
        "Incomplete, more will come: Nov 22. Days since Nov 15 may still be corrected. "
        "Held at the earlier figure until a smaller one is confirmed: Nov 9. "
        "2 days were never read and are in no sum: Nov 7–8. "
        "1 row could not be understood and is in no sum. Days are UTC days."
    )


def test_the_footer_says_what_the_amounts_leave_out_and_what_they_were_at_list_price() -> None:
    row = spend(metric=CostMetric.EFFECTIVE, tokens=Tokens(output_tokens=9_000_000))
    row = replace(row, list_cost_nanos=2 * DOLLAR, unpriced_tokens=1_234_567)
    ground = replace(settled(), changed_days=(date(2026, 11, 19),), self_declared_nanos=25 * CENT)
    message = me.summary(member_summary(MemberUsage(rows=(row,)), MemberUsage(), MONTH, ground), NO_ADVICE, EN)
    assert message.blocks[-1]["elements"][0]["text"] == (
        "About these figures: source Claude Code Analytics (Anthropic). "
        "After discounts and before credits (EffectiveCost), not an invoice. At list price it would be $2.00. "
        "Tokens without a price, in no sum: 1.2 million. As of Nov 22, 14:00 UTC. "
        "1 finished day was another figure before: Nov 19. *By day* shows what it was. "
        "$0.25 of this is self-declared: only the sender says whose it is. Days are UTC days."
    )


def test_a_list_price_that_says_nothing_new_is_not_said() -> None:
    row = replace(spend(metric=CostMetric.EFFECTIVE), list_cost_nanos=DOLLAR)
    assert "list price" not in str(me.summary(report(MemberUsage(rows=(row,))), NO_ADVICE, EN).blocks[-1])


def test_a_restated_day_says_what_it_was_and_until_when() -> None:
    change = Change(
        day=date(2026, 11, 19), before_nanos=8 * DOLLAR, after_nanos=10 * DOLLAR, changed_at=NOW - timedelta(days=1)
    )
    usage = MemberUsage(rows=tuple(of_days([12 * DOLLAR, 5 * DOLLAR], date(2026, 11, 19))))
    message = me.days(member_summary(usage, MemberUsage(), TWO_DAYS, settled(TWO_DAYS), [change]), EN)
    assert rows(message)[1:3] == [
        ["Fri, Nov 20, 2026", "$5.00", "settled"],
        ["Thu, Nov 19, 2026", "$12.00", "settled; was $10.00 until Nov 21, 14:00 UTC"],
    ]
    judge(message)


def test_days_come_newest_first_and_a_day_never_read_is_not_zero() -> None:
    period = ChargePeriod(date(2026, 11, 17), date(2026, 11, 23), "x")
    odd = {
        18: DayState.MISSING,
        19: DayState.MISSING,
        20: DayState.HELD,
        21: DayState.SETTLING,
        22: DayState.OPEN,
    }
    footing = settled(period, *(standing(date(2026, 11, day), state) for day, state in odd.items()))
    usage = MemberUsage(rows=tuple(of_days([3 * DOLLAR], date(2026, 11, 17)) + of_days([CENT], date(2026, 11, 19))))
    message = me.days(member_summary(usage, MemberUsage(), period, footing), EN)
    assert rows(message) == [
        ["Day (UTC)", "Spend", "State"],
        ["Sun, Nov 22, 2026", "$0.00", "incomplete"],
        ["Sat, Nov 21, 2026", "$0.00", "may be corrected"],
        ["Fri, Nov 20, 2026", "$0.00", "held"],
        ["Thu, Nov 19, 2026", "$0.01", "partly read"],
        ["Wed, Nov 18, 2026", "not read yet", "not read yet"],
        ["Tue, Nov 17, 2026", "$3.00", "settled"],
        ["Total", "$3.01", "–"],
    ]
    judge(message)


def test_more_days_than_a_table_takes_are_summed_up_in_one_row() -> None:
    year = ChargePeriod(date(2025, 11, 1), date(2026, 11, 1), "x")
    message = me.days(report(MemberUsage(rows=tuple(of_days([CENT] * 365, year.start))), year), EN)
    shown = rows(message)
    assert len(shown) == 101
    assert shown[1][0] == "Sat, Oct 31, 2026"
    assert shown[-2:] == [["267 earlier days", "$2.67", "–"], ["Total", "$3.65", "–"]]
    judge(message)


def test_models_are_shown_with_their_tokens_and_add_up() -> None:
    tokens = Tokens(
        uncached_input_tokens=1, output_tokens=2_000, cache_read_input_tokens=3, cache_creation_input_tokens=4
    )
    usage = MemberUsage(
        rows=(
            spend(cost_nanos=3 * DOLLAR, model="opus", tokens=tokens),
            spend(cost_nanos=DOLLAR, model="sonnet", tokens=tokens),
            spend(cost_nanos=9 * DOLLAR, model="sonnet", tokens=tokens, plan=Plan.SUBSCRIPTION),
        )
    )
    message = me.models(report(usage), EN)
    assert rows(message) == [
        [
            "Model",
            "Spend",
            "Share",
            "Input, uncached",
            "Output",
            "Cache read",
            "Cache written",
            "API-equivalent value",
        ],
        ["opus", "$3.00", "75%", "1", "2,000", "3", "4", "$0.00"],
        ["sonnet", "$1.00", "25%", "2", "4,000", "6", "8", "$9.00"],
        ["Total", "$4.00", "100%", "3", "6,000", "9", "12", "$9.00"],
    ]
    judge(message)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("last_seen", [None, date(2026, 10, 3)])
def test_somebody_without_figures_is_told_why_and_never_zero_dollars(language: str, last_seen: date | None) -> None:
    message = me.not_covered(last_seen, MONTH, load_texts().by_language[language])
    assert "$" not in message.text + seen(message)
    for word in ("Bedrock", "Vertex", "/ccost settings link"):
        assert word in seen(message)
    judge(message)


def test_somebody_never_seen_is_told_how_to_be_covered() -> None:
    message = me.not_covered(None, MONTH, EN)
    assert message.text == (
        "Your use of Claude Code is not covered yet: connect telemetry, or ask an admin to link your address."
    )
    assert "subscription sign-in" in seen(message)
    assert "connect telemetry" in seen(message)


def test_somebody_seen_before_is_told_when() -> None:
    message = me.not_covered(date(2026, 10, 3), MONTH, EN)
    assert message.text == (
        "No use of Claude Code was seen for you in this period (Nov 1–22, 2026). "
        "You were last seen on Sat, Oct 3, 2026."
    )


def test_who_wants_no_tips_gets_none_and_can_still_ask() -> None:
    message = me.summary(report(MemberUsage(rows=(spend(),))), None, EN)
    assert "rich_text" not in [block["type"] for block in message.blocks]
    assert "me.tips" in str(message.blocks)
    judge(message)


def test_in_a_channel_sharing_comes_first() -> None:
    message = me.summary(report(MemberUsage(rows=(spend(),))), NO_ADVICE, EN, may_share=True)
    (row,) = (block["elements"] for block in message.blocks if block["type"] == "actions")
    assert [(one["action_id"], one["value"]) for one in row] == [
        ("me.share", "me share month"),
        ("me.models", "me models month"),
        ("me.days", "me days month"),
        ("me.tips", "tips"),
        ("me.about", "me about month"),
    ]
