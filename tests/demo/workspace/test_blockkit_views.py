"""Our table of Slack's limits for forms and views; the second judge of fields is slackblocks, written by others."""

from collections.abc import Callable
from typing import Any

import pytest
import slackblocks as sb

from bot.demo.workspace.blockkit_views import view_problems
from tests.small_app import FIELDS, field_of, modal, option

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def options(count: int) -> list[Block]:
    return [option(f"o{number}") for number in range(count)]


def labelled(length: int) -> Block:
    return field_of("f", "plain_text_input") | {"label": plain("x" * length)}


def text_input(**parts: Any) -> Block:
    return field_of("f", "plain_text_input", **parts)


def select(count: int = 2, **parts: Any) -> Block:
    return field_of("f", "static_select", options=options(count), **parts)


def ticks(count: int = 2, **parts: Any) -> Block:
    return field_of("f", "checkboxes", options=options(count), **parts)


def with_option(**parts: Any) -> Block:
    return field_of("f", "static_select", options=[option("x") | parts])


def by_slackblocks(block: Block) -> bool:
    """Build a field again with slackblocks, whose constructors raise where a limit is passed."""
    element = dict(block["element"])
    kind = element.pop("type")
    try:
        for name in ("placeholder",):
            if name in element:
                element[name] = sb.Text(element[name]["text"], type_=sb.TextType.PLAINTEXT)
        if "options" in element:
            element["options"] = [
                sb.Option(sb.Text(one["text"]["text"], type_=sb.TextType.PLAINTEXT), one["value"])
                for one in element["options"]
            ]
        sb.InputBlock(
            label=sb.Text(block["label"]["text"], type_=sb.TextType.PLAINTEXT), element=KINDS[kind](**element)
        )
    except sb.InvalidUsageError:
        return False
    return True


KINDS: dict[str, Callable[..., Any]] = {
    "plain_text_input": sb.PlainTextInput,
    "static_select": sb.StaticSelectMenu,
    "checkboxes": sb.CheckboxGroup,
}

AT_THE_LINE: list[tuple[str, Callable[[int], Block], int]] = [
    ("label", labelled, 2000),
    ("placeholder", lambda n: text_input(placeholder=plain("x" * n)), 150),
    ("max_length", lambda n: text_input(max_length=n), 3000),
    ("options", select, 100),
    ("ticks", ticks, 10),
    ("option text", lambda n: with_option(text=plain("x" * n)), 75),
    ("option value", lambda n: with_option(value="x" * n), 150),
    ("action_id", lambda n: text_input(action_id="x" * n), 255),
]


@pytest.mark.parametrize(("what", "build", "limit"), AT_THE_LINE, ids=[row[0] for row in AT_THE_LINE])
def test_a_field_at_its_limit_is_taken_and_past_it_refused_by_both_judges(
    what: str, build: Callable[[int], Block], limit: int
) -> None:
    for size, is_fine in [(limit, True), (limit + 1, False)]:
        block = build(size)
        assert (view_problems(modal("Form", block)) == []) is is_fine, what
        assert by_slackblocks(block) is is_fine, what


@pytest.mark.parametrize(("name", "limit"), [("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)])
def test_what_a_view_carries_has_a_longest_length(name: str, limit: int) -> None:
    assert view_problems(modal(**{name: "x" * limit})) == []
    assert [problem.where for problem in view_problems(modal(**{name: "x" * (limit + 1)}))] == [f"/view/{name}"]


@pytest.mark.parametrize("name", ["title", "submit", "close"])
def test_the_words_of_the_frame_have_24_characters(name: str) -> None:
    assert view_problems(modal() | {name: plain("x" * 24)}) == []
    assert [problem.where for problem in view_problems(modal() | {name: plain("x" * 25)})] == [f"/view/{name}/text"]


def test_every_kind_of_field_at_once_is_fine() -> None:
    assert [str(problem) for problem in view_problems(modal())] == []
    assert [str(problem) for problem in view_problems({"type": "home", "blocks": FIELDS})] == []


BROKEN: list[tuple[str, Block, str]] = [
    ("a form that cannot be sent", modal(submit=None), "/view/submit"),
    ("a modal without a title", modal() | {"title": None}, "/view"),
    ("a word that Slack does not know", modal(submit_disabled=True), "/view"),
    ("a title on the Home tab", {"type": "home", "title": plain("x"), "blocks": []}, "/view"),
    ("two fields with one name", modal("F", text_input(), text_input()), "/view/blocks"),
    ("a chart in a modal", modal("F", {"type": "data_visualization"}), "/view/blocks/0/type"),
    ("a table of data in a modal", modal("F", {"type": "data_table"}), "/view/blocks/0/type"),
    ("a field of an unknown kind", modal("F", field_of("f", "telepathy")), "/view/blocks/0/element/type"),
    ("a button as a field", modal("F", field_of("f", "button")), "/view/blocks/0/element/type"),
    ("a choice of nothing", modal("F", select(0)), "/view/blocks/0/element/options"),
    (
        "a first choice that is none of the options",
        modal("F", select(initial_option=option("other"))),
        "/view/blocks/0/element/initial_option",
    ),
    (
        "a tick that is none of the options",
        modal("F", ticks(initial_options=[option("other")])),
        "/view/blocks/0/element/initial_options/0",
    ),
    ("no ticks, as an empty list", modal("F", ticks(initial_options=[])), "/view/blocks/0/element/initial_options"),
    (
        "a time of no clock",
        modal("F", field_of("f", "timepicker", initial_time="24:00")),
        "/view/blocks/0/element/initial_time",
    ),
    (
        "a time without its nought",
        modal("F", field_of("f", "timepicker", initial_time="9:30")),
        "/view/blocks/0/element/initial_time",
    ),
    (
        "a text longer than its own limit",
        modal("F", text_input(max_length=3, initial_value="four")),
        "/view/blocks/0/element/initial_value",
    ),
    (
        "nobody, as an empty list",
        modal("F", field_of("f", "multi_users_select", initial_users=[])),
        "/view/blocks/0/element/initial_users",
    ),
    (
        "a filter of nothing",
        modal("F", field_of("f", "conversations_select", filter={})),
        "/view/blocks/0/element/filter",
    ),
    (
        "a filter for an unknown kind",
        modal("F", field_of("f", "conversations_select", filter={"include": ["secret"]})),
        "/view/blocks/0/element/filter/include/0",
    ),
    (
        "a misspelt property",
        modal("F", field_of("f", "users_select", inital_user="U0ADA")),
        "/view/blocks/0/element",
    ),
]


@pytest.mark.parametrize(("what", "view", "where"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_slack_refuses_of_a_view_is_refused_at_its_place(what: str, view: Block, where: str) -> None:
    found = view_problems(view)
    assert [problem.where for problem in found] == [where], what
    assert {problem.error for problem in found} == {"invalid_arguments"}


def test_what_is_no_view_is_refused() -> None:
    odd_ones: tuple[object, ...] = (None, [], {}, {"type": "message"}, {"type": "modal"})
    for odd in odd_ones:
        assert view_problems(odd), odd
