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


def overview(rows: Sequence[HelpRow], t: Text) -> Message:
    """List the rows: all of them, or those of one verb."""
    lines = [t("help.row", command=escape(row.command), sentence=t(row.key)) for row in rows]
    return Message(
        escape(t("help.text", commands=t.join([row.command for row in rows]))),
        [
            header(t("help.title")),
            section("\n".join(lines)),
            prose(t.sentences_of([t("help.period"), t("help.private")])),
        ],
    )
