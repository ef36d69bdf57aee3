"""Migrations: all of one or nothing of it, one process at a time, and exactly the tables."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from bot.errors import ConfigError
from bot.store import migrations
from bot.store.engine import Store, open_store
from tests import check_migrations
from tests.databases import Server

CHECKOUT = Path(__file__).parents[1]

TWO_STEPS = """
import os
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "two_steps", None, None, None

def upgrade() -> None:
    op.create_table("step_one", sa.Column("n", sa.Integer))
    if os.environ.get("CRASH"):
        os._exit(9)
    op.create_table("step_two", sa.Column("n", sa.Integer))
"""
NAIVE_ENV = """
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
OURS = """
import sys
from pathlib import Path
from bot.store.engine import open_store
from bot.store.migrations import upgrade
upgrade(open_store(sys.argv[1]), Path(sys.argv[2]))
"""
NAIVE = """
import sys
from alembic import command
from alembic import command
from alembic.config import Config
config = Config()
config.set_main_option("script_location", sys.argv[2])
config.set_main_option("sqlalchemy.url", sys.argv[1])
command.upgrade(config, "head")
"""


@pytest.fixture
def empty_store(empty_database_url: str) -> Iterator[Store]:
    store = open_store(empty_database_url)
    yield store
    store.close()


@pytest.fixture
def two_steps(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(CHECKOUT / "migrations" / "env.py", folder)
    (folder / "versions" / "two_steps.py").write_text(TWO_STEPS)
    return folder


def _migrate_elsewhere(code: str, url: str, folder: Path, **environ: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", code, url, str(folder)], env=os.environ | environ, capture_output=True, check=False
    ).returncode


def _url(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def _tables(url: str) -> set[str]:
    store = open_store(url)
    names = set(inspect(store.engine).get_table_names())
    store.close()
    return names


def test_the_migrations_make_exactly_the_tables(tmp_path: Path, postgresql_server: Server) -> None:
    assert check_migrations.differences(f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db") == []
    with postgresql_server.database() as one, postgresql_server.database() as other:
        assert check_migrations.differences(one, other) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE channel ADD COLUMN topic TEXT",
        "DROP TABLE job_run",
        "DROP INDEX ix_usage_day_consumer_id_usage_date",
        "CREATE UNIQUE INDEX one_more ON member (email)",
    ],
)
def test_tables_that_the_migrations_did_not_make_are_noticed(store: Store, change: str) -> None:
    before = check_migrations.describe(store)
    with store.sessions.begin() as session:
        session.execute(text(change))
    assert check_migrations.describe(store) != before


def test_the_packaged_head_is_the_newest_revision() -> None:
    config = Config(toml_file=CHECKOUT / "pyproject.toml")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrations.HEAD]
    assert Path(scripts.dir) == migrations.migrations_folder()


def test_migrating_says_from_where_to_where_and_does_nothing_twice(empty_store: Store) -> None:
    assert not migrations.is_current(empty_store)
    assert migrations.migrate(empty_store) == (None, migrations.HEAD)
    assert migrations.is_current(empty_store)
    assert migrations.migrate(empty_store) == (migrations.HEAD, migrations.HEAD)


def test_several_processes_may_start_at_once(empty_database_url: str) -> None:
    code = "import sys; from bot.store import engine, migrations; migrations.migrate(engine.open_store(sys.argv[1]))"
    starters = [subprocess.Popen([sys.executable, "-c", code, empty_database_url]) for _ in range(3)]
    assert [starter.wait() for starter in starters] == [0, 0, 0]
    store = open_store(empty_database_url)
    assert migrations.is_current(store)
    store.close()


def test_who_waited_for_another_to_migrate_finds_it_done(empty_store: Store) -> None:
    stores = [open_store(_url(empty_store)) for _ in range(3)]
    barrier = threading.Barrier(3)

    def start(store: Store) -> tuple[str | None, str]:
        barrier.wait()
        return migrations.migrate(store)

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(start, stores))
    for store in stores:
        store.close()
    assert sorted(done, key=str) == [(migrations.HEAD, migrations.HEAD)] * 2 + [(None, migrations.HEAD)]


