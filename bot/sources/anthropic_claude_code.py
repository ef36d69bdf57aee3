"""Claude Code Analytics: what each person and API key of a Claude Console organization used, one UTC day a question.

The amounts are estimates at list price, in cents. Bedrock, Vertex, Foundry and most subscription use is not in it:
an empty day means "not covered" as well as "nothing used".
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import random as dice
from typing import Any

from bot.config import Settings
from bot.errors import ConfigError, SourceChanged
from bot.money import MAX_NANOS
from bot.sources.anthropic_rows import Row, understood
from bot.sources.http import ThinClient, Transport
from bot.sources.pages import from_the_start, pages
from bot.sources.rows import MAX_TOKENS, bounded, reason
from bot.usage import (
    Activity,
    ActivityRecord,
    Biller,
    Consumer,
    CostMetric,
    DayReading,
    Plan,
    Tokens,
    UsageRecord,
)

NAME = "anthropic_claude_code"

_ME = "/v1/organizations/me"
_REPORT = "/v1/organizations/usage_report/claude_code"
_VERSION = "2026-10-21"
_PAGE_RECORDS = "1000"
_COMPLETE_AFTER = timedelta(hours=1)
"""Rows appear within about an hour of the activity."""

logger = logging.getLogger(__name__)


def open_reader(
    settings: Settings,
    *,
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = dice,
) -> "ClaudeCodeReader":
    """Open the source for one run. Raises `ConfigError` without a key."""
    if settings.anthropic_admin_key is None:
        raise ConfigError("ANTHROPIC_ADMIN_KEY is not set. The README says where to find it.")
    client = ThinClient(
        source=NAME,
        base_url=settings.anthropic_base_url,
        headers={
            "x-api-key": settings.anthropic_admin_key.get_secret_value(),
            "anthropic-version": _VERSION,
        },
        paths=(_ME, _REPORT),
        transport=transport,
        sleep=sleep,
        monotonic=monotonic,
        random=random,
    )
    return ClaudeCodeReader(client)


class ClaudeCodeReader:
    """Reads whole UTC days. One reader serves one run: a spend cap is remembered until it is closed."""

    def __init__(self, client: ThinClient) -> None:
        self._client = client

    def first_day(self) -> date | None:
        """Know of none: the vendor names no day before which it forgets."""
        return None

    def expect(self, days: Sequence[date]) -> None:
        """Read nothing ahead: the API takes one day a question."""

    def check(self) -> str:
        """Give the organization's name, asked for once: somebody is waiting. Raises `SourceError`."""
        me = self._client.get(_ME, tries=1)
        name = me.get("name") if isinstance(me, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise SourceChanged(NAME, f"{_ME} gives no name")
        return bounded(name.strip())

    def read_day(self, day: date, now: datetime) -> DayReading:
        """Read one UTC day: all pages, exact repeats collapsed, rows of one key added up.

        Bad rows are counted and left out. Raises `SourceError` rather than give half a day.
        """
        found = list(_without_repeats(self._records(day)))
        sums = _Sums()
        reasons = []
        for record in found:
            try:
                sums.add(understood(record, day))
            except ValueError as error:
                reasons.append(reason(error))
        if reasons:
            why = sorted(set(reasons))[:5]
            logger.warning(
                "quarantined", extra={"source": NAME, "day": day.isoformat(), "rows": len(reasons), "why": why}
            )
            if len(reasons) == len(found):
                raise SourceChanged(NAME, f"none of {len(found)} rows of {day} is understood ({why[0]})")
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        return DayReading(
            source=NAME,
            usage_date=day,
            read_at=now,
            complete=now >= midnight + _COMPLETE_AFTER,
            records=sums.records(day),
            activity=sums.activity_records(day),
            quarantined=len(reasons),
        )

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _records(self, day: date) -> list[Any]:
        asked = [("starting_at", day.isoformat()), ("limit", _PAGE_RECORDS)]

        def walk() -> list[Any]:
            return [record for page in pages(self._client, _REPORT, asked) for record in page["data"]]

        return from_the_start(NAME, walk)


@dataclass(slots=True)
class _Sums:
    """Adds rows up; a day whose sum no column could hold is refused."""

    spend: dict[tuple[Consumer, str, Plan], tuple[Tokens, int]] = field(default_factory=dict)
    activity: dict[Consumer, Activity] = field(default_factory=dict)
    total_nanos: int = 0
    total_tokens: int = 0

    def add(self, row: Row) -> None:
        for use in row.models:
            key = (row.consumer, use.model, row.plan)
            tokens, nanos = self.spend.get(key, (Tokens(), 0))
            self.spend[key] = (tokens + use.tokens, nanos + use.cost_nanos)
            self.total_nanos += use.cost_nanos
            self.total_tokens += use.tokens.prompt_tokens + use.tokens.output_tokens
        self.activity[row.consumer] = self.activity.get(row.consumer, Activity()) + row.activity
        if self.total_nanos > MAX_NANOS or self.total_tokens > MAX_TOKENS:
            raise SourceChanged(NAME, "the sums of a day are too large to be believed")

    def records(self, day: date) -> tuple[UsageRecord, ...]:
        return tuple(
            UsageRecord(
                usage_date=day,
                consumer=consumer,
                model=model,
                biller=Biller.ANTHROPIC,
                plan=plan,
                cost_metric=CostMetric.LIST,
                tokens=tokens,
                cost_nanos=nanos,
            )
            for (consumer, model, plan), (tokens, nanos) in sorted(self.spend.items(), key=lambda item: item[0])
        )

    def activity_records(self, day: date) -> tuple[ActivityRecord, ...]:
        return tuple(
            ActivityRecord(usage_date=day, consumer=consumer, activity=activity)
            for consumer, activity in sorted(self.activity.items())
        )


def _without_repeats(records: Iterable[Any]) -> Iterable[Any]:
    """A page that came twice must not count twice; the documented dimensions of a row are no promised key."""
    seen = set()
    for record in records:
        print_of = json.dumps(record, sort_keys=True, default=str)
        if print_of not in seen:
            seen.add(print_of)
            yield record
