"""Thirty days, two replicas that take turns at every side effect, and a death at every one of them."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.simulate import Outcome, simulate

DAYS = 30
SEED = 7


def _half(folder: str, first: int) -> Outcome:
    return simulate(Path(folder), days=DAYS // 2, seed=SEED, first=first)


def test_whoever_dies_whenever_nothing_is_lost_doubled_leaked_or_wrong(tmp_path: Path) -> None:
    folders = [tmp_path / "early", tmp_path / "late"]
    for folder in folders:
        folder.mkdir()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        outcomes = list(workers.map(_half, map(str, folders), (0, DAYS // 2)))
    for outcome in outcomes:
        print(outcome)
    assert sum(outcome.days for outcome in outcomes) == DAYS
    assert [wrong for outcome in outcomes for wrong in outcome.wrongs] == []
