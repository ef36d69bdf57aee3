"""One digest for each local date, whatever the clocks of the world do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.periods import Cadence, ChargePeriod
from bot.schedule import (
    Schedule,
    covered,
    due,
    due_date,
    is_pushed,
    is_zone,
    local_instant,
    next_date,
    since,
    started,
    usual_days,
    zone_named,
)
from tests.soak_zones import sweep

FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2026, 11, 20) + timedelta(days=n) for n in range(5))
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def daily(minute: int = 630, zone: str = "Asia/Tokyo", **changes: object) -> Schedule:
    plain = Schedule(
        channel_id="C1",
        cadence=Cadence.DAILY,
        minute=minute,
        zone=zone,
        set_by="U1",
        set_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # each test names a field of a schedule


def weekly(**changes: object) -> Schedule:
    return daily(cadence=Cadence.WEEKLY, **changes)  # type: ignore[arg-type]  # as above


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def span(period: ChargePeriod) -> tuple[date, date]:
    return period.start, period.last


def test_every_zone_over_its_transitions_has_one_digest_for_each_date() -> None:
    """Three years here; `python -m tests.soak_zones` sweeps all of them."""
    done = sweep(sorted(available_timezones()), range(2025, 2028))
    assert done.violations == []
    assert done.transitions > 1_000
    assert done.checks == done.transitions * 96 * 3


@pytest.mark.parametrize(
    ("zone", "day", "minute", "expected"),
    [
        ("Asia/Tokyo", date(2026, 11, 20), 630, datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), 150, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
        ("Europe/Berlin", date(2026, 3, 29), 150, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # skipped: 03:00
        ("Africa/Cairo", date(2026, 4, 24), 30, datetime(2026, 4, 23, 22, tzinfo=UTC)),  # midnight skipped: 01:00
        ("Pacific/Apia", date(2011, 12, 29), 1439, datetime(2011, 12, 30, 9, 59, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), 0, None),  # never was
        ("Pacific/Apia", date(2011, 12, 30), 1439, None),
        ("Pacific/Apia", date(2011, 12, 31), 0, datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Kwajalein", date(1993, 8, 21), 600, None),
    ],
)
def test_a_wall_time_is_the_first_instant_at_or_after_it(
    zone: str, day: date, minute: int, expected: datetime | None
) -> None:
    assert local_instant(zone, day, minute) == expected


def test_a_date_that_never_was_has_no_digest() -> None:
    assert due(daily(600, "Pacific/Apia"), date(2011, 12, 30)) is None


@pytest.mark.parametrize(
    ("minute", "expected", "pushed"),
    [(10 * 60 - 1, (1, 0), True), (10 * 60, (1, 0), False), (10 * 60 + 1, (1, 1), False)],
)
def test_a_digest_waits_until_the_day_before_is_complete_at_the_source(
    minute: int, expected: tuple[int, int], pushed: bool
) -> None:
    assert due(daily(minute), TUESDAY) == utc(TUESDAY, *expected)
    assert is_pushed(daily(minute), TUESDAY) is pushed


def test_weekends_are_silent_unless_asked_for() -> None:
    days = (FRIDAY, SATURDAY, SUNDAY, MONDAY)
    assert [due(daily(), day) is not None for day in days] == [True, False, False, True]
    assert all(due(daily(weekends=True), day) for day in days)


def test_a_weekly_digest_comes_on_mondays() -> None:
    week = [MONDAY + n * DAY for n in range(7)]
    assert [due(weekly(weekends=True), day) is not None for day in week] == [True] + [False] * 6


@pytest.mark.parametrize(
    ("schedule", "day", "first", "last"),
    [
        (daily(), TUESDAY, MONDAY, MONDAY),
        (daily(), MONDAY, FRIDAY, SUNDAY),
        (daily(weekends=True), MONDAY, SUNDAY, SUNDAY),
        (weekly(), MONDAY, MONDAY - 7 * DAY, SUNDAY),
        (weekly(), TUESDAY, MONDAY - 7 * DAY, SUNDAY),  # a preview on any day
        (daily(covered_until=FRIDAY), TUESDAY, SATURDAY, MONDAY),  # Monday's was never planned
        (daily(covered_until=SATURDAY), MONDAY, SUNDAY, SUNDAY),  # nothing is told twice
        (daily(covered_until=MONDAY), TUESDAY, MONDAY, MONDAY),  # a preview of what was told
        (daily(covered_until=TUESDAY - 8 * DAY), TUESDAY, TUESDAY - 7 * DAY, MONDAY),
        (daily(covered_until=TUESDAY - 9 * DAY), TUESDAY, TUESDAY - 7 * DAY, MONDAY),  # at most seven days
        (weekly(covered_until=FRIDAY), MONDAY, MONDAY - 7 * DAY, SUNDAY),
    ],
)
def test_a_digest_tells_the_days_that_none_has_told(schedule: Schedule, day: date, first: date, last: date) -> None:
    assert span(covered(schedule, day)) == (first, last)


def test_a_digests_days_are_asked_for_with_one_word() -> None:
    assert usual_days(Cadence.DAILY, TUESDAY, weekends=False).word == "2026-11-23"
    assert usual_days(Cadence.DAILY, MONDAY, weekends=False).word == "2026-11-20..2026-11-22"
    assert since(FRIDAY, SATURDAY).word == "2026-11-20"


@pytest.mark.parametrize(("late", "found"), [(-MINUTE, None), (0 * MINUTE, TUESDAY)])
def test_a_digest_is_due_from_its_time_on(late: timedelta, found: date | None) -> None:
    assert due_date(daily(covered_until=SUNDAY), utc(TUESDAY, 1, 30) + late) == found


@pytest.mark.parametrize(("late", "found"), [(36 * 60 * MINUTE - MINUTE, FRIDAY), (36 * 60 * MINUTE, None)])
def test_a_digest_that_is_36_hours_late_is_left_to_the_next(late: timedelta, found: date | None) -> None:
    wanted = daily(covered_until=FRIDAY - 2 * DAY)
    assert due_date(wanted, utc(FRIDAY, 1, 30) + late) == found
    assert span(covered(wanted, MONDAY)) == (FRIDAY - DAY, SUNDAY)


def test_of_several_due_only_the_newest_is_worth_sending() -> None:
    asleep = daily(covered_until=TUESDAY - 5 * DAY)
    assert due_date(asleep, utc(TUESDAY, 2)) == TUESDAY
    assert span(covered(asleep, TUESDAY)) == (TUESDAY - 4 * DAY, MONDAY)


def test_what_is_told_is_not_due_again_whatever_the_hour_is_set_to() -> None:
    for minute in (0, 630, 900):
        assert due_date(daily(minute, covered_until=MONDAY), utc(TUESDAY, 12)) is None


@pytest.mark.parametrize(
    ("schedule", "now", "first", "tells"),
    [
        (daily(), utc(TUESDAY, 1, 29), TUESDAY, (MONDAY, MONDAY)),
        (daily(), utc(TUESDAY, 1, 30), TUESDAY + DAY, (TUESDAY, TUESDAY)),  # today's hour is over
        (daily(), utc(SATURDAY, 12), MONDAY, (FRIDAY, SUNDAY)),
        (daily(weekends=True), utc(SATURDAY, 12), SUNDAY, (SATURDAY, SATURDAY)),
        (weekly(), utc(TUESDAY, 12), MONDAY + 7 * DAY, (MONDAY, SUNDAY + 7 * DAY)),
    ],
)
def test_a_new_schedule_begins_with_the_next_digest(
    schedule: Schedule, now: datetime, first: date, tells: tuple[date, date]
) -> None:
    begun = started(schedule, now)
    assert due_date(begun, now) is None
    assert next_date(begun, now) == first
    assert span(covered(begun, first)) == tells


def test_the_next_digest_is_the_one_that_is_due_already() -> None:
    assert next_date(daily(covered_until=SUNDAY), utc(TUESDAY, 2)) == TUESDAY
    assert next_date(daily(covered_until=MONDAY), utc(TUESDAY, 2)) == TUESDAY + DAY


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["Asia/Tokyo", "Africa/Cairo", "America/Santiago", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
    minute=st.integers(0, 1439),
    weekends=st.booleans(),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as asked
    naps=st.lists(st.integers(1, 60 * 50), min_size=30, max_size=120),
)
def test_however_seldom_one_looks_no_day_is_told_twice_and_none_left_out(
    zone: str, minute: int, weekends: bool, start: datetime, naps: list[int]
) -> None:
    """Naps of up to two days: shorter than what would let a day fall out of the seven."""
    now, schedule = start, started(daily(minute, zone, weekends=weekends), start)
    told = schedule.covered_until
    assert told is not None
    seen: set[date] = set()
    for nap in naps:
        now += timedelta(minutes=nap)
        day = due_date(schedule, now)
        if day is None:
            continue
        assert day not in seen
        seen.add(day)
        assert covered(schedule, day).start == told + DAY
        at = due(schedule, day)
        assert at is not None
        assert at <= now
        assert now.astimezone(ZoneInfo(zone)).date() >= day
        told = covered(schedule, day).last
        schedule = replace(schedule, covered_until=told)


@pytest.mark.parametrize("word", ["Asia/Tokyo", "asia/tokyo", "America/Argentina/Ushuaia", "UTC", "utc", "US/Pacific"])
def test_an_area_and_a_city_is_a_zone_in_any_case(word: str) -> None:
    assert zone_named(word).casefold() == word.casefold()
    assert is_zone(zone_named(word))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("EST", "America/New_York"),
        ("est", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CET", "Europe/Berlin, Europe/Paris"),
        ("IST", "Asia/Kolkata, Asia/Istanbul"),
        ("JST", "Asia/Tokyo"),
        ("GMT", "Europe/London"),
        ("Japan", "Asia/Tokyo"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Asia/Tokio", "Asia/Tokyo, Asia/Tomsk"),
    ],
)
def test_what_is_no_zone_for_sure_is_refused_with_what_it_may_mean(word: str, meant: str) -> None:
    with pytest.raises(UserError) as refused:
        zone_named(word)
    assert (refused.value.key, refused.value.values["zones"]) == ("error.zone_nearest", meant)


@pytest.mark.parametrize("word", ["x", "Etc/GMT+5", "+09:00", "Factory", "../../etc/passwd", "９"])
def test_what_means_no_zone_at_all_is_refused(word: str) -> None:
    with pytest.raises(UserError) as refused:
        zone_named(word)
    assert refused.value.key == "error.zone_unknown"


@pytest.mark.parametrize(("name", "so"), [("Asia/Tokyo", True), ("asia/tokyo", False), ("EST", False), (None, False)])
def test_only_an_exact_name_can_be_taken_as_it_is(name: str | None, so: bool) -> None:
    assert is_zone(name) is so
