"""`/ccost settings`, its language and its tips, through the real door: what people read, and what it changes."""

from collections.abc import Iterator

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.store import groups, members, organization
from bot.store.organization import Decided
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried

CHLOE, HARUKA = "U0CHLOE", "U0HARUKA"
"""The admins; Haruka reads Japanese."""
ADA, BORIS, DIEGO, KENJI, NOAH, WENDY = (f"U0{name}" for name in ["ADA", "BORIS", "DIEGO", "KENJI", "NOAH", "WENDY"])
CHANNEL = "C0GENERAL"
OWN = [
    "settings.alerts",
    "open.quiet",
    "settings.language",
    "settings.tips",
    "settings.connect",
    "settings.privacy",
    "settings.export",
]
FOR_ADMINS = [
    "settings.status",
    "settings.held",
    "open.link",
    "settings.groups",
    "settings.people",
    "settings.pilot",
    "settings.versions",
    "settings.audit",
]


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """Each test has people of its own."""
    with playground(tmp_path_factory.mktemp("preferences")) as running:
        yield unhurried(running)


def ask(bot: Playground, who: str, words: str) -> Outcome:
    outcome = bot.sender.command(who, CHANNEL, words)
    assert outcome.status == "answered"
    return outcome


def say(bot: Playground, who: str, words: str) -> str:
    return ask(bot, who, words).text


def buttons(bot: Playground, who: str, words: str) -> dict[str, str]:
    """What the buttons of an answer would type, by their names."""
    blocks = ask(bot, who, words).blocks
    return {
        one["action_id"]: one.get("value", "")
        for block in blocks
        if block["type"] == "actions"
        for one in block["elements"]
    }


def press(bot: Playground, who: str, words: str, action_id: str) -> None:
    asked = ask(bot, who, words)
    assert asked.message_id is not None
    assert bot.sender.press(who, asked.message_id, action_id).status in ("answered", "acknowledged")


def chosen(bot: Playground, who: str) -> tuple[str | None, bool]:
    """Somebody's own language, and whether tips are off."""
    with bot.bot.rt.sessions() as session:
        member = members.by_slack_id(session, who)
    assert member is not None
    return member.language, member.tips_off


def test_the_overview_says_every_value_in_its_text_and_has_a_button_for_each(bot: Playground) -> None:
    assert say(bot, ADA, "settings") == (
        "Language: English, following Slack. Messages about your budgets: on. "
        "Quiet hours: 20:00 to 08:00, in your time zone (Europe/Stockholm). Tips: on."
    )
    assert list(buttons(bot, ADA, "settings")) == OWN


def test_what_was_chosen_stands_there_afterwards(bot: Playground) -> None:
    for words in ("settings alerts off", "settings quiet off", "settings tips off", "settings language en"):
        say(bot, BORIS, words)
    assert say(bot, BORIS, "settings") == (
        "Language: English, your own choice. Messages about your budgets: off. "
        "Quiet hours: none. Your time zone is Europe/Berlin. Tips: off."
    )
    for words in ("settings alerts on", "budget snooze day"):
        say(bot, BORIS, words)
    assert "snoozed until" in say(bot, BORIS, "settings")


def test_only_admins_see_the_second_row(bot: Playground) -> None:
    found = buttons(bot, CHLOE, "settings")
    assert list(found) == [*OWN, *FOR_ADMINS]
    for action_id, value in found.items():
        assert value in ("", f"settings {action_id.removeprefix('settings.')}")
    assert not set(FOR_ADMINS) & set(buttons(bot, ADA, "settings"))


def test_a_word_that_is_none_of_ours_is_answered_with_help(bot: Playground) -> None:
    assert "/ccost help settings" in say(bot, ADA, "settings everything please")


def test_somebody_reads_during_a_pilot_whether_it_is_theirs(bot: Playground) -> None:
    with bot.bot.rt.sessions.begin() as session:
        kenji = members.by_slack_id(session, KENJI)
        assert kenji is not None
        group_id = groups.make(session, "pilots", [kenji.member_id], by=CHLOE, at=bot.clock())
        before = organization.policy(session)
        organization.decide(session, Decided(pilot_group_id=group_id, pilot_since=bot.clock()))
    try:
        say(bot, KENJI, "settings language en")
        assert "you are in it" in say(bot, KENJI, "settings")
        assert "shown only there" in say(bot, ADA, "settings")
    finally:
        with bot.bot.rt.sessions.begin() as session:
            organization.decide(session, before)
    assert "pilot" not in say(bot, ADA, "settings")


def test_the_answer_to_a_new_language_is_in_it_already_and_so_is_everything_after(bot: Playground) -> None:
    assert say(bot, DIEGO, "settings language ja") == "言語：日本語（ご自身で選択）。"
    assert "あなたの" in say(bot, DIEGO, "me")
    assert "すでに" in say(bot, DIEGO, "settings language ja")
    assert say(bot, DIEGO, "settings language slack") == "Language: English, following Slack."
    assert chosen(bot, DIEGO) == (None, False)


def test_slacks_own_language_is_what_one_goes_back_to(bot: Playground) -> None:
    assert say(bot, HARUKA, "settings language EN") == "Language: English, your own choice."
    assert say(bot, HARUKA, "settings language slack") == "言語：日本語（Slack に合わせています）。"


def test_without_a_word_the_language_is_shown_with_the_others_as_buttons(bot: Playground) -> None:
    assert buttons(bot, ADA, "settings language") == {
        "language.en": "settings language en",
        "language.ja": "settings language ja",
    }
    say(bot, NOAH, "settings language ja")
    assert list(buttons(bot, NOAH, "settings language")) == ["language.en", "language.slack"]
    press(bot, NOAH, "settings language", "language.en")
    until(lambda: chosen(bot, NOAH)[0] == "en")


@pytest.mark.parametrize("words", ["language de", "language en ja", "language <!channel>"])
def test_a_language_that_there_is_not_is_answered_with_those_there_are(bot: Playground, words: str) -> None:
    assert "one of: en, ja, slack" in say(bot, ADA, f"settings {words}")
    assert chosen(bot, ADA)[0] is None


@pytest.mark.parametrize("words", ["tips maybe", "tips on off"])
def test_tips_take_on_or_off(bot: Playground, words: str) -> None:
    assert "/ccost settings tips on" in say(bot, ADA, f"settings {words}")


def test_who_switched_tips_off_gets_them_only_when_asking(bot: Playground) -> None:
    assert "A tip from" in str(ask(bot, ADA, "me 30d").blocks)
    assert say(bot, ADA, "settings tips") == "Tips: on."
    press(bot, ADA, "settings tips", "tips.off")
    until(lambda: chosen(bot, ADA)[1])
    assert "A tip from" not in str(ask(bot, ADA, "me 30d").blocks)
    assert "That is so already" in say(bot, ADA, "settings tips off")
    assert "tips" in say(bot, ADA, "tips").lower()
    assert say(bot, ADA, "settings tips on") == "Tips: on."
    assert "A tip from" in str(ask(bot, ADA, "me 30d").blocks)


@pytest.mark.parametrize("words", ["settings", "settings language ja", "settings tips off"])
def test_a_guest_gets_no_settings_and_changes_none(bot: Playground, words: str) -> None:
    assert "full members" in say(bot, WENDY, words)
    assert chosen(bot, WENDY) == (None, False)
