"""Nobody's own spend can be read from a team's models: cells of fewer than five people are withheld."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.parts import FEWEST_PEOPLE, ModelSpend, without_few
from bot.usage import Tokens


def cell(model: str, dollars: int) -> ModelSpend:
    return ModelSpend(model=model, cost_nanos=dollars * 10**9, subscription_nanos=0, tokens=Tokens())


OPUS, SONNET, HAIKU, ZEPHYR = cell("opus", 60), cell("sonnet", 30), cell("haiku", 8), cell("zephyr", 2)


def test_what_many_use_is_shown_as_it_is() -> None:
    assert without_few([OPUS, SONNET], {"opus": 5, "sonnet": 9}) == ((OPUS, SONNET), 0)


@pytest.mark.parametrize(("people", "shown"), [(FEWEST_PEOPLE, 4), (FEWEST_PEOPLE - 1, 2)])
def test_the_line_is_five_people(people: int, shown: int) -> None:
    used_by = {"opus": 9, "sonnet": 9, "haiku": 9, "zephyr": people}
    assert len(without_few([OPUS, SONNET, HAIKU, ZEPHYR], used_by)[0]) == shown


def test_the_difference_to_the_total_never_is_one_model_of_a_few_people() -> None:
    used_by = {"opus": 9, "sonnet": 9, "haiku": 9, "zephyr": 1}
    shown, left_out = without_few([OPUS, SONNET, HAIKU, ZEPHYR], used_by)
    assert (shown, left_out) == ((OPUS, SONNET), 2)  # haiku hides zephyr


def test_where_nothing_is_used_by_many_no_model_is_shown() -> None:
    assert without_few([OPUS, SONNET], {"opus": 4}) == ((), 2)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 8)), st.permutations("abcdefgh"))
def test_no_shown_model_and_no_difference_stands_for_fewer_than_five(people: dict[str, int], order: list[str]) -> None:
    models = [cell(name, place) for place, name in enumerate(order)]
    shown, left_out = without_few(models, people)
    assert all(people.get(one.model, 0) >= FEWEST_PEOPLE for one in shown)
    hidden = [one for one in models if one not in shown]
    assert len(hidden) == left_out
    if hidden and shown:
        assert max(people.get(one.model, 0) for one in hidden) >= FEWEST_PEOPLE
