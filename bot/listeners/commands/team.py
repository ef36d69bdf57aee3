"""`/ccost team`: the organization's figures, without names of people."""

import re
from collections.abc import Sequence

from bot.access import Act
from bot.budget import BudgetScope
from bot.delivery.drift import compared
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.commands import groups
from bot.listeners.commands.me import changes_of
from bot.periods import Cadence, ChargePeriod, last_days, previous, with_previous
from bot.reports.footing import footing
from bot.reports.parts import Change
from bot.reports.rate_limits import plan as rate_plan
from bot.reports.spend import TeamSummary, team_summary
from bot.reports.team_models import team_models
from bot.runtime import Runtime
from bot.store import budgets, past, provenance, usage
from bot.usage import TeamUsage
from bot.views import about as about_view
from bot.views import team as view
from bot.views.blocks import Message

_LIMITS = (BudgetScope.TEAM, BudgetScope.WORKSPACE)
_THIS_MONTH = "month"
_PEOPLE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


def summary(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team [group] [period]`."""
    if groups.is_meant(rt, ask):
        return groups.summary(rt, ask)
    period = ask.period(ask.words, "/ccost team [period]")
    report = team_report(rt, ask, period)
    with rt.sessions() as session:
        limits = [one for one in budgets.active(session) if one.scope in _LIMITS and one.cadence is Cadence.MONTHLY]
    return view.summary(
        report,
        ask.text,
        limits=limits if period.word == _THIS_MONTH else (),
        may_share=ask.decision(Act.SHARE).allowed,
    )


def plan(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team plan [N]`; without a number, for everybody active in the last 30 days."""
    form = "/ccost team plan [N]"
    if len(ask.words) > 1:
        raise UserError("error.too_many_words", form=form)
    if ask.words:
        if not _PEOPLE.fullmatch(ask.words[0]):
            raise UserError("error.people_count", word=ask.words[0])
        return view.plan(rate_plan(int(ask.words[0])), ask.text)
    with rt.sessions() as session:
        active = usage.of_team(session, last_days(30, ask.now)).active_members
    return view.plan(rate_plan(max(active, 1)), ask.text)


def models(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team models [period]`."""
    period = ask.period(ask.words, "/ccost team models [period]")
    used, report = _read(rt, ask, period)
    return view.models(report, team_models(used, report), ask.text)


def days(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team days [period]`."""
    period = ask.period(ask.words, "/ccost team days [period]")
    with rt.sessions() as session:
        changes = changes_of(past.of_team(session, period))
    return view.days(_read(rt, ask, period, changes)[1], ask.text)


def about(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team about [period]`."""
    period = ask.period(ask.words, "/ccost team about [period]")
    report = team_report(rt, ask, period)
    with rt.sessions() as session:
        told = provenance.of_team(session, period)
    return about_view.about(told, report.footing, report.by_metric, period, ask.text)


def team_report(rt: Runtime, ask: Ask, period: ChargePeriod) -> TeamSummary:
    """Sum up the organization's period from what the store knows."""
    return _read(rt, ask, period)[1]


def _read(rt: Runtime, ask: Ask, period: ChargePeriod, changes: Sequence[Change] = ()) -> tuple[TeamUsage, TeamSummary]:
    with rt.sessions() as session:
        now = usage.of_team(session, period)
        before = usage.of_team(session, previous(period))
        standings = usage.standings(session, with_previous(period), ask.now, rt.terms)
        restated = past.changed_days(session, period)
        declared = provenance.self_declared(session, period)
        comparison = compared(rt, session, period, ask.now)
    ground = footing(
        standings,
        period,
        now=ask.now,
        # What a source says that does not speak for the day has changed no figure.
        changed={one.usage_date for one in standings if (one.source, one.usage_date) in restated},
        self_declared_nanos=declared,
        comparison=comparison,
    )
    return now, team_summary(now, before, period, ground, changes)
