from dataclasses import replace
from fractions import Fraction

import pytest

from bot.reports.tips import TIPS, Advice, Evidence, Finding, Habits, advise
from bot.text import load_texts
from bot.usage import Activity, MemberUsage, Tokens
from bot.views import tips
from tests.block_kit import judge, seen
from tests.usage_rows import DOLLAR, MONTH, habits

EN = load_texts().by_language["en"]

EVERYTHING = Habits(
    active_days=9,
    sessions=30,
    edits_accepted=1,
    edits_rejected=60,
    commits=0,
    tokens=Tokens(cache_read_input_tokens=10_000_000_000, output_tokens=1_000_000),
    pay_per_token=Tokens(cache_creation_input_tokens=5_000_000),
    cost_nanos=10 * DOLLAR,
    large_model="claude-opus-5-5",
    large_cost_nanos=9 * DOLLAR,
)
WORDY = replace(EVERYTHING, tokens=Tokens(output_tokens=1_000_000))
IDLE = replace(EVERYTHING, edits_rejected=0)


def finding_of(key: str) -> Finding:
    tip = next(tip for tip in TIPS if tip.key == key)
    evidence = tip.gate(EVERYTHING) or tip.gate(WORDY) or tip.gate(IDLE)
    assert evidence is not None
    return Finding(tip, evidence)


def all_of_them() -> Advice:
    return Advice(period=MONTH, active_days=9, findings=tuple(finding_of(tip.key) for tip in TIPS))


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("tips.clear", "/clear"),
        ("tips.compact", "/compact"),
        ("tips.compact", "Compact instructions"),
        ("tips.compact", "CLAUDE.md"),
        ("tips.autocompact", "/autocompact 200k"),
        ("tips.specific", "Shift+Tab"),
        ("tips.model", "/model sonnet"),
        ("tips.cache", "ENABLE_PROMPT_CACHING_1H=1"),
        ("tips.effort", "/effort low"),
        ("tips.idle", "/exit"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_tip_gives_the_exact_command_in_every_language(key: str, command: str, language: str) -> None:
    advice = Advice(period=MONTH, active_days=9, findings=(finding_of(key),))
    assert command in seen(tips.tips(advice, load_texts().by_language[language]))


def test_all_eight_tips_fit_into_one_message() -> None:
    assert len(TIPS) == 8
    for t in load_texts().by_language.values():
        judge(tips.tips(all_of_them(), t))


def test_no_tip_promises_dollars() -> None:
    for t in load_texts().by_language.values():
        message = tips.tips(all_of_them(), t)
        assert "$" not in message.text + seen(message)


def test_a_tip_is_title_evidence_command_and_caveat() -> None:
    message = tips.tips(advise(habits(activity=Activity(edits_accepted=60, edits_rejected=40)), MONTH), EN)
    assert message.text == "Tips from your last 30 days: Smaller steps with a plan."
    assert "".join(word["text"] for word in message.blocks[2]["elements"][0]["elements"]) == (
        "Smaller steps with a plan\n"
        "40 of 100 proposed edits were turned down (40%).\n"
        "Name the file and the change you want, one task at a time. Before larger changes press Shift+Tab for plan "
        "mode; Esc stops early and /rewind goes back.\n"
        "Turning edits down is part of careful work. It is only about those that a plan would have spared you."
    )


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "Your last 30 days have 0 active days, which is too few"),
        (1, "Your last 30 days have 1 active day, which is too few"),
        (5, "Nothing in your last 30 days stands out."),
    ],
)
def test_without_a_habit_there_is_general_advice_and_the_reason_why(days: int, sentence: str) -> None:
    message = tips.tips(advise(habits(days) if days else MemberUsage(), MONTH), EN)
    assert sentence in seen(message)
    assert message.text == (
        "General tips: Start fresh between tasks, Summarize long conversations, Smaller steps with a plan."
    )
    judge(message)


def test_a_models_name_is_shown_as_it_is_but_does_nothing() -> None:
    tip = next(tip for tip in TIPS if tip.key == "tips.model")
    finding = Finding(tip, Evidence(Fraction(1), {"model": "<!here> `x` *opus_5*", "share": 70}))
    message = tips.tips(Advice(period=MONTH, active_days=9, findings=(finding,)), EN)
    assert "most of it to ‹!here› 'x' ∗opus_5∗." in seen(message)
    judge(message)


def test_who_wants_no_tips_finds_the_switch_below_them() -> None:
    for advice in (all_of_them(), Advice(period=MONTH, active_days=0, findings=())):
        (row,) = (block["elements"] for block in tips.tips(advice, EN).blocks if block["type"] == "actions")
        assert [(one["action_id"], one["value"]) for one in row] == [("settings.tips", "settings tips")]
