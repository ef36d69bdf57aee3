"""The Home tab: one's own month, one's settings, and what there is to look after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.budget import Budget
from bot.errors import UserError
from bot.periods import Cadence, ChargePeriod
from bot.reports.home import LIKELY_PERCENT, LikelyEnd
from bot.reports.lines import LineReport
from bot.reports.pace import Pace
from bot.reports.spend import MemberSummary, member_to_the_cent
from bot.schedule import Schedule
from bot.text import Text
from bot.views import me, preferences, said
from bot.views.blocks import Message, actions, button, escape, header, prose, quote, section, without_native_blocks
from bot.views.budget import form_buttons, shown_line
from bot.views.limits import Block
from bot.views.modal import View
from bot.views.preferences import Preferences
from bot.views.shared import daily_chart, footer, total_lines

_GROUPS, _DIGESTS = 8, 10
"""So many are shown; the others are counted."""
_TO_LOOK_AFTER = ("status", "held", "groups", "people", "pilot", "audit")
_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One's own month so far."""

    period: ChargePeriod
    report: MemberSummary | None
    """None: nothing was seen of them in it."""
    last_seen: date | None = None
    """None: nothing ever was."""
    pace: Pace | None = None
    """None: it is too early, or days were never read."""
    likely: LikelyEnd | None = None
    """None: too little is known of the weeks before."""
    budgets: Sequence[LineReport] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedGroup:
    """A group that the reader leads."""

    name: str
    may_see_people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an admin looks after."""

    status: Message
    """What `settings status` answers."""
    limits: Sequence[Budget]
    """Of everybody by default, of the organization, and of the vendor."""
    digests: Sequence[Schedule]
    pilot: str = ""
    """The name of the group that tries ccost first; empty: no pilot runs."""
    pilot_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Everything that concerns one person."""

    month: Month | None
    """None: they may not see figures, because of `refusal`."""
    refusal: str = ""
    """The key of the sentence that says why."""
    settings: Preferences
    groups: Sequence[LedGroup] = ()
    charge: Charge | None = None
    """None: they are no admin."""


def home(found: Home, now: datetime, t: Text) -> Message:
    """Show it. The text is what a screen reader would begin with; Slack itself shows only the blocks."""
    text, blocks = _figures(found.month, t) if found.month else (t(found.refusal), [prose(t(found.refusal))])
    return Message(
        text,
        [
            *blocks,
            header(t("preferences.title")),
            *preferences.overview(found.settings, now, t).blocks[1:],
            *(_groups(found.groups, t) if found.groups else []),
            *(_charge(found.charge, t) if found.charge else []),
            prose("\n".join([t("home.help"), t("home.private")])),
            actions([button(t("home.button.help"), "home.help", "help")]),
        ],
    )


def refused(error: UserError, t: Text) -> Message:
    """Say why there is nothing to see."""
    return said(error.key, error.values, t)


def framed(message: Message, *, native_blocks: bool) -> View:
    """Frame it as Slack wants a Home tab; without `native_blocks` its chart is text."""
    return {"type": "home", "blocks": (message if native_blocks else without_native_blocks(message)).blocks}


def _figures(month: Month, t: Text) -> tuple[str, list[Block]]:
    if month.report is None:
        return _not_covered(month, t)
    report = member_to_the_cent(month.report)
    span = t.span(report.period.start, report.period.last)
    lines = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    ahead = _ahead(month, report, t) if report.by_metric else []
    covered = report.subscription_nanos is not None and not report.by_metric
    text = t("me.text_subscription" if covered else "me.text", cost=t.usd(report.cost_nanos), span=span)
    return escape(t.sentences_of([text, *ahead])), [
        header(t("home.title")),
        section("\n".join([*lines, *ahead])),
        *daily_chart(report.by_day, t),
        *_budgets(month.budgets, t),
        actions(
            [
                button(t("me.button.models"), "me.models", "me models"),
                button(t("me.button.days"), "me.days", "me days"),
                button(t("me.button.tips"), "me.tips", "tips"),
                button(t("home.button.team"), "home.team", "team"),
                *form_buttons([line.budget for line in month.budgets], t),
            ]
        ),
        footer(report.footing, report.by_metric, t),
    ]


