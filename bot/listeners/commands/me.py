"""`/ccost me`: one's own figures, to oneself."""

from collections.abc import Callable

from bot.listeners.ask import Ask
from bot.periods import last_days, previous, with_previous
from bot.reports.footing import footing
from bot.reports.spend import MemberSummary, member_summary
from bot.reports.tips import advise
from bot.runtime import Runtime
from bot.store import usage
from bot.text import Text
from bot.views import me as view
from bot.views.blocks import Message

TIP_DAYS = 30
"""Tips look at this many days, whatever period the figures are asked for: habits show over weeks."""


def summary(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me [period]`."""
    recent = last_days(TIP_DAYS, ask.now)
    with rt.sessions() as session:
        habits = usage.of_member(session, ask.member_id, recent)
    advice = advise(habits, recent)
    return _figures(rt, ask, "/ccost me [period]", lambda report, t: view.summary(report, advice, t))


def models(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me models [period]`."""
    return _figures(rt, ask, "/ccost me models [period]", view.models)


def days(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me days [period]`."""
    return _figures(rt, ask, "/ccost me days [period]", view.days)


def _figures(rt: Runtime, ask: Ask, form: str, show: Callable[[MemberSummary, Text], Message]) -> Message:
    period = ask.period(ask.words, form)
    with rt.sessions() as session:
        mine = usage.of_member(session, ask.member_id, period)
        before = usage.of_member(session, ask.member_id, previous(period))
        standings = usage.standings(session, with_previous(period), ask.now, rt.settle_days)
        last_seen = usage.last_seen(session, ask.member_id)
    if not mine.rows and not mine.activity_by_day:
        return view.not_covered(last_seen, period, ask.text)
    return show(member_summary(mine, before, period, footing(standings, period, now=ask.now)), ask.text)
