"""`/ccost help`: made from the rows of what can be asked, so that it cannot promise what is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.text import Text
from bot.views.blocks import Message, escape, header, prose, section


@dataclass(frozen=True, slots=True)
class HelpRow:
    """One thing that can be asked."""

    command: str
    """As it is typed, with its places: `/ccost me [period]`."""
    key: str
    """The key of its sentence."""
    finer: tuple[str, ...] = ()
    """Words that may follow the verb, where only the verb is listed."""


_ROWS = 3
"""So many rows of help fit into one paragraph in every language."""


def overview(rows: Sequence[HelpRow], t: Text) -> Message:
    """List the rows: the verbs, each with its finer words, or all that one verb can do."""
    lines = [t("help.row", command=escape(row.command), sentence=_sentence(row, t)) for row in rows]
    paragraphs = ["\n".join(lines[start : start + _ROWS]) for start in range(0, len(lines), _ROWS)]
    return Message(
        escape(t("help.text", commands=t.join([row.command for row in rows]))),
        [
            header(t("help.title")),
            *(section(paragraph) for paragraph in paragraphs),
            prose(t.sentences_of([t("help.period"), t("help.private")])),
        ],
    )


def _sentence(row: HelpRow, t: Text) -> str:
    if not row.finer:
        return t(row.key)
    return t.sentences_of([t(row.key), t("help.finer", words=t.join([f"`{word}`" for word in row.finer]))])
