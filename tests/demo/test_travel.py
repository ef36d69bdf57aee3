"""How time passes in the playground."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.clock import MovableClock
from bot.demo.travel import end_of, travel
from bot.demo.workspace.sender import NotThere

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def stops_of(journey: timedelta, next_due: Callable[[datetime], datetime | None] = lambda _: None) -> list[datetime]:
    """Travel from noon and give when the bot was let do what is due; real time adds less than a second."""
    clock = MovableClock(NOON - datetime.now(UTC))
    stops: list[datetime] = []
    travel(clock, NOON + journey, run_due=lambda: stops.append(clock()), next_due=lambda: next_due(clock()))
    assert all(stop.microsecond < 900_000 for stop in stops)
    return [stop.replace(microsecond=0) for stop in stops]


@pytest.mark.parametrize(
    ("journey", "longest"),
    [(HOUR, HOUR), (DAY, 3 * HOUR), (2 * DAY, 3 * HOUR), (2 * DAY + HOUR, 6 * HOUR), (30 * DAY, 6 * HOUR)],
)
def test_the_bot_looks_again_every_few_hours_and_at_the_end(journey: timedelta, longest: timedelta) -> None:
    stops = stops_of(journey)
    steps = [later - earlier for earlier, later in zip([NOON, *stops], stops, strict=False)]
    assert max(steps) == longest
    assert stops[-1] == NOON + journey
    assert all(stop.minute == 0 and stop.hour * HOUR % longest == timedelta() for stop in stops[:-1])


def test_a_stop_is_made_at_the_very_instant_at_which_something_is_due() -> None:
    due = NOON + timedelta(hours=4, minutes=30)
    assert due in stops_of(DAY, lambda now: due if now < due else None)
    assert due not in stops_of(4 * HOUR, lambda now: due if now < due else None)


def test_what_is_due_and_not_done_or_due_again_at_once_does_not_stop_time() -> None:
    assert len(stops_of(DAY, lambda now: now - HOUR)) == len(stops_of(DAY))
    assert len(stops_of(HOUR, lambda now: now + timedelta(microseconds=1))) <= 60


@pytest.mark.parametrize(
    ("move", "end"),
    [
        ("hour", NOON + HOUR),
        ("day", NOON + DAY),
        ("month", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("due", NOON + 5 * HOUR),
    ],
)
def test_each_button_of_the_clock_has_its_end(move: str, end: datetime) -> None:
    assert end_of(move, NOON, NOON + 5 * HOUR) == end


@pytest.mark.parametrize(
    ("next_due", "end"),
    [
        (None, None),
        (NOON + timedelta(seconds=1), NOON + timedelta(seconds=1)),
        (NOON, NOON + HOUR),
        (NOON - DAY, NOON + HOUR),
    ],
)
def test_what_waits_for_something_is_given_an_hour(next_due: datetime | None, end: datetime | None) -> None:
    assert end_of("due", NOON, next_due) == end


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, 9, tzinfo=UTC)),
        (datetime(2027, 1, 31, 10, tzinfo=UTC), datetime(2027, 2, 1, 9, tzinfo=UTC)),
        (datetime(2027, 2, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC)),
    ],
)
def test_the_next_month_begins_at_nine_on_its_first_day(now: datetime, first: datetime) -> None:
    assert end_of("month", now, None) == first


def test_there_is_no_other_button() -> None:
    with pytest.raises(NotThere):
        end_of("year", NOON, None)
