"""One budget in one period as its reader sees it, and what there is to say of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.budget import OWED, Budget, LineKey
from bot.periods import ChargePeriod
from bot.reports.pace import Pace
from bot.reports.parts import percent
from bot.usage import Plan, SpendRow

_ONE_DAY_PERCENT = 40
"""A day of so large a share is the reason; below it, it is the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The largest part of a spend: a model's or a day's."""

    model: str = ""
    day: date | None = None
    cost_nanos: int
    share_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """One budget in one period. Whose it is, the view says; people's names never stand in it."""

    key: LineKey
    budget: Budget
    limit_nanos: int
    period: ChargePeriod
    today: date
    spent_nanos: int
    whose: str = ""
    """The name of the machine or the group, of a budget of one."""
    pace: Pace | None = None
    """None: no day of the period is over, or too few to go on from."""
    largest: Largest | None = None
    muted: bool = False

    @property
    def percent(self) -> int:
        """What is spent in whole percent of the limit, never rounded up: 80 means that 80 % is reached."""
        return self.spent_nanos * 100 // self.limit_nanos

    @property
    def days_left(self) -> int:
        """Today included; 0 when the period is over."""
        return max((self.period.end - self.today).days, 0)


class Saying(StrEnum):
    """What is said of a line."""

    BREACH = "breach"
    CORRECTION = "correction"
    PROJECTED = "projected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell somebody."""

    key: str
    """The key of the message that would say it alone."""
    saying: Saying
    line: LineReport
    threshold: int = 0
    """Of a breach."""
    lowered: bool = False
    """The limit came down to the spend, not the spend up to the limit."""
    relimited: bool = False
    """The limit was changed since it was said."""
    breach_date: date | None = None
    """Of a projection: when it will probably be used up. None: towards the end."""

    @property
    def urgent(self) -> bool:
        """A budget that is broken does not wait for tomorrow."""
        return self.saying is Saying.BREACH and self.threshold >= 100


def in_order(items: Iterable[Item]) -> list[Item]:
    """Put what weighs most first: broken budgets by threshold, then what will break, then corrections."""
    weight = {Saying.BREACH: 2, Saying.PROJECTED: 1, Saying.CORRECTION: 0}
    return sorted(items, key=lambda item: (-weight[item.saying], -item.threshold, -item.line.percent, item.key))


def spent_by_day(rows: Iterable[SpendRow], plans: Collection[Plan] = OWED) -> dict[date, int]:
    """Add up what is used under some plans, by day."""
    days: dict[date, int] = defaultdict(int)
    for row in rows:
        if row.plan in plans:
            days[row.usage_date] += row.cost_nanos
    return dict(days)


def largest_of_rows(rows: Sequence[SpendRow], plans: Collection[Plan] = OWED) -> Largest | None:
    """Give the day or the model that a person's spend is largest for; None of nothing."""
    models: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.plan in plans:
            models[row.model] += row.cost_nanos
    days = spent_by_day(rows, plans)
    dearest = dearest_day(days)
    if dearest is None or (dearest.share_percent >= _ONE_DAY_PERCENT and len(days) > 1):
        return dearest
    model = min(models, key=lambda name: (-models[name], name))
    share = percent(models[model], sum(models.values())) or 0
    return Largest(model=model, cost_nanos=models[model], share_percent=share)


def dearest_day(days: Mapping[date, int]) -> Largest | None:
    """Give the dearest of some days; None when nothing was spent."""
    total = sum(days.values())
    if not total:
        return None
    day = min(days, key=lambda one: (-days[one], one))
    return Largest(day=day, cost_nanos=days[day], share_percent=percent(days[day], total) or 0)
