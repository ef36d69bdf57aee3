"""Under way."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.config import Settings
from bot.errors import SourceAbsent
from bot.usage import DayReading

NAME = "litellm"


def open_reader(settings: Settings) -> "Reader":
    return Reader()


class Reader:
    def first_day(self) -> date | None:
        return None

    def expect(self, days: Sequence[date]) -> None:
        pass

    def read_day(self, day: date, now: datetime) -> DayReading:
        raise SourceAbsent(NAME, "under way")

    def check(self) -> str:
        raise SourceAbsent(NAME, "under way")

    def close(self) -> None:
        pass
