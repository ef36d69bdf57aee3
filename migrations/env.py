"""Where Alembic meets our database: with the connection handed over by `migrate`, or its own from the settings."""

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlmodel import SQLModel

import bot.store.tables as _tables  # noqa: F401  # fills the metadata
from bot.config import load_settings
from bot.store.engine import open_store
from bot.store.migrations import migrating


def run(connection: Connection) -> None:
    """Run what was asked for, in the transaction that is already open."""
    # SQLite can roll DDL back once the driver's own commits are off; Alembic does not know that of itself.
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        render_as_batch=True,
        user_module_prefix="columns.",
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise CommandError("Migrations look at the database they change: there is no --sql.")

given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    store = open_store(load_settings().database_url)
    try:
        with migrating(store) as own:
            run(own)
    finally:
        store.close()
