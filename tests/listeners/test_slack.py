"""Real signed requests through the real door: what people in the workspace read."""

import re
import time
from collections.abc import Callable, Iterator
from itertools import product

import pytest

from bot.demo.cast import CAST
from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.workspace import refresh
from tests.playing import playground
from tests.unhurried import unhurried

AMOUNT = re.compile(r"\$\d")
MEMBER, ADMIN, GUEST, OUTSIDER = "U0ADA", "U0CHLOE", "U0WENDY", "U0XAVER"
EVERYTHING = (
    "",
    "me",
    "me models",
    "me days",
    "team",
    "team plan",
    "tips",
    "settings",
    "settings link",
    "help",
    "nonsense",
)


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def bot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as running:
        yield unhurried(running)


def _wait_until(happened: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def everything_seen(bot: Playground, outcome: Outcome) -> str:
    return f"{outcome.text} {outcome.blocks} {outcome.banner}"


def later(bot: Playground, user_id: str, channel_id: str, message_id: str) -> Outcome:
    """Wait for the message that follows another."""

    def entries() -> list[str]:
        return [e.message_id for e in bot.workspace.team.conversation(channel_id, user_id)]

    _wait_until(lambda: entries()[-1] != message_id)
    entry = bot.workspace.team.conversation(channel_id, user_id)[-1]
    return Outcome("answered", entry.text, tuple(entry.blocks), entry.message_id)


def test_everybody_reads_their_own_total_privately(bot: Playground) -> None:
    answers = {}
    for person in CAST:
        if person.role in ("member", "admin") and person.habit and person.habit != "subscription":
            outcome = bot.sender.command(person.slack_user_id, "C0GENERAL", "me")
            assert outcome.status == "answered"
            entry = bot.workspace.team.entry(outcome.message_id)
            assert entry is not None
            assert entry.visible_to == person.slack_user_id
            answers[person.slack_user_id] = outcome.text
    assert len(answers) == 22


@pytest.mark.parametrize(("who", "words"), [*product((GUEST, OUTSIDER), EVERYTHING)])
def test_guests_and_outsiders_read_no_figure_whatever_they_type(bot: Playground, who: str, words: str) -> None:
    channel = "C0PARTNERS" if who == OUTSIDER else "C0GENERAL"
    outcome = bot.sender.command(who, channel, words)
    assert outcome.status == "answered"
    assert not AMOUNT.search(everything_seen(bot, outcome))


@pytest.mark.parametrize(("who", "words"), [*product((MEMBER, ADMIN), EVERYTHING)])
def test_in_a_channel_shared_with_another_company_nobody_reads_a_figure(bot: Playground, who: str, words: str) -> None:
    outcome = bot.sender.command(who, "C0PARTNERS", words)
    assert outcome.status == "answered"
    assert not AMOUNT.search(everything_seen(bot, outcome))


def test_a_private_channel_that_we_cannot_see_is_asked_about_and_then_refused(bot: Playground) -> None:
    first = bot.sender.command(ADMIN, "G0SECRET", "me")
    assert first.message_id is not None
    assert not AMOUNT.search(everything_seen(bot, first))
    refusal = later(bot, ADMIN, "G0SECRET", first.message_id)
    assert "/invite" in refusal.text
    assert not AMOUNT.search(everything_seen(bot, refusal))


def test_a_channel_that_becomes_shared_is_refused_after_the_next_look(bot: Playground) -> None:
    bot.workspace.team.change_channel("C0PLATFORM", is_ext_shared=True)
    assert AMOUNT.search(bot.sender.command(MEMBER, "C0PLATFORM", "me 30d").text)
    _refresh(bot)
    assert not AMOUNT.search(bot.sender.command(MEMBER, "C0PLATFORM", "me 30d").text)
    bot.workspace.team.change_channel("C0PLATFORM", is_ext_shared=False)
    _refresh(bot)


def _refresh(bot: Playground) -> None:
    refresh(bot.bot.rt)


def test_no_answer_names_a_colleague(bot: Playground) -> None:
    names = [person.name for person in CAST if person.slack_user_id != ADMIN]
    for words in ("me", "me models", "me days", "team", "team plan", "tips", "settings", "help"):
        seen = everything_seen(bot, bot.sender.command(ADMIN, "C0GENERAL", words))
        assert not [name for name in names if name in seen], words


@pytest.mark.parametrize("action", ["me.models", "me.days", "me.tips"])
def test_each_button_answers_privately_and_leaves_the_message_standing(bot: Playground, action: str) -> None:
    asked = bot.sender.command(MEMBER, "C0GENERAL", "me 30d")
    assert asked.message_id is not None
    pressed = bot.sender.press(MEMBER, asked.message_id, action)
    answer = pressed if pressed.message_id else later(bot, MEMBER, "C0GENERAL", asked.message_id)
    assert answer.blocks
    assert answer.text != asked.text
    seen = bot.workspace.team.entry(answer.message_id)
    assert seen is not None
    assert seen.visible_to == MEMBER
    assert bot.workspace.team.entry(asked.message_id) is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("models", "/ccost me models"),
        ("plan", "/ccost team plan"),
        ("taem", "/ccost team"),
        ("me modles", "/ccost me models"),
        ("xyzzy", "/ccost help"),
        ("me fortnight", "2026-11"),
        ("me 2026-02-30", "2026-02-30"),
        ("me 2999-01", "2999-01"),
        ("me today yesterday", "/ccost me [period]"),
        ("team plan many", "many"),
        ("team plan 0", "0"),
        ("help xyzzy", "/ccost help"),
        ("tips now", "/ccost tips"),
    ],
)
def test_what_makes_no_sense_is_answered_with_the_right_form(bot: Playground, words: str, says: str) -> None:
    outcome = bot.sender.command(MEMBER, "C0GENERAL", words)
    assert says in outcome.text
    assert not AMOUNT.search(outcome.text)


