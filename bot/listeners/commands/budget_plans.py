"""`/ccost budget subscriptions`: whether the use of a subscription counts in budgets."""

from dataclasses import replace

from bot.delivery import lines
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.store import audit, budgets, organization
from bot.views import budget_plans as view
from bot.views.blocks import Message

_WORDS = {"on": True, "off": False}
_YES = "yes"


def subscriptions(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget subscriptions`, `… on` and `… off`, which show what they would do, and with `yes` do it."""
    match [word.lower() for word in ask.words]:
        case []:
            wanted = None
        case [word] | [word, "yes"] if word in _WORDS:
            wanted = _WORDS[word]
        case _:
            raise UserError("error.budget_subscriptions_form")
    if wanted is None or ask.words[-1].lower() != _YES:
        with rt.sessions() as session:
            now = organization.policy(session).subscriptions_in_budgets
        return view.state(now, ask.text) if wanted in (None, now) else view.preview(wanted, ask.text)
    with rt.sessions.begin() as session:
        budgets.lock(session)
        decided = organization.policy(session)
        if decided.subscriptions_in_budgets is not wanted:
            organization.decide(session, replace(decided, subscriptions_in_budgets=wanted))
            lines.recount(rt, session, ask.now)
            act = "subscriptions_in_budgets" if wanted else "subscriptions_beside_budgets"
            audit.note(session, actor=ask.viewer.slack_user_id, act=act, target="organization", at=ask.now)
    return view.state(wanted, ask.text)
