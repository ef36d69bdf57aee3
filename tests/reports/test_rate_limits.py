from decimal import Decimal

import pytest

from bot.reports.rate_limits import plan


@pytest.mark.parametrize(
    ("people", "size"),
    [
        (1, "1–5"),
        (5, "1–5"),
        (6, "5–20"),
        (20, "5–20"),
        (21, "20–50"),
        (50, "20–50"),
        (51, "50–100"),
        (100, "50–100"),
        (101, "100–500"),
        (499, "100–500"),
        (500, "500+"),
        (501, "500+"),
        (999_999, "500+"),
    ],
)
def test_a_team_belongs_to_the_row_that_ends_with_it_and_five_hundred_to_the_last(people: int, size: str) -> None:
    assert plan(people).row.size == size


def test_the_vendors_own_example_comes_out() -> None:
    found = plan(200)
    assert found.high_tpm == 4_000_000
    assert found.low_rpm == Decimal("74.00")


def test_the_table_is_the_vendors() -> None:
    rows = {n: plan(n).row for n in (5, 20, 50, 100, 499, 500)}
    assert [(row.low_tpm, row.high_tpm, str(row.low_rpm), str(row.high_rpm)) for row in rows.values()] == [
        (200_000, 300_000, "5", "7"),
        (100_000, 150_000, "2.5", "3.5"),
        (50_000, 75_000, "1.25", "1.75"),
        (25_000, 35_000, "0.62", "0.87"),
        (15_000, 20_000, "0.37", "0.47"),
        (10_000, 15_000, "0.25", "0.35"),
    ]


def test_nobody_needs_no_plan() -> None:
    with pytest.raises(ValueError, match="at least one"):
        plan(0)
