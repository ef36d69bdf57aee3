"""The tables of the documentation that follow from the code: `make docs` writes them between their marks.

A page marks such a table with `<!-- made: NAME -->` before it and `<!-- /made -->` behind. `tests/test_docs.py` fails
when a page has fallen behind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sqlmodel import SQLModel

from bot.listeners.commands import SUBCOMMANDS
from bot.store import tables
from bot.text import Text, load_texts

ROOT = Path(__file__).parent.parent
MARKED = re.compile(r"(<!-- made: ([a-z.]+) -->\n).*?(<!-- /made -->)", re.DOTALL)
HEADS = {
    "en": ("type", "what you get", "words behind it"),
    "ja": ("入力", "内容", "続けて指定できる語"),
}


def pages() -> list[Path]:
    """Every page of the project, in the order of their paths."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def verbs(t: Text) -> str:
    """The verbs, each with the words that may follow it."""
    rows = []
    for row in SUBCOMMANDS:
        if len(row.words) == 1:
            finer = [one.words[1] for one in SUBCOMMANDS if one.words[0] == row.words[0] and len(one.words) > 1]
            rows.append((_code(row.form), t(row.help_key), t.join([_code(word) for word in finer])))
    return _table(HEADS[t.language], rows)


def commands(t: Text) -> str:
    """Everything that can be typed."""
    return _table(HEADS[t.language][:2], [(_code(row.form), t(row.help_key)) for row in SUBCOMMANDS])


def columns() -> str:
    """Every table of the database with its columns."""
    kinds = [one for one in vars(tables).values() if isinstance(one, type) and issubclass(one, SQLModel)]
    rows = []
    for kind in kinds:
        if kind is not SQLModel:
            table, about = tables.core(kind), (kind.__doc__ or "").split("\n")[0]
            rows.append((_code(table.name), about, ", ".join(_code(one.name) for one in table.columns)))
    return _table(("table", "a row is", "columns"), sorted(rows))


def made() -> Mapping[str, Callable[[], str]]:
    """What can stand between marks, by its name."""
    texts = load_texts().by_language
    by_language = {
        f"{name}.{language}": (lambda make=make, t=texts[language]: make(t))
        for name, make in (("verbs", verbs), ("commands", commands))
        for language in HEADS
    }
    return {**by_language, "tables": columns}


def renewed(page: str) -> str:
    """Give a page with its made parts as they should be. Raises `KeyError` for a name that nobody makes."""
    makers = made()
    return MARKED.sub(lambda found: found[1] + makers[found[2]]() + found[3], page)


def _code(word: str) -> str:
    return f"`{word}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write what has changed."""
    for page in pages():
        old = page.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(f"renewed {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
