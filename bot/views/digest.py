"""A channel's digest, and what is said about setting one. Days are UTC days and say so; nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.budget import BudgetScope
from bot.periods import Cadence, ChargePeriod
from bot.reports.digest import BudgetUse, Digest, Outdated, TeamTip
from bot.reports.parts import FEWEST_PEOPLE, percent
from bot.reports.tips import Tip
from bot.schedule import Schedule
from bot.text import Text
from bot.views.blocks import Confirm, Message, actions, button, escape, header, prose, quote, section
from bot.views.limits import Block
from bot.views.shared import change_line, footer, total_lines

_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDigest:
    """When a channel's next digest comes, and what it tells."""

    at: datetime
    tells: ChargePeriod
    is_pushed: bool
    """Later than asked for: its days are not complete before."""


def digest(report: Digest | Outdated, t: Text) -> Message:
    """Say what the days cost. The top-level text carries the total."""
    if isinstance(report, Outdated):
        return _outdated(report, t)
    span = _span(report.period, t)
    totals = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    facts = [_usual(report, t), _month(report, t), *(_budget(one, report, t) for one in report.budgets)]
    many = report.active_members >= FEWEST_PEOPLE  # of one or two, the total would tell too much
    facts.append(t("digest.members", n=report.active_members) if many else t("digest.few_members", n=FEWEST_PEOPLE))
    covered = report.subscription_nanos is not None and not report.by_metric
    key = "digest.text_subscription" if covered else "digest.text"
    return Message(
        escape(t.sentences_of([t(key, cost=t.usd(report.cost_nanos), span=span), *totals[1:], *facts])),
        [
            header(t("digest.title")),
            prose("\n".join([*totals, *facts, *_models(report, t)])),
            prose(_tip(report.tip, t)),
            actions(
                [
                    button(t("digest.button.details"), "digest.details", f"team {report.period.word}"),
                    button(t("me.button.days"), "team.days", f"team days {_days_behind(report.period)}"),
                ]
            ),
            footer(report.footing, report.by_metric, t),
        ],
    )


def preview(message: Message, t: Text) -> Message:
    """Show, in private, what would be posted."""
    return Message(message.text, [section(t("digest.preview")), *message.blocks])


def shown(schedule: Schedule | None, upcoming: NextDigest | None, t: Text, *, channel_id: str) -> Message:
    """Say what this channel gets, or how to set it. No `channel_id`: it is not asked in a channel.

    No `upcoming`: the channel waits for the end of the pilot.
    """
    if schedule is None:
        return _said([t("digest.none"), t("digest.how")], [_form("set", channel_id, t), _preview(t)])
    change = _form("change", channel_id, t)
    if schedule.parked:
        why = schedule.parked
        reason = t(why) if t.has(why) else t("digest.parked", why=quote(why))
        return _said([_asked(schedule, t), reason, t("digest.mend")], [change, _off(t)])
    lines = [_asked(schedule, t), *_next(schedule, upcoming, t), t("digest.change")]
    return _said(lines, [_preview(t), _post_now(t), change, _off(t)])


def confirmation(schedule: Schedule, upcoming: NextDigest | None, t: Text) -> Message:
    """Say back what was set. No `upcoming`: the channel waits for the end of the pilot."""
    lines = [t("digest.set"), _asked(schedule, t), *_next(schedule, upcoming, t)]
    return _said(lines, [_preview(t), _post_now(t), _form("change", schedule.channel_id, t), _off(t)])


def on_its_way(days: ChargePeriod, t: Text, *, already: bool) -> Message:
    """Say that what somebody wants at once will be posted."""
    return _said([t("digest.now_already" if already else "digest.now", span=_span(days, t))])


def _outdated(report: Outdated, t: Text) -> Message:
    span = _span(report.period, t)
    if report.as_of is None:
        why = t("digest.never_read", span=span)
    else:
        why = t("digest.outdated", span=span, instant=t.instant(report.as_of), n=report.hours)
    return Message(escape(why), [header(t("digest.title")), prose(why)])


def _span(period: ChargePeriod, t: Text) -> str:
    return t("digest.utc", span=t.span(period.start, period.last))


