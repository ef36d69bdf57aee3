"""`/ccost tips`: how to get the same work for less, from one's own figures."""

from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.commands.me import TIP_DAYS
from bot.periods import last_days
from bot.reports.tips import advise
from bot.runtime import Runtime
from bot.store import usage
from bot.views import tips as view
from bot.views.blocks import Message


def tips(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost tips`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost tips")
    recent = last_days(TIP_DAYS, ask.now)
    with rt.sessions() as session:
        habits = usage.of_member(session, ask.member_id, recent)
    return view.tips(advise(habits, recent), ask.text)
