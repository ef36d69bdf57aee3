"""Claude Code's own telemetry, as it was told: what the inbox holds of a UTC day becomes a reading of that day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.config import Settings
from bot.telemetry import Feature, Use
from bot.usage import DayReading

NAME = "otlp"


class Inbox(Protocol):
    """What was told, as the store keeps it: see `sources.Inbox`."""

    def first_day(self) -> date | None: ...

    def uses(self, day: date, /) -> Iterable[Use]: ...

    def features(self, day: date, /) -> Iterable[Feature]: ...


def open_reader(_: Settings, inbox: Inbox) -> "InboxReader":
    """Open the source over an inbox."""
    return InboxReader(inbox)


class InboxReader:
    """Adds up a day of the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def first_day(self) -> date | None:
        """Give the first day of which anything was told; the far future where nothing was."""
        return self._inbox.first_day() or date.max

    def expect(self, days: Sequence[date]) -> None:
        """Nothing to prepare."""

    def read_day(self, day: date, now: datetime) -> DayReading:
        raise NotImplementedError

    def check(self) -> str:
        return "under way"

    def close(self) -> None:
        """Nothing to give back."""
