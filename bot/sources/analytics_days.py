"""The days of a walk over the cost analytics, added up row by row: no page is kept."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import chain
from typing import Any, Generic, TypeVar

from bot.errors import SourceChanged
from bot.money import MAX_NANOS
from bot.sources.analytics_rows import Money, NameOf, Subject
from bot.sources.pages import Torn
from bot.sources.rows import MAX_TOKENS, reason
from bot.usage import Biller, CostMetric, DayReading, Plan, Tokens, UsageRecord

Said = TypeVar("Said", Money, Tokens)

logger = logging.getLogger(__name__)


class Side(Generic[Said]):
    """One of the two halves, money or tokens, of the days of one walk."""

    def __init__(self, source: str, days: Iterable[date], parse: Callable[[Any, NameOf], tuple[Subject, Said]]) -> None:
        self.sums: dict[date, dict[Subject, Said]] = {day: {} for day in days}
        self._source = source
        self._parse: Callable[[Any, NameOf], tuple[Subject, Said]] = parse
        self._watermarks: set[datetime | None] = set()
        self._prints: dict[bytes, bytes] = {}
        self._good: Counter[date] = Counter()
        self._bad: Counter[date | None] = Counter()
        self._why: set[str] = set()

    def note_watermark(self, through: datetime | None) -> None:
        """Hear until when a page has data; None: there is none yet."""
        self._watermarks.add(through)

    @property
    def through(self) -> datetime | None:
        """Until when all of the pages have data; None: one of them has none yet."""
        known = [at for at in self._watermarks if at is not None]
        return min(known) if len(known) == len(self._watermarks) else None

    def add(self, row: Any, day_of: Callable[[Any], date], name_of: NameOf) -> None:
        """Add a row up; the exact repeat of one is the page that came twice. Raises `Torn`."""
        if self._is_repeat(row):
            return
        day = None
        try:
            day = self._within(day_of(row))
            subject, said = self._parse(row, name_of)
        except ValueError as error:
            self._bad[day] += 1
            self._why.add(reason(error))
            return
        known = self.sums[day].get(subject)
        self.sums[day][subject] = said if known is None else known + said
        self._good[day] += 1

    def bad_of(self, day: date) -> int:
        """Count the bad rows of a day. One whose day cannot be read may have been of any, and counts with each."""
        return self._bad[day] + self._bad[None]

    def unreadable(self, day: date) -> str:
        """Say why not one row of a day is understood; empty where one is, and where there are none."""
        return sorted(self._why)[0] if self._bad[day] and not self._good[day] else ""

    def settle(self) -> None:
        """Log what was put aside. Raises `SourceChanged` where nothing was understood of a walk without a day."""
        if not self._bad:
            return
        rows, why = self._bad.total(), sorted(self._why)[:5]
        days = [f"{min(self.sums)}", f"{max(self.sums)}"]
        logger.warning("quarantined", extra={"source": self._source, "days": days, "rows": rows, "why": why})
        if self._bad[None] and not self._good:
            raise SourceChanged(self._source, f"none of {rows} rows is understood ({why[0]})")

    def _within(self, day: date) -> date:
        if day not in self.sums:
            raise ValueError("starting_at: another day")
        return day

    def _is_repeat(self, row: Any) -> bool:
        fields = row if isinstance(row, dict) else {}
        # The group names every dimension, those too that are not read.
        key = _print([fields.get("starting_at"), fields.get("group", row)])
        whole = _print(row)
        known = self._prints.get(key)
        if known not in (None, whole):
            raise Torn(self._source, "a row came twice and said two things")
        self._prints[key] = whole
        return known is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Both halves of a day."""

    usage_date: date
    read_at: datetime
    through: datetime
    money: dict[Subject, Money]
    tokens: dict[Subject, Tokens]
    quarantined: int
    unreadable: str

    def reading(self, source: str) -> DayReading:
        """Put the halves together. Raises `SourceChanged` where one of them is not to be believed."""
        if self.unreadable:
            raise SourceChanged(source, f"no row of {self.usage_date} is understood ({self.unreadable})")
        end = datetime.combine(self.usage_date, time(), UTC) + timedelta(days=1)
        reading = DayReading(
            source=source,
            usage_date=self.usage_date,
            read_at=self.read_at,
            complete=self.through >= end,
            gives_way=self.through < end,
            through=self.through,
            records=tuple(chain.from_iterable(self._record(one) for one in sorted(self._subjects(), key=_order))),
            activity=(),
            quarantined=self.quarantined,
        )
        paid = sum(one.cost_nanos for one in reading.records)
        listed = sum(one.list_cost_nanos or 0 for one in reading.records)
        if max(paid, listed) > MAX_NANOS or sum(_all_of(one.tokens) for one in reading.records) > MAX_TOKENS:
            raise SourceChanged(source, "the sums of a day are too large to be believed")
        return reading

    def _subjects(self) -> Collection[Subject]:
        return self.money.keys() | self.tokens.keys()

    def _record(self, subject: Subject) -> list[UsageRecord]:
        money, tokens = self.money.get(subject), self.tokens.get(subject, Tokens())
        if not _all_of(tokens) and (money is None or not (money.nanos or money.list_nanos)):
            return []  # nothing was used and nothing is owed: who is not seen here must not count as seen
        return [
            UsageRecord(
                usage_date=self.usage_date,
                consumer=subject.consumer,
                model=subject.model,
                biller=Biller.ANTHROPIC,
                plan=Plan.PAY_PER_TOKEN,
                cost_metric=CostMetric.EFFECTIVE,
                tokens=tokens,
                cost_nanos=0 if money is None else money.nanos,
                list_cost_nanos=None if money is None else money.list_nanos,
                unpriced_tokens=_all_of(tokens) if money is None else 0,
            )
        ]


def _order(subject: Subject) -> tuple[Any, str]:
    return subject.consumer, subject.model


def _all_of(tokens: Tokens) -> int:
    return tokens.prompt_tokens + tokens.output_tokens


def _print(value: Any) -> bytes:
    return blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=12).digest()
