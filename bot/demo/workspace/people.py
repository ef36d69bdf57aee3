"""How Slack describes people and conversations: the JSON objects of `users.*` and `conversations.*`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.cast import BOT_USER_ID, OTHER_TEAM_ID, TEAM_ID, Channel, Persona

GONE_OR_MACHINE = ("deactivated", "bot")
"""Roles that nobody can act as."""

CREATED = 1_730_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A channel or a direct message between the bot and one person, with all that may change about it."""

    channel_id: str
    name: str
    is_private: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_archived: bool = False
    bot_is_member: bool = True
    dm_of: str | None = None
    """The person's id, if it is a direct message."""

    @classmethod
    def of(cls, channel: Channel) -> "Conversation":
        """Take a channel of the cast."""
        return cls(
            channel_id=channel.channel_id,
            name=channel.name,
            is_private=channel.is_private,
            is_ext_shared=channel.is_ext_shared,
            bot_is_member=channel.bot_is_member,
        )

    @property
    def kind(self) -> str:
        """Slack's word for it in `types`."""
        if self.dm_of:
            return "im"
        return "private_channel" if self.is_private else "public_channel"


def dm_of(user_id: str) -> Conversation:
    """Give the direct message between the bot and a person."""
    return Conversation(channel_id=f"D{user_id[1:]}", name="directmessage", is_private=True, dm_of=user_id)


def handle(person: Persona) -> str:
    """Give the short name after the @."""
    return person.email.partition("@")[0] or person.name.casefold().replace(" ", "-")


def is_in(person: Persona, conversation: Conversation) -> bool:
    """Say whether somebody is a member of a conversation of the demo.

    Direct messages are of one person, the private channel of admins, shared ones of outsiders too.
    """
    if person.role in GONE_OR_MACHINE:
        return False
    if conversation.dm_of:
        return conversation.dm_of == person.slack_user_id
    if person.role == "outsider":
        return conversation.is_ext_shared
    return person.role == "admin" or not conversation.is_private


def user_object(person: Persona, *, with_email: bool, with_locale: bool, now: datetime) -> dict[str, Any]:
    """Describe a person as `users.info` does. Whoever left has no zone and no locale any more."""
    is_outsider, is_bot = person.role == "outsider", person.role == "bot"
    profile: dict[str, Any] = {
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": "" if is_bot else handle(person),
        "display_name_normalized": "" if is_bot else handle(person),
        "title": "",
        "phone": "",
        "skype": "",
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": f"g{person.slack_user_id.lower()}",
        "team": OTHER_TEAM_ID if is_outsider else TEAM_ID,
    }
    if with_email and not is_bot:
        profile["email"] = person.email
    if is_bot:
        profile |= {"bot_id": f"B{person.slack_user_id[1:]}", "api_app_id": f"A{person.slack_user_id[1:]}"}
    user: dict[str, Any] = {
        "id": person.slack_user_id,
        "team_id": OTHER_TEAM_ID if is_outsider else TEAM_ID,
        "name": handle(person),
        "deleted": person.role == "deactivated",
        "profile": profile,
        "is_bot": is_bot,
        "is_app_user": False,
        "updated": CREATED,
    }
    if person.role == "deactivated":
        return user
    user |= {
        "color": "9f69e7",
        "real_name": person.name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": _offset(person.tz, now),
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.role == "guest",
        "is_ultra_restricted": False,
        "is_email_confirmed": person.role != "unconfirmed",
        "who_can_share_contact_card": "EVERYONE",
    }
    if is_outsider:
        user["is_stranger"] = False  # he shares a channel with us: the flag says nothing about the company
    if with_locale:
        user["locale"] = person.locale
    return user


def slackbot() -> dict[str, Any]:
    """Describe the robot that every workspace has, and that says of itself it is none."""
    return {
        "id": "USLACKBOT",
        "team_id": TEAM_ID,
        "name": "slackbot",
        "deleted": False,
        "real_name": "Slackbot",
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Standard Time",
        "tz_offset": -28_800,
        "profile": {"real_name": "Slackbot", "display_name": "Slackbot", "always_active": True, "team": TEAM_ID},
        "is_bot": False,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_email_confirmed": False,
        "updated": 0,
    }


def ourselves(now: datetime) -> dict[str, Any]:
    """Describe the bot's own user."""
    us = Persona(slack_user_id=BOT_USER_ID, name="ccost", email="", role="bot", habit=None, tz="UTC")
    return user_object(us, with_email=False, with_locale=False, now=now)


def conversation_object(conversation: Conversation, members: int) -> dict[str, Any]:
    """Describe a conversation as `conversations.info` does."""
    if conversation.dm_of:
        return {
            "id": conversation.channel_id,
            "created": CREATED,
            "is_im": True,
            "is_org_shared": False,
            "is_archived": False,
            "user": conversation.dm_of,
            "context_team_id": TEAM_ID,
            "is_user_deleted": False,
        }
    return {
        "id": conversation.channel_id,
        "name": conversation.name,
        "name_normalized": conversation.name,
        "created": CREATED,
        "creator": "USLACKBOT",
        "is_channel": not conversation.is_private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": conversation.is_private,
        "is_archived": conversation.is_archived,
        "is_general": conversation.name == "general",
        "is_shared": conversation.is_ext_shared,
        "is_ext_shared": conversation.is_ext_shared,
        "is_pending_ext_shared": conversation.is_pending_ext_shared,
        "is_org_shared": False,
        "is_member": conversation.bot_is_member,
        "shared_team_ids": [TEAM_ID, OTHER_TEAM_ID] if conversation.is_ext_shared else [TEAM_ID],
        "pending_shared": [OTHER_TEAM_ID] if conversation.is_pending_ext_shared else [],
        "context_team_id": TEAM_ID,
        "num_members": members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _offset(zone: str, now: datetime) -> int:
    offset = now.astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0
