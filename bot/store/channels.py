"""Slack channels, and whether another company reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from bot.store.columns import Flag, UtcDateTime
from bot.store.tables import Channel, core

_CHANNEL = core(Channel)
_GET = select(_CHANNEL).where(_CHANNEL.c.channel_id == bindparam("channel_id"))
_PUT = text(
    """
    INSERT INTO channel (channel_id, is_shared, is_private, is_member, is_archived, name, checked_at)
    VALUES (:channel_id, :is_shared, :is_private, :is_member, :is_archived, :name, :checked_at)
    ON CONFLICT (channel_id) DO UPDATE
    SET is_shared = :is_shared, is_private = :is_private, is_member = :is_member, is_archived = :is_archived,
        name = :name, checked_at = :checked_at
    WHERE channel.checked_at <= :read_at
    """
).bindparams(
    *(bindparam(name, type_=Flag()) for name in ("is_shared", "is_private", "is_member", "is_archived")),
    bindparam("checked_at", type_=UtcDateTime()),
    bindparam("read_at", type_=UtcDateTime()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen:
    """A channel as Slack describes it now."""

    channel_id: str
    is_shared: bool
    """Another company reads it, or was invited to."""
    is_private: bool
    is_member: bool = False
    """ccost was invited: without that it may not post."""
    is_archived: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow(ChannelSeen):
    """A channel as it was when Slack was last asked."""

    checked_at: datetime


def sync(session: Session, channels: Iterable[ChannelSeen], now: datetime, *, read_at: datetime | None = None) -> None:
    """Store what Slack says of some channels. Others stay as they were: how old that is, `checked_at` says.

    `read_at` is when Slack was asked, if that was a while ago: what was heard of a channel since is newer, and stays.
    """
    rows = [
        {
            "channel_id": one.channel_id,
            "is_shared": one.is_shared,
            "is_private": one.is_private,
            "is_member": one.is_member,
            "is_archived": one.is_archived,
            "name": one.name,
            "checked_at": now,
            "read_at": read_at or now,
        }
        for one in channels
    ]
    if rows:
        session.connection().execute(_PUT, rows)


def get(session: Session, channel_id: str) -> ChannelRow | None:
    """Give a channel; None if Slack was never asked about it."""
    row = session.execute(_GET, {"channel_id": channel_id}).one_or_none()
    return (
        None
        if row is None
        else ChannelRow(
            channel_id=row.channel_id,
            is_shared=row.is_shared,
            is_private=row.is_private,
            is_member=row.is_member,
            is_archived=row.is_archived,
            name=row.name,
            checked_at=row.checked_at,
        )
    )
