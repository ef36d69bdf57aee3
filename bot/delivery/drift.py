"""Our figures against the organization's cost report, and telling the admins when they part. Once a day of figures."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.notice import Doubt, Notice, NoticeKind
from bot.periods import ChargePeriod, last_days
from bot.reports.reconcile import Comparison, Names, compare, together, whole_days, worth_telling
from bot.runtime import Runtime
from bot.store import costs, members, notices, usage
from bot.store.engine import Session
from bot.views.reconcile import alert

ACCOUNT = "anthropic"
"""Whose cost report it is: only sources of this account are compared with it."""
DAYS = 35
"""As far back as the report is read again."""
_EXPIRY = timedelta(days=7)


def comparisons(rt: Runtime, session: Session, period: ChargePeriod, now: datetime) -> tuple[Comparison, ...]:
    """Compare each day of a period that both sides have whole. Cheap where no report was ever read."""
    _, days_read = costs.read_at(session, period)
    if not days_read:
        return ()
    names = Names(workspaces=costs.workspaces(session), keys=costs.keys(session))
    own_sources = {source.name for source in rt.sources if source.account == ACCOUNT}
    terms = [one for one in rt.terms if one.source in own_sources]
    whole = whole_days(usage.standings_of_each(session, period, now, terms))
    return compare(costs.own_days(session, period), costs.report_days(session, period), names, whole)


def compared(rt: Runtime, session: Session, period: ChargePeriod, now: datetime) -> Comparison | None:
    """Compare a period as a whole; None: no day of it can be compared."""
    return together(comparisons(rt, session, period, now))


def plan_drift(rt: Runtime) -> list[str]:
    """Plan a message to every admin about the days that differ and of which they have not heard. Gives its keys."""
    now = rt.clock()
    with rt.sessions() as session:
        found = worth_telling(comparisons(rt, session, last_days(DAYS, now), now))
    if not found:
        return []
    with rt.sessions.begin() as session:
        return [key for admin in sorted(rt.settings.admins) for key in _tell(rt, session, admin, found, now)]


def _tell(rt: Runtime, session: Session, admin: str, found: Sequence[Comparison], now: datetime) -> list[str]:
    """One message says all that is new; the keys of its other days are kept, so that nobody hears of them again."""
    fresh = [one for one in found if notices.get(session, _key(one, admin)) is None]
    if not fresh:
        return []
    member = members.by_slack_id(session, admin)
    message = alert(fresh, rt.texts.of(member.locale if member else None))
    keys = [_key(one, admin) for one in reversed(fresh)]
    for key in keys:
        notice = Notice(
            key=key,
            kind=NoticeKind.OPERATOR,
            recipient=admin,
            doubt=Doubt.NEVER,
            text=message.text,
            blocks=message.blocks if key == keys[0] else (),
            due_at=now,
            expires_at=now + _EXPIRY,
            why="our figures and the organization's cost report differ",
        )
        notices.add(session, notice, now)
    notices.supersede(session, keys[1:], keys[0])
    return keys


def _key(one: Comparison, admin: str) -> str:
    return f"drift/{one.days[0]}/{admin}"
