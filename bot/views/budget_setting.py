"""What somebody reads who sets, changes or switches off a budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.budget import BudgetScope
from bot.periods import Cadence
from bot.reports.backtest import Backtest
from bot.reports.parts import FEWEST_PEOPLE
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, prose, quote

_CALLED: Mapping[BudgetScope, str] = {
    BudgetScope.OWN: "mine",
    BudgetScope.ASSIGNED: "person",
    BudgetScope.DEFAULT: "default",
    BudgetScope.TEAM: "team",
    BudgetScope.MACHINE: "machine",
    BudgetScope.WORKSPACE: "workspace",
    BudgetScope.GROUP: "group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A budget as somebody wants it, or has it."""

    scope: BudgetScope
    cadence: Cadence
    who: str = ""
    """The name of the person, the machine or the group; empty for the others."""
    limit_nanos: int = 0


def preview(wish: Wish, tested: Backtest | None, again: str, t: Text) -> Message:
    """Show what a budget would be and would have done, before anything changes; `again` is what sets it."""
    key = "budget.preview_mirror" if wish.scope is BudgetScope.WORKSPACE else "budget.preview"
    parts = [t("budget.group_parts")] if wish.scope is BudgetScope.GROUP else []
    lines = [_said(key, wish, t), *parts, *_tested(wish.scope, tested, t), t("budget.preview_off")]
    return Message(
        escape(_spoken(lines, t)),
        [prose("\n".join(lines)), actions([button(t("budget.button.set"), "budget.set", again)])],
    )


def done(wish: Wish, crossed: Sequence[int], t: Text, *, lowered: bool = False) -> Message:
    """Confirm what is set now, and what is crossed already and therefore said here only.

    What others have crossed is theirs to know: `crossed` is empty then.
    """
    lines = [_said("budget.set", wish, t)]
    if lowered:
        lines.append(t("budget.lowered"))
    elif crossed:
        lines.append(t("budget.crossed", thresholds=t.join([f"{percent}%" for percent in crossed])))
    elif wish.scope in (BudgetScope.ASSIGNED, BudgetScope.DEFAULT):
        lines.append(t("budget.silent"))
    return _message(lines, t)


def unchanged(wish: Wish, t: Text) -> Message:
    """Say that it is so already."""
    return _message([_said("budget.same", wish, t)], t)


def off(wish: Wish, t: Text, *, already: bool) -> Message:
    """Confirm that a budget is switched off, or that there was none."""
    return _message([t("budget.off_already" if already else "budget.off", name=_name(wish, t))], t)


def _tested(scope: BudgetScope, tested: Backtest | None, t: Text) -> list[str]:
    """A single person's past, or that of a few, is not told to somebody else; not even how often it would have rung."""
    if scope is BudgetScope.WORKSPACE:
        return []
    few = tested is not None and scope is BudgetScope.DEFAULT and tested.people < FEWEST_PEOPLE
    if tested is None or few:
        return [t("budget.backtest_private")]
    if scope is BudgetScope.DEFAULT:
        values = {"told": tested.told_people, "messages": tested.messages, "days": tested.days}
        return [t("budget.backtest", n=tested.people, **values)]
    key = "budget.backtest_self" if scope is BudgetScope.OWN else "budget.backtest_one"
    return [t(key, n=tested.messages, days=tested.days)]


def _said(key: str, wish: Wish, t: Text) -> str:
    return t(key, name=_name(wish, t), limit=t.usd(wish.limit_nanos), unit=t(f"budget.unit.{wish.cadence}"))


def _name(wish: Wish, t: Text) -> str:
    return t(f"budget.name.{_CALLED[wish.scope]}.{wish.cadence}", who=quote(wish.who))


def _message(lines: Sequence[str], t: Text) -> Message:
    return Message(escape(_spoken(lines, t)), [prose("\n".join(lines))])


def _spoken(lines: Sequence[str], t: Text) -> str:
    """The same without the marks of bold, which a lock screen would show."""
    return t.sentences_of(lines).replace("*", "")
