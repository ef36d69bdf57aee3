"""Whom a budget would have written to, had it held before: said before it is switched on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.budget import THRESHOLDS
from bot.periods import Cadence, around
from bot.reports.budgets import reaches

DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What would have happened."""

    days: int
    people: int
    """Who spent anything in those days."""
    told_people: int
    messages: int


def backtest(
    by_member: Mapping[int, Mapping[date, int]], cadence: Cadence, limit_nanos: int, today: date, *, days: int = DAYS
) -> Backtest:
    """Replay the days before today, one evaluation a day.

    `by_member` holds daily amounts from the beginning of the period in which the first of these days lies; messages of
    earlier days are not counted.
    """
    first = today - timedelta(days=days)
    start = around(cadence, first).start
    replayed = [start + timedelta(days=n) for n in range((today - start).days)]
    starts = {day: around(cadence, day).start for day in replayed}
    counts = {member: _messages(spent, starts, limit_nanos, first) for member, spent in by_member.items()}
    people = sum(any(first <= day < today and amount for day, amount in spent.items()) for spent in by_member.values())
    return Backtest(
        days=days,
        people=people,
        told_people=sum(count > 0 for count in counts.values()),
        messages=sum(counts.values()),
    )


def _messages(spent: Mapping[date, int], starts: Mapping[date, date], limit_nanos: int, first: date) -> int:
    """Count the days, from the first on, that pass another threshold. `starts` gives the period of each day."""
    messages, total, passed, start = 0, 0, 0, None
    for day in sorted(spent.keys() & starts.keys()):
        if starts[day] != start:
            start, total, passed = starts[day], 0, 0
        total += spent[day]
        before = passed
        while passed < len(THRESHOLDS) and reaches(total, limit_nanos, THRESHOLDS[passed]):
            passed += 1
        messages += passed > before and day >= first
    return messages
