"""Waits and limits that contradict each other would double or lose messages: ccost does not start with them."""

from datetime import timedelta

import pytest

from bot.delivery.times import Times
from bot.errors import ConfigError
from tests.delivery.planned import TICK


@pytest.mark.parametrize(
    "changes",
    [
        {"lease": timedelta(seconds=119)},
        {"margin": timedelta(seconds=20)},
        {"settle": timedelta(seconds=20)},
        {"keys_kept": timedelta(days=399)},
        {"keys_kept": timedelta(days=500), "looks_back": timedelta(days=500)},
        {"content_kept": timedelta(hours=48)},
    ],
)
def test_times_that_contradict_each_other_do_not_start(changes: dict[str, timedelta]) -> None:
    with pytest.raises(ConfigError):
        Times(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"lease": timedelta(seconds=120)},
        {"margin": timedelta(seconds=20) + TICK},
        {"settle": timedelta(seconds=20) + TICK},
        {"keys_kept": timedelta(days=400)},
        {"content_kept": timedelta(hours=48) + TICK},
    ],
)
def test_times_that_just_hold_do(changes: dict[str, timedelta]) -> None:
    assert Times(**changes).deadline == timedelta(seconds=20)
