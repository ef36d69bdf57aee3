"""Be told, as people live through it: the digest, the budget message, its edits and its correction, and a dead bot."""

import re
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from bot.demo.cast import BOT_USER_ID
from bot.demo.company.server import VISIBLE_AFTER
from bot.demo.composition import Playground
from bot.demo.playground import HEADER
from bot.demo.workspace.state import Entry
from bot.periods import utc_day
from tests.playing import playground
from tests.unhurried import unhurried
from tests.world import dollars

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Playground]:
    """A playground at an hour at which the vendor already shows something of the day."""
    with playground(tmp_path) as running:
        while running.clock().hour < 2:
            move(running, "hour")
        yield unhurried(running)


def play(demo: Playground, what: str, **words: str) -> None:
    answer = httpx.post(f"{demo.address}/play/{what}", json=words, headers={HEADER: "1"}, timeout=120)
    assert answer.status_code == 200, answer.text


def move(demo: Playground, by: str) -> None:
    play(demo, "clock", by=by)


def tell(demo: Playground, story: str, user: str = "U0ADA") -> None:
    play(demo, "story", user=user, story=story)


def say(demo: Playground, user: str, words: str, channel: str = "C0PLATFORM") -> str:
    outcome = demo.sender.command(user, channel, words)
    assert outcome.status in ("answered", "acknowledged"), outcome
    return outcome.text


def told(demo: Playground, channel: str) -> list[Entry]:
    """What the bot has posted there for everybody in it."""
    entries = demo.workspace.team.conversation(channel)
    return [entry for entry in entries if entry.author_id == BOT_USER_ID and entry.metadata]


def keys(entries: list[Entry]) -> list[str]:
    return [str((entry.metadata or {})["event_payload"]["key"]) for entry in entries]


def test_a_day_passes_and_the_channel_gets_its_digest_once_with_the_right_total(demo: Playground) -> None:
    say(demo, "U0CHLOE", "digest here daily 10:30 Asia/Tokyo weekends always")
    for _ in range(3):
        move(demo, "due")
    move(demo, "day")
    posted = told(demo, "C0PLATFORM")
    assert len(posted) >= 3
    assert len(set(keys(posted))) == len(posted)
    for entry in posted:
        local_date = keys([entry])[0].split("/")[2]
        day = entry.at.date().fromisoformat(local_date) - timedelta(days=1)
        by_person = demo.company.truth(day, entry.at)
        total = sum(by_person.values(), Fraction()) - by_person.get("uma@example.com", 0)  # hers is a subscription
        assert dollars(total) in entry.text, (entry.text, day)
    for person in ("Ada", "Boris", "Chlo"):
        assert not any(person in f"{entry.text}{entry.blocks}" for entry in posted)


def test_a_broken_budget_is_told_once_edited_as_it_goes_on_and_survives_a_dead_bot(demo: Playground) -> None:
    spent = Fraction(re.sub(r"[^\d.]", "", re.findall(r"\$[\d,]+\.\d\d", say(demo, "U0ADA", "me"))[0]))
    limit = int(spent * 3) + 100  # a third is spent: nothing is crossed on the day it is set
    preview = say(demo, "U0ADA", f"budget set me ${limit} monthly")
    assert "90" in preview
    say(demo, "U0ADA", f"budget set me ${limit} monthly yes")
    tell(demo, "push")
    tell(demo, "kill")
    assert len(told(demo, "D0ADA")) <= 1  # by night it waits for her morning, by day it was told before the power went
    tell(demo, "start")
    move(demo, "due")
    move(demo, "day")
    first = told(demo, "D0ADA")
    assert len(first) == 1, keys(first)
    assert keys(first)[0].split("/")[3:] == ["100", "1", "fire"] or "/80/" in keys(first)[0]
    tell(demo, "push")
    move(demo, "hour")
    edited = told(demo, "D0ADA")
    assert edited[0].message_id == first[0].message_id
    assert edited[0].is_edited
    assert edited[0].text != first[0].text
    everybody = [told(demo, one.channel_id) for one in demo.workspace.team.channels() if one.channel_id != "D0ADA"]
    assert not any(entry.text == edited[0].text for entries in everybody for entry in entries)


def test_a_message_is_corrected_when_the_vendor_takes_the_day_back(demo: Playground) -> None:
    say(demo, "U0BORIS", "budget set me $2000 daily yes")
    pushed_on = utc_day(demo.clock() - VISIBLE_AFTER)
    tell(demo, "push", "U0BORIS")
    move(demo, "due")
    if not told(demo, "D0BORIS"):  # it is night in Berlin: the message waits for the morning
        move(demo, "due")
    assert [key.split("/")[3] for key in keys(told(demo, "D0BORIS"))] == ["100"]
    said = told(demo, "D0BORIS")[0].text
    move(demo, "day")
    demo.company.restate(pushed_on, 40)
    demo.machine.read_usage()
    move(demo, "day")
    move(demo, "day")
    messages = told(demo, "D0BORIS")
    assert [key.rpartition("/")[2] for key in keys(messages)] == ["fire", "correct"]
    assert messages[0].is_edited
    assert messages[0].text != said
