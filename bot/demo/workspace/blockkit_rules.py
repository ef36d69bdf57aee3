"""What Slack checks of a message before it shows it: our own table of Block Kit's limits.

It knows the blocks that ccost sends and refuses the others: what nobody here can judge or draw is not demonstrated.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from bot.demo.workspace import blockkit_elements as elements
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
        judge_blocks(found, blocks, "message")
    return found.problems


def judge_blocks(found: Findings, blocks: object, surface: Surface, root: str = "/blocks") -> None:
    """Judge the blocks of a message or view; `root` is where they stand in what was sent."""
    given = found.items(root, blocks, least=0, most=50 if surface == "message" else 100)
    for index, block in enumerate(given):
        where = f"{root}/{index}"
        kind = block.get("type") if isinstance(block, Mapping) else None
        if not isinstance(block, Mapping) or kind not in ALLOWED[surface]:
            found.refuse(f"{where}/type", f"unsupported type: {kind}")
            continue
        found.string(f"{where}/block_id", block.get("block_id"), longest=255)
        _RULES[str(kind)](found, where, block)
    shapes = [block for block in given if isinstance(block, Mapping)]
    _judge_together(found, root, shapes)
    if surface == "message" and figures.characters(shapes) > BLOCKS_CHARACTERS:
        found.refuse("/blocks", f"blocks hold more than {BLOCKS_CHARACTERS} characters", "msg_blocks_too_long")


def _judge_together(found: Findings, root: str, blocks: list[Mapping[str, Any]]) -> None:
    """Judge what only the whole list can break."""
    named = [str(block["block_id"]) for block in blocks if block.get("block_id")]
    for block_id in sorted({one for one in named if named.count(one) > 1}):
        found.refuse(root, f"block_id must be unique: {block_id}")
    count = {kind: sum(block.get("type") == kind for block in blocks) for kind in ("table", "data_visualization")}
    if count["table"] > 1:
        found.refuse(root, "only one table is allowed in a message")
    if count["data_visualization"] > 2:
        found.refuse(root, "no more than 2 data_visualization blocks allowed")
    markdown = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if markdown > 12_000:
        found.refuse(root, "markdown must be less than 12001 characters in all")


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
        elements.judge(found, f"{where}/accessory", block["accessory"], ("button", "image"))


def _header(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "text"), optional=("block_id",))
    found.text(f"{where}/text", block.get("text"), longest=150, plain=True)


def _context(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "elements"), optional=("block_id",))
    for index, element in enumerate(found.items(f"{where}/elements", block.get("elements"), least=1, most=10)):
        at = f"{where}/elements/{index}"
        if isinstance(element, Mapping) and element.get("type") == "image":
            elements.judge(found, at, element, ("image",))
        else:
            found.text(at, element, longest=3000)


def _actions(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "elements"), optional=("block_id",))
    given = found.items(f"{where}/elements", block.get("elements"), least=1, most=25)
    for index, element in enumerate(given):
        elements.judge(found, f"{where}/elements/{index}", element, ("button",))
    named = [str(one["action_id"]) for one in given if isinstance(one, Mapping) and one.get("action_id")]
    for action_id in sorted({one for one in named if named.count(one) > 1}):
        found.refuse(f"{where}/elements", f"action_id must be unique within a block: {action_id}")


def _divider(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type",), optional=("block_id",))


def _markdown(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    found.shape(where, block, required=("type", "text"), optional=("block_id",))
    found.string(f"{where}/text", block.get("text"), longest=12_000)


def _input(found: Findings, where: str, block: Mapping[str, Any]) -> None:
    optional = ("block_id", "dispatch_action", "hint", "optional")
    found.shape(where, block, required=("type", "label", "element"), optional=optional)
    found.text(f"{where}/label", block.get("label"), longest=2000, plain=True)
    if block.get("hint") is not None:
        found.text(f"{where}/hint", block["hint"], longest=2000, plain=True)
    elements.judge(found, f"{where}/element", block.get("element"), elements.FIELDS)


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
    "image": elements.image,
    "markdown": _markdown,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": figures.chart,
}
