"""Opening a database, and what a session may do."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigError
from bot.store.engine import Store, open_store


@pytest.fixture
def counter(store: Store) -> Store:
    with store.sessions.begin() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    return store


def test_a_new_file_and_its_companions_belong_to_the_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    with store.sessions.begin() as session:
        session.execute(text("CREATE TABLE x (n INTEGER)"))
        files = sorted(tmp_path.iterdir())
        assert [path.name for path in files] == ["new.db", "new.db-shm", "new.db-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    store.close()


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    for name in ("old.db", "old.db-wal"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o666)
    open_store(f"sqlite:///{tmp_path}/old.db").close()
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_sqlite_is_opened_for_durability(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    with store.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
        driver = connection.connection.driver_connection
        assert driver is not None
        own_mind = driver.isolation_level  # whether the driver begins and commits by itself
    store.close()
    assert found == ["wal", 2, 1, 5000]
    assert own_mind is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////nowhere/at/all/ccost.db", "/nowhere/at/all does not exist"),
        ("sqlite:///{tmp}", "cannot open"),
        ("sqlite:///{tmp}/garbage", "not a database"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///", "needs a file"),
        ("sqlite://host/ccost.db", "sqlite:///FILE"),
        ("sqlite:///ccost.db?mode=ro", "sqlite:///FILE"),
        ("mysql://u:hunter2@localhost/x", "sqlite:///FILE"),
        ("postgresql://u:hunter2@127.0.0.1:1/ccost", "PostgreSQL does not answer"),
        ("postgresql://u:hunter2@127.0.0.1:1/ccost?sslpassword=hunter2", "PostgreSQL does not answer"),
        ("postgresql://u:hunter2@/ccost?host=/tmp/hunter2", "PostgreSQL does not answer"),
        ("postgresql://u:hunter2@127.0.0.1:hunter2/ccost", "not a database URL"),
        ("hunter2", "not a database URL"),
    ],
)
def test_what_cannot_be_opened_is_named_without_the_password(tmp_path: Path, url: str, says: str) -> None:
    (tmp_path / "garbage").write_text("certainly not a database, but long enough to be looked at" * 10)
    with pytest.raises(ConfigError, match="CCOST_DATABASE_URL") as caught:
        open_store(url.replace("{tmp}", str(tmp_path)))
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_read_session_cannot_write(counter: Store) -> None:
    with pytest.raises(DBAPIError), counter.sessions() as session:
        session.execute(text("UPDATE counter SET n = 1"))
    with counter.sessions.begin() as session:  # the connection that was read from may write again
        session.execute(text("UPDATE counter SET n = 2"))


def test_a_read_session_sees_one_moment(counter: Store) -> None:
    with counter.sessions() as reading:
        before = reading.execute(text("SELECT n FROM counter")).scalar_one()
        with counter.sessions.begin() as writing:
            writing.execute(text("UPDATE counter SET n = 1"))
        assert reading.execute(text("SELECT n FROM counter")).scalar_one() == before


def test_what_raises_inside_a_write_session_leaves_nothing_behind(counter: Store) -> None:
    def break_off() -> None:
        with counter.sessions.begin() as session:
            session.execute(text("UPDATE counter SET n = 1"))
            session.execute(text("CREATE TABLE half (n INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with counter.sessions() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 0
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT n FROM half"))


def test_writers_that_read_first_wait_for_one_another_on_sqlite(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/busy.db")
    with store.sessions.begin() as session:
        session.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(25):
            with store.sessions.begin() as session:
                seen = session.execute(text("SELECT n FROM counter")).scalar_one()
                session.execute(text("UPDATE counter SET n = :n"), {"n": seen + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.sessions() as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 100
    store.close()


def test_a_second_run_on_the_same_file_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ccost.db"
    first, second = open_store(url), open_store(url)
    first.hold_single_run_lock()
    first.hold_single_run_lock()  # holding it twice is holding it
    with pytest.raises(ConfigError, match="already uses"):
        second.hold_single_run_lock()
    first.close()
    second.hold_single_run_lock()
    second.close()


def test_a_run_that_was_killed_does_not_block_the_next(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ccost.db"
    code = "import os, sys; from bot.store.engine import open_store; s = open_store(sys.argv[1]); "
    subprocess.run([sys.executable, "-c", code + "s.hold_single_run_lock(); os._exit(0)", url], check=True)
    store = open_store(url)
    store.hold_single_run_lock()
    store.close()


def test_any_number_may_run_on_postgresql(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(2)]
    if stores[0].path is None:
        for store in stores:
            store.hold_single_run_lock()
    for store in stores:
        store.close()


def test_opening_sqlite_needs_neither_alembic_nor_psycopg(tmp_path: Path) -> None:
    code = (
        "import sys; from bot.store.engine import open_store; from bot.store import migrations, usage, members, links; "
        "store = open_store(sys.argv[1]); migrations.is_current(store); store.close(); "
        "print([name for name in ('alembic', 'psycopg') if name in sys.modules])"
    )
    url = f"sqlite:///{tmp_path}/ccost.db"
    done = subprocess.run([sys.executable, "-c", code, url], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
