"""Letting time pass: the clock moves in steps, and after each the bot does what is due, as it would have."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.demo.clock import MovableClock
from bot.demo.workspace.sender import NotThere

_MOVES = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_SHORT_JOURNEY = timedelta(days=2)
_SHORT_STEP, _LONG_STEP = timedelta(hours=3), timedelta(hours=6)
"""A step costs 0.2 s, nearly all of it reading usage, and the nightly one 0.5 s: so a day takes some two seconds."""
_SHORTEST_STEP = timedelta(minutes=1)
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)


def end_of(move: str, now: datetime, next_due: datetime | None) -> datetime | None:
    """Give the instant to which a button of the clock moves; None: nothing is due.

    The next month begins at 09:00 of its first day. What is due already and not done waits for something: an hour may
    bring it. Raises `NotThere` for a button that no page has.
    """
    if move == "due":
        return next_due if next_due is None or next_due > now else now + _MOVES["hour"]
    if move == "month":
        return (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=9, minute=0, second=0, microsecond=0)
    if move not in _MOVES:
        raise NotThere(move)
    return now + _MOVES[move]


def travel(
    clock: MovableClock,
    to: datetime,
    *,
    run_due: Callable[[], None],
    next_due: Callable[[], datetime | None],
) -> None:
    """Move to an instant, with a stop at each full step of the UTC day and whenever something is due."""
    step = _SHORT_STEP if to - clock() <= _SHORT_JOURNEY else _LONG_STEP
    while (now := clock()) < to:
        stops = [to, now + step - (now - _MIDNIGHT) % step]
        due = next_due()
        if due is not None and due > now:
            stops.append(max(due, now + _SHORTEST_STEP))
        clock.move(min(stops) - now)
        run_due()
