"""Planning what is said of budgets: judged, remembered and planned in one transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.budget import OWED, Alerts, LineKey, LineState, Mark
from bot.delivery.lines import Book, Line, by_day_of, read
from bot.delivery.telling import News, Teller
from bot.people import Standing
from bot.periods import Cadence, last_days, utc_day
from bot.reports.budgets import (
    Correct,
    Fire,
    Judged,
    correct_key,
    fire_key,
    judge,
    line_of,
    projected_key,
    reaches,
)
from bot.reports.lines import Saying
from bot.reports.pace import HISTORY, outlook
from bot.runtime import Runtime
from bot.store import budgets, runs, spends
from bot.store.engine import Session
from bot.usage import DayState

LIKELY_PERCENT = 80
"""From this probability on it is worth saying that a budget will not last."""

_PEOPLE_AT_ONCE = 50
_PROJECTING = "budgets.projected"
_OVER = frozenset({DayState.SETTLING, DayState.SETTLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluated:
    """What one evaluation made of a line."""

    line: Line
    before: LineState | None
    judged: Judged
    silently: bool


def plan_budgets(rt: Runtime) -> list[str]:
    """Judge every line and plan what is to be said of it; give the keys planned, which is nothing the second time.

    Everything is read first, without a lock. What changes is judged again and written in one transaction for some
    people at a time, so that nobody who sets a budget meanwhile has to wait for all of them.
    """
    now = rt.clock()
    with rt.sessions() as session:
        book = read(session, rt, now)
        alerts = budgets.all_alerts(session)
        evaluated = [one for line in book.lines.values() if (one := _evaluate(line, book.states, alerts, now))]
        looks_ahead = _looks_ahead(session, evaluated, now)
        projected = _projected(session, evaluated, now) if looks_ahead else []
    touched = {one.line.key for one in evaluated if one.judged.state != one.before} | {
        one.line.key for one in projected
    }
    keys: list[str] = []
    for some in _by_people([line for line in book.lines.values() if line.key in touched]):
        keys += _plan_some(rt, some, book, alerts, projected, now)
    if looks_ahead:
        with rt.sessions.begin() as session:
            runs.claim(session, _PROJECTING, timedelta(), now)
    return keys


def _plan_some(
    rt: Runtime, people: set[int], book: Book, alerts: Mapping[int, Alerts], projected: list[News], now: datetime
) -> list[str]:
    """Judge the lines of some people by what is remembered of them now, and plan what is new, in one transaction."""
    lines = {key: line for key, line in book.lines.items() if _reader_id(line) in people}
    with rt.sessions.begin() as session:
        budgets.lock(session)
        lines = {key: line for key, line in lines.items() if _still_holds(session, line)}
        states = {key: state for key in lines if (state := budgets.line(session, key))}
        evaluated = [one for line in lines.values() if (one := _evaluate(line, states, alerts, now))]
        after = dict(states) | {one.line.key: one.judged.state for one in evaluated}
        foreseen = [one for one in projected if one.line.key in lines and one.line.key in after]
        after |= {news.line.key: replace(after[news.line.key], projected=True) for news in foreseen}
        budgets.save(session, {key: state for key, state in after.items() if states.get(key) != state})
        teller = Teller(rt=rt, session=session, now=now, lines=lines, states=after, alerts=alerts)
        keys = _tell(teller, evaluated, foreseen)
        for one in evaluated:
            if one.before is not None and _reads_wrong(one.before, one.judged.state, one.line):
                teller.refresh(one.line)
    return keys


def _still_holds(session: Session, line: Line) -> bool:
    """Say whether a budget is what it was when everything was read: it may have been changed or switched off since."""
    budget = budgets.by_id(session, line.budget.budget_id)
    return budget is not None and budget.version == line.budget.version


def _by_people(lines: list[Line]) -> Iterator[set[int]]:
    """Give the readers of lines, some at a time; 0 stands for lines that nobody reads."""
    readers = sorted({_reader_id(line) for line in lines})
    return (set(readers[n : n + _PEOPLE_AT_ONCE]) for n in range(0, len(readers), _PEOPLE_AT_ONCE))


def _reader_id(line: Line) -> int:
    return line.reader.member_id if line.reader else 0


def _evaluate(
    line: Line, states: Mapping[LineKey, LineState], alerts: Mapping[int, Alerts], now: datetime
) -> _Evaluated | None:
    """Judge a line; None: the reader sleeps on it, so that it stays as it is."""
    before = states.get(line.key)
    wish = alerts.get(line.reader.member_id, Alerts()) if line.reader else Alerts()
    if wish.snoozed_until is not None and wish.snoozed_until > now:
        return None
    silently = _is_silent(line, before, wish)
    judged = judge(before, line.snapshot, line.budget, silently=silently)
    return _Evaluated(line=line, before=before, judged=judged, silently=silently)


def _is_silent(line: Line, state: LineState | None, wish: Alerts) -> bool:
    unreachable = line.reader is None or line.reader.standing is not Standing.MEMBER
    return unreachable or wish.off or (state is not None and (state.muted or state.planned))


def _tell(teller: Teller, evaluated: list[_Evaluated], projected: list[News]) -> list[str]:
    news: dict[int, list[News]] = defaultdict(list)
    for one in [*_fired(evaluated), *_corrected(teller, evaluated), *projected]:
        if one.line.reader is not None:
            news[one.line.reader.member_id].append(one)
    keys: list[str] = []
    for found in news.values():
        reader = found[0].line.reader
        if reader is not None:
            keys += teller.tell(reader, found)
    return keys


def _fired(evaluated: list[_Evaluated]) -> list[News]:
    return [
        News(
            key=fire_key(*_named(one.line), verdict.threshold, verdict.generation),
            saying=Saying.BREACH,
            line=one.line,
            threshold=verdict.threshold,
            lowered=verdict.lowered,
        )
        for one in evaluated
        if isinstance(verdict := one.judged.verdict, Fire)
    ]


def _corrected(teller: Teller, evaluated: list[_Evaluated]) -> list[News]:
    """Take back what people have read. What they have not read yet is not sent instead."""
    news = []
    for one in evaluated:
        if isinstance(verdict := one.judged.verdict, Correct):
            taken_back = [
                (threshold, mark.generation)
                for threshold, mark in sorted((one.before.marks if one.before else {}).items(), reverse=True)
                if mark.fired and not one.judged.state.marks[threshold].fired
            ]
            told = [which for which in taken_back if teller.was_told(fire_key(*_named(one.line), *which))]
            if told:  # a higher one may have been latched silently: the highest that was said is taken back
                key = correct_key(*_named(one.line), *told[0])
                news.append(News(key=key, saying=Saying.CORRECTION, line=one.line))
            else:
                teller.drop(fire_key(*_named(one.line), verdict.threshold, verdict.generation))
    return news


def _projected(session: Session, evaluated: list[_Evaluated], now: datetime) -> list[News]:
    """Find the lines that will probably not last."""
    today = utc_day(now)
    candidates = [one.line for one in evaluated if _may_not_last(one, today)]
    past = last_days(HISTORY.days + 1, now)
    plans = next((line.budget.plans for line in candidates if line.is_personal), OWED)
    by_member = spends.by_member_and_day(session, past, plans)
    news = []
    for line in candidates:
        reader = line.reader if line.is_personal else None
        history = by_member.get(reader.member_id, {}) if reader else by_day_of(session, line, past)
        if _is_far(history, line, today):
            continue
        limit = line.budget.limit_nanos or 0
        found = outlook(history, line.snapshot.spent_nanos, limit, today, line.period)
        if found is not None and found.probability_percent >= LIKELY_PERCENT:
            key = projected_key(*_named(line))
            news.append(News(key=key, saying=Saying.PROJECTED, line=line, breach_date=found.breach_date))
    return news


def _is_far(history: Mapping[date, int], line: Line, today: date) -> bool:
    """Say whether not even twice the mean of all days reaches the limit: most lines need not be worked out."""
    days = (today - min(history, default=today)).days
    left = (line.period.end - today).days
    limit = line.budget.limit_nanos or 0
    return line.snapshot.spent_nanos * days + 2 * sum(history.values()) * left < limit * days


def _may_not_last(one: _Evaluated, today: date) -> bool:
    """Nothing was said of it, nothing is said of it now, and its period, longer than a day, is still running."""
    line, state = one.line, one.judged.state
    return (
        one.judged.verdict is None
        and not one.silently
        and not state.projected
        and today in line.period
        and line.budget.cadence is not Cadence.DAILY
        and not reaches(line.snapshot.spent_nanos, line.budget.limit_nanos or 0, 100)
        and not state.marks.get(100, Mark()).fired
    )


def _looks_ahead(session: Session, evaluated: list[_Evaluated], now: datetime) -> bool:
    """Once a UTC day, when the day before is over at its source: everybody's days are read for it."""
    yesterday = utc_day(now) - timedelta(days=1)
    known = [state for one in evaluated if (state := one.line.footing.states.get(yesterday))]
    last = runs.last(session, _PROJECTING)
    looked = last is not None and utc_day(last.started_at) >= utc_day(now)
    return bool(evaluated) and not looked and all(state in _OVER for state in known)


def _reads_wrong(before: LineState, after: LineState, line: Line) -> bool:
    """Say whether what was posted of a line is wrong now: by a whole percent, a restated figure, limit or end."""
    limit = line.budget.limit_nanos or 1
    return (
        before.limit_version != after.limit_version
        or after.spent_nanos < before.spent_nanos
        or before.spent_nanos * 100 // limit != after.spent_nanos * 100 // limit
        or (before.as_of is not None and after.as_of is not None and _ended(before.as_of, after.as_of, line))
    )


def _ended(before: datetime, after: datetime, line: Line) -> bool:
    return utc_day(before) < line.period.end <= utc_day(after)


def _named(line: Line) -> tuple[str, date]:
    return line_of(line.budget, line.key.member_id), line.key.period_start
