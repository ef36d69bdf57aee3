"""Every line there is to judge, and what each of them has spent: read once for all of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.budget import OWED, Budget, BudgetScope, LineKey, LineState
from bot.delivery.group_parts import spent_by_part
from bot.periods import ChargePeriod, utc_day
from bot.reports.budgets import Snapshot, judge, open_periods
from bot.reports.footing import Footing, footing
from bot.runtime import Runtime
from bot.store import addressees, budgets, groups, spends, usage
from bot.store.addressees import Addressee
from bot.store.budgets import MachineRow
from bot.store.engine import Session
from bot.usage import DayState, Plan

_UNSURE = frozenset({DayState.MISSING, DayState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A budget in a period, of one member if it is theirs."""

    key: LineKey
    budget: Budget
    period: ChargePeriod
    footing: Footing
    snapshot: Snapshot
    reader: Addressee | None
    """Who is told. None: nobody may be."""
    whose: str = ""
    """The name of the machine or the group, of a budget of one."""

    @property
    def is_personal(self) -> bool:
        """Its figures are the reader's own."""
        return self.budget.scope in PERSONAL


PERSONAL = frozenset({BudgetScope.OWN, BudgetScope.ASSIGNED, BudgetScope.DEFAULT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All lines of this moment, and what is remembered of each."""

    lines: Mapping[LineKey, Line]
    states: Mapping[LineKey, LineState]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One period of one cadence, as the store knows it now."""

    period: ChargePeriod
    footing: Footing
    as_of: datetime
    by_member: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    known: Mapping[int, Addressee]
    accounts: Mapping[str, Addressee]
    machines: Mapping[int, MachineRow]
    groups: Mapping[int, str]
    """Names of those there are."""


def read(session: Session, rt: Runtime, now: datetime) -> Book:
    """Read every line of every active budget. A budget that was set after a period ended does not watch it."""
    active = budgets.active(session)
    if not active:
        return Book(lines={}, states={})
    cadences = {budget.cadence for budget in active}
    periods = [(cadence, period) for cadence in cadences for period in open_periods(cadence, utc_day(now))]
    states = budgets.lines(session, {period.start for _, period in periods})
    assigned = {(one.member_id, one.cadence) for one in active if one.scope is BudgetScope.ASSIGNED}
    plans = next((one.plans for one in active if one.scope in PERSONAL), OWED)
    pages = [(cadence, page) for cadence, period in periods if (page := _page(session, rt, period, now, plans))]
    people = _people(session, active, [page for _, page in pages])
    lines = {
        line.key: line
        for cadence, page in pages
        for budget in active
        if budget.cadence is cadence and utc_day(budget.set_at) < page.period.end
        for line in _of_budget(session, budget, page, people, states, assigned)
    }
    return Book(lines=lines, states=states)


def latch(rt: Runtime, session: Session, budget: Budget) -> list[int]:
    """Note silently what a new limit finds crossed already, and give those thresholds: of a default, of anybody."""
    crossed: set[int] = set()
    after = {}
    book = read(session, rt, budget.set_at)
    for key, line in book.lines.items():
        if key.budget_id == budget.budget_id:
            judged = judge(book.states.get(key), line.snapshot, line.budget, silently=True)
            after[key] = judged.state
            crossed |= {threshold for threshold, mark in judged.state.marks.items() if mark.fired}
    budgets.save(session, after)
    return sorted(crossed)


def recount(rt: Runtime, session: Session, at: datetime) -> None:
    """Take over silently that the same use counts another way from now on, for every line.

    What is crossed now is latched; what no longer is, is armed anew.
    """
    budgets.renew(session)
    book = read(session, rt, at)
    after = {}
    for key, line in book.lines.items():
        state = book.states.get(key)
        known = replace(state, spent_nanos=line.snapshot.spent_nanos) if state else None
        after[key] = judge(known, line.snapshot, line.budget, silently=True).state
    budgets.save(session, after)


def by_day_of(session: Session, line: Line, period: ChargePeriod) -> dict[date, int]:
    """Give what a team or a machine spent on each day of a period; of a group no day is told."""
    if line.budget.scope is BudgetScope.GROUP:
        return {}
    if line.budget.scope is BudgetScope.TEAM:
        return spends.by_day_of_team(session, period, line.budget.plans)
    return spends.by_day_of_machine(session, line.budget.machine_id or 0, period, line.budget.plans)


def _page(session: Session, rt: Runtime, period: ChargePeriod, now: datetime, plans: frozenset[Plan]) -> _Page | None:
    """Read a period; None: no day of it was ever read, so nobody can say what was spent."""
    found = footing(usage.standings(session, period, now, rt.terms), period, now=now)
    if found.as_of is None:
        return None
    by_member = spends.by_member(session, period, plans)
    return _Page(period=period, footing=found, as_of=found.as_of, by_member=by_member)


def _people(session: Session, active: Collection[Budget], pages: Collection[_Page]) -> _People:
    machines = budgets.machines(session) if any(one.machine_id for one in active) else {}
    ids = {one.member_id for one in active if one.member_id} | {one.owner_member_id for one in machines.values()}
    if any(one.scope is BudgetScope.DEFAULT for one in active):
        ids |= {member_id for page in pages for member_id in page.by_member}
    return _People(
        known=addressees.of_members(session, ids),
        accounts=addressees.of_accounts(session, {one.set_by for one in active}),
        machines=machines,
        groups=groups.names(session) if any(one.group_id for one in active) else {},
    )


def _of_budget(
    session: Session,
    budget: Budget,
    page: _Page,
    people: _People,
    states: Collection[LineKey],
    assigned: Collection[tuple[int | None, object]],
) -> Iterator[Line]:
    """Give the lines of a budget in a period: of the default one for each member who spent, or was told to have."""
    start = page.period.start
    if budget.scope is BudgetScope.DEFAULT:
        remembered = {key.member_id for key in states if (key.budget_id, key.period_start) == (budget.budget_id, start)}
        for member_id in sorted(page.by_member.keys() | remembered):
            if (member_id, budget.cadence) not in assigned:
                spent = page.by_member.get(member_id, 0)
                yield _line(budget, page, spent, people.known.get(member_id), member_id=member_id)
    elif budget.scope in PERSONAL:
        yield _line(budget, page, page.by_member.get(budget.member_id or 0, 0), people.known.get(budget.member_id or 0))
    elif budget.scope is BudgetScope.TEAM:
        spent = sum(spends.by_day_of_team(session, page.period, budget.plans).values())
        yield _line(budget, page, spent, people.accounts.get(budget.set_by))
    elif budget.scope is BudgetScope.GROUP:
        # A deleted group's budget watches nothing any more.
        if whose := people.groups.get(budget.group_id or 0):
            spent = sum(spent_by_part(session, budget.group_id or 0, page.period, page.footing.states).values())
            yield _line(budget, page, spent, people.accounts.get(budget.set_by), whose=whose)
    elif machine := people.machines.get(budget.machine_id or 0):
        spent = spends.of_machine(session, machine.machine_id, page.period, budget.plans)
        yield _line(budget, page, spent, people.known.get(machine.owner_member_id), whose=machine.name)


def _line(
    budget: Budget,
    page: _Page,
    spent_nanos: int,
    reader: Addressee | None,
    *,
    member_id: int = 0,
    whose: str = "",
) -> Line:
    states = page.footing.states.values()
    return Line(
        key=LineKey(budget_id=budget.budget_id, member_id=member_id, period_start=page.period.start),
        budget=budget,
        period=page.period,
        footing=page.footing,
        snapshot=Snapshot(
            spent_nanos=spent_nanos,
            as_of=page.as_of,
            complete=bool(states) and not _UNSURE.intersection(states),
            stale=page.footing.stale_hours is not None,
        ),
        reader=reader,
        whose=whose,
    )
