"""Rows that may be there already: inserted if not, changed if so, in one statement that both databases understand.

Rows come in the order of their keys, always the same: then two transactions never wait for each other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.money import MAX_NANOS
from bot.store.bulk import is_postgresql

Change = Callable[[Any], Any]
"""Gives a column's new value; in the statement that it takes, `excluded` is the row that was to be inserted."""


def insert(session: Session, table: Table) -> Any:
    """Begin an insert in the words of this session's database."""
    return (postgresql if is_postgresql(session) else sqlite).insert(table)


def upsert(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str], changes: Mapping[str, Any]
) -> None:
    """Insert rows; where one is there already, make these changes, or none."""
    if not rows:
        return
    statement = insert(session, table)
    if changes:
        values = {name: change(statement) if callable(change) else change for name, change in changes.items()}
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=values)
    else:
        statement = statement.on_conflict_do_nothing()
    session.connection().execute(statement, list(rows))


def added(table: Table, names: Iterable[str]) -> dict[str, Change]:
    """Add up, and stop at what a column holds: whoever reads believes no such sum, and the other rows are kept."""

    def more(name: str) -> Change:
        def sum_of(statement: Any) -> Any:
            told = statement.excluded[name]
            return case((table.c[name] > MAX_NANOS - told, MAX_NANOS), else_=table.c[name] + told)

        return sum_of

    return {name: more(name) for name in names}


def replaced(*names: str) -> dict[str, Change]:
    """Take the new values."""

    def with_new(name: str) -> Change:
        return lambda statement: statement.excluded[name]

    return {name: with_new(name) for name in names}
