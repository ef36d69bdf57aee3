"""Do the migrations make exactly the tables of `bot/store/tables.py`, on both databases? Exit 1 if not."""

import difflib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import bot.store.tables as _tables  # noqa: F401  # fills the metadata
from bot.store.engine import Store, open_store
from bot.store.migrations import migrate
from tests import databases


def differences(migrated_url: str, made_url: str) -> list[str]:
    """Migrate one empty database, make the tables in another, and give every line in which they differ."""
    with _open(migrated_url) as migrated, _open(made_url) as made:
        migrate(migrated)
        with made.engine.begin() as connection:
            SQLModel.metadata.create_all(connection)
        lines = list(difflib.unified_diff(describe(made), describe(migrated), "tables", "migrations", lineterm="", n=0))
        with migrated.engine.connect() as connection:
            # What a new revision would contain: noise there would hide the next real change.
            asked = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    return lines + [f"a new revision would contain: {change}" for change in asked]


def describe(store: Store) -> list[str]:
    """Say in sorted lines all that a database knows about its tables."""
    looked = inspect(store.engine)
    lines: list[str] = []
    for table in looked.get_table_names():
        if table == "alembic_version":
            continue
        lines += [f"{table}: {looked.get_table_options(table)}", f"{table}: {looked.get_pk_constraint(table)}"]
        for column in looked.get_columns(table):
            facts = {name: value for name, value in column.items() if name in ("nullable", "default", "autoincrement")}
            lines.append(f"{table}.{column['name']}: {column['type']} {sorted(facts.items())}")
        for found in (
            looked.get_unique_constraints(table),
            looked.get_check_constraints(table),
            looked.get_foreign_keys(table),
            looked.get_indexes(table),
        ):
            lines += [f"{table}: {sorted(one.items(), key=str)}" for one in found]
    return sorted(lines)


@contextmanager
def _open(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def main() -> int:
    """Compare on both databases, print what differs, and give the exit code."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(databases.postgresql())
        pairs = {
            "SQLite": [f"sqlite:///{folder / name}.db" for name in ("migrated", "made")],
            "PostgreSQL": [stack.enter_context(server.database()) for _ in range(2)],
        }
        found = [f"{kind}: {line}" for kind, (migrated, made) in pairs.items() for line in differences(migrated, made)]
    print("\n".join(found) or "The migrations make exactly the tables.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
