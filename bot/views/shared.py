"""Parts that several answers have in common: totals, models, charts, the footer."""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.reports.footing import Footing
from bot.reports.parts import MAX_BUCKETS, Bucket, DaySpend, MetricCost, ModelSpend, buckets, percent
from bot.reports.spend import TeamSummary
from bot.text import Text
from bot.usage import DayState
from bot.views.blocks import context, cut, fields, plain, section
from bot.views.figures import Bar, Cell, amount_cell, bar_chart, word_cell
from bot.views.limits import Block
from bot.views.reconcile import match_line

_MODELS_SHOWN = 5
_LATEST_DAYS = 14
_MONTH_LIKE_DAYS = 45
_LISTED_DAYS_CHARACTERS = 120


def total_lines(
    span: str, cost_nanos: int, by_metric: Sequence[MetricCost], subscription_nanos: int | None, t: Text
) -> list[str]:
    """Say the total; where it spans two metrics, show its parts; subscription use is a line of its own.

    Who only uses a subscription is not told $0.00: nothing is known to be owed, which is another thing.
    """
    covered = subscription_nanos is not None and not by_metric
    lines = [
        t("figures.subscription_only", span=span) if covered else t("figures.total", cost=t.usd(cost_nanos), span=span)
    ]
    if len(by_metric) > 1:
        parts = (
            t(
                "figures.metric_part",
                cost=t.usd(part.cost_nanos),
                meaning=t(f"metric.{part.cost_metric}"),
                metric=part.cost_metric,
            )
            for part in by_metric
        )
        lines.append(t("figures.two_metrics", parts=t.join(list(parts))))
    if subscription_nanos is not None:
        lines.append(t("figures.subscription", value=t.usd(subscription_nanos)))
    return lines


def change_line(prefix: str, now_nanos: int, before_nanos: int | None, t: Text, **values: str) -> str:
    """Compare with the past: more, less or the same, in whole percent; "none" when there is nothing to compare with."""
    change = percent(now_nanos - before_nanos, before_nanos) if before_nanos is not None else None
    if change is None:
        return t(f"{prefix}.none", **values)
    word = "more" if change > 0 else "less" if change < 0 else "same"
    return t(f"{prefix}.{word}", percent=abs(change), **values)


def team_trend(report: TeamSummary, t: Text) -> str:
    """Compare the organization's total with the period before, where that was read without a gap."""
    span = t.span(report.before.period.start, report.before.period.last)
    if report.footing.missing_before:
        return t("team.trend.gaps", n=report.footing.missing_before, span=span)
    before = report.before.cost_nanos
    return change_line("team.trend", report.cost_nanos, before, t, span=span, cost=t.usd(before or 0))


def models(
    by_model: Sequence[ModelSpend], cost_nanos: int, t: Text, *, left_out: int = 0, left_out_nanos: int = 0
) -> list[Block]:
    """Show the dearest models with their shares, and the others as one, so that the parts add up.

    Models that are `left_out` already are among the others.
    """
    if not by_model and not left_out:
        return []
    shown, others = by_model[:_MODELS_SHOWN], by_model[_MODELS_SHOWN:]
    texts = [_model_field(plain(one.model), one.cost_nanos, one.subscription_nanos, cost_nanos, t) for one in shown]
    if others or left_out:
        name = t("figures.other_models", n=len(others) + left_out)
        cost = sum(one.cost_nanos for one in others) + left_out_nanos
        value = sum(one.subscription_nanos for one in others)
        texts.append(_model_field(name, cost, value, cost_nanos, t))
    return [section(t("figures.model_title")), fields(texts)]


def daily_chart(by_day: Sequence[DaySpend], t: Text) -> list[Block]:
    """Draw spend by day. Of a period about a month long, whose days no chart takes, the latest two weeks."""
    if not MAX_BUCKETS < len(by_day) <= _MONTH_LIKE_DAYS:
        return chart(by_day, t)
    return chart(by_day[-_LATEST_DAYS:], t, title=t("chart.latest", n=_LATEST_DAYS))


def chart(by_day: Sequence[DaySpend], t: Text, *, title: str = "") -> list[Block]:
    """Draw spend over time; nothing where there is at most one bar, or no spend to see."""
    drawn = buckets(by_day)
    if len(drawn) < 2 or not any(bucket.cost_nanos for bucket in drawn):
        return []
    unit = _unit(drawn)
    bars = [Bar(_label(bucket, unit, t), bucket.cost_nanos) for bucket in drawn]
    return [bar_chart(title or t(f"chart.{unit}"), t("chart.series"), t("chart.axis"), bars)]


