"""Slack's rules for what shows numbers: tables and charts.

Where sources disagree, the lower limit counts: 6 series, 20 points, 100 rows under a header.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.workspace.blockkit_findings import Findings

CHART_KINDS = ("area", "bar", "line", "pie")


def table(found: Findings, where: str, block: Mapping[str, Any], rich_text: Callable[[str, Any], None]) -> None:
    """Judge a `table`: 100 rows of 20 cells, of text, numbers or rich text."""
    found.shape(where, block, required=("type", "rows"), optional=("block_id", "column_settings"))
    for index, row in enumerate(found.items(f"{where}/rows", block.get("rows"), least=1, most=100)):
        for column, cell in enumerate(found.items(f"{where}/rows/{index}", row, least=1, most=20)):
            _cell(found, f"{where}/rows/{index}/{column}", cell, rich_text)
    for index, column in enumerate(block.get("column_settings") or ()):
        at = f"{where}/column_settings/{index}"
        if found.shape(at, column, required=(), optional=("align", "is_wrapped")) and "align" in column:
            found.choice(f"{at}/align", column["align"], ("left", "center", "right"))
    found.items(f"{where}/column_settings", block.get("column_settings", []), least=0, most=20)


def data_table(found: Findings, where: str, block: Mapping[str, Any], rich_text: Callable[[str, Any], None]) -> None:
    """Judge a `data_table`: a header row and up to 100 more, all as wide, 20,000 characters in all."""
    optional = ("block_id", "page_size", "row_header_column_index")
    found.shape(where, block, required=("type", "rows", "caption"), optional=optional)
    found.string(f"{where}/caption", block.get("caption"), longest=3000)
    rows = found.items(f"{where}/rows", block.get("rows"), least=2, most=101)
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    for index, row in enumerate(rows):
        cells = found.items(f"{where}/rows/{index}", row, least=1, most=20)
        if len(cells) != width:
            found.refuse(f"{where}/rows/{index}", f"must have as many cells as the header row [{width}]")
        for column, cell in enumerate(cells):
            at = f"{where}/rows/{index}/{column}"
            if index == 0 and isinstance(cell, Mapping) and cell.get("type") == "rich_text":
                found.refuse(at, "header cells cannot contain rich text")
            _cell(found, at, cell, rich_text)
    found.number(f"{where}/page_size", block.get("page_size", 5), least=1, most=100)
    found.number(
        f"{where}/row_header_column_index", block.get("row_header_column_index", 0), least=0, most=max(width - 1, 0)
    )
    if characters(rows) > 20_000:
        found.refuse(f"{where}/rows", "cell text must be less than 20001 characters in all")


def chart(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    """Judge a `data_visualization`: a pie of segments, or series with one point for each category."""
    found.shape(where, block, required=("type", "title", "chart"), optional=("block_id",))
    found.string(f"{where}/title", block.get("title"), longest=50)
    drawing = block.get("chart")
    at = f"{where}/chart"
    if not isinstance(drawing, Mapping) or not found.choice(f"{at}/type", drawing.get("type"), CHART_KINDS):
        return
    if drawing["type"] == "pie":
        found.shape(at, drawing, required=("type", "segments"))
        for index, segment in enumerate(found.items(f"{at}/segments", drawing.get("segments"), least=1, most=6)):
            _point(found, f"{at}/segments/{index}", segment)
            if isinstance(segment, Mapping) and _is_number(segment.get("value")) and segment["value"] <= 0:
                found.refuse(f"{at}/segments/{index}/value", "must be greater than 0")
        return
    found.shape(at, drawing, required=("type", "series", "axis_config"))
    categories = _categories(found, f"{at}/axis_config", drawing.get("axis_config"))
    all_series = found.items(f"{at}/series", drawing.get("series"), least=1, most=6)
    for index, series in enumerate(all_series):
        _series(found, f"{at}/series/{index}", series, categories)
    names = [series.get("name") for series in all_series if isinstance(series, Mapping)]
    if len(set(map(str, names))) != len(names):
        found.refuse(f"{at}/series", "series names must be unique")


def characters(value: Any) -> int:
    """Count the characters that a reader sees: texts, labels, names, titles, captions."""
    if isinstance(value, Mapping):
        own = sum(len(word) for key, word in value.items() if key in _SEEN and isinstance(word, str))
        return own + sum(characters(inner) for inner in value.values() if not isinstance(inner, str))
    if isinstance(value, list):
        return sum(len(item) if isinstance(item, str) else characters(item) for item in value)
    return 0


_SEEN = frozenset({"text", "label", "name", "title", "caption", "alt_text", "x_label", "y_label", "fallback"})


def _cell(found: Findings, where: str, cell: object, rich_text: Callable[[str, Any], None]) -> None:
    kind = cell.get("type") if isinstance(cell, Mapping) else None
    if not isinstance(cell, Mapping) or not found.choice(
        f"{where}/type", kind, ("raw_text", "raw_number", "rich_text")
    ):
        return
    if kind == "rich_text":
        rich_text(where, cell)
    elif kind == "raw_text":
        found.shape(where, cell, required=("type", "text"), optional=("emoji",))
        found.string(f"{where}/text", cell.get("text"), longest=3000)
    else:
        found.shape(where, cell, required=("type", "value", "text"))
        found.number(f"{where}/value", cell.get("value"))
        found.string(f"{where}/text", cell.get("text"), longest=3000)


def _point(found: Findings, where: str, point: object) -> None:
    if found.shape(where, point, required=("label", "value")) and isinstance(point, Mapping):
        found.string(f"{where}/label", point["label"], longest=20)
        found.number(f"{where}/value", point["value"])


def _categories(found: Findings, where: str, axis: object) -> list[Any]:
    if not found.shape(where, axis, required=("categories",), optional=("x_label", "y_label")):
        return []
    if not isinstance(axis, Mapping):
        return []
    categories = found.items(f"{where}/categories", axis["categories"], least=1, most=20)
    for index, category in enumerate(categories):
        found.string(f"{where}/categories/{index}", category, longest=20)
    if len(set(map(str, categories))) != len(categories):
        found.refuse(f"{where}/categories", "categories must be unique")
    for name in ("x_label", "y_label"):
        found.string(f"{where}/{name}", axis.get(name), longest=50, shortest=0)
    return categories


def _series(found: Findings, where: str, series: object, categories: list[Any]) -> None:
    if not found.shape(where, series, required=("name", "data")) or not isinstance(series, Mapping):
        return
    found.string(f"{where}/name", series["name"], longest=20)
    points = found.items(f"{where}/data", series["data"], least=1, most=20)
    for index, point in enumerate(points):
        _point(found, f"{where}/data/{index}", point)
    labels = [point.get("label") for point in points if isinstance(point, Mapping)]
    if sorted(map(str, labels)) != sorted(map(str, categories)):
        found.refuse(f"{where}/data", "must contain exactly one point for every category")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
