"""LiteLLM, a gateway that teams put before several model providers: what each user and key of it used.

It is a third party's program. Its dollars are its own estimate, by its own price map (`ListCost` here), with which no
invoice need agree; what it knows no price for is told as unpriced. What other programs than Claude Code sent through
it is in the figures too, and so is, as if it were paid by the token, what it forwarded under somebody's subscription:
its sums do not tell them apart. It says nothing of what came of the use. Days are UTC days, whatever its clock says.

The key should open as little as possible: a user with the role `proxy_admin_viewer`, and a key of that user with
`allowed_routes` of `/user/daily/activity`, `/user/list` and `/key/list`. Without these a key can also make paid calls.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from random import random as dice

import httpx

from bot.config import Settings
from bot.errors import ConfigError, SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.http import TRIES, ThinClient, Transport
from bot.sources.litellm_days import Day, MoreThanWhole
from bot.sources.litellm_names import KEYS, USERS, Names
from bot.sources.litellm_pages import ACTIVITY, AGGREGATED, Pages
from bot.sources.litellm_rows import Metrics, Row, Sums, consumer, use
from bot.sources.rows import bounded
from bot.usage import DayReading

NAME = "litellm"

_OWN_KEY = "/key/info"
"""Opened by every key but one that is held to its `allowed_routes`."""
_DAYS_AT_ONCE = 31
_COMPLETE_AFTER = timedelta(minutes=10)
"""Rows are written within half a minute of a request's end, and booked to the day on which it began."""

logger = logging.getLogger(__name__)


