"""`ccost export`: one person's data on the command line, in full, to a file that only its owner reads, and recorded."""

import csv
import io
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.store import audit
from bot.store.engine import open_store
from tests.canaries import found_in
from tests.world import World, days, running, truth, world

LAST = datetime.now(UTC).date() - timedelta(days=2)
FIRST = LAST - timedelta(days=2)
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """People and a week of days that were read."""
    folder = tmp_path_factory.mktemp("export")
    with world(folder, f"sqlite:///{folder / 'ccost.db'}") as made:
        made.environ.update({"CCOST_LOG_LEVEL": "INFO", "CCOST_BACKFILL_DAYS": "7"})
        with running(made, wait_for="people with usage matched"):
            pass
        yield made


def recorded(outside: World) -> list[tuple[str, str, str]]:
    store = open_store(outside.environ["CCOST_DATABASE_URL"])
    with store.sessions() as session:
        assert audit.verify(session)
        rows = [(row.actor, row.act, row.target) for row in audit.entries(session, 20)]
    store.close()
    return rows


def test_everything_of_one_person_is_printed_as_json_with_exact_amounts(outside: World) -> None:
    done = outside.command("export", "--member", ADA, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["format"] == "ccost-export-1"
    assert found["account"][0]["slack_user_id"] == "U0ADA"
    rows = [
        row
        for row in found["usage_days"]
        if row["counted"] and FIRST <= datetime.fromisoformat(row["usage_date"]).date() <= LAST
    ]
    total = sum(Decimal(row["cost_usd"]) for row in rows)
    exact = truth(outside.company, ADA, days(FIRST, LAST))
    assert abs(total * 100 - Decimal(exact.numerator) / Decimal(exact.denominator)) < Decimal("0.0001")
    assert "boris" not in done.stdout
    assert not found_in(done.stdout + done.stderr)


def test_it_is_recorded_as_the_operators_act(outside: World) -> None:
    before = len(recorded(outside))
    outside.command("export", "--member", "U0ADA")
    assert recorded(outside)[0] == ("operator", "exported", "U0ADA")
    assert len(recorded(outside)) == before + 1


def test_the_daily_totals_come_as_csv_and_add_up_to_the_json(outside: World) -> None:
    rows = list(csv.DictReader(io.StringIO(outside.command("export", "--member", ADA, "--format", "csv").stdout)))
    found = json.loads(outside.command("export", "--member", ADA).stdout)
    assert [row["cost_usd"] for row in rows] == [row["cost_usd"] for row in found["usage_days"]]
    assert {"usage_date", "model", "output_tokens", "cost_metric"} <= set(rows[0])


def test_a_file_belongs_to_its_owner_alone_also_where_there_was_another(outside: World) -> None:
    path = outside.folder / "ada.json"
    path.write_text("older, and open to all")
    path.chmod(0o644)
    done = outside.command("export", "--member", ADA, "--output", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(path.read_text())["account"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--member", "nobody@example.com"), "nobody@example.com"),
        (("--member", ADA, "--output", "/nowhere/at/all.json"), "--output"),
        (("--member", ADA, "--format", "focus"), "focus"),
        ((), "--member"),
    ],
)
def test_wrong_usage_is_one_sentence_and_records_nothing(outside: World, arguments: tuple[str, ...], says: str) -> None:
    before = recorded(outside)
    done = outside.command("export", *arguments)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert recorded(outside) == before
