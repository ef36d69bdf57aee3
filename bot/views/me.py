"""`/ccost me`: one's own figures, to oneself."""

from collections.abc import Sequence
from datetime import date

from bot.periods import ChargePeriod
from bot.reports.parts import ModelSpend, percent
from bot.reports.spend import MemberSummary, member_to_the_cent
from bot.reports.tips import Advice
from bot.text import Text
from bot.usage import Activity
from bot.views.blocks import Message, actions, button, context, escape, fields, header, plain, prose, quote, section
from bot.views.figures import Cell, amount_cell, data_table, number_cell, word_cell
from bot.views.limits import Block
from bot.views.share import share_button
from bot.views.shared import change_line, daily_chart, day_row, days_row, footer, total_lines
from bot.views.shared import models as model_parts
from bot.views.tips import tip_values


def summary(report: MemberSummary, advice: Advice | None, t: Text, *, may_share: bool = False) -> Message:
    """Answer `/ccost me [period]`. The top-level text carries the total.

    No `advice`: they want no tips. `may_share`: they ask in a channel, where a total could be shown.
    """
    report = member_to_the_cent(report)
    span = _span(report, t)
    lines = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    average = _average_lines(report, t)
    covered = report.subscription_nanos is not None and not report.by_metric
    key = "me.text_subscription" if covered else "me.text"
    return Message(
        escape(t.sentences_of([t(key, cost=t.usd(report.cost_nanos), span=span), *average, *lines[1:]])),
        [
            header(t("me.title")),
            section("\n".join([lines[0], *average, *lines[1:]])),
            *model_parts(report.by_model, report.cost_nanos, t),
            *daily_chart(report.by_day, t),
            section(t("activity.title")),
            fields(_activity(report, t)),
            *([_tip(advice, t)] if advice else []),
            actions(
                [
                    *([share_button("me", report.period, t)] if may_share and report.by_metric else []),
                    button(t("me.button.models"), "me.models", f"me models {report.period.word}"),
                    button(t("me.button.days"), "me.days", f"me days {report.period.word}"),
                    button(t("me.button.tips"), "me.tips", "tips"),
                    button(t("me.button.about"), "me.about", f"me about {report.period.word}"),
                ]
            ),
            footer(report.footing, report.by_metric, t),
        ],
    )


def models(report: MemberSummary, t: Text) -> Message:
    """Answer `/ccost me models [period]`."""
    report = member_to_the_cent(report)
    span, found = _span(report, t), report.by_model
    with_value = report.subscription_nanos is not None
    head = ["model", "spend", "share", "input", "output", "cache_read", "cache_written"]
    table = data_table(
        t("me.models.title"),
        [t(f"table.{name}") for name in [*head, *["subscription"] * with_value]],
        [_model_row(plain(one.model), [one], report, t) for one in found],
        rest=lambda n: _model_row(t("figures.other_models", n=len(found) - n), found[n:], report, t),
        total=_model_row(t("figures.total_row"), found, report, t),
    )
    parts = [
        t("format.labelled", label=quote(one.model), value=t.usd(one.cost_nanos)) for one in found[:3] if one.cost_nanos
    ]
    text = t("me.models.text", span=span, cost=t.usd(report.cost_nanos), parts=t.join(parts))
    return _with_table(text, t("me.models.title"), table, report, t)


def days(report: MemberSummary, t: Text) -> Message:
    """Answer `/ccost me days [period]`, the newest day first. A day that was never read is not $0."""
    newest_first = report.by_day[::-1]
    with_value = report.subscription_nanos is not None
    head = ["day", "spend", "state", *["subscription"] * with_value]
    table = data_table(
        t("me.days.title"),
        [t(f"table.{name}") for name in head],
        [day_row(day, t, with_value=with_value) for day in newest_first],
        rest=lambda n: days_row(
            t("figures.other_days", n=len(newest_first) - n), newest_first[n:], with_value=with_value
        ),
        total=days_row(t("figures.total_row"), newest_first, with_value=with_value),
    )
    text = t("me.days.text", span=_span(report, t), cost=t.usd(report.cost_nanos))
    return _with_table(text, t("me.days.title"), table, report, t, note=t("me.days.rounded"))


