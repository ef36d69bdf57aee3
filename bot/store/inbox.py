"""Telemetry as it was told: booked once, however often it is sent, and added up by session and day."""

from collections.abc import Iterable
from datetime import date

from bot.store.engine import Sessions
from bot.telemetry import Feature, Use


class Box:
    """Reads the inbox: see `sources.Inbox`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def first_day(self) -> date | None:
        """Give the first day of which anything was told; None: nothing ever was."""
        return None

    def uses(self, _day: date) -> Iterable[Use]:
        """Give the sums of each session, signal and model of a day."""
        return ()

    def features(self, _day: date) -> Iterable[Feature]:
        """Give the counts of each session of a day."""
        return ()
