"""Slack's other direction, against a small app made with Slack's own framework: over signed HTTP and over a socket."""

import time

import pytest
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.cast import CAST, CHANNELS, USER_GROUPS
from bot.demo.workspace.payloads import escaped, signed_headers
from bot.demo.workspace.people import Conversation
from bot.demo.workspace.sender import NotThere, Outcome, Sender
from tests.slack_workspace import Stage
from tests.small_app import BUTTONS, Office


def ask(office: Office, text: str, user_id: str = "U0ADA", channel_id: str = "C0GENERAL") -> Outcome:
    return office.sender.command(user_id, channel_id, text)


def test_an_answer_in_the_acknowledgement_is_seen_by_its_person_only(either: Office) -> None:
    outcome = ask(either, "me")
    assert (outcome.status, outcome.text, list(outcome.blocks)) == ("answered", "You: $1.00", BUTTONS)
    assert either.seen_by("U0ADA") == ["You: $1.00"]
    assert either.seen_by("U0KENJI") == []


def test_an_answer_for_everybody_is_seen_by_everybody(either: Office) -> None:
    ask(either, "all")
    assert either.seen_by("U0KENJI") == ["All: $9.00"]


def test_a_bare_acknowledgement_shows_nothing(either: Office) -> None:
    assert ask(either, "nothing") == Outcome("acknowledged")
    assert either.seen_by("U0ADA") == []


def test_a_plain_word_is_an_answer(either: Office) -> None:
    assert ask(either, "word").text == "a plain word"


def test_an_answer_may_come_through_the_response_url(either: Office) -> None:
    assert ask(either, "later").text == "here it is"


def test_an_answer_that_slack_refuses_is_shown_as_refused(either: Office) -> None:
    outcome = ask(either, "bad")
    assert (outcome.status, outcome.message_id) == ("refused", None)
    assert "hologram" in str(outcome.banner)
    assert [words.startswith("Slack refused: invalid_blocks") for words in either.seen_by("U0ADA")] == [True]


def test_a_late_answer_is_a_timeout(either: Office) -> None:
    outcome = ask(either, "slow")
    assert (outcome.status, outcome.banner) == ("operation_timeout", "/ccost failed with the error “operation_timeout”")


def test_a_crash_of_the_app_is_a_failure(by_http: Office) -> None:
    assert ask(by_http, "broken").status == "dispatch_failed"
    assert by_http.seen_by("U0ADA") == ["/ccost failed with the error “dispatch_failed”"]


def test_without_an_app_every_act_fails(office: Office, slack_side: Stage) -> None:
    assert ask(office, "me").status == "dispatch_failed"
    office.sender.connect(slack_side.origin, "http://127.0.0.1:9/slack/events")  # nobody listens there
    assert ask(office, "me").status == "dispatch_failed"


def test_a_command_has_all_the_fields_that_slack_sends(either: Office) -> None:
    ask(either, "nothing", "U0HARUKA", "D0HARUKA")
    ask(either, "nothing", "U0HARUKA", "G0SECRET")
    ask(either, "nothing", "U0XAVER", "C0PARTNERS")
    direct, private, foreign = either.received
    shown = {name: value for name, value in direct.items() if name not in ("response_url", "trigger_id", "token")}
    assert shown == {
        "team_id": "T0HOSHINO",
        "team_domain": "hoshino-works",
        "channel_id": "D0HARUKA",
        "channel_name": "directmessage",
        "user_id": "U0HARUKA",
        "user_name": "haruka",
        "command": "/ccost",
        "text": "nothing",
        "api_app_id": "A0CCOST",
        "is_enterprise_install": "false",
    }
    assert private["channel_name"] == "privategroup"
    assert (foreign["team_id"], foreign["channel_name"]) == ("T0PARTNER", "with-partner-gmbh")
    assert (
        len({one["trigger_id"] for one in either.received})
        == len({one["response_url"] for one in either.received})
        == 3
    )


def test_a_pressed_button_tells_what_it_is_and_where(either: Office) -> None:
    message_id = ask(either, "all").message_id
    assert message_id
    outcome = either.sender.press("U0KENJI", message_id, "why")
    assert (outcome.status, outcome.text) == ("answered", "Because.")
    assert either.seen_by("U0KENJI")[-1] == "Because."
    assert "Because." not in either.seen_by("U0ADA")
    body = either.received[-1]
    (action,) = body["actions"]
    assert (action["action_id"], action["value"], action["block_id"]) == ("why", "7", "auto1")
    where = {"type": "message", "message_ts": message_id, "channel_id": "C0GENERAL", "is_ephemeral": False}
    assert (body["container"], body["user"]["id"], body["state"]) == (where, "U0KENJI", {"values": {}})
    assert body["message"]["text"] == "All: $9.00"


