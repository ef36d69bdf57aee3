from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.budget import Alerts
from bot.reports.quiet import due_at, waits_for

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
USUAL = Alerts()
NIGHTLESS = Alerts(quiet_from=0, quiet_to=0)


def local(zone: ZoneInfo, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("minute", "waits_until"),
    [
        ((2026, 11, 20, 19, 59), (2026, 11, 20, 19, 59)),
        ((2026, 11, 20, 20, 0), (2026, 11, 21, 8, 0)),
        ((2026, 11, 21, 7, 59), (2026, 11, 21, 8, 0)),
        ((2026, 11, 21, 8, 0), (2026, 11, 21, 8, 0)),
    ],
)
def test_quiet_hours_are_those_of_the_person(minute: tuple[int, ...], waits_until: tuple[int, ...]) -> None:
    assert due_at(local(TOKYO, *minute), USUAL, TOKYO, None, urgent=False) == local(TOKYO, *waits_until)


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = Alerts(quiet_from=12 * 60, quiet_to=14 * 60)
    now = local(BERLIN, 2026, 11, 20, 12, 30)
    assert due_at(now, siesta, BERLIN, None, urgent=True) == local(BERLIN, 2026, 11, 20, 14)
    assert due_at(local(BERLIN, 2026, 11, 20, 23), siesta, BERLIN, None, urgent=True) == local(BERLIN, 2026, 11, 20, 23)


def test_who_was_told_something_today_is_told_tomorrow_unless_it_is_urgent() -> None:
    now, today = local(BERLIN, 2026, 11, 20, 15), date(2026, 11, 20)
    assert due_at(now, USUAL, BERLIN, today, urgent=False) == local(BERLIN, 2026, 11, 21, 8)
    assert due_at(now, NIGHTLESS, BERLIN, today, urgent=False) == local(BERLIN, 2026, 11, 21)
    assert due_at(now, USUAL, BERLIN, today, urgent=True) == now
    assert due_at(now, USUAL, BERLIN, today - timedelta(days=1), urgent=False) == now


def test_the_day_is_the_persons_own() -> None:
    now = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # the 21st in Tokyo
    assert due_at(now, NIGHTLESS, TOKYO, date(2026, 11, 20), urgent=False) == now
    assert due_at(now, NIGHTLESS, TOKYO, date(2026, 11, 21), urgent=False) == local(TOKYO, 2026, 11, 22)


def test_a_snooze_ends_first_and_then_the_quiet_hours() -> None:
    snoozed = Alerts(snoozed_until=local(BERLIN, 2026, 11, 21, 22))
    now = local(BERLIN, 2026, 11, 20, 15)
    assert due_at(now, snoozed, BERLIN, None, urgent=True) == local(BERLIN, 2026, 11, 22, 8)
    assert due_at(local(BERLIN, 2026, 11, 23, 9), snoozed, BERLIN, None, urgent=True) == local(BERLIN, 2026, 11, 23, 9)


def test_an_hour_that_the_clock_skips_ends_the_quiet_hours_when_it_is_skipped() -> None:
    until_half_past_two = Alerts(quiet_from=20 * 60, quiet_to=150)
    now = local(BERLIN, 2026, 3, 29, 1, 15)
    # 02:00 becomes 03:00, which is after half past two
    assert due_at(now, until_half_past_two, BERLIN, None, urgent=False) == local(BERLIN, 2026, 3, 29, 3)


def test_an_hour_that_comes_twice_is_quiet_twice_only_as_far_as_the_clock_says_so() -> None:
    until_half_past_two = Alerts(quiet_from=20 * 60, quiet_to=150)
    first = local(BERLIN, 2026, 10, 25, 2, 30)
    assert due_at(local(BERLIN, 2026, 10, 25, 1), until_half_past_two, BERLIN, None, urgent=False) == first
    second = local(BERLIN, 2026, 10, 25, 2, 10, fold=1)
    again = local(BERLIN, 2026, 10, 25, 2, 30, fold=1)
    assert due_at(second, until_half_past_two, BERLIN, None, urgent=False) == again


@pytest.mark.parametrize(
    ("hour", "alerts", "why"),
    [
        (20, USUAL, "quiet_hours"),
        (19, USUAL, "one_a_day"),
        (19, Alerts(snoozed_until=local(BERLIN, 2026, 11, 20, 20)), "snoozed"),
        (20, Alerts(snoozed_until=local(BERLIN, 2026, 11, 20, 20)), "quiet_hours"),
        (20, NIGHTLESS, "one_a_day"),
    ],
)
def test_the_log_says_why_a_message_waits(hour: int, alerts: Alerts, why: str) -> None:
    assert waits_for(local(BERLIN, 2026, 11, 20, hour), alerts, BERLIN) == why
