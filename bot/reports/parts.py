"""The parts of a total: by model, by day, by metric. Each adds up to the total to the nano-dollar."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import groupby

from bot.money import rounded_parts
from bot.reports.footing import Footing
from bot.usage import CostMetric, DayState, Plan, SpendRow, Tokens

FEWEST_PEOPLE = 5
"""A cell of fewer people would tell what one of them spent, at the latest to the others."""

MAX_BUCKETS = 20
"""As many bars as a chart of Slack takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCost:
    """Spend of one metric. A total that spans two shows both."""

    cost_metric: CostMetric
    cost_nanos: int
    list_cost_nanos: int | None = None
    """The same at list price, where the source says both of every row."""
    unpriced_tokens: int = 0
    """Tokens without a price: nothing of them is in `cost_nanos`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpend:
    """Use of one model, in both plans."""

    model: str
    cost_nanos: int
    """Pay per token only."""
    subscription_nanos: int
    """API-equivalent value; in no total."""
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpend:
    """Use on one UTC day, in both plans."""

    day: date
    cost_nanos: int | None
    """Pay per token only. None: the day was never read, so nobody can say."""
    subscription_nanos: int
    """API-equivalent value; in no total."""
    state: DayState | None
    """None: the store says nothing of the day."""
    was_nanos: int | None = None
    """What the day cost before it was restated, when it was over already. None: it never was, as far as is kept."""
    changed_at: datetime | None = None
    """When it said that for the last time before it changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A finished day was restated. The amounts are of the rows that changed: their difference is the day's."""

    day: date
    before_nanos: int
    after_nanos: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Days that share one bar of a chart."""

    first: date
    last: date
    cost_nanos: int


def owed(rows: Iterable[SpendRow]) -> int:
    """Add up what is paid per token, in nano-dollars."""
    return sum(row.cost_nanos for row in rows if row.plan is Plan.PAY_PER_TOKEN)


def subscription_value(rows: Iterable[SpendRow]) -> int | None:
    """Add up the API-equivalent value of subscription use; None: there was no such use."""
    values = [row.cost_nanos for row in rows if row.plan is Plan.SUBSCRIPTION]
    return sum(values) if values else None


def by_metric(rows: Iterable[SpendRow]) -> tuple[MetricCost, ...]:
    """Split what is paid per token by what the amounts are."""
    found: dict[CostMetric, list[SpendRow]] = defaultdict(list)
    for row in rows:
        if row.plan is Plan.PAY_PER_TOKEN:
            found[row.cost_metric].append(row)
    return tuple(
        MetricCost(
            cost_metric=metric,
            cost_nanos=sum(row.cost_nanos for row in found[metric]),
            list_cost_nanos=_at_list(found[metric]),
            unpriced_tokens=sum(row.unpriced_tokens for row in found[metric]),
        )
        for metric in sorted(found)
    )


def by_model(rows: Iterable[SpendRow]) -> tuple[ModelSpend, ...]:
    """Split by model, the dearest first."""
    costs: dict[str, int] = defaultdict(int)
    values: dict[str, int] = defaultdict(int)
    tokens: dict[str, Tokens] = defaultdict(Tokens)
    for row in rows:
        (costs if row.plan is Plan.PAY_PER_TOKEN else values)[row.model] += row.cost_nanos
        tokens[row.model] += row.tokens
    models = (
        ModelSpend(model=model, cost_nanos=costs[model], subscription_nanos=values[model], tokens=tokens[model])
        for model in tokens
    )
    return tuple(sorted(models, key=lambda spend: (-spend.cost_nanos, -spend.subscription_nanos, spend.model)))


def models_to_the_cent(models: Sequence[ModelSpend]) -> tuple[ModelSpend, ...]:
    """Round each model's amounts to cents that add up to their rounded sum."""
    costs = rounded_parts([one.cost_nanos for one in models])
    values = rounded_parts([one.subscription_nanos for one in models])
    return tuple(
        replace(one, cost_nanos=cost, subscription_nanos=value)
        for one, cost, value in zip(models, costs, values, strict=True)
    )


