"""The fields of a form: what they hold at first and after a change, and what Slack's client says before sending."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

State = dict[str, dict[str, dict[str, Any]]]
"""Slack's `view.state.values`: by block id, then by action id."""

INCOMPLETE = "Please complete all required fields."
TEXT_CHARACTERS = 3000

NAMES: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "timepicker": ("selected_time", "initial_time"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
}
"""How the state calls what a field holds, and the element what it holds at first."""


def inputs(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the fields of a view with the id of the block that each stands in."""
    for block in blocks:
        if block.get("type") == "input":
            yield str(block["block_id"]), block


def at_first(blocks: Sequence[Mapping[str, Any]]) -> State:
    """Give what the fields hold before anybody touches them."""
    return {
        block_id: {str(block["element"]["action_id"]): _initial(block["element"])} for block_id, block in inputs(blocks)
    }


def carried_over(old: State, blocks: Sequence[Mapping[str, Any]]) -> State:
    """Give what the fields of a changed view hold: what was filled in stays where block and action keep their ids."""
    new = at_first(blocks)
    for block_id, fields in new.items():
        for action_id, field in fields.items():
            before = old.get(block_id, {}).get(action_id)
            if before is not None and before["type"] == field["type"]:
                fields[action_id] = before
    return new


def complaints(view: Mapping[str, Any], state: State) -> dict[str, str]:
    """Say by block id what Slack's client asks for before it sends a form; empty: nothing."""
    told = {}
    for block_id, block in inputs(view["blocks"]):
        field = next(iter(state[block_id].values()))
        value = next(value for name, value in field.items() if name != "type")
        limits = block["element"]
        if not value and not block.get("optional"):
            told[block_id] = INCOMPLETE
        elif value and isinstance(value, str) and len(value) > limits.get("max_length", TEXT_CHARACTERS):
            told[block_id] = f"Please enter no more than {limits.get('max_length', 3000)} characters."
        elif value and isinstance(value, str) and len(value) < limits.get("min_length", 0):
            told[block_id] = f"Please enter at least {limits['min_length']} characters."
    return told


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(element["type"])
    name, initial = NAMES[kind]
    empty: Any = [] if name.endswith("s") else None
    return {"type": kind, name: element.get(initial) or empty}
