"""A group's total as it is shown: the number in the text, the reason for what is missing, and lists within limits."""

from datetime import date

import pytest

from bot.group import Group, GroupOrigin, bits
from bot.money import format_usd
from bot.periods import ChargePeriod
from bot.reports.groups import GroupSummary, Judged, Withheld, group_summary, parts_of
from bot.text import load_texts
from bot.usage import CostMetric
from bot.views import groups as view
from bot.views.groups import GroupLine
from tests.block_kit import seen
from tests.usage_rows import CENT, DOLLAR, settled

TEXTS = load_texts()
EN = TEXTS.of("en")
NOVEMBER = parts_of(ChargePeriod(date(2026, 11, 1), date(2026, 12, 1), ""))
OCTOBER = parts_of(ChargePeriod(date(2026, 10, 1), date(2026, 11, 1), ""))


def summed(*withheld: Withheld | None, each: int = DOLLAR, past: bool = False) -> GroupSummary:
    judged = [Judged(part=NOVEMBER[n], withheld=why, people=bits(range(9))) for n, why in enumerate(withheld)]
    before = [Judged(part=one, withheld=None, people=1) for one in OCTOBER] if past else []
    totals = {one.part: each for one in judged if not one.withheld} | {one.part: 2 * each for one in before}
    return group_summary("platform", judged, before, totals=totals, metrics=(CostMetric.LIST,), footing=settled())


def test_the_text_carries_the_total_the_people_and_what_is_missing() -> None:
    report = summed(None, None, Withheld.TOO_ALIKE, Withheld.NOT_COMPLETE, past=True)
    text = view.summary(report, EN, may_see_people=False).text
    assert text == (
        "Claude Code spend of platform, Nov 1–14, 2026: $2.00. 9 people of the group spent something, $0.22 each on "
        "average. 50% less than on the same days of the month before (Oct 1–14, 2026: $4.00). Not shown, and in no "
        "total: Nov 15–21 (fewer than 5 people differ from an older group). Not shown, and in no total: Nov 22–30 "
        "(not over, or not fully read yet)."
    )


def test_parts_that_do_not_follow_one_another_are_named_one_by_one() -> None:
    text = view.summary(summed(None, Withheld.FEW_PEOPLE, None), EN, may_see_people=False).text
    assert "Nov 1–7, Nov 15–21: $2.00" in text


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("why", Withheld)
def test_a_group_that_is_told_of_nothing_shows_no_amount_and_says_why(language: str, why: Withheld) -> None:
    t = TEXTS.of(language)
    message = view.summary(summed(why, why), t, may_see_people=True)
    assert "$" not in message.text + seen(message)
    assert t(f"group.withheld.{why}", n=5) in message.text


def test_the_parts_add_up_to_the_total_as_it_is_shown() -> None:
    message = view.summary(summed(None, None, None, each=DOLLAR + CENT // 3), EN, may_see_people=False)
    assert format_usd(3 * DOLLAR + CENT) in message.text
    [table] = [one for one in message.blocks if one["type"] == "data_table"]
    assert [row[1]["text"] for row in table["rows"][1:]] == ["$1.01", "$1.00", "$1.00"]


def lines(count: int) -> list[GroupLine]:
    return [
        GroupLine(
            group=Group(group_id=n, name="x" * 36 + f"{n:04}", origin=GroupOrigin.USERGROUP, external_id="S0PLATFORM"),
            people=n,
            leads=["<!channel> " + "y" * 80] * 9,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 400])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_any_number_of_groups_fits_into_a_message(count: int, language: str) -> None:
    t = TEXTS.of(language)
    for message in (
        view.listing(lines(count), t, for_admin=True),
        view.managed(lines(count), t, lacks_scope=True),
    ):
        assert message.text
        assert "<!channel>" not in seen(message)
