"""Who spent what, as it is shown: whoever can be read is told of, in the order of names, within Slack's limits."""

import pytest

from bot.reports.people import PeopleSummary, people_summary
from bot.text import load_texts
from bot.usage import CostMetric
from bot.views import people as view
from bot.views.blocks import Message, without_native_blocks
from tests.block_kit import seen
from tests.usage_rows import DOLLAR, MONTH, settled

EN = load_texts().of("en")


def report(count: int, *, name: str = "Person", known_past: bool = True) -> PeopleSummary:
    numbers = range(1, count + 1)
    return people_summary(
        {one: one * DOLLAR for one in numbers},
        dict.fromkeys(numbers, DOLLAR),
        {one: f"{name} {one:04}" for one in numbers},
        MONTH,
        comparable=None if known_past else frozenset(),
        group_name=None,
        metrics=(CostMetric.LIST,),
        footing=settled(),
    )


def table(message: Message) -> list[list[str]]:
    [block] = [one for one in message.blocks if one["type"] == "data_table"]
    return [[cell["text"] for cell in row] for row in block["rows"]]


@pytest.mark.parametrize("count", [1, 99, 100, 101, 102, 103, 5000])
def test_who_can_be_read_is_told_of_also_from_the_sum_of_the_last_few(count: int) -> None:
    message, found = view.people(report(count), EN)
    rows = table(message)
    shown = sum(row[0].startswith("Person ") for row in rows)
    rest = count - shown
    assert len(found) == (count if rest < 5 else shown)
    assert len(rows) - 1 <= 100
    assert sum(int(row[1].replace("$", "").replace(",", "").partition(".")[0]) for row in rows[1:-1]) == sum(
        range(1, count + 1)
    )


def test_long_names_of_many_fit_and_only_those_shown_are_told_of() -> None:
    message, found = view.people(report(300, name="x" * 70), EN)
    shown = sum(row[0].startswith("x") for row in table(message))
    assert 5 < shown < 98
    assert found == frozenset(range(1, shown + 1))
    assert without_native_blocks(message).text


def test_they_stand_in_the_order_of_names_and_each_beside_their_own_past() -> None:
    found = people_summary(
        {1: 3 * DOLLAR, 2: DOLLAR, 4: 0},
        {1: DOLLAR, 3: 2 * DOLLAR, 4: 0},
        {1: "zoe", 2: "Ada", 3: "boris", 4: "nobody"},
        MONTH,
        comparable=frozenset({1, 3}),
        group_name="platform",
        metrics=(CostMetric.LIST,),
        footing=settled(),
    )
    message, told_of = view.people(found, EN)
    assert table(message)[1:] == [
        ["Ada", "$1.00", "–", "–"],
        ["boris", "$0.00", "$2.00", "-$2.00"],
        ["zoe", "$3.00", "$1.00", "+$2.00"],
        ["Total", "$4.00", "–", "–"],
    ]
    assert told_of == {1, 2, 3}
    assert message.text.startswith("This look is recorded.")
    assert "$4.00" in message.text


def test_names_are_shown_as_they_are_and_nobody_is_mentioned() -> None:
    message, _ = view.people(report(1, name="<!channel> *x*"), EN)
    assert "<!channel>" not in seen(message)
    assert "‹!channel› *x* 0001" in seen(message)


def test_without_any_use_there_is_no_table_and_nobody_is_told_of() -> None:
    message, told_of = view.people(report(0), EN)
    assert told_of == frozenset()
    assert "Nothing was paid per token" in message.text
