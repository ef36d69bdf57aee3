"""A short run of the oracle of amounts; `make soak` does a million."""

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from random import Random
from typing import Any

import pytest

from bot.money import NANOS_PER_USD
from bot.sources.answers import parse_json
from tests import soak_oracle
from tests.sources.contract.encodings import CENT, ENCODINGS
from tests.sources.contract.worlds import WORLDS

RECORDS, SEED = 20_000, 20261123


def test_every_amount_of_every_encoding_differs_by_the_one_rounding_on_arrival_and_by_nothing_else() -> None:
    done = soak_oracle.run(RECORDS, SEED)
    assert done.violations == []
    assert done.records.keys() == {encoding.name for encoding in ENCODINGS}
    assert min(done.records.values()) >= RECORDS // len(ENCODINGS)
    assert min(done.ties, done.refused, done.exact, done.sums) > 0


def test_every_source_has_its_encodings_asked_for() -> None:
    assert {encoding.source for encoding in ENCODINGS} - {""} == set(WORLDS)


def test_the_same_seed_asks_the_same() -> None:
    first, second, other = (
        list(islice(soak_oracle.amounts(Random(seed), NANOS_PER_USD), 50)) for seed in (SEED, SEED, SEED + 1)
    )
    assert first == second != other


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda nanos: nanos + 1,
        lambda nanos: nanos * 100,
        lambda nanos: nanos // 100,
        lambda nanos: round(float(nanos) * 1.0000000001),
    ],
)
def test_the_oracle_misses_no_wrong_nano_dollar(spoilt: Callable[[int], int]) -> None:
    whole = ENCODINGS[0]
    wrong = replace(whole, source="", read=lambda row: spoilt(whole.read(row)))
    assert soak_oracle.run(200, SEED, [wrong]).violations


def test_the_oracle_misses_no_tie_that_was_rounded_up() -> None:
    whole = ENCODINGS[0]

    def half_up(row: Any) -> int:
        cents = parse_json(row)["model_breakdown"][0]["estimated_cost"]["amount"]
        return int((Decimal(cents) * CENT).to_integral_value(ROUND_HALF_UP))

    found = soak_oracle.run(400, SEED, [replace(whole, source="", read=half_up)]).violations
    assert [line for line in found if "refused" not in line]
