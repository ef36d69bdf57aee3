"""Opening the database: one file by default, PostgreSQL for replicas, the same behaviour on both.

A read session sees one moment and cannot write. A write session holds the write lock from its first statement, so
that reading and then writing never fails halfway, and commits at its end.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from bot.errors import ConfigError

__all__ = ["Session", "Sessions", "Store", "open_store"]

_SETTING = "CCOST_DATABASE_URL"
_HOW = "give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
_PRIVATE = 0o600
_BUSY_SECONDS = 5
_CONNECT_SECONDS = 10
_THREADS = 40
"""Starlette's pool: each of its threads may hold a connection."""
_READING = "ccost_reading"


class Sessions:
    """Makes sessions: `sessions()` to read, `sessions.begin()` to write."""

    def __init__(self, reading: Engine | Connection, writing: Engine | Connection) -> None:
        joined = "create_savepoint"  # on a connection whose transaction somebody else will end
        self._reading = sessionmaker(reading, expire_on_commit=False, join_transaction_mode=joined)
        self._writing = sessionmaker(writing, expire_on_commit=False, join_transaction_mode=joined)

    @classmethod
    def of(cls, engine: Engine) -> "Sessions":
        """Make sessions with connections of their own."""
        if engine.dialect.name == "sqlite":
            return cls(engine.execution_options(**{_READING: True}), engine)
        return cls(engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True), engine)

    def __call__(self) -> AbstractContextManager[Session]:
        """Give a session that reads one moment of the database and is closed at its end."""
        return self._reading()

    def begin(self) -> AbstractContextManager[Session]:
        """Give a session that writes: committed at its end, rolled back if anything is raised."""
        return self._writing.begin()


@dataclass(slots=True)
class Store:
    """An open database. Safe to share between threads; sessions are not."""

    engine: Engine
    path: Path | None
    """The SQLite file; None on PostgreSQL."""
    sessions: Sessions = field(init=False)
    _run_lock: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions.of(self.engine)

    @contextmanager
    def rehearsal(self) -> Iterator["Store"]:
        """Give the same database, in which whatever is written is gone at the end of the block.

        Others cannot write meanwhile on SQLite: keep it short.
        """
        with self.engine.connect() as connection, connection.begin() as everything:
            rehearsed = Store(self.engine, self.path)
            rehearsed.sessions = Sessions(connection, connection)
            try:
                yield rehearsed
            finally:
                everything.rollback()

    def hold_single_run_lock(self) -> None:
        """Be the one `run` process of this SQLite file until `close`. Raises `ConfigError` if there is one already.

        On PostgreSQL any number may run: rows decide who does what.
        """
        if self.path is None or self._run_lock is not None:
            return
        name = self.path.with_name(self.path.name + ".run-lock")
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ConfigError(
                f"Another ccost run already uses {self.path}. Stop it, or use PostgreSQL for several ({_SETTING})."
            ) from None
        self._run_lock = lock

    def close(self) -> None:
        """Give back every connection, and the run lock."""
        self.engine.dispose()
        if self._run_lock is not None:
            os.close(self._run_lock)
            self._run_lock = None


def open_store(url: str) -> Store:
    """Open the database of a URL and prove that it answers. Tables are made by `migrations.migrate`.

    A new SQLite file belongs to its owner alone, and an old one is made so. Raises `ConfigError` for what cannot be
    opened, without the password.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgresql+psycopg"):
            return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise ConfigError(f"{_SETTING}: not a database URL; {_HOW}.") from None
    if parsed.drivername != "sqlite" or parsed.host or parsed.query:
        raise ConfigError(f"{_SETTING}: not a database ccost can open; {_HOW}.")
    if parsed.database in (None, "", ":memory:"):
        raise ConfigError(f"{_SETTING}: SQLite needs a file, such as sqlite:///ccost.db.")
    return _open_sqlite(parsed, Path(str(parsed.database)).resolve())


def _open_postgresql(url: URL) -> Store:
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_SECONDS}
    # Read committed: who waited for a lock must see what its holder has written.
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=_THREADS - 5,
        connect_args=timeout,
    )
    try:
        engine.connect().close()
    except DBAPIError as error:
        engine.dispose()
        # libpq's own words name host, port, user and database; never trust them with the password.
        words = " ".join(str(error.orig).split())
        secrets = [url.password, *(value for key, value in url.query.items() if key != "host")]
        for secret in secrets:
            words = words.replace(str(secret), "***") if secret else words
        raise ConfigError(f"{_SETTING}: PostgreSQL does not answer: {words}") from None
    return Store(engine, None)


def _open_sqlite(url: URL, path: Path) -> Store:
    if not path.parent.is_dir():
        raise ConfigError(f"{_SETTING}: the folder {path.parent} does not exist. Make it, or choose another file.")
    engine = create_engine(
        url.set(database=str(path)),
        pool_size=5,
        max_overflow=_THREADS - 5,
        connect_args={"timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        _make_private(path)
        engine.connect().close()
    except (OSError, DBAPIError) as error:
        engine.dispose()
        why = error.strerror if isinstance(error, OSError) else error.orig
        raise ConfigError(f"{_SETTING}: cannot open {path} ({why}).") from None
    return Store(engine, path)


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, which would let the umask decide. Its companions copy the mode."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    os.close(opened)
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if name.exists() and stat.S_IMODE(name.stat().st_mode) & ~_PRIVATE:
            name.chmod(_PRIVATE)


def _prepare(connection: Any, _record: object) -> None:
    # The driver would commit before DDL and begin when it likes; we say BEGIN ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    driver = connection.connection.driver_connection
    if driver is None:
        return
    driver.execute(f"PRAGMA query_only = {int(reading)}")
    # A deferred transaction that reads and then writes fails at once with BUSY_SNAPSHOT, whatever the timeout.
    driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
