"""`/ccost settings link`: say whose a consumer is. Rows never change; what they count for does, in one transaction."""

import re

from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.people import Standing
from bot.periods import last_days, utc_day
from bot.reports.status import UnattributedUse
from bot.runtime import Runtime
from bot.sources import precedence
from bot.store import audit, links, members, usage
from bot.store.engine import Session
from bot.store.members import MemberRow
from bot.views import said
from bot.views import settings as view
from bot.views.blocks import Message

DAYS_LISTED = 90
"""Use of nobody is listed this far back."""

_USER_ID = re.compile(r"@([UW][A-Z0-9]+)", re.ASCII)
_MACHINE_NAME = re.compile(r"[^\s@<>&*_~`\"]{1,40}")
_TAKEN = frozenset({"me", "team", "default", "workspace"})
"""Words of `/ccost budget set`: a machine of that name could have no budget."""


def link(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings link`, `… WHO to @person`, `… WHO machine NAME @owner` and `… WHO off`."""
    if not ask.words:
        with rt.sessions() as session:
            unclaimed = usage.unattributed(session, last_days(DAYS_LISTED, ask.now))
        return view.unattributed([_row(one) for one in unclaimed], ask.text)
    match [word.lower() if n else word for n, word in enumerate(ask.words)]:
        case [who, "to", _]:
            return _to_member(rt, ask, who, ask.words[2])
        case [who, "off"]:
            return _to_nobody(rt, ask, who)
        case [who, "machine", _, _]:
            return _to_machine(rt, ask, who, ask.words[2], ask.words[3])
    raise UserError("error.link_form")


def _to_member(rt: Runtime, ask: Ask, who: str, person: str) -> Message:
    with rt.sessions.begin() as session:
        member = _member(session, person)
        for consumer_id in _consumers(session, who):
            links.link_to_member(
                session, consumer_id, member.member_id, ask.viewer.slack_user_id, ask.now, precedence(rt.settings)
            )
        audit.note(session, actor=ask.viewer.slack_user_id, act="linked", target=who, at=ask.now)
    return said("link.done_member", {"who": who, "person": member.display_name}, ask.text)


def _to_machine(rt: Runtime, ask: Ask, who: str, name: str, person: str) -> Message:
    if not _MACHINE_NAME.fullmatch(name) or name.lower() in _TAKEN:
        raise UserError("error.link_machine_name")
    with rt.sessions.begin() as session:
        owner = _member(session, person)
        for consumer_id in _consumers(session, who):
            links.link_to_machine(
                session, consumer_id, name, owner.member_id, ask.viewer.slack_user_id, ask.now, precedence(rt.settings)
            )
        audit.note(session, actor=ask.viewer.slack_user_id, act="linked", target=who, at=ask.now)
    values = {"who": who, "machine": name, "owner": owner.display_name}
    return said("link.done_machine", values, ask.text)


def _to_nobody(rt: Runtime, ask: Ask, who: str) -> Message:
    """Undo a wrong link, for the whole past; an address that Slack knows is matched anew at once."""
    with rt.sessions.begin() as session:
        for consumer_id in _consumers(session, who):
            links.unlink(session, consumer_id, precedence(rt.settings))
        members.match_consumers(session, utc_day(ask.now), precedence(rt.settings))
        audit.note(session, actor=ask.viewer.slack_user_id, act="unlinked", target=who, at=ask.now)
    return said("link.done_off", {"who": who}, ask.text)


def _consumers(session: Session, who: str) -> tuple[int, ...]:
    """Find whom a name means: in each source that gives it."""
    found = links.find_named(session, who)
    if not found:
        raise UserError("error.link_unknown_consumer", name=who)
    if len(found) > 1:
        raise UserError("error.link_ambiguous", name=who)
    return found[0]


def _member(session: Session, word: str) -> MemberRow:
    """Find a full member by mention or by address; a bare @name could be anybody's."""
    mention = _USER_ID.fullmatch(word)
    member = members.by_slack_id(session, mention[1]) if mention else members.by_email(session, word)
    if member is None or member.standing is not Standing.MEMBER:
        raise UserError("error.link_unknown_person", name=word)
    return member


def _row(one: usage.UnattributedConsumer) -> UnattributedUse:
    return UnattributedUse(
        label=one.consumer.external_id,
        kind=one.consumer.kind,
        cost_nanos=one.cost_nanos,
        last_seen=one.last_seen,
        source=one.source,
    )