def open_reader(
    settings: Settings,
    *,
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = dice,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> "LiteLlmReader":
    """Open the source for one run. `clock` only dates the question of `check`. Raises `ConfigError` without a key."""
    if settings.litellm_base_url is None or settings.litellm_api_key is None:
        raise ConfigError("LITELLM_BASE_URL and LITELLM_API_KEY are not both set. The README says where to find them.")
    client = ThinClient(
        source=NAME,
        base_url=settings.litellm_base_url,
        headers={"authorization": f"Bearer {settings.litellm_api_key.get_secret_value()}"},
        paths=(ACTIVITY, AGGREGATED, USERS, KEYS, _OWN_KEY),
        transport=transport,
        sleep=sleep,
        monotonic=monotonic,
        random=random,
    )
    return LiteLlmReader(client, httpx.URL(settings.litellm_base_url).host, clock)


class LiteLlmReader:
    """Reads whole UTC days, several at once where they stand on one page. One reader serves one run."""

    def __init__(self, client: ThinClient, host: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._pages = Pages(client)
        self._names = Names(client)
        self._host = host
        self._clock = clock
        self._sees_all = False
        self._at_once = _DAYS_AT_ONCE
        self._expected: set[date] = set()
        self._ahead: dict[date, DayReading] = {}

    def first_day(self) -> date | None:
        """Know of none: the proxy does not say since when it has been asked."""
        return None

    def expect(self, days: Sequence[date]) -> None:
        """Hear which days will be asked for; neighbours that stand on one page are then read together."""
        self._expected = set(days)

    def check(self) -> str:
        """Ask, once each, whether the key sees everybody and opens the activity; give the name of the proxy's host.

        Raises `SourceError`.
        """
        self._see_all(tries=1)
        self._pages.first_row(self._clock().astimezone(UTC).date() - timedelta(days=1))
        return bounded(self._host)

    def is_too_powerful(self) -> bool:
        """Say whether the key opens more than is needed here: a master key, or one that no `allowed_routes` limit.

        It asks, once, what the proxy knows of the key itself. Raises `SourceError` where the answer does not tell.
        """
        try:
            self._client.get(_OWN_KEY, tries=1)
        except SourceError as error:
            if error.status == 403:
                return False
            # The route is open, but no table of keys holds a master key.
            if error.status in (400, 404, 422):
                return True
            raise
        return True

    def read_day(self, day: date, now: datetime) -> DayReading:
        """Read one UTC day, and keep at hand the expected days before it that the same page holds.

        `read_at` is the time of the walk, which may have been a day asked for earlier. The pages are held against the
        sums that the proxy itself gives: where they differ they are read once more. Rows that are not understood are
        counted and left out. Raises `SourceError` rather than give half a day.
        """
        self._see_all()
        run = self._run(day)
        if day not in self._ahead and len(run) > 1:
            self._read_together(run, now)
        return self._ahead.pop(day, None) or self._read_alone(day, now)

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _see_all(self, tries: int = TRIES) -> None:
        """Make sure of the role: a user's own key is answered well too, with nothing but what that user spent."""
        if self._sees_all:
            return
        try:
            self._client.get(USERS, [("page", "1"), ("page_size", "1")], tries=tries)
        except SourceError as error:
            if error.status != 403:
                raise
            why = "its user needs the role proxy_admin_viewer, and the key that route, to see everybody's use"
            rejected = SourceRejected(NAME, f"{error.why}: {why}")
            rejected.status = error.status
            raise rejected from None
        self._sees_all = True

    def _run(self, day: date) -> list[date]:
        """Give the day and the expected ones that lie directly before it, the newest first."""
        run = [day]
        while len(run) < self._at_once and (before := run[-1] - timedelta(days=1)) in self._expected:
            run.append(before)
        return run

    def _read_together(self, run: list[date], now: datetime) -> None:
        """Read days that stand on one page. Where one fails, or more must be asked for, it is left to be read alone."""
        try:
            days, pages = self._pages.together(run[-1], run[0])
        except SourceChanged as error:
            logger.warning("days are read one by one", extra={"source": NAME, "why": error.why})
            self._at_once = 1
            return
        if pages > 1:
            # Rows may move between pages while they are read: the fewer, the better.
            self._at_once = max(1, len(run) // pages)
            return
        sums = self._pages.sums(run[-1], run[0])
        self._expected.difference_update(run)
        for day, found in days.items():
            if not found.shared_keys() and (sums is None or found.total.agrees_with(sums.get(day, Metrics()))):
                with suppress(SourceError):  # it comes again when that day is asked for
                    self._ahead[day] = self._reading(day, found, {}, now)

    def _read_alone(self, day: date, now: datetime) -> DayReading:
        found = self._agreed(day, now)
        return self._reading(day, found, self._pages.parts(day, found), now)

    def _agreed(self, day: date, now: datetime) -> Day:
        """Walk until the pages agree with the proxy's own sums, twice at most."""
        before: Metrics | None = None
        for _ in range(2):
            found = self._pages.day(day)
            sums = self._pages.sums(day, day)
            if sums is None:
                return found
            said = sums.get(day, Metrics())
            if found.total.agrees_with(said):
                return found
            # Of a day in progress rows may come while it is read: then the pages lie between two answers of the proxy.
            is_between = before and before.is_at_most(found.total) and found.total.is_at_most(said)
            if is_between and not _is_complete(day, now):
                return found
            logger.warning("sums differ", extra={"source": NAME, "day": day.isoformat()})
            before = said
        raise SourceUnavailable(NAME, f"the pages of {day} do not add up to what the proxy says of it")

    def _reading(self, day: date, found: Day, parts: Mapping[str, Day], now: datetime) -> DayReading:
        try:
            rows = found.rows(parts)
        except MoreThanWhole as error:
            raise SourceUnavailable(NAME, f"{day} changed while it was read ({error})") from None
        except ValueError as error:
            raise SourceChanged(NAME, f"{day} does not add up ({error})") from None
        emails, aliases = self._emails(found, rows), self._aliases(found, rows)
        sums = Sums()
        reasons = list(found.bad.values())
        for row, used in rows.items():
            try:
                sums.add(consumer(row, emails, aliases), row[2], use(used))
            except ValueError as error:
                reasons.append(str(error))
            except OverflowError as error:
                raise SourceChanged(NAME, str(error)) from None
        if reasons:
            why = sorted(set(reasons))[:5]
            logger.warning(
                "quarantined", extra={"source": NAME, "day": day.isoformat(), "rows": len(reasons), "why": why}
            )
            if not sums.spend:
                raise SourceChanged(NAME, f"none of {len(reasons)} rows of {day} is understood ({why[0]})")
        return DayReading(
            source=NAME,
            usage_date=day,
            read_at=now,
            complete=_is_complete(day, now),
            records=sums.records(day),
            activity=(),
            quarantined=len(reasons),
        )

    def _emails(self, found: Day, rows: Mapping[Row, Metrics]) -> Mapping[str, str | None]:
        """Add what the list of users says, where the activity of an early version does not name an address."""
        users = {user for user, _, _ in rows if user is not None}
        if users <= found.emails.keys():
            return found.emails
        return self._names.emails() | {user: email for user, email in found.emails.items() if email}

    def _aliases(self, found: Day, rows: Mapping[Row, Metrics]) -> Mapping[str, str | None]:
        keys = {key for user, key, _ in rows if user is None and key}
        return found.aliases if keys <= found.aliases.keys() else self._names.aliases() | found.aliases


def _is_complete(day: date, now: datetime) -> bool:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return now >= midnight + _COMPLETE_AFTER
