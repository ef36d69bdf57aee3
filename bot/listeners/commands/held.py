"""`/ccost settings held`: messages that may or may not have been posted, and what a person decides about them."""

import logging

from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.store import audit, notices
from bot.views import notices as view
from bot.views.blocks import Message

logger = logging.getLogger(__name__)


def held(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings held`."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost settings held")
    with rt.sessions() as session:
        return view.listing(notices.held(session), ask.text)


def release(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings release KEY`: somebody has looked, and it is not there."""
    return _decide(rt, ask, "released")


def drop(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings drop KEY`: somebody has looked, and it is there, or nobody wants it any more."""
    return _decide(rt, ask, "dropped")


def _decide(rt: Runtime, ask: Ask, what: str) -> Message:
    if len(ask.words) != 1:
        raise UserError("error.held_form")
    key = ask.words[0]
    with rt.sessions.begin() as session:
        if notices.get(session, key) is None:
            raise UserError("error.held_unknown", name=key)
        done = (notices.release if what == "released" else notices.drop)(session, key)
        if done:
            audit.note(session, actor=ask.viewer.slack_user_id, act=f"notice {what}", target=key, at=ask.now)
    logger.info("notice_decided", extra={"key": key, "what": what, "done": done})
    return view.decided(what if done else "settled", ask.text)
