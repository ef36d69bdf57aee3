"""What Slack tells us by itself. Each event means "look again", so hearing it twice changes nothing."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.listeners import home
from bot.listeners.ask import Ask, ask
from bot.runtime import Runtime
from bot.workspace import look_up

logger = logging.getLogger(__name__)

Event = Mapping[str, Any]


def happened(rt: Runtime, body: Mapping[str, Any]) -> bool:
    """Do what an event asks for, on another thread. False when too much waits: Slack will tell us again."""
    event = body.get("event") or {}
    work = _WORK.get(str(event.get("type")))
    return work is None or rt.later(lambda: work(rt, event, body))


def _home_opened(rt: Runtime, event: Event, body: Mapping[str, Any]) -> None:
    if event.get("tab") != "home":
        return
    question = _of_home(rt, event, body)
    if question.viewer.standing is None:
        look_up(rt, user_id=question.viewer.slack_user_id, channel_id=None)
        question = _of_home(rt, event, body)
    home.publish(rt, question)


def _of_home(rt: Runtime, event: Event, body: Mapping[str, Any]) -> Ask:
    return ask(
        rt,
        user_id=str(event["user"]),
        team_id=body.get("team_id"),
        enterprise_id=body.get("enterprise_id"),
        channel_id=None,
        text="",
    )


def _person_changed(rt: Runtime, event: Event, _body: Mapping[str, Any]) -> None:
    """Somebody became a guest, was deactivated, or has another address: not in an hour but now."""
    user = event.get("user")
    user_id = user.get("id") if isinstance(user, Mapping) else user
    if user_id:
        look_up(rt, user_id=str(user_id), channel_id=None)


def _channel_changed(rt: Runtime, event: Event, _body: Mapping[str, Any]) -> None:
    """We were invited or thrown out, or a channel was archived or shared with another company."""
    if event.get("user") and event["type"].startswith("member_") and not _is_us(rt, event):
        return
    if event.get("channel"):
        look_up(rt, user_id=None, channel_id=str(event["channel"]))


def _revoked(_rt: Runtime, event: Event, _body: Mapping[str, Any]) -> None:
    logger.error("slack_revoked", extra={"event": str(event.get("type"))})


def _is_us(rt: Runtime, event: Event) -> bool:
    return rt.identity is not None and event.get("user") == rt.identity.user_id


_WORK: Mapping[str, Callable[[Runtime, Event, Mapping[str, Any]], None]] = {
    "app_home_opened": _home_opened,
    "team_join": _person_changed,
    "user_change": _person_changed,
    "member_joined_channel": _channel_changed,
    "channel_archive": _channel_changed,
    "channel_unarchive": _channel_changed,
    "channel_shared": _channel_changed,
    "channel_unshared": _channel_changed,
    "group_archive": _channel_changed,
    "group_unarchive": _channel_changed,
    "app_uninstalled": _revoked,
    "tokens_revoked": _revoked,
}

EVENTS = tuple(_WORK)
"""What `app.yaml` subscribes to; a test compares them."""
