"""Budgets: what is told unasked, and what `/ccost budget` answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.budget import Budget, BudgetRequest, BudgetScope
from bot.reports.footing import Footing
from bot.reports.lines import Item, Largest, LineReport, Saying
from bot.reports.parts import MetricCost
from bot.reports.tips import Advice
from bot.text import Text
from bot.usage import Plan
from bot.views.blocks import Message, actions, button, escape, header, prose, quote
from bot.views.limits import Block
from bot.views.shared import footer
from bot.views.tips import tip_values

_BAR_CELLS = 10
_SET_BY_OTHERS = (BudgetScope.ASSIGNED, BudgetScope.DEFAULT)
"""Limits of which somebody may ask for more."""
_SNOOZE, _ALERTS = "budget snooze", "settings alerts"

_WHOSE: Mapping[BudgetScope, str] = {
    BudgetScope.OWN: "mine",
    BudgetScope.ASSIGNED: "mine",
    BudgetScope.DEFAULT: "mine",
    BudgetScope.TEAM: "team",
    BudgetScope.MACHINE: "machine",
    BudgetScope.WORKSPACE: "workspace",
    BudgetScope.GROUP: "group",
}
"""How a budget is called to the one who reads about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """On what the figures of a message stand."""

    footing: Footing
    by_metric: Sequence[MetricCost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One of the budgets that somebody asked for, with who set it."""

    line: LineReport
    set_by: str
    by_reader: bool


def alert(items: Sequence[Item], advice: Advice | None, standing: Standing, t: Text) -> Message:
    """Tell somebody the first item in full, and the others in a line each."""
    first, others = items[0], items[1:]
    sentence = _sentence(first, t)
    also = [_sentence(item, t) for item in others]
    left = _left(first.line, t)
    return Message(
        escape(t.sentences_of([sentence, left, *also])),
        [
            header(t("budget.alert.title")),
            prose(t.sentences_of([sentence, left])),
            prose("\n".join(_details(first, advice, t))),
            *(prose("\n".join(t("budget.alert.also", line=line) for line in also)) for _ in also[:1]),
            *(prose(line) for line in _counted([item.line for item in items], t)),
            actions(_buttons(first.line, t)),
            footer(standing.footing, standing.by_metric, t),
        ],
    )


def overview(
    mine: Sequence[Shown],
    shared: Sequence[LineReport],
    groups: Sequence[LineReport],
    waiting: Sequence[BudgetRequest],
    standing: Standing,
    t: Text,
) -> Message:
    """Answer `/ccost budget`: one's own budgets, and beside them the organization's and those of groups."""
    own = [_short(one.line, t) for one in mine] or [t("budget.none")]
    asked = [_waiting(request, t) for request in waiting]
    whole = [_shared(line, t) for line in shared]
    of_groups = [t("budget.groups_title"), *(_short(line, t) for line in groups), t("budget.group_parts")]
    return Message(
        escape(t.sentences_of([*own, *asked, *whole, *(_short(line, t) for line in groups)])),
        [
            header(t("budget.title")),
            *(prose("\n".join(_block(one, t))) for one in mine),
            *(prose(t("budget.none")) for _ in own[:1] if not mine),
            *(prose(sentence) for sentence in asked),
            *(prose("\n".join([t("budget.team_title"), *whole])) for _ in whole[:1]),
            *(prose("\n".join(of_groups)) for _ in groups[:1]),
            *(prose(line) for line in _counted([*(one.line for one in mine), *shared], t)),
            actions(
                [
                    *form_buttons([one.line.budget for one in mine], t),
                    button(t("budget.button.alerts"), "budget.alerts", _ALERTS),
                ]
            ),
            *(footer(standing.footing, standing.by_metric, t) for _ in [*mine, *shared, *groups][:1]),
        ],
    )


def name(budget: Budget, whose: str, t: Text) -> str:
    """Call a budget as its reader would; `whose` is the name of the machine or the group, of a budget of one."""
    return t(f"budget.name.{_WHOSE[budget.scope]}.{budget.cadence}", who=quote(whose))


def shown_line(line: LineReport, t: Text) -> str:
    """Show what is spent of a budget: in words, and drawn beside them."""
    return t("budget.line", bar=_bar(line.percent), left=_left(line, t), **_values(line, t))


def form_buttons(budgets: Iterable[Budget], t: Text) -> list[Block]:
    """Open the forms of somebody who has these budgets: for one of their own, and for more of what others have set."""
    buttons = [button(t("budget.button.mine"), "open.budget", "me")]
    if any(budget.scope in _SET_BY_OTHERS for budget in budgets):
        buttons.append(_more(t))
    return buttons


def line_word(line: LineReport) -> str:
    """Name a line in a word that a button can carry: `7:2026-11-01`, of a default `7.12:2026-11-01`."""
    member = f".{line.key.member_id}" if line.key.member_id else ""
    return f"{line.key.budget_id}{member}:{line.key.period_start}"


def _sentence(item: Item, t: Text) -> str:
    values = _values(item.line, t)
    if item.saying is Saying.BREACH:
        said = t("budget.alert.breach", threshold=item.threshold, **values)
        return t.sentences_of([said, t("budget.alert.lowered")]) if item.lowered else said
    if item.saying is Saying.CORRECTION:
        return t("budget.alert.relimited" if item.relimited else "budget.alert.correction", **values)
    return t("budget.alert.projected", day=t.day(item.breach_date or item.line.period.last), **values)


def _details(item: Item, advice: Advice | None, t: Text) -> list[str]:
    lines = [_pace(item.line, t)] if item.line.days_left else []
    if item.line.largest:
        lines.append(_largest(item.line.largest, t))
    if advice and advice.best:
        best = advice.best
        lines.append(t("me.tip", line=t(f"{best.tip.key}.line", **tip_values(best, t))))
    return lines or [t("budget.over")]


def _buttons(line: LineReport, t: Text) -> list[Block]:
    word = line_word(line)
    running = (
        [
            button(t("budget.button.day"), "budget.day", f"{_SNOOZE} day"),
            button(t("budget.button.week"), "budget.week", f"{_SNOOZE} week"),
            button(t("budget.button.period"), "budget.period", f"{_SNOOZE} {word}"),
            button(t("budget.button.planned"), "budget.planned", f"budget planned {word}"),
        ]
        if line.days_left
        else []
    )
    more = [_more(t, line.budget.cadence)] if line.budget.scope in _SET_BY_OTHERS and line.days_left else []
    return [
        *running,
        *more,
        button(t("budget.button.settings"), "budget.settings", _ALERTS),
        button(t("budget.button.stop"), "budget.stop", f"{_ALERTS} off"),
    ]


def _counted(lines: Sequence[LineReport], t: Text) -> list[str]:
    """Say that use is counted that nobody is charged for, where it is."""
    return [t("budget.subscriptions.counted")] if any(Plan.SUBSCRIPTION in line.budget.plans for line in lines) else []


def _more(t: Text, cadence: str = "") -> Block:
    return button(t("budget.button.more"), "open.request", cadence)


def _block(one: Shown, t: Text) -> list[str]:
    line = one.line
    by = "default" if line.budget.scope is BudgetScope.DEFAULT else "me" if one.by_reader else "other"
    since = t(f"budget.by_{by}", who=quote(one.set_by), day=t.long_day(line.budget.set_at.date()))
    return [shown_line(line, t), _pace(line, t), since, *([t("budget.muted")] if line.muted else [])]


def _shared(line: LineReport, t: Text) -> str:
    mirror = line.budget.scope is BudgetScope.WORKSPACE
    return t("budget.mirror", **_values(line, t)) if mirror else _short(line, t)


def _short(line: LineReport, t: Text) -> str:
    return t("budget.short", **_values(line, t))


def _waiting(request: BudgetRequest, t: Text) -> str:
    return t(
        "budget.waiting",
        limit=t.usd(request.limit_nanos),
        cadence=t(f"budget.cadence.{request.cadence}"),
        day=t.day(request.made_at.date()),
    )


def _values(line: LineReport, t: Text) -> dict[str, str | int]:
    return {
        "name": name(line.budget, line.whose, t),
        "spent": t.usd(line.spent_nanos),
        "limit": t.usd(line.limit_nanos),
        "percent": line.percent,
        "span": t.span(line.period.start, line.period.last),
    }


def _left(line: LineReport, t: Text) -> str:
    return t("budget.left", n=line.days_left) if line.days_left else t("budget.over")


def _pace(line: LineReport, t: Text) -> str:
    if line.budget.scope is BudgetScope.GROUP:
        return t("budget.group_parts")
    if line.pace is None:
        return t("budget.no_pace")
    return t(
        "budget.pace",
        pace=t.usd(line.pace.per_workday_nanos),
        expected=t.usd(line.pace.end_nanos),
        day=t.day(line.period.last),
    )


def _largest(largest: Largest, t: Text) -> str:
    values = {"cost": t.usd(largest.cost_nanos), "share": largest.share_percent}
    if largest.day is not None:
        return t("budget.alert.dearest_day", day=t.long_day(largest.day), **values)
    return t("budget.alert.largest_model", model=quote(largest.model), **values)


def _bar(percent: int) -> str:
    """Draw a share of a limit. It never stands alone: a screen reader cannot read it."""
    full = min(_BAR_CELLS * percent // 100, _BAR_CELLS)
    return "▰" * full + "▱" * (_BAR_CELLS - full)
