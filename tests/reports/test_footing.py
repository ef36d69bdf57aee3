from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.periods import ChargePeriod
from bot.reports.footing import footing
from bot.usage import DayStanding, DayState
from tests.usage_rows import MONTH, NOW, SOURCE, standing

TODAY = MONTH.last


def test_the_footing_says_what_may_still_change() -> None:
    states = {2: DayState.HELD, 3: DayState.MISSING, 15: DayState.SETTLING, 16: DayState.SETTLING, 22: DayState.OPEN}
    days = [standing(day, states.get(day.day, DayState.SETTLED), quarantined=1) for day in MONTH.days()]
    found = footing(days, MONTH)
    assert found.sources == (SOURCE,)
    assert found.held_days == (date(2026, 11, 2),)
    assert found.missing_days == (date(2026, 11, 3),)
    assert found.settling_since == date(2026, 11, 15)
    assert found.open_days == (TODAY,)
    assert found.quarantined == 22


def test_of_two_sources_the_one_that_knows_less_decides() -> None:
    other = DayStanding(source="litellm", usage_date=TODAY, state=DayState.MISSING, as_of=None)
    for order in ([standing(TODAY), other], [other, standing(TODAY)]):
        assert footing(order, MONTH).missing_days == (TODAY,)


def test_the_age_is_that_of_the_newest_day_and_of_the_source_furthest_behind() -> None:
    nightly = standing(MONTH.start, as_of=NOW)  # an old day, read again after today was
    fresh = standing(TODAY, DayState.OPEN, as_of=NOW - timedelta(minutes=9))
    late = DayStanding(source="litellm", usage_date=TODAY, state=DayState.OPEN, as_of=NOW - timedelta(minutes=40))
    assert footing([fresh, nightly], MONTH).as_of == NOW - timedelta(minutes=9)
    assert footing([fresh, nightly, late], MONTH).as_of == NOW - timedelta(minutes=40)
    assert footing([], MONTH).as_of is None


def test_a_source_that_speaks_for_older_days_of_an_account_does_not_make_today_old() -> None:
    behind = NOW - timedelta(hours=7)
    report = replace(
        standing(TODAY - timedelta(days=1), as_of=behind), source="anthropic_analytics", account="anthropic"
    )
    prompt = replace(standing(TODAY, DayState.OPEN, as_of=NOW), account="anthropic")
    assert footing([report, prompt], MONTH, now=NOW).as_of == NOW
    assert footing([report, replace(prompt, account="another")], MONTH, now=NOW).as_of == behind


@pytest.mark.parametrize(
    ("age", "hours"),
    [(timedelta(hours=3), None), (timedelta(hours=3, seconds=1), 3), (timedelta(hours=26, minutes=59), 26)],
)
def test_figures_of_today_older_than_three_hours_are_called_stale(age: timedelta, hours: int | None) -> None:
    assert footing([standing(TODAY, DayState.OPEN, as_of=NOW - age)], MONTH, now=NOW).stale_hours == hours


def test_the_past_does_not_grow_stale() -> None:
    october = ChargePeriod(date(2026, 10, 1), date(2026, 11, 1), "2026-10")
    assert footing([standing(october.last, as_of=NOW - timedelta(days=9))], october, now=NOW).stale_hours is None


def test_gaps_of_the_period_before_are_counted_and_nothing_else_of_it() -> None:
    before = [
        standing(date(2026, 10, 3), DayState.MISSING),
        standing(date(2026, 10, 4), DayState.HELD, quarantined=5),
        standing(date(2026, 9, 30), DayState.MISSING),  # before the period before
    ]
    found = footing([*before, standing(TODAY)], MONTH)
    assert found.missing_before == 1
    assert found.quarantined == 0
    assert list(found.states) == [TODAY]
