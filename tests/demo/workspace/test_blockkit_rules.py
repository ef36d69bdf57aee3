"""Our table of Slack's limits against the package slackblocks, which was written by others from Slack's own pages."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.workspace.blockkit_rules import BLOCKS_CHARACTERS, message_problems
from bot.demo.workspace.blockkit_views import view_problems
from tests.by_slackblocks import Block, taken_by_slackblocks


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(**parts: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x"}} | parts


def button(**parts: Any) -> Block:
    return {"type": "button", "text": plain("Press"), "action_id": "press"} | parts


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def confirm(**parts: str) -> Block:
    words = {"title": "t", "text": "x", "confirm": "y", "deny": "n"} | parts
    return actions(button(confirm={name: plain(text) for name, text in words.items()}))


def labels(count: int) -> list[str]:
    return [f"day {number}" for number in range(count)]


def chart(
    *, kind: str = "bar", series: int = 1, points: int = 2, name: str = "s", title: str = "t", **axis: Any
) -> Block:
    categories = axis.pop("categories", None) or labels(points)
    data = [{"label": label, "value": 1.5} for label in categories]
    drawn = [{"name": f"{name}{number}" if series > 1 else name, "data": data} for number in range(series)]
    config = {"categories": categories} | axis
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": kind, "series": drawn, "axis_config": config},
    }


def pie(segments: int = 2, *, label: str = "", value: Any = 1) -> Block:
    cut = [{"label": label or f"part {number}", "value": value} for number in range(segments)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": cut}}


def raw(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def data_table(rows: int = 2, columns: int = 2, *, cell: str = "x", **parts: Any) -> Block:
    return {"type": "data_table", "caption": "c", "rows": [[raw(cell)] * columns] * rows} | parts


def table(rows: int = 2, columns: int = 2) -> Block:
    return {"type": "table", "rows": [[raw("x")] * columns] * rows}


def image(**parts: Any) -> Block:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"} | parts


def many(block: Block, count: int) -> list[Block]:
    return [block] * count


LIMITS: dict[str, tuple[int, Callable[[int], list[Block]]]] = {
    "section text": (3000, lambda n: [section(text=plain("x" * n))]),
    "section fields": (10, lambda n: [section(fields=many(plain("x"), n))]),
    "section field text": (2000, lambda n: [section(fields=[plain("x" * n)])]),
    "header text": (150, lambda n: [{"type": "header", "text": plain("x" * n)}]),
    "context elements": (10, lambda n: [{"type": "context", "elements": many(plain("x"), n)}]),
    "actions elements": (25, lambda n: [actions(*(button(action_id=f"a{i}") for i in range(n)))]),
    "button text": (75, lambda n: [actions(button(text=plain("x" * n)))]),
    "button value": (2000, lambda n: [actions(button(value="x" * n))]),
    "button url": (3000, lambda n: [actions(button(url="https://" + "x" * (n - 8)))]),
    "button label": (75, lambda n: [actions(button(accessibility_label="x" * n))]),
    "action_id": (255, lambda n: [actions(button(action_id="x" * n))]),
    "block_id": (255, lambda n: [section(block_id="x" * n)]),
    "confirm title": (100, lambda n: [confirm(title="x" * n)]),
    "confirm text": (300, lambda n: [confirm(text="x" * n)]),
    "confirm yes": (30, lambda n: [confirm(confirm="x" * n)]),
    "confirm no": (30, lambda n: [confirm(deny="x" * n)]),
    "image address": (3000, lambda n: [image(image_url="https://" + "x" * (n - 8))]),
    "image description": (2000, lambda n: [image(alt_text="x" * n)]),
    "image title": (2000, lambda n: [image(title=plain("x" * n))]),
    "markdown text": (12_000, lambda n: [{"type": "markdown", "text": "x" * n}]),
    "markdown of a message": (
        12_000,
        lambda n: [{"type": "markdown", "text": "x" * (n // 2)}, {"type": "markdown", "text": "x" * (n - n // 2)}],
    ),
    "table rows": (100, lambda n: [table(rows=n)]),
    "table columns": (20, lambda n: [table(columns=n)]),
    "data table columns": (20, lambda n: [data_table(columns=n)]),
    "data table page": (100, lambda n: [data_table(page_size=n)]),
    "data table header column": (1, lambda n: [data_table(columns=2, row_header_column_index=n)]),
    "chart title": (50, lambda n: [chart(title="x" * n)]),
    "chart points": (20, lambda n: [chart(points=n)]),
    "chart category": (20, lambda n: [chart(categories=["x" * n])]),
    "chart series name": (20, lambda n: [chart(name="x" * n)]),
    "chart axis": (50, lambda n: [chart(x_label="x" * n)]),
    "pie label": (20, lambda n: [pie(1, label="x" * n)]),
    "charts of a message": (2, lambda n: many(chart(), n)),
    "blocks of a message": (50, lambda n: many({"type": "divider"}, n)),
}

LOWER_ON_PURPOSE: dict[str, tuple[int, Callable[[int], list[Block]]]] = {
    "chart series": (6, lambda n: [chart(series=n)]),
    "pie segments": (6, lambda n: [pie(n)]),
    "data table rows": (101, lambda n: [data_table(rows=n)]),
}
"""Where sources disagree, ours is the lower limit."""


def test_every_limit_is_where_slackblocks_has_it_too() -> None:
    for name, (limit, blocks) in LIMITS.items():
        assert message_problems("x", blocks(limit)) == [], name
        assert taken_by_slackblocks(blocks(limit)), name
        assert message_problems("x", blocks(limit + 1)) != [], name
        assert not taken_by_slackblocks(blocks(limit + 1)), name


def test_where_sources_disagree_the_lower_limit_counts() -> None:
    for name, (limit, blocks) in LOWER_ON_PURPOSE.items():
        assert message_problems("x", blocks(limit)) == [], name
        assert message_problems("x", blocks(limit + 1)) != [], name
        assert taken_by_slackblocks(blocks(limit + 1)), name


REFUSED_BY_BOTH: dict[str, list[Block]] = {
    "an unknown type": [{"type": "hologram"}],
    "a modal's block": [{"type": "alert", "text": plain("x")}],
    "an empty section": [{"type": "section"}],
    "an empty text": [section(text=plain(""))],
    "an empty table cell": [data_table(cell="")],
    "a table with only a header": [data_table(rows=1)],
    "a table without caption": [data_table(caption="")],
    "rows of different widths": [data_table() | {"rows": [[raw("a"), raw("b")], [raw("c")]]}],
    "rich text in a header cell": [
        data_table()
        | {
            "rows": [
                [
                    {
                        "type": "rich_text",
                        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
                    }
                ],
                [raw("c")],
            ]
        }
    ],
    "a pie segment of nothing": [pie(value=0)],
    "a value that is no number": [pie(value=True)],
    "two categories of one name": [chart(categories=["a", "a"])],
    "an unknown chart": [chart(kind="radar")],
    "an image without address": [{"type": "image", "alt_text": "a"}],
    "a series without one of the categories": [
        chart() | {"chart": chart()["chart"] | {"axis_config": {"categories": [*labels(2), "more"]}}}
    ],
    "two series of one name": [
        chart() | {"chart": chart()["chart"] | {"series": many(chart()["chart"]["series"][0], 2)}}
    ],
}


@pytest.mark.parametrize("name", REFUSED_BY_BOTH)
def test_what_slackblocks_refuses_is_refused(name: str) -> None:
    blocks = REFUSED_BY_BOTH[name]
    assert not taken_by_slackblocks(blocks)
    assert message_problems("x", blocks) != []


REFUSED_BY_US: dict[str, list[Block]] = {
    "a misspelt property": [section(feilds=[])],
    "a block for another surface": [{"type": "input", "label": plain("x"), "element": {"type": "plain_text_input"}}],
    "mrkdwn in a header": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "mrkdwn on a button": [actions(button(text={"type": "mrkdwn", "text": "x"}))],
    "an unknown style": [actions(button(style="loud"))],
    "two buttons of one action_id": [actions(button(), button())],
    "two blocks of one block_id": [section(block_id="a"), section(block_id="a")],
    "two tables": [table(), table()],
    "a mention of nobody": [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "user"}]}]}
    ],
}


@pytest.mark.parametrize("name", REFUSED_BY_US)
def test_what_slack_refuses_and_slackblocks_does_not_judge_is_refused_too(name: str) -> None:
    assert message_problems("x", REFUSED_BY_US[name]) != []


def test_blocks_are_a_list() -> None:
    assert [str(one) for one in message_problems("x", "divider")] == ["[ERROR] must be an array [json-pointer:/blocks]"]


def test_one_action_id_may_stand_in_two_blocks() -> None:
    assert message_problems("x", [actions(button()), actions(button())]) == []


@pytest.mark.parametrize(
    ("characters", "error"), [(BLOCKS_CHARACTERS, None), (BLOCKS_CHARACTERS + 1, "msg_blocks_too_long")]
)
def test_blocks_may_be_too_long_together(characters: int, error: str | None) -> None:
    blocks = [section(text=plain("x" * 3000)) for _ in range(4)] + [section(text=plain("x" * (characters - 12_000)))]
    assert [problem.error for problem in message_problems("x", blocks)] == ([error] if error else [])


@pytest.mark.parametrize(("text", "blocks"), [("", None), (None, []), ("", [])])
def test_a_message_says_something(text: str | None, blocks: list[Block] | None) -> None:
    assert [problem.error for problem in message_problems(text, blocks)] == ["no_text"]


def test_a_problem_names_its_place() -> None:
    (problem,) = message_problems("x", [{"type": "divider"}, section(text=plain("x" * 3001))])
    assert str(problem) == "[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]"


def test_every_kind_of_block_at_once_is_fine() -> None:
    word = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}
    listed = {"type": "rich_text_list", "style": "bullet", "elements": [word]}
    blocks = [
        {"type": "header", "text": plain("x")},
        section(fields=[plain("x")], accessory=button()),
        {
            "type": "context",
            "elements": [plain("x"), {"type": "image", "image_url": "https://example.com/a", "alt_text": "a"}],
        },
        {"type": "divider"},
        actions(button(style="primary", value="1"), button(action_id="other", style="danger")),
        image(),
        {
            "type": "rich_text",
            "elements": [word, listed, word | {"type": "rich_text_quote"}, word | {"type": "rich_text_preformatted"}],
        },
        {"type": "markdown", "text": "**x**"},
        table()
        | {
            "rows": [[raw("x"), {"type": "raw_number", "value": 1.5, "text": "1.5"}]],
            "column_settings": [{"align": "right"}],
        },
        data_table(),
        chart(kind="line", series=2),
        pie(),
    ]
    assert [str(problem) for problem in message_problems("x", blocks)] == []


@pytest.mark.parametrize(("length", "is_fine"), [(24, True), (25, False)])
def test_the_title_of_a_modal_is_short(length: int, is_fine: bool) -> None:
    view = {"type": "modal", "title": plain("x" * length), "blocks": [{"type": "divider"}]}
    assert (view_problems(view) == []) is is_fine


@pytest.mark.parametrize(("count", "is_fine"), [(100, True), (101, False)])
def test_a_view_holds_a_hundred_blocks(count: int, is_fine: bool) -> None:
    assert (view_problems({"type": "home", "blocks": many({"type": "divider"}, count)}) == []) is is_fine
