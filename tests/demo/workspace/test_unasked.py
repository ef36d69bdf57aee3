"""Buttons on messages that the bot posted by itself, pressed by whoever sees them; the app is Slack's framework."""

from collections.abc import Iterator

import pytest
from slack_bolt.adapter.starlette import SlackRequestHandler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.workspace.sender import NotThere, Sender
from tests.slack_workspace import Stage, client_of, new_workspace, stage
from tests.small_app import BUTTONS, Office, small_app

MARK = {"event_type": "ccost_notice", "event_payload": {"key": "budget/7"}}


@pytest.fixture(scope="module")
def slack_side() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture(scope="module")
def app_side() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def office(slack_side: Stage, app_side: Stage) -> Office:
    workspace = new_workspace()
    office = Office(workspace, Sender(workspace))
    slack_side.app = workspace.app
    handler = SlackRequestHandler(small_app(office, slack_side.origin))

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    app_side.app = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    office.sender.connect(slack_side.origin, f"{app_side.origin}/slack/events")
    return office


@pytest.fixture
def post(office: Office, slack_side: Stage) -> "Post":
    return Post(office, slack_side.origin)


class Post:
    """Posts as the bot, unasked."""

    def __init__(self, office: Office, origin: str) -> None:
        self.slack = client_of(office.workspace, origin)

    def __call__(self, to: str) -> str:
        posted = self.slack.chat_postMessage(channel=to, text="A digest", blocks=BUTTONS, metadata=MARK)
        return str(posted["ts"])


@pytest.mark.parametrize(
    ("to", "channel", "name"),
    [
        ("C0GENERAL", "C0GENERAL", "general"),
        ("U0CHLOE", "D0CHLOE", "directmessage"),
        ("G0SECRET", "G0SECRET", "privategroup"),
    ],
)
def test_a_button_on_a_posted_message_tells_all_that_slack_tells(
    office: Office, post: Post, to: str, channel: str, name: str
) -> None:
    office.workspace.team.change_channel("G0SECRET", bot_is_member=True)
    ts = post(to)
    outcome = office.sender.press("U0CHLOE", ts, "why")
    assert (outcome.status, outcome.text) == ("answered", "Because.")
    (body,) = office.received
    assert body["type"] == "block_actions"
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False}
    assert body["channel"] == {"id": channel, "name": name}
    assert (body["user"]["id"], body["team"]["id"]) == ("U0CHLOE", "T0HOSHINO")
    (action,) = body["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("why", "auto1", "7")
    assert (body["message"]["ts"], body["message"]["text"], body["message"]["bot_id"]) == (ts, "A digest", "B0CCOST")
    assert [block["block_id"] for block in body["message"]["blocks"]] == ["auto0", "auto1"]
    assert body["response_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("to", "channel"), [("C0GENERAL", "C0GENERAL"), ("U0ADA", "D0ADA")])
def test_a_button_can_edit_the_message_it_stands_on_for_everybody(
    office: Office, post: Post, to: str, channel: str
) -> None:
    ts = post(to)
    outcome = office.sender.press("U0ADA", ts, "share")
    assert (outcome.status, outcome.message_id) == ("answered", ts)
    (entry,) = office.workspace.team.conversation(channel)
    assert (entry.text, entry.is_edited, entry.visible_to, entry.metadata) == ("Shared.", True, None, MARK)


def test_what_a_button_answers_one_person_nobody_else_sees(office: Office, post: Post) -> None:
    office.sender.press("U0KENJI", post("C0GENERAL"), "why")
    assert office.seen_by("U0KENJI") == ["A digest", "Because."]
    assert office.seen_by("U0ADA") == ["A digest"]
    assert not office.workspace.team.conversation("C0GENERAL")[0].is_edited


def test_nobody_presses_in_a_conversation_of_others(office: Office, post: Post) -> None:
    for user, to in [("U0KENJI", "U0ADA"), ("U0XAVER", "C0GENERAL"), ("U0YVES", "C0GENERAL")]:
        with pytest.raises(NotThere):
            office.sender.press(user, post(to), "why")


def test_an_app_that_is_gone_answers_nothing_until_it_is_back(
    office: Office, slack_side: Stage, app_side: Stage, post: Post
) -> None:
    ts = post("U0ADA")
    office.sender.disconnect()
    assert office.sender.press("U0ADA", ts, "why").banner == "“Why” failed: dispatch_failed"
    assert office.sender.command("U0ADA", "D0ADA", "me").status == "dispatch_failed"
    assert office.received == []
    office.sender.connect(slack_side.origin, f"{app_side.origin}/slack/events")
    assert office.sender.press("U0ADA", ts, "why").status == "answered"
