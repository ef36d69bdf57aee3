"""`/ccost budget`: one's own budgets beside the organization's, and how to have peace from them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.access import Act
from bot.budget import Budget, BudgetScope, LineKey, LineState
from bot.delivery.group_parts import spent_by_part
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.periods import Cadence, ChargePeriod, around, utc_day
from bot.reports.budgets import line_of
from bot.reports.footing import footing
from bot.reports.lines import LineReport, spent_by_day
from bot.reports.pace import month_end
from bot.reports.parts import by_metric
from bot.runtime import Runtime
from bot.store import addressees, budgets, groups, notices, requests, spends, usage
from bot.store.engine import Session
from bot.views import budget as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.budget import Shown, Standing

_LINE = re.compile(r"([1-9][0-9]{0,17})(?:\.([1-9][0-9]{0,17}))?:([0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)
_SNOOZES = {"day": timedelta(days=1), "week": timedelta(days=7)}
_SHARED = (BudgetScope.TEAM, BudgetScope.WORKSPACE)


def mine(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost budget")
    today = utc_day(ask.now)
    with rt.sessions() as session:
        own = budgets.of_member(session, ask.member_id)
        active = budgets.active(session)
        shared = [budget for budget in active if budget.scope in _SHARED]
        of_groups = [budget for budget in active if budget.scope is BudgetScope.GROUP and _concerns(ask, budget)]
        people = addressees.of_accounts(session, {budget.set_by for budget in own})
        shown = []
        for budget in own:
            setter = people.get(budget.set_by)
            name = setter.display_name if setter else budget.set_by
            by_reader = budget.set_by == ask.viewer.slack_user_id
            shown.append(Shown(line=own_line(session, ask, budget), set_by=name, by_reader=by_reader))
        whole = [_team_line(session, budget, today) for budget in shared]
        grouped = [line for budget in of_groups if (line := _group_line(rt, session, ask, budget))]
        waiting = requests.open_of(session, ask.member_id)
        standing = _standing(rt, session, ask, [*own, *shared, *of_groups])
    return view.overview(shown, whole, grouped, waiting, standing, ask.text)


def snooze(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget snooze day`, `… week` and, for one budget until its period ends, `… LINE`."""
    if len(ask.words) != 1:
        raise UserError("error.budget_snooze_form")
    length = _SNOOZES.get(ask.words[0].lower())
    if length is None:
        return _quieten(rt, ask, "muted", "error.budget_snooze_form")
    until = _next_hour(ask.now + length)
    with rt.sessions.begin() as session:
        budgets.lock(session)
        before = budgets.alerts(session, ask.member_id)
        already = before.snoozed_until is not None and before.snoozed_until >= until
        if not already:
            budgets.put_alerts(session, ask.member_id, replace(before, snoozed_until=until))
    instant = ask.text.instant(before.snoozed_until if already and before.snoozed_until else until)
    return said("budget.snoozed_already" if already else "budget.snoozed", {"instant": instant}, ask.text)


