"""How a period goes on, against counting by hand and against drawing the days again and again."""

import calendar
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from statistics import NormalDist, fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.periods import Cadence, ChargePeriod, around
from bot.reports.pace import HISTORY, Outlook, Pace, month_end, outlook

USD = 1_000_000_000
DAY = timedelta(days=1)
NOVEMBER = around(Cadence.MONTHLY, date(2026, 11, 1))
"""Begins on a Sunday; 21 working days."""
TODAY = date(2026, 11, 18)
DRAWS = 2_000


def days_before(today: date, amount: Callable[[date], int], days: int = HISTORY.days) -> dict[date, int]:
    return {today - n * DAY: amount(today - n * DAY) for n in range(days, 0, -1)}


def is_weekend(day: date) -> bool:
    return calendar.weekday(day.year, day.month, day.day) in (calendar.SATURDAY, calendar.SUNDAY)


def ten_a_workday(day: date) -> int:
    return 0 if is_weekend(day) else 10 * USD


def within(spent: Mapping[date, int], period: ChargePeriod) -> int:
    return sum(nanos for day, nanos in spent.items() if day in period)


# Month-end


def by_counting(by_day: Mapping[date, int], today: date) -> Fraction | None:
    """A month's end from a calendar's page: how many days of each kind are over, and how many are to come."""
    page = calendar.Calendar().monthdays2calendar(today.year, today.month)
    kinds = {number: weekday >= 5 for week in page for number, weekday in week if number}
    spent = Fraction(0)
    end = Fraction(0)
    for kind in (False, True):
        over = [number for number in kinds if number < today.day and kinds[number] is kind]
        to_come = sum(kinds[number] is kind for number in kinds if number >= today.day)
        amounts = [by_day.get(today.replace(day=number), 0) for number in over]
        if not over and not kind:
            return None
        usual = Fraction(sum(amounts), len(over)) if over else Fraction(0)
        spent += sum(amounts)
        end += usual * to_come
        if kinds[today.day] is kind:
            end += max(by_day.get(today, 0) - usual, Fraction(0))
    return spent + end


