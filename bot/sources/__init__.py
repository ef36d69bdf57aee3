"""Usage APIs: where spend comes from. A source is one module and one row of `SOURCES`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.config import Settings
from bot.errors import SourceError, SourceRejected, SourceUnavailable
from bot.overlap import Terms
from bot.sources import anthropic_analytics, anthropic_claude_code, litellm, otlp
from bot.telemetry import Feature, Use
from bot.usage import DayReading


class Inbox(Protocol):
    """What was told us unasked, as the store keeps it. Days are UTC days."""

    def first_day(self) -> date | None:
        """Give the first day of which anything was told; None: nothing ever was."""

    def uses(self, day: date, /) -> Iterable[Use]:
        """Give the sums of each session, signal and model of a day."""

    def features(self, day: date, /) -> Iterable[Feature]:
        """Give the counts of each session of a day."""


class EmptyInbox:
    """Nothing was told: for who only wants to ask."""

    def first_day(self) -> date | None:
        """There is none."""
        return None

    def uses(self, _: date) -> Iterable[Use]:
        """There are none."""
        return ()

    def features(self, _: date) -> Iterable[Feature]:
        """There are none."""
        return ()


class Reader(Protocol):
    """An open source. Not shared between threads."""

    def first_day(self) -> date | None:
        """Give the first UTC day of which the source can tell; None: it knows no first one."""

    def expect(self, days: Sequence[date]) -> None:
        """Hear which days will be asked for, in that order: a source that can may read several at once."""

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
    account: str
    """Sources of one account tell of the same use: see `overlap.speaking`."""
    settle_days: int
    """Days this young are read again at each poll."""
    horizon_days: int
    """Days this young are read again once a day."""
    final_after_days: int
    """Days this old are corrected no more."""
    is_told: bool = False
    """It is told, not asked."""
    key_setting: str
    address_setting: str
    """The settings to look at when it does not answer."""
    enabled: Callable[[Settings], bool]
    open: Callable[[Settings, Inbox], Reader]

    @property
    def terms(self) -> Terms:
        """What it promises about its days."""
        return Terms(
            source=self.name, account=self.account, final_after_days=self.final_after_days, is_told=self.is_told
        )


SOURCES: tuple[Source, ...] = (
    Source(
        name=anthropic_analytics.NAME,
        account="anthropic",
        settle_days=3,
        horizon_days=31,
        final_after_days=30,
        key_setting="ANTHROPIC_ANALYTICS_KEY or ANTHROPIC_ADMIN_KEY",
        address_setting="ANTHROPIC_BASE_URL",
        enabled=lambda settings: bool(settings.anthropic_analytics_key or settings.anthropic_admin_key),
        open=lambda settings, _: anthropic_analytics.open_reader(settings),
    ),
    Source(
        name=anthropic_claude_code.NAME,
        account="anthropic",
        settle_days=7,
        horizon_days=35,
        final_after_days=7,
        key_setting="ANTHROPIC_ADMIN_KEY",
        address_setting="ANTHROPIC_BASE_URL",
        enabled=lambda settings: settings.anthropic_admin_key is not None,
        open=lambda settings, _: anthropic_claude_code.open_reader(settings),
    ),
    Source(
        name=litellm.NAME,
        account="litellm",
        settle_days=3,
        horizon_days=31,
        final_after_days=3,
        key_setting="LITELLM_API_KEY",
        address_setting="LITELLM_BASE_URL",
        enabled=lambda settings: settings.litellm_api_key is not None,
        open=lambda settings, _: litellm.open_reader(settings),
    ),
    Source(
        name=otlp.NAME,
        account="otlp",
        settle_days=2,
        horizon_days=2,
        final_after_days=2,
        is_told=True,
        key_setting="the ingest tokens (ccost token list)",
        address_setting="CCOST_PUBLIC_URL",
        enabled=lambda _: True,
        open=otlp.open_reader,
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
