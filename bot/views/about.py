"""`/ccost me about`, `/ccost team about`: which sources told a figure, how much of it, and in which revision."""

from collections.abc import Sequence

from bot.periods import ChargePeriod
from bot.reports.footing import Footing
from bot.reports.parts import MetricCost
from bot.text import Text
from bot.usage import Provenance
from bot.views.blocks import Message, context, cut, escape, header, prose, quote
from bot.views.figures import Cell, data_table, number_cell, word_cell
from bot.views.limits import Block
from bot.views.shared import footer, source_name

_NAMES_CHARACTERS = 400
_HEAD = ("source", "rows", "shadows", "days", "revision", "as_of")


def about(
    told: Sequence[Provenance], footing: Footing, by_metric: Sequence[MetricCost], period: ChargePeriod, t: Text
) -> Message:
    """Say of a period's figures where they come from, what they are, and what may still change."""
    span = t.span(period.start, period.last)
    names = cut(t.join([quote(source_name(one.source, t)) for one in told if one.counted_rows]), _NAMES_CHARACTERS)
    text = t("about.text", span=span, sources=names) if names else t("about.nothing", span=span)
    return Message(
        escape(text),
        [
            header(t("about.title")),
            prose(text),
            *_table(told, t),
            *([context(t("about.shadows"))] if any(one.shadow_rows for one in told) else []),
            footer(footing, by_metric, t),
        ],
    )


def _table(told: Sequence[Provenance], t: Text) -> list[Block]:
    if not told:
        return []
    return [
        data_table(
            t("about.table"),
            [t(f"about.column.{name}") for name in _HEAD],
            [_row(one, t) for one in told],
            rest=lambda n: [word_cell(t("about.others", n=len(told) - n)), *(word_cell("–") for _ in _HEAD[1:])],
        )
    ]


def _row(one: Provenance, t: Text) -> list[Cell]:
    counts = (one.counted_rows, one.shadow_rows, one.days, one.revision)
    return [
        word_cell(source_name(one.source, t)),
        *(number_cell(count, t.number(count)) for count in counts),
        word_cell(t.instant(one.as_of)),
    ]
