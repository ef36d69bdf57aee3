"""The promise, end to end: the real program as a process, real HTTP on both sides, a real database."""

import http.client
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.canaries import found_in
from tests.world import World, days, dollars, running, truth, world

TWELVE = {
    "U0ADA": "ada@example.com",
    "U0HARUKA": "haruka@example.com",
    "U0KENJI": "kenji@example.com",
    "U0BORIS": "boris@example.com",
    "U0CHLOE": "chloe@example.com",
    "U0DIEGO": "diego@example.com",
    "U0EMIKO": "emiko@example.com",
    "U0FARID": "farid@example.com",
    "U0GRACE": "grace@example.com",
    "U0JUN": "jun@example.com",
    "U0QUINN": "quinn@example.com",
    "U0TOMAS": "tomas@example.com",
}
LAST = datetime.now(UTC).date() - timedelta(days=2)  # all of that day is older than the hour the vendor lags
PERIOD = days(LAST - timedelta(days=29), LAST)
WORD = f"{PERIOD[0]}..{PERIOD[-1]}"


@pytest.fixture
def outside(tmp_path: Path, database_url: str) -> Iterator[World]:
    with world(tmp_path, database_url) as made:
        yield made


def told(outside: World, user_id: str, words: str = f"me {WORD}") -> str:
    outcome = outside.sender.command(user_id, "C0GENERAL", words)
    assert outcome.status == "answered", outcome
    return outcome.text


def test_twelve_people_are_told_their_spend_to_the_cent_before_and_after_a_restated_day(outside: World) -> None:
    with running(outside) as program:
        program.wait_for("people with usage matched to Slack")
        before = {user: dollars(truth(outside.company, email, PERIOD)) for user, email in TWELVE.items()}
        for user in TWELVE:
            assert before[user] in told(outside, user), user
        outside.company.restate(LAST, 110)
        assert outside.command("poll").returncode == 0
        after = {user: dollars(truth(outside.company, email, PERIOD)) for user, email in TWELVE.items()}
        assert before != after
        for user in TWELVE:
            assert after[user] in told(outside, user), user
    assert not found_in("".join(program.said))
    assert not found_in(repr(outside.workspace.calls))
    for user in TWELVE:
        assert not found_in(repr(outside.workspace.team.conversation("C0GENERAL", user)))


def _wait_until_read(outside: World, days_read: int) -> None:
    deadline = time.monotonic() + 60
    while sum(outside.usage_faults.requests().values()) < days_read:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_killed_in_the_middle_of_the_backfill_nothing_is_lost_or_doubled(outside: World) -> None:
    for days_read in (10, 35, 70):
        with running(outside, wait_for="ccost 0") as program:
            _wait_until_read(outside, days_read)
            program.process.kill()
            program.process.wait()
        assert program.process.returncode == -signal.SIGKILL
        assert not any("Ready." in line for line in program.said)  # so it was in the middle
    with running(outside):
        for user, email in TWELVE.items():
            assert dollars(truth(outside.company, email, PERIOD)) in told(outside, user), user


def test_without_slack_usage_is_read_all_the_same_and_the_program_says_it_is_not_ready(outside: World) -> None:
    alone = replace(outside, environ=outside.environ | {"SLACK_API_URL": "http://127.0.0.1:9/api/"})
    with running(alone) as program:
        origin = program.wait_for("ccost 0").split()[-1]
        assert answer(f"{origin}/healthz") == (200, {"live": True})
        assert answer(f"{origin}/readyz") == (503, {"ready": False, "missing": "slack"})
        program.wait_for("Slack cannot be reached yet")
    report = outside.command("report", "team", "--period", WORD, "--format", "json")
    assert json.loads(report.stdout)["missing_days"] == []


def answer(url: str) -> tuple[int, object]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path)
        got = connection.getresponse()
        return got.status, json.loads(got.read())
    finally:
        connection.close()
