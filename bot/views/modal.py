"""Modals: the frame, the fields one fills in, and an answer shown in one."""

from collections.abc import Sequence
from typing import Any

from bot.text import Text
from bot.views.blocks import Message, cut, prose, without_native_blocks
from bot.views.limits import LIMITS, Block

View = dict[str, Any]
Option = tuple[str, str]
"""What is read, and the value behind it."""

FIELD = "value"
"""The action id of every field: what tells fields apart is their block id."""


def modal(title: str, blocks: Sequence[Block], t: Text, *, submit: str | None = None, callback_id: str = "") -> View:
    """Frame blocks as a modal; with `submit` it is a form, which `callback_id` names."""
    view: View = {
        "type": "modal",
        "title": _plain(title, LIMITS.view_title_characters),
        "close": _plain(t("modal.cancel" if submit else "modal.close"), LIMITS.view_title_characters),
        "blocks": list(blocks[: LIMITS.view_blocks]),
    }
    if submit:
        view |= {"submit": _plain(submit, LIMITS.view_title_characters), "callback_id": callback_id}
    return view


def waiting(t: Text) -> View:
    """Show that something is on its way."""
    return modal(t("modal.title"), [prose(t("modal.waiting"))], t)


def answered(message: Message, t: Text) -> View:
    """Show an answer: modals know neither charts nor data tables."""
    shown = without_native_blocks(message)
    return modal(t("modal.title"), shown.blocks or [prose(shown.text)], t)


def text_field(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    placeholder: str = "",
    hint: str = "",
    optional: bool = False,
    longest: int = 100,
) -> Block:
    """A line to type."""
    element: Block = {"type": "plain_text_input", "action_id": FIELD, "max_length": longest}
    element |= {"initial_value": initial} if initial else {}
    element |= {"placeholder": _plain(placeholder, LIMITS.placeholder_characters)} if placeholder else {}
    return _field(block_id, label, element, hint=hint, optional=optional)


def choice_field(
    block_id: str, label: str, options: Sequence[Option], *, initial: str | None = None, hint: str = ""
) -> Block:
    """One of some options. `initial` is a value."""
    made = [_option(option) for option in options[: LIMITS.options]]
    element: Block = {"type": "static_select", "action_id": FIELD, "options": made}
    element |= next(({"initial_option": one} for one in made if one["value"] == initial), {})
    return _field(block_id, label, element, hint=hint)


def ticks_field(block_id: str, label: str, options: Sequence[Option], *, initial: Sequence[str] = ()) -> Block:
    """Any of some options, none included. `initial` are values."""
    made = [_option(option) for option in options]
    ticked = [one for one in made if one["value"] in initial]
    element: Block = {"type": "checkboxes", "action_id": FIELD, "options": made}
    element |= {"initial_options": ticked} if ticked else {}
    return _field(block_id, label, element, optional=True)


def time_field(block_id: str, label: str, *, initial: str) -> Block:
    """A time of day, `HH:MM`."""
    return _field(block_id, label, {"type": "timepicker", "action_id": FIELD, "initial_time": initial})


def channel_field(block_id: str, label: str, *, initial: str | None = None, hint: str = "") -> Block:
    """A channel of this company that Slack shows to the person."""
    element: Block = {
        "type": "conversations_select",
        "action_id": FIELD,
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    element |= {"initial_conversation": initial} if initial else {}
    return _field(block_id, label, element, hint=hint)


def person_field(block_id: str, label: str, *, optional: bool = False) -> Block:
    """A person."""
    return _field(block_id, label, {"type": "users_select", "action_id": FIELD}, optional=optional)


def people_field(block_id: str, label: str, *, initial: Sequence[str] = (), optional: bool = False) -> Block:
    """Some people, as Slack user ids."""
    element: Block = {"type": "multi_users_select", "action_id": FIELD}
    element |= {"initial_users": list(initial)} if initial else {}
    return _field(block_id, label, element, optional=optional)


def _field(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label, LIMITS.label_characters),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": _plain(hint, LIMITS.label_characters)} if hint else {})


def _option(option: Option) -> Block:
    label, value = option
    return {"text": _plain(label, LIMITS.option_characters), "value": value}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}
