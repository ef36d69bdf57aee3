"""What somebody shows to a channel: a total, and nothing of a person but of the one who shares it."""

from bot.periods import ChargePeriod
from bot.reports.spend import MemberSummary, TeamSummary
from bot.text import Text
from bot.views.blocks import Confirm, Message, actions, button, escape, header, prose, quote, section
from bot.views.limits import Block
from bot.views.shared import change_line, chart, footer, team_trend, total_lines


def share_button(whose: str, period: ChargePeriod, t: Text) -> Block:
    """The button that posts what `me` or the `team` spent; before it, Slack says what everybody will see."""
    confirm = Confirm(
        title=t(f"share.confirm.{whose}_title"),
        text=t(f"share.confirm.{whose}", span=t.span(period.start, period.last)),
        yes=t("share.button"),
        no=t("modal.cancel"),
    )
    return button(t("share.button"), f"{whose}.share", f"{whose} share {period.word}", confirm=confirm)


def mine(report: MemberSummary, name: str, t: Text) -> Message:
    """Post one's own total beside one's own past: no other amount, no model, no tip, no activity."""
    span = t.span(report.period.start, report.period.last)
    before = report.before
    lines = [
        t("share.mine", name=quote(name), cost=t.usd(report.cost_nanos), span=span),
        change_line(
            "share.change",
            report.cost_nanos,
            before.cost_nanos,
            t,
            span=t.span(before.period.start, before.period.last),
        ),
    ]
    if report.cache_read_percent is not None:
        lines.append(t("share.cache", share=report.cache_read_percent))
    return Message(
        escape(t.sentences_of(line.replace("*", "") for line in lines)),
        [
            header(t("share.mine_title")),
            prose("\n".join(lines)),
            footer(report.footing, report.by_metric, t),
        ],
    )


def team(report: TeamSummary, name: str, t: Text) -> Message:
    """Post the organization's total, its trend and its days. The days as a table are behind a button."""
    span = t.span(report.period.start, report.period.last)
    # What a subscription's use was worth may be that of one person: nobody needs it here.
    totals = total_lines(span, report.cost_nanos, report.by_metric, None, t)
    trend, by = team_trend(report, t), t("share.by", name=quote(name))
    covered = f"{report.period.start}..{report.period.last}"  # whenever it is pressed, these days are meant
    return Message(
        escape(t.sentences_of([t("team.text", cost=t.usd(report.cost_nanos), span=span), trend, *totals[1:], by])),
        [
            header(t("team.title")),
            section("\n".join([totals[0], trend, *totals[1:]])),
            prose(by),
            *chart(report.by_day, t),
            actions([button(t("me.button.days"), "team.days", f"team days {covered}")]),
            footer(report.footing, report.by_metric, t),
        ],
    )
