"""The form for a budget: one's own; for admins also everybody's, the organization's, a person's or a machine's."""

from bot.access import Act
from bot.budget import BudgetScope
from bot.listeners.ask import Ask
from bot.listeners.modals.form import Filled, Modal
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.store import budgets, groups
from bot.store.engine import Session
from bot.views import forms as view
from bot.views.forms import BudgetForm
from bot.views.modal import View

_MACHINE, _GROUP = "machine/", "group/"
_PLAIN = ("me", "default", "team", "workspace")
"""Words that a machine may be called too: then it is the word that counts, and the machine cannot be chosen here."""
_SCOPES = {"default": BudgetScope.DEFAULT, "team": BudgetScope.TEAM, "workspace": BudgetScope.WORKSPACE}


def _form(rt: Runtime, ask: Ask) -> View:
    for_others = ask.decision(Act.MANAGE_BUDGETS).allowed
    wanted = ask.words[0].lower() if ask.words else "me"
    whom = wanted if for_others and wanted in _PLAIN else "me"
    with rt.sessions() as session:
        names = [one.name for one in budgets.machines(session).values()] if for_others else []
        of_groups = groups.names(session).values() if for_others else ()
        limit = _present(session, ask, whom)
    machines = sorted((name, f"{_MACHINE}{name}") for name in names if name.lower() not in _PLAIN)
    form = BudgetForm(
        whom=whom,
        for_others=for_others,
        machines=machines,
        groups=sorted((name, f"{_GROUP}{name}") for name in of_groups if name not in names),
        limit_nanos=limit,
    )
    return view.budget(form, ask.text)


def _present(session: Session, ask: Ask, whom: str) -> int | None:
    if whom == "me":
        found = budgets.get(session, BudgetScope.OWN, Cadence.MONTHLY, ask.member_id)
    else:
        found = budgets.get(session, _SCOPES[whom], Cadence.MONTHLY)
    return found.limit_nanos if found else None


def _words(filled: Filled) -> tuple[str, ...]:
    limit = (filled.typed("amount"), filled.one("cadence"))
    whom = filled.one("whom", "me")
    if whom == "default":
        return ("budget", "default", *limit)
    if whom == "person":
        whom = f"@{filled.one('person')}"
    return ("budget", "set", whom.removeprefix(_MACHINE).removeprefix(_GROUP), *limit)


BUDGET = Modal(
    name="budget",
    act=Act.MEMBER_FIGURES,
    form=_form,
    words=_words,
    field_of={
        "error.amount": "amount",
        "error.amount_zero": "amount",
        "error.amount_too_large": "amount",
        "error.budget_whom": "person",
        "error.budget_group_month": "cadence",
    },
)
