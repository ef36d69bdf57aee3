"""How it is said that our figures and the organization's cost report agree, or do not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.costs import CostLine, KnownWorkspace, OwnDay, ReportDay
from bot.reports.reconcile import Comparison, Names, Part, Reason, compare, together
from bot.text import load_texts
from bot.usage import Owner
from bot.views.reconcile import alert, days_table, match_line, month_details, verdict
from tests.block_kit import judge, rows, seen
from tests.usage_rows import CENT, DOLLAR, NOW

EN, JA = (load_texts().by_language[name] for name in ("en", "ja"))
DAY = date(2026, 11, 19)
NAMES = Names(workspaces=[KnownWorkspace(workspace_id="w", name="Claude Code", is_claude_code=True)])


def day(ours: int, theirs: int, on: date = DAY, *, estimated: int = 0, others: int = 0) -> Comparison:
    """Amounts in cents."""
    lines = tuple(
        CostLine(usage_date=on, workspace_id=place, description="d", cost_type="tokens", cost_nanos=cost * CENT)
        for place, cost in (("w", theirs), ("v", others))
    )
    (found,) = compare(
        [OwnDay(usage_date=on, cost_nanos=ours * CENT, estimated_nanos=estimated * CENT)],
        [ReportDay(usage_date=on, as_of=NOW, complete=True, lines=lines)],
        NAMES,
        frozenset([on]),
    )
    return found


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (10_000, 10_000, "Matches the organization's cost report within 0.0% (Nov 19)."),
        (10_000, 9_999, "Matches the organization's cost report within 0.1% (Nov 19)."),  # 0.01: rounded up, so true
        (10_000, 9_970, "Matches the organization's cost report within 0.3% (Nov 19)."),
        (10_000, 9_969, "Matches the organization's cost report within 0.4% (Nov 19)."),
        (9_900, 10_000, "Matches the organization's cost report within 1.0% (Nov 19)."),
        (10_000, 9_680, "Differs from the organization's cost report by 3.2% (Nov 19)"),
        (10_000, 9_676, "Differs from the organization's cost report by 3.2% (Nov 19)"),
        (0, 500, "Differs from the organization's cost report by 100.0% (Nov 19)"),
    ],
)
def test_a_line_says_how_close_the_two_are(ours: int, theirs: int, said: str) -> None:
    assert match_line(day(ours, theirs), EN).startswith(said)


def test_the_line_names_the_days_that_were_compared_and_no_others() -> None:
    found = together([day(100, 100, DAY + timedelta(days=n)) for n in (-9, -8, -7, 0)])
    assert found is not None
    assert match_line(found, EN) == "Matches the organization's cost report within 0.0% (Nov 10–12, Nov 19)."
    far_apart = together([day(100, 100, DAY + timedelta(days=2 * n)) for n in range(-15, 1)])
    assert far_apart is not None
    assert len(match_line(far_apart, EN)) < 150


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (10_000, 9_680, "ccost counts $3.20 (3.2%) more than the organization's cost report (Nov 19)."),
        (9_680, 10_000, "ccost counts $3.20 (3.2%) less than the organization's cost report (Nov 19)."),
        (10_000, 9_990, "Matches the organization's cost report within 0.1% (Nov 19)."),
    ],
)
def test_a_verdict_says_which_side_is_larger_and_by_how_much(ours: int, theirs: int, said: str) -> None:
    assert verdict(day(ours, theirs), EN) == said


def test_admins_see_both_sides_of_a_month_what_is_explained_and_what_may_be_behind_the_rest() -> None:
    owners = {Owner.MEMBER: 9_000 * CENT, Owner.MACHINE: 700 * CENT, Owner.UNATTRIBUTED: 300 * CENT}
    assert month_details(day(10_000, 9_680, estimated=5, others=4_200), owners, EN) == [
        "ccost counts $3.20 (3.2%) more than the organization's cost report (Nov 19).",
        (
            "ccost counts $100.00: members $90.00, machines $7.00, unattributed $3.00."
            " Of the same workspaces the report says $96.80."
        ),
        "• $42.00 in other workspaces: other products, not compared.",
        (
            "• Estimates at list price are in it, and the report knows discounts:"
            " a difference that is the same every day is one."
        ),
        "• Priority Tier use is never in the cost report.",
        "• One use may be counted twice, under two names of a key or person: see `/ccost settings link`.",
    ]


def test_the_parts_of_our_side_add_up_as_they_are_shown() -> None:
    third = DOLLAR // 3
    lines = month_details(day(100, 100), {Owner.MEMBER: third, Owner.MACHINE: third, Owner.UNATTRIBUTED: third + 1}, EN)
    assert "ccost counts $1.00: members $0.33, machines $0.33, unattributed $0.34." in lines[1]


def test_days_that_differ_stand_in_a_table_that_adds_the_rest_up() -> None:
    many = [day(100 + n, 100, DAY - timedelta(days=n)) for n in range(2, 300)]
    table = days_table(many, EN)
    head, first, *_, last = [[cell["text"] for cell in row] for row in table["rows"]]
    assert head == ["Day (UTC)", "ccost", "Cost report", "Difference"]
    assert first == ["Tue, Nov 17, 2026", "$1.02", "$1.00", "+2.0%"]
    assert last[0].endswith("earlier days")
    shown = [row[1]["text"] for row in table["rows"][1:]]
    cents = sum(int(text.replace("$", "").replace(",", "").replace(".", "")) for text in shown)
    assert cents == sum(100 + n for n in range(2, 300))


def test_less_is_told_from_more_in_the_table() -> None:
    table = days_table([day(95, 100)], EN)
    assert [cell["text"] for cell in table["rows"][1]] == ["Thu, Nov 19, 2026", "$0.95", "$1.00", "−5.0%"]


def test_an_alarm_says_the_days_both_figures_what_is_explained_and_where_to_look() -> None:
    days = [day(9_000, 10_000), day(8_000, 10_000, DAY + timedelta(days=1))]
    message = alert(days, EN)
    assert message.text == (
        "On 2 days ccost's figures differ from the organization's cost report by more than 1%."
        " Nov 19: ccost $90.00, cost report $100.00, 10.0%."
        " Nov 20: ccost $80.00, cost report $100.00, 20.0%."
    )
    assert [row[0] for row in rows(message)] == ["Day (UTC)", "Fri, Nov 20, 2026", "Thu, Nov 19, 2026"]
    assert "Use may be missing" in seen(message)
    assert "settings status" in str(message.blocks[-1])
    judge(message)


def test_an_alarm_says_what_was_explained_but_not_what_was_never_compared() -> None:

    parts = (
        Part(reason=Reason.OTHER_PRODUCTS, cost_nanos=7 * DOLLAR),
        Part(reason=Reason.KEYS, cost_nanos=2 * DOLLAR),
    )
    text = seen(alert([replace(day(80, 100), parts=parts)], EN))
    assert "$2.00 more in workspaces of keys" in text
    assert "other products" not in text


def test_the_text_of_an_alarm_stays_short_whatever_happened() -> None:
    many = [day(50, 100, DAY - timedelta(days=n)) for n in range(35, 0, -1)]
    for t in (EN, JA):
        message = alert(many, t)
        judge(message)
        assert len(message.text) < 400
    assert "Nov 18" in alert(many, EN).text