def planned(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget planned LINE`: what was spent was meant to be."""
    return _quieten(rt, ask, "planned", "error.budget_planned_form")


def _quieten(rt: Runtime, ask: Ask, what: str, form: str) -> Message:
    """Say nothing more about a line; what waits to be said of nothing but it is dropped. `what` is a flag of it."""
    match = _LINE.fullmatch(ask.words[0]) if len(ask.words) == 1 else None
    if match is None:
        raise UserError(form)
    with rt.sessions.begin() as session:
        budgets.lock(session)
        budget, key = _line_of_reader(session, ask, match)
        before = budgets.line(session, key) or LineState(limit_version=budget.version)
        already = bool(getattr(before, what))
        if not already:
            after = replace(before, muted=True) if what == "muted" else replace(before, planned=True)
            budgets.save(session, {key: after})
            _drop_waiting(session, ask, budget, key)
        whose = _name_of(session, budget)
    period = around(budget.cadence, key.period_start)
    values = {
        "name": view.name(budget, whose, ask.text),
        "span": ask.text.span(period.start, period.last),
    }
    return said(f"budget.{what}_already" if already else f"budget.{what}_done", values, ask.text)


def _name_of(session: Session, budget: Budget) -> str:
    machine = budgets.machine_by_id(session, budget.machine_id) if budget.machine_id else None
    group = groups.by_id(session, budget.group_id) if budget.group_id else None
    return machine.name if machine else group.name if group else ""


def _line_of_reader(session: Session, ask: Ask, match: re.Match[str]) -> tuple[Budget, LineKey]:
    """Find the line that is meant. Only whoever is told of it may quieten it; nobody else learns that it exists."""
    budget = budgets.by_id(session, int(match[1]))
    member_id = int(match[2] or 0)
    start = _day(match[3])
    if budget is None or start is None or not _is_told(session, ask, budget, member_id):
        raise UserError("error.budget_line", word=match[0])
    if around(budget.cadence, start).start != start:
        raise UserError("error.budget_line", word=match[0])
    return budget, LineKey(budget_id=budget.budget_id, member_id=member_id, period_start=start)


def _is_told(session: Session, ask: Ask, budget: Budget, member_id: int) -> bool:
    if budget.scope is BudgetScope.DEFAULT:
        return member_id == ask.member_id
    if budget.scope is BudgetScope.MACHINE:
        machine = budgets.machine_by_id(session, budget.machine_id or 0)
        return not member_id and machine is not None and machine.owner_member_id == ask.member_id
    if budget.scope in (BudgetScope.TEAM, BudgetScope.GROUP):
        return not member_id and budget.set_by == ask.viewer.slack_user_id
    return not member_id and budget.member_id == ask.member_id


def _drop_waiting(session: Session, ask: Ask, budget: Budget, key: LineKey) -> None:
    prefix = f"budget/{line_of(budget, key.member_id)}/{key.period_start}/"
    for row in notices.waiting(session, ask.viewer.slack_user_id, "budget"):
        if all(told.startswith(prefix) for told in row.why.split(", ")):
            notices.skip(session, row.key, "not_wanted")


def own_line(session: Session, ask: Ask, budget: Budget) -> LineReport:
    """Give how far one of the reader's own budgets is spent in its running period."""
    period, today = around(budget.cadence, utc_day(ask.now)), utc_day(ask.now)
    by_day = spent_by_day(usage.of_member(session, ask.member_id, period).rows, budget.plans)
    member_id = ask.member_id if budget.scope is BudgetScope.DEFAULT else 0
    state = budgets.line(session, LineKey(budget_id=budget.budget_id, member_id=member_id, period_start=period.start))
    muted = state is not None and (state.muted or state.planned)
    return _report(budget, member_id, period, today, by_day, muted=muted)


def _team_line(session: Session, budget: Budget, today: date) -> LineReport:
    period = around(budget.cadence, today)
    return _report(budget, 0, period, today, spends.by_day_of_team(session, period, budget.plans), muted=False)


def _concerns(ask: Ask, budget: Budget) -> bool:
    """Say whether the reader is in the group, leads it, or looks after budgets."""
    is_theirs = budget.group_id in ask.viewer.groups | ask.viewer.leads
    return is_theirs or ask.decision(Act.MANAGE_BUDGETS).allowed


def _group_line(rt: Runtime, session: Session, ask: Ask, budget: Budget) -> LineReport | None:
    """Give how far a group's budget is spent, in the parts of the month that may be told of; None: it is deleted."""
    group = groups.by_id(session, budget.group_id or 0)
    if group is None:
        return None
    period, today = around(budget.cadence, utc_day(ask.now)), utc_day(ask.now)
    states = footing(usage.standings(session, period, ask.now, rt.terms), period).states
    by_part = spent_by_part(session, group.group_id, period, states)
    return replace(_report(budget, 0, period, today, by_part, muted=False), whose=group.name)


def _report(
    budget: Budget, member_id: int, period: ChargePeriod, today: date, by_day: dict[date, int], *, muted: bool
) -> LineReport:
    return LineReport(
        key=LineKey(budget_id=budget.budget_id, member_id=member_id, period_start=period.start),
        budget=budget,
        limit_nanos=budget.limit_nanos or 1,
        period=period,
        today=today,
        spent_nanos=sum(by_day.values()),
        pace=month_end(by_day, today, period),
        muted=muted,
    )


def _standing(rt: Runtime, session: Session, ask: Ask, shown: list[Budget]) -> Standing:
    """On what all of it stands: the longest of the periods."""
    today = utc_day(ask.now)
    periods = [around(budget.cadence, today) for budget in shown] or [around(Cadence.MONTHLY, today)]
    period = max(periods, key=lambda one: one.end - one.start)
    rows = tuple(row.spend for row in usage.of_team(session, period).rows)
    found = footing(usage.standings(session, period, ask.now, rt.terms), period, now=ask.now)
    return Standing(footing=found, by_metric=by_metric(rows))


def _next_hour(at: datetime) -> datetime:
    """Round up, so that a button pressed twice means the same."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if hour == at else hour + timedelta(hours=1)


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
