"""Usage made by hand, for reports and views: plain values with defaults that a test does not care about."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.periods import ChargePeriod
from bot.reports.footing import Footing, footing
from bot.usage import Activity, CostMetric, DayStanding, DayState, MemberUsage, Plan, SpendRow, Tokens

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MONTH = ChargePeriod(date(2026, 11, 1), date(2026, 11, 23), "month")
CENT = 10_000_000
DOLLAR = 100 * CENT
SOURCE = "anthropic_claude_code"


def spend(
    day: date = date(2026, 11, 2),
    cost_nanos: int = DOLLAR,
    *,
    model: str = "claude-sonnet-5-5",
    plan: Plan = Plan.PAY_PER_TOKEN,
    metric: CostMetric = CostMetric.LIST,
    tokens: Tokens | None = None,
) -> SpendRow:
    """One row."""
    return SpendRow(
        usage_date=day,
        model=model,
        plan=plan,
        cost_metric=metric,
        tokens=tokens or Tokens(),
        cost_nanos=cost_nanos,
    )


def standing(
    day: date, state: DayState = DayState.SETTLED, *, as_of: datetime | None = NOW, quarantined: int = 0
) -> DayStanding:
    """What the store knows about one day."""
    return DayStanding(
        source=SOURCE,
        usage_date=day,
        state=state,
        as_of=None if state is DayState.MISSING else as_of,
        quarantined=quarantined,
    )


def settled(period: ChargePeriod = MONTH, *others: DayStanding) -> Footing:
    """Every day settled, but for the others."""
    odd = {one.usage_date for one in others}
    return footing([*(standing(day) for day in period.days() if day not in odd), *others], period)


def habits(days: int = 5, *, tokens: Tokens | None = None, activity: Activity | None = None) -> MemberUsage:
    """A member whose figures, spread over so many days, add up to these."""
    all_days = [date(2026, 11, 2) + timedelta(days=n) for n in range(days)]
    rows = [spend(day, 0, tokens=tokens if n == 0 else None) for n, day in enumerate(all_days)]
    return with_activity(rows, {all_days[0]: activity} if activity and all_days else {})


def with_activity(rows: Iterable[SpendRow], activity_by_day: dict[date, Activity]) -> MemberUsage:
    """A member's usage."""
    return MemberUsage(rows=tuple(rows), activity_by_day=activity_by_day)


def of_days(costs: Sequence[int], start: date = date(2026, 11, 1)) -> list[SpendRow]:
    """A row a day, from `start` on."""
    return [spend(start + timedelta(days=n), cost) for n, cost in enumerate(costs)]
