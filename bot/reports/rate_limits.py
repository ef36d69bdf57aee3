"""How high to set the organization's rate limits for a number of people, by the vendor's recommendation.

Source: code.claude.com/docs/en/costs. The figures are per person, but the limits act on the organization: one person
may use far more while others are quiet.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

EDITION = date(2026, 8, 22)
"""The day of the copy that was read; the table was the same in every edition before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """What is recommended per person of a team of this size; tokens and requests a minute."""

    size: str
    """The row's name, as the vendor writes it."""
    last_people: int | None
    """The largest team that belongs to the row. None: no end."""
    low_tpm: int
    high_tpm: int
    low_rpm: Decimal
    high_rpm: Decimal


ROWS: tuple[RateRow, ...] = (
    RateRow(size="1–5", last_people=5, low_tpm=200_000, high_tpm=300_000, low_rpm=Decimal("5"), high_rpm=Decimal("7")),
    RateRow(
        size="5–20", last_people=20, low_tpm=100_000, high_tpm=150_000, low_rpm=Decimal("2.5"), high_rpm=Decimal("3.5")
    ),
    RateRow(
        size="20–50", last_people=50, low_tpm=50_000, high_tpm=75_000, low_rpm=Decimal("1.25"), high_rpm=Decimal("1.75")
    ),
    RateRow(
        size="50–100",
        last_people=100,
        low_tpm=25_000,
        high_tpm=35_000,
        low_rpm=Decimal("0.62"),
        high_rpm=Decimal("0.87"),
    ),
    # The last row names 500 itself, so this one ends a person earlier.
    RateRow(
        size="100–500",
        last_people=499,
        low_tpm=15_000,
        high_tpm=20_000,
        low_rpm=Decimal("0.37"),
        high_rpm=Decimal("0.47"),
    ),
    RateRow(
        size="500+",
        last_people=None,
        low_tpm=10_000,
        high_tpm=15_000,
        low_rpm=Decimal("0.25"),
        high_rpm=Decimal("0.35"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePlan:
    """The recommendation for a number of people: the row, and the organization's limits that follow."""

    people: int
    row: RateRow
    low_tpm: int
    high_tpm: int
    low_rpm: Decimal
    high_rpm: Decimal


def plan(people: int) -> RatePlan:
    """Find the row of a team and multiply it out. Raises `ValueError` below one person.

    5, 20, 50 and 100 people belong to the row that ends with them, 500 to the last, which names it.
    """
    if people < 1:
        raise ValueError("a team has at least one person")
    row = next(row for row in ROWS if row.last_people is None or people <= row.last_people)
    return RatePlan(
        people=people,
        row=row,
        low_tpm=people * row.low_tpm,
        high_tpm=people * row.high_tpm,
        low_rpm=people * row.low_rpm,
        high_rpm=people * row.high_rpm,
    )
