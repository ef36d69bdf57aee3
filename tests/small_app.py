"""A small Slack app, made with Slack's own framework: it keeps what it gets and answers in every way an app can."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import Ack, App, Respond

from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from tests.canaries import BOT_TOKEN, SIGNING_SECRET
from tests.slack_workspace import client_of

Payload = dict[str, Any]
BUTTONS: list[Payload] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "What now?"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Why"}, "action_id": "why", "value": "7"},
            {"type": "button", "text": {"type": "plain_text", "text": "Share"}, "action_id": "share"},
            {"type": "button", "text": {"type": "plain_text", "text": "Mute"}, "action_id": "mute"},
        ],
    },
]


@dataclass(slots=True)
class Office:
    """A workspace, what sends for it, and what the app received."""

    workspace: Workspace
    sender: Sender
    received: list[Payload] = field(default_factory=list)

    def seen_by(self, user_id: str, channel_id: str = "C0GENERAL") -> list[str]:
        """Give what somebody sees of the bot and of Slack."""
        entries = self.workspace.team.conversation(channel_id, user_id)
        return [entry.text for entry in entries if entry.kind != "typed"]


def dawdle(ack: Ack, respond: Respond) -> None:
    """Answer after Slack has given up."""
    time.sleep(0.5)
    ack(text="too late")


def crash(ack: Ack, respond: Respond) -> None:
    """Do not answer at all."""
    raise RuntimeError("broken on purpose")


def small_app(office: Office, origin: str) -> App:
    """Build the app: it keeps what it gets and answers in every way an app can."""
    app = App(
        token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        client=client_of(office.workspace, origin),
        process_before_response=True,
        token_verification_enabled=False,
    )
    answers: dict[str, Callable[[Ack, Respond], Any]] = {
        "me": lambda ack, _: ack(text="You: $1.00", blocks=BUTTONS, response_type="ephemeral"),
        "all": lambda ack, _: ack(text="All: $9.00", blocks=BUTTONS, response_type="in_channel"),
        "nothing": lambda ack, _: ack(),
        "word": lambda ack, _: ack("a plain word"),
        "later": lambda ack, respond: (ack(), respond(text="here it is")),
        "bad": lambda ack, _: ack(text="x", blocks=[{"type": "hologram"}]),
        "slow": dawdle,
        "broken": crash,
    }

    @app.command("/ccost")
    def ccost(ack: Ack, respond: Respond, command: Payload) -> None:
        office.received.append(command)
        answers.get(command["text"], answers["nothing"])(ack, respond)

    @app.action("why")
    def why(ack: Ack, respond: Respond, body: Payload) -> None:
        office.received.append(body)
        respond(text="Because.", response_type="ephemeral", replace_original=False)
        ack()

    @app.action("share")
    def share(ack: Ack, respond: Respond) -> None:
        respond(text="Shared.", replace_original=True)
        ack()

    @app.action("mute")
    def mute(ack: Ack) -> None:
        ack(text="nobody will see this")

    return app
