"""What somebody shares with the channel they are in. It goes out like a digest, and has nothing to do with one."""

from datetime import timedelta

from bot.notice import SHARED, Doubt, Notice, NoticeKind, NoticeRow
from bot.runtime import Runtime
from bot.store import notices
from bot.store.engine import Session
from bot.views.blocks import Message

_EXPIRY = timedelta(hours=1)
"""Whoever has shared something looks whether it is there, and says it again."""


def plan_share(
    rt: Runtime, session: Session, message: Message, *, channel_id: str, what: str, by: str, message_ts: str | None
) -> bool:
    """Plan to post it now; False when this very press has planned it already.

    `what` is what was shared, in words without a space; `by` who shares it, as a Slack user id. Typed words have no
    message that was pressed, and each time is a time of its own. The channel must be one that may be told: the caller
    has asked, and delivery asks again.
    """
    now = rt.clock()
    notice = Notice(
        key=f"{SHARED}/{channel_id}/{message_ts or now.isoformat()}/{what}/{by}",
        kind=NoticeKind.DIGEST,
        recipient=channel_id,
        about=SHARED,
        doubt=Doubt.NEVER,
        text=message.text,
        blocks=message.blocks,
        due_at=now,
        expires_at=now + _EXPIRY,
        why=f"shared by {by}",
    )
    return notices.add(session, notice, now)


def sharer(row: NoticeRow) -> str | None:
    """Give who shared a message, as a Slack user id; None: nobody did, it is of another kind."""
    return row.key.rpartition("/")[2] if row.about == SHARED else None
