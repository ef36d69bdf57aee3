"""`/ccost settings alerts` and `… quiet`: how one is told about one's budgets."""

import re
from dataclasses import replace

from bot.budget import Alerts
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.store import addressees, budgets, notices
from bot.store.engine import Session
from bot.views import alerts as view
from bot.views.blocks import Message

_HOURS = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def alerts(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings alerts`, `… on`, which ends a snooze too, and `… off`, which drops what waits."""
    match [word.lower() for word in ask.words]:
        case []:
            with rt.sessions() as session:
                return _shown(rt, ask, session, budgets.alerts(session, ask.member_id), already=False)
        case ["on" | "off" as word]:
            with rt.sessions.begin() as session:
                changes = {"off": True} if word == "off" else {"off": False, "snoozed_until": None}
                return _changed(rt, ask, session, **changes)
    raise UserError("error.alerts_form")


def quiet(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings quiet 20:00-08:00`, and `… off`."""
    match [word.lower() for word in ask.words]:
        case ["off"]:
            hours = (0, 0)
        case [word] if match := _HOURS.fullmatch(word.replace("–", "-").replace("〜", "-").replace("~", "-")):
            hours = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4]))
        case _:
            raise UserError("error.quiet_form")
    with rt.sessions.begin() as session:
        return _changed(rt, ask, session, quiet_from=hours[0], quiet_to=hours[1])


def _changed(rt: Runtime, ask: Ask, session: Session, **values: int | bool | None) -> Message:
    budgets.lock(session)
    before = budgets.alerts(session, ask.member_id)
    after = replace(before, **values)  # type: ignore[arg-type]  # two minutes or a flag, as the callers name them
    if after != before:
        budgets.put_alerts(session, ask.member_id, after)
    if after.off:
        drop_waiting(session, ask.viewer.slack_user_id)
    return _shown(rt, ask, session, after, already=after == before)


def drop_waiting(session: Session, slack_user_id: str) -> None:
    """Drop what waits to be told to somebody who wants to hear nothing of it."""
    for row in notices.waiting(session, slack_user_id):
        if row.unasked:
            notices.skip(session, row.key, "not_wanted")


def _shown(rt: Runtime, ask: Ask, session: Session, found: Alerts, *, already: bool) -> Message:
    reader = addressees.of_members(session, [ask.member_id])[ask.member_id]
    return view.alerts(found, reader.tz or rt.settings.ccost_timezone, ask.now, ask.text, already=already)
