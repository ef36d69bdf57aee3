"""Saying what was judged: one message a person and run, and posted messages that go on telling the truth."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from bot.budget import THRESHOLDS, Alerts, LineKey, LineState
from bot.delivery.lines import Line, by_day_of
from bot.notice import Doubt, Notice, NoticeKind, NoticeRow, NoticeState
from bot.periods import last_days, utc_day
from bot.reports import quiet
from bot.reports.budgets import GRACE, correct_key, fire_key, line_of, projected_key, reaches
from bot.reports.lines import Item, LineReport, Saying, dearest_day, in_order, largest_of_rows, spent_by_day
from bot.reports.pace import month_end
from bot.reports.parts import by_metric
from bot.reports.tips import advise
from bot.runtime import Runtime
from bot.schedule import zone_or
from bot.store import notices, preferences, usage
from bot.store.addressees import Addressee
from bot.store.engine import Session
from bot.usage import SpendRow
from bot.views import budget as view
from bot.views.blocks import Message

logger = logging.getLogger(__name__)

TIP_DAYS = 30
ABOUT = "budget"

_KINDS = {
    Saying.BREACH: NoticeKind.BREACH,
    Saying.CORRECTION: NoticeKind.CORRECTION,
    Saying.PROJECTED: NoticeKind.PROJECTED,
}
_TOLD = frozenset({NoticeState.SENDING, NoticeState.SENT, NoticeState.UNCERTAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new to somebody about one line."""

    key: str
    saying: Saying
    line: Line
    threshold: int = 0
    lowered: bool = False
    relimited: bool = False
    breach_date: date | None = None