def test_of_a_private_answer_slack_does_not_send_back_what_it_says(either: Office) -> None:
    message_id = ask(either, "me").message_id
    assert message_id
    either.sender.press("U0ADA", message_id, "why")
    assert either.received[-1]["container"]["is_ephemeral"]
    assert "message" not in either.received[-1]


def test_a_button_can_replace_the_answer_it_stands_on(either: Office) -> None:
    message_id = ask(either, "me").message_id
    assert message_id
    assert either.sender.press("U0ADA", message_id, "share").message_id == message_id
    assert either.seen_by("U0ADA") == ["Shared."]


def test_slack_ignores_the_body_of_an_answer_to_a_button(either: Office) -> None:
    message_id = ask(either, "me").message_id
    assert message_id
    assert either.sender.press("U0ADA", message_id, "mute") == Outcome("acknowledged")
    assert either.seen_by("U0ADA") == ["You: $1.00"]


def test_nobody_presses_or_types_where_they_are_not(by_http: Office) -> None:
    private = ask(by_http, "me").message_id
    assert private
    with pytest.raises(NotThere):
        by_http.sender.press("U0KENJI", private, "why")  # Kenji does not see Ada's answer
    with pytest.raises(NotThere):
        by_http.sender.press("U0ADA", private, "launch")
    for user_id, channel_id in [
        ("U0XAVER", "C0GENERAL"),
        ("U0ADA", "G0SECRET"),
        ("U0YVES", "C0GENERAL"),
        ("U0", "C0GENERAL"),
    ]:
        with pytest.raises(NotThere):
            ask(by_http, "me", user_id, channel_id)


class FixedClock(Clock):
    """What `slack_sdk` asks for the time."""

    def now(self) -> float:
        return 1_700_000_000.0


def test_a_signature_is_one_that_slack_itself_would_make() -> None:
    headers = signed_headers("secret", b"text=a", 1_700_000_000)
    verifier = SignatureVerifier("secret", clock=FixedClock())
    assert verifier.is_valid(b"text=a", headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"])
    assert not verifier.is_valid(b"text=b", headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"])


@pytest.mark.parametrize(("age_seconds", "status"), [(290, "answered"), (310, "dispatch_failed")])
def test_the_app_refuses_what_was_signed_more_than_five_minutes_ago(
    by_http: Office, slack_side: Stage, app_side: Stage, age_seconds: int, status: str
) -> None:
    late = Sender(by_http.workspace, now=lambda: time.time() - age_seconds)
    late.connect(slack_side.origin, f"{app_side.origin}/slack/events")
    assert late.command("U0ADA", "C0GENERAL", "me").status == status


@pytest.mark.parametrize(
    ("body", "kind", "seen"),
    [
        (b"", "text/plain", Outcome("acknowledged")),
        (b"[1]", "application/json", Outcome("acknowledged")),
        (b"{not json", "application/json", None),
    ],
)
def test_an_app_may_answer_oddly(
    by_http: Office, app_side: Stage, body: bytes, kind: str, seen: Outcome | None
) -> None:
    async def odd(_: Request) -> Response:
        return Response(body, media_type=kind)

    app_side.app = Starlette(routes=[Route("/slack/events", odd, methods=["POST"])])
    outcome = ask(by_http, "me")
    assert outcome == seen if seen else outcome.status == "dispatch_failed"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("budget set @Ada Lindqvist $200", "budget set <@U0ADA|ada> $200"),
        ("budget set @ada $200", "budget set <@U0ADA|ada> $200"),
        ("budget set @ADA $200", "budget set <@U0ADA|ada> $200"),
        ("@adam", "@adam"),
        ("@森 はるか と @kenji", "<@U0HARUKA|haruka> と <@U0KENJI|kenji>"),
        ("@Quinn <!channel> *O'Brien* & co", "<@U0QUINN|quinn>"),
        ("@yves", "@yves"),
        ("in #general or #nowhere", "in <#C0GENERAL|general> or #nowhere"),
        ("a < b & <!channel>", "a &lt; b &amp; &lt;!channel&gt;"),
        ("@here", "<!here>"),
        ("settings groups usergroup core @platform", "settings groups usergroup core <!subteam^S0PLATFORM|@platform>"),
        ("@platforms", "@platforms"),
    ],
)
def test_what_is_typed_arrives_escaped(typed: str, sent: str) -> None:
    assert escaped(typed, CAST, [Conversation.of(channel) for channel in CHANNELS], USER_GROUPS) == sent
