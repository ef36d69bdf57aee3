"""What a form is: a row. What is sent off is what one would have typed, and goes the way of what is typed."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.access import Act
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.modal import FIELD, View


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody has filled in, by block id."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, block_id: str, default: str = "") -> str:
        """Give the one value of a field, without the space around it."""
        return next(iter(self.values.get(block_id, ())), default).strip()

    def typed(self, block_id: str) -> str:
        """Give what was typed, as one word: full-width letters of a Japanese keyboard become plain ones."""
        return " ".join(unicodedata.normalize("NFKC", self.one(block_id)).split())

    def some(self, block_id: str) -> tuple[str, ...]:
        """Give every value of a field."""
        return self.values.get(block_id, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Modal:
    """A row of the registry."""

    name: str
    act: Act
    """Looked at when it is opened; when it is sent off, what it would have typed decides again."""
    form: Callable[[Runtime, Ask], View]
    """Draws it from what the store knows; the ask has the words of the button's value."""
    words: Callable[[Filled], tuple[str, ...]]
    """Says what one would have typed, word by word: what stands in one field is never more than one word."""
    channel: Callable[[Filled], str | None] = lambda _: None
    """The channel it is about, where the form asks for one."""
    field_of: Mapping[str, str] = field(default_factory=dict)
    """Under which field the sentence of an error stands, by the error's key; else under the first."""


def read(view: Mapping[str, Any]) -> Filled:
    """Read what was filled in from a submitted view."""
    state = (view.get("state") or {}).get("values") or {}
    return Filled({block_id: _values(fields.get(FIELD) or {}) for block_id, fields in state.items()})


def first_field(view: Mapping[str, Any]) -> str:
    """Give the block id of the first field of a view."""
    return next(str(block["block_id"]) for block in view["blocks"] if block["type"] == "input")


def field_for(modal: Modal, view: Mapping[str, Any], key: str) -> str:
    """Give the block id of the field that an error is about, of those that this view has."""
    meant = modal.field_of.get(key)
    there = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    return meant if meant is not None and meant in there else first_field(view)


def _values(given: Mapping[str, Any]) -> tuple[str, ...]:
    for name in ("value", "selected_time", "selected_conversation", "selected_user"):
        if given.get(name):
            return (str(given[name]),)
    if given.get("selected_option"):
        return (str(given["selected_option"]["value"]),)
    options = given.get("selected_options") or ()
    return tuple(str(one["value"]) for one in options) or tuple(map(str, given.get("selected_users") or ()))
