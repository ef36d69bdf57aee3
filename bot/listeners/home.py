"""The Home tab: everything that concerns one person, on one page that nobody else sees."""

import logging
from dataclasses import replace

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.access import Act
from bot.budget import BudgetScope
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.commands import settings
from bot.listeners.commands.budget import own_line
from bot.periods import Cadence, ChargePeriod, around, month_to_date, previous, utc_day, with_previous
from bot.reports.footing import footing
from bot.reports.home import likely_end
from bot.reports.lines import spent_by_day
from bot.reports.pace import HISTORY, month_end
from bot.reports.spend import member_summary
from bot.runtime import Runtime
from bot.store import budgets, digests, groups, members, organization, usage
from bot.store.engine import Session
from bot.views import home as views
from bot.views.blocks import Message
from bot.views.home import Charge, Home, LedGroup, Month
from bot.views.preferences import Preferences

logger = logging.getLogger(__name__)

_UNKNOWN_BLOCKS = frozenset({"invalid_blocks", "invalid_arguments"})
"""Slack's words for blocks that it does not know on a Home tab: then it is worth trying once more without charts."""

_FOR_MANY = (BudgetScope.DEFAULT, BudgetScope.TEAM, BudgetScope.WORKSPACE)


def publish(rt: Runtime, question: Ask) -> None:
    """Draw somebody's Home tab anew. Slack keeps one for each person, so drawing it twice changes nothing.

    Never raises: what was done before it is done, whatever becomes of the page.
    """
    try:
        message = shown(rt, question)
    except Exception:
        logger.exception("home_failed")
        return
    for native_blocks in (True, False) if rt.native_blocks else (False,):
        view = views.framed(message, native_blocks=native_blocks)
        try:
            rt.slack.views_publish(user_id=question.viewer.slack_user_id, view=view)
        except SlackApiError as error:
            why = str(error.response.get("error"))
        except (SlackClientError, OSError) as error:
            why = type(error).__name__
        else:
            return
        logger.warning("home_failed", extra={"why": why, "native": native_blocks})
        if why not in _UNKNOWN_BLOCKS:
            return


def shown(rt: Runtime, question: Ask) -> Message:
    """Say what the Home tab shows now, from what the store knows; nothing outside is called."""
    try:
        question.allow(Act.OWN_SETTINGS)
        return views.home(_home(rt, question), question.now, question.text)
    except UserError as error:
        return views.refused(error, question.text)


def _home(rt: Runtime, ask: Ask) -> Home:
    figures = ask.decision(Act.MEMBER_FIGURES)
    charge = _charge(rt, ask) if ask.decision(Act.MANAGE_POLICY).allowed else None
    with rt.sessions() as session:
        return Home(
            month=_month(rt, session, ask) if figures.allowed else None,
            refusal=figures.reason,
            settings=_preferences(rt, session, ask),
            groups=_groups(session, ask) if figures.allowed else (),
            charge=charge,
        )


def _month(rt: Runtime, session: Session, ask: Ask) -> Month:
    period, today = month_to_date(ask.now), utc_day(ask.now)
    lines = [own_line(session, ask, budget) for budget in budgets.of_member(session, ask.member_id)]
    mine = usage.of_member(session, ask.member_id, period)
    if not mine.rows and not mine.activity_by_day:
        return Month(period=period, report=None, last_seen=usage.last_seen(session, ask.member_id), budgets=lines)
    before = usage.of_member(session, ask.member_id, previous(period))
    standings = usage.standings(session, with_previous(period), ask.now, rt.terms)
    recent = ChargePeriod(today - HISTORY, period.end, "")
    history = spent_by_day(usage.of_member(session, ask.member_id, recent).rows)
    whole, this_month = around(Cadence.MONTHLY, today), spent_by_day(mine.rows)
    pace = month_end(this_month, today, whole)
    return Month(
        period=period,
        report=member_summary(mine, before, period, footing(standings, period, now=ask.now)),
        pace=pace,
        likely=likely_end(history, sum(this_month.values()), pace.end_nanos, today, whole) if pace else None,
        budgets=lines,
    )


def _preferences(rt: Runtime, session: Session, ask: Ask) -> Preferences:
    found = members.by_slack_id(session, ask.viewer.slack_user_id)
    pilot = ask.policy.pilot_group_id
    return Preferences(
        language=found.language if found else None,
        alerts=budgets.alerts(session, ask.member_id),
        zone=(found.tz if found else None) or rt.settings.ccost_timezone,
        tips_off=found is not None and found.tips_off,
        in_pilot=None if pilot is None else pilot in ask.viewer.groups,
        for_admin=False,  # what an admin looks after has its own part here
    )


def _groups(session: Session, ask: Ask) -> list[LedGroup]:
    led = [group for group_id in ask.viewer.leads if (group := groups.by_id(session, group_id)) is not None]
    return [
        LedGroup(name=group.name, may_see_people=ask.decision(Act.PEOPLE, group.group_id).allowed)
        for group in sorted(led, key=lambda one: one.name)
    ]


def _charge(rt: Runtime, ask: Ask) -> Charge:
    status = settings.status(rt, replace(ask, words=()))
    with rt.sessions() as session:
        decided = organization.policy(session)
        pilot = groups.by_id(session, decided.pilot_group_id) if decided.pilot_group_id is not None else None
        return Charge(
            status=status,
            limits=[one for one in budgets.active(session) if one.scope in _FOR_MANY],
            digests=digests.all_schedules(session),
            pilot=pilot.name if pilot else "",
            pilot_since=decided.pilot_since,
        )
