"""Databases for every test that asks, each on SQLite and on a real PostgreSQL; and no secret in any log of any test."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.logs import install_redaction
from bot.store.engine import Store, open_store
from bot.store.migrations import migrate
from tests import canaries, databases

install_redaction(canaries.ALL)
settings.register_profile("suite", max_examples=40)
settings.load_profile("suite")  # a suite that is run often may draw less each time


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The whole suite runs at DEBUG with keys that look real; none may turn up in what any library logs."""
    caplog.set_level(logging.DEBUG)
    yield
    for phase in ("setup", "call"):
        for record in caplog.get_records(phase):
            written = f"{vars(record)} {record.exc_text}"
            assert not canaries.found_in(written), record.name


KINDS = ("sqlite", "postgresql")
_FIRST = "tests/simulation/"
"""The longest tests by far: whoever begins with them last, waits for them alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests; the order of all others stays."""
    items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the simulation printed, seeds included, also of tests that passed in another process."""
    for report in terminalreporter.getreports("passed"):
        if report.nodeid.startswith(_FIRST) and report.capstdout.strip():
            terminalreporter.write_line(f"{report.nodeid}: {report.capstdout.strip()}")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[databases.Server]:
    """One server for the whole session. If it cannot start, the tests that need it fail."""
    with databases.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: databases.Server) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with postgresql_server.database() as url:
        _migrate(url)
        yield postgresql_server.name(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ccost.db")
        yield f"sqlite:///{path}"
        return
    server: databases.Server = request.getfixturevalue("postgresql_server")
    with server.database(request.getfixturevalue("postgresql_template")) as url:
        yield url


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: databases.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The fresh database, open."""
    opened = open_store(database_url)
    yield opened
    opened.close()


def _migrate(url: str) -> None:
    opened = open_store(url)
    migrate(opened)
    opened.close()
