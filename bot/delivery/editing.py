"""Showing what a posted message should say now. To say the same twice does no harm, so doubt is simply said again."""

from functools import partial

from bot.delivery.classify import Accepted, Refused, Why, classify
from bot.delivery.desk import Desk
from bot.delivery.scanning import marked
from bot.notice import Edit
from bot.store import sending
from bot.views.blocks import Message, without_native_blocks

_EDIT_ATTEMPTS = 8
"""A lease apart: Slack has said often enough that it will not."""
_EDIT_ATTEMPTS_UNHEARD = 720
"""A day of it: Slack cannot be reached."""


def show_edits(desk: Desk) -> None:
    """Change the posted messages that should say something else by now."""
    with desk.sessions() as session:
        waiting = sending.waiting_edits(session, desk.real_now(session))
    for edit in waiting:
        if desk.stopping() or not desk.alone(edit.key, partial(_show, desk, edit)):
            return


def _show(desk: Desk, edit: Edit) -> bool:
    """Change a posted message. To say the same twice does no harm, so what is in doubt is simply said again."""
    with desk.sessions.begin() as session:
        real = desk.real_now(session)
        attempt = sending.claim_edit(session, edit, real, real + desk.times.lease)
    if attempt is None:
        return True
    message = Message(edit.text, [dict(block) for block in edit.blocks])
    if not desk.native_blocks():
        message = without_native_blocks(message)
    shown = {"channel": edit.channel_id, "ts": edit.ts, "text": message.text, **marked(edit.key, message.blocks)}
    reply = desk.call("chat.update", shown)
    verdict = classify(reply, edit.channel_id)
    if isinstance(verdict, Accepted) or attempt >= (_EDIT_ATTEMPTS if reply.body else _EDIT_ATTEMPTS_UNHEARD):
        outcome = "shown" if isinstance(verdict, Accepted) else verdict.error
        with desk.sessions.begin() as session:
            sending.note_shown(session, edit, outcome)
    return not (isinstance(verdict, Refused) and verdict.why is Why.TOKEN)
