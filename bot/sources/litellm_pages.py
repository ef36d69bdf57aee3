"""Asks LiteLLM for its daily activity: pages of the rows of days, and its own sums of them."""

import logging
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from bot.errors import SourceChanged, SourceError
from bot.sources.http import ThinClient
from bot.sources.litellm_days import Day, TooOld
from bot.sources.litellm_rows import Metrics, metrics
from bot.sources.pages import MAX_PAGES

ACTIVITY, AGGREGATED = "/user/daily/activity", "/user/daily/activity/aggregated"

_PAGE_ROWS = "1000"
_USERS_AT_ONCE = 50
"""How many users of shared keys are asked for one by one; a day has more only where one key is everybody's."""

logger = logging.getLogger(__name__)


class Pages:
    """Raises `SourceError` for every answer that is not understood."""

    def __init__(self, client: ThinClient) -> None:
        self._client = client
        self._has_sums = True

    def day(self, day: date, *, user_id: str | None = None) -> Day:
        """Walk over all pages of a day, of everybody or of one user."""
        found = Day()
        only = [] if user_id is None else [("user_id", user_id)]
        for number in range(1, MAX_PAGES + 1):
            asked = [*_range(day, day), ("page_size", _PAGE_ROWS), ("page", str(number)), *only]
            page = self._client.get(ACTIVITY, asked)
            if not self._add({day: found}, page):
                return found
            if not page["results"]:
                raise SourceChanged(self._client.source, "the pages have no end: an empty one promises another one")
        raise SourceChanged(self._client.source, f"there are more than {MAX_PAGES} pages")

    def first_row(self, day: date) -> None:
        """Ask, once, for the smallest page there is."""
        self._add({day: Day()}, self._client.get(ACTIVITY, [*_range(day, day), ("page_size", "1")], tries=1))

    def together(self, first: date, last: date) -> tuple[dict[date, Day], int]:
        """Give neighbouring days, and on how many pages they stand: unless on one, they are only begun."""
        days = {first + timedelta(days=n): Day() for n in range((last - first).days + 1)}
        page = self._client.get(ACTIVITY, [*_range(first, last), ("page_size", _PAGE_ROWS)])
        if not self._add(days, page):
            return days, 1
        pages = page["metadata"].get("total_pages")
        return days, max(2, pages) if isinstance(pages, int) else 2

    def sums(self, first: date, last: date) -> Mapping[date, Metrics] | None:
        """Give the proxy's own sums; a day without rows is not among them. None: it has none, or not for this key.

        They are whole even where the answer names only the biggest keys, so no more of them are asked for than one.
        """
        if not self._has_sums:
            return None
        try:
            page = self._client.get(AGGREGATED, [*_range(first, last), ("api_key_limit", "1")])
        except SourceError as error:
            if error.status not in (403, 404):
                raise
            logger.info("sums cannot be compared", extra={"source": error.source, "why": error.why})
            self._has_sums = False
            return None
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        try:
            return {day: metrics(result.get("metrics")) for day, result in self._results(page, days)}
        except ValueError as error:
            raise SourceChanged(self._client.source, f"the sums of a day are not understood ({error})") from None

    def parts(self, day: date, found: Day) -> dict[str, Day]:
        """Ask for each user of the keys that several used; empty where the proxy cannot tell them apart."""
        users = sorted({user for users in found.shared_keys().values() for user in users})
        if len(users) > _USERS_AT_ONCE:
            logger.warning("too many share a key", extra={"source": self._client.source, "users": len(users)})
            return {}
        parts = {}
        for user in users:
            parts[user] = self.day(day, user_id=user)
            if not parts[user].is_only_of(user):
                logger.info("users cannot be asked for", extra={"source": self._client.source})
                return {}
        return parts

    def _add(self, days: Mapping[date, Day], page: Any) -> bool:
        """Add a page up, and say whether another one follows."""
        for day, result in self._results(page, days):
            try:
                days[day].add(result)
            except TooOld:
                why = "this LiteLLM does not say which key used which model: version 1.77 or newer is needed"
                raise SourceChanged(self._client.source, why) from None
            except ValueError as error:
                raise SourceChanged(self._client.source, f"a page is not understood ({error})") from None
        about = page.get("metadata")
        more = about.get("has_more") if isinstance(about, dict) else None
        if not isinstance(more, bool):
            raise SourceChanged(self._client.source, "a page does not say whether another one follows")
        return more

    def _results(self, page: Any, days: Mapping[date, Any] | list[date]) -> Iterator[tuple[date, dict[str, Any]]]:
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list):
            raise SourceChanged(self._client.source, "a page has no list of results")
        by_name = {day.isoformat(): day for day in days}
        for result in results:
            name = result.get("date") if isinstance(result, dict) else None
            if not isinstance(name, str) or name not in by_name:
                raise SourceChanged(self._client.source, "a page tells of a day that was not asked for")
            yield by_name[name], result


def _range(first: date, last: date) -> list[tuple[str, str]]:
    """Both days included. No time zone is ever sent: some versions then answer with a day too many."""
    return [("start_date", first.isoformat()), ("end_date", last.isoformat())]
