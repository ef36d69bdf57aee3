"""`/ccost settings pilot`: try ccost with one group first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery.digests import waits_for_pilot, withhold_outside
from bot.errors import UserError
from bot.group import fold_name
from bot.listeners.ask import Ask
from bot.people import Standing
from bot.periods import ChargePeriod, utc_day
from bot.reports.pilot import FEWEST, Choices, PilotReport, pilot_report
from bot.runtime import Runtime
from bot.store import addressees, audit, books, digests, groups, organization, spends
from bot.store import pilot as stored
from bot.store.engine import Session
from bot.store.organization import Decided
from bot.views import pilot as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.pilot import Plan

_END, _YES = "end", "yes"
_DELETED = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A group that a pilot runs with, or may run with."""

    group_id: int
    name: str
    people: Mapping[int, str]
    """The full members who are in it now: member id and Slack user id."""


def pilot(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings pilot`, `… GROUP`, which shows what it would do, `… GROUP yes`, and `… end`."""
    match [word.casefold() for word in ask.words]:
        case []:
            return _state(rt, ask)
        case [word] if word == _END:
            return _end(rt, ask)
        case [name]:
            return _preview(rt, ask, name)
        case [name, word] if word == _YES:
            return _begin(rt, ask, name)
    raise UserError("error.pilot_form")


def _state(rt: Runtime, ask: Ask) -> Message:
    with rt.sessions() as session:
        decided = organization.policy(session)
        running = _running(session, decided)
        if running is None:
            full = addressees.full_members(session)
            ready = [one.group.name for one in groups.listed(session) if len(one.people & full) >= FEWEST]
            return view.none(ready, ask.text)
        return view.state(_report(session, running, decided.pilot_since or ask.now, ask.now), ask.text)


def _preview(rt: Runtime, ask: Ask, name: str) -> Message:
    with rt.sessions() as session:
        decided = organization.policy(session)
        group = _group(session, name)
        if decided.pilot_group_id == group.group_id:
            report = _report(session, group, decided.pilot_since or ask.now, ask.now)
            return view.state(report, ask.text, already=True)
        _require_none(session, decided)
        return view.preview(_plan(rt, session, group), ask.text)


def _begin(rt: Runtime, ask: Ask, name: str) -> Message:
    with rt.sessions.begin() as session:
        books.lock(session)
        decided = organization.policy(session)
        group = _group(session, name)
        if decided.pilot_group_id == group.group_id:
            report = _report(session, group, decided.pilot_since or ask.now, ask.now)
            return view.state(report, ask.text, already=True)
        _require_none(session, decided)
        organization.decide(session, replace(decided, pilot_group_id=group.group_id, pilot_since=ask.now))
        withhold_outside(rt, session)
        _note(session, ask, "pilot_begun", group)
        return view.begun(_plan(rt, session, group), ask.text)


def _end(rt: Runtime, ask: Ask) -> Message:
    with rt.sessions.begin() as session:
        books.lock(session)
        decided = organization.policy(session)
        running = _running(session, decided)
        if running is None:
            return said("pilot.nothing_to_end", {}, ask.text)
        report = _report(session, running, decided.pilot_since or ask.now, ask.now)
        organization.decide(session, replace(decided, pilot_group_id=None, pilot_since=None))
        _note(session, ask, "pilot_ended", running)
    return view.ended(report, ask.text)


def _report(session: Session, group: _Candidate, since: datetime, now: datetime) -> PilotReport:
    people = group.people
    period = ChargePeriod(utc_day(since), utc_day(now) + timedelta(days=1), "")
    spent = spends.by_member(session, period)
    counted = stored.counts(session, people, since, now)
    return pilot_report(
        group=group.name,
        since=since,
        now=now,
        people=len(people),
        active=sum(1 for member_id in people if spent.get(member_id)),
        sent=counted.sent,
        withheld=counted.withheld,
        requests=counted.requests,
        approved=counted.approved,
        choices=Choices(
            alerts_off=counted.alerts_off,
            snoozed=counted.snoozed,
            tips_off=counted.tips_off,
            own_budgets=counted.own_budgets,
        ),
    )


def _plan(rt: Runtime, session: Session, group: _Candidate) -> Plan:
    schedules = digests.all_schedules(session)
    waiting = [one for one in schedules if waits_for_pilot(rt, session, one, group.group_id)]
    return Plan(
        group=group.name,
        people=len(group.people),
        digests=len(schedules),
        digests_on=len(schedules) - len(waiting),
    )


def _group(session: Session, word: str) -> _Candidate:
    """Find a group that a pilot can be tried with. Raises `UserError` that says what to do."""
    found = groups.by_name(session, fold_name(word) or "")
    if found is None:
        raise UserError("error.pilot_unknown_group", word=word)
    candidate = _candidate(session, found.group_id, found.name)
    if len(candidate.people) < FEWEST:
        raise UserError("error.pilot_too_few", word=found.name, n=len(candidate.people), least=FEWEST)
    return candidate


def _candidate(session: Session, group_id: int, name: str) -> _Candidate:
    people = addressees.of_members(session, groups.people_of(session, group_id))
    full = {one.member_id: one.slack_user_id for one in people.values() if one.standing is Standing.MEMBER}
    return _Candidate(group_id=group_id, name=name, people=full)


def _require_none(session: Session, decided: Decided) -> None:
    running = _running(session, decided)
    if running is not None:
        raise UserError("error.pilot_runs", word=running.name)


def _running(session: Session, decided: Decided) -> _Candidate | None:
    """Give the group of the pilot that runs, also one that was deleted meanwhile: it can still be ended."""
    if decided.pilot_group_id is None:
        return None
    found = groups.by_id(session, decided.pilot_group_id)
    return _candidate(session, decided.pilot_group_id, found.name if found else _DELETED)


def _note(session: Session, ask: Ask, act: str, group: _Candidate) -> None:
    audit.note(session, actor=ask.viewer.slack_user_id, act=act, target=f"group/{group.group_id}", at=ask.now)
