"""How a period goes on: the run rate by working day, and how likely it is to pass a limit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from bot.periods import ChargePeriod

HISTORY = timedelta(weeks=8)
FEWEST_ACTIVE_DAYS = 10
"""Fewer days of use say too little for a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A period as it would end at the present rate."""

    end_nanos: int
    """Expected spend of the whole period."""
    per_workday_nanos: int
    workdays_left: int
    days_left: int
    """Both with today, which is not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Whether a limit will hold."""

    probability_percent: int
    """That the period passes the limit."""
    breach_date: date | None
    """The first day on which the expected sum reaches it; None: not in this period."""


def month_end(by_day: Mapping[date, int], today: date, period: ChargePeriod) -> Pace | None:
    """Go on at the mean of the period's finished working days, and of its finished weekend days.

    What is spent today already counts if it is more than the mean. Before its first weekend is over, weekends count
    nothing. None: no day of the period is over, or no working day, and some are to come.
    """
    finished = [day for day in period.days() if day < today]
    left = [day for day in period.days() if day >= today]
    workday, weekend = (_mean(by_day, _of_class(finished, is_weekend=flag)) for flag in (False, True))
    if not finished or (workday is None and _of_class(left, is_weekend=False)):
        return None
    rate = {False: workday or Fraction(0), True: weekend or Fraction(0)}
    spent = sum(by_day.get(day, 0) for day in finished)
    expected = [max(rate[_is_weekend(day)], Fraction(by_day.get(day, 0) if day == today else 0)) for day in left]
    return Pace(
        end_nanos=round(sum(expected, Fraction(spent))),
        per_workday_nanos=round(rate[False]),
        workdays_left=len(_of_class(left, is_weekend=False)),
        days_left=len(left),
    )


def outlook(
    history: Mapping[date, int], spent_nanos: int, limit_nanos: int, today: date, period: ChargePeriod
) -> Outlook | None:
    """Say how likely the period passes a limit, from the person's own last 8 weeks.

    `history` holds today's spend too, which `spent_nanos` counts already. The rest of the period is a sum of
    independent days, workdays and weekend days each with their own mean and variance, and close enough to normal.
    None: fewer than `FEWEST_ACTIVE_DAYS` days of use.
    """
    known = [day for day in history if today - HISTORY <= day < today]
    if sum(history[day] > 0 for day in known) < FEWEST_ACTIVE_DAYS:
        return None
    first = min(known)
    past = [first + timedelta(days=n) for n in range((today - first).days)]
    left = [day for day in period.days() if day >= today]
    classes = {flag: _of_class(past, is_weekend=flag) for flag in (False, True)}
    means = {flag: _mean(history, days) or Fraction(0) for flag, days in classes.items()}
    variances = {flag: _variance(history, days) for flag, days in classes.items()}
    # Of today only what is still missing to a usual day: what is spent already is in the spend.
    usual = {day: means[_is_weekend(day)] for day in left}
    if today in usual:
        usual[today] = max(usual[today] - history.get(today, 0), Fraction(0))
    expected = spent_nanos + sum(usual.values(), Fraction(0))
    deviation = sqrt(sum((variances[_is_weekend(day)] for day in left), Fraction(0)))
    # What is spent stays spent: a sum of normal days would take some of it back.
    certain = spent_nanos >= limit_nanos
    return Outlook(
        probability_percent=100 if certain else _percent_above(float(limit_nanos), float(expected), deviation),
        breach_date=_breach_date(usual, spent_nanos, limit_nanos),
    )


def _breach_date(usual: Mapping[date, Fraction], spent: int, limit: int) -> date | None:
    total = Fraction(spent)
    for day, amount in usual.items():
        total += amount
        if total >= limit:
            return day
    return None


def _percent_above(limit: float, expected: float, deviation: float) -> int:
    if deviation == 0:
        return 100 if expected >= limit else 0
    return int(100 * (1 - NormalDist(expected, deviation).cdf(limit)))


def _mean(by_day: Mapping[date, int], days: list[date]) -> Fraction | None:
    return Fraction(sum(by_day.get(day, 0) for day in days), len(days)) if days else None


def _variance(by_day: Mapping[date, int], days: list[date]) -> Fraction:
    # Ten days in a row or more hold at least two of either class.
    amounts, count = [by_day.get(day, 0) for day in days], len(days)
    return Fraction(count * sum(one * one for one in amounts) - sum(amounts) ** 2, count * (count - 1))


def _of_class(days: Iterable[date], *, is_weekend: bool) -> list[date]:
    return [day for day in days if _is_weekend(day) is is_weekend]


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5