@given(
    amounts=st.lists(st.integers(0, 500 * USD), min_size=31, max_size=31),
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_the_end_of_any_month_is_what_counting_its_days_gives(amounts: list[int], today: date) -> None:
    month = around(Cadence.MONTHLY, today)
    by_day = {day: nanos for day, nanos in zip(month.days(), amounts, strict=False) if day <= today}
    pace, expected = month_end(by_day, today, month), by_counting(by_day, today)
    assert (None if pace is None else pace.end_nanos) == (None if expected is None else round(expected))


def test_a_usual_month_is_told_to_the_dollar() -> None:
    spent = {day: ten_a_workday(day) for day in NOVEMBER.days() if day < TODAY}
    assert month_end(spent, TODAY, NOVEMBER) == Pace(
        end_nanos=210 * USD, per_workday_nanos=10 * USD, workdays_left=9, days_left=13
    )


@pytest.mark.parametrize(("today_usd", "end_usd"), [(0, 210), (4, 210), (10, 210), (11, 211), (90, 290)])
def test_what_is_spent_today_is_not_counted_twice(today_usd: int, end_usd: int) -> None:
    spent = {day: ten_a_workday(day) for day in NOVEMBER.days() if day < TODAY} | {TODAY: today_usd * USD}
    pace = month_end(spent, TODAY, NOVEMBER)
    assert pace is not None
    assert pace.end_nanos == end_usd * USD
    assert pace.per_workday_nanos == 10 * USD


def test_weekends_go_on_as_weekends() -> None:
    spent = {day: (1 if is_weekend(day) else 10) * USD for day in NOVEMBER.days() if day < TODAY}
    pace = month_end(spent, TODAY, NOVEMBER)
    assert pace is not None
    assert pace.end_nanos == (21 * 10 + 9 * 1) * USD


def test_weekends_count_nothing_before_the_first_one_is_over() -> None:
    june = around(Cadence.MONTHLY, date(2026, 6, 1))
    pace = month_end({date(2026, 6, 1): 10 * USD}, date(2026, 6, 2), june)
    assert pace is not None
    assert pace.end_nanos == 22 * 10 * USD


@pytest.mark.parametrize(
    ("today", "known"), [(date(2026, 8, 1), False), (date(2026, 8, 3), False), (date(2026, 8, 4), True)]
)
def test_a_weekend_alone_says_nothing_about_working_days(today: date, known: bool) -> None:
    """August 2026 begins on a Saturday."""
    month = around(Cadence.MONTHLY, today)
    assert (month_end({day: USD for day in month.days() if day < today}, today, month) is not None) is known


@pytest.mark.parametrize(("day", "known"), [(1, False), (2, False), (3, True)])
def test_the_first_day_of_a_month_says_nothing_yet(day: int, known: bool) -> None:
    """November 2026 begins on a Sunday."""
    assert (month_end({}, date(2026, 11, day), NOVEMBER) is not None) is known


def test_a_single_day_says_nothing_before_it_is_over() -> None:
    for day in (date(2026, 11, 20), date(2026, 11, 21)):
        assert month_end({day: USD}, day, around(Cadence.DAILY, day)) is None


def test_a_period_that_is_over_ends_with_what_was_spent() -> None:
    spent = {day: ten_a_workday(day) for day in NOVEMBER.days()}
    pace = month_end(spent, date(2026, 12, 2), NOVEMBER)
    assert pace == Pace(end_nanos=210 * USD, per_workday_nanos=10 * USD, workdays_left=0, days_left=0)
    sunday = around(Cadence.DAILY, date(2026, 11, 22))
    over = month_end({sunday.start: USD}, sunday.end, sunday)
    assert over is not None
    assert over.end_nanos == USD


# Whether a limit will hold


def look_ahead(history: Mapping[date, int], limit_nanos: int, today: date = TODAY) -> Outlook:
    found = outlook(history, within(history, NOVEMBER), limit_nanos, today, NOVEMBER)
    assert found is not None
    return found


def by_drawing(history: Mapping[date, int], limit_nanos: int, dice: random.Random) -> float:
    """The share of a great many months that pass the limit, each day of which is a day of the past again."""
    past = {
        kind: [history[day] for day in history if day < TODAY and is_weekend(day) is kind] for kind in (True, False)
    }
    before = sum(history[day] for day in history if day in NOVEMBER and day < TODAY)
    left = [day for day in NOVEMBER.days() if day >= TODAY]
    passed = sum(before + sum(dice.choice(past[is_weekend(day)]) for day in left) >= limit_nanos for _ in range(DRAWS))
    return 100 * passed / DRAWS


PEOPLE: dict[str, Callable[[random.Random, date], float]] = {
    "steady": lambda dice, day: dice.gauss(10, 2) if not is_weekend(day) else 0,
    "every other day": lambda dice, day: 0 if is_weekend(day) or dice.random() < 0.5 else dice.uniform(5, 30),
    "weekends too": lambda dice, day: dice.uniform(0, 8) if is_weekend(day) else dice.expovariate(1 / 12),
    "bursts": lambda dice, day: 0 if is_weekend(day) else dice.lognormvariate(2, 0.8),
}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("of_usual_percent", [85, 95, 100, 105, 120])
def test_the_probability_is_what_drawing_the_days_again_gives(name: str, of_usual_percent: int) -> None:
    for seed in range(3):
        dice = random.Random(f"{name} {seed}")
        amounts = {day: int(max(PEOPLE[name](dice, day), 0) * USD) for day in days_before(TODAY, lambda _: 0)}
        usual = {kind: [amounts[day] for day in amounts if is_weekend(day) is kind] for kind in (True, False)}
        rest = 9 * fmean(usual[False]) + 4 * fmean(usual[True])
        limit = within(amounts, NOVEMBER) + int(rest * of_usual_percent / 100)
        # Days that are mostly small and seldom large add up to something that leans.
        points = 8 if name == "bursts" else 5
        drawn = by_drawing(amounts, limit, dice)
        assert look_ahead(amounts, limit).probability_percent == pytest.approx(drawn, abs=points), seed


def test_eighty_percent_is_said_from_eighty_percent_on() -> None:
    """Working days of 5 and 15 dollars in turn: their spread is known, and so is the limit of 80 %."""
    workdays = [day for day in days_before(TODAY, lambda _: 0) if not is_weekend(day)]
    history = {day: (5 + 10 * (n % 2)) * USD for n, day in enumerate(workdays)}
    one_day = pstdev(history.values()) * (len(history) / (len(history) - 1)) ** 0.5
    expected = within(history, NOVEMBER) + 9 * 10 * USD
    edge = NormalDist(expected, 3 * one_day).inv_cdf(0.2)
    assert look_ahead(history, int(edge) - 1_000).probability_percent == 80
    assert look_ahead(history, int(edge) + 1_000).probability_percent == 79
    assert look_ahead(history, expected).probability_percent == 50


def test_who_spends_the_same_each_day_passes_a_limit_or_does_not() -> None:
    history = days_before(TODAY, ten_a_workday)
    assert look_ahead(history, 210 * USD) == Outlook(probability_percent=100, breach_date=date(2026, 11, 30))
    assert look_ahead(history, 210 * USD + 1) == Outlook(probability_percent=0, breach_date=None)


@pytest.mark.parametrize(
    ("limit_usd", "breach"),
    [(121, TODAY), (130, TODAY), (131, TODAY + DAY), (150, date(2026, 11, 20)), (151, date(2026, 11, 23))],
)
def test_the_date_is_the_first_day_on_which_the_usual_sum_reaches_the_limit(limit_usd: int, breach: date) -> None:
    assert look_ahead(days_before(TODAY, ten_a_workday), limit_usd * USD).breach_date == breach


@pytest.mark.parametrize("today_usd", [0, 3, 10])
def test_what_is_spent_today_is_part_of_a_usual_day(today_usd: int) -> None:
    history = days_before(TODAY, ten_a_workday) | {TODAY: today_usd * USD}
    assert look_ahead(history, 210 * USD).probability_percent == 100
    assert look_ahead(history, 210 * USD + 1).probability_percent == 0


def test_what_is_spent_today_beyond_a_usual_day_counts_whole() -> None:
    history = days_before(TODAY, ten_a_workday) | {TODAY: 25 * USD}
    assert look_ahead(history, 225 * USD).probability_percent == 100
    assert look_ahead(history, 225 * USD + 1).probability_percent == 0


@pytest.mark.parametrize(("missing", "certain"), [(0, True), (1, False)])
def test_what_is_spent_stays_spent(missing: int, certain: bool) -> None:
    dice = random.Random(1)
    history = days_before(TODAY, lambda _: dice.randrange(20 * USD)) | {TODAY: 100 * USD}
    found = look_ahead(history, within(history, NOVEMBER) + missing, TODAY)
    assert found.breach_date == (TODAY if certain else TODAY + DAY)
    if certain:
        assert found.probability_percent == 100


@pytest.mark.parametrize(("days", "known"), [(9, False), (10, True)])
def test_ten_days_of_use_say_enough(days: int, known: bool) -> None:
    history = days_before(TODAY, lambda _: USD, days)
    assert (outlook(history, 0, 100 * USD, TODAY, NOVEMBER) is not None) is known


def test_days_without_spend_are_no_days_of_use() -> None:
    history = days_before(TODAY, lambda day: USD if day >= TODAY - 9 * DAY else 0)
    assert outlook(history | {TODAY: USD}, 0, 100 * USD, TODAY, NOVEMBER) is None


@pytest.mark.parametrize(("oldest", "known"), [(timedelta(weeks=8), True), (timedelta(weeks=8) + DAY, False)])
def test_eight_weeks_are_looked_back(oldest: timedelta, known: bool) -> None:
    history = days_before(TODAY, lambda _: USD, 9) | {TODAY - oldest: USD}
    assert (outlook(history, 0, 100 * USD, TODAY, NOVEMBER) is not None) is known


def test_days_before_the_first_use_are_not_held_against_anybody() -> None:
    """Somebody new spends every working day since they came; somebody else was away every second week."""
    new = days_before(TODAY, ten_a_workday, 20)
    away = days_before(TODAY, lambda day: ten_a_workday(day) if day.isocalendar().week % 2 else 0)
    limit = within(new, NOVEMBER) + 90 * USD
    assert look_ahead(new, limit).probability_percent == 100
    assert outlook(away, within(new, NOVEMBER), limit, TODAY, NOVEMBER) != look_ahead(new, limit)
    gone = {day: nanos for day, nanos in away.items() if nanos}
    assert outlook(gone, 0, limit, TODAY, NOVEMBER) == outlook(away, 0, limit, TODAY, NOVEMBER)
