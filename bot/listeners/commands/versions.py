"""`/ccost settings versions`: which version of Claude Code people use. No figures."""

from datetime import timedelta

from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.periods import utc_day
from bot.reports.versions import VersionUse, age, in_order
from bot.runtime import Runtime
from bot.store import senders
from bot.views import versions as view
from bot.views.blocks import Message

DAYS_SHOWN = 30


def versions(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings versions`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost settings versions")
    with rt.sessions() as session:
        seen = senders.versions(session, utc_day(ask.now) - timedelta(days=DAYS_SHOWN - 1))
    uses = [
        VersionUse(
            who=one.who,
            is_known=one.is_known,
            version=one.version,
            last_seen_date=one.last_seen_date,
            age=age(one.version),
        )
        for one in seen
    ]
    return view.versions(in_order(uses), DAYS_SHOWN, ask.text)
