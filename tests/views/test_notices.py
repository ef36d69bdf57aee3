"""What admins are told about messages that did not go out as they should: that, where and why, and no figures."""

from dataclasses import replace

import pytest

from bot.demo.workspace.blockkit_rules import message_problems
from bot.notice import NoticeKind, NoticeRow, NoticeState
from bot.text import Text, load_texts
from bot.views.blocks import Message
from bot.views.notices import decided, listing, seen_already, troubled
from tests.delivery.planned import ADA, BLOCKS, CHANNEL, row

EN, JA = (load_texts().of(language) for language in ("en", "ja"))
HELD = row(state=NoticeState.UNCERTAIN, outcome="TimeoutError")


def values(message: Message) -> list[str]:
    return [one["value"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


@pytest.mark.parametrize("text", [EN, JA], ids=lambda text: text.language)
@pytest.mark.parametrize("what", ["held", "failed", "expired", "unconfirmed"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_trouble_of_every_kind_can_be_told(what: str, kind: NoticeKind, text: Text) -> None:
    recipient = CHANNEL if kind is NoticeKind.DIGEST else ADA
    message = troubled(what, row(kind=kind, recipient=recipient), "reset", text)
    assert (f"<#{CHANNEL}>" if kind is NoticeKind.DIGEST else f"<@{ADA}>") in message.text
    assert "reset" in str(message.blocks)
    assert "12.34" not in f"{message.text} {message.blocks}"
    assert bool(values(message)) == (what == "held")
    assert not message_problems(message.text, message.blocks)


def test_what_is_held_carries_its_two_decisions() -> None:
    assert values(troubled("held", HELD, "reset", EN)) == [f"settings release {HELD.key}", f"settings drop {HELD.key}"]


def test_what_slack_said_is_shown_as_words() -> None:
    shown = str(troubled("failed", HELD, "<!channel> & *x*\n", EN).blocks)
    assert "<!channel>" not in shown


def many(n: int) -> list[NoticeRow]:
    return [replace(HELD, key=f"digest/C{i}/2026-11-20/daily") for i in range(n)]


@pytest.mark.parametrize(("held", "shown"), [(0, 0), (1, 1), (10, 10), (11, 10), (500, 10)])
def test_the_list_shows_the_oldest_and_says_how_many_more(held: int, shown: int) -> None:
    message = listing(many(held), EN)
    assert len(values(message)) == 2 * shown
    assert (str(held) in message.text) == (held > 0)
    assert (f"and {held - 10} more" in str(message.blocks[-1])) == (held > 10)
    assert not message_problems(message.text, message.blocks)


@pytest.mark.parametrize("what", ["released", "dropped", "settled"])
def test_a_decision_is_confirmed(what: str) -> None:
    assert decided(what, EN).text != decided(what, JA).text
    assert not message_problems(decided(what, EN).text, decided(what, EN).blocks)


def test_what_may_have_been_seen_says_so_first_and_keeps_its_figures() -> None:
    said = seen_already(Message("$80.00 of $100.00", list(BLOCKS)), EN)
    assert said.text == "You may have seen this already. $80.00 of $100.00"
    assert said.blocks[:-1] == list(BLOCKS)
    assert "seen this already" in str(said.blocks[-1])
    assert seen_already(Message("$80.00", []), EN).blocks == []


@pytest.mark.parametrize("text", [EN, JA], ids=lambda text: text.language)
def test_every_refusal_that_ends_a_message_has_its_sentence(text: Text) -> None:
    for why in ("is_archived", "not_in_channel", "access.shared_channel", "user_disabled", "lease ran out"):
        assert why not in str(troubled("failed", HELD, why, text).blocks)
    assert "something_new" in str(troubled("failed", HELD, "something_new", text).blocks)
