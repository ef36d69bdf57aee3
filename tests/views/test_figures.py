import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.money import MAX_NANOS, format_usd
from bot.views.figures import Bar, Cell, amount_cell, bar_chart, data_table, json_dollars, table_as_text, word_cell
from bot.views.limits import characters
from tests.usage_rows import CENT


@given(st.integers(-MAX_NANOS, MAX_NANOS))
def test_the_number_that_json_prints_is_the_amount_that_is_shown(nanos: int) -> None:
    printed = json.dumps(json_dollars(nanos))
    assert Decimal(printed) == Decimal(format_usd(nanos).replace("$", "").replace(",", ""))


def test_a_chart_has_one_point_for_each_category_in_dollars() -> None:
    block = bar_chart("Spend by day", "Spend", "US dollars", [Bar("Nov 1", 1_999 * CENT), Bar("Nov 2", 2_000 * CENT)])
    assert block == {
        "type": "data_visualization",
        "title": "Spend by day",
        "chart": {
            "type": "bar",
            "series": [
                {"name": "Spend", "data": [{"label": "Nov 1", "value": 19.99}, {"label": "Nov 2", "value": 20}]}
            ],
            "axis_config": {"categories": ["Nov 1", "Nov 2"], "y_label": "US dollars"},
        },
    }


@pytest.mark.parametrize(("bars", "taken"), [(20, True), (21, False)])
def test_a_chart_takes_twenty_bars(bars: int, taken: bool) -> None:
    drawing = [Bar(str(n), n) for n in range(bars)]
    if taken:
        assert len(bar_chart("t", "s", "a", drawing)["chart"]["series"][0]["data"]) == bars
    else:
        with pytest.raises(ValueError, match="20 bars"):
            bar_chart("t", "s", "a", drawing)


def table_of(names: list[str], *, with_total: bool = True) -> tuple[list[list[Cell]], int]:
    """Each name costs a cent; gives the table's rows and its characters."""

    def row(name: str, cents: int) -> list[Cell]:
        return [word_cell(name), amount_cell(cents * CENT)]

    block = data_table(
        "Cap",
        ["Name", "Spend"],
        [row(name, 1) for name in names],
        rest=lambda n: row(f"{len(names) - n} more", len(names) - n),
        total=row("Total", len(names)) if with_total else None,
    )
    return block["rows"], characters(block)


@pytest.mark.parametrize(
    ("count", "length", "named"),
    [
        (99, 102, True),  # head, 99, total: the hundredth row below the head is the total
        (100, 102, False),  # head, 98, "2 more", total: one row fewer is named
        (400, 102, False),
    ],
)
@pytest.mark.parametrize("with_total", [True])
def test_a_table_has_a_hundred_rows_at_most(count: int, length: int, named: bool, with_total: bool) -> None:
    rows, _ = table_of([f"n{n}" for n in range(count)], with_total=with_total)
    assert len(rows) <= 101
    assert any("more" in str(row[0]["text"]) for row in rows) is not named
    assert len(rows) == min(length, 101)


@given(st.lists(st.text("xyz", min_size=1, max_size=80), min_size=1, max_size=150))
def test_whatever_is_left_out_of_a_table_is_in_its_last_rows(names: list[str]) -> None:
    rows, size = table_of(names)
    cents = [Decimal(str(row[1]["value"])) for row in rows[1:]]
    assert sum(cents[:-1]) == cents[-1] == Decimal(len(names)) / 100
    assert size <= 8_100
    assert len(rows) <= 101


def test_a_table_in_characters_gives_up_its_columns_before_it_gets_too_long() -> None:
    def drawn(widest: int) -> str:
        rows = [[word_cell("x" * widest), word_cell("y")], *([word_cell("z"), word_cell("y")] for _ in range(97))]
        return table_as_text(data_table("Cap", ["Name", "X"], rows, rest=lambda _: []))

    assert drawn(60).endswith("\nz" + " " * 61 + "y")
    assert drawn(80).endswith("\nz  y")


@pytest.mark.parametrize(("widest", "in_columns"), [(44, True), (45, False)])
def test_a_table_whose_columns_would_wrap_names_each_figure_instead(widest: int, in_columns: bool) -> None:
    rows = [[word_cell("x" * widest), *(word_cell(one) for one in ("$1.00", "94%", "12"))]]
    head = ["Model", "Spend", "%", "n"]
    drawn = table_as_text(data_table("Cap", head, rows, rest=lambda _: []))
    assert (drawn.splitlines()[0].split() == head) is in_columns
    if not in_columns:
        assert drawn == "x" * widest + "\n  Spend: $1.00 · %: 94% · n: 12"


def test_named_figures_that_do_not_fit_one_line_go_on_in_the_next() -> None:
    rows = [[word_cell("モデル"), *(word_cell(str(n) * 20) for n in (1, 2, 3))]]
    drawn = table_as_text(data_table("Cap", ["M", "A", "B", "C"], rows, rest=lambda _: []))
    assert drawn.splitlines() == ["モデル", f"  A: {'1' * 20} · B: {'2' * 20}", f"  C: {'3' * 20}"]