def not_covered(last_seen: date | None, period: ChargePeriod, t: Text) -> Message:
    """Answer somebody of whom there are no figures: never, or not in this period. Missing is not $0."""
    span = t.span(period.start, period.last)
    if last_seen is None:
        title, text, first = t("not_covered.title"), t("not_covered.text"), t("not_covered.never")
    else:
        day = t.long_day(last_seen)
        title, text = t("not_covered.away_title"), t("not_covered.away_text", span=span, day=day)
        first = t("not_covered.away", span=span, day=day)
    return Message(
        escape(text), [header(title), prose(first), prose(t("not_covered.why")), prose(t("not_covered.what"))]
    )


def _span(report: MemberSummary, t: Text) -> str:
    return t.span(report.period.start, report.period.last)


def _average_lines(report: MemberSummary, t: Text) -> list[str]:
    """Nothing for those who only used a subscription: an average of nothing owed would read as free."""
    if report.per_active_day_nanos is None or not report.by_metric:
        return []
    before = report.before.per_active_day_nanos
    return [
        t("me.average", n=report.active_days, average=t.usd(report.per_active_day_nanos)),
        change_line(
            "me.before",
            report.per_active_day_nanos,
            before,
            t,
            span=t.span(report.before.period.start, report.before.period.last),
            average=t.usd(before or 0),
        ),
    ]


def _activity(report: MemberSummary, t: Text) -> list[str]:
    """Label and value on two lines; what no source tells is "not available", never 0."""
    unknown = t("figures.not_available")
    cache = report.cache_read_percent
    values = {
        **_known_activity(report.activity, report.edits_accepted_percent, t),
        "cache": unknown if cache is None else t("activity.cache_share", share=cache),
    }
    names = ("sessions", "lines", "commits", "pull_requests", "edits", "cache", "active_time", "api_time")
    return [f"{t(f'activity.{name}')}\n{values.get(name, unknown)}" for name in names]


def _known_activity(activity: Activity | None, edits_percent: int | None, t: Text) -> dict[str, str]:
    if activity is None:
        return {}
    edits = activity.edits_accepted + activity.edits_rejected
    known = {
        "sessions": t.number(activity.sessions),
        "lines": f"+{t.number(activity.lines_added)} / −{t.number(activity.lines_removed)}",
        "commits": t.number(activity.commits),
        "pull_requests": t.number(activity.pull_requests),
        "edits": t.number(0),
    }
    if edits_percent is not None:
        known["edits"] = t("activity.edits_share", accepted=activity.edits_accepted, edits=edits, share=edits_percent)
    for name, seconds in (("active_time", activity.active_seconds), ("api_time", activity.api_seconds)):
        if seconds is not None:
            known[name] = t.duration(seconds)
    return known


def _tip(advice: Advice, t: Text) -> Block:
    if advice.best is None:
        return prose(t("me.no_tip"))
    return prose(t("me.tip", line=t(f"{advice.best.tip.key}.line", **tip_values(advice.best, t))))


def _with_table(text: str, title: str, table: Block, report: MemberSummary, t: Text, *, note: str = "") -> Message:
    lines = total_lines(_span(report, t), report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    return Message(
        escape(text),
        [
            header(title),
            section("\n".join(lines)),
            table,
            *([context(note)] if note else []),
            footer(report.footing, report.by_metric, t),
        ],
    )


def _model_row(name: str, found: Sequence[ModelSpend], report: MemberSummary, t: Text) -> list[Cell]:
    cost = sum(one.cost_nanos for one in found)
    share = percent(cost, report.cost_nanos)
    counts = (
        sum(one.tokens.uncached_input_tokens for one in found),
        sum(one.tokens.output_tokens for one in found),
        sum(one.tokens.cache_read_input_tokens for one in found),
        sum(one.tokens.cache_creation_input_tokens for one in found),
    )
    row = [
        word_cell(name),
        amount_cell(cost),
        word_cell("–") if share is None else number_cell(share, t("activity.cache_share", share=share)),
        *(number_cell(count, t.number(count)) for count in counts),
    ]
    if report.subscription_nanos is not None:
        row.append(amount_cell(sum(one.subscription_nanos for one in found)))
    return row
