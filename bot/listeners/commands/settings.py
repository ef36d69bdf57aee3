"""`/ccost settings status`: where the figures come from and how fresh they are."""

from datetime import timedelta

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.periods import last_days
from bot.reports.status import SourceStatus, StatusReport, Trouble
from bot.runtime import Runtime
from bot.store import members, notices, runs, usage
from bot.store.runs import Status
from bot.usage import DayStanding, DayState
from bot.views import settings as view
from bot.views.blocks import Message
from bot.workspace import SCOPES

DAYS_SHOWN = 35
"""As far back as days are read again."""
DOUBTS_SHOWN = timedelta(days=30)

_TROUBLES = {
    "SourceUnavailable": Trouble.UNAVAILABLE,
    "SourceRejected": Trouble.REJECTED,
    "SourceChanged": Trouble.CHANGED,
}


def status(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings status`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost settings status")
    period = last_days(DAYS_SHOWN, ask.now)
    with rt.sessions() as session:
        standings = usage.standings_of_each(session, period, ask.now, rt.terms)
        read = runs.statuses(session)
        people = members.match_report(session)
        unattributed = usage.unattributed(session, period)
        doubtful = notices.doubtful(session, ask.viewer.slack_user_id, ask.now - DOUBTS_SHOWN)
        held = len(notices.held(session))
    report = StatusReport(
        now=ask.now,
        poll_minutes=rt.settings.ccost_poll_minutes,
        sources=tuple(_source(source.name, read.get(source.name), standings) for source in rt.sources),
        people=people.with_usage,
        matched_people=people.matched,
        unattributed=len(unattributed),
        doubtful_messages=doubtful,
        held_messages=held,
        for_admin=ask.decision(Act.LINK_PEOPLE).allowed,
        missing_scopes=tuple(s for s in SCOPES if rt.identity and rt.identity.scopes and s not in rt.identity.scopes),
    )
    return view.status(report, ask.text)


def _source(name: str, read: Status | None, standings: list[DayStanding]) -> SourceStatus:
    days = [standing for standing in standings if standing.source == name]
    failing = read is not None and read.failing
    return SourceStatus(
        name=name,
        last_success_at=read.last_success_at if read else None,
        trouble=_TROUBLES.get(read.last_error_kind or "", Trouble.CHANGED) if read and failing else None,
        why=read.last_error or "" if read and failing else "",
        held_days=tuple(day.usage_date for day in days if day.state is DayState.HELD),
        missing_days=tuple(day.usage_date for day in days if day.state is DayState.MISSING),
    )
