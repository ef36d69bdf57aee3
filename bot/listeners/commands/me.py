"""`/ccost me`: one's own figures, to oneself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from bot.access import Act
from bot.listeners.ask import Ask
from bot.periods import ChargePeriod, last_days, previous, with_previous
from bot.reports.footing import footing
from bot.reports.parts import Change
from bot.reports.spend import MemberSummary, member_summary
from bot.reports.tips import Advice, advise
from bot.runtime import Runtime
from bot.store import members, past, provenance, usage
from bot.text import Text
from bot.views import about as about_view
from bot.views import me as view
from bot.views.blocks import Message

TIP_DAYS = 30
"""Tips look at this many days, whatever period the figures are asked for: habits show over weeks."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store knows of a member's period."""

    period: ChargePeriod
    report: MemberSummary | None
    """None: nothing was ever seen of them in it."""
    last_seen: date | None


def summary(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me [period]`."""
    advice, may_share = _advice(rt, ask), ask.decision(Act.SHARE).allowed
    return _figures(
        rt, ask, "/ccost me [period]", lambda report, t: view.summary(report, advice, t, may_share=may_share)
    )


def models(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me models [period]`."""
    return _figures(rt, ask, "/ccost me models [period]", view.models)


def days(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me days [period]`."""
    return _figures(rt, ask, "/ccost me days [period]", view.days)


def about(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me about [period]`."""
    found = _found(rt, ask, "/ccost me about [period]")
    if found.report is None:
        return view.not_covered(found.last_seen, found.period, ask.text)
    with rt.sessions() as session:
        told = provenance.of_member(session, ask.member_id, found.period)
    return about_view.about(told, found.report.footing, found.report.by_metric, found.period, ask.text)


def changes_of(restated: Iterable[past.Restatement]) -> list[Change]:
    """Say what was restated in the words of reports."""
    return [
        Change(
            day=one.usage_date,
            before_nanos=one.before_nanos,
            after_nanos=one.after_nanos,
            changed_at=one.replaced_at,
        )
        for one in restated
    ]


def own_report(rt: Runtime, ask: Ask, form: str) -> MemberSummary | None:
    """Sum up the asker's own period; None: nothing was seen of them in it. Raises `UserError` with the form."""
    return _found(rt, ask, form).report


def _advice(rt: Runtime, ask: Ask) -> Advice | None:
    """None: they want no tips."""
    recent = last_days(TIP_DAYS, ask.now)
    with rt.sessions() as session:
        member = members.by_slack_id(session, ask.viewer.slack_user_id)
        if member is not None and member.tips_off:
            return None
        return advise(usage.of_member(session, ask.member_id, recent), recent)


def _figures(rt: Runtime, ask: Ask, form: str, show: Callable[[MemberSummary, Text], Message]) -> Message:
    found = _found(rt, ask, form)
    if found.report is None:
        return view.not_covered(found.last_seen, found.period, ask.text)
    return show(found.report, ask.text)


def _found(rt: Runtime, ask: Ask, form: str) -> _Found:
    period = ask.period(ask.words, form)
    with rt.sessions() as session:
        mine = usage.of_member(session, ask.member_id, period)
        before = usage.of_member(session, ask.member_id, previous(period))
        standings = usage.standings(session, with_previous(period), ask.now, rt.terms)
        last_seen = usage.last_seen(session, ask.member_id)
        changes = changes_of(past.of_member(session, ask.member_id, period))
        declared = provenance.self_declared(session, period, ask.member_id)
    if not mine.rows and not mine.activity_by_day:
        return _Found(period, None, last_seen)
    changed = {one.day for one in changes}
    ground = footing(standings, period, now=ask.now, changed=changed, self_declared_nanos=declared)
    return _Found(period, member_summary(mine, before, period, ground, changes), last_seen)