def _usual(report: Digest, t: Text) -> str:
    if report.is_stale:
        return t("digest.stale")
    return change_line("digest.usual", report.cost_nanos, report.usual_nanos, t, cost=t.usd(report.usual_nanos or 0))


def _month(report: Digest, t: Text) -> str:
    month = report.month
    values = {"span": t.span(month.start, month.last), "cost": t.usd(report.month_nanos)}
    if report.month_gaps:
        return t("digest.month_gaps", n=report.month_gaps, **values)
    if report.month_end_nanos is None:
        return t("digest.month", **values)
    return t("digest.month_end", end=t.usd(report.month_end_nanos), month=t.month(month.start), **values)


def _budget(use: BudgetUse, report: Digest, t: Text) -> str:
    if use.scope is BudgetScope.WORKSPACE:
        name = t(f"budget.name.workspace.{use.cadence}")
    else:
        name = t(f"budget.name.team.{use.cadence}")
    return t(
        "digest.budget", name=name, percent=use.percent, limit=t.usd(use.limit_nanos), day=t.day(report.period.last)
    )


def _models(report: Digest, t: Text) -> list[str]:
    """Left out where nobody may be told, or where nothing was paid per token."""
    parts = [
        t("digest.model", model=quote(one.model), cost=t.usd(one.cost_nanos), share=share)
        for one in report.models
        if (share := percent(one.cost_nanos, report.cost_nanos)) is not None
    ]
    return [t("digest.models", models=t.join(parts))] if parts else []


def _tip(tip: TeamTip | Tip, t: Text) -> str:
    if isinstance(tip, TeamTip):
        return t(f"digest.tip.{tip.habit}", share=tip.share)
    return t("digest.tip.general", title=t(f"{tip.key}.title"), how=t(f"{tip.key}.how"))


def _asked(schedule: Schedule, t: Text) -> str:
    key = "digest.weekly" if schedule.cadence is Cadence.WEEKLY else "digest.daily"
    lines = [t(key, time=_clock(schedule.minute), zone=schedule.zone)]
    if schedule.cadence is Cadence.DAILY:
        lines.append(t("digest.weekends" if schedule.weekends else "digest.no_weekends"))
    lines.append(t("digest.spendless" if schedule.spendless else "digest.no_spendless"))
    return t.sentences_of(lines)


def _next(schedule: Schedule, upcoming: NextDigest | None, t: Text) -> list[str]:
    if upcoming is None:
        return [t("digest.waits_for_pilot")]
    local = upcoming.at.astimezone(ZoneInfo(schedule.zone))
    time = _clock(local.hour * 60 + local.minute)
    lines = [
        t(
            "digest.next",
            day=t.long_day(local.date()),
            time=time,
            zone=schedule.zone,
            instant=t.instant(upcoming.at),
            span=_span(upcoming.tells, t),
        )
    ]
    if upcoming.is_pushed:
        lines.append(t("digest.pushed", asked=_clock(schedule.minute), time=time, zone=schedule.zone))
    return lines


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _said(lines: list[str], buttons: Sequence[Block] = ()) -> Message:
    return Message(escape("\n".join(lines)), [prose("\n".join(lines)), *([actions(buttons)] if buttons else [])])


def _preview(t: Text) -> Block:
    return button(t("digest.button.preview"), "digest.preview", "digest preview")


def _post_now(t: Text) -> Block:
    confirm = Confirm(
        title=t("digest.confirm.title"), text=t("digest.confirm.text"), yes=t("digest.button.now"), no=t("modal.cancel")
    )
    return button(t("digest.button.now"), "digest.now", "digest now", confirm=confirm)


def _off(t: Text) -> Block:
    return button(t("digest.button.off"), "digest.off", "digest off")


def _form(what: str, channel_id: str, t: Text) -> Block:
    return button(t(f"digest.button.{what}"), "open.digest", channel_id)


def _days_behind(period: ChargePeriod) -> str:
    """The days that a digest tells; of fewer than a week, the two weeks that end with them."""
    first = period.start if (period.end - period.start).days >= _WEEK else period.end - timedelta(days=2 * _WEEK)
    return f"{first}..{period.last}"
