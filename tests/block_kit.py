"""Two judges of a message that share no code with the views: the package slackblocks, and the twin of a workspace."""

from collections.abc import Iterator
from typing import Any

import slackblocks as sb
from slackblocks._surfaces import validate_surface_blocks

from bot.demo.workspace.blockkit_rules import message_problems
from bot.views.blocks import Message, without_native_blocks


def judge(message: Message) -> None:
    """Fail unless Slack would take the message, with and without its own charts and tables."""
    for shown in (message, without_native_blocks(message)):
        assert [str(problem) for problem in message_problems(shown.text, shown.blocks)] == []
        validate_surface_blocks(shown.blocks, "message")
        for block in shown.blocks:
            _construct(block)
        assert len(shown.blocks) <= 45
        assert 0 < len(shown.text) <= 3_000
        # A mention or a link can only begin with an angle bracket, and none of our own sentences has one.
        assert not [text for text in texts([shown.text, shown.blocks]) if "<" in text]


def texts(value: object) -> Iterator[str]:
    """Every string that a reader may see, the values of buttons aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("type", "action_id", "value"):
                yield from texts(inner)


def seen(message: Message) -> str:
    """All that a reader sees of the blocks, in order."""
    return "\n".join(texts(message.blocks))


def rows(message: Message) -> list[list[str]]:
    """The rows of a message's one table, as they are shown."""
    (table,) = (block for block in message.blocks if block["type"] == "data_table")
    return [[str(cell["text"]) for cell in row] for row in table["rows"]]


def _construct(block: dict[str, Any]) -> None:
    """Build the block again with slackblocks, whose constructors raise where a limit is passed."""
    match block["type"]:
        case "data_table":
            sb.DataTableBlock([[_cell(cell) for cell in row] for row in block["rows"]], block["caption"])
        case "data_visualization":
            axis = block["chart"]["axis_config"]
            chart = sb.BarChart(
                [
                    sb.DataSeries(one["name"], [sb.DataPoint(**point) for point in one["data"]])
                    for one in block["chart"]["series"]
                ],
                sb.AxisConfig(axis["categories"], y_label=axis["y_label"]),
            )
            sb.DataVisualizationBlock(block["title"], chart)
        case "section":
            sb.SectionBlock(
                text=_text(block["text"]) if "text" in block else None,
                fields=[_text(field) for field in block["fields"]] if "fields" in block else None,
            )
        case "header":
            sb.HeaderBlock(_text(block["text"]))
        case "context":
            sb.ContextBlock([_text(element) for element in block["elements"]])
        case "actions":
            sb.ActionsBlock([_button(one) for one in block["elements"]])
        case "rich_text":
            assert block["elements"]
        case unknown:
            raise AssertionError(f"nobody here judges {unknown}")


def _button(one: dict[str, Any]) -> sb.Button:
    asked: dict[str, Any] = {name: _text(text) for name, text in one.get("confirm", {}).items()}
    return sb.Button(
        text=_text(one["text"]),
        action_id=one["action_id"],
        value=one.get("value"),
        confirm=sb.ConfirmationDialogue(**asked) if asked else None,
    )


def _text(text: dict[str, Any]) -> sb.Text:
    return sb.Text(text["text"], sb.TextType(text["type"]))


def _cell(cell: dict[str, Any]) -> sb.RawText | sb.RawNumber:
    if cell["type"] == "raw_number":
        return sb.RawNumber(cell["value"], cell["text"])
    return sb.RawText(cell["text"])
