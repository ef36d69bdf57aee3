"""How our figures and the organization's own cost report agree: a line below figures, in the status, an alarm."""

from collections.abc import Mapping, Sequence
from math import ceil

from bot.money import rounded_parts
from bot.reports.reconcile import Comparison, Reason, together
from bot.text import Text
from bot.usage import Owner
from bot.views.blocks import Message, actions, button, cut, escape, header, prose
from bot.views.figures import Cell, amount_cell, data_table, word_cell
from bot.views.limits import Block

_SHOWN_IN_TEXT = 3
_SHOWN_DAYS = 10
_SPAN_CHARACTERS = 60
"""Where days lie apart, the list may be long."""


def match_line(comparison: Comparison, t: Text) -> str:
    """Say in a sentence how far the two agree: "within" rounds up, so that it is true."""
    word = "differs" if comparison.is_flagged else "matches"
    return t(f"reconcile.{word}", percent=_percent(comparison), span=_span(comparison, t))


def verdict(month: Comparison, t: Text) -> str:
    """Say of a month in a sentence how the two agree, and by how much they do not: for everybody."""
    if not month.is_flagged:
        return match_line(month, t)
    word = "more" if month.unexplained_nanos > 0 else "less"
    cost = t.usd(abs(month.unexplained_nanos))
    return t(f"reconcile.{word}", percent=_percent(month), cost=cost, span=_span(month, t))


def month_details(month: Comparison, owners: Mapping[Owner, int], t: Text) -> list[str]:
    """Say of a month, for admins, what stands on either side, what is explained, and what may be behind the rest.

    `owners` splits our figures of its days by whose they are.
    """
    names = (Owner.MEMBER, Owner.MACHINE, Owner.UNATTRIBUTED)
    members, machines, unattributed = rounded_parts([owners[name] for name in names])
    sides = t(
        "reconcile.sides",
        own=t.usd(members + machines + unattributed),
        members=t.usd(members),
        machines=t.usd(machines),
        unattributed=t.usd(unattributed),
        report=t.usd(month.report_nanos),
    )
    parts = [_bullet(t(f"reconcile.part.{part.reason}", cost=t.usd(part.cost_nanos))) for part in month.parts]
    return [verdict(month, t), sides, *parts, *_possible([month], t)]


def days_table(days: Sequence[Comparison], t: Text) -> Block:
    """List days with both figures and the difference; many more are one row, which adds them up."""
    head = ("day", "own", "report", "difference")
    shown = [_row(t.long_day(one.days[0]), one) for one in days[:_SHOWN_DAYS]]
    others = together(days[_SHOWN_DAYS:])
    if others is not None:
        shown.append(_row(t("figures.other_days", n=len(others.days)), others))
    return data_table(
        t("reconcile.days"),
        [t(f"reconcile.column.{name}") for name in head],
        shown,
        rest=lambda _: [word_cell("–")] * len(head),
    )


def alert(fresh: Sequence[Comparison], t: Text) -> Message:
    """Tell an admin of days on which the two differ: the figures, what may be behind it, and where to look."""
    whole = together(fresh)
    if whole is None:
        raise ValueError("an alarm needs a day")
    parts = [_day_line(one, t) for one in fresh[-_SHOWN_IN_TEXT:]]
    text = t.sentences_of([t("reconcile.alert.text", n=len(fresh)), *parts])
    return Message(
        escape(text),
        [
            header(t("reconcile.alert.title")),
            prose(t("reconcile.alert.text", n=len(fresh))),
            days_table(fresh[::-1], t),
            prose("\n".join([t("reconcile.look"), *_possible(fresh, t)])),
            *_explained(whole, t),
            actions([button(t("reconcile.alert.button"), "settings.status", "settings status")]),
        ],
    )


def _possible(comparisons: Sequence[Comparison], t: Text) -> list[str]:
    reasons = dict.fromkeys(reason for one in comparisons for reason in one.possible)
    return [_bullet(t(f"reconcile.possible.{one}")) for one in reasons]


def _explained(comparison: Comparison, t: Text) -> list[Block]:
    parts = [
        _bullet(t(f"reconcile.part.{part.reason}", cost=t.usd(part.cost_nanos)))
        for part in comparison.parts
        if part.reason is not Reason.OTHER_PRODUCTS
    ]
    return [prose("\n".join([t("reconcile.explained"), *parts]))] if parts else []


def _day_line(one: Comparison, t: Text) -> str:
    return t(
        "reconcile.alert.day",
        day=t.day(one.days[0]),
        own=t.usd(one.own_nanos),
        report=t.usd(one.report_nanos),
        percent=_percent(one),
    )


def _row(name: str, one: Comparison) -> list[Cell]:
    return [
        word_cell(name),
        amount_cell(one.own_nanos),
        amount_cell(one.report_nanos),
        word_cell(f"{'+' if one.unexplained_nanos > 0 else '−'}{_percent(one)}%"),
    ]


def _span(comparison: Comparison, t: Text) -> str:
    return cut(t.days(comparison.days), _SPAN_CHARACTERS)


def _percent(comparison: Comparison) -> str:
    """To a tenth: what is within the tolerance is rounded up, what is not to the nearest."""
    tenths = comparison.percent * 10
    rounded = round(tenths) if comparison.is_flagged else ceil(tenths)
    return f"{rounded // 10}.{rounded % 10}"


def _bullet(text: str) -> str:
    return f"• {text}"
