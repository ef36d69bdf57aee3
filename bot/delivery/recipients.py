"""Whom a message may still go to, asked again at the moment of sending; never a wider audience instead."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from bot.access import Place, decide_telling_channel, decide_telling_person
from bot.delivery.classify import Refused, Reply, Why, refusal
from bot.delivery.wire import Call
from bot.notice import NoticeRow
from bot.reports import quiet
from bot.schedule import zone_or
from bot.store import budgets, channels, groups, members, notices, organization
from bot.store.engine import Session, Sessions
from bot.store.members import MemberRow
from bot.store.pilot import OUTSIDE
from bot.workspace import channel_seen

_PEOPLE = ("U", "W")
_DIRECT_MESSAGE = "D"
_MOST_ERROR_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message goes now."""

    channel_id: str
    today: date
    """The recipient's own day."""
    locale: str | None


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not now: the person sleeps, or was told something today."""

    until: datetime


def reach(
    sessions: Sessions, call: Call, row: NoticeRow, *, now: datetime, default_zone: str
) -> Address | Postponed | Refused:
    """Find out where a message goes now, or why it does not. Asks Slack; posts nothing."""
    if row.private_to is not None and row.private_to != row.recipient:
        return Refused(Why.PERSON, "private to somebody else")
    if row.recipient.startswith(_PEOPLE):
        return _person(sessions, call, row, now, default_zone)
    return _channel(sessions, call, row, now)


def can_look(session: Session, channel_id: str, scopes: AbstractSet[str]) -> bool:
    """Say whether we may read a conversation's history."""
    if channel_id.startswith(_DIRECT_MESSAGE):
        return "im:history" in scopes
    channel = channels.get(session, channel_id)
    return channel is not None and ("groups:history" if channel.is_private else "channels:history") in scopes


def _person(
    sessions: Sessions, call: Call, row: NoticeRow, now: datetime, default_zone: str
) -> Address | Postponed | Refused:
    with sessions() as session:
        member = members.by_slack_id(session, row.recipient)
        told = notices.last_told(session, row.recipient)
        alerts = budgets.alerts(session, member.member_id) if member else None
        in_pilot = _in_pilot(session, row, member)
    decision = decide_telling_person(member.standing if member else None, in_pilot=in_pilot)
    if member is None or alerts is None or not decision.allowed:
        return Refused(Why.UNWANTED if decision.reason == OUTSIDE else Why.PERSON, decision.reason)
    zone = zone_or(member.tz, default_zone)
    if row.unasked and alerts.off:
        return Refused(Why.UNWANTED, "switched off")
    if row.unasked:
        until = quiet.due_at(now, alerts, zone, told, urgent=row.urgent)
        if until > now:
            return Postponed(until)
    reply = call("conversations.open", {"users": row.recipient})
    opened = reply.body.get("channel") if reply.body and reply.body.get("ok") is True else None
    if not isinstance(opened, dict) or not str(opened.get("id", "")).startswith(_DIRECT_MESSAGE):
        return _not_reached(reply)
    return Address(channel_id=str(opened["id"]), today=now.astimezone(zone).date(), locale=member.locale)


def _channel(sessions: Sessions, call: Call, row: NoticeRow, now: datetime) -> Address | Refused:
    """Slack is asked anew each time: a channel may have become shared, or public, since."""
    reply = call("conversations.info", {"channel": row.recipient})
    told = reply.body.get("channel") if reply.body and reply.body.get("ok") is True else None
    if not isinstance(told, dict):
        return _not_reached(reply)
    seen = channel_seen(told)
    with sessions.begin() as session:
        channels.sync(session, [seen], now)
    place = Place.SHARED_CHANNEL if seen.is_shared else Place.CHANNEL
    decision = decide_telling_channel(place)
    if not decision.allowed:
        return Refused(Why.DESTINATION, decision.reason)
    if seen.is_archived or not seen.is_member:
        return Refused(Why.DESTINATION, "is_archived" if seen.is_archived else "not_in_channel")
    return Address(channel_id=row.recipient, today=now.date(), locale=None)


def _not_reached(reply: Reply) -> Refused:
    """Nothing was posted by asking; what Slack did not say clearly is asked again later."""
    error = str((reply.body or {}).get("error") or reply.problem or f"HTTP {reply.status}")
    return refusal(reply) or Refused(Why.UNREACHED, error[:_MOST_ERROR_CHARACTERS])


def _in_pilot(session: Session, row: NoticeRow, member: MemberRow | None) -> bool:
    """Say whether a pilot, if one runs, lets somebody be told this: what they or an operator need, always."""
    pilot = organization.policy(session).pilot_group_id
    if pilot is None or not row.unasked:
        return True
    return member is not None and pilot in groups.of_member(session, member.member_id)[0]
