"""Block Kit: the message as a value, its shapes, its escaping, its limits.

Words of our own are mrkdwn. Words that people or vendors wrote (names, models, what somebody typed) only ever stand
where Slack reads no markup: plain text, table cells, rich text. `*`, `_`, `~` and the backtick cannot be escaped in
mrkdwn.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.views import figures
from bot.views.limits import LIMITS, Block, characters

_MARKS = re.compile(r"(`[^`\n]+`|\*[^*\n]+\*)")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories without a picture of their own: control, format (bidi, zero width), lone surrogates, line ends."""


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack shows. `text` stands alone: a screen reader and a phone's lock screen see nothing else.

    Raises `ValueError` when Slack would refuse it as a whole: the shapes below cut what is theirs, but only a view
    knows which of its blocks to leave out.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        sizes = {
            "text_characters": len(self.text),
            "blocks": len(self.blocks),
            "message_characters": characters(self.blocks),
            "charts": sum(block["type"] == "data_visualization" for block in self.blocks),
        }
        for name, size in sizes.items():
            if size > getattr(LIMITS, name):
                raise ValueError(f"a message may not have {size} {name}: the limit is {getattr(LIMITS, name)}")
        if not self.text:
            raise ValueError("a message needs its text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """What Slack asks before a button counts as pressed."""

    title: str
    text: str
    yes: str
    no: str


def escape(text: str) -> str:
    """Take the meaning from `&`, `<` and `>`: no mention, no link. Cut before, never after."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Make words of others fit to show: one line, nothing invisible, no mention, at most 80 characters.

    Angle brackets become ‹ and ›, so that `<!channel>` is inert wherever it ends up.

    >>> plain("Ada\\n<!channel>")
    'Ada ‹!channel›'
    """
    seen = "".join(" " if one.isspace() else one for one in text if one.isspace() or not _is_unseen(one))
    line = " ".join(seen.split()).replace("<", "‹").replace(">", "›")
    return cut(line, LIMITS.name_characters) or "–"


def cut(text: str, limit: int) -> str:
    """Shorten to at most `limit` characters, with an ellipsis where something is gone."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def header(text: str) -> Block:
    """A large line of plain text."""
    return {"type": "header", "text": _plain_text(text, LIMITS.header_characters)}


def section(mrkdwn: str) -> Block:
    """A paragraph of our own words."""
    return {"type": "section", "text": _mrkdwn(mrkdwn)}


def prose(text: str) -> Block:
    """A paragraph as rich text: `*bold*` and code in backticks are the only marks.

    It may hold words of others, cleaned with `quote` before they are put into the sentence. And it shows marks beside
    Japanese letters, where mrkdwn wants a space.
    """
    elements: list[dict[str, Any]] = []
    for part in _MARKS.split(cut(text, LIMITS.section_characters)):
        if part.startswith("`") and len(part) > 2:
            elements.append({"type": "text", "text": part[1:-1], "style": {"code": True}})
        elif part.startswith("*") and len(part) > 2:
            elements.append({"type": "text", "text": part[1:-1], "style": {"bold": True}})
        elif part:
            elements.append({"type": "text", "text": part})
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def preformatted(text: str) -> Block:
    """Lines that keep their spaces, to be copied or read as columns. Words of others may stand in them."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}],
    }


def quote(word: str) -> str:
    """Make words of others fit for a sentence of `prose`: as `plain`, and without its two marks."""
    return plain(word).replace("`", "'").replace("*", "∗")


def fields(texts: Iterable[str]) -> Block:
    """Short plain texts in two columns, at most ten. Words of others may stand in them."""
    shown = [_plain_text(text, LIMITS.field_characters) for text in texts]
    return {"type": "section", "fields": shown[: LIMITS.fields]}


def context(mrkdwn: str) -> Block:
    """Small print of our own words."""
    return {"type": "context", "elements": [_mrkdwn(mrkdwn)]}


def button(text: str, action_id: str, value: str, *, confirm: Confirm | None = None) -> Block:
    """A button; its value is what one would have typed behind the command."""
    made: Block = {
        "type": "button",
        "text": _plain_text(text, LIMITS.button_characters),
        "action_id": action_id,
    }
    made |= {"value": value[: LIMITS.button_value_characters]} if value else {}  # Slack takes no empty one
    if confirm is not None:
        made["confirm"] = {
            "title": _plain_text(confirm.title, LIMITS.confirm_title_characters),
            "text": _plain_text(confirm.text, LIMITS.confirm_characters),
            "confirm": _plain_text(confirm.yes, LIMITS.confirm_button_characters),
            "deny": _plain_text(confirm.no, LIMITS.confirm_button_characters),
        }
    return made


def actions(buttons: Sequence[Block]) -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(buttons[: LIMITS.buttons])}


def without_native_blocks(message: Message) -> Message:
    """The same message for a workspace that knows neither charts nor data tables: both become preformatted text."""
    return Message(message.text, [_DRAWN.get(block["type"], _same)(block) for block in message.blocks])


def _same(block: Block) -> Block:
    return block


_DRAWN: Mapping[str, Any] = {
    "data_visualization": lambda block: preformatted(figures.chart_as_text(block)),
    "data_table": lambda block: preformatted(figures.table_as_text(block)),
}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": cut(text, LIMITS.section_characters)}


def _plain_text(text: str, limit: int) -> Block:
    # Without emoji a name such as ":rocket:" stays what it is.
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN
