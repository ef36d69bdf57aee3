"""`/ccost budget set`, `default` and `off`: nothing is set before it was shown what it would have done."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.access import Act
from bot.budget import Budget, BudgetScope
from bot.delivery import lines
from bot.delivery.group_parts import spent_by_part
from bot.errors import UserError
from bot.listeners.amounts import parse_amount
from bot.listeners.ask import Ask
from bot.people import Standing
from bot.periods import Cadence, ChargePeriod, around, utc_day
from bot.reports.backtest import DAYS, Backtest, backtest
from bot.reports.footing import footing
from bot.reports.lines import spent_by_day
from bot.runtime import Runtime
from bot.store import addressees, audit, budgets, groups, members, spends, usage
from bot.store.engine import Session
from bot.views import budget_setting as view
from bot.views.blocks import Message
from bot.views.budget_setting import Wish

_USER_ID = re.compile(r"@([UW][A-Z0-9]+)", re.ASCII)
_CADENCES = {cadence.value: cadence for cadence in Cadence}
_SET = "error.budget_set_form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose budget is meant."""

    scope: BudgetScope
    of: int | None = None
    """Id of the member, the machine or the group."""
    who: str = ""

    def target(self, cadence: Cadence) -> str:
        """Name it in the record of who did what."""
        return f"{self.scope}/{self.of}/{cadence}" if self.of else f"{self.scope}/{cadence}"


