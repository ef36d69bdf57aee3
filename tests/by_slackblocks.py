"""A judge of blocks that shares nothing with ours: the package slackblocks, written by others from Slack's pages."""

from collections.abc import Callable
from typing import Any

import slackblocks as sb
from slackblocks._surfaces import validate_surface_blocks

Block = dict[str, Any]


def taken_by_slackblocks(blocks: list[Block]) -> bool:
    """Build the message again with slackblocks, whose constructors raise where a limit is passed."""
    try:
        validate_surface_blocks(blocks, "message")
        sb.Message(channel="C0", text="x", blocks=[built(block) for block in blocks])
    except (sb.InvalidUsageError, KeyError):
        return False
    return True


def built(block: Block) -> Any:
    """Build one block."""
    return BUILDERS[block["type"]](block, block.get("block_id"))


def text_of(value: Block | None) -> Any:
    if value is None:
        return None
    return sb.Text(
        value["text"], type_=sb.TextType.PLAINTEXT if value["type"] == "plain_text" else sb.TextType.MARKDOWN
    )


def button_of(one: Block) -> Any:
    dialogue = {name: text_of(value) for name, value in one["confirm"].items()} if "confirm" in one else None
    rest = {name: one[name] for name in ("action_id", "url", "value", "accessibility_label") if name in one}
    return sb.Button(
        text=one["text"]["text"], confirm=sb.ConfirmationDialogue(**dialogue) if dialogue else None, **rest
    )


def cell_of(cell: Block) -> Any:
    if cell["type"] == "rich_text":
        return sb.RichTextBlock(
            [sb.RichTextSection([sb.RichText(word["text"]) for word in cell["elements"][0]["elements"]])]
        )
    return sb.RawText(cell["text"]) if cell["type"] == "raw_text" else sb.RawNumber(cell["value"], cell["text"])


def chart_of(block: Block, block_id: str | None) -> Any:
    drawing = block["chart"]
    if drawing["type"] == "pie":
        segments = [sb.ChartSegment(one["label"], one["value"]) for one in drawing["segments"]]
        return sb.DataVisualizationBlock(block["title"], sb.PieChart(segments), block_id)
    series = [sb.DataSeries(one["name"], [sb.DataPoint(**point) for point in one["data"]]) for one in drawing["series"]]
    kinds: dict[str, Any] = {"bar": sb.BarChart, "line": sb.LineChart, "area": sb.AreaChart}
    return sb.DataVisualizationBlock(
        block["title"], kinds[drawing["type"]](series, sb.AxisConfig(**drawing["axis_config"])), block_id
    )


BUILDERS: dict[str, Callable[[Block, str | None], Any]] = {
    "section": lambda b, i: sb.SectionBlock(
        text=text_of(b.get("text")), fields=[text_of(one) for one in b["fields"]] if "fields" in b else None, block_id=i
    ),
    "header": lambda b, i: sb.HeaderBlock(b["text"]["text"], block_id=i),
    "context": lambda b, i: sb.ContextBlock([text_of(one) for one in b["elements"]], block_id=i),
    "actions": lambda b, i: sb.ActionsBlock([button_of(one) for one in b["elements"]], block_id=i),
    "divider": lambda _, i: sb.DividerBlock(block_id=i),
    "image": lambda b, i: sb.ImageBlock(b.get("image_url"), b["alt_text"], text_of(b.get("title")), i),
    "markdown": lambda b, i: sb.MarkdownBlock(b["text"], block_id=i),
    "table": lambda b, i: sb.TableBlock([[cell_of(cell) for cell in row] for row in b["rows"]], block_id=i),
    "data_table": lambda b, i: sb.DataTableBlock(
        [[cell_of(cell) for cell in row] for row in b["rows"]],
        b["caption"],
        b.get("page_size", 5),
        b.get("row_header_column_index", 0),
        i,
    ),
    "data_visualization": chart_of,
}
