"""`/ccost settings privacy` and `… export`: what is stored about me, who looked, and my own copy of all of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace import faults
from bot.demo.workspace.sender import Outcome
from bot.demo.workspace.state import Entry
from bot.listeners.commands.privacy import FILES, MOST_EXPORTS
from bot.money import format_usd, nanos_from_usd
from bot.periods import last_days
from bot.store import audit, looks, members, organization, usage
from bot.store.organization import Decided
from bot.workspace import identify
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried

CHLOE, HARUKA = "U0CHLOE", "U0HARUKA"
ADA, BORIS, DIEGO, FARID, GRACE, HUGO, KATYA, VIKTOR, WENDY = (
    f"U0{name}" for name in ["ADA", "BORIS", "DIEGO", "FARID", "GRACE", "HUGO", "KATYA", "VIKTOR", "WENDY"]
)
CHANNEL = "C0GENERAL"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """Each test has people of its own."""
    with playground(tmp_path_factory.mktemp("privacy")) as running:
        yield unhurried(running)


@pytest.fixture
def files(bot: Playground) -> Iterator[Playground]:
    """With the right to send files, for as long as the test runs."""
    bot.workspace.scopes.add(FILES)
    identify(bot.bot.rt)
    yield bot
    bot.workspace.faults.clear()
    bot.workspace.scopes.discard(FILES)
    identify(bot.bot.rt)


def ask(bot: Playground, who: str, words: str = "settings privacy") -> Outcome:
    outcome = bot.sender.command(who, CHANNEL, words)
    assert outcome.status == "answered"
    return outcome


def say(bot: Playground, who: str, words: str = "settings privacy") -> str:
    outcome = ask(bot, who, words)
    return f"{outcome.text} {outcome.blocks}"


def export(bot: Playground, who: str) -> str:
    """Ask for one's export, and give the answer that comes a moment later."""

    def answers() -> list[Entry]:
        return [one for one in bot.workspace.team.conversation(CHANNEL, who) if one.kind == "message"]

    before = len(answers())
    ask(bot, who, "settings export")
    until(lambda: len(answers()) > before + 1 or not answers()[-1].text.startswith(("One moment", "少々")))
    return answers()[-1].text


def sent(bot: Playground, who: str) -> list[Entry]:
    """The files in somebody's direct message with the bot."""
    return [one for one in bot.workspace.team.conversation(f"D0{who[2:]}", who) if one.kind == "file"]


def content(entry: Entry) -> dict[str, Any]:
    assert entry.file is not None
    found = json.loads(entry.file.text)
    assert isinstance(found, dict)
    return found


def exports(bot: Playground) -> list[tuple[str, str]]:
    with bot.bot.rt.sessions() as session:
        return [(row.actor, row.target) for row in audit.entries(session, 100) if row.act == "exported"]


def member_id(bot: Playground, who: str) -> int:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
    assert found is not None
    return found.member_id


def test_what_is_stored_is_said_in_plain_words(bot: Playground) -> None:
    said = say(bot, ADA)
    for words in (
        "ada@example.com, time zone Europe/Stockholm",
        "counts as yours under: ada@example.com",
        "rows, ",
        "budgets of your own or set for you: 0",
        "Messages",
        "kept for 30 days",
        "for 400 days",
        "until the operator removes them",
        "Prompts, answers and code are never kept",
        "Telemetry: none, and no token",
        "A budget that an admin has set for you still counts",
        "in the last 90 days nobody but you was shown",
        "nobody but you can ask for yours",
    ):
        assert words in said, words
    assert "$" not in said


def test_who_used_nothing_reads_that_nothing_is_kept_and_not_zero(bot: Playground) -> None:
    said = say(bot, VIKTOR)
    assert "no address and no key counts as yours" in said
    assert "Daily totals: none" in ask(bot, VIKTOR).text


def test_japanese_is_complete(bot: Playground) -> None:
    said = ask(bot, HARUKA).text
    assert "アカウント" in said
    assert "haruka@example.com" in said


