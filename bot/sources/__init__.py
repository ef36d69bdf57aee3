"""Usage APIs: where spend comes from. A source is one module and one row of `SOURCES`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.config import Settings
from bot.errors import SourceError, SourceRejected, SourceUnavailable
from bot.sources import anthropic_claude_code
from bot.usage import DayReading


class Reader(Protocol):
    """An open source. Not shared between threads."""

    def read_day(self, day: date, now: datetime) -> DayReading:
        """Read one whole UTC day: all its pages, rows of one key added up.

        `now` is stamped on the reading and decides whether the day was over. Raises `SourceError`; never returns half
        a day.
        """

    def check(self) -> str:
        """Ask the smallest question that proves the key, and give the account's name. Raises `SourceError`."""

    def close(self) -> None:
        """Give connections back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A row of the registry."""

    name: str
    settle_days: int
    """Days this young are read again at each poll: they may still be corrected."""
    horizon_days: int
    """Days this young are read again once a day."""
    key_setting: str
    address_setting: str
    """The settings to look at when it does not answer."""
    enabled: Callable[[Settings], bool]
    open: Callable[[Settings], Reader]


SOURCES: tuple[Source, ...] = (
    Source(
        name=anthropic_claude_code.NAME,
        settle_days=7,
        horizon_days=35,
        key_setting="ANTHROPIC_ADMIN_KEY",
        address_setting="ANTHROPIC_BASE_URL",
        enabled=lambda settings: settings.anthropic_admin_key is not None,
        open=anthropic_claude_code.open_reader,
    ),
)
"""In the order of trust: the first that saw a use is the one that counts (see `overlap.choose`)."""


def remedy(source: Source, error: SourceError) -> str:
    """Say in a sentence what the operator can do about an error of a source."""
    if isinstance(error, SourceRejected):
        return f"Check {source.key_setting}: its kind, its rights, and the organization's spend limits."
    if isinstance(error, SourceUnavailable):
        return f"ccost asks again by itself. If it stays, check {source.address_setting} and the network."
    return f"Check {source.address_setting}; if it is right, the vendor's answer has changed: update ccost."


def precedence(settings: Settings) -> tuple[str, ...]:
    """Give the source names in the order of trust: the operator's, else that of the registry."""
    return settings.precedence or tuple(source.name for source in SOURCES)
