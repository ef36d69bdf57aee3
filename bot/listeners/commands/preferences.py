"""`/ccost settings`: what one has chosen, and where to change it."""

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.store import budgets, members, preferences
from bot.store.engine import Session
from bot.store.members import MemberRow
from bot.text import languages
from bot.views import preferences as view
from bot.views.blocks import Message
from bot.views.preferences import Preferences

_AS_SLACK = "slack"


def overview(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings`."""
    if ask.words:
        raise UserError("error.verb_unknown", word=ask.words[0], form="/ccost help settings")
    with rt.sessions() as session:
        member = _member(session, ask)
        alerts = budgets.alerts(session, member.member_id)
    pilot = ask.policy.pilot_group_id
    found = Preferences(
        language=member.language,
        alerts=alerts,
        zone=member.tz or rt.settings.ccost_timezone,
        tips_off=member.tips_off,
        in_pilot=None if pilot is None else pilot in ask.viewer.groups,
        for_admin=ask.decision(Act.AUDIT).allowed,
    )
    return view.overview(found, ask.now, ask.text)


def language(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings language [en|ja|slack]`, in the language that is in force then."""
    words = [word.lower() for word in ask.words]
    if not words:
        with rt.sessions() as session:
            return view.language(_member(session, ask).language, languages(), ask.text)
    if len(words) > 1 or words[0] not in (*languages(), _AS_SLACK):
        raise UserError("error.language_form", words=ask.text.join([*languages(), _AS_SLACK]))
    chosen = None if words[0] == _AS_SLACK else words[0]
    with rt.sessions.begin() as session:
        before = _member(session, ask).language
        preferences.put_language(session, ask.member_id, chosen)
        text = rt.texts.of(_member(session, ask).locale)
    return view.language(chosen, languages(), text, already=chosen == before)


def tips(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings tips [on|off]`. What is asked for with `/ccost tips` comes all the same."""
    match [word.lower() for word in ask.words]:
        case []:
            with rt.sessions() as session:
                return view.tips(ask.text, off=_member(session, ask).tips_off)
        case ["on" | "off" as word]:
            off = word == "off"
            with rt.sessions.begin() as session:
                already = _member(session, ask).tips_off == off
                if not already:
                    preferences.put_tips_off(session, ask.member_id, ask.now if off else None)
            return view.tips(ask.text, off=off, already=already)
    raise UserError("error.tips_form")


def _member(session: Session, ask: Ask) -> MemberRow:
    found = members.by_slack_id(session, ask.viewer.slack_user_id)
    if found is None:
        raise UserError("access.unknown_person")
    return found
