"""Filling in a form as Slack's client lets people: only what is offered to them can be chosen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.demo.workspace.fields import NAMES, State, inputs
from bot.demo.workspace.outcome import NotThere
from bot.demo.workspace.people import GONE_OR_MACHINE, Conversation, is_in
from bot.demo.workspace.state import Team

Given = str | Sequence[str] | None
"""What somebody types, or the values and ids that they choose; nothing at all empties a field."""


def filled_in(team: Team, user_id: str, view: Mapping[str, Any], given: Mapping[str, Given]) -> State:
    """Fill in fields by block id; the others keep what they hold.

    Raises `NotThere` for a field that is not there, and for a choice that Slack does not offer that person.
    """
    state: State = {block_id: dict(fields) for block_id, fields in view["state"]["values"].items()}
    elements = {block_id: block["element"] for block_id, block in inputs(view["blocks"])}
    for block_id, value in given.items():
        if block_id not in elements:
            raise NotThere(f"no field {block_id} in view {view['id']}")
        element = elements[block_id]
        chosen = [] if not value else [value] if isinstance(value, str) else list(value)
        state[block_id] = {str(element["action_id"]): _filled(team, user_id, element, chosen)}
    return state


def _filled(team: Team, user_id: str, element: Mapping[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
    kind = str(element["type"])
    name = NAMES[kind][0]
    is_many = name.endswith("s")
    if len(chosen) > 1 and not is_many:
        raise NotThere(f"a {kind} takes one value")
    found = [_CHOICES[kind](team, user_id, element, one) for one in chosen]
    return {"type": kind, name: found if is_many else found[0] if found else None}


def _typed(_team: Team, _user_id: str, _element: Mapping[str, Any], text: str) -> Any:
    return text


def _option(_team: Team, _user_id: str, element: Mapping[str, Any], value: str) -> Any:
    for option in element["options"]:
        if option["value"] == value:
            return option
    raise NotThere(f"no option {value}")


def _time(_team: Team, _user_id: str, _element: Mapping[str, Any], text: str) -> Any:
    hour, _, minute = text.partition(":")
    if len(text) != 5 or not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise NotThere(f"no time {text}")
    return text


def _person(team: Team, _user_id: str, _element: Mapping[str, Any], user_id: str) -> Any:
    person = team.person(user_id)
    if person is None or person.role == "deactivated":
        raise NotThere(f"nobody to choose: {user_id}")
    return user_id


def _conversation(team: Team, user_id: str, element: Mapping[str, Any], channel_id: str) -> Any:
    if channel_id not in [one.channel_id for one in offered(team, user_id, element)]:
        raise NotThere(f"no conversation {channel_id} to choose")
    return channel_id


def offered(team: Team, user_id: str, element: Mapping[str, Any]) -> list[Conversation]:
    """Give the conversations that a `conversations_select` offers to somebody: theirs, as its filter has them."""
    person = team.person(user_id)
    if person is None or person.role in GONE_OR_MACHINE:
        return []
    wanted = element.get("filter") or {}
    kinds = wanted.get("include") or ("im", "mpim", "private", "public")
    no_shared = bool(wanted.get("exclude_external_shared_channels"))
    no_bots = bool(wanted.get("exclude_bot_users"))
    return [
        one
        for one in team.channels()
        if is_in(person, one)
        and not one.is_archived
        and one.kind.removesuffix("_channel") in kinds
        and not (no_shared and one.is_ext_shared)
        and not (no_bots and one.dm_of)
    ]


_CHOICES: Mapping[str, Callable[[Team, str, Mapping[str, Any], str], Any]] = {
    "plain_text_input": _typed,
    "static_select": _option,
    "checkboxes": _option,
    "timepicker": _time,
    "conversations_select": _conversation,
    "users_select": _person,
    "multi_users_select": _person,
}