@pytest.mark.parametrize("words", ["x" * 4_000, f"me {'x' * 4_000}", f"settings link {'x ' * 2_000}", "<" * 2_000])
def test_whoever_types_a_book_is_answered_in_a_few_words(bot: Playground, words: str) -> None:
    outcome = bot.sender.command(ADMIN, "C0GENERAL", words)
    assert outcome.status == "answered"
    assert len(outcome.text) < 600


def test_a_period_alone_means_me_and_full_width_letters_are_letters(bot: Playground) -> None:
    plain = bot.sender.command(MEMBER, "C0GENERAL", "me 7d").text
    assert bot.sender.command(MEMBER, "C0GENERAL", "7d").text == plain
    assert bot.sender.command(MEMBER, "C0GENERAL", "ＭＥ　７ｄ").text == plain


def test_a_japanese_colleague_reads_japanese(bot: Playground) -> None:
    assert "利用額" in bot.sender.command("U0HARUKA", "C0GENERAL", "me 30d").text


def test_somebody_whom_the_api_cannot_see_reads_not_covered_and_no_dollars(bot: Playground) -> None:
    outcome = bot.sender.command("U0VIKTOR", "C0GENERAL", "me")
    assert "not covered" in outcome.text
    assert not AMOUNT.search(everything_seen(bot, outcome))


def blocks_of(outcome: Outcome) -> str:
    return str(outcome.blocks)


def test_help_shows_a_member_only_what_a_member_may_ask(bot: Playground) -> None:
    for words, shown in (("help", "`link`"), ("help settings", "/ccost settings link")):
        assert shown not in blocks_of(bot.sender.command(MEMBER, "C0GENERAL", words))
        assert shown in blocks_of(bot.sender.command(ADMIN, "C0GENERAL", words))


def test_a_name_with_markup_is_shown_harmless(bot: Playground) -> None:
    outcome = bot.sender.command(ADMIN, "C0GENERAL", "settings link ci-review-bot machine review @quinn")
    seen = everything_seen(bot, outcome)
    assert outcome.status == "answered"
    assert "<!channel>" not in outcome.text
    assert "review" in seen


@pytest.mark.parametrize("period", ["14d", "last-month", "30d", "60d"])
def test_what_the_team_reads_adds_up_to_the_cent(bot: Playground, period: str) -> None:
    outcome = bot.sender.command(MEMBER, "C0GENERAL", f"team {period}")
    total = amounts(outcome.text)[0]
    whose, models = [block["fields"] for block in outcome.blocks if block["type"] == "section" and "fields" in block]
    assert sum(amounts(field["text"])[0] for field in whose) == total
    assert sum(amounts(field["text"])[0] for field in models if "%" in field["text"]) == total


def amounts(text: str) -> list[int]:
    """Every amount in a text, in cents."""
    return [int(found.replace(",", "").replace(".", "")) for found in re.findall(r"\$([\d,]+\.\d\d)", text)]
