import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.blocks import (
    Message,
    actions,
    button,
    context,
    cut,
    escape,
    fields,
    header,
    plain,
    prose,
    quote,
    section,
    without_native_blocks,
)
from bot.views.figures import Bar, bar_chart, data_table, word_cell
from tests.block_kit import judge

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)  # lone surrogates included: JSON lets them in


def test_three_characters_are_escaped_and_no_more() -> None:
    assert escape("a & b <!channel> *x* &amp;") == "a &amp; b &lt;!channel&gt; *x* &amp;amp;"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada\nLindqvist\t\r\nx", "Ada Lindqvist x"),
        ("\u202eadA\u2066\u200b\ufeff", "adA"),  # right-to-left override, isolate, zero width, byte order mark
        ("a\x00\x1b[31m\x7fb", "a[31mb"),
        ("\ud800 x", "x"),
        ("<!channel> <@U1|x>", "‹!channel› ‹@U1|x›"),
        ("*_~`", "*_~`"),
        ("佐藤 健司", "佐藤 健司"),
        ("\u200b", "–"),
        ("", "–"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_a_name_is_shown_on_one_line_without_anything_invisible_or_alive(name: str, shown: str) -> None:
    assert plain(name) == shown


@given(ANY_TEXT)
def test_whatever_somebody_is_called_the_name_can_be_shown(name: str) -> None:
    for shown in (plain(name), quote(name)):
        assert 0 < len(shown) <= 80
        assert "<" not in shown
        assert len(shown.splitlines()) == 1
        json.dumps(shown, ensure_ascii=False).encode()  # no lone surrogate is left
    assert not set(quote(name)) & {"`", "*"}


def test_rich_text_knows_bold_and_code_and_nothing_else() -> None:
    block = prose("*Bold*, `code`, _not_, <@U1>, 2 * 3")
    assert block == {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Bold", "style": {"bold": True}},
                    {"type": "text", "text": ", "},
                    {"type": "text", "text": "code", "style": {"code": True}},
                    {"type": "text", "text": ", _not_, <@U1>, 2 * 3"},
                ],
            }
        ],
    }


def test_a_name_cannot_change_how_a_sentence_looks() -> None:
    (part,) = prose(f"Hello {quote('*Quinn* `x`')}!")["elements"]
    assert part["elements"] == [{"type": "text", "text": "Hello ∗Quinn∗ 'x'!"}]


def test_names_are_never_read_as_emoji() -> None:
    assert header(":rocket:")["text"]["emoji"] is False
    assert fields([":rocket:"])["fields"][0]["emoji"] is False


@pytest.mark.parametrize(("limit", "shown"), [(5, "abcde"), (4, "abc…")])
def test_what_is_cut_says_so(limit: int, shown: str) -> None:
    assert cut("abcde", limit) == shown


def test_every_shape_cuts_what_is_too_long() -> None:
    long = "x" * 20_000
    assert len(header(long)["text"]["text"]) == 150
    assert len(section(long)["text"]["text"]) == 2_900
    assert len(context(long)["elements"][0]["text"]) == 2_900
    assert len(fields([long] * 99)["fields"]) == 10
    assert len(fields([long])["fields"][0]["text"]) == 2_000
    assert len(button(long, "a", long)["text"]["text"]) == 75
    assert len(button("a", "a", long)["value"]) == 2_000
    assert len(actions([button("a", "a", "a")] * 30)["elements"]) == 25
    assert len(prose(long)["elements"][0]["elements"][0]["text"]) == 2_900


@pytest.mark.parametrize(
    ("fits", "refused"),
    [
        (Message("x" * 3_000), ("x" * 3_001, [])),
        (Message("x", [header("x")] * 45), ("x", [header("x")] * 46)),
        (Message("x", [section("x" * 2_400)] * 5), ("x", [section("x" * 2_400)] * 5 + [section("x")])),
        (
            Message("x", [bar_chart("x", "x", "x", [Bar("x", 1)])] * 2),
            ("x", [bar_chart("x", "x", "x", [Bar("x", 1)])] * 3),
        ),
        (Message("x"), ("", [])),
    ],
)
def test_a_message_that_slack_would_refuse_as_a_whole_cannot_be_made(
    fits: Message, refused: tuple[str, list[dict[str, object]]]
) -> None:
    judge(fits)
    with pytest.raises(ValueError, match="a message"):
        Message(*refused)


def test_where_a_workspace_knows_no_charts_and_tables_they_are_drawn_with_characters() -> None:
    table = data_table("Cap", ["Name", "N"], [[word_cell("森"), word_cell("1")]], rest=lambda _: [])
    chart = bar_chart("By day", "Spend", "USD", [Bar("Nov 1", 12_340_000_000), Bar("Nov 12", 6_170_000_000)])
    drawn = without_native_blocks(Message("x", [header("H"), chart, table]))
    assert drawn.blocks[0] == header("H")
    assert [block["elements"][0]["elements"][0]["text"] for block in drawn.blocks[1:]] == [
        "By day\nNov 1   ████████████████████████  $12.34\nNov 12  ████████████              $6.17",
        "Name  N\n森    1",
    ]
