"""What Slack checks of a message before it shows it: our own table of Block Kit's limits.

It knows the blocks that ccost sends and refuses the others: what nobody here can judge or draw is not demonstrated.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from bot.demo.workspace import blockkit_figures as figures
from bot.demo.workspace.blockkit_findings import Findings, Problem

Surface = Literal["message", "home", "modal"]

_EVERYWHERE = frozenset({"section", "header", "context", "actions", "divider", "image", "rich_text"})
_FIGURES = frozenset({"table", "data_table", "data_visualization"})
ALLOWED: Mapping[Surface, frozenset[str]] = {
    "message": _EVERYWHERE | _FIGURES | {"markdown"},
    "home": _EVERYWHERE | _FIGURES | {"input"},
    "modal": _EVERYWHERE | {"input"},
}
MESSAGE_CHARACTERS = 40_000
BLOCKS_CHARACTERS = 13_200
"""Undocumented: reported from about 13,200 characters on (slackapi/bolt-js#2509)."""


def message_problems(text: object, blocks: object) -> list[Problem]:
    """Judge a message as `chat.postMessage` does: its top-level text and its blocks."""
    found = Findings()
    if not text and not blocks:
        found.refuse("/text", "a message needs text or blocks", "no_text")
    elif isinstance(text, str) and len(text) > MESSAGE_CHARACTERS:
        found.refuse("/text", f"must be less than {MESSAGE_CHARACTERS + 1} characters", "msg_too_long")
    elif text is not None and not isinstance(text, str):
        found.refuse("/text", "must be a string", "invalid_arguments")
    if blocks is not None:
        _judge_blocks(found, blocks, "message")
    return found.problems


def view_problems(view: object) -> list[Problem]:
    """Judge a view: a modal or a Home tab."""
    found = Findings()
    if not isinstance(view, Mapping) or view.get("type") not in ("modal", "home"):
        found.refuse("/view/type", "must be one of: home, modal", "invalid_arguments")
        return found.problems
    if view["type"] == "modal":
        found.text("/view/title", view.get("title"), longest=24, plain=True)
        for name in ("submit", "close"):
            if view.get(name) is not None:
                found.text(f"/view/{name}", view[name], longest=24, plain=True)
    found.string("/view/private_metadata", view.get("private_metadata"), longest=3000, shortest=0)
    found.string("/view/callback_id", view.get("callback_id"), longest=255, shortest=0)
    _judge_blocks(found, view.get("blocks"), view["type"])
    return found.problems


def _judge_blocks(found: Findings, blocks: object, surface: Surface) -> None:
    given = found.items("/blocks", blocks, least=0, most=50 if surface == "message" else 100)
    for index, block in enumerate(given):
        where = f"/blocks/{index}"
        kind = block.get("type") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or kind not in ALLOWED[surface]:
            found.refuse(f"{where}/type", f"unsupported type: {kind}")
            continue
        found.string(f"{where}/block_id", block.get("block_id"), longest=255)
        _RULES[str(kind)](found, where, block)
    shapes = [block for block in given if isinstance(block, Mapping)]
    _judge_together(found, shapes)
    if surface == "message" and figures.characters(shapes) > BLOCKS_CHARACTERS:
        found.refuse("/blocks", f"blocks hold more than {BLOCKS_CHARACTERS} characters", "msg_blocks_too_long")


def _judge_together(found: Findings, blocks: list[Mapping[str, Any]]) -> None:
    """Judge what only the whole list can break."""
    named = [str(block["block_id"]) for block in blocks if block.get("block_id")]
    for block_id in sorted({one for one in named if named.count(one) > 1}):
        found.refuse("/blocks", f"block_id must be unique: {block_id}")
    count = {kind: sum(block.get("type") == kind for block in blocks) for kind in ("table", "data_visualization")}
    if count["table"] > 1:
        found.refuse("/blocks", "only one table is allowed in a message")
    if count["data_visualization"] > 2:
        found.refuse("/blocks", "no more than 2 data_visualization blocks allowed")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > 12_000:
        found.refuse("/blocks", "markdown must be less than 12001 characters in all")


def _section(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    optional = ("block_id", "text", "fields", "accessory", "expand")
    found.shape(where, block, required=("type",), optional=optional)
    if block.get("text") is None and not block.get("fields"):
        found.refuse(where, "missing required field: text or fields")
    if block.get("text") is not None:
        found.text(f"{where}/text", block["text"], longest=3000)
    if block.get("fields") is not None:
        for index, one in enumerate(found.items(f"{where}/fields", block["fields"], least=1, most=10)):
            found.text(f"{where}/fields/{index}", one, longest=2000)
    if block.get("accessory") is not None:
        _element(found, f"{where}/accessory", block["accessory"], ("button", "image"))


def _header(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "text"), optional=("block_id",))
    found.text(f"{where}/text", block.get("text"), longest=150, plain=True)


def _context(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "elements"), optional=("block_id",))
    for index, element in enumerate(found.items(f"{where}/elements", block.get("elements"), least=1, most=10)):
        at = f"{where}/elements/{index}"
        if isinstance(element, Mapping) and element.get("type") == "image":
            _element(found, at, element, ("image",))
        else:
            found.text(at, element, longest=3000)


