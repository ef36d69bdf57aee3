"""`/ccost team people`: who drove this. Recorded, and the first line says so."""

from collections.abc import Sequence

from bot.reports.parts import FEWEST_PEOPLE, MetricCost
from bot.reports.people import PeopleSummary, PersonSpend
from bot.text import Text
from bot.views.blocks import Confirm, Message, actions, button, context, escape, header, plain, prose, quote
from bot.views.figures import Cell, amount_cell, data_table, json_dollars, word_cell
from bot.views.limits import Block
from bot.views.shared import footer

_COLUMNS = ("person", "spend", "before", "change")


def people(report: PeopleSummary, t: Text) -> tuple[Message, frozenset[int]]:
    """Answer `/ccost team people`, and say whose figures can be read in it: each of them is to be recorded."""
    whose = t("people.everybody") if report.group_name is None else quote(report.group_name)
    span = t.span(report.period.start, report.period.last)
    values = {"whose": whose, "span": span, "cost": t.usd(report.cost_nanos), "n": len(report.people)}
    recorded, total = t("people.recorded"), t("people.total", **values) if report.people else t("people.none", **values)
    table, told_of = _table(report, t)
    return (
        Message(
            escape(t.sentences_of([recorded, total]).replace("*", "")),
            [
                prose(recorded),
                header(t("people.title")),
                prose(total),
                *([table] if report.people else []),
                context(t("people.how", span=t.span(report.before.start, report.before.last))),
                footer(report.footing, [MetricCost(cost_metric=one, cost_nanos=0) for one in report.metrics], t),
            ],
        ),
        told_of,
    )


def switched(t: Text, *, on: bool, already: bool | None = None) -> Message:
    """Say whether figures of people may be asked for. `already`: it was so before; None: only asked."""
    state = t("people.on" if on else "people.off")
    lines = [*([t("people.already")] if already else []), state, t("people.what")]
    ask_first = Confirm(
        title=t("people.confirm.title"), text=t("people.confirm.text"), yes=t("people.button.on"), no=t("modal.cancel")
    )
    word = "off" if on else "on"
    other = button(
        t(f"people.button.{word}"), f"people.{word}", f"settings people {word}", confirm=None if on else ask_first
    )
    return Message(escape(t.sentences_of(lines)), [prose("\n".join(lines)), actions([other])])


def _table(report: PeopleSummary, t: Text) -> tuple[Block, frozenset[int]]:
    found = report.people
    block = data_table(
        t("people.title"),
        [t(f"people.column.{name}") for name in _COLUMNS],
        [_row(plain(one.name), [one]) for one in found],
        rest=lambda n: _row(t("people.others", n=len(found) - n), found[n:]),
        total=_row(t("figures.total_row"), found),
    )
    without_head_and_total = len(block["rows"]) - 2
    shown = len(found) if without_head_and_total == len(found) else without_head_and_total - 1
    rest = found[shown:]
    # The sum of a few, beside an alphabetical list, tells of them too.
    told_of = [*found[:shown], *(rest if len(rest) < FEWEST_PEOPLE else ())]
    return block, frozenset(one.member_id for one in told_of)


def _row(name: str, found: Sequence[PersonSpend]) -> list[Cell]:
    row = [word_cell(name), amount_cell(sum(one.cost_nanos for one in found))]
    past = [one.before_nanos for one in found if one.before_nanos is not None]
    if len(past) < len(found):
        return [*row, word_cell("–"), word_cell("–")]
    before = sum(past)
    return [*row, amount_cell(before), _change_cell(sum(one.cost_nanos for one in found) - before)]


def _change_cell(nanos: int) -> Cell:
    cell = amount_cell(nanos)
    return {**cell, "value": json_dollars(nanos), "text": f"+{cell['text']}" if nanos > 0 else cell["text"]}
