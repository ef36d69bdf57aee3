"""Telling the admins what became of a message that did not go out as it should."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.decisions import Tell
from bot.notice import SHARED, Doubt, Notice, NoticeKind, NoticeRow
from bot.store import digests, members, notices
from bot.store.engine import Session
from bot.text import Texts
from bot.views.notices import troubled


def tell_admins(
    session: Session, what: Tell, row: NoticeRow, why: str, *, admins: Iterable[str], texts: Texts, now: datetime
) -> None:
    """Plan a message to every admin, and of a digest also to who asked for it. Once for each trouble of a message."""
    for slack_user_id in sorted({*admins, *_owner(session, row)}):
        member = members.by_slack_id(session, slack_user_id)
        message = troubled(what, row, why, texts.of(member.locale if member else None))
        notices.add(
            session,
            Notice(
                key=f"operator/{what}/{row.key}/{row.fence}/{slack_user_id}",
                kind=NoticeKind.OPERATOR,
                recipient=slack_user_id,
                doubt=Doubt.NEVER,
                text=message.text,
                blocks=message.blocks,
                due_at=now,
                why=f"{what}: {why}",
            ),
            now,
        )


def _owner(session: Session, row: NoticeRow) -> set[str]:
    is_digest = row.kind is NoticeKind.DIGEST and row.about != SHARED
    schedule = digests.get(session, row.recipient) if is_digest else None
    return {schedule.set_by} if schedule else set()