def _actions(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "elements"), optional=("block_id",))
    elements = found.items(f"{where}/elements", block.get("elements"), least=1, most=25)
    for index, element in enumerate(elements):
        _element(found, f"{where}/elements/{index}", element, ("button",))
    named = [str(one["action_id"]) for one in elements if isinstance(one, Mapping) and one.get("action_id")]
    for action_id in sorted({one for one in named if named.count(one) > 1}):
        found.refuse(f"{where}/elements", f"action_id must be unique within a block: {action_id}")


def _divider(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type",), optional=("block_id",))


def _image(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    optional = ("block_id", "image_url", "slack_file", "title")
    found.shape(where, block, required=("type", "alt_text"), optional=optional)
    if bool(block.get("image_url")) == bool(block.get("slack_file")):
        found.refuse(where, "must have exactly one of: image_url, slack_file")
    found.string(f"{where}/image_url", block.get("image_url"), longest=3000)
    found.string(f"{where}/alt_text", block.get("alt_text"), longest=2000, shortest=0)
    if block.get("title") is not None and block.get("type") == "image" and isinstance(block["title"], Mapping):
        found.text(f"{where}/title", block["title"], longest=2000, plain=True)


def _markdown(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "text"), optional=("block_id",))
    found.string(f"{where}/text", block.get("text"), longest=12_000)


def _input(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    optional = ("block_id", "dispatch_action", "hint", "optional")
    found.shape(where, block, required=("type", "label", "element"), optional=optional)
    found.text(f"{where}/label", block.get("label"), longest=2000, plain=True)


def _element(found: Findings, where: str, element: object, allowed: tuple[str, ...]) -> None:
    kind = element.get("type") if isinstance(element, Mapping) else None
    if not isinstance(element, Mapping) or kind not in allowed:
        found.refuse(f"{where}/type", f"unsupported type: {kind}")
        return
    if kind == "image":
        _image(found, where, element)
        return
    optional = ("action_id", "value", "url", "style", "confirm", "accessibility_label")
    found.shape(where, element, required=("type", "text"), optional=optional)
    found.text(f"{where}/text", element.get("text"), longest=75, plain=True)
    for name, longest in (("action_id", 255), ("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        found.string(f"{where}/{name}", element.get(name), longest=longest)
    if element.get("style") is not None:
        found.choice(f"{where}/style", element["style"], ("primary", "danger"))
    if element.get("confirm") is not None:
        _confirm(found, f"{where}/confirm", element["confirm"])


def _confirm(found: Findings, where: str, confirm: object) -> None:
    required = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    if found.shape(where, confirm, required=required, optional=("style",)) and isinstance(confirm, Mapping):
        for name, longest in required.items():
            found.text(f"{where}/{name}", confirm[name], longest=longest, plain=name != "text")


_RICH_PARTS = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
_RICH_WORDS = ("text", "link", "user", "channel", "emoji", "date", "broadcast", "usergroup", "color")


def _rich_text(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "elements"), optional=("block_id",))
    for index, part in enumerate(found.items(f"{where}/elements", block.get("elements"), least=1, most=1000)):
        _rich_part(found, f"{where}/elements/{index}", part, _RICH_PARTS)


def _rich_part(found: Findings, where: str, part: object, allowed: tuple[str, ...]) -> None:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or not found.choice(f"{where}/type", kind, allowed):
        return
    if kind == "rich_text_list":
        found.choice(f"{where}/style", part.get("style"), ("bullet", "ordered"))
        for name, most in (("indent", 8), ("offset", 1000), ("border", 1)):
            if name in part:
                found.number(f"{where}/{name}", part[name], least=0, most=most)
    inner = ("rich_text_section",) if kind == "rich_text_list" else _RICH_WORDS
    for index, word in enumerate(found.items(f"{where}/elements", part.get("elements"), least=0, most=1000)):
        at = f"{where}/elements/{index}"
        if kind == "rich_text_list":
            _rich_part(found, at, word, inner)
        elif isinstance(word, Mapping) and found.choice(f"{at}/type", word.get("type"), inner):
            _rich_word(found, at, word)


def _rich_word(found: Findings, where: str, word: Mapping[str, Any]) -> None:
    needed = {"text": "text", "link": "url", "user": "user_id", "channel": "channel_id", "emoji": "name"}
    name = needed.get(str(word["type"]))
    if name and not word.get(name):
        found.refuse(where, f"missing required field: {name}")
    found.string(f"{where}/text", word.get("text"), longest=12_000)


_Rule = Callable[[Findings, str, Mapping[str, Any]], None]


def _table(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    figures.table(found, where, block, partial(_rich_text, found))


def _data_table(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    figures.data_table(found, where, block, partial(_rich_text, found))


_RULES: Mapping[str, _Rule] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": figures.chart,
}
