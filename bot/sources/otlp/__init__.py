"""Claude Code's own telemetry, as it was told: what the inbox holds of a UTC day becomes a reading of that day.

The amounts are estimates at list price, made by Claude Code on the sender's machine. The same dollars may have been
told twice, as events of requests and as the metric of the cost: of each session's day only the events count if there
are any.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from bot.config import Settings
from bot.telemetry import Feature, SessionKey, Signal, Use
from bot.usage import Activity, ActivityRecord, Biller, Consumer, CostMetric, DayReading, Plan, Tokens, UsageRecord

NAME = "otlp"

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
        """Add up one UTC day. Nothing can fail here: what could not be believed was rejected when it came."""
        uses = list(_once(self._inbox.uses(day)))
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        return DayReading(
            source=NAME,
            usage_date=day,
            read_at=now,
            complete=now >= midnight + _COMPLETE_AFTER,
            records=_records(day, uses),
            activity=_activity(day, uses, self._inbox.features(day)),
        )

    def close(self) -> None:
        """Give nothing back."""


def _once(uses: Iterable[Use]) -> Iterable[Use]:
    """Leave out the metrics of sessions whose day has events; without a session's id, of everything of that person."""
    by_session: dict[SessionKey, list[Use]] = defaultdict(list)
    for use in uses:
        by_session[use.key].append(use)
    for several in by_session.values():
        has_events = any(use.signal is Signal.EVENTS for use in several)
        yield from (use for use in several if use.signal is Signal.EVENTS or not has_events)


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
