from datetime import date

from bot.reports.benchmarks import EDITIONS, newest
from tests.usage_rows import DOLLAR


def test_the_newest_edition_is_the_one_to_compare_with() -> None:
    assert newest().edition == date(2026, 8, 22)
    assert newest().average_nanos == 13 * DOLLAR
    assert newest().ninety_percent_under_nanos == 30 * DOLLAR


def test_the_early_edition_is_kept_with_its_date() -> None:
    early = min(EDITIONS, key=lambda benchmark: benchmark.edition)
    assert (early.average_nanos, early.ninety_percent_under_nanos) == (6 * DOLLAR, 12 * DOLLAR)
