"""Damage for two seconds a parser, in a process that may not take much memory; `make soak` does a minute each."""

import pytest

from tests.soak_parsers import in_a_process
from tests.sources.contract.damage import PARSERS

SECONDS, SEED = 2.0, 20261123


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_lets_nothing_but_our_own_errors_out_whatever_it_is_fed(name: str) -> None:
    code, said = in_a_process(name, SECONDS, SEED)
    assert code == 0, said
    assert "refused 0" not in said
