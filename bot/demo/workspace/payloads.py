"""What Slack sends when a person types a command, presses a button or sends off a form, and how it signs that."""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.demo.cast import APP_ID, OTHER_TEAM_ID, TEAM_ID, Persona, UserGroup
from bot.demo.workspace.history import message_object
from bot.demo.workspace.people import GONE_OR_MACHINE, Conversation, handle
from bot.demo.workspace.state import Entry

TEAM_DOMAIN = "hoshino-works"
VERIFICATION_TOKEN = "deprecated-verification-token"  # noqa: S105  Slack still sends the field; nobody may trust it


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button and where it stands."""

    block_id: str
    element: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What stands on it."""
        return str((self.element.get("text") or {}).get("text") or self.element.get("action_id"))


def signed_headers(secret: str, body: bytes, now_seconds: int) -> dict[str, str]:
    """Sign a body as Slack does."""
    base = f"v0:{now_seconds}:".encode() + body
    signature = hmac.new(secret.encode(), base, sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(now_seconds), "X-Slack-Signature": f"v0={signature}"}


def escaped(
    text: str,
    people: Iterable[Persona],
    channels: Iterable[Conversation],
    user_groups: Iterable[UserGroup] = (),
) -> str:
    """Escape what somebody typed as `should_escape` does: `@name`, `@group` and `#channel` of what exists become ids.

    People are known by their full name and by the short one; the longest name that fits is meant.
    """
    tokens: dict[str, str] = {"@channel": "<!channel>", "@here": "<!here>", "@everyone": "<!everyone>"}
    for person in people:
        if person.role not in GONE_OR_MACHINE:
            token = f"<@{person.slack_user_id}|{handle(person)}>"
            tokens |= {f"@{_entities(name)}".casefold(): token for name in (person.name, handle(person))}
    for channel in channels:
        if not channel.dm_of:
            tokens[f"#{channel.name}"] = f"<#{channel.channel_id}|{channel.name}>"
    for group in user_groups:
        if group.is_enabled:
            tokens[f"@{group.handle}".casefold()] = f"<!subteam^{group.usergroup_id}|@{group.handle}>"
    longest_first = sorted(tokens, key=len, reverse=True)
    pattern = "(?:{})(?![A-Za-z0-9_])".format("|".join(map(re.escape, longest_first)))
    return re.sub(pattern, lambda found: tokens[found.group().casefold()], _entities(text), flags=re.IGNORECASE)


def command_fields(person: Persona, channel: Conversation, command: str, text: str) -> dict[str, str]:
    """Give the form of a slash command, without the fields that are new each time."""
    is_outsider = person.role == "outsider"
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": OTHER_TEAM_ID if is_outsider else TEAM_ID,
        "team_domain": "partner-gmbh" if is_outsider else TEAM_DOMAIN,
        "channel_id": channel.channel_id,
        "channel_name": _shown_name(channel),
        "user_id": person.slack_user_id,
        "user_name": handle(person),
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def press_fields(person: Persona, channel: Conversation, entry: Entry, pressed: Pressed, at: str) -> dict[str, Any]:
    """Give the payload of a pressed button of a message, without the fields that are new each time.

    Of a message that only one person sees, Slack sends where it is and not what it says.
    """
    payload = _interaction(person, "block_actions")
    payload |= {
        "container": {
            "type": "message",
            "message_ts": entry.message_id,
            "channel_id": channel.channel_id,
            "is_ephemeral": entry.visible_to is not None,
        },
        "channel": {"id": channel.channel_id, "name": _shown_name(channel)},
        "state": {"values": {}},
        "actions": [_action(pressed, at)],
    }
    if entry.thread_ts:
        payload["container"]["thread_ts"] = entry.thread_ts
    if entry.visible_to is None:
        payload["message"] = message_object(entry)
    return payload


def view_press_fields(person: Persona, view: Mapping[str, Any], pressed: Pressed, at: str) -> dict[str, Any]:
    """Give the payload of a pressed button of a view: there is no channel, and no response URL."""
    container = {"type": "view", "view_id": view["id"]}
    return _interaction(person, "block_actions") | {
        "container": container,
        "view": view,
        "actions": [_action(pressed, at)],
    }


def submission_fields(person: Persona, view: Mapping[str, Any]) -> dict[str, Any]:
    """Give the payload of a form that was sent off, without its trigger."""
    return _interaction(person, "view_submission") | {"view": view, "response_urls": []}


def closed_fields(person: Persona, view: Mapping[str, Any], *, is_cleared: bool) -> dict[str, Any]:
    """Give the payload of a modal that was closed; what was filled in is not told."""
    told = {**view, "state": {"values": {}}}
    return _interaction(person, "view_closed") | {"view": told, "is_cleared": is_cleared}


def buttons(
    blocks: Sequence[Mapping[str, Any]], action_id: str | None = None, block_id: str | None = None
) -> Iterator[Pressed]:
    """Find the buttons of a message or view, of these ids if given, in blocks that all have their `block_id`."""
    for block in blocks:
        inside = block.get("elements", []) if block.get("type") == "actions" else [block.get("accessory")]
        for element in inside:
            if not isinstance(element, Mapping) or element.get("type") != "button":
                continue
            if block_id in (None, block["block_id"]) and action_id in (None, element.get("action_id")):
                yield Pressed(block["block_id"], element)


def _interaction(person: Persona, kind: str) -> dict[str, Any]:
    """Give what every payload of somebody's act has."""
    return {
        "type": kind,
        "user": {
            "id": person.slack_user_id,
            "username": handle(person),
            "name": handle(person),
            "team_id": OTHER_TEAM_ID if person.role == "outsider" else TEAM_ID,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _action(pressed: Pressed, at: str) -> dict[str, Any]:
    told = {
        "type": "button",
        "action_id": pressed.element.get("action_id", ""),
        "block_id": pressed.block_id,
        "text": pressed.element.get("text"),
        "action_ts": at,
    }
    return told | {name: pressed.element[name] for name in ("value", "style", "url") if name in pressed.element}


def _shown_name(channel: Conversation) -> str:
    """Give the name that payloads tell: of what is private, only what kind it is."""
    return "directmessage" if channel.dm_of else "privategroup" if channel.is_private else channel.name


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