@dataclass(slots=True, kw_only=True)
class Teller:
    """Plans what people read of one evaluation, in its transaction."""

    rt: Runtime
    session: Session
    now: datetime
    lines: Mapping[LineKey, Line]
    states: Mapping[LineKey, LineState]
    alerts: Mapping[int, Alerts]
    _of_reader: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    _reports: dict[LineKey, LineReport] = field(default_factory=dict)
    _read: dict[LineKey, tuple[SpendRow, ...]] = field(default_factory=dict)
    _known: dict[str, NoticeRow | None] = field(default_factory=dict)
    """Messages that were looked up since the last one was planned."""

    def __post_init__(self) -> None:
        for line in self.lines.values():
            if line.reader is not None:
                self._of_reader[line.reader.member_id].append(line)

    def tell(self, reader: Addressee, news: Sequence[News]) -> list[str]:
        """Plan the one message that says all that is new, and what still waits to be said. Gives the keys planned."""
        fresh = [one for one in news if notices.get(self.session, one.key) is None]
        if not fresh:
            return []
        old = [row for row in notices.waiting(self.session, reader.slack_user_id, ABOUT) if row.unasked]
        carried = [one for row in old for one in self._said_in(row, reader)]
        told = {one.line.key for one in fresh}
        items = in_order(self._item(one) for one in [*fresh, *(one for one in carried if one.line.key not in told)])
        keys = [item.key for item in in_order(self._item(one) for one in fresh)]
        by_key = {one.key: one for one in fresh}
        notice = self._notice(by_key[keys[0]], reader, items)
        notices.add(self.session, notice, self.now)
        self._log_waiting(notice, reader)
        for key in keys[1:]:
            spare = replace(notice, key=key, kind=_KINDS[by_key[key].saying], blocks=())
            notices.add(self.session, spare, self.now)
        notices.supersede(self.session, [*keys[1:], *(row.key for row in old)], keys[0])
        self._known.clear()
        return keys

    def refresh(self, line: Line) -> None:
        """Let the newest posted message about a line show how it stands now."""
        row = self._posted(line)
        if row is None or line.reader is None:
            return
        items = in_order(self._item(one) for one in self._said_in(row, line.reader))
        if items:
            message = self._message(line.reader, items)
            notices.edit(self.session, row.key, message.text, message.blocks)

    def was_told(self, key: str) -> bool:
        """Say whether the person has read a message, or may have."""
        row = self._last(key)
        return row is not None and row.state in _TOLD

    def drop(self, key: str) -> None:
        """Do not send what is not so any more, where nothing else waits in the same message."""
        row = self._last(key)
        if row is not None and row.state is NoticeState.PENDING and row.key == key:
            notices.skip(self.session, key, "restated")
            self._known.clear()

    def _last(self, key: str) -> NoticeRow | None:
        """Give the message that says a key now: its own, or the one that says it instead."""
        row = self._get(key)
        while row is not None and row.superseded_by is not None:
            row = self._get(row.superseded_by)
        return row

    def _get(self, key: str) -> NoticeRow | None:
        if key not in self._known:
            self._known[key] = notices.get(self.session, key)
        return self._known[key]

    def _posted(self, line: Line) -> NoticeRow | None:
        found = [self._last(one.key) for one in self._sayable(line)]
        kinds = (NoticeKind.BREACH, NoticeKind.CORRECTION)
        posted = [row for row in found if row and row.state is NoticeState.SENT and row.kind in kinds and row.sent_at]
        return max(posted, key=lambda row: (row.sent_at or self.now, row.planned_at), default=None)

    def _said_in(self, row: NoticeRow, reader: Addressee) -> list[News]:
        """Say what a message tells, from its keys: one thing a line, as the line stands now.

        While it waits, nothing is taken back in it that nobody has read.
        """
        waits = row.state is NoticeState.PENDING
        said: list[News] = []
        for line in self._of_reader[reader.member_id]:
            state = self.states.get(line.key)
            if state is None or (waits and (state.muted or state.planned)):
                continue
            here = [one for one in self._sayable(line) if (last := self._last(one.key)) and last.key == row.key]
            relimited = line.budget.set_at > row.planned_at
            said.extend([replace(one, relimited=relimited) for one in here if not (waits and _takes_back(one))][:1])
        return said

    def _sayable(self, line: Line) -> list[News]:
        """List what may have been said of a line, what weighs most now first."""
        state = self.states.get(line.key)
        if state is None:
            return []
        name, start = line_of(line.budget, line.key.member_id), line.key.period_start
        standing: list[News] = []
        over: list[News] = []
        for threshold in sorted(THRESHOLDS, reverse=True):
            mark = state.marks.get(threshold)
            holds = reaches(line.snapshot.spent_nanos, line.budget.limit_nanos or 0, threshold)
            for generation in range(mark.generation if mark else 0, 0, -1):
                still = mark is not None and mark.fired and generation == mark.generation and holds
                key = fire_key(name, start, threshold, generation)
                if still:
                    standing.append(News(key=key, saying=Saying.BREACH, line=line, threshold=threshold))
                else:
                    over.append(News(key=key, saying=Saying.CORRECTION, line=line))
                if not still:
                    key = correct_key(name, start, threshold, generation)
                    over.append(News(key=key, saying=Saying.CORRECTION, line=line))
        projected = [News(key=projected_key(name, start), saying=Saying.PROJECTED, line=line)] * state.projected
        return [*standing, *projected, *over]

    def _notice(self, first: News, reader: Addressee, items: Sequence[Item]) -> Notice:
        urgent = any(item.urgent for item in items)
        alerts = self.alerts.get(reader.member_id, Alerts())
        zone = zone_or(reader.tz, self.rt.settings.ccost_timezone)
        told = notices.last_told(self.session, reader.slack_user_id)
        message = self._message(reader, items)
        personal = any(self.lines[item.line.key].is_personal for item in items)
        end = max(item.line.period.end for item in items)
        return Notice(
            key=first.key,
            kind=_KINDS[first.saying],
            recipient=reader.slack_user_id,
            private_to=reader.slack_user_id if personal else None,
            about=ABOUT,
            doubt=Doubt.REPEAT if urgent else Doubt.NEVER,
            unasked=True,
            urgent=urgent,
            text=message.text,
            blocks=message.blocks,
            due_at=quiet.due_at(self.now, alerts, zone, told, urgent=urgent),
            expires_at=datetime.combine(end + GRACE, time(), UTC),
            why=", ".join(item.key for item in items),
        )

    def _log_waiting(self, notice: Notice, reader: Addressee) -> None:
        if notice.due_at <= self.now:
            return
        zone = zone_or(reader.tz, self.rt.settings.ccost_timezone)
        why = quiet.waits_for(self.now, self.alerts.get(reader.member_id, Alerts()), zone)
        fields = {"key": notice.key, "recipient": notice.recipient, "due_at": notice.due_at.isoformat()}
        logger.info("planned", extra={**fields, "zone": zone.key, "why": why})

    def _message(self, reader: Addressee, items: Sequence[Item]) -> Message:
        first = self.lines[items[0].line.key]
        recent = last_days(TIP_DAYS, self.now)
        is_wanted = first.is_personal and preferences.wants_tips(self.session, reader.member_id)
        advice = advise(usage.of_member(self.session, reader.member_id, recent), recent) if is_wanted else None
        standing = view.Standing(footing=first.footing, by_metric=by_metric(self._rows(first)))
        return view.alert(items, advice, standing, self.rt.texts.of(reader.locale))

    def _item(self, news: News) -> Item:
        return Item(
            key=news.key,
            saying=news.saying,
            line=self._report(news.line),
            threshold=news.threshold,
            lowered=news.lowered,
            relimited=news.relimited,
            breach_date=news.breach_date,
        )

    def _report(self, line: Line) -> LineReport:
        if line.key not in self._reports:
            by_day = self._by_day(line)
            state = self.states.get(line.key)
            self._reports[line.key] = LineReport(
                key=line.key,
                budget=line.budget,
                limit_nanos=line.budget.limit_nanos or 1,
                period=line.period,
                today=utc_day(self.now),
                spent_nanos=line.snapshot.spent_nanos,
                whose=line.whose,
                pace=month_end(by_day, utc_day(self.now), line.period),
                largest=largest_of_rows(self._rows(line), line.budget.plans)
                if line.is_personal
                else dearest_day(by_day),
                muted=state is not None and state.muted,
            )
        return self._reports[line.key]

    def _rows(self, line: Line) -> tuple[SpendRow, ...]:
        if line.key not in self._read:
            if line.is_personal and line.reader is not None:
                rows = usage.of_member(self.session, line.reader.member_id, line.period).rows
            else:
                rows = tuple(row.spend for row in usage.of_team(self.session, line.period).rows)
            self._read[line.key] = rows
        return self._read[line.key]

    def _by_day(self, line: Line) -> Mapping[date, int]:
        if not line.is_personal:
            return by_day_of(self.session, line, line.period)
        return spent_by_day(self._rows(line), line.budget.plans)


def _takes_back(news: News) -> bool:
    return news.saying is Saying.CORRECTION and news.key.endswith("/fire")
