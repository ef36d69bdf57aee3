"""Ingest tokens: who may send telemetry, and whom it is about. Shown once when made; stored is only a keyed hash.

A new token leaves the others of the same person as they are, since each machine may have its own; each ends when it is
revoked, or `LIFETIME` after it was made.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from bot.periods import utc_day
from bot.store import books, dimensions, links
from bot.store.columns import Origin
from bot.store.tables import ConsumerLink, IngestKey, IngestToken, Member, core
from bot.usage import Biller, Consumer, ConsumerKind, Plan

SOURCE = "otlp"
"""The source of which a member's token makes a consumer."""
LIFETIME = timedelta(days=180)
NOTED_EVERY = timedelta(hours=1)
"""So often a use is written down: not with each batch."""
SECRET_BYTES = 32
"""At least so many random bytes make a token."""

_SHAPE = re.compile(r"ccost_([0-9a-f]{12})_[A-Za-z0-9_\-]{43}", re.ASCII)
_PUBLIC_BYTES = 6
_NOBODYS_KEY = bytes(32)
"""Hashes what belongs to no token: an unknown one takes as long as a wrong one."""

_TOKEN, _KEY, _MEMBER, _LINK = core(IngestToken), core(IngestKey), core(Member), core(ConsumerLink)
_ALL: Select[Any] = select(_TOKEN, _MEMBER.c.slack_user_id).select_from(
    _TOKEN.outerjoin(_MEMBER, _MEMBER.c.id == _TOKEN.c.member_id)
)
_LISTED = _ALL.order_by(_TOKEN.c.id.desc())
_OF_MEMBER = _LISTED.where(_TOKEN.c.member_id == bindparam("of_member"))
_BY_PUBLIC_ID = _ALL.where(_TOKEN.c.public_id == bindparam("wanted"))
_WITH_KEY = _BY_PUBLIC_ID.add_columns(select(_KEY.c.secret).scalar_subquery().label("key"))
_THE_KEY = select(_KEY.c.secret)
# Understood by both databases: of two first tokens at once, one makes the key and both use it.
_MAKE_KEY = text("INSERT INTO ingest_key (id, secret) VALUES (1, :secret) ON CONFLICT (id) DO NOTHING")
_LINKS = select(func.count()).select_from(_LINK).where(_LINK.c.consumer_id == bindparam("consumer"))
_REVOKE = (
    update(_TOKEN)
    .where(_TOKEN.c.public_id == bindparam("wanted"), _TOKEN.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_PUT_PLAN = update(_TOKEN).where(_TOKEN.c.member_id == bindparam("of_member")).values(plan=bindparam("new_plan"))
_USE = (
    update(_TOKEN)
    .where(_TOKEN.c.public_id == bindparam("wanted"))
    .values(first_used_at=func.coalesce(_TOKEN.c.first_used_at, bindparam("now")), last_used_at=bindparam("now"))
)


class Reason(StrEnum):
    """Why telemetry is let in, or not."""

    GOOD = "good"
    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    """It looks like one of ours and is none, or its secret part is wrong."""
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; nothing here opens anything."""

    token_id: int
    public_id: str
    """The part that may be shown, and by which it is revoked."""
    member_id: int | None
    """None: a team's token; what it sends is self-declared."""
    slack_user_id: str | None
    label: str
    biller: Biller
    """Who bills what does not say it itself."""
    plan: Plan
    created_by: str
    """Slack user id, or `operator`."""
    created_at: datetime
    expires_at: datetime
    """From this instant on it opens nothing."""
    revoked_at: datetime | None
    first_used_at: datetime | None
    last_used_at: datetime | None
    """To the hour: see `NOTED_EVERY`."""

    def is_live(self, now: datetime) -> bool:
        """Say whether it opens the door at an instant."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a sender is let in."""

    token: Token | None
    """None unless the reason is good."""
    reason: Reason
    about: str = ""
    """The public id of a token that was proven and is no longer good; of one that was not, nothing is believed."""


def issue(  # noqa: PLR0913 - one fact each, all by name
    session: Session,
    *,
    member_id: int | None,
    label: str,
    by: str,
    now: datetime,
    secret: bytes,
    precedence: Sequence[str],
    biller: Biller = Biller.ANTHROPIC,
    plan: Plan = Plan.PAY_PER_TOKEN,
) -> tuple[Token, str]:
    """Make a token, and give it with its text, which nobody can read again.

    `secret` is at least `SECRET_BYTES` random bytes, fresh for each token. A member's token makes the consumer whom its
    rows name, and links it to the member for its whole past. Raises `ValueError` for too short a secret.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a token takes {SECRET_BYTES} random bytes, not {len(secret)}")
    if member_id is not None:
        books.lock(session)
    public_id = _derived(secret, "public id")[:_PUBLIC_BYTES].hex()
    told = f"ccost_{public_id}_{base64.urlsafe_b64encode(_derived(secret, 'token')).decode().rstrip('=')}"
    session.execute(_MAKE_KEY, {"secret": _derived(secret, "key").hex()})
    key = bytes.fromhex(session.execute(_THE_KEY).scalar_one())
    row = {
        "public_id": public_id,
        "secret_hash": _hashed(key, told),
        "member_id": member_id,
        "label": label,
        "biller": biller,
        "plan": plan,
        "created_by": by,
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    session.execute(insert(_TOKEN).values(row))
    token = _token(session.execute(_BY_PUBLIC_ID, {"wanted": public_id}).one())
    if member_id is not None and token.slack_user_id is not None:
        _link(session, member_id, token.slack_user_id, by, now, precedence)
    return token, told


def admit(session: Session, told: str | None, now: datetime) -> Admission:
    """Say whether what a sender showed is a token of ours that still holds.

    Finding out that a token is unknown takes as long as finding out that its secret part is wrong.
    """
    if not told:
        return Admission(token=None, reason=Reason.MISSING)
    shape = _SHAPE.fullmatch(told)
    if shape is None:
        return Admission(token=None, reason=Reason.MALFORMED)
    row = session.execute(_WITH_KEY, {"wanted": shape[1]}).one_or_none()
    key = bytes.fromhex(row.key) if row else _NOBODYS_KEY
    stored = row.secret_hash if row else _hashed(key, "")
    if not hmac.compare_digest(_hashed(key, told), stored) or row is None:
        return Admission(token=None, reason=Reason.UNKNOWN)
    token = _token(row)
    if token.is_live(now):
        return Admission(token=token, reason=Reason.GOOD)
    reason = Reason.REVOKED if token.revoked_at is not None else Reason.EXPIRED
    return Admission(token=None, reason=reason, about=token.public_id)


def note_use(session: Session, token: Token, now: datetime) -> bool:
    """Remember that a token was used, at most once in `NOTED_EVERY`; say whether anything was written."""
    if token.last_used_at is not None and now - token.last_used_at < NOTED_EVERY:
        return False
    session.execute(_USE, {"wanted": token.public_id, "now": now})
    return True


def revoke(session: Session, public_id: str, now: datetime) -> Token | None:
    """End a token for good, and give it; None where there is none, or it was revoked before."""
    if not session.connection().execute(_REVOKE, {"wanted": public_id, "now": now}).rowcount:
        return None
    return _token(session.execute(_BY_PUBLIC_ID, {"wanted": public_id}).one())


def put_plan(session: Session, member_id: int, plan: Plan) -> None:
    """Say how a member pays for what comes from now on. What has arrived keeps the plan it came with."""
    session.execute(_PUT_PLAN, {"of_member": member_id, "new_plan": plan})


def listed(session: Session) -> list[Token]:
    """Give every token there ever was, the newest first."""
    return [_token(row) for row in session.execute(_LISTED)]


def of_member(session: Session, member_id: int) -> list[Token]:
    """Give the tokens of a member, the newest first."""
    return [_token(row) for row in session.execute(_OF_MEMBER, {"of_member": member_id})]


def _link(
    session: Session, member_id: int, slack_user_id: str, by: str, now: datetime, precedence: Sequence[str]
) -> None:
    today: date = utc_day(now)
    who = Consumer(ConsumerKind.TOKEN, slack_user_id)
    known, _ = dimensions.consumer_ids(session, dimensions.source_id(session, SOURCE), [who], today)
    if session.execute(_LINKS, {"consumer": known[who]}).scalar_one():
        return  # it has its owner, or an admin has said otherwise
    link = links.NewLink(member_id=member_id, origin=Origin.ADMIN, linked_by=by, linked_at=now)
    books.recount(session, links.give(session, {known[who]: link}), precedence)


def _derived(secret: bytes, purpose: str) -> bytes:
    """Make independent random bytes of one secret: who knows some of them knows nothing of the others."""
    return hmac.digest(secret, purpose.encode(), hashlib.sha256)


def _hashed(key: bytes, told: str) -> str:
    return hmac.digest(key, told.encode(), hashlib.sha256).hex()


def _token(row: Any) -> Token:
    return Token(
        token_id=row.id,
        public_id=row.public_id,
        member_id=row.member_id,
        slack_user_id=row.slack_user_id,
        label=row.label,
        biller=row.biller,
        plan=row.plan,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        first_used_at=row.first_used_at,
        last_used_at=row.last_used_at,
    )