def test_who_looked_and_when_is_told_for_ninety_days_without_amounts(bot: Playground) -> None:
    boris, now = member_id(bot, BORIS), bot.clock()
    with bot.bot.rt.sessions.begin() as session:
        for age in (0, 89, 91):
            looks.note(session, CHLOE, [boris], f"days-{age}", now - timedelta(days=age))
        before = organization.policy(session)
        organization.decide(session, Decided(people_enabled=True))
    said = say(bot, BORIS)
    with bot.bot.rt.sessions.begin() as session:
        organization.decide(session, before)
    assert "your figures were shown 2 times" in said
    assert "days-0" in said
    assert "days-89" in said
    assert "days-91" not in said
    assert "chloe" in said
    assert "leads of your groups and admins may ask for yours" in said
    assert "$" not in said
    assert "days-0" not in say(bot, ADA)


def test_its_buttons_switch_off_what_is_on_and_take_the_export(bot: Playground) -> None:
    def buttons() -> list[str]:
        blocks = ask(bot, GRACE).blocks
        return [one["value"] for block in blocks if block["type"] == "actions" for one in block["elements"]]

    assert buttons() == ["settings export", "settings tips off", "settings alerts off"]
    for words in ("settings tips off", "settings alerts off"):
        ask(bot, GRACE, words)
    assert buttons() == ["settings export"]


@pytest.mark.parametrize("words", ["settings privacy of @ada", "settings export of @ada"])
def test_it_is_about_oneself_and_takes_no_words(bot: Playground, words: str) -> None:
    said = say(bot, BORIS, words)
    assert "ada@example.com" not in said


@pytest.mark.parametrize("words", ["settings privacy", "settings export"])
def test_a_guest_gets_neither(bot: Playground, words: str) -> None:
    assert "wendy" not in say(bot, WENDY, words)
    assert WENDY not in {actor for actor, _ in exports(bot)}


def test_without_the_right_to_send_files_one_reads_which_command_the_operator_runs(bot: Playground) -> None:
    assert "`ccost export --member katya@example.com --format json`" in export(bot, KATYA)
    assert KATYA not in {actor for actor, _ in exports(bot)}


def test_the_export_comes_as_a_file_into_ones_own_direct_message_and_is_recorded(files: Playground) -> None:
    assert "in your direct message" in export(files, DIEGO)
    (entry,) = sent(files, DIEGO)
    assert entry.file is not None
    assert entry.file.name == f"ccost-{files.clock():%Y-%m-%d}.json"
    found = content(entry)
    assert found["format"] == "ccost-export-1"
    assert found["account"][0]["email"] == "diego@example.com"
    assert exports(files)[0] == (DIEGO, DIEGO)
    other = [one.channel_id for one in files.workspace.team.channels() if one.channel_id != "D0DIEGO"]
    assert not [one for place in other for one in files.workspace.team.conversation(place) if one.kind == "file"]


def test_its_amounts_are_exact_and_add_up_to_what_the_bot_tells(files: Playground) -> None:
    export(files, HUGO)
    rows = content(sent(files, HUGO)[-1])["usage_days"]
    assert rows
    assert all(row["usage_id"] == "hugo@example.com" for row in rows)
    mine = [row for row in rows if row["counted"] and row["plan"] == "pay_per_token"]
    total = sum((Decimal(row["cost_usd"]) for row in mine), Decimal())
    with files.bot.rt.sessions() as session:
        known = usage.of_member(session, member_id(files, HUGO), last_days(399, files.clock()))
    assert nanos_from_usd(total) == sum(row.cost_nanos for row in known.rows)
    assert format_usd(nanos_from_usd(total)) in ask(files, HUGO, "me 120d").text


def test_nobody_takes_more_than_three_an_hour_and_each_has_their_own(files: Playground) -> None:
    for _ in range(MOST_EXPORTS):
        assert "in your direct message" in export(files, FARID)
    assert "3 exports an hour" in export(files, FARID)
    assert len(sent(files, FARID)) == MOST_EXPORTS == exports(files).count((FARID, FARID))
    assert "in your direct message" in export(files, ADA)
    files.clock.move(timedelta(hours=1))
    assert "in your direct message" in export(files, FARID)


def test_when_slack_does_not_take_the_file_one_is_told_so(files: Playground) -> None:
    for method in ("files.getUploadURLExternal", "files.completeUploadExternal"):
        files.workspace.faults.add(method, faults.server_error())
        assert "try again in a few minutes" in export(files, CHLOE)
    assert sent(files, CHLOE) == []


def test_when_slack_has_taken_the_right_back_the_command_is_named(files: Playground) -> None:
    files.workspace.scopes.discard(FILES)  # and nobody has told us
    assert "ccost export --member boris@example.com" in export(files, BORIS)
