"""`/ccost settings held`: admins decide about messages that may or may not have been posted, once, and recorded."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.demo.composition import Playground
from bot.notice import Doubt, Notice, NoticeKind, NoticeState
from bot.store import audit, notices
from tests.playing import playground
from tests.unhurried import unhurried

ADMIN, MEMBER, GUEST = "U0CHLOE", "U0SOFIA", "U0WENDY"
CHANNEL = "C0GENERAL"
_serial = count()
FAR = timedelta(days=9)
"""Not due while a test runs: what is released stays where it can be looked at."""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("held")) as running:
        yield unhurried(running)


@pytest.fixture
def key(bot: Playground) -> Iterator[str]:
    """A digest that is held."""
    key = f"digest/{CHANNEL}/2026-11-20/now/{next(_serial):04}"
    planned = Notice(
        key=key,
        kind=NoticeKind.DIGEST,
        recipient=CHANNEL,
        doubt=Doubt.HOLD,
        text="Yesterday: $12.34",
        due_at=bot.clock() + FAR,
        why="due",
    )
    since = bot.clock()
    with bot.bot.rt.sessions.begin() as session:
        notices.add(session, planned, since)
        values: dict[str, Any] = {"real_uncertain_since": since, "outcome": "TimeoutError"}
        notices.move(session, [key], {NoticeState.PENDING}, state=NoticeState.UNCERTAIN, **values)
    yield key
    with bot.bot.rt.sessions.begin() as session:
        notices.skip(session, key, "the test is over")


def say(bot: Playground, user_id: str, words: str) -> str:
    outcome = bot.sender.command(user_id, CHANNEL, words)
    assert outcome.status == "answered"
    return f"{outcome.text} {outcome.blocks}"


def state(bot: Playground, key: str) -> tuple[NoticeState, str]:
    with bot.bot.rt.sessions() as session:
        row = notices.get(session, key)
    assert row is not None
    return row.state, row.outcome


def recorded(bot: Playground, key: str) -> list[tuple[str, str]]:
    with bot.bot.rt.sessions() as session:
        assert audit.verify(session)
        return [(row.actor, row.act) for row in audit.entries(session, 50) if row.target == key]


def test_nothing_is_held_at_first(bot: Playground) -> None:
    assert "No message is held" in say(bot, ADMIN, "settings held")


def test_an_admin_sees_what_is_held_and_why(bot: Playground, key: str) -> None:
    seen = say(bot, ADMIN, "settings held")
    assert "1 message is held" in seen
    assert "TimeoutError" in seen
    assert f"settings release {key}" in seen
    assert f"settings drop {key}" in seen
    assert "12.34" not in seen


DECISIONS = pytest.mark.parametrize(
    ("word", "says", "ends"),
    [
        ("release", "Released", (NoticeState.PENDING, "released")),
        ("drop", "Dropped", (NoticeState.SKIPPED, "dropped")),
    ],
)
HELD = (NoticeState.UNCERTAIN, "TimeoutError")


@DECISIONS
def test_a_decision_is_done_once_and_recorded_once(
    bot: Playground, key: str, word: str, says: str, ends: tuple[NoticeState, str]
) -> None:
    assert says in say(bot, ADMIN, f"settings {word} {key}")
    assert state(bot, key) == ends
    for again in (word, "release"):
        assert "Nothing to do" in say(bot, ADMIN, f"settings {again} {key}")
    assert state(bot, key) == ends
    assert recorded(bot, key) == [(ADMIN, f"notice {word}{'d' if word == 'release' else 'ped'}")]


@DECISIONS
def test_a_button_under_the_list_decides_too(
    bot: Playground, key: str, word: str, says: str, ends: tuple[NoticeState, str]
) -> None:
    listed = bot.sender.command(ADMIN, CHANNEL, "settings held")
    assert listed.message_id is not None
    answered = bot.sender.press(ADMIN, listed.message_id, f"notices.{word}")
    assert answered.status in ("answered", "acknowledged")
    for _ in range(500):
        if state(bot, key) == ends:
            break
        bot.bot.rt.stopping.wait(0.01)
    assert state(bot, key) == ends
    assert [actor for actor, _ in recorded(bot, key)] == [ADMIN]


@pytest.mark.parametrize("words", ["held", "release KEY", "drop KEY"])
@pytest.mark.parametrize("who", [MEMBER, GUEST])
def test_others_neither_see_nor_decide(bot: Playground, key: str, who: str, words: str) -> None:
    refused = say(bot, who, f"settings {words}".replace("KEY", key))
    assert "TimeoutError" not in refused
    assert ("admin" in refused) == (who == MEMBER)
    assert state(bot, key) == HELD
    assert recorded(bot, key) == []


@pytest.mark.parametrize("word", ["release", "drop"])
@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("", "settings held"),
        (" one two", "settings held"),
        (" no/such/key", "no/such/key"),
        (" <!channel>", "settings held"),
    ],
)
def test_a_decision_about_nothing_is_answered_with_the_right_form(
    bot: Playground, key: str, word: str, rest: str, says: str
) -> None:
    answered = say(bot, ADMIN, f"settings {word}{rest}")
    assert says in answered
    assert "<!channel>" not in answered
    assert state(bot, key) == HELD


def test_the_list_takes_no_words(bot: Playground) -> None:
    assert "/ccost settings held" in say(bot, ADMIN, "settings held please")


def test_only_admins_are_offered_it_in_help(bot: Playground) -> None:
    assert "settings held" in say(bot, ADMIN, "help settings")
    assert "settings held" not in say(bot, MEMBER, "help settings")
