"""The command line as operators and scripts use it: real processes, a real vendor and Slack on loopback."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.demo.company.faults import Fault
from tests.canaries import found_in
from tests.world import World, days, running, truth, world

LAST = datetime.now(UTC).date() - timedelta(days=2)
FIRST = LAST - timedelta(days=2)
PERIOD = f"{FIRST}..{LAST}"
ASKED = ("anthropic_analytics", "anthropic_claude_code")
"""What the company's one key opens."""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("operator")
    with world(folder, f"sqlite:///{folder / 'ccost.db'}") as made:
        yield made


@pytest.fixture(scope="module")
def polled(outside: World) -> World:
    done = outside.command("poll", "--since", FIRST.isoformat(), "--until", LAST.isoformat(), "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["days"]) == 3 * len(ASKED)
    return outside


def _know_people(outside: World) -> None:
    """Only `run` reads people; a moment of it is enough."""
    with running(outside, wait_for="people with usage matched"):
        pass


def test_a_poll_says_what_was_read_written_and_held_by_source_and_day(polled: World) -> None:
    done = polled.command("poll", "--since", FIRST.isoformat(), "--until", LAST.isoformat(), "--json")
    said = json.loads(done.stdout)
    for source in ASKED:
        found = [day["usage_date"] for day in said["days"] if day["source"] == source]
        assert found == [str(LAST - timedelta(days=n)) for n in range(3)]
    assert {day["source"] for day in said["days"]} == set(ASKED)
    assert all(day["rows_read"] > 0 and day["rows_written"] == 0 and not day["held"] for day in said["days"])
    assert said["failures"] == []


def test_a_report_gives_exact_decimals_that_are_the_truth(polled: World) -> None:
    done = polled.command("report", "team", "--period", PERIOD, "--format", "json")
    said = json.loads(done.stdout)
    parts = [Decimal(said[f"{part}_usd"]) for part in ("members", "machines", "unattributed")]
    assert sum(parts) == Decimal(said["total_usd"])
    everything = sum(truth(polled.company, who.name.casefold(), days(FIRST, LAST)) for who in polled.company.who)
    exact = Decimal(said["total_usd"]) + Decimal(said["subscription_value_usd"] or 0)
    assert exact * 100 == Decimal(everything.numerator) / Decimal(everything.denominator)


def test_somebody_no_source_ever_saw_has_no_zero(polled: World) -> None:
    report = ("report", "me", "--member", "viktor@example.com", "--period", PERIOD)
    _know_people(polled)
    said = json.loads(polled.command(*report, "--format", "json").stdout)
    assert (said["covered"], said["total_usd"]) == (False, None)
    text = polled.command(*report).stdout
    assert "Not covered" in text
    assert "$" not in text


def test_a_report_as_csv_adds_up_to_the_report_as_json(polled: World) -> None:
    text = polled.command("report", "models", "--period", PERIOD, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    total = json.loads(polled.command("report", "models", "--period", PERIOD, "--format", "json").stdout)["total_usd"]
    assert sum(Decimal(row["cost_usd"]) for row in rows) == Decimal(total)


def test_a_report_as_text_shows_the_total(polled: World) -> None:
    total = json.loads(polled.command("report", "team", "--period", PERIOD, "--format", "json").stdout)["total_usd"]
    assert f"${Decimal(total):,.2f}" in polled.command("report", "team", "--period", PERIOD).stdout


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (("run",), {"ANTHROPIC_ADMIN_KEY": ""}, "ANTHROPIC_ADMIN_KEY"),
        (("run",), {"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        (("run",), {"SLACK_SIGNING_SECRET": ""}, "SLACK_APP_TOKEN"),
        (("run",), {"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        (("run",), {"CCOST_TIMEZONE": "Berlin"}, "Europe/Berlin"),
        (("run",), {"CCOST_PRECEDENCE": "nobody"}, "CCOST_PRECEDENCE"),
        (("run",), {"CCOST_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "CCOST_DATABASE_URL"),
        (("run",), {"CCOST_DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:1/x"}, "CCOST_DATABASE_URL"),
        (("run",), {"CCOST_TYPO": "1"}, "CCOST_TYPO"),
        (("poll", "--since", "yesterday"), {}, "--since"),
        (("poll", "--since", "2026-11-19", "--until", "2026-11-01"), {}, "--until"),
        (("poll", "--source", "nobody"), {}, "nobody"),
        (("report", "me"), {}, "--member"),
        (("report", "me", "--member", "nobody@example.com"), {}, "nobody@example.com"),
        (("report", "team", "--period", "fortnight"), {}, "fortnight"),
        (("report", "everything"), {}, "everything"),
        (("dance",), {}, "dance"),
    ],
)
def test_wrong_usage_and_settings_are_one_sentence_and_exit_code_2(
    outside: World, arguments: tuple[str, ...], environ: dict[str, str], says: str
) -> None:
    done = outside.command(*arguments, **environ)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter22" not in done.stderr
    assert not found_in(done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-wrong"}, "401"),
        ({"ANTHROPIC_ADMIN_KEY": "sk-ant-api03-inference"}, "403"),
    ],
)
def test_a_refused_key_fails_the_poll_names_the_source_and_costs_nothing_stored(
    polled: World, environ: dict[str, str], says: str
) -> None:
    before = polled.command("report", "team", "--period", PERIOD, "--format", "json").stdout
    done = polled.command("poll", "--json", **environ)
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failures"][0]
    assert failure["kind"] == "SourceRejected"
    assert says in failure["why"]
    assert "wrong" not in done.stdout + done.stderr
    after = polled.command("report", "team", "--period", PERIOD, "--format", "json").stdout
    assert json.loads(after)["total_usd"] == json.loads(before)["total_usd"]


def test_a_spend_cap_is_not_asked_about_twice(polled: World) -> None:
    polled.usage_faults.plan(Fault.SPEND_CAP, times=5)
    before = sum(polled.usage_faults.requests().values())
    done = polled.command("poll", "--json")
    polled.usage_faults.clear()
    failures = json.loads(done.stdout)["failures"]
    assert {failure["kind"] for failure in failures} == {"SourceRejected"}
    assert sum(polled.usage_faults.requests().values()) == before + len(failures)


def test_doctor_finds_everything_well(polled: World) -> None:
    polled.command("poll", "--since", LAST.isoformat())
    done = polled.command("doctor", "--json")
    checks = json.loads(done.stdout)
    assert done.returncode == 0, checks
    assert {check["check"] for check in checks} >= {"settings", "database", "slack", "source"}
    assert not found_in(done.stdout + done.stderr)


@pytest.mark.parametrize(
    ("environ", "check", "says"),
    [
        ({"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-wrong"}, "source", "Check ANTHROPIC_ADMIN_KEY"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, "source", "check ANTHROPIC_BASE_URL"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "slack", "SLACK_BOT_TOKEN"),
        ({"CCOST_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "database", "CCOST_DATABASE_URL"),
    ],
)
def test_doctor_says_what_to_mend(outside: World, environ: dict[str, str], check: str, says: str) -> None:
    done = outside.command("doctor", "--json", **environ)
    assert done.returncode == 1
    bad = [one for one in json.loads(done.stdout) if one["state"] == "bad"]
    assert any(one["check"] == check and says in one["says"] for one in bad), bad


def test_doctor_names_a_missing_scope_and_what_it_is_for(outside: World) -> None:
    outside.workspace.scopes.discard("groups:read")
    try:
        done = outside.command("doctor")
    finally:
        outside.workspace.scopes.add("groups:read")
    assert done.returncode == 1
    assert "groups:read" in done.stdout
    assert "another company" in done.stdout.replace("\n", " ")


def test_the_database_holds_no_secret(polled: World) -> None:
    path = polled.folder / "ccost.db"
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert "ada@example.com" in dump
    assert not found_in(dump)
    assert not any(found_in(file.read_bytes().decode("latin-1")) for file in Path(polled.folder).iterdir())


def test_a_second_run_on_the_same_file_is_refused(outside: World) -> None:
    with running(outside, wait_for="ccost 0"):
        second = outside.command("run")
    assert second.returncode == 2
    assert "Another ccost run already uses" in second.stderr


def test_help_answers_without_loading_what_is_heavy(outside: World) -> None:
    done = outside.command("--help")
    assert done.returncode == 0
    for command in ("run", "demo", "poll", "report", "doctor", "migrate"):
        assert command in done.stdout