def set_limit(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget set WHOM AMOUNT [cadence]`: first what it would have done, then, with `yes`, set it."""
    words, sure = _without_yes(ask.words)
    if not 2 <= len(words) <= 3:
        raise UserError(_SET)
    return _set(rt, ask, words[0], words[1:], sure=sure)


def default(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget default AMOUNT [cadence]`: a limit for every member, each on their own."""
    words, sure = _without_yes(ask.words)
    if not 1 <= len(words) <= 2:
        raise UserError("error.budget_default_form")
    return _set(rt, ask, "default", words, sure=sure)


def off(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget off WHOM [cadence]`."""
    if not 1 <= len(ask.words) <= 2:
        raise UserError("error.budget_off_form")
    cadence = _cadence(ask.words[1:], "error.budget_off_form")
    with rt.sessions.begin() as session:
        budgets.lock(session)
        subject = _subject(session, ask, ask.words[0], cadence)
        wish = Wish(scope=subject.scope, cadence=cadence, who=subject.who)
        before = _present(session, subject, cadence)
        if before is None or before.limit_nanos is None:
            return view.off(wish, ask.text, already=True)
        _put(session, ask, subject, cadence, None)
        _note(session, ask, subject, cadence, "budget_off")
    return view.off(wish, ask.text, already=False)


def _set(rt: Runtime, ask: Ask, whom: str, words: tuple[str, ...], *, sure: bool) -> Message:
    limit, cadence = parse_amount(words[0]), _cadence(words[1:], _SET)
    if not sure:
        with rt.sessions() as session:
            subject = _subject(session, ask, whom, cadence)
            wish = Wish(scope=subject.scope, cadence=cadence, who=subject.who, limit_nanos=limit)
            before = _present(session, subject, cadence)
            if before is not None and before.limit_nanos == limit:
                return view.unchanged(wish, ask.text)
            tested = _tested(rt, session, ask, subject, wish)
        return view.preview(wish, tested, _again(subject, wish, whom), ask.text)
    with rt.sessions.begin() as session:
        budgets.lock(session)
        subject = _subject(session, ask, whom, cadence)
        wish = Wish(scope=subject.scope, cadence=cadence, who=subject.who, limit_nanos=limit)
        before = _present(session, subject, cadence)
        if before is not None and before.limit_nanos == limit:
            return view.unchanged(wish, ask.text)
        budget = _put(session, ask, subject, cadence, limit)
        _note(session, ask, subject, cadence, "budget_set")
        lowered = _is_lowered_for_others(before, budget)
        # A limit of others that only changes is judged at the next run: who sleeps on it has not been told yet.
        is_new = before is None or before.limit_nanos is None
        crossed = lines.latch(rt, session, budget) if is_new or subject.scope in _OWN_TO_KNOW else []
    told = crossed if subject.scope in _OWN_TO_KNOW else []
    return view.done(wish, told, ask.text, lowered=lowered)


_OWN_TO_KNOW = (BudgetScope.OWN, BudgetScope.TEAM, BudgetScope.MACHINE, BudgetScope.GROUP)
"""Whoever sets one of these may know how far it is spent."""


def _is_lowered_for_others(before: Budget | None, after: Budget) -> bool:
    """A limit that comes down on others is told to those who have crossed it; one's own is told in the answer."""
    if before is None or before.limit_nanos is None or after.limit_nanos is None:
        return False
    return after.scope in (BudgetScope.ASSIGNED, BudgetScope.DEFAULT) and after.limit_nanos < before.limit_nanos


def _again(subject: Subject, wish: Wish, whom: str) -> str:
    amount = f"{wish.limit_nanos // 10_000_000}"
    dollars = f"{amount[:-2] or '0'}.{amount[-2:]:0>2}"
    verb = "default" if subject.scope is BudgetScope.DEFAULT else f'set "{whom}"'
    return f"budget {verb} {dollars} {wish.cadence} yes"


def _subject(session: Session, ask: Ask, whom: str, cadence: Cadence) -> Subject:
    """Find out whose budget is meant, and whether the viewer may touch it. Raises `UserError` with the right form."""
    word = whom.lower()
    if word == "me":
        return Subject(scope=BudgetScope.OWN, of=ask.member_id)
    ask.allow(Act.MANAGE_BUDGETS)
    plain = {"team": BudgetScope.TEAM, "workspace": BudgetScope.WORKSPACE, "default": BudgetScope.DEFAULT}
    if word in plain:
        return Subject(scope=plain[word])
    mention = _USER_ID.fullmatch(whom)
    person = members.by_slack_id(session, mention[1]) if mention else members.by_email(session, whom)
    if person is not None and person.standing is Standing.MEMBER:
        return Subject(scope=BudgetScope.ASSIGNED, of=person.member_id, who=person.display_name)
    machine, group = budgets.machine(session, whom), groups.by_name(session, word)
    if machine is not None and group is not None:
        raise UserError("error.budget_whom_two", word=whom)
    if machine is not None:
        return Subject(scope=BudgetScope.MACHINE, of=machine.machine_id, who=machine.name)
    if group is not None:
        if cadence is not Cadence.MONTHLY:
            raise UserError("error.budget_group_month", name=group.name)
        return Subject(scope=BudgetScope.GROUP, of=group.group_id, who=group.name)
    raise UserError("error.budget_whom", word=whom)


def _present(session: Session, subject: Subject, cadence: Cadence) -> Budget | None:
    return budgets.get(session, subject.scope, cadence, subject.of)


def _put(session: Session, ask: Ask, subject: Subject, cadence: Cadence, limit_nanos: int | None) -> Budget:
    return budgets.put(
        session,
        scope=subject.scope,
        of=subject.of,
        cadence=cadence,
        limit_nanos=limit_nanos,
        set_by=ask.viewer.slack_user_id,
        at=ask.now,
    )


def _note(session: Session, ask: Ask, subject: Subject, cadence: Cadence, act: str) -> None:
    """Keep a record of what concerns others than the one who did it."""
    if subject.scope is not BudgetScope.OWN:
        audit.note(session, actor=ask.viewer.slack_user_id, act=act, target=subject.target(cadence), at=ask.now)


def _tested(rt: Runtime, session: Session, ask: Ask, subject: Subject, wish: Wish) -> Backtest | None:
    """Look back at what the limit would have done; None where the answer would tell an admin what a person spent."""
    today = utc_day(ask.now)
    first = around(wish.cadence, today - timedelta(days=DAYS)).start
    recent = ChargePeriod(first, today, f"{first}..{today}")
    plans = budgets.plans_of(session, subject.scope)
    match subject.scope:
        case BudgetScope.OWN:
            past = {ask.member_id: spent_by_day(usage.of_member(session, ask.member_id, recent).rows, plans)}
        case BudgetScope.DEFAULT:
            full = addressees.full_members(session)
            spent = spends.by_member_and_day(session, recent, plans)
            past = {one: days for one, days in spent.items() if one in full}
        case BudgetScope.TEAM:
            past = {0: spends.by_day_of_team(session, recent, plans)}
        case BudgetScope.MACHINE:
            past = {0: spends.by_day_of_machine(session, subject.of or 0, recent, plans)}
        case BudgetScope.GROUP:
            months = ChargePeriod(first, around(wish.cadence, today).end, "")
            states = footing(usage.standings(session, months, ask.now, rt.terms), months).states
            past = {0: spent_by_part(session, subject.of or 0, months, states)}
        case _:
            return None
    return backtest(past, wish.cadence, wish.limit_nanos, today)


def _without_yes(words: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    sure = bool(words) and words[-1].lower() == "yes"
    return (words[:-1] if sure else words), sure


def _cadence(words: tuple[str, ...], form: str) -> Cadence:
    if not words:
        return Cadence.MONTHLY
    if words[0].lower() not in _CADENCES:
        raise UserError(form)
    return _CADENCES[words[0].lower()]