def without_few(models: Sequence[ModelSpend], people: Mapping[str, int]) -> tuple[tuple[ModelSpend, ...], int]:
    """Leave out the models that fewer than `FEWEST_PEOPLE` used, and say how many were left out.

    What was left out can be worked out from the total, so one model that many used is left out with them: the smallest.
    Machines alone are nobody's secret, but who could tell from outside? They are left out like people.
    """
    many = [one for one in models if people.get(one.model, 0) >= FEWEST_PEOPLE]
    if len(many) == len(models):
        return tuple(models), 0
    smallest = min(many, key=lambda one: (one.cost_nanos, one.model), default=None)
    shown = tuple(one for one in many if one is not smallest)
    return shown, len(models) - len(shown)


def by_day(rows: Sequence[SpendRow], footing: Footing) -> tuple[DaySpend, ...]:
    """Split by day, oldest first: every day with use, and every day of which the store says something.

    A day that was read and had no use costs 0; a day that was never read costs None.
    """
    costs: dict[date, int] = defaultdict(int)
    values: dict[date, int] = defaultdict(int)
    for row in rows:
        (costs if row.plan is Plan.PAY_PER_TOKEN else values)[row.usage_date] += row.cost_nanos
    seen = costs.keys() | values.keys()
    return tuple(
        DaySpend(
            day=day,
            cost_nanos=costs[day] if day in seen or footing.states[day] is not DayState.MISSING else None,
            subscription_nanos=values[day],
            state=footing.states.get(day),
        )
        for day in sorted(seen | footing.states.keys())
    )


def with_changes(days: Sequence[DaySpend], changes: Iterable[Change]) -> tuple[DaySpend, ...]:
    """Say of days that were restated what they cost before: undone from what they cost now, one by one."""
    by_day: dict[date, list[Change]] = defaultdict(list)
    for change in changes:
        by_day[change.day].append(change)
    return tuple(_changed(day, by_day[day.day]) if by_day[day.day] else day for day in days)


def buckets(days: Sequence[DaySpend]) -> tuple[Bucket, ...]:
    """Put days into at most `MAX_BUCKETS` bars: by day, else by ISO week, else by month.

    Days that were never read are in no bar: a bar of height zero would say that nothing was spent.
    """
    known = [day for day in days if day.cost_nanos is not None]
    if len(known) <= MAX_BUCKETS:
        return tuple(Bucket(first=day.day, last=day.day, cost_nanos=day.cost_nanos or 0) for day in known)
    weeks = _grouped(known, lambda day: day - timedelta(days=day.weekday()))
    return weeks if len(weeks) <= MAX_BUCKETS else _grouped(known, lambda day: day.replace(day=1))[-MAX_BUCKETS:]


def percent(part: int, whole: int) -> int | None:
    """Give a share in whole percent, rounded half to even; None of nothing."""
    return round(Fraction(100 * part, whole)) if whole else None


def average(total: int, count: int) -> int | None:
    """Divide exactly and round once, half to even; None when there is nothing to divide by."""
    return round(Fraction(total, count)) if count else None


def _changed(day: DaySpend, changes: Sequence[Change]) -> DaySpend:
    was = (day.cost_nanos or 0) - sum(one.after_nanos - one.before_nanos for one in changes)
    if was == day.cost_nanos:
        return day
    return replace(day, was_nanos=was, changed_at=max(one.changed_at for one in changes))


def _at_list(rows: Sequence[SpendRow]) -> int | None:
    """A part of it is no total."""
    known = [row.list_cost_nanos for row in rows if row.list_cost_nanos is not None]
    return sum(known) if len(known) == len(rows) else None


def _grouped(days: Sequence[DaySpend], start: Callable[[date], date]) -> tuple[Bucket, ...]:
    groups = [list(group) for _, group in groupby(days, key=lambda day: start(day.day))]
    return tuple(
        Bucket(first=group[0].day, last=group[-1].day, cost_nanos=sum(day.cost_nanos or 0 for day in group))
        for group in groups
    )