def _not_covered(month: Month, t: Text) -> tuple[str, list[Block]]:
    """What ccost is, why nothing is to be seen, and what there is all the same. Missing is not $0."""
    why = me.not_covered(month.last_seen, month.period, t)
    return why.text, [
        prose(t("home.about")),
        *why.blocks,
        *(_budgets(month.budgets, t) if month.budgets else []),
        prose(t("home.meanwhile")),
        actions(
            [
                button(t("home.button.team"), "home.team", "team"),
                button(t("me.button.tips"), "me.tips", "tips"),
                *form_buttons([line.budget for line in month.budgets], t),
            ]
        ),
    ]


def _ahead(month: Month, report: MemberSummary, t: Text) -> list[str]:
    """Say how the month goes on, where its days are known: a day that was never read is not a day without spend."""
    missing = len(report.footing.missing_days)
    if missing:
        return [t("home.no_pace", n=missing)]
    if month.pace is None:
        return [t("budget.no_pace")]
    values = {"end": t.usd(month.pace.end_nanos), "pace": t.usd(month.pace.per_workday_nanos)}
    lines = [t("home.pace", n=month.pace.workdays_left, month=t.month(report.period.start), **values)]
    if month.likely is not None:
        low, high = t.usd(month.likely.low_nanos), t.usd(month.likely.high_nanos)
        lines.append(t("home.likely", low=low, high=high, percent=LIKELY_PERCENT))
    return lines


def _budgets(lines: Sequence[LineReport], t: Text) -> list[Block]:
    if not lines:
        return [prose(t("home.no_budget"))]
    return [prose(shown_line(line, t)) for line in lines]


def _groups(groups: Sequence[LedGroup], t: Text) -> list[Block]:
    more = len(groups) - _GROUPS
    return [
        header(t("home.groups.title")),
        *(actions(_of_group(group, t)) for group in groups[:_GROUPS]),
        *([prose(t("home.groups.more", n=more))] if more > 0 else []),
    ]


def _of_group(group: LedGroup, t: Text) -> list[Block]:
    total = button(t("home.groups.total", name=quote(group.name)), "group.total", f"team {group.name}")
    people = button(t("home.groups.people", name=quote(group.name)), "group.people", f"team people {group.name}")
    return [total, people] if group.may_see_people else [total]


def _charge(charge: Charge, t: Text) -> list[Block]:
    limits = [_limit(one, t) for one in charge.limits] or [t("home.admin.no_limits")]
    pilot = [t("home.admin.pilot", name=quote(charge.pilot), day=_day(charge.pilot_since, t))] if charge.pilot else []
    return [
        header(t("home.admin.title")),
        *charge.status.blocks[1:],
        actions(
            [*(_settings(name, t) for name in _TO_LOOK_AFTER), button(t("preferences.button.link"), "open.link", "")]
        ),
        prose("\n".join([t("home.admin.limits"), *limits])),
        actions([button(t("home.button.set_budget"), "open.budget", "default")]),
        section("\n".join(_digests(charge.digests, t))),
        actions([button(t("home.button.digest"), "open.digest", "")]),
        *(prose(line) for line in pilot),
    ]


def _limit(budget: Budget, t: Text) -> str:
    name = t(f"budget.name.{budget.scope}.{budget.cadence}")
    return t("home.admin.limit", name=name, limit=t.usd(budget.limit_nanos or 0))


def _digests(schedules: Sequence[Schedule], t: Text) -> list[str]:
    """A channel is shown by Slack's own reference: who may not know of it does not read its name."""
    if not schedules:
        return [t("home.admin.no_digests")]
    lines = [t("home.admin.digests")]
    for one in schedules[:_DIGESTS]:
        key = "weekly" if one.cadence is Cadence.WEEKLY else "daily"
        time = f"{one.minute // _HOUR:02}:{one.minute % _HOUR:02}"
        line = t(f"home.admin.{key}", channel=f"<#{one.channel_id}>", time=time, zone=one.zone)
        lines.append(t.sentences_of([line, t("home.admin.parked")]) if one.parked else line)
    more = len(schedules) - _DIGESTS
    return [*lines, t("home.admin.more", n=more)] if more > 0 else lines


def _day(at: datetime | None, t: Text) -> str:
    return t.long_day(at.date()) if at else "–"


def _settings(name: str, t: Text) -> Block:
    return button(t(f"preferences.button.{name}"), f"settings.{name}", f"settings {name}")
