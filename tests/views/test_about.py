"""Where a figure comes from: source, rows, revision."""

from datetime import timedelta

from bot.reports.parts import MetricCost
from bot.text import load_texts
from bot.usage import CostMetric, Provenance
from bot.views.about import about
from tests.block_kit import judge, rows, seen
from tests.usage_rows import DOLLAR, MONTH, NOW, SOURCE, settled

EN = load_texts().by_language["en"]
LIST = (MetricCost(cost_metric=CostMetric.LIST, cost_nanos=DOLLAR),)


def told(source: str = SOURCE, *, counted: int = 1_204, shadows: int = 0) -> Provenance:
    return Provenance(
        source=source,
        counted_rows=counted,
        shadow_rows=shadows,
        days=22,
        revision=3,
        as_of=NOW - timedelta(minutes=9),
    )


def test_each_source_says_rows_days_revision_and_when_it_was_read() -> None:
    message = about([told()], settled(), LIST, MONTH, EN)
    assert message.text == "Figures of Nov 1–22, 2026, as told by: Claude Code Analytics (Anthropic)."
    assert rows(message) == [
        ["Source", "Rows counted", "Not counted", "Days (UTC)", "Revision", "As of"],
        ["Claude Code Analytics (Anthropic)", "1,204", "0", "22", "3", "Nov 22, 13:51 UTC"],
    ]
    assert "An estimate at list price (ListCost), not an invoice." in seen(message)
    assert "one use counts once" not in seen(message)
    judge(message)


def test_a_source_whose_rows_do_not_count_is_shown_and_told_no_figures() -> None:
    message = about([told(), told("otlp", counted=0, shadows=7)], settled(), LIST, MONTH, EN)
    assert "telemetry" not in message.text
    assert rows(message)[2][:3] == ["Claude Code's telemetry", "0", "7"]
    assert "one use counts once" in seen(message)
    judge(message)


def test_of_a_period_without_use_it_says_that_no_source_told_any() -> None:
    message = about([], settled(), (), MONTH, EN)
    assert message.text == "Figures of Nov 1–22, 2026: no source has told any use."
    judge(message)
