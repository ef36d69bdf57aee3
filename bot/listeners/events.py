"""What Slack tells us by itself. Each event means "look again", so hearing it twice changes nothing."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.listeners import home
from bot.listeners.ask import Ask, ask
from bot.people import person_from_slack
from bot.runtime import Later, Runtime
from bot.store import channels, members
from bot.workspace import look_up

logger = logging.getLogger(__name__)

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind of event is about, and what is done about it."""

    about: Callable[[Runtime, Event], str | None]
    """Gives an id; None: nothing of this concerns us."""
    look: Callable[[Runtime, str, Mapping[str, Any]], None]
    """Does it, for that id and the whole payload."""
    lane: Callable[[Runtime], Later]


def happened(rt: Runtime, body: Mapping[str, Any]) -> bool:
    """Do what an event asks for, on another thread. False when too much waits: Slack will tell us again.

    A burst of events about one person or channel is one look.
    """
    event = body.get("event") or {}
    meaning = _MEANINGS.get(str(event.get("type")))
    about = meaning.about(rt, event) if meaning else None
    if meaning is None or about is None:
        return True
    look = meaning.look
    return meaning.lane(rt)(lambda: look(rt, about, body), once=f"{look.__name__}/{about}")


def _visitor(_rt: Runtime, event: Event) -> str | None:
    return str(event["user"]) if event.get("tab") == "home" else None


def _home(rt: Runtime, user_id: str, body: Mapping[str, Any]) -> None:
    question = _of_home(rt, user_id, body)
    if question.viewer.standing is None:
        look_up(rt, user_id=user_id, channel_id=None)
        question = _of_home(rt, user_id, body)
    home.publish(rt, question)


def _of_home(rt: Runtime, user_id: str, body: Mapping[str, Any]) -> Ask:
    return ask(
        rt,
        user_id=user_id,
        team_id=body.get("team_id"),
        enterprise_id=body.get("enterprise_id"),
        channel_id=None,
        text="",
    )


def _changed_person(rt: Runtime, event: Event) -> str | None:
    """Somebody became a guest, was deactivated, or has another address. Slack also tells us of every new status text.

    What the event says is not believed, as it may be told late; only whether it is news.
    """
    user = event.get("user")
    if not isinstance(user, Mapping):
        return str(user) if user else None
    return str(user["id"]) if _is_news(rt, user) else None


def _is_news(rt: Runtime, user: Mapping[str, Any]) -> bool:
    if rt.identity is None:
        return True
    told = person_from_slack(user, team_id=rt.identity.team_id, enterprise_id=rt.identity.enterprise_id)
    with rt.sessions() as session:
        known = members.by_slack_id(session, told.slack_user_id)
    if known is None or (told.locale and not known.language and told.locale != known.locale):
        return True
    stored = (known.standing, known.display_name, known.email, known.tz)
    return stored != (told.standing, told.display_name, told.email, told.tz)


def _person(rt: Runtime, user_id: str, _body: Mapping[str, Any]) -> None:
    look_up(rt, user_id=user_id, channel_id=None)


def _changed_channel(_rt: Runtime, event: Event) -> str | None:
    """A channel was archived, or shared with another company."""
    return str(event["channel"]) if event.get("channel") else None


def _joined_channel(rt: Runtime, event: Event) -> str | None:
    """We were invited; whoever else joined is none of our business."""
    is_us = rt.identity is not None and event.get("user") == rt.identity.user_id
    return _changed_channel(rt, event) if is_us else None


def _channel(rt: Runtime, channel_id: str, _body: Mapping[str, Any]) -> None:
    look_up(rt, user_id=None, channel_id=channel_id)


def _left(rt: Runtime, channel_id: str, _body: Mapping[str, Any]) -> None:
    """We were thrown out: of a private channel nobody tells us any more who reads it."""
    with rt.sessions.begin() as session:
        known = channels.get(session, channel_id)
        if known is not None:
            channels.sync(session, [replace(known, is_member=False)], rt.clock())


def _revoked(_rt: Runtime, event: Event) -> None:
    logger.error("slack_revoked", extra={"event": str(event.get("type"))})


_PERSON = Meaning(_changed_person, _person, lambda rt: rt.hearing)
_CHANNEL = Meaning(_changed_channel, _channel, lambda rt: rt.hearing)

_MEANINGS: Mapping[str, Meaning] = {
    "app_home_opened": Meaning(_visitor, _home, lambda rt: rt.later),
    "team_join": _PERSON,
    "user_change": _PERSON,
    "member_joined_channel": Meaning(_joined_channel, _channel, lambda rt: rt.hearing),
    "channel_archive": _CHANNEL,
    "channel_left": Meaning(_changed_channel, _left, lambda rt: rt.hearing),
    "group_left": Meaning(_changed_channel, _left, lambda rt: rt.hearing),
    "channel_unarchive": _CHANNEL,
    "channel_shared": _CHANNEL,
    "channel_unshared": _CHANNEL,
    "group_archive": _CHANNEL,
    "group_unarchive": _CHANNEL,
    "app_uninstalled": Meaning(_revoked, _channel, lambda rt: rt.hearing),
    "tokens_revoked": Meaning(_revoked, _channel, lambda rt: rt.hearing),
}

EVENTS = tuple(_MEANINGS)
"""What `app.yaml` subscribes to; a test compares them."""
