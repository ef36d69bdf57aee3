"""A channel's digest: the days that are over, beside the same weekdays of the weeks before. No names of people."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from bot.budget import Budget, BudgetScope
from bot.periods import Cadence, ChargePeriod, around, utc_day
from bot.reports.footing import STALE_AFTER, Footing, footing
from bot.reports.pace import month_end
from bot.reports.parts import MetricCost, ModelSpend, by_metric, by_model, owed, percent, without_few
from bot.reports.spend import shown_team, team_summary
from bot.reports.tips import TIPS, Tip, habits_of
from bot.usage import DayStanding, DayState, MemberUsage, Plan, SpendRow, TeamUsage

WEEKS_BACK = 4
"""Each weekday is compared with its mean over so many weeks."""
NOT_COMPARED_AFTER = timedelta(hours=24)
"""Figures older than this are compared with nothing, and models are not ranked."""
NOT_SHOWN_AFTER = timedelta(hours=48)
"""Instead of figures older than this, the digest says that they are old."""

WHOLE = frozenset({DayState.SETTLING, DayState.SETTLED})
"""States of a day that was read completely, and is not in doubt."""

_MODELS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUse:
    """How much of a limit is used, up to the last day of the digest."""

    scope: BudgetScope
    cadence: Cadence
    limit_nanos: int
    spent_nanos: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: 100 means that the limit is reached."""
        return self.spent_nanos * 100 // self.limit_nanos


@dataclass(frozen=True, slots=True)
class TeamTip:
    """A tip that the team's own figures call for."""

    habit: str
    """`model` or `cache`."""
    share: int
    """Percent: of the spend that went to the largest models; of the prompt tokens that were read from the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The organization's use on the days of a digest. Amounts are pay per token unless they say otherwise."""

    period: ChargePeriod
    footing: Footing
    cost_nanos: int
    by_metric: tuple[MetricCost, ...]
    subscription_nanos: int | None
    is_stale: bool
    """Too old to be compared or ranked."""
    usual_nanos: int | None
    """What the same weekdays cost on average. None: stale, or days are missing, or amounts are of other kinds."""
    month: ChargePeriod
    """From the first of the month to the last day of the digest."""
    month_nanos: int
    month_gaps: int
    """Days of it that were never read."""
    month_end_nanos: int | None
    """At the pace of its working days. None: none of them is over, days are missing, or the month is over."""
    budgets: tuple[BudgetUse, ...]
    active_members: int
    models: tuple[ModelSpend, ...]
    """The dearest, in whole cents, without the models of few people."""
    tip: TeamTip | Tip
    """From the team's figures, or general."""

    @property
    def is_spendless(self) -> bool:
        """Say whether surely nothing was spent: a day that was not read completely is not zero."""
        return self.cost_nanos == 0 and all(self.footing.states.get(day) in WHOLE for day in self.period.days())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """In the place of a digest whose figures would be too old."""

    period: ChargePeriod
    as_of: datetime | None
    """None: nothing was ever read."""
    hours: int


def looked_at(period: ChargePeriod) -> ChargePeriod:
    """Give the days that a digest needs to know about: its own, the weeks before, and its month so far."""
    start = min(period.start - timedelta(weeks=WEEKS_BACK), period.last.replace(day=1))
    return ChargePeriod(start, period.end, period.word)


def digest(
    usage: TeamUsage,
    past: TeamUsage,
    standings: Sequence[DayStanding],
    period: ChargePeriod,
    *,
    budgets: Sequence[Budget],
    now: datetime,
) -> Digest | Outdated:
    """Sum up the days of a digest.

    `usage` is of the period, `past` of `looked_at(period)`, and the standings reach from there to today.
    """
    known = footing(standings, ChargePeriod(looked_at(period).start, utc_day(now) + timedelta(days=1), ""))
    age = now - known.as_of if known.as_of else timedelta.max
    hours = age // timedelta(hours=1)
    read = [day for day in period.days() if known.states.get(day, DayState.MISSING) is not DayState.MISSING]
    if age > NOT_SHOWN_AFTER or not read:
        return Outdated(period=period, as_of=known.as_of, hours=hours)
    here = replace(footing(standings, period), stale_hours=hours if age > STALE_AFTER else None)
    summary = team_summary(usage, TeamUsage(), period, here)
    past_rows = [row.spend for row in past.rows]
    month = ChargePeriod(period.last.replace(day=1), period.end, "")
    gaps = sum(known.states.get(day) is DayState.MISSING for day in month.days())
    is_stale = age > NOT_COMPARED_AFTER
    return Digest(
        period=period,
        footing=here,
        cost_nanos=summary.cost_nanos,
        by_metric=summary.by_metric,
        subscription_nanos=summary.subscription_nanos,
        is_stale=is_stale,
        usual_nanos=None if is_stale else _usual(summary.by_metric, past_rows, known.states, period),
        month=month,
        month_nanos=owed(_within(past_rows, month)),
        month_gaps=gaps,
        month_end_nanos=None if gaps else _month_end(past_rows, month),
        budgets=tuple(_uses(budgets, past_rows, period)),
        active_members=usage.active_members,
        models=() if is_stale else shown_team(summary).by_model[:_MODELS_SHOWN],
        tip=_tip(past, period),
    )


