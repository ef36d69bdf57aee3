"""`ccost tick` and `ccost notices`, as cron and operators use them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.demo.cast import BOT_USER_ID
from bot.notice import NoticeState
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import audit, digests
from bot.store.engine import Store, open_store
from bot.store.tables import Audit, NoticeTable, core
from tests.world import World, world

CHANNEL = "C0PLATFORM"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A company that has been read, and a channel that wanted its digest a minute ago."""
    folder = tmp_path_factory.mktemp("cron")
    with world(folder, f"sqlite:///{folder / 'ccost.db'}") as made:
        made.environ["CCOST_BACKFILL_DAYS"] = "7"
        made.environ["CCOST_LOG_LEVEL"] = "ERROR"
        assert made.command("poll").returncode == 0
        assert made.command("tick").stdout.startswith("Planned: 0.")
        store = opened(made)
        with store.sessions.begin() as session:
            digests.put(session, _schedule(datetime.now(UTC)))
        store.close()
        yield made


def _schedule(now: datetime) -> Schedule:
    local = now - timedelta(hours=12, minutes=1)  # so far west that the UTC day before is always complete
    return Schedule(
        channel_id=CHANNEL,
        cadence=Cadence.DAILY,
        minute=local.hour * 60 + local.minute,
        zone="Etc/GMT+12",
        weekends=True,
        spendless=True,
        set_by="U0CHLOE",
        set_at=now - timedelta(days=2),
    )


def opened(outside: World) -> Store:
    return open_store(outside.environ["CCOST_DATABASE_URL"])


def posted(outside: World) -> list[str]:
    entries = outside.workspace.team.conversation(CHANNEL)
    return [entry.text for entry in entries if entry.author_id == BOT_USER_ID]


def test_a_dry_run_says_what_would_be_sent_and_changes_nothing(outside: World) -> None:
    for _ in range(2):
        done = outside.command("tick", "--dry-run")
        assert done.returncode == 0, done.stderr
        assert "Would be sent: 1." in done.stdout
        assert f"digest/{CHANNEL}/" in done.stdout
    assert posted(outside) == []
    assert "Nothing was said unasked yet." in outside.command("notices").stdout


def test_a_tick_sends_what_is_due_once_however_often_cron_calls(outside: World) -> None:
    first = outside.command("tick")
    assert "Planned: 1." in first.stdout
    assert "[sent: accepted]" in first.stdout
    assert outside.command("tick").stdout.startswith("Planned: 0.")
    assert len(posted(outside)) == 1
    listed = outside.command("notices", COLUMNS="200").stdout
    assert f"digest/{CHANNEL}/" in listed
    assert "sent" in listed


def test_what_is_held_is_listed_and_a_person_decides_which_is_audited(outside: World) -> None:
    store, table = opened(outside), core(NoticeTable)
    with store.sessions.begin() as session:
        doubt = {"state": NoticeState.UNCERTAIN, "real_uncertain_since": datetime.now(UTC)}
        session.execute(update(table).where(table.c.recipient == CHANNEL).values(**doubt))
        key = session.execute(table.select().where(table.c.recipient == CHANNEL)).one().key
        digests.park(session, CHANNEL, "is_archived")
    checked = outside.command("doctor").stdout.replace("\n", " ")
    assert "1 held: ccost notices --held lists them." in checked
    assert f"the digest of {CHANNEL} is parked (is_archived)" in checked
    assert key in outside.command("notices", "--held", COLUMNS="200").stdout
    assert "Dropped" in outside.command("notices", "drop", key).stdout
    again = outside.command("notices", "release", key)
    assert (again.returncode, again.stderr.count("is not held")) == (2, 1)
    assert outside.command("notices", "--held").stdout == "No message is held.\n"
    with store.sessions() as session:
        assert [(row.actor, row.act, row.target) for row in audit.entries(session, 5)] == [
            ("operator", "notice drop", key)
        ]
        assert "the audit log is whole." in outside.command("doctor").stdout
    with store.sessions.begin() as session:
        session.execute(update(core(Audit)).values(actor="U0MALLORY"))
    assert "the audit log was changed" in outside.command("doctor").stdout
    store.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tick", "--now", "2099-01-01T09:00Z"), "--dry-run"),
        (("tick", "--now", "2026-11-23T09:00"), "has no zone"),
        (("tick", "--now", "tomorrow"), "is not an instant"),
        (("notices", "release"), "need a KEY"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_exit_code_2(
    outside: World, arguments: tuple[str, ...], says: str
) -> None:
    done = outside.command(*arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_without_slack_a_tick_says_so_in_one_sentence_and_fails(outside: World) -> None:
    done = outside.command("tick", SLACK_API_URL="http://127.0.0.1:9/api/")
    assert done.returncode == 1
    assert "Slack cannot be asked" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_future_can_be_asked_about_without_touching_it(outside: World) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    done = outside.command("tick", "--now", tomorrow, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert len(posted(outside)) == 1
