import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.ask import MAX_TEXT, split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  me   7d ", ("me", "7d")),
        ("ｍｅ　７ｄ", ("me", "7d")),
        ("settings link ci to <@U012AB|ada>", ("settings", "link", "ci", "to", "@U012AB")),
        ("link <mailto:ada@example.com|ada@example.com>", ("link", "ada@example.com")),
        ("link R&amp;D &lt;x&gt;", ("link", "R&D", "<x>")),
        ('link "nightly docs" machine', ("link", "nightly docs", "machine")),
        ("link “nightly docs” machine", ("link", "nightly docs", "machine")),
        ('link "half', ("link", '"half')),
        ('link ""', ("link",)),
    ],
)
def test_what_was_typed_is_cut_into_words_as_it_was_meant(text: str, words: tuple[str, ...]) -> None:
    assert split(text) == words


def test_an_escaped_mention_is_text_and_no_mention() -> None:
    assert split("&lt;@U012AB&gt;") == ("<@U012AB>",)


def test_nobody_types_a_book() -> None:
    assert "".join(split("a" * MAX_TEXT)) == "a" * MAX_TEXT
    assert "".join(split("a" * (MAX_TEXT + 1))) == "a" * MAX_TEXT


@given(st.text(max_size=400))
def test_whatever_is_typed_can_be_cut(text: str) -> None:
    assert all(word for word in split(text))
