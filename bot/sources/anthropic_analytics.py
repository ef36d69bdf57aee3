"""The cost analytics: what each person's and key's use of Claude Code cost an organization, after discounts.

The amounts come in cents, beside what the same would have cost at list price; credits are not taken off. A day may be
corrected for 30 days. The answer says until when the vendor itself had data: on a day that this does not cover wholly
the reading gives way, and whichever other source saw the same use counts. What people did is not told here.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import random as dice
from typing import Any, TypeVar

from bot.config import Settings
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError
from bot.sources.analytics_days import Found, Side
from bot.sources.analytics_rows import PRODUCT, day_of, instant, money_of, tokens_of
from bot.sources.anthropic_admin import DirectoryReader, open_directory
from bot.sources.http import BadRequest, ThinClient, Transport
from bot.sources.pages import Params, from_the_start, pages
from bot.sources.rows import bounded
from bot.usage import DayReading

NAME = "anthropic_analytics"

_ME = "/v1/organizations/me"
_COST = "/v1/organizations/analytics/cost"
_USAGE = "/v1/organizations/analytics/usage"
_VERSION = "2026-10-21"
_BETA = "analytics-usage-cost-2026-08-24"
_FIRST_DAY = date(2026, 1, 1)
_REACH_DAYS = 364
"""A day's midnight must lie within 365 days."""
_DAYS_AT_ONCE = 8
"""The API allows 31. Eight days of 5,000 people and three models each are 120,000 rows of each kind, added up before
anything is stored: some 150 MB, and a poll of the newest days is one walk."""

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def open_reader(
    settings: Settings,
    *,
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = dice,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> "AnalyticsReader":
    """Open the source for one run. `clock` only dates the question of `check`. Raises `ConfigError` without a key."""
    key = settings.anthropic_analytics_key or settings.anthropic_admin_key
    if key is None:
        raise ConfigError(
            "Neither ANTHROPIC_ANALYTICS_KEY nor ANTHROPIC_ADMIN_KEY is set. The README says where to find them."
        )
    client = ThinClient(
        source=NAME,
        base_url=settings.anthropic_base_url,
        headers={
            "x-api-key": key.get_secret_value(),
            "anthropic-version": _VERSION,
            "anthropic-beta": _BETA,
        },
        paths=(_ME, _COST, _USAGE),
        transport=transport,
        sleep=sleep,
        monotonic=monotonic,
        random=random,
    )
    directory = None
    if settings.anthropic_admin_key is not None:
        directory = open_directory(
            settings, source=NAME, transport=transport, sleep=sleep, monotonic=monotonic, random=random
        )
    return AnalyticsReader(client, directory, clock)


class AnalyticsReader:
    """Reads whole UTC days, several in one walk over the pages. One reader serves one run."""

    def __init__(self, client: ThinClient, directory: DirectoryReader | None, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._directory = directory
        self._clock = clock
        self._key_names: dict[str, str] | None = None
        self._expected: set[date] = set()
        self._ahead: dict[date, Found] = {}

    def first_day(self) -> date | None:
        """Give the first day of which the vendor has any data. Days more than a year back are refused when asked."""
        return _FIRST_DAY

    def expect(self, days: Sequence[date]) -> None:
        """Hear which days will be asked for; neighbours are then read in one walk."""
        self._expected = set(days)

    def check(self) -> str:
        """Ask for the smallest page there is, once, and give the organization's name.

        An Enterprise key may open the analytics and not the name: then it is said that there is none. Raises
        `SourceError`.
        """
        yesterday = self._clock().astimezone(UTC).date() - timedelta(days=1)
        asked = [("starting_at", f"{yesterday}T00:00:00Z"), ("limit", "1")]
        page = _if_opened(lambda: self._client.get(_COST, asked, tries=1))
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise SourceChanged(NAME, "a page has no list of data")
        try:
            me = self._client.get(_ME, tries=1)
        except SourceError:
            me = None  # what was to be proven is proven
        name = me.get("name") if isinstance(me, dict) else None
        return bounded(name.strip()) if isinstance(name, str) and name.strip() else "an organization without a name"

    def read_day(self, day: date, now: datetime) -> DayReading:
        """Read one UTC day, and keep at hand the expected days before it that the same pages hold.

        `read_at` is the time of the walk, which may have been a day asked for earlier. Bad rows are counted and left
        out. Raises `SourceAbsent` where the organization does not have the analytics, where the vendor has no data yet
        (which is not $0), and for a day that is more than a year old; another `SourceError` rather than give half a
        day.
        """
        oldest = now.astimezone(UTC).date() - timedelta(days=_REACH_DAYS)
        if day < oldest:
            raise SourceAbsent(NAME, f"it tells of no day before {oldest}")
        if day not in self._ahead:
            self._ahead |= self._read(self._run(day, oldest), now)
        self._expected.discard(day)
        return self._ahead.pop(day).reading(NAME)

    def close(self) -> None:
        """Give connections back."""
        self._client.close()
        if self._directory is not None:
            self._directory.close()

    def _run(self, day: date, oldest: date) -> list[date]:
        """Give the day and the expected ones that lie directly before it, the newest first."""
        run = [day]
        while len(run) < _DAYS_AT_ONCE and (before := run[-1] - timedelta(days=1)) in self._expected:
            if before < oldest:
                break
            run.append(before)
        return run

    def _read(self, run: list[date], now: datetime) -> dict[date, Found]:
        asked = [
            ("starting_at", f"{run[-1]}T00:00:00Z"),
            ("ending_at", f"{run[0] + timedelta(days=1)}T00:00:00Z"),
            ("time_bucket_width", "1d"),
            ("group_by[]", "actor"),
            ("group_by[]", "model"),
            ("products[]", PRODUCT),
            ("order_by", "time"),
            ("limit", "1000"),
        ]
        cost = _if_opened(lambda: from_the_start(NAME, lambda: self._walk(_COST, asked, Side(NAME, run, money_of))))
        usage = _if_opened(lambda: from_the_start(NAME, lambda: self._walk(_USAGE, asked, Side(NAME, run, tokens_of))))
        if cost.through is None or usage.through is None:
            raise SourceAbsent(NAME, f"the vendor has no data yet of {run[-1]} to {run[0]}")
        for side in (cost, usage):
            side.settle()
        through = min(cost.through, usage.through)
        return {
            day: Found(
                usage_date=day,
                read_at=now,
                through=through,
                money=cost.sums[day],
                tokens=usage.sums[day],
                quarantined=cost.bad_of(day) + usage.bad_of(day),
                unreadable=cost.unreadable(day) or usage.unreadable(day),
            )
            for day in run
        }

    def _walk(self, path: str, asked: Params, side: Side[Any]) -> Side[Any]:
        for page in pages(self._client, path, asked):
            side.note_watermark(_watermark(page))
            for row in page["data"]:
                side.add(row, day_of, self._key_name)
        return side

    def _key_name(self, key_id: str) -> str:
        """Give the name by which Claude Code Analytics knows the key.

        Without an admin key there is no such other source either, and the id is as good. A directory that does not
        answer this once is no reason to go on with ids: the use would count beside itself under the name.
        """
        if self._key_names is None:
            try:
                self._key_names = self._directory.key_names() if self._directory is not None else {}
            except SourceAbsent as error:
                logger.info("keys have no names", extra={"source": NAME, "why": error.why})
                self._key_names = {}
        return self._key_names.get(key_id, key_id)


def _watermark(page: dict[str, Any]) -> datetime | None:
    if "data_refreshed_at" in page and page["data_refreshed_at"] is None:
        return None
    try:
        return instant(page.get("data_refreshed_at"))
    except ValueError:
        raise SourceChanged(NAME, "a page does not say until when it has data") from None


def _if_opened(ask: Callable[[], Result]) -> Result:
    """Ask; a refusal of the feature as such means that the organization does not have it."""
    try:
        return ask()
    except SourceError as error:
        if error.status in (403, 404) or (isinstance(error, BadRequest) and error.about_beta):
            raise SourceAbsent(NAME, error.why) from None
        raise
