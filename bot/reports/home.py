"""Where a month will probably end, as a range."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.money import NANOS_PER_USD
from bot.periods import ChargePeriod
from bot.reports.pace import outlook

LIKELY_PERCENT = 80
"""At least so often the end lies in the range, if the rest of the month is like the last 8 weeks."""

_ABOVE_LOW, _ABOVE_HIGH = 90, 10
"""The range's ends, as how likely each of them is passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyEnd:
    """A range in whole dollars."""

    low_nanos: int
    high_nanos: int


def likely_end(
    history: Mapping[date, int], spent_nanos: int, pace_nanos: int, today: date, period: ChargePeriod
) -> LikelyEnd | None:
    """Give the range in which a period will probably end; `pace_nanos` is where its own pace leads.

    Asks the same question as a budget does: an amount that the period passes with 90 percent is the low end, with 10
    the high one, so that it never contradicts what is said of a limit. It is wide enough to hold the pace, which knows
    this period only. `history` as `pace.outlook` wants it; None where that knows too little.
    """

    def percent_above(dollars: int) -> int:
        found = outlook(history, spent_nanos, dollars * NANOS_PER_USD, today, period)
        return -1 if found is None else found.probability_percent

    if percent_above(1) < 0:
        return None
    first_unlikely = _first(lambda dollars: percent_above(dollars) <= _ABOVE_HIGH)
    first_unsure = _first(lambda dollars: percent_above(dollars) < _ABOVE_LOW)
    return LikelyEnd(
        low_nanos=min(first_unsure - 1, pace_nanos // NANOS_PER_USD) * NANOS_PER_USD,
        high_nanos=max(first_unlikely, -(-pace_nanos // NANOS_PER_USD)) * NANOS_PER_USD,
    )


def _first(is_so: Callable[[int], bool]) -> int:
    """Give the least positive number of which something is so, that stays so for all greater ones."""
    high = 1
    while not is_so(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle, high)
    return high
