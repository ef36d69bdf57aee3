import pytest

from bot.reports.spend import team_summary
from bot.usage import TeamUsage
from bot.views.plain import csv_cell, exact, team_document
from tests.usage_rows import MONTH, settled


@pytest.mark.parametrize(
    ("nanos", "written"), [(0, "0.000000000"), (1, "0.000000001"), (10**9, "1.000000000"), (-5, "-0.000000005")]
)
def test_exact_dollars_never_are_written_with_an_exponent(nanos: int, written: str) -> None:
    assert exact(nanos) == written


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x"])
def test_a_name_is_never_a_formula(name: str) -> None:
    assert csv_cell(name) == f"'{name}"
    assert csv_cell(f"a{name}") == f"a{name}"


def test_an_organization_without_use_has_no_machines_and_a_total_of_zero() -> None:
    document = team_document(team_summary(TeamUsage(), TeamUsage(), MONTH, settled()))
    assert document["total_usd"] == "0.000000000"
    assert document["machines"] == []
