"""`/ccost settings pilot`: trying ccost with one group first, and what that taught."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.pilot import FEW, PilotReport
from bot.text import Text
from bot.views.blocks import Confirm, Message, actions, button, context, escape, header, prose, quote
from bot.views.limits import Block

_GROUPS_SHOWN = 10
_END, _YES = "end", "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a pilot would mean."""

    group: str
    people: int
    digests: int
    """Channels that get a digest now."""
    digests_on: int
    """Those that would still get it."""


def none(groups: Sequence[str], t: Text) -> Message:
    """Say that no pilot runs, and with which groups one could begin."""
    lines = [t("pilot.none"), t("pilot.how")]
    shown = [
        button(t("pilot.button.with_group", group=quote(name)), f"pilot.group.{n}", f"settings pilot {name}")
        for n, name in enumerate(groups[:_GROUPS_SHOWN])
    ]
    if not shown:
        shown = [button(t("preferences.button.groups"), "settings.groups", "settings groups")]
    return Message(
        escape(t("pilot.none")), [header(t("pilot.title")), *(prose(line) for line in lines), actions(shown)]
    )


def preview(plan: Plan, t: Text) -> Message:
    """Show what a pilot would do. Nothing has changed yet."""
    first = t("pilot.preview", n=plan.people, group=quote(plan.group))
    lines = [t("pilot.figures"), t("pilot.messages"), _digests(plan, t), t("pilot.stays")]
    yes = button(t("pilot.button.begin"), "pilot.begin", f"settings pilot {plan.group} {_YES}")
    return Message(
        escape(t.sentences_of([first, *lines]).replace("*", "")),
        [
            header(t("pilot.title")),
            prose(first),
            prose("\n".join(f"• {line}" for line in lines)),
            context(t("pilot.unchanged")),
            actions([yes]),
        ],
    )


def begun(plan: Plan, t: Text) -> Message:
    """Say that the pilot has begun."""
    line = t("pilot.begun", n=plan.people, group=quote(plan.group))
    return Message(
        escape(line), [header(t("pilot.title")), prose(line), prose(t("pilot.how_to_end")), actions([_end_button(t)])]
    )


def state(report: PilotReport, t: Text, *, already: bool = False) -> Message:
    """Show the pilot that runs, and what it has taught so far."""
    first = t("pilot.runs", group=quote(report.group), instant=t.instant(report.since), n=report.days)
    return _with_lessons([*([t("pilot.already")] if already else []), first], report, [_end_button(t)], t)


def ended(report: PilotReport, t: Text) -> Message:
    """Say that the pilot has ended, what it taught, and what happens now."""
    lines = [t("pilot.ended", group=quote(report.group), n=report.days), t("pilot.after")]
    return _with_lessons(lines, report, [], t)


def _with_lessons(lines: Sequence[str], report: PilotReport, buttons: Sequence[Block], t: Text) -> Message:
    lessons = _lessons(report, t)
    total = button(t("pilot.button.team"), "pilot.team", f"team {report.group}")
    return Message(
        escape(t.sentences_of([*lines, *lessons]).replace("*", "")),
        [
            header(t("pilot.title")),
            prose("\n".join(lines)),
            prose(t("pilot.lessons")),
            prose("\n".join(f"• {line}" for line in lessons)),
            context(t("pilot.numbers_only")),
            actions([total, *buttons]),
        ],
    )


def _lessons(report: PilotReport, t: Text) -> list[str]:
    lines = [t("pilot.active", n=report.people, active=report.active), _sent(report, t)]
    if report.withheld:
        lines.append(t("pilot.withheld", n=report.withheld))
    lines.append(t("pilot.requests", n=report.requests, approved=report.approved))
    chosen = report.choices
    if chosen is None:
        return [*lines, t("pilot.too_few", n=FEW)]
    return [
        *lines,
        t("pilot.own_budgets", n=chosen.own_budgets),
        t("pilot.quieter", alerts=chosen.alerts_off, snoozed=chosen.snoozed, tips=chosen.tips_off),
    ]


def _sent(report: PilotReport, t: Text) -> str:
    if not report.sent:
        return t("pilot.nothing_sent")
    kinds = t.join([t("pilot.sent_kind", kind=t(f"pilot.kind.{kind}"), n=count) for kind, count in report.sent])
    tenths = report.sent_a_person_and_week_tenths
    if tenths is None:
        return t("pilot.sent_early", n=report.sent_in_all, kinds=kinds)
    return t("pilot.sent", n=report.sent_in_all, kinds=kinds, average=f"{tenths // 10}.{tenths % 10}")


def _digests(plan: Plan, t: Text) -> str:
    if not plan.digests:
        return t("pilot.no_digests")
    return t("pilot.digests", n=plan.digests, on=plan.digests_on)


def _end_button(t: Text) -> Block:
    confirm = Confirm(
        title=t("pilot.confirm.title"), text=t("pilot.confirm.text"), yes=t("pilot.button.end"), no=t("modal.cancel")
    )
    return button(t("pilot.button.end"), "pilot.end", f"settings pilot {_END}", confirm=confirm)
