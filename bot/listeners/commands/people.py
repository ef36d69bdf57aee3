"""`/ccost team people`: who drove this, for leads and admins, recorded."""

from dataclasses import replace

from bot.access import Act
from bot.errors import UserError
from bot.group import Group
from bot.listeners.ask import Ask
from bot.periods import ChargePeriod, parse_period, previous, with_previous
from bot.reports.footing import footing
from bot.reports.people import MAX_DAYS, PeopleSummary, people_summary, throughout
from bot.runtime import Runtime
from bot.store import accounts, audit, group_spends, groups, looks, organization, spends, usage
from bot.store.engine import Session
from bot.views import people as view
from bot.views.blocks import Message

_FORM = "/ccost team people [group] [period]"


def people(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team people [GROUP] [period]`: what is shown is recorded in the transaction that reads it."""
    with rt.sessions.begin() as session:
        group, words, unknown = _whose(session, ask)
        ask.allow(Act.PEOPLE, group.group_id if group else None)
        if unknown is not None:
            raise UserError("error.group_unknown", name=unknown)
        period = ask.period(words, _FORM)
        if (period.end - period.start).days > MAX_DAYS:
            raise UserError("error.period_too_long", word=period.word, days=MAX_DAYS)
        message, told_of = view.people(_report(rt, session, ask, group, period), ask.text)
        _record(session, ask, group, period, told_of)
    return message


def switch(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings people [on|off]`."""
    match [word.lower() for word in ask.words]:
        case []:
            return view.switched(ask.text, on=ask.policy.people_enabled)
        case ["on" | "off" as word]:
            return _switched(rt, ask, on=word == "on")
    raise UserError("error.people_form")


def _switched(rt: Runtime, ask: Ask, *, on: bool) -> Message:
    with rt.sessions.begin() as session:
        before = organization.policy(session)
        if before.people_enabled is not on:
            organization.decide(session, replace(before, people_enabled=on))
            act = "people_on" if on else "people_off"
            audit.note(session, actor=ask.viewer.slack_user_id, act=act, target="organization", at=ask.now)
    return view.switched(ask.text, on=on, already=before.people_enabled is on)


def _whose(session: Session, ask: Ask) -> tuple[Group | None, tuple[str, ...], str | None]:
    """Read the group that is meant, the words left, and a word that is neither group nor period.

    Who leads one group means that one; an admin who names none means everybody.
    """
    words = ask.words
    if words and not _is_period(words[0], ask):
        group = groups.by_name(session, words[0].casefold())
        return group, words[1:], None if group else words[0]
    if not ask.viewer.is_admin and len(ask.viewer.leads) == 1:
        return groups.by_id(session, next(iter(ask.viewer.leads))), words, None
    if not ask.viewer.is_admin and ask.viewer.leads:
        raise UserError("error.people_which")
    return None, words, None


def _is_period(word: str, ask: Ask) -> bool:
    try:
        parse_period(word.lower(), ask.now)
    except UserError as error:
        return error.key != "error.period_unknown"
    return True


def _report(rt: Runtime, session: Session, ask: Ask, group: Group | None, period: ChargePeriod) -> PeopleSummary:
    before = previous(period)
    comparable = None
    if group is None:
        now, past = spends.by_member(session, period), spends.by_member(session, before)
    else:
        now = group_spends.by_person(session, group.group_id, period)
        past = group_spends.by_person(session, group.group_id, before)
        stays = [stay for stay in groups.stays(session) if stay.group_id == group.group_id]
        comparable = throughout(stays, period)
    known = accounts.of_members(session, now.keys() | past.keys())
    return people_summary(
        now,
        past,
        {one: account.display_name for one, account in known.items()},
        period,
        comparable=comparable,
        group_name=group.name if group else None,
        metrics=group_spends.metrics(session, period),
        footing=footing(usage.standings(session, with_previous(period), ask.now, rt.terms), period, now=ask.now),
    )


def _record(session: Session, ask: Ask, group: Group | None, period: ChargePeriod, told_of: frozenset[int]) -> None:
    """Say who looked, in the audit log and to each person themselves; one's own figures are no secret from oneself."""
    days = f"{period.start}..{period.last}"
    target = f"group/{group.group_id}/{days}" if group else f"organization/{days}"
    viewer = ask.viewer.slack_user_id
    audit.note(session, actor=viewer, act="people_viewed", target=target, at=ask.now)
    looks.note(session, viewer, told_of - {ask.viewer.member_id}, days, ask.now)
