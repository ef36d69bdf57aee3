"""Two answers, one after the other, tell no more of a person than one: around every change of one person.

The rule itself is tested against random organizations in `tests/reports/test_groups.py`; this is the whole program.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.composition import Playground
from tests.group_house import (
    ADMIN,
    GRACE,
    NINE,
    amounts,
    ask,
    cents,
    mentions,
    parts,
    read,
    spent,
    three_weeks,
)
from tests.playing import playground
from tests.unhurried import unhurried

CANARY = "ada"


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as running:
        yield unhurried(running)


def shown(bot: Playground, group: str) -> list[int | None]:
    """What is shown of the three parts, in cents, and of all of them; None: withheld."""
    words = [f"team {group} {first}..{last}" for first, last in parts()]
    found = [amounts(ask(bot, GRACE, one).text)[:1] for one in (*words, f"team {group} {three_weeks()}")]
    return [cents(one[0]) if one else None for one in found]


def of_organization(bot: Playground) -> list[int]:
    """What the members spent together in the same days."""
    words = [f"{first}..{last}" for first, last in parts()]
    found = [read(ask(bot, GRACE, f"team {one}")).partition("Members\n")[2] for one in (*words, three_weeks())]
    return [cents(amounts(one)[0]) for one in found]


def tells(bot: Playground, one: list[int | None], other: list[int | None]) -> bool:
    """Say whether a difference is what the canary spent."""
    spans = [*parts(), (parts()[0][0], parts()[-1][1])]
    alone = [spent(bot, [CANARY], first, last) for first, last in spans]
    return any(
        a is not None and b is not None and amount and abs(abs(a - b) - amount) <= 2
        for a, b, amount in zip(one, other, alone, strict=True)
    )


def without(name: str = CANARY) -> str:
    return mentions(one for one in NINE if one != name)


def test_the_oracle_sees_a_leak(bot: Playground) -> None:
    spans = [*parts(), (parts()[0][0], parts()[-1][1])]
    whole = [round(spent(bot, NINE, *span)) for span in spans]
    rest = [round(spent(bot, [one for one in NINE if one != CANARY], *span)) for span in spans]
    assert tells(bot, [*whole], [*rest])


def test_a_group_shows_the_same_of_its_past_before_and_after_one_goes_comes_and_goes(bot: Playground) -> None:
    ask(bot, ADMIN, f"settings groups make platform {mentions(NINE)}")
    before = shown(bot, "platform")
    assert all(before)
    for change in ("remove platform @ada", "add platform @ada", "add platform @mina", "remove platform @ada @mina"):
        ask(bot, ADMIN, f"settings groups {change}")
        assert shown(bot, "platform") == before


def test_a_second_group_without_one_person_shows_nothing_of_those_days(bot: Playground) -> None:
    ask(bot, ADMIN, f"settings groups make platform {mentions(NINE)}")
    ask(bot, ADMIN, f"settings groups make almost {without()}")
    assert shown(bot, "almost") == [None] * 4
    assert all(shown(bot, "platform"))


def test_a_group_that_is_deleted_and_made_anew_without_one_person_shows_nothing_of_those_days(bot: Playground) -> None:
    ask(bot, ADMIN, f"settings groups make platform {mentions(NINE)}")
    before = shown(bot, "platform")
    ask(bot, ADMIN, "settings groups delete platform")
    ask(bot, ADMIN, f"settings groups make platform {without()}")
    assert shown(bot, "platform") == [None] * 4
    ask(bot, ADMIN, f"settings groups make again {mentions(NINE)}")
    assert shown(bot, "again") == before


def test_a_group_of_all_but_one_shows_nothing_beside_the_organization(bot: Playground) -> None:
    everybody = [*NINE, "hugo", "ines", "jun", "katya", "lars", "mina", "noah", "olga", "priya", "quinn", "tomas"]
    ask(bot, ADMIN, f"settings groups make most {mentions(one for one in everybody if one != CANARY)}")
    assert shown(bot, "most") == [None] * 4
    ask(bot, ADMIN, f"settings groups make half {mentions(NINE)}")
    half = shown(bot, "half")
    assert all(half)
    assert not tells(bot, half, [*of_organization(bot)])
