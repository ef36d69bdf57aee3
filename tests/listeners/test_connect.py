"""`/ccost settings connect` and `settings versions` through the real door: a token is shown once, to one person."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import insert, text
from sqlmodel import SQLModel

from bot.delivery.telemetry import plan_telemetry
from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.listeners.commands.connect import MOST_LIVE
from bot.store import audit, members, tokens, usage
from bot.store.tables import CliVersion, core
from bot.store.tokens import LIFETIME, Reason, Token
from bot.usage import Consumer, ConsumerKind, Plan
from tests.playing import playground
from tests.slack_workspace import until
from tests.store.readings import did, reading, used
from tests.unhurried import unhurried

CHLOE, HARUKA = "U0CHLOE", "U0HARUKA"
"""The admins; Haruka reads Japanese."""
ADA, BORIS, DIEGO, FARID, GRACE, HUGO, KATYA, NOAH, WENDY = (
    f"U0{name}" for name in ["ADA", "BORIS", "DIEGO", "FARID", "GRACE", "HUGO", "KATYA", "NOAH", "WENDY"]
)
CHANNEL = "C0GENERAL"
ADDRESS = "https://ccost.example.com"
TOLD = re.compile(r"ccost_[0-9a-f]{12}_[A-Za-z0-9_\-]{43}")
SETTINGS = {
    "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_EXPORTER_OTLP_ENDPOINT": ADDRESS,
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """Each test has people of its own."""
    with playground(tmp_path_factory.mktemp("connect")) as running:
        address(running, f"{ADDRESS}/")
        yield unhurried(running)


def address(bot: Playground, url: str | None) -> None:
    bot.bot.rt.settings = bot.bot.rt.settings.model_copy(update={"ccost_public_url": url})


def ask(bot: Playground, who: str, words: str = "settings connect") -> Outcome:
    outcome = bot.sender.command(who, CHANNEL, words)
    assert outcome.status == "answered"
    return outcome


def say(bot: Playground, who: str, words: str = "settings connect") -> str:
    outcome = ask(bot, who, words)
    return f"{outcome.text} {outcome.blocks}"


def told_in(outcome: Outcome) -> str:
    """The one token that an answer shows."""
    (found,) = {*TOLD.findall(f"{outcome.text} {outcome.blocks}")}
    return str(found)


def connected(bot: Playground, who: str, words: str = "settings connect new") -> str:
    return told_in(ask(bot, who, words))


def pasted(outcome: Outcome) -> list[str]:
    """What stands in boxes to be copied."""
    return [
        inner["elements"][0]["text"]
        for block in outcome.blocks
        if block["type"] == "rich_text"
        for inner in block["elements"]
        if inner["type"] == "rich_text_preformatted"
    ]


def buttons(outcome: Outcome) -> list[str]:
    return [one["value"] for block in outcome.blocks if block["type"] == "actions" for one in block["elements"]]


def of(bot: Playground, who: str) -> list[Token]:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
        assert found is not None
        return tokens.of_member(session, found.member_id)


def why(bot: Playground, told: str, after: timedelta = timedelta()) -> Reason:
    with bot.bot.rt.sessions() as session:
        return tokens.admit(session, told, bot.clock() + after).reason


def everything_stored(bot: Playground) -> str:
    with bot.bot.rt.sessions() as session:
        return "".join(
            str(row)
            for name in SQLModel.metadata.tables
            for row in session.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - our own names
        )


def test_who_has_no_token_reads_what_it_does_and_what_is_kept_and_gets_none_yet(bot: Playground) -> None:
    outcome = ask(bot, ADA)
    for words in ("What is kept", "What is dropped", "prompts", "before anything is stored or logged"):
        assert words in outcome.text
    assert buttons(outcome) == ["settings connect new", "settings connect new subscription"]
    assert of(bot, ADA) == []


def test_a_new_token_is_shown_with_lines_that_work_and_is_ones_own(bot: Playground) -> None:
    outcome = ask(bot, BORIS, "settings connect new")
    told = told_in(outcome)
    bare, shell, file = pasted(outcome)
    wanted = SETTINGS | {"OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {told}"}
    assert bare == told
    assert json.loads(file) == {"env": wanted}
    lines = [line.removeprefix("export ").split("=", 1) for line in shell.splitlines()]
    assert {name: value.strip("'") for name, value in lines} == wanted
    assert "gRPC is not offered" in str(outcome.blocks)
    assert told in outcome.text, "a screen reader gets it too"
    (token,) = of(bot, BORIS)
    assert (token.plan, token.label, why(bot, told)) == (Plan.PAY_PER_TOKEN, "", Reason.GOOD)


def test_the_answer_is_for_one_person_alone_also_in_a_channel(bot: Playground) -> None:
    told = connected(bot, DIEGO)
    assert told in str([one.text for one in bot.workspace.team.conversation(CHANNEL, DIEGO)])
    for other in (ADA, CHLOE, HARUKA):
        assert told not in str([(one.text, one.blocks) for one in bot.workspace.team.conversation(CHANNEL, other)])


def test_the_token_is_shown_once_and_stored_logged_and_recorded_nowhere(
    bot: Playground, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = connected(bot, FARID)
        again = say(bot, FARID)
    secret = told[len("ccost_0123456789ab_") :]
    public_id = told.split("_")[1]
    assert public_id in again
    assert secret not in again
    assert secret not in everything_stored(bot)
    assert secret not in "".join(f"{vars(record)}" for record in caplog.records)
    with bot.bot.rt.sessions() as session:
        newest = audit.entries(session, 1)[0]
    assert (newest.actor, newest.act, newest.target) == (FARID, "token_issued", f"token/{public_id}")


def test_a_button_makes_one_too_below_the_message(bot: Playground) -> None:
    outcome = ask(bot, NOAH)
    assert outcome.message_id is not None
    assert bot.sender.press(NOAH, outcome.message_id, "connect.new").status in ("answered", "acknowledged")
    until(lambda: len(of(bot, NOAH)) == 1)


def test_whether_data_has_arrived_is_said(bot: Playground) -> None:
    told, day = connected(bot, GRACE), date(2026, 11, 18)
    assert "Nothing has arrived yet" in ask(bot, GRACE).text
    assert "not used yet" in ask(bot, GRACE).text
    with bot.bot.rt.sessions.begin() as session:
        token = tokens.admit(session, told, bot.clock()).token
        assert token is not None
        tokens.note_use(session, token, bot.clock())
    assert "your token was used, but no use of a model" in ask(bot, GRACE).text
    me = Consumer(ConsumerKind.TOKEN, GRACE)
    with bot.bot.rt.sessions.begin() as session:
        usage.replace_day(session, reading(used(me, 5), source="otlp", activity=[did(me)]), ("otlp",))
    said = ask(bot, GRACE).text
    assert "Data has arrived, of" in said
    assert str(day.day) in said
    assert "not used yet" not in said


def test_a_second_token_leaves_the_first_as_it_is_until_all_are_ended(bot: Playground) -> None:
    first, second = connected(bot, HUGO), connected(bot, HUGO)
    assert (why(bot, first), why(bot, second)) == (Reason.GOOD, Reason.GOOD)
    assert "2 tokens open nothing" in say(bot, HUGO, "settings connect revoke")
    assert (why(bot, first), why(bot, second)) == (Reason.REVOKED, Reason.REVOKED)
    assert "no token that holds" in say(bot, HUGO, "settings connect revoke")
    assert "What is kept" in say(bot, HUGO), "as before the first one"


def test_one_token_alone_is_ended_by_its_owner_or_an_admin_and_by_nobody_else(bot: Playground) -> None:
    first, second = connected(bot, KATYA), connected(bot, KATYA)
    for told, who, ended in ((first, ADA, False), (first, KATYA, True), (second, CHLOE, True), (second, CHLOE, False)):
        said = say(bot, who, f"settings connect revoke {told.split('_')[1]}")
        assert ("opens nothing" in said, "I know no token" in said) == (ended, not ended)
        assert (why(bot, told) is Reason.REVOKED) or not ended
    assert "I know no token `nothing`".replace("`", "") in say(bot, KATYA, "settings connect revoke nothing").replace(
        "`", ""
    )
    with bot.bot.rt.sessions() as session:
        ends = [(row.actor, row.target) for row in audit.entries(session, 2)]
    assert ends == [(CHLOE, f"token/{second.split('_')[1]}"), (KATYA, f"token/{first.split('_')[1]}")]


def test_who_has_a_subscription_says_so_and_may_take_it_back(bot: Playground) -> None:
    who = "U0LARS"
    assert "no token that holds" in say(bot, who, "settings connect subscription")
    assert "use of a subscription" in say(bot, who, "settings connect new subscription")
    connected(bot, who)
    assert {one.plan for one in of(bot, who)} == {Plan.SUBSCRIPTION}, "a second machine goes on as the first"
    assert "paid by the token" in say(bot, who, "settings connect subscription off")
    connected(bot, who, "settings connect new subscription")
    assert {one.plan for one in of(bot, who)} == {Plan.SUBSCRIPTION}, "it is the person who has one"
    say(bot, who, "settings connect subscription off")
    assert {one.plan for one in of(bot, who)} == {Plan.PAY_PER_TOKEN}
    assert "settings connect subscription" in buttons(ask(bot, who))
    assert "use of a subscription" in say(bot, who, "settings connect subscription")
    assert "settings connect subscription off" in buttons(ask(bot, who))


def test_one_person_has_only_so_many_tokens_at_once(bot: Playground) -> None:
    who = "U0VIKTOR"
    for _ in range(MOST_LIVE):
        connected(bot, who)
    assert f"You have {MOST_LIVE} tokens" in say(bot, who, "settings connect new")
    say(bot, who, f"settings connect revoke {of(bot, who)[0].public_id}")
    connected(bot, who)


def test_an_expired_token_is_shown_as_expired_for_a_while(bot: Playground) -> None:
    who = "U0PRIYA"
    with bot.bot.rt.sessions.begin() as session:
        found = members.by_slack_id(session, who)
        assert found is not None
        for age in (LIFETIME - timedelta(hours=1), LIFETIME, LIFETIME + timedelta(days=30)):
            tokens.issue(
                session,
                member_id=found.member_id,
                label="",
                by=who,
                now=bot.clock() - age,
                secret=str(age).encode().ljust(32),
                precedence=("otlp",),
            )
    gone, expired, holds = (one.public_id for one in of(bot, who))
    outcome = ask(bot, who).text
    assert re.search(rf"{expired}: [^•]*expired on", outcome)
    assert re.search(rf"{holds}: [^•]*holds until", outcome)
    assert gone not in outcome


def test_without_an_address_nobody_gets_a_token_and_admins_read_the_settings_name(bot: Playground) -> None:
    address(bot, None)
    try:
        for words in ("settings connect", "settings connect new", "settings connect team platform"):
            assert "CCOST_PUBLIC_URL" in say(bot, CHLOE, words)
            assert not TOLD.search(say(bot, CHLOE, words))
        assert "CCOST_PUBLIC_URL" not in say(bot, ADA)
        assert "an admin has to" in say(bot, ADA, "settings connect new")
    finally:
        address(bot, f"{ADDRESS}/")


def test_a_team_gets_what_an_administrator_rolls_out_and_learns_that_it_is_self_declared(bot: Playground) -> None:
    outcome = ask(bot, CHLOE, "settings connect team Platform.Tools")
    told = told_in(outcome)
    _, managed = pasted(outcome)
    assert json.loads(managed) == {"env": SETTINGS | {"OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {told}"}}
    for words in ("managed-settings.json", "/etc/claude-code/", r"C:\\Program Files\\ClaudeCode", "self-declared"):
        assert words in str(outcome.blocks)
    connected(bot, CHLOE, "settings connect team seats subscription")
    with bot.bot.rt.sessions() as session:
        teams = {one.label: one.plan for one in tokens.listed(session) if one.member_id is None}
    assert teams == {"Platform.Tools": Plan.PAY_PER_TOKEN, "seats": Plan.SUBSCRIPTION}
    assert "Platform.Tools" in ask(bot, CHLOE, "settings connect team").text
    assert "Platform.Tools" not in say(bot, CHLOE), "it is nobody's own"


@pytest.mark.parametrize("words", ["team", "team platform", "team platform subscription"])
def test_teams_are_for_admins(bot: Playground, words: str) -> None:
    said = say(bot, ADA, f"settings connect {words}")
    assert "admins" in said
    assert not TOLD.search(said)


@pytest.mark.parametrize("words", ["what", "new laptop", "revoke a b", "subscription on", "team a b", "team a b c"])
def test_other_words_are_answered_with_the_form(bot: Playground, words: str) -> None:
    assert "/ccost settings connect" in say(bot, CHLOE, f"settings connect {words}")
    assert "one word of at most 40" in say(bot, CHLOE, "settings connect team <!channel>")
    assert "one word of at most 40" in say(bot, CHLOE, f"settings connect team {'x' * 41}")


def test_a_guest_gets_nothing(bot: Playground) -> None:
    for words in ("settings connect", "settings connect new", "settings versions"):
        assert "full members" in say(bot, WENDY, words)


def test_japanese_is_complete(bot: Playground) -> None:
    assert "保存するもの" in ask(bot, HARUKA).text
    told = connected(bot, HARUKA)
    assert told.split("_")[1] in ask(bot, HARUKA).text
    assert "発行" in ask(bot, HARUKA).text


# Versions


def version(bot: Playground, who: str, told: str, seen: datetime) -> None:
    row = {"kind": ConsumerKind.TOKEN, "external_id": who, "version": told, "last_seen_date": seen.date()}
    with bot.bot.rt.sessions.begin() as session:
        session.execute(insert(core(CliVersion)).values(row))


def test_versions_come_with_the_oldest_first_and_what_to_do(bot: Playground) -> None:
    assert "no version was reported" in ask(bot, CHLOE, "settings versions").text
    now = bot.clock()
    connected(bot, ADA)
    for who, told, days in (
        (ADA, "2.1.330", 0),
        (ADA, "2.1.197", 29),
        (ADA, "1.0.1", 30),
        ("U0NOBODY", "2.1.213", 0),
        ("U0NOBODY", "<!here>", 1),
        ("U0NOBODY", "2.1.214", 1),
    ):
        version(bot, who, told, now - timedelta(days=days))
    outcome = ask(bot, CHLOE, "settings versions")
    (table,) = (block for block in outcome.blocks if block["type"] == "data_table")
    assert [[cell["text"] for cell in row][:2] for row in table["rows"][1:]] == [
        ["ada", "2.1.197 (too old)"],
        ["U0NOBODY (self-declared)", "2.1.213 (too old)"],
        ["U0NOBODY (self-declared)", "‹!here› (not readable)"],
        ["U0NOBODY (self-declared)", "2.1.214"],
        ["ada", "2.1.330"],
    ]
    assert "2 are older than 2.1.214" in outcome.text
    assert "1 cannot be read" in outcome.text
    for words in ("claude --version", "claude update", "claude doctor", "https://support.claude.com"):
        assert words in str(outcome.blocks)
    assert "$" not in str(outcome.blocks)
    assert "バージョン" in ask(bot, HARUKA, "settings versions").text


def test_versions_are_for_admins_and_take_no_words(bot: Playground) -> None:
    assert "admins" in say(bot, BORIS, "settings versions")
    assert "/ccost settings versions" in say(bot, CHLOE, "settings versions all")


# All of it together


def event(at: datetime) -> dict[str, object]:
    """One request of a model, as Claude Code tells it."""
    attributes = {
        "event.name": {"stringValue": "api_request"},
        "session.id": {"stringValue": "s-1"},
        "model": {"stringValue": "claude-opus-4-8"},
        "cost_usd": {"doubleValue": 0.25},
        "input_tokens": {"intValue": 10},
    }
    record = {
        "timeUnixNano": str(int(at.timestamp()) * 1_000_000_000),
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
    }
    scope = {"name": "com.anthropic.claude_code.events", "version": "2.1.330"}
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": scope, "logRecords": [record]}]}]}


def test_what_is_sent_with_the_pasted_settings_arrives_and_what_is_not_reaches_admins(bot: Playground) -> None:
    who = "U0OLGA"
    _, _, file = pasted(ask(bot, who, "settings connect new"))
    name, value = json.loads(file)["env"]["OTEL_EXPORTER_OTLP_HEADERS"].split("=", 1)
    door = f"{bot.bot.origin}/v1/logs"
    kind = {"content-type": "application/json"}
    assert httpx.post(door, json=event(bot.clock()), headers=kind | {name: value}).status_code == 200
    assert "Data has arrived" in ask(bot, who).text
    versions = str(ask(bot, CHLOE, "settings versions").blocks)
    assert "olga" in versions
    say(bot, who, "settings connect revoke")
    assert httpx.post(door, json=event(bot.clock()), headers=kind | {name: value}).status_code == 401
    keys = plan_telemetry(bot.bot.rt)
    assert f"telemetry/revoked/{bot.clock():%Y-%m-%d}/{CHLOE}" in keys
