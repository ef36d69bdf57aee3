import pytest

from bot.errors import UserError
from bot.listeners.words import parse_time


@pytest.mark.parametrize(
    ("word", "minute"), [("0:00", 0), ("00:00", 0), ("9:05", 545), ("09:05", 545), ("10:30", 630), ("23:59", 1439)]
)
def test_a_time_is_hours_and_minutes(word: str, minute: int) -> None:
    assert parse_time(word) == minute


@pytest.mark.parametrize(
    "word", ["9am", "9", "10.30", "10:3", "10:60", "24:00", "-1:00", "10:30pm", " 10:30", "010:30", "１０:３０", ""]
)
def test_anything_else_is_answered_with_the_right_form(word: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_time(word)
    assert refused.value.key == "error.time_form"
