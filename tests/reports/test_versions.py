"""Versions are compared as numbers; the worst come first; what cannot be read is shown as it is."""

from datetime import date
from itertools import permutations

import pytest

from bot.reports.versions import OLDEST_GOOD, Age, VersionUse, age, in_order, number

DAY = date(2026, 11, 19)


def use(version: str, who: str = "ada") -> VersionUse:
    return VersionUse(who=who, is_known=True, version=version, last_seen_date=DAY, age=age(version))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.1.213", Age.OLD),
        ("2.1.214", Age.GOOD),
        ("2.1.214-beta.1", Age.OLD),
        ("2.1.215-beta.1", Age.GOOD),
        ("2.1.99", Age.OLD),
        ("2.1.1000", Age.GOOD),
        ("2.0.999", Age.OLD),
        ("2.2.0", Age.GOOD),
        ("1.9.999", Age.OLD),
        ("3.0.0", Age.GOOD),
        ("10.0.0", Age.GOOD),
        ("v2.1.330", Age.GOOD),
        ("2.1.330 (Claude Code)", Age.GOOD),
        (" 2.1.197\n", Age.OLD),
        ("2.1.330+build5", Age.GOOD),
        ("2.1", Age.UNREADABLE),
        ("", Age.UNREADABLE),
        ("dev", Age.UNREADABLE),
        ("2.1.330x", Age.UNREADABLE),
        ("2.1.２１４", Age.UNREADABLE),
        ("2.1.99999999", Age.UNREADABLE),
    ],
)
def test_a_version_is_old_good_or_unreadable(version: str, expected: Age) -> None:
    assert age(version) is expected


def test_the_line_is_where_the_cost_became_right() -> None:
    assert OLDEST_GOOD == "2.1.214"
    assert number(OLDEST_GOOD) == (2, 1, 214, 1)


def test_the_oldest_come_first_then_the_unreadable_then_the_good() -> None:
    told = ["1.0.100", "2.1.9", "2.1.197", "dev", "2.1.214", "2.1.330"]
    for some in permutations(told):
        assert [one.version for one in in_order(use(version) for version in some)] == told


def test_of_one_version_people_come_by_name() -> None:
    assert [one.who for one in in_order([use("2.1.330", "zoe"), use("2.1.330", "ada")])] == ["ada", "zoe"]
