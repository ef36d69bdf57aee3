"""Charts and tables: Slack's own blocks, and the same as text where a workspace does not know them."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.money import format_usd
from bot.views.limits import LIMITS, Block, characters

_BAR_CELLS = 24
_LINE_CELLS = 60
"""What a form of Slack shows of preformatted text before it wraps."""
_PLAIN_COLUMNS = 3
"""So many columns are still read when they wrap."""
_CENT_NANOS = 10_000_000

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    cost_nanos: int


def json_dollars(nanos: int) -> int | float:
    """Give an amount, rounded to the cent, as the number that JSON will print.

    The only float of the house: it is read from the amount's own digits, never computed with, and printed as them.

    >>> json_dollars(12_340_000_000)
    12.34
    """
    digits = format_usd(nanos).replace("$", "").replace(",", "")
    return int(digits[:-3]) if digits.endswith(".00") else float(digits)


def bar_chart(title: str, series: str, axis: str, bars: Sequence[Bar]) -> Block:
    """Draw amounts in dollars as bars. Labels must differ. Raises `ValueError` for more bars than Slack takes."""
    if len(bars) > LIMITS.points:
        raise ValueError(f"a chart takes {LIMITS.points} bars, not {len(bars)}")
    labels = [bar.label[: LIMITS.chart_label_characters] for bar in bars]
    points = [{"label": label, "value": json_dollars(bar.cost_nanos)} for label, bar in zip(labels, bars, strict=True)]
    return {
        "type": "data_visualization",
        "title": title[: LIMITS.chart_title_characters],
        "chart": {
            "type": "bar",
            "series": [{"name": series[: LIMITS.chart_label_characters], "data": points}],
            "axis_config": {"categories": labels, "y_label": axis[: LIMITS.axis_characters]},
        },
    }


def word_cell(text: str) -> Cell:
    """A cell of words. Those of others are cleaned with `plain` before."""
    return {"type": "raw_text", "text": text}


def number_cell(value: int, text: str) -> Cell:
    """A cell that sorts by its number."""
    return {"type": "raw_number", "value": value, "text": text}


def amount_cell(nanos: int) -> Cell:
    """A cell of dollars."""
    return {"type": "raw_number", "value": json_dollars(nanos), "text": format_usd(nanos)}


def data_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[list[Cell]],
    *,
    rest: Callable[[int], list[Cell]],
    total: list[Cell] | None = None,
) -> Block:
    """Show rows, first things first.

    What does not fit becomes the one row `rest(n)`, made of `rows[n:]`, so that a `total` row still adds up.
    """
    first = [word_cell(text) for text in head]
    last = [total] if total else []
    shown = len(rows) if _fits([first, *rows, *last]) else _shown(rows, [first, rest(0), *last])
    left = [rest(shown)] if shown < len(rows) else []
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": LIMITS.table_page,
        "rows": [first, *rows[:shown], *left, *last],
    }


def chart_as_text(block: Block) -> str:
    """Draw a chart of `bar_chart` with characters."""
    points = block["chart"]["series"][0]["data"]
    cents = [int(Decimal(repr(point["value"])) * 100) for point in points]
    labels = _padded([point["label"] for point in points])
    longest = max(*cents, 1)
    lines = [
        f"{label}  {'█' * (_BAR_CELLS * cent // longest):<{_BAR_CELLS}}  {format_usd(cent * _CENT_NANOS)}"
        for label, cent in zip(labels, cents, strict=True)
    ]
    return "\n".join([block["title"], *(line.rstrip() for line in lines)])


def table_as_text(block: Block) -> str:
    """Write a table of `data_table` as columns of characters; without padding where that makes it too long.

    Columns that would wrap cannot be read: then each row becomes lines that name their figures.
    """
    rows = [[cell["text"] for cell in row] for row in block["rows"]]
    columns = [_padded(column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
    if len(columns) > _PLAIN_COLUMNS and _cells("  ".join(column[0] for column in columns)) > _LINE_CELLS:
        lines = [line for row in rows[1:] for line in _named(rows[0], row)]
    if sum(map(len, lines)) + len(lines) <= LIMITS.table_characters:
        return "\n".join(lines)
    return "\n".join("  ".join(row) for row in rows)


def _fits(rows: Sequence[list[Cell]]) -> bool:
    return len(rows) - 1 <= LIMITS.table_rows and characters(list(rows)) <= LIMITS.table_characters


def _shown(rows: Sequence[list[Cell]], fixed: Sequence[list[Cell]]) -> int:
    """Say how many rows fit beside those that must be there."""
    left = LIMITS.table_characters - characters(list(fixed))
    shown = 0
    for row in rows[: LIMITS.table_rows - len(fixed) + 1]:
        left -= characters(row)
        if left < 0:
            break
        shown += 1
    return shown


def _named(head: Sequence[str], row: Sequence[str]) -> list[str]:
    """Write a row as its name, and below it each figure with the name of its column, as many as a line takes."""
    lines = [row[0]]
    for name, text in zip(head[1:], row[1:], strict=True):
        part = f"{name}: {text}"
        longer = f"{lines[-1]} · {part}"
        if len(lines) > 1 and _cells(longer) <= _LINE_CELLS:
            lines[-1] = longer
        else:
            lines.append(f"  {part}")
    return lines


def _cells(text: str) -> int:
    """How wide a text is: a Japanese character takes two cells."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _padded(texts: Sequence[str]) -> list[str]:
    """Make texts equally wide."""
    widths = [_cells(text) for text in texts]
    return [text + " " * (max(widths) - width) for text, width in zip(texts, widths, strict=True)]
