"""What the vendor says others spend: one dated record an edition of its cost page, never a constant in a message."""

from dataclasses import dataclass
from datetime import date

from bot.money import NANOS_PER_USD


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """Averages of one edition of code.claude.com/docs/en/costs."""

    edition: date
    """The day of the copy that was read; of the first edition the month of the model that it names."""
    average_nanos: int
    """Per developer and day of use."""
    ninety_percent_under_nanos: int
    """Nine of ten developers stay under it, per day of use."""


EDITIONS: tuple[Benchmark, ...] = (
    Benchmark(
        edition=date(2025, 10, 1), average_nanos=6 * NANOS_PER_USD, ninety_percent_under_nanos=12 * NANOS_PER_USD
    ),
    Benchmark(
        edition=date(2026, 8, 22), average_nanos=13 * NANOS_PER_USD, ninety_percent_under_nanos=30 * NANOS_PER_USD
    ),
)


def newest() -> Benchmark:
    """The edition to compare with."""
    return max(EDITIONS, key=lambda benchmark: benchmark.edition)
