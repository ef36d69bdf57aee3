"""What members have chosen for themselves: their language, and whether they want tips."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.store.tables import Member, core

_MEMBER = core(Member)
_OF_MEMBER = _MEMBER.c.id == bindparam("of_id")
_PUT_LANGUAGE = update(_MEMBER).where(_OF_MEMBER).values(language=bindparam("chosen"))
_PUT_TIPS = update(_MEMBER).where(_OF_MEMBER).values(tips_off_at=bindparam("since"))
_TIPS_OFF = select(_MEMBER.c.tips_off_at).where(_OF_MEMBER)


def put_language(session: Session, member_id: int, language: str | None) -> None:
    """Remember the language that a member has chosen; None: as Slack says."""
    session.connection().execute(_PUT_LANGUAGE, {"of_id": member_id, "chosen": language})


def put_tips_off(session: Session, member_id: int, since: datetime | None) -> None:
    """Remember since when a member wants no tips; None: they get them."""
    session.connection().execute(_PUT_TIPS, {"of_id": member_id, "since": since})


def wants_tips(session: Session, member_id: int) -> bool:
    """Say whether a member wants tips: everybody who has not said otherwise."""
    return session.execute(_TIPS_OFF, {"of_id": member_id}).scalar_one_or_none() is None
