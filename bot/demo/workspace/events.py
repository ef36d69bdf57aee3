"""What Slack's Events API tells an app, as JSON objects: events, and the envelope around each."""

import secrets
from collections.abc import Mapping
from typing import Any

from bot.demo.cast import APP_ID, BOT_USER_ID, OTHER_TEAM_ID, TEAM_ID, Persona
from bot.demo.workspace.payloads import VERIFICATION_TOKEN
from bot.demo.workspace.people import Conversation

Event = dict[str, Any]


def envelope(event: Mapping[str, Any], at: float, *, in_shared_channel: bool = False) -> dict[str, Any]:
    """Put an event into what Slack sends; `at` is in seconds since 1970."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": {"event_ts": f"{at:.6f}", **event},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": in_shared_channel,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def app_home_opened(user_id: str, channel_id: str, tab: str, view: Mapping[str, Any] | None) -> Event:
    """Tell that somebody looks at the app; the Home tab comes with its view once there is one."""
    told: Event = {"type": "app_home_opened", "user": user_id, "channel": channel_id, "tab": tab}
    return told | ({"view": view} if view is not None and tab == "home" else {})


def user_change(user: Mapping[str, Any], at: float) -> Event:
    """Tell that somebody's account is another now."""
    return {"type": "user_change", "user": user, "cache_ts": int(at)}


def team_join(user: Mapping[str, Any], at: float) -> Event:
    """Tell that somebody is new."""
    return {"type": "team_join", "user": user, "cache_ts": int(at)}


def member_joined_channel(channel: Conversation, user_id: str, inviter: Persona) -> Event:
    """Tell that somebody, or the bot itself, is in a channel now."""
    return {
        "type": "member_joined_channel",
        "user": user_id,
        "channel": channel.channel_id,
        "channel_type": "G" if channel.is_private else "C",
        "team": TEAM_ID,
        "inviter": inviter.slack_user_id,
    }


def channel_archive(channel: Conversation, user_id: str) -> Event:
    """Tell that a channel was archived, or is in use again."""
    kind = "group" if channel.is_private else "channel"
    what = "archive" if channel.is_archived else "unarchive"
    return {"type": f"{kind}_{what}", "channel": channel.channel_id, "user": user_id, "is_moved": 0}


def channel_shared(channel: Conversation) -> Event:
    """Tell that a channel is, or is no more, shared with another company."""
    if channel.is_ext_shared:
        return {"type": "channel_shared", "channel": channel.channel_id, "connected_team_id": OTHER_TEAM_ID}
    return {
        "type": "channel_unshared",
        "channel": channel.channel_id,
        "previously_connected_team_id": OTHER_TEAM_ID,
        "is_ext_shared": False,
    }
