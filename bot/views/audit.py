"""`/ccost settings audit`: who did what to whom, in words. No amounts: none are recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.budget import BudgetScope
from bot.periods import Cadence
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, plain, prose
from bot.views.figures import Cell, data_table, word_cell

_BUDGETS = {
    BudgetScope.OWN: "person",
    BudgetScope.ASSIGNED: "person",
    BudgetScope.DEFAULT: "default",
    BudgetScope.TEAM: "team",
    BudgetScope.MACHINE: "machine",
    BudgetScope.WORKSPACE: "workspace",
    BudgetScope.GROUP: "group",
}


class TargetKind(StrEnum):
    """What was done something to."""

    CHANNEL = "channel"
    GROUP = "group"
    REQUEST = "request"
    BUDGET = "budget"
    ORGANIZATION = "organization"
    OTHER = "other"
    """A person, and what is shown as it was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an entry is about, with the name it has now."""

    kind: TargetKind
    name: str
    """Of the channel, person, group, machine; of a request, who made it."""
    scope: BudgetScope | None = None
    """Of a budget."""
    cadence: Cadence | None = None
    """Of a budget."""
    more: str = ""
    """What else was recorded, such as the days that were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that somebody did."""

    at: datetime
    by: str | None
    """A name; None: the operator, on the command line."""
    act: str
    target: Target


def audit(entries: Sequence[Entry], t: Text, *, is_whole: bool) -> Message:
    """Answer `/ccost settings audit`, the newest first."""
    chain = t("audit.whole" if is_whole else "audit.broken")
    first = t("audit.count", n=len(entries)) if entries else t("audit.none")
    head = [t(f"audit.column.{name}") for name in ("when", "who", "what", "target")]

    def rest(n: int) -> list[Cell]:
        return [word_cell(t("audit.more", n=len(entries) - n)), *[word_cell("–")] * (len(head) - 1)]

    table = data_table(t("audit.title"), head, [_row(one, t) for one in entries], rest=rest)
    return Message(
        escape(t.sentences_of([first, chain]).replace("*", "")),
        [
            header(t("audit.title")),
            prose(t.sentences_of([first, chain])),
            *([table] if entries else []),
            prose(t("audit.no_amounts")),
            actions([button(t("audit.again"), "settings.audit", "settings audit")]),
        ],
    )


def _row(entry: Entry, t: Text) -> list[Cell]:
    moment = entry.at.astimezone(UTC)
    return [
        word_cell(t("audit.at", day=t.long_day(moment.date()), time=f"{moment:%H:%M}")),
        word_cell(t("audit.operator") if entry.by is None else plain(entry.by)),
        word_cell(_act(entry.act, t)),
        word_cell(_target(entry.target, t)),
    ]


def _act(act: str, t: Text) -> str:
    """What we have no words for stays as it was recorded."""
    word = act.replace(" ", "_")
    return t(f"audit.act.{word}") if t.has(f"audit.act.{word}") else plain(act)


def _target(target: Target, t: Text) -> str:
    name = plain(target.name)
    match target.kind:
        case TargetKind.BUDGET if target.scope is not None and target.cadence is not None:
            return t(f"budget.name.{_BUDGETS[target.scope]}.{target.cadence}", who=name)
        case TargetKind.ORGANIZATION:
            said = t("audit.target.organization")
        case TargetKind.CHANNEL | TargetKind.GROUP | TargetKind.REQUEST:
            said = t(f"audit.target.{target.kind}", name=name)
        case _:
            said = name
    return t("audit.target.with_more", target=said, more=plain(target.more)) if target.more else said
