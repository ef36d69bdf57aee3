"""`/ccost team GROUP`, `/ccost team groups` and `/ccost settings groups`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.access import Act
from bot.delivery.group_parts import told_of
from bot.errors import UserError
from bot.group import Group
from bot.listeners.ask import Ask
from bot.listeners.commands import group_changes
from bot.people import Standing
from bot.periods import Cadence, ChargePeriod, around, parse_period, utc_day
from bot.reports.footing import footing
from bot.reports.groups import GroupSummary, Withheld, group_summary, month_before, parts_of
from bot.runtime import Runtime
from bot.store import accounts, group_spends, usage
from bot.store import groups as stored
from bot.store.engine import Session
from bot.views import groups as view
from bot.views.blocks import Message
from bot.views.groups import GroupLine
from bot.workspace import USERGROUPS_SCOPE

_THIS_MONTH = "month"
_WHOLE_MONTH = re.compile(r"month|last-month|[0-9]{4}-[0-9]{2}", re.ASCII)


def summary(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team GROUP [period]`."""
    with rt.sessions() as session:
        group = find(session, ask.words[0])
        ask.allow(Act.GROUP_TOTAL, group.group_id)
        report = _report(rt, session, ask, group, ask.words[1:])
    return view.summary(report, ask.text, may_see_people=ask.decision(Act.PEOPLE, group.group_id).allowed)


def is_meant(rt: Runtime, ask: Ask) -> bool:
    """Say whether the words behind `team` begin with a group. Raises `UserError` for neither a group nor a period."""
    if not ask.words:
        return False
    try:
        parse_period(ask.words[0].lower(), ask.now)
    except UserError as error:
        if error.key != "error.period_unknown":
            raise
    else:
        return False
    with rt.sessions() as session:
        find(session, ask.words[0])
    return True


def names(rt: Runtime) -> list[str]:
    """Give the names of all groups."""
    with rt.sessions() as session:
        return [*stored.names(session).values()]


def find(session: Session, word: str) -> Group:
    """Find a group by what was typed. Raises `UserError`."""
    group = stored.by_name(session, word.casefold())
    if group is None:
        raise UserError("error.group_unknown", name=word)
    return group


def listing(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team groups`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost team groups")
    with rt.sessions() as session:
        found = lines(session, ask)
    return view.listing(found, ask.text, for_admin=ask.decision(Act.MANAGE_GROUPS).allowed)


def groups(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings groups …`."""
    if ask.words:
        return group_changes.change(rt, ask)
    with rt.sessions() as session:
        found = lines(session, ask)
    scopes = rt.identity.scopes if rt.identity else frozenset()
    return view.managed(found, ask.text, lacks_scope=bool(scopes) and USERGROUPS_SCOPE not in scopes)


def lines(session: Session, ask: Ask) -> list[GroupLine]:
    """Give every group as a list shows it: with the full members in it, and the names of its leads."""
    found = stored.listed(session)
    known = accounts.of_members(session, {one for group in found for one in group.people | group.leads})
    full = {one for one, account in known.items() if account.standing is Standing.MEMBER}
    return [
        GroupLine(
            group=one.group,
            people=len(one.people & full),
            leads=sorted(known[lead].display_name for lead in one.leads),
            is_in=one.group.group_id in ask.viewer.groups,
            leads_it=one.group.group_id in ask.viewer.leads,
        )
        for one in found
    ]


def report_of(
    rt: Runtime, session: Session, group: Group, asked: Sequence[ChargePeriod], now: datetime
) -> GroupSummary:
    """Sum up some parts of a month, or of several, as far as they may be told of."""
    past = month_before(asked)
    every = [*past, *asked]
    whole = ChargePeriod(every[0].start, every[-1].end, "")
    standings = usage.standings(session, whole, now, rt.terms)
    told = told_of(session, group.group_id, every, footing(standings, whole).states)
    before, these = told.judged[: len(past)], told.judged[len(past) :]
    shown = [one.part for one in these if one.withheld is None] or list(asked)
    span = ChargePeriod(shown[0].start, shown[-1].end, "")
    return group_summary(
        group.name,
        these,
        before,
        totals=told.totals,
        metrics=group_spends.metrics(session, span),
        footing=footing(standings, span),
    )


def _report(rt: Runtime, session: Session, ask: Ask, group: Group, words: Sequence[str]) -> GroupSummary:
    """Of this month, or of the last one while this one has no complete part yet."""
    report = report_of(rt, session, group, _asked(ask, words), ask.now)
    is_this_month = not words or words[0].lower() == _THIS_MONTH
    if not is_this_month or any(one.withheld is not Withheld.NOT_COMPLETE for one in report.parts):
        return report
    last_month = parts_of(parse_period("last-month", ask.now))
    return replace(report_of(rt, session, group, last_month, ask.now), instead_of_this_month=True)


def _asked(ask: Ask, words: Sequence[str]) -> tuple[ChargePeriod, ...]:
    """Understand a period made of whole parts of a month; of this month, those that have begun.

    Raises `UserError` with the form.
    """
    if len(words) > 1:
        raise UserError("error.too_many_words", form="/ccost team GROUP [period]")
    word = words[0].lower() if words else _THIS_MONTH
    period = parse_period(word, ask.now)
    if _WHOLE_MONTH.fullmatch(word):
        parts = parts_of(around(Cadence.MONTHLY, period.start))
    else:
        parts = parts_of(period) if ".." in word else ()
    if not parts:
        raise UserError("error.group_period", word=word)
    return tuple(part for part in parts if part.start <= utc_day(ask.now))
