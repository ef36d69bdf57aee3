"""`/ccost team GROUP`, `/ccost team groups`, `/ccost settings groups`: totals of groups, and how they are made up."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.group import Group, GroupOrigin
from bot.money import rounded_parts
from bot.periods import ChargePeriod
from bot.reports.groups import GroupPart, GroupSummary, Withheld
from bot.reports.parts import FEWEST_PEOPLE, MetricCost
from bot.text import Text
from bot.views.blocks import (
    Confirm,
    Message,
    actions,
    button,
    context,
    escape,
    header,
    plain,
    prose,
    quote,
)
from bot.views.figures import Cell, amount_cell, data_table, number_cell, word_cell
from bot.views.limits import Block
from bot.views.shared import change_line, footer

_BUTTONS = 5
_MANAGED = 15
"""Groups that have buttons of their own in one message."""
_LEADS_NAMED = 3
_DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A group as a list shows it."""

    group: Group
    people: int
    leads: Sequence[str]
    """Their names."""
    is_in: bool = False
    """The reader is in it."""
    leads_it: bool = False
    """The reader leads it."""


def summary(report: GroupSummary, t: Text, *, may_see_people: bool) -> Message:
    """Answer `/ccost team GROUP [period]`. The top-level text carries the total."""
    lines, about = _total_lines(report, t), _about(report, t)
    hidden = any(one.withheld for one in report.parts)
    return Message(
        escape(t.sentences_of([_first(report, t), *about]).replace("*", "")),
        [
            header(t("group.title", name=plain(report.name))),
            prose("\n".join([*lines, *about])),
            _parts(report, t),
            context(t("group.rule", n=FEWEST_PEOPLE) if hidden else t("group.parts_how")),
            actions(_more(report, t, may_see_people=may_see_people)),
            footer(report.footing, [MetricCost(cost_metric=one, cost_nanos=0) for one in report.metrics], t),
        ],
    )


def listing(found: Sequence[GroupLine], t: Text, *, for_admin: bool) -> Message:
    """Answer `/ccost team groups`."""
    manage = [button(t("groups.button.manage"), "settings.groups", "settings groups")] if for_admin else []
    if not found:
        blocks = [prose(t("groups.none"))]
        return Message(escape(t("groups.none")), [*blocks, *([actions(manage)] if manage else [])])
    mine = [one for one in found if one.is_in or one.leads_it] or found
    table = data_table(
        t("groups.title"),
        [t(f"groups.column.{name}") for name in ("group", "people", "leads", "you")],
        [_row(one, t) for one in found],
        rest=lambda n: [word_cell(t("groups.others", n=len(found) - n)), *[word_cell("–")] * 3],
    )
    text = t("groups.text", n=len(found), names=t.join([plain(one.group.name) for one in found[:_BUTTONS]]))
    return Message(
        escape(text),
        [
            header(t("groups.title")),
            table,
            prose(t("groups.how")),
            actions([*(_ask(one.group.name, n) for n, one in enumerate(mine[:_BUTTONS])), *manage]),
        ],
    )


def managed(found: Sequence[GroupLine], t: Text, *, lacks_scope: bool) -> Message:
    """Answer `/ccost settings groups`: each group with its buttons. `lacks_scope`: user groups cannot be read."""
    blocks: list[Block] = [header(t("groups.manage_title"))]
    for one in found[:_MANAGED]:
        name = quote(one.group.name)
        parts = [t("groups.people", n=one.people), _origin(one.group, t), _leads(one, t)]
        blocks += [
            prose(t("groups.line", name=name, about=t.join(parts))),
            actions(
                [
                    button(t("groups.button.change"), "open.group", one.group.name),
                    button(
                        t("groups.button.delete"),
                        "groups.delete",
                        f"settings groups {_DELETE} {one.group.name}",
                        confirm=Confirm(
                            title=t("groups.confirm.title"),
                            text=t("groups.confirm.delete", name=plain(one.group.name)),
                            yes=t("groups.button.delete"),
                            no=t("modal.cancel"),
                        ),
                    ),
                ]
            ),
        ]
    if len(found) > _MANAGED:
        blocks.append(context(t("groups.others", n=len(found) - _MANAGED)))
    by_slack = any(one.group.origin is GroupOrigin.USERGROUP for one in found)
    notes = [t("groups.count", n=len(found)) if found else t("groups.none_yet"), t("groups.manage_how")]
    notes += [t("groups.lacks_scope")] if lacks_scope and by_slack else []
    return Message(
        escape(t.sentences_of([notes[0], *notes[2:]])),
        [
            *blocks,
            prose("\n".join(notes)),
            actions([button(t("groups.button.new"), "open.group", "")]),
        ],
    )


