"""`/ccost settings link`: an admin says whose a consumer is, and the figures follow."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.composition import Playground
from tests.playing import playground
from tests.unhurried import unhurried

ADMIN, SOFIA = "U0CHLOE", "U0SOFIA"


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as running:
        yield unhurried(running)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """For what must change nothing."""
    with playground(tmp_path_factory.mktemp("untouched")) as running:
        yield unhurried(running)


def say(bot: Playground, user_id: str, words: str) -> str:
    outcome = bot.sender.command(user_id, "C0GENERAL", words)
    assert outcome.status == "answered"
    return f"{outcome.text} {outcome.blocks}"


def total(bot: Playground) -> str:
    match = re.search(r"\$[\d,]+\.\d\d", bot.sender.command(ADMIN, "C0GENERAL", "team last-month").text)
    assert match
    return match[0]


def test_a_linked_address_shows_its_whole_past_and_moves_no_total(bot: Playground) -> None:
    before = total(bot)
    assert "sofia.rossi@example.com" in say(bot, ADMIN, "settings link")
    assert "not covered" in say(bot, SOFIA, "me last-month")
    assert "Linked" in say(bot, ADMIN, "settings link sofia.rossi@example.com to @sofia")
    assert re.search(r"\$\d", say(bot, SOFIA, "me last-month"))
    assert "sofia.rossi@example.com" not in say(bot, ADMIN, "settings link")
    assert total(bot) == before


def test_a_key_becomes_a_machine_with_somebody_to_ask(bot: Playground) -> None:
    before = total(bot)
    assert "ci-review-bot" in say(bot, ADMIN, "settings link")
    say(bot, ADMIN, "settings link ci-review-bot machine review @chloe")
    team = say(bot, ADMIN, "team last-month")
    assert "review" in team
    assert total(bot) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("settings link nobody@example.com to @sofia", "nobody@example.com"),
        ("settings link sofia.rossi@example.com to @nosuchperson", "@nosuchperson"),
        ("settings link sofia.rossi@example.com to @wendy", "Slack"),  # a guest owns nothing
        ("settings link sofia.rossi@example.com", "/ccost settings link"),
        ("settings link ci-review-bot machine *x* @chloe", "machine"),
        ("settings link a b c d e f", "/ccost settings link"),
    ],
)
def test_a_link_that_makes_no_sense_is_answered_with_the_right_form(
    untouched: Playground, words: str, says: str
) -> None:
    assert says in say(untouched, ADMIN, words)
    assert "sofia.rossi@example.com" in say(untouched, ADMIN, "settings link")


def test_only_admins_link(untouched: Playground) -> None:
    refused = say(untouched, SOFIA, "settings link sofia.rossi@example.com to @sofia")
    assert "admin" in refused
    assert "not covered" in say(untouched, SOFIA, "me last-month")


def test_a_wrong_link_is_undone_for_the_past_too(bot: Playground) -> None:
    before = total(bot)
    say(bot, ADMIN, "settings link sofia.rossi@example.com to @viktor")
    bot.clock.move(timedelta(days=3))
    assert re.search(r"\$\d", say(bot, "U0VIKTOR", "me last-month"))
    say(bot, ADMIN, "settings link sofia.rossi@example.com off")
    assert "not covered" in say(bot, "U0VIKTOR", "me last-month")
    say(bot, ADMIN, "settings link sofia.rossi@example.com to @sofia")
    assert re.search(r"\$\d", say(bot, SOFIA, "me last-month"))
    assert total(bot) == before


def test_an_address_that_slack_knows_finds_its_member_again_when_undone(bot: Playground) -> None:
    mine = say(bot, "U0ADA", "me last-month")
    say(bot, ADMIN, "settings link ada@example.com to @viktor")
    say(bot, ADMIN, "settings link ada@example.com off")
    assert say(bot, "U0ADA", "me last-month") == mine
    assert "not covered" in say(bot, "U0VIKTOR", "me last-month")
