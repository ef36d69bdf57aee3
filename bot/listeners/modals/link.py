"""The form with which an admin says whose use it is."""

from bot.access import Act
from bot.listeners.ask import Ask
from bot.listeners.modals.form import Filled, Modal
from bot.periods import last_days
from bot.reports.status import UnattributedUse
from bot.runtime import Runtime
from bot.store import usage
from bot.views import forms as view
from bot.views.modal import View

DAYS_LISTED = 90
"""As far back as `/ccost settings link` lists."""


def _form(rt: Runtime, ask: Ask) -> View:
    with rt.sessions() as session:
        unclaimed = usage.unattributed(session, last_days(DAYS_LISTED, ask.now))
    rows = [
        UnattributedUse(
            label=one.consumer.external_id,
            kind=one.consumer.kind,
            cost_nanos=one.cost_nanos,
            last_seen=one.last_seen,
            source=one.source,
        )
        for one in unclaimed
    ]
    return view.link(rows, " ".join(ask.words), ask.text)


def _words(filled: Filled) -> tuple[str, ...]:
    who, person = filled.one("who"), f"@{filled.one('person')}"
    if filled.one("kind") == "machine":
        return ("settings", "link", who, "machine", filled.typed("machine"), person)
    return ("settings", "link", who, "to", person)


LINK = Modal(
    name="link",
    act=Act.LINK_PEOPLE,
    form=_form,
    words=_words,
    field_of={
        "error.link_unknown_person": "person",
        "error.link_machine_name": "machine",
    },
)
