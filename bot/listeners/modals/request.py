"""The form with which somebody asks for a larger budget."""

from bot.access import Act
from bot.listeners.ask import Ask
from bot.listeners.modals.form import Filled, Modal
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.views import forms as view
from bot.views.modal import View

_CADENCES = tuple(cadence.value for cadence in Cadence)


def _form(_rt: Runtime, ask: Ask) -> View:
    word = ask.words[0].lower() if ask.words else ""
    return view.request(Cadence(word) if word in _CADENCES else Cadence.MONTHLY, ask.text)


def _words(filled: Filled) -> tuple[str, ...]:
    return ("budget", "request", filled.typed("amount"), filled.one("cadence"), "because", filled.one("reason"))


REQUEST = Modal(
    name="request",
    act=Act.MEMBER_FIGURES,
    form=_form,
    words=_words,
    field_of={"error.budget_request_form": "reason"},
)
