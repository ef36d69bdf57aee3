"""Each tip's gate, on both sides of its line."""

from dataclasses import replace
from datetime import date

import pytest

from bot.reports.tips import TIPS, Habits, advise, habits_of
from bot.usage import Activity, MemberUsage, Plan, Tokens
from tests.usage_rows import CENT, DOLLAR, MONTH, habits, spend

QUIET = Habits(
    active_days=5,
    sessions=0,
    edits_accepted=0,
    edits_rejected=0,
    commits=0,
    tokens=Tokens(),
    pay_per_token=Tokens(),
    cost_nanos=0,
    large_model="",
    large_cost_nanos=0,
)


def read(tokens: int, output: int = 0) -> Tokens:
    return Tokens(cache_read_input_tokens=tokens, output_tokens=output)


def fires(key: str, some: Habits) -> bool:
    tip = next(tip for tip in TIPS if tip.key == key)
    return tip.gate(some) is not None


@pytest.mark.parametrize(
    ("key", "below", "at"),
    [
        (
            "tips.clear",
            replace(QUIET, sessions=5, tokens=read(49_999_999)),
            replace(QUIET, sessions=5, tokens=read(50_000_000)),
        ),
        (
            "tips.clear",
            replace(QUIET, sessions=4, tokens=read(900_000_000)),
            replace(QUIET, sessions=5, tokens=read(900_000_000)),
        ),
        (
            "tips.compact",
            replace(QUIET, tokens=read(39_999_999, 100_000)),
            replace(QUIET, tokens=read(40_000_000, 100_000)),
        ),
        (
            "tips.compact",
            replace(QUIET, tokens=read(90_000_000, 99_999)),
            replace(QUIET, tokens=read(90_000_000, 100_000)),
        ),
        (
            "tips.autocompact",
            replace(QUIET, sessions=5, tokens=read(99_999_999, 1000)),
            replace(QUIET, sessions=5, tokens=read(100_000_000, 1000)),
        ),
        (
            "tips.autocompact",
            replace(QUIET, sessions=5, tokens=read(100_000_000, 250_001)),
            replace(QUIET, sessions=5, tokens=read(100_000_000, 250_000)),
        ),
        (
            "tips.autocompact",
            replace(QUIET, sessions=4, tokens=read(100_000_000)),
            replace(QUIET, sessions=5, tokens=read(100_000_000)),
        ),
        (
            "tips.specific",
            replace(QUIET, edits_accepted=70, edits_rejected=30),
            replace(QUIET, edits_accepted=70, edits_rejected=31),
        ),
        (
            "tips.specific",
            replace(QUIET, edits_accepted=0, edits_rejected=49),
            replace(QUIET, edits_accepted=0, edits_rejected=50),
        ),
        (
            "tips.model",
            replace(QUIET, cost_nanos=10 * DOLLAR, large_cost_nanos=6 * DOLLAR),
            replace(QUIET, cost_nanos=10 * DOLLAR, large_cost_nanos=6 * DOLLAR + 1),
        ),
        (
            "tips.model",
            replace(QUIET, cost_nanos=5 * DOLLAR - 1, large_cost_nanos=5 * DOLLAR - 1),
            replace(QUIET, cost_nanos=5 * DOLLAR, large_cost_nanos=5 * DOLLAR),
        ),
        (
            "tips.cache",
            replace(
                QUIET,
                pay_per_token=Tokens(cache_creation_input_tokens=2_000_000, cache_read_input_tokens=8_000_000),
            ),
            replace(
                QUIET,
                pay_per_token=Tokens(cache_creation_input_tokens=2_000_000, cache_read_input_tokens=7_999_999),
            ),
        ),
        (
            "tips.cache",
            replace(QUIET, pay_per_token=Tokens(cache_creation_input_tokens=1_999_999)),
            replace(QUIET, pay_per_token=Tokens(cache_creation_input_tokens=2_000_000)),
        ),
        (
            "tips.effort",
            replace(QUIET, tokens=read(25_000_001, 500_000)),
            replace(QUIET, tokens=read(25_000_000, 500_000)),
        ),
        ("tips.effort", replace(QUIET, tokens=read(0, 499_999)), replace(QUIET, tokens=read(0, 500_000))),
        (
            "tips.idle",
            replace(QUIET, sessions=30, edits_accepted=20, commits=10),
            replace(QUIET, sessions=30, edits_accepted=20, commits=9),
        ),
        ("tips.idle", replace(QUIET, sessions=29), replace(QUIET, sessions=30)),
    ],
)
def test_a_tip_applies_from_its_line_on(key: str, below: Habits, at: Habits) -> None:
    assert not fires(key, below)
    assert fires(key, at)


def test_every_gate_has_its_boundary_tested_above() -> None:
    marks = test_a_tip_applies_from_its_line_on.pytestmark  # type: ignore[attr-defined]  # set by the decorator
    assert {case[0] for case in marks[0].args[1]} == {tip.key for tip in TIPS}


@pytest.mark.parametrize(("days", "told"), [(4, False), (5, True)])
def test_fewer_than_five_active_days_are_no_habit(days: int, told: bool) -> None:
    advice = advise(habits(days, tokens=read(0, 9_000_000)), MONTH)
    assert advice.has_data is told
    assert (advice.best is not None) is told


def test_the_most_telling_tip_comes_first() -> None:
    loud = Tokens(output_tokens=600_000, cache_read_input_tokens=1_000_000, cache_creation_input_tokens=2_000_000)
    advice = advise(habits(tokens=loud), MONTH)
    assert [finding.tip.key for finding in advice.findings] == ["tips.effort", "tips.cache"]
    assert advice.best is advice.findings[0]
    strengths = [finding.evidence.strength for finding in advice.findings]
    assert strengths == sorted(strengths, reverse=True)


def test_the_evidence_is_the_persons_own_figures() -> None:
    advice = advise(habits(activity=Activity(edits_accepted=60, edits_rejected=40)), MONTH)
    assert advice.best is not None
    assert advice.best.evidence.values == {"rejected": 40, "edits": 100, "share": 40}


def test_a_subscriptions_cache_and_spend_are_nobodys_business() -> None:
    tokens = Tokens(cache_creation_input_tokens=9_000_000)
    days = [date(2026, 11, day) for day in range(2, 8)]
    rows = [spend(day, 9 * DOLLAR, model="claude-opus-5-5", plan=Plan.SUBSCRIPTION, tokens=tokens) for day in days]
    rows.append(spend(cost_nanos=6 * DOLLAR))
    keys = {finding.tip.key for finding in advise(MemberUsage(rows=tuple(rows)), MONTH).findings}
    assert not keys & {"tips.cache", "tips.model"}


def test_the_dearest_large_model_is_named() -> None:
    rows = (
        spend(cost_nanos=CENT, model="claude-opus-5"),
        spend(cost_nanos=DOLLAR, model="Claude-Fable-5-2"),
        spend(cost_nanos=9 * DOLLAR, model="claude-sonnet-5-5"),
    )
    found = habits_of(MemberUsage(rows=rows))
    assert (found.large_model, found.large_cost_nanos) == ("Claude-Fable-5-2", DOLLAR + CENT)


def test_a_member_without_figures_gets_general_advice() -> None:
    advice = advise(MemberUsage(), MONTH)
    assert (advice.findings, advice.best, advice.has_data) == ((), None, False)
    assert sum(tip.general for tip in TIPS) == 3
