"""`chat.*` and `blocks.validate` over the demo workspace."""

from collections.abc import Mapping
from typing import Any

from bot.demo.cast import BOT_USER_ID
from bot.demo.workspace.blockkit_rules import message_problems
from bot.demo.workspace.blockkit_views import view_problems
from bot.demo.workspace.calls import Answer, Arguments, Installation, Method, json_of, refuse_problems
from bot.demo.workspace.history import message_object
from bot.demo.workspace.people import Conversation, is_in
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.replies import show_refusal
from bot.demo.workspace.state import Entry


def chat_post_message(api: Installation, ask: Arguments) -> Answer:
    """Post for everybody in a conversation."""
    channel = _writable(api, ask)
    text, blocks = _said(api, ask, channel)
    thread_ts = str(ask["thread_ts"]) if ask.get("thread_ts") else None
    said = {"text": text, "blocks": blocks, "metadata": _metadata(ask)}
    entry = api.team.add(channel.channel_id, thread_ts=thread_ts, **said)
    return {"channel": channel.channel_id, "ts": entry.message_id, "message": message_object(entry)}


def chat_post_ephemeral(api: Installation, ask: Arguments) -> Answer:
    """Post for one person in a conversation."""
    channel = _writable(api, ask)
    person = api.team.person(str(ask.get("user") or ""))
    if person is None or not is_in(person, channel):
        raise SlackRefusal("user_not_in_channel")
    text, blocks = _said(api, ask, channel)
    entry = api.team.add(channel.channel_id, text=text, blocks=blocks, visible_to=person.slack_user_id)
    return {"message_ts": entry.message_id}


def chat_update(api: Installation, ask: Arguments) -> Answer:
    """Edit one of our messages. What one person alone saw cannot be edited this way; metadata stay unless given."""
    entry = _ours(api, ask, "cant_update_message")
    text, blocks = _said(api, ask, api.seen(ask.get("channel")))
    if len(text) > 4000:
        raise SlackRefusal("msg_too_long")
    metadata = _metadata(ask) if ask.get("metadata") is not None else entry.metadata
    entry = api.team.edit(entry.message_id, text=text, blocks=blocks, metadata=metadata)
    return {"channel": entry.channel_id, "ts": entry.message_id, "text": text, "message": message_object(entry)}


def chat_delete(api: Installation, ask: Arguments) -> Answer:
    """Delete one of our messages."""
    entry = _ours(api, ask, "cant_delete_message")
    api.team.remove(entry.message_id)
    return {"channel": entry.channel_id, "ts": entry.message_id}


def _writable(api: Installation, ask: Arguments) -> Conversation:
    asked = str(ask.get("channel") or "")
    direct = api.team.channel(asked)
    channel = api.seen(direct.channel_id if direct else asked)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    person = api.team.person(channel.dm_of or "")
    if person and person.role in ("deactivated", "bot"):
        raise SlackRefusal("user_disabled" if person.role == "deactivated" else "cannot_dm_bot")
    if not channel.bot_is_member and "chat:write.public" not in api.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def _said(api: Installation, ask: Arguments, channel: Conversation) -> tuple[str, Any]:
    blocks = json_of(ask, "blocks")
    problems = message_problems(ask.get("text"), blocks)
    if problems:
        show_refusal(api.team, channel.channel_id, problems, visible_to=None)
    refuse_problems(problems)
    return str(ask.get("text") or ""), blocks or ()


def _metadata(ask: Arguments) -> Mapping[str, Any] | None:
    given = json_of(ask, "metadata", "invalid_metadata_format")
    if not given:
        return None
    if not isinstance(given, Mapping) or not isinstance(given.get("event_type"), str):
        raise SlackRefusal("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), Mapping):
        raise SlackRefusal("invalid_metadata_schema")
    return given


def _ours(api: Installation, ask: Arguments, refusal: str) -> Entry:
    channel = api.seen(ask.get("channel"))
    entry = api.team.entry(str(ask.get("ts") or ""))
    if entry is None or entry.channel_id != channel.channel_id or entry.visible_to or entry.kind != "message":
        raise SlackRefusal("message_not_found")
    if entry.author_id != BOT_USER_ID:
        raise SlackRefusal(refusal)
    return entry


def blocks_validate(api: Installation, ask: Arguments) -> Answer:  # noqa: ARG001  one shape for all methods
    """Judge blocks, a message or a view without showing them."""
    given = [name for name in ("blocks", "message", "view") if ask.get(name) is not None]
    if len(given) != 1:
        raise SlackRefusal("invalid_arguments")
    value = json_of(ask, given[0])
    if given[0] == "view":
        refuse_problems(view_problems(value))
    elif given[0] == "message" and isinstance(value, Mapping):
        refuse_problems(message_problems(value.get("text"), value.get("blocks")))
    else:
        refuse_problems(message_problems("judged", value))
    return {}


MESSAGES: Mapping[str, Method] = {
    "chat.postMessage": Method(chat_post_message, "chat:write"),
    "chat.postEphemeral": Method(chat_post_ephemeral, "chat:write"),
    "chat.update": Method(chat_update, "chat:write"),
    "chat.delete": Method(chat_delete, "chat:write"),
    "blocks.validate": Method(blocks_validate),
}
