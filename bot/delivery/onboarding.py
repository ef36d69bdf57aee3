"""The first message: once, ever, to one admin, when people and usage have been read for the first time."""

from datetime import datetime, timedelta

from bot.notice import Doubt, Notice, NoticeKind
from bot.people import Standing
from bot.periods import last_days, previous, with_previous
from bot.reports.footing import footing
from bot.reports.spend import team_summary
from bot.runtime import Runtime
from bot.store import budgets, digests, members, notices, runs, usage
from bot.store.engine import Session
from bot.store.members import MemberRow
from bot.views.onboarding import Found, ready

KEY = "onboarding"
ONCE = "onboarded"
"""Where it is remembered: with the runs of jobs, which outlive the keys of messages."""
_NEVER_AGAIN = timedelta(days=36_500)
_EXPIRY = timedelta(days=7)
_RECENT_DAYS = 30


def onboard(rt: Runtime) -> bool:
    """Plan the first message and say whether it was planned now.

    A database that has seen messages, digests or budgets is no new one: there, nobody is told anything.
    """
    now = rt.clock()
    with rt.sessions() as session:
        admin = _first_admin(rt, session)
        is_time = runs.last(session, ONCE) is None and _has_read(rt, session)
    if admin is None or not is_time:
        return False
    with rt.sessions.begin() as session:
        if not runs.claim(session, ONCE, _NEVER_AGAIN, now) or _has_history(session):
            return False
        message = ready(_found(rt, session, now), rt.texts.of(admin.locale))
        notice = Notice(
            key=KEY,
            kind=NoticeKind.OPERATOR,
            recipient=admin.slack_user_id,
            doubt=Doubt.NEVER,
            text=message.text,
            blocks=message.blocks,
            due_at=now,
            expires_at=now + _EXPIRY,
            why="people and usage were read for the first time",
        )
        return notices.add(session, notice, now)


def _first_admin(rt: Runtime, session: Session) -> MemberRow | None:
    """Give the first of `CCOST_ADMINS`, in the order they are written, who is a full member."""
    written = [one.strip() for one in rt.settings.ccost_admins.split(",") if one.strip()]
    found = (members.by_slack_id(session, one) for one in written)
    return next((one for one in found if one is not None and one.standing is Standing.MEMBER), None)


def _has_read(rt: Runtime, session: Session) -> bool:
    """Say whether a source was read to its end: half a backfill would tell half a total."""
    statuses = runs.statuses(session)
    return any(
        source.name in statuses and statuses[source.name].last_success_at is not None
        for source in rt.sources
        if not source.is_told
    )


def _has_history(session: Session) -> bool:
    return bool(notices.latest(session, 1) or digests.all_schedules(session) or budgets.active(session))


def _found(rt: Runtime, session: Session, now: datetime) -> Found:
    period = last_days(_RECENT_DAYS, now)
    standings = usage.standings(session, with_previous(period), now, rt.terms)
    recent = team_summary(
        usage.of_team(session, period),
        usage.of_team(session, previous(period)),
        period,
        footing(standings, period, now=now),
    )
    matching = members.match_report(session)
    days = {day for source in rt.sources if not source.is_told for day in usage.known_days(session, source.name)}
    return Found(with_usage=matching.with_usage, matched=matching.matched, days_read=len(days), recent=recent)
