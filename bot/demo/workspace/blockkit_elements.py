"""Slack's rules for what stands inside blocks: buttons, images, and the fields of a form."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.demo.workspace.blockkit_findings import Findings

FIELDS = (
    "plain_text_input",
    "static_select",
    "checkboxes",
    "timepicker",
    "conversations_select",
    "users_select",
    "multi_users_select",
)
"""What an `input` block may hold, as far as ccost sends it."""

OPTIONS, TICKS = 100, 10
_OF_ALL = ("action_id", "focus_on_load")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def judge(found: Findings, where: str, element: object, allowed: Collection[str]) -> None:
    """Judge an element that has to be one of some kinds."""
    kind = element.get("type") if isinstance(element, Mapping) else None
    if not isinstance(element, Mapping) or kind not in allowed:
        found.refuse(f"{where}/type", f"unsupported type: {kind}")
        return
    found.string(f"{where}/action_id", element.get("action_id"), longest=255)
    if element.get("placeholder") is not None:
        found.text(f"{where}/placeholder", element["placeholder"], longest=150, plain=True)
    if element.get("confirm") is not None:
        _confirm(found, f"{where}/confirm", element["confirm"])
    _RULES[str(kind)](found, where, element)


def image(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    """Judge an image, as a block or inside one."""
    optional = ("block_id", "image_url", "slack_file", "title")
    found.shape(where, block, required=("type", "alt_text"), optional=optional)
    if bool(block.get("image_url")) == bool(block.get("slack_file")):
        found.refuse(where, "must have exactly one of: image_url, slack_file")
    found.string(f"{where}/image_url", block.get("image_url"), longest=3000)
    found.string(f"{where}/alt_text", block.get("alt_text"), longest=2000, shortest=0)
    if block.get("title") is not None and block.get("type") == "image" and isinstance(block["title"], Mapping):
        found.text(f"{where}/title", block["title"], longest=2000, plain=True)


def _button(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("action_id", "value", "url", "style", "confirm", "accessibility_label")
    found.shape(where, element, required=("type", "text"), optional=optional)
    found.text(f"{where}/text", element.get("text"), longest=75, plain=True)
    for name, longest in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        found.string(f"{where}/{name}", element.get(name), longest=longest)
    if element.get("style") is not None:
        found.choice(f"{where}/style", element["style"], ("primary", "danger"))


def _confirm(found: Findings, where: str, confirm: object) -> None:
    required = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    if found.shape(where, confirm, required=required, optional=("style",)) and isinstance(confirm, Mapping):
        for name, longest in required.items():
            found.text(f"{where}/{name}", confirm[name], longest=longest, plain=name != "text")


def _text_input(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config")
    found.shape(where, element, required=("type",), optional=(*_OF_ALL, *optional))
    for name, least in (("min_length", 0), ("max_length", 1)):
        if name in element:
            found.number(f"{where}/{name}", element[name], least=least, most=3000)
    longest = element.get("max_length", 3000)
    if isinstance(longest, int):
        found.string(f"{where}/initial_value", element.get("initial_value"), longest=longest, shortest=0)


def _select(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_option", "confirm")
    found.shape(where, element, required=("type", "options"), optional=(*_OF_ALL, *optional))
    options = found.items(f"{where}/options", element.get("options"), least=1, most=OPTIONS)
    for index, one in enumerate(options):
        _option(found, f"{where}/options/{index}", one)
    if element.get("initial_option") is not None and element["initial_option"] not in options:
        found.refuse(f"{where}/initial_option", "must match one of the options")


def _checkboxes(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("initial_options", "confirm")
    found.shape(where, element, required=("type", "options"), optional=(*_OF_ALL, *optional))
    options = found.items(f"{where}/options", element.get("options"), least=1, most=TICKS)
    for index, one in enumerate(options):
        _option(found, f"{where}/options/{index}", one, plain=False)
    if element.get("initial_options") is not None:
        for index, one in enumerate(
            found.items(f"{where}/initial_options", element["initial_options"], least=1, most=TICKS)
        ):
            if one not in options:
                found.refuse(f"{where}/initial_options/{index}", "must match one of the options")


def _option(found: Findings, where: str, option: object, *, plain: bool = True) -> None:
    if not found.shape(where, option, required=("text", "value"), optional=("description",)):
        return
    if isinstance(option, Mapping):
        found.text(f"{where}/text", option["text"], longest=75, plain=plain)
        found.string(f"{where}/value", option["value"], longest=150)
        if option.get("description") is not None:
            found.text(f"{where}/description", option["description"], longest=75, plain=plain)


def _timepicker(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_time", "confirm", "timezone")
    found.shape(where, element, required=("type",), optional=(*_OF_ALL, *optional))
    initial = element.get("initial_time")
    if found.string(f"{where}/initial_time", initial, longest=5) and not _TIME.fullmatch(str(initial)):
        found.refuse(f"{where}/initial_time", "must be a time as HH:mm")


def _conversations(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_conversation", "default_to_current_conversation", "confirm")
    more = ("response_url_enabled", "filter")
    found.shape(where, element, required=("type",), optional=(*_OF_ALL, *optional, *more))
    found.string(f"{where}/initial_conversation", element.get("initial_conversation"), longest=255)
    wanted = element.get("filter")
    names = ("include", "exclude_external_shared_channels", "exclude_bot_users")
    if wanted is None or not found.shape(f"{where}/filter", wanted, required=(), optional=names):
        return
    if not wanted:
        found.refuse(f"{where}/filter", "must have at least one property")
    if "include" in wanted:
        for index, one in enumerate(found.items(f"{where}/filter/include", wanted["include"], least=1, most=4)):
            found.choice(f"{where}/filter/include/{index}", one, ("im", "mpim", "private", "public"))


def _users(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_user", "confirm")
    found.shape(where, element, required=("type",), optional=(*_OF_ALL, *optional))
    found.string(f"{where}/initial_user", element.get("initial_user"), longest=255)


def _many_users(found: Findings, where: str, element: Mapping[str, Any]) -> None:
    optional = ("placeholder", "initial_users", "max_selected_items", "confirm")
    found.shape(where, element, required=("type",), optional=(*_OF_ALL, *optional))
    if element.get("initial_users") is not None:
        for index, one in enumerate(
            found.items(f"{where}/initial_users", element["initial_users"], least=1, most=1000)
        ):
            found.string(f"{where}/initial_users/{index}", one, longest=255)
    if "max_selected_items" in element:
        found.number(f"{where}/max_selected_items", element["max_selected_items"], least=1, most=1000)


_RULES: Mapping[str, Callable[[Findings, str, Mapping[str, Any]], None]] = {
    "button": _button,
    "image": image,
    "plain_text_input": _text_input,
    "static_select": _select,
    "checkboxes": _checkboxes,
    "timepicker": _timepicker,
    "conversations_select": _conversations,
    "users_select": _users,
    "multi_users_select": _many_users,
}
