"""Bringing the tables to the shape this program needs: all of it, or nothing.

Alembic is imported only when there is something to do: it costs more than the rest of a start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from bot.errors import ConfigError
from bot.store.engine import Store

HEAD = "20261123_budgets_and_paths"
"""The newest revision in `migrations/versions`, kept here so that a start need not read the folder."""

_ADVISORY_LOCK = 0x63636F7374  # "ccost": any number, as long as all replicas take the same


def migrations_folder() -> Path:
    """Give the folder of the migrations: inside the installed package, else beside `bot/` in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def is_current(store: Store) -> bool:
    """Say whether the tables are those of this program."""
    with store.engine.connect() as connection:
        return _revision(connection) == HEAD


def migrate(store: Store) -> tuple[str | None, str]:
    """Bring the tables up to date, and give the revisions before and after.

    Any number of processes may start at once: one does it, the others wait and find it done. Raises `ConfigError` for
    a database that a newer ccost has written.
    """
    if is_current(store):
        return HEAD, HEAD
    return upgrade(store, migrations_folder())


def upgrade(store: Store, folder: Path) -> tuple[str | None, str]:
    """Run every migration of a folder that the database does not have yet, in one transaction."""
    from alembic import command  # noqa: PLC0415  # a start with nothing to do must not pay for it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    if head is None:
        raise ConfigError(f"{folder} holds no migrations: ccost is not installed completely.")
    with migrating(store) as connection:
        # Asked again: another process may have done it while this one waited for the lock.
        before = _revision(connection)
        if before is not None and before not in {script.revision for script in scripts.walk_revisions()}:
            raise ConfigError(
                f"CCOST_DATABASE_URL: a newer ccost has written this database (revision {before}; "
                f"this one knows {head}). Update ccost."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, head


@contextmanager
def migrating(store: Store) -> Iterator[Connection]:
    """Hold the one transaction in which tables may change; other processes that want to change them wait."""
    with _alone(store), store.engine.connect() as connection:
        _foreign_keys(connection, enforced=False)
        try:
            with connection.begin():
                yield connection
                _check_foreign_keys(connection)
        finally:
            _foreign_keys(connection, enforced=True)


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Wait for our turn on PostgreSQL; on SQLite the transaction's own BEGIN IMMEDIATE waits."""
    if store.path is not None:
        yield
        return
    with store.engine.connect() as connection:
        # A connection of its own, so that the lock outlives any commit of the migrations.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})


def _foreign_keys(connection: Connection, *, enforced: bool) -> None:
    """SQLite changes a table by copying and dropping it, which must not look like deleting what others refer to."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys = {int(enforced)}")  # without effect inside a transaction


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a migration left rows that refer to nothing")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)
