"""What one person sees of the workspace, as the page draws it: JSON of values, nothing decided here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.cast import BOT_USER_ID, Persona
from bot.demo.workspace.fields import inputs
from bot.demo.workspace.filling import offered
from bot.demo.workspace.people import GONE_OR_MACHINE, Conversation, handle, is_in
from bot.demo.workspace.state import Entry, Team

HOME = "home"
"""Stands for the Home tab where the id of a conversation may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who looks, and where."""

    person: Persona
    channel: Conversation
    at_home: bool
    thread: str | None


def seat(team: Team, user_id: str, place: str, thread: str) -> Seat:
    """Find out who looks and where; whoever or whatever is not there is the first that is."""
    people = actors(team)
    person = next((one for one in people if one.slack_user_id == user_id), people[0])
    channels = [one for one in team.channels() if is_in(person, one)]
    direct = team.channel(person.slack_user_id)
    at_home = place == HOME and direct is not None
    wanted = direct.channel_id if at_home and direct else place
    channel = next((one for one in channels if one.channel_id == wanted), channels[0])
    return Seat(person=person, channel=channel, at_home=at_home, thread=thread or None)


def actors(team: Team) -> list[Persona]:
    """Give everybody that one can act as."""
    return [person for person in team.people() if person.role not in GONE_OR_MACHINE]


def world(team: Team, at: Seat, leads: Collection[str]) -> dict[str, Any]:
    """Give everything that somebody sees from their seat. `leads` are Slack ids of those who lead a group."""
    user_id = at.person.slack_user_id
    channels = [one for one in team.channels() if is_in(at.person, one)]
    entries = team.conversation(at.channel.channel_id, user_id)
    home = team.home(user_id)
    return {
        "revision": team.revision,
        "user": user_id,
        "channel": HOME if at.at_home else at.channel.channel_id,
        "people": [_person(team, one, leads) for one in actors(team)],
        "names": {one.slack_user_id: one.name for one in team.people()} | {BOT_USER_ID: "ccost"},
        "channel_names": {one.channel_id: one.name for one in team.channels() if not one.dm_of},
        "channels": [_channel(team, one, at.person) for one in channels],
        "entries": [_entry(one, entries) for one in entries if one.thread_ts is None],
        "thread": _thread(at.thread, entries),
        "home": _view(team, user_id, home) if home else None,
        "modals": [_view(team, user_id, view) for view in team.modals(user_id)],
    }


def _thread(root_id: str | None, entries: Sequence[Entry]) -> dict[str, Any] | None:
    root = next((one for one in entries if one.message_id == root_id), None)
    if root is None:
        return None
    replies = [one for one in entries if one.thread_ts == root.message_id]
    return {"root": _entry(root, entries), "entries": [_entry(one, entries) for one in replies]}


def _view(team: Team, user_id: str, view: Mapping[str, Any]) -> dict[str, Any]:
    """Give a Home tab or a modal, with what is filled in, what is wrong, and the channels that can be chosen."""
    named = ("id", "type", "hash", "title", "submit", "close", "blocks", "state")
    pickers = [(block_id, block["element"]) for block_id, block in inputs(view["blocks"])]
    return {name: view.get(name) for name in named} | {
        "errors": dict(team.view_errors.get(view["id"], {})),
        "offers": {
            block_id: [{"id": one.channel_id, "name": one.name} for one in offered(team, user_id, element)]
            for block_id, element in pickers
            if element["type"] == "conversations_select"
        },
    }


def _channel(team: Team, channel: Conversation, person: Persona) -> dict[str, Any]:
    seen = team.conversation(channel.channel_id, person.slack_user_id)
    return {
        "id": channel.channel_id,
        "name": "ccost" if channel.dm_of else channel.name,
        "kind": "dm" if channel.dm_of else channel.kind,
        "is_ext_shared": channel.is_ext_shared,
        "is_archived": channel.is_archived,
        "bot_is_member": channel.bot_is_member,
        "members": len(team.members(channel.channel_id)),
        "latest": seen[-1].message_id if seen else "",
    }


def _person(team: Team, person: Persona, leads: Collection[str]) -> dict[str, Any]:
    direct = team.channel(person.slack_user_id)
    heard = team.conversation(direct.channel_id, person.slack_user_id) if direct else []
    return {
        "id": person.slack_user_id,
        "name": person.name,
        "handle": handle(person),
        "role": "lead" if person.role == "member" and person.slack_user_id in leads else person.role,
        "locale": person.locale,
        "tz": person.tz,
        "direct": direct.channel_id if direct else "",
        "direct_latest": heard[-1].message_id if heard else "",
    }


def _entry(entry: Entry, conversation: Sequence[Entry]) -> dict[str, Any]:
    return {
        "id": entry.message_id,
        "author": entry.author_id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "text": entry.text,
        "blocks": entry.named_blocks,
        "only_you": entry.visible_to is not None,
        "edited": entry.is_edited,
        "replies": sum(one.thread_ts == entry.message_id and one.visible_to is None for one in conversation),
        "file": _file(entry),
    }


def _file(entry: Entry) -> dict[str, str] | None:
    return {"name": entry.file.name, "text": entry.file.text} if entry.file else None