def done(key: str, group_name: str, t: Text, **values: object) -> Message:
    """Confirm what was changed, with the way to look at it."""
    sentence = t(key, name=quote(group_name), **values)
    return Message(
        escape(sentence.replace("*", "")),
        [
            prose(sentence),
            actions(
                [
                    button(t("groups.button.manage"), "settings.groups", "settings groups"),
                    button(t("groups.button.total", name=plain(group_name)), "team.group", f"team {group_name}"),
                ]
            ),
        ],
    )


def deleted(group_name: str, t: Text) -> Message:
    """Confirm that a group is no more."""
    sentence = t("groups.deleted", name=quote(group_name))
    manage = button(t("groups.button.manage"), "settings.groups", "settings groups")
    return Message(escape(sentence), [prose(sentence), actions([manage])])


def _first(report: GroupSummary, t: Text) -> str:
    """The sentence that stands alone."""
    if report.cost_nanos is None:
        return t("group.nothing", name=plain(report.name))
    return t("group.text", name=plain(report.name), cost=t.usd(report.cost_nanos), span=_days(report.shown, t))


def _total_lines(report: GroupSummary, t: Text) -> list[str]:
    if report.cost_nanos is None:
        return [t("group.nothing", name=quote(report.name))]
    return [t("group.total", cost=t.usd(report.cost_nanos), span=_days(report.shown, t))]


def _about(report: GroupSummary, t: Text) -> list[str]:
    lines = [t("group.instead")] if report.instead_of_this_month else []
    if report.per_person_nanos is not None and report.cost_nanos is not None:
        lines.append(t("group.people", n=report.people, average=t.usd(report.per_person_nanos)))
        lines.append(_trend(report, report.cost_nanos, t))
    withheld = list(dict.fromkeys(one.withheld for one in report.parts if one.withheld))
    return [*lines, *(_not_shown(report, one, t) for one in withheld)]


def _trend(report: GroupSummary, cost_nanos: int, t: Text) -> str:
    before = report.before
    if before is None:
        return t("group.no_past")
    span = _days(before.parts, t)
    return change_line("group.trend", cost_nanos, before.cost_nanos, t, span=span, cost=t.usd(before.cost_nanos))


def _not_shown(report: GroupSummary, why: Withheld, t: Text) -> str:
    days = t.days(day for one in report.parts if one.withheld is why for day in one.part.days())
    return t("group.not_shown", days=days, why=t(f"group.withheld.{why}", n=FEWEST_PEOPLE))


def _days(parts: Sequence[ChargePeriod], t: Text) -> str:
    """Name the days of some parts: with the year where they follow one another."""
    first, last = parts[0].start, parts[-1].last
    if sum((part.end - part.start).days for part in parts) == (last - first).days + 1:
        return t.span(first, last)
    return t.days(day for part in parts for day in part.days())


def _parts(report: GroupSummary, t: Text) -> Block:
    """Every part that was asked for: those that are shown add up to the total as it is shown."""
    shown = [one for one in report.parts if one.cost_nanos is not None]
    cents = dict(zip(report.shown, rounded_parts([one.cost_nanos or 0 for one in shown]), strict=True))
    return data_table(
        t("group.table"),
        [t(f"group.column.{name}") for name in ("days", "spend", "people", "note")],
        [_part_row(one, cents, t) for one in report.parts],
        rest=lambda n: [word_cell(t("group.other_parts", n=len(report.parts) - n)), *[word_cell("–")] * 3],
    )


def _part_row(one: GroupPart, cents: dict[ChargePeriod, int], t: Text) -> list[Cell]:
    days = word_cell(t.span(one.part.start, one.part.last))
    if one.withheld is not None or one.people is None:
        return [days, word_cell("–"), word_cell("–"), word_cell(t(f"group.withheld.{one.withheld}", n=FEWEST_PEOPLE))]
    return [days, amount_cell(cents[one.part]), number_cell(one.people, t.number(one.people)), word_cell("–")]


def _more(report: GroupSummary, t: Text, *, may_see_people: bool) -> list[Block]:
    whole = report.period.word
    people = button(t("group.button.people"), "team.people", f"team people {report.name} {whole}")
    groups = button(t("group.button.groups"), "team.groups", "team groups")
    return [*([people] if may_see_people else []), groups]


def _row(one: GroupLine, t: Text) -> list[Cell]:
    you = t("groups.you.leads") if one.leads_it else t("groups.you.is_in") if one.is_in else "–"
    return [
        word_cell(plain(one.group.name)),
        number_cell(one.people, t.number(one.people)),
        word_cell(t.join([plain(name) for name in one.leads[:_LEADS_NAMED]]) or "–"),
        word_cell(you),
    ]


def _ask(name: str, n: int) -> Block:
    return button(plain(name), f"team.group_{n}", f"team {name}")


def _origin(group: Group, t: Text) -> str:
    return t(f"groups.origin.{group.origin}", name=quote(group.external_id or ""))


def _leads(one: GroupLine, t: Text) -> str:
    if not one.leads:
        return t("groups.no_leads")
    return t("groups.led_by", names=t.join([quote(name) for name in one.leads[:_LEADS_NAMED]]))