def _usual(
    metrics: Sequence[MetricCost], past_rows: Sequence[SpendRow], states: Mapping[date, DayState], period: ChargePeriod
) -> int | None:
    """Add up, for each day, the mean of the same weekday in the weeks whose day was read completely."""
    costs = _by_day(past_rows)
    usual = Fraction()
    compared: set[date] = set()
    for day in period.days():
        before = [day - timedelta(weeks=n) for n in range(1, WEEKS_BACK + 1)]
        whole = [one for one in before if states.get(one) in WHOLE]
        if not whole or states.get(day) not in WHOLE:
            return None
        usual += Fraction(sum(costs.get(one, 0) for one in whole), len(whole))
        compared.update(whole)
    theirs = {part.cost_metric for part in by_metric(row for row in past_rows if row.usage_date in compared)}
    ours = {part.cost_metric for part in metrics}
    return round(usual) if not ours or not theirs or ours == theirs else None


def _month_end(past_rows: Sequence[SpendRow], month: ChargePeriod) -> int | None:
    """Weekends alone say nothing about working days."""
    whole = around(Cadence.MONTHLY, month.start)
    if month.end >= whole.end or all(day.weekday() >= 5 for day in month.days()):
        return None
    costs = _by_day(past_rows)
    pace = month_end({day: costs.get(day, 0) for day in month.days()}, month.end, whole)
    return pace.end_nanos if pace else None


def _uses(budgets: Sequence[Budget], past_rows: Sequence[SpendRow], period: ChargePeriod) -> Iterator[BudgetUse]:
    """The team's limits, then what the vendor's workspace has."""
    for scope in (BudgetScope.TEAM, BudgetScope.WORKSPACE):
        for budget in budgets:
            if budget.scope is scope and budget.limit_nanos:
                start = around(budget.cadence, period.last).start
                yield BudgetUse(
                    scope=scope,
                    cadence=budget.cadence,
                    limit_nanos=budget.limit_nanos,
                    spent_nanos=sum(
                        row.cost_nanos
                        for row in _within(past_rows, ChargePeriod(start, period.end, ""))
                        if row.plan in budget.plans
                    ),
                )


def _tip(past: TeamUsage, period: ChargePeriod) -> TeamTip | Tip:
    """Another one each day, of those that apply.

    A share of the spend tells of single people where few of them used a model: then only general advice is left.
    """
    rows = tuple(row.spend for row in past.rows)
    choices: list[TeamTip | Tip] = [tip for tip in TIPS if tip.general]
    if not without_few(by_model(rows), past.members_by_model)[1]:
        habits = habits_of(MemberUsage(rows=rows))
        shares = {
            "model": percent(habits.large_cost_nanos, habits.cost_nanos),
            "cache": percent(habits.pay_per_token.cache_read_input_tokens, habits.pay_per_token.prompt_tokens),
        }
        applying = {tip.key.removeprefix("tips.") for tip in TIPS if tip.gate(habits)}
        choices += [TeamTip(habit, share or 0) for habit, share in shares.items() if habit in applying]
    return choices[period.last.toordinal() % len(choices)]


def _by_day(rows: Iterable[SpendRow]) -> dict[date, int]:
    costs: dict[date, int] = defaultdict(int)
    for row in rows:
        if row.plan is Plan.PAY_PER_TOKEN:
            costs[row.usage_date] += row.cost_nanos
    return costs


def _within(rows: Iterable[SpendRow], period: ChargePeriod) -> Iterator[SpendRow]:
    return (row for row in rows if row.usage_date in period)