def test_a_database_of_a_newer_ccost_is_refused(store: Store) -> None:
    with store.sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '29990101_from_the_future'"))
    assert not migrations.is_current(store)
    with pytest.raises(ConfigError, match=r"newer ccost .*29990101_from_the_future.* Update ccost"):
        migrations.migrate(store)


def test_a_crash_between_two_steps_leaves_nothing_half_made(empty_database_url: str, two_steps: Path) -> None:
    assert _migrate_elsewhere(OURS, empty_database_url, two_steps, CRASH="yes") == 9
    assert _tables(empty_database_url) == set()
    assert _migrate_elsewhere(OURS, empty_database_url, two_steps) == 0
    assert _tables(empty_database_url) == {"alembic_version", "step_one", "step_two"}


def test_the_usual_way_would_have_left_a_half_made_schema(tmp_path: Path, two_steps: Path) -> None:
    """Why the recipe is needed: without it, on SQLite, the same crash makes every later upgrade fail."""
    (two_steps / "env.py").write_text(NAIVE_ENV)
    url = f"sqlite:///{tmp_path}/naive.db"
    assert _migrate_elsewhere(NAIVE, url, two_steps, CRASH="yes") == 9
    engine = create_engine(url)
    with engine.connect() as connection, pytest.raises(OperationalError, match="step_two"):
        connection.execute(text("SELECT * FROM step_one CROSS JOIN step_two"))
    engine.dispose()
    assert _migrate_elsewhere(NAIVE, url, two_steps) != 0


def test_changing_a_table_keeps_the_rows_that_refer_to_it(empty_database_url: str, two_steps: Path) -> None:
    (two_steps / "versions" / "two_steps.py").write_text("""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "two_steps", None, None, None

def upgrade() -> None:
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True), sa.Column("gone", sa.Integer))
    op.create_table("child", sa.Column("id", sa.Integer, sa.ForeignKey("parent.id", ondelete="CASCADE")))
    op.execute("INSERT INTO parent VALUES (1, 1)")
    op.execute("INSERT INTO child VALUES (1)")
    with op.batch_alter_table("parent") as batch:
        batch.drop_column("gone")
""")
    store = open_store(empty_database_url)
    migrations.upgrade(store, two_steps)
    with store.sessions.begin() as session:
        assert session.execute(text("SELECT count(*) FROM child")).scalar_one() == 1
        session.execute(text("DELETE FROM parent"))  # and the rule is in force again
        assert session.execute(text("SELECT count(*) FROM child")).scalar_one() == 0
    store.close()


def test_a_migration_that_leaves_rows_without_their_parent_is_undone_on_sqlite(tmp_path: Path, two_steps: Path) -> None:
    (two_steps / "versions" / "two_steps.py").write_text("""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "two_steps", None, None, None

def upgrade() -> None:
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table("child", sa.Column("id", sa.Integer, sa.ForeignKey("parent.id")))
    op.execute("INSERT INTO child VALUES (1)")
""")
    store = open_store(f"sqlite:///{tmp_path}/orphan.db")
    with pytest.raises(RuntimeError, match="refer to nothing"):
        migrations.upgrade(store, two_steps)
    assert inspect(store.engine).get_table_names() == []
    store.close()


def test_the_alembic_command_takes_the_database_from_the_settings(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCOST_DATABASE_URL", empty_database_url)
    monkeypatch.chdir(tmp_path)
    printed = StringIO()
    config = Config(toml_file=CHECKOUT / "pyproject.toml", stdout=printed)
    command.upgrade(config, "head")
    command.current(config)
    command.check(config)
    assert migrations.HEAD in printed.getvalue()
    assert "No new upgrade operations detected" in printed.getvalue()
    command.downgrade(config, "base")
    assert _tables(empty_database_url) == {"alembic_version"}
