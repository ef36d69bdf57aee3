"""`/ccost settings status`: where the figures come from, how fresh they are, and whether the cost report agrees."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.access import Act
from bot.delivery.drift import DAYS, comparisons
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.periods import ChargePeriod, last_days
from bot.reports.reconcile import by_month
from bot.reports.status import ReportStatus, SourceStatus, StatusReport, Trouble, days_nobody_has, stands_in
from bot.runtime import Runtime
from bot.sources import Source
from bot.store import costs, members, notices, provenance, runs, usage
from bot.store.engine import Session
from bot.store.runs import Status
from bot.usage import DayStanding, DayState
from bot.views import settings as view
from bot.views.blocks import Message
from bot.workspace import SCOPES

DOUBTS_SHOWN = timedelta(days=30)
_COST_REPORT = "anthropic_cost"

_TROUBLES = {
    "SourceUnavailable": Trouble.UNAVAILABLE,
    "SourceRejected": Trouble.REJECTED,
    "SourceChanged": Trouble.CHANGED,
    "SourceAbsent": Trouble.ABSENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store knows of the days looked at."""

    standings: Sequence[DayStanding]
    speaks: Mapping[str, int]
    rows: Mapping[str, int]
    statuses: Mapping[str, Status]


def status(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings status`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost settings status")
    for_admin = ask.decision(Act.LINK_PEOPLE).allowed
    period = last_days(DAYS, ask.now)
    with rt.sessions() as session:
        known = _Known(
            standings=usage.standings_of_each(session, period, ask.now, rt.terms),
            speaks=Counter(
                one.source
                for one in usage.standings(session, period, ask.now, rt.terms)
                if one.state is not DayState.MISSING
            ),
            rows=provenance.rows_read(session, period),
            statuses=runs.statuses(session),
        )
        shown = [one for one in rt.sources if not one.is_told or provenance.expects_telemetry(session, one.name)]
        people = members.match_report(session)
        unattributed = usage.unattributed(session, period)
        doubtful = notices.doubtful(session, ask.viewer.slack_user_id, ask.now - DOUBTS_SHOWN)
        held = len(notices.held(session))
        cost_report = _cost_report(rt, session, period, ask.now, known.statuses, for_admin=for_admin)
    report = StatusReport(
        now=ask.now,
        poll_minutes=rt.settings.ccost_poll_minutes,
        sources=tuple(_source(source, shown, known) for source in shown),
        cost_report=cost_report,
        people=people.with_usage,
        matched_people=people.matched,
        unattributed=len(unattributed),
        doubtful_messages=doubtful,
        held_messages=held,
        for_admin=for_admin,
        missing_scopes=tuple(s for s in SCOPES if rt.identity and rt.identity.scopes and s not in rt.identity.scopes),
    )
    return view.status(report, ask.text)


def _source(source: Source, shown: Sequence[Source], known: _Known) -> SourceStatus:
    account = [one.name for one in shown if one.account == source.account]
    of_account = [one for one in known.standings if one.source in account]
    read = known.statuses.get(source.name)
    trouble, why = _trouble(read)
    failing = [name for name in account if _trouble(known.statuses.get(name))[0] is not None]
    gaps = () if source.is_told or trouble is Trouble.ABSENT else days_nobody_has(of_account)
    return SourceStatus(
        name=source.name,
        last_success_at=read.last_success_at if read else None,
        trouble=trouble,
        why=why,
        held_days=tuple(
            one.usage_date for one in of_account if one.source == source.name and one.state is DayState.HELD
        ),
        missing_days=gaps,
        rows=known.rows.get(source.name, 0),
        speaks_days=known.speaks.get(source.name, 0),
        shares_account=len(account) > 1,
        instead=stands_in(source.name, account, of_account, failing) if trouble else None,
    )


def _cost_report(
    rt: Runtime,
    session: Session,
    period: ChargePeriod,
    now: datetime,
    statuses: Mapping[str, Status],
    *,
    for_admin: bool,
) -> ReportStatus | None:
    if rt.settings.anthropic_admin_key is None:
        return None
    read = statuses.get(_COST_REPORT)
    trouble, why = _trouble(read)
    found = comparisons(rt, session, period, now)
    months = by_month(found)
    return ReportStatus(
        source=SourceStatus(
            name=_COST_REPORT, last_success_at=read.last_success_at if read else None, trouble=trouble, why=why
        ),
        knows_claude_code=any(one.is_claude_code for one in costs.workspaces(session)),
        months=months,
        owners=tuple(costs.own_by_owner(session, one.days) for one in months if for_admin),
        differing=tuple(one for one in reversed(found) if one.is_flagged),
    )


def _trouble(read: Status | None) -> tuple[Trouble | None, str]:
    if read is None or not read.failing:
        return None, ""
    return _TROUBLES.get(read.last_error_kind or "", Trouble.CHANGED), read.last_error or ""