def day_row(day: DaySpend, t: Text, *, with_value: bool = False) -> list[Cell]:
    """A day in a table: amount and state; `with_value` also what a subscription's use was worth."""
    # A day that one of two sources has not read yet has an amount, but not all of it.
    is_part = day.state is DayState.MISSING and day.cost_nanos is not None
    state = t("state.partly") if is_part else t(f"state.{day.state}") if day.state else "–"
    if day.was_nanos is not None and day.changed_at is not None:
        state = t("state.was", state=state, cost=t.usd(day.was_nanos), instant=t.instant(day.changed_at))
    cost = word_cell(t("state.missing")) if day.cost_nanos is None else amount_cell(day.cost_nanos)
    row = [word_cell(t.long_day(day.day)), cost, word_cell(state)]
    return [*row, amount_cell(day.subscription_nanos)] if with_value else row


def days_row(name: str, found: Sequence[DaySpend], *, with_value: bool = False) -> list[Cell]:
    """Several days in one row of such a table."""
    row = [word_cell(name), amount_cell(sum(day.cost_nanos or 0 for day in found)), word_cell("–")]
    return [*row, amount_cell(sum(day.subscription_nanos for day in found))] if with_value else row


def footer(footing: Footing, by_metric: Iterable[MetricCost], t: Text) -> Block:
    """Say on what the figures stand: source, metric, as of, what may still change."""
    lines = [_origin(footing, t)]
    lines += _amounts(by_metric, t)
    if footing.as_of is not None:
        lines.append(t("footer.as_of", instant=t.instant(footing.as_of)))
    if footing.stale_hours is not None:
        lines.append(t("footer.stale", n=footing.stale_hours))
    if footing.open_days:
        lines.append(t("footer.open", days=some_days(footing.open_days, t)))
    if footing.settling_since is not None:
        lines.append(t("footer.settling", day=t.day(footing.settling_since)))
    if footing.held_days:
        lines.append(t("footer.held", days=some_days(footing.held_days, t)))
    if footing.missing_days:
        lines.append(t("footer.missing", n=len(footing.missing_days), days=some_days(footing.missing_days, t)))
    if footing.quarantined:
        lines.append(t("footer.quarantined", n=footing.quarantined))
    if footing.changed_days:
        days = some_days(footing.changed_days, t)
        lines.append(t("footer.changed", n=len(footing.changed_days), days=days))
    if footing.self_declared_nanos:
        lines.append(t("footer.self_declared", cost=t.usd(footing.self_declared_nanos)))
    if footing.comparison is not None:
        lines.append(match_line(footing.comparison, t))
    return context(t.sentences_of([*lines, t("footer.utc")]))


def source_name(source: str, t: Text) -> str:
    """Give a source its full name; one that the language does not know keeps its own."""
    return t(f"source.{source}") if t.has(f"source.{source}") else plain(source)


def some_days(days: Iterable[date], t: Text) -> str:
    """List days, cut where the list would hide the rest of the message."""
    return cut(t.days(days), _LISTED_DAYS_CHARACTERS)


def _amounts(by_metric: Iterable[MetricCost], t: Text) -> list[str]:
    """Say what the amounts are, what they would be at list price, and what is in none of them."""
    lines, unpriced = [], 0
    for part in by_metric:
        lines.append(t(f"footer.metric.{part.cost_metric}"))
        unpriced += part.unpriced_tokens
        if part.list_cost_nanos not in (None, part.cost_nanos):
            lines.append(t("footer.at_list", cost=t.usd(part.list_cost_nanos or 0)))
    if unpriced:
        lines.append(t("footer.unpriced", tokens=t.about(unpriced)))
    return lines


def _origin(footing: Footing, t: Text) -> str:
    if footing.as_of is None:
        return t("footer.nothing_read")
    return t("footer.sources", sources=t.join([source_name(source, t) for source in footing.sources]))


def _model_field(name: str, cost_nanos: int, subscription_nanos: int, total_nanos: int, t: Text) -> str:
    lines = [name]
    share = percent(cost_nanos, total_nanos)
    if cost_nanos or not subscription_nanos:
        cost = t.usd(cost_nanos)
        lines.append(cost if share is None else t("figures.model_share", cost=cost, share=share))
    if subscription_nanos:
        lines.append(t("figures.model_subscription", value=t.usd(subscription_nanos)))
    return "\n".join(lines)


def _unit(drawn: Sequence[Bucket]) -> str:
    if all(bucket.first == bucket.last for bucket in drawn):
        return "day"
    return "week" if all((bucket.last - bucket.first).days < 7 for bucket in drawn) else "month"


def _label(bucket: Bucket, unit: str, t: Text) -> str:
    return t.month(bucket.first) if unit == "month" else t.short_span(bucket.first, bucket.last)
