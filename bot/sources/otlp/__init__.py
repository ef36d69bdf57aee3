"""Claude Code's own telemetry, as it was told: what the inbox holds of a UTC day becomes a reading of that day.

The amounts are estimates at list price, made by Claude Code on the sender's machine. The same dollars may have been
told twice, as events of requests and as the metric of the cost: of each session's day only the events count if there
are any. Where either comes without the session's id, that is decided for the person's whole day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from bot.config import Settings
from bot.money import MAX_NANOS
from bot.sources.rows import MAX_TOKENS
from bot.telemetry import Feature, Signal, Use
from bot.usage import Activity, ActivityRecord, Biller, Consumer, CostMetric, DayReading, Plan, Tokens, UsageRecord

NAME = "otlp"

MAX_ROW_NANOS = MAX_NANOS // 1000
"""Nine million dollars: more than anybody spends on a model in a day. A sum beyond it is quarantined."""
_COMPLETE_AFTER = timedelta(hours=1)
"""What was done before midnight has arrived by then, except from a machine that was cut off."""


class Inbox(Protocol):
    """What was told, as the store keeps it: see `sources.Inbox`."""

    def first_day(self) -> date | None:
        """Give the first day of which anything was told."""

    def uses(self, day: date, /) -> Iterable[Use]:
        """Give the sums of each session, signal and model of a day."""

    def features(self, day: date, /) -> Iterable[Feature]:
        """Give the counts of each session of a day."""


def open_reader(_: Settings, inbox: Inbox) -> "InboxReader":
    """Open the source over an inbox."""
    return InboxReader(inbox)


class InboxReader:
    """Adds up days of the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def first_day(self) -> date | None:
        """Give the first day of which anything was told; a day that never comes where nothing was."""
        return self._inbox.first_day() or date.max

    def expect(self, days: Sequence[date]) -> None:
        """Prepare nothing: the inbox is at hand."""

    def check(self) -> str:
        """Say since when telemetry has arrived."""
        first = self._inbox.first_day()
        return "nobody yet" if first is None else f"telemetry since {first}"

    def read_day(self, day: date, now: datetime) -> DayReading:
        """Add up one UTC day. Records that could not be believed were rejected when they came."""
        uses = _once(self._inbox.uses(day))
        rows = _records(day, uses)
        believed = tuple(row for row in rows if _is_believable(row))
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        return DayReading(
            source=NAME,
            usage_date=day,
            read_at=now,
            complete=now >= midnight + _COMPLETE_AFTER,
            records=believed,
            activity=_activity(day, uses, self._inbox.features(day)),
            quarantined=len(rows) - len(believed),
        )

    def close(self) -> None:
        """Give nothing back."""


def _once(uses: Iterable[Use]) -> list[Use]:
    """Leave out the metrics of what events tell too, and events that only say that somebody else's token told them."""
    told = list(uses)
    by_events = {(use.key.consumer, use.key.session) for use in told if use.signal is Signal.EVENTS}
    people = {consumer for consumer, _ in by_events}
    sessions = {session for _, session in by_events if session}

    def is_told_twice(use: Use) -> bool:
        consumer, session = use.key.consumer, use.key.session
        if use.signal is Signal.EVENTS:
            return not use.requests
        return session in sessions or (consumer, "") in by_events or (not session and consumer in people)

    return [use for use in told if not is_told_twice(use)]


def _is_believable(row: UsageRecord) -> bool:
    tokens = row.tokens.prompt_tokens + row.tokens.output_tokens
    return row.cost_nanos <= MAX_ROW_NANOS and tokens <= MAX_TOKENS


def _records(day: date, uses: Iterable[Use]) -> tuple[UsageRecord, ...]:
    sums: dict[tuple[Consumer, str, str, Biller, Plan], list[Use]] = defaultdict(list)
    for use in uses:
        sums[use.key.consumer, use.model, use.provider, use.biller, use.plan].append(use)
    return tuple(
        UsageRecord(
            usage_date=day,
            consumer=consumer,
            model=model,
            provider=provider,
            biller=biller,
            plan=plan,
            cost_metric=CostMetric.LIST,
            tokens=sum((use.tokens for use in several), Tokens()),
            cost_nanos=sum(use.cost_nanos for use in several),
            unpriced_tokens=sum(use.unpriced_tokens for use in several),
        )
        for (consumer, model, provider, biller, plan), several in sorted(sums.items(), key=lambda one: one[0])
    )


def _activity(day: date, uses: Iterable[Use], features: Iterable[Feature]) -> tuple[ActivityRecord, ...]:
    counts: dict[Consumer, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sessions: dict[Consumer, set[str]] = defaultdict(set)
    api: dict[Consumer, int] = defaultdict(int)
    for feature in features:
        counts[feature.key.consumer][feature.name] += feature.amount
    for use in uses:
        sessions[use.key.consumer].add(use.key.session)
        api[use.key.consumer] += use.api_milliseconds
    return tuple(
        ActivityRecord(
            usage_date=day,
            consumer=one,
            activity=Activity(
                # The counter is one of several exports, and some send only events: who used it had a session.
                sessions=max(counts[one]["sessions"], len(sessions[one])),
                lines_added=counts[one]["lines_added"],
                lines_removed=counts[one]["lines_removed"],
                commits=counts[one]["commits"],
                pull_requests=counts[one]["pull_requests"],
                edits_accepted=counts[one]["edits_accepted"],
                edits_rejected=counts[one]["edits_rejected"],
                active_seconds=round(counts[one]["active_milliseconds"] / 1000),
                api_seconds=round(api[one] / 1000),
                compactions=counts[one]["compactions"],
                api_errors=counts[one]["api_errors"],
            ),
        )
        for one in sorted(counts.keys() | sessions.keys())
    )
