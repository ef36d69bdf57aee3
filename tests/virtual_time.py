"""Time that passes only when somebody waits."""

from datetime import UTC, datetime, timedelta


class VirtualTime:
    """A monotonic clock, a wall clock and a sleep that agree with one another."""

    def __init__(self, wall: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self._started_at = wall
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def wall_clock(self) -> datetime:
        return self._started_at + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.seconds += seconds
