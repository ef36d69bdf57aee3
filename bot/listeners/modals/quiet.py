"""The form for the hours in which nobody is written to."""

from bot.access import Act
from bot.listeners.ask import Ask
from bot.listeners.modals.form import Filled, Modal
from bot.runtime import Runtime
from bot.store import addressees, budgets
from bot.views import forms as view
from bot.views.modal import View


def _form(rt: Runtime, ask: Ask) -> View:
    with rt.sessions() as session:
        found = budgets.alerts(session, ask.member_id)
        reader = addressees.of_members(session, [ask.member_id])[ask.member_id]
    return view.quiet(found, reader.tz or rt.settings.ccost_timezone, ask.text)


def _words(filled: Filled) -> tuple[str, ...]:
    hours = f"{filled.one('from')}-{filled.one('to')}"
    return ("settings", "quiet", "off" if filled.one("when") == "off" else hours)


QUIET = Modal(name="quiet", act=Act.OWN_SETTINGS, form=_form, words=_words)
