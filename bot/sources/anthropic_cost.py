"""The organization's own cost report: whole UTC days by workspace and description, of nobody in particular.

It is no source of usage: it is what the sources are held against. Amounts come in cents; credits are negative;
Priority Tier cost is not in it.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache, partial
from random import random as dice
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from bot.config import Settings
from bot.costs import CostLine, Directory
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError
from bot.money import MAX_NANOS
from bot.sources.analytics_rows import day_of
from bot.sources.anthropic_admin import DirectoryReader, open_directory
from bot.sources.http import ThinClient, Transport
from bot.sources.pages import Torn, from_the_start, pages
from bot.sources.rows import bounded, nanos_from_text, reason

NAME = "anthropic_cost"

_REPORT = "/v1/organizations/cost_report"
_VERSION = "2026-10-21"
_DAYS_AT_ONCE = 31
"""The most buckets of a page, and so the longest range that needs no second one."""

logger = logging.getLogger(__name__)


def open_ledger(
    settings: Settings,
    *,
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = dice,
) -> "LedgerReader":
    """Open the report for one run. Raises `ConfigError` without a key."""
    if settings.anthropic_admin_key is None:
        raise ConfigError("ANTHROPIC_ADMIN_KEY is not set. The README says where to find it.")
    client = ThinClient(
        source=NAME,
        base_url=settings.anthropic_base_url,
        headers={
            "x-api-key": settings.anthropic_admin_key.get_secret_value(),
            "anthropic-version": _VERSION,
        },
        paths=(_REPORT,),
        transport=transport,
        sleep=sleep,
        monotonic=monotonic,
        random=random,
    )
    names = open_directory(settings, source=NAME, transport=transport, sleep=sleep, monotonic=monotonic, random=random)
    return LedgerReader(client, names)


class LedgerReader:
    """Reads whole days. Raises `SourceAbsent` where the key does not open the report, else another `SourceError`."""

    def __init__(self, client: ThinClient, names: DirectoryReader) -> None:
        self._client = client
        self._names = names

    def read_days(self, first: date, last: date) -> dict[date, tuple[CostLine, ...]]:
        """Read the UTC days from `first` to `last`, both of them included.

        A day on which nothing was spent is empty. A day that the report does not give is not in the answer, nor is one
        with a line that is not understood: a sum that lacks a line is no sum. That is logged. Raises `SourceChanged`
        where that leaves no day.
        """
        found: dict[date, tuple[CostLine, ...]] = {}
        reasons: dict[date | None, str] = {}
        for start, end in _ranges(first, last):
            buckets = from_the_start(NAME, partial(self._buckets, start, end, reasons))
            for day, results in buckets.items():
                try:
                    found[day] = _lines(day, results)
                except ValueError as error:
                    reasons[day] = reason(error)
        if reasons:
            why = sorted(set(reasons.values()))[:5]
            logger.warning("quarantined", extra={"source": NAME, "days": len(reasons), "why": why})
            if not found:
                raise SourceChanged(NAME, f"no day from {first} to {last} is understood ({why[0]})")
        return found

    def directory(self) -> Directory:
        """Give the names of the workspaces and keys. Raises `SourceError`."""
        return self._names.read()

    def close(self) -> None:
        """Give connections back."""
        self._client.close()
        self._names.close()

    def _buckets(self, first: date, last: date, reasons: dict[date | None, str]) -> dict[date, Any]:
        """Give the results of each day. One that came twice must say the same twice."""
        found: dict[date, Any] = {}
        for bucket in self._walk(first, last):
            try:
                day = day_of(bucket)
            except ValueError as error:
                reasons[None] = reason(error)
                continue
            results = bucket.get("results")
            if found.setdefault(day, results) != results:
                raise Torn(NAME, f"{day} came twice and said two things")
        return {day: results for day, results in found.items() if first <= day <= last}

    def _walk(self, first: date, last: date) -> Iterator[Any]:
        asked = [
            ("starting_at", f"{first}T00:00:00Z"),
            ("ending_at", f"{last + timedelta(days=1)}T00:00:00Z"),
            ("bucket_width", "1d"),
            ("group_by[]", "workspace_id"),
            ("group_by[]", "description"),
            ("limit", str(_DAYS_AT_ONCE)),
        ]
        try:
            for page in pages(self._client, _REPORT, asked):
                yield from page["data"]
        except SourceError as error:
            if error.status in (403, 404):
                raise SourceAbsent(NAME, error.why) from None
            raise


class _Line(TypedDict):
    workspace_id: str | None
    """Null: the default workspace."""
    description: str | None
    cost_type: NotRequired[str | None]
    currency: str
    amount: str


@cache
def _results() -> TypeAdapter[list[_Line]]:
    """Built at first use: a command that reads no report need not pay for it."""
    return TypeAdapter(list[_Line])


def _ranges(first: date, last: date) -> Iterator[tuple[date, date]]:
    start = first
    while start <= last:
        end = min(last, start + timedelta(days=_DAYS_AT_ONCE - 1))
        yield start, end
        start = end + timedelta(days=1)


def _lines(day: date, results: Any) -> tuple[CostLine, ...]:
    """Add up the lines of one workspace and description. Raises `ValueError` for a day with a bad line."""
    sums: dict[tuple[str, str], tuple[str, int]] = {}
    for line in _results().validate_python(_without_repeats(results)):
        if line["currency"] != "USD":
            raise ValueError("currency: not USD")
        key = (bounded(line["workspace_id"] or ""), bounded(line["description"] or ""))
        kind, nanos = sums.get(key, (bounded(line.get("cost_type") or ""), 0))
        sums[key] = (kind, nanos + nanos_from_text(line["amount"], credits_allowed=True))
        if abs(sums[key][1]) > MAX_NANOS:
            raise ValueError("amount: a sum is too large to be believed")
    return tuple(
        CostLine(usage_date=day, workspace_id=workspace, description=description, cost_type=kind, cost_nanos=nanos)
        for (workspace, description), (kind, nanos) in sorted(sums.items())
    )


def _without_repeats(lines: Any) -> Any:
    """A line that came twice must not count twice: the report gives every dimension, those too that are not read."""
    if not isinstance(lines, list):
        return lines
    return list({json.dumps(line, sort_keys=True, default=str): line for line in lines}.values())
