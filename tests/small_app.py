"""A small Slack app, made with Slack's own framework: it keeps what it gets and answers in every way an app can."""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import Ack, App, BoltRequest, BoltResponse, Respond
from slack_sdk import WebClient

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
            {"type": "button", "text": {"type": "plain_text", "text": "Form"}, "action_id": "form"},
        ],
    },
]


def field_of(block_id: str, kind: str, *, optional: bool = False, **element: Any) -> Payload:
    """Build a field of a form."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": block_id},
        "element": {"type": kind, "action_id": "value", **element},
        "optional": optional,
    }


def option(value: str) -> Payload:
    """Build one of some options."""
    return {"text": {"type": "plain_text", "text": value.upper()}, "value": value}


OPTIONS = [option("red"), option("green"), option("blue")]

FIELDS: list[Payload] = [
    field_of("what", "plain_text_input", initial_value="close", max_length=20),
    field_of("colour", "static_select", options=OPTIONS, initial_option=OPTIONS[1]),
    field_of("ticks", "checkboxes", options=OPTIONS, initial_options=OPTIONS[:1], optional=True),
    field_of("time", "timepicker", initial_time="09:30"),
    field_of(
        "where",
        "conversations_select",
        filter={"include": ["public", "private"], "exclude_external_shared_channels": True},
        initial_conversation="C0GENERAL",
    ),
    field_of("who", "users_select", optional=True),
    field_of("people", "multi_users_select", initial_users=["U0ADA", "U0KENJI"]),
]


def modal(title: str = "Form", *blocks: Payload, **parts: Any) -> Payload:
    """Build a form."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [*(blocks or FIELDS), BUTTONS[1]],
        **parts,
    }


@dataclass(slots=True)
class Office:
    """A workspace, what sends for it, and what the app received."""

    workspace: Workspace
    sender: Sender
    received: list[Payload] = field(default_factory=list)
    tries: list[tuple[str, str]] = field(default_factory=list)
    """Number and reason of the repetition, of each event that came."""
    event_answers: deque[BoltResponse] = field(default_factory=deque)
    """How the next events are answered; then each is acknowledged."""

    def open_form(self, user_id: str, view: Payload | None = None) -> str:
        """Put a form in front of somebody, and give its id."""
        surfaces = self.workspace.team.surfaces
        trigger = surfaces.use_trigger(surfaces.open_trigger(user_id))
        return str(surfaces.open(trigger, view or modal())["id"])

    def seen_by(self, user_id: str, channel_id: str = "C0GENERAL") -> list[str]:
        """Give what somebody sees of the bot and of Slack."""
        entries = self.workspace.team.conversation(channel_id, user_id)
        return [entry.text for entry in entries if entry.kind != "typed"]


FORM_ANSWERS: dict[str, Payload] = {
    "errors": {"response_action": "errors", "errors": {"colour": "Not that one."}},
    "update": {"response_action": "update", "view": modal("Changed")},
    "push": {"response_action": "push", "view": modal("On top")},
    "clear": {"response_action": "clear"},
    "bad view": {"response_action": "update", "view": modal("x" * 25)},
    "bad field": {"response_action": "errors", "errors": {"nowhere": "Not that one."}},
    "a message": {"text": "done"},
}
"""How a form is answered, by what is typed into it; else with a bare acknowledgement."""


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

    @app.action("form")
    def form(ack: Ack, body: Payload, client: WebClient) -> None:
        office.received.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=modal())
        ack()

    @app.view("form")
    def sent_off(ack: Ack, body: Payload) -> None:
        office.received.append(body)
        what = body["view"]["state"]["values"]["what"]["value"]["value"]
        if what == "crash":
            raise RuntimeError("broken on purpose")
        time.sleep(0.5 if what == "slow" else 0)
        ack(**FORM_ANSWERS.get(what, {}))

    @app.view_closed("form")
    def closed(ack: Ack, body: Payload) -> None:
        office.received.append(body)
        ack()

    @app.event(re.compile(".+"))
    def happened(ack: Ack, body: Payload, req: BoltRequest) -> BoltResponse | None:
        office.received.append(body)
        told = (req.headers.get(f"x-slack-retry-{name}", [""])[0] for name in ("num", "reason"))
        office.tries.append((next(told), next(told)))
        if office.event_answers:
            return office.event_answers.popleft()
        ack()
        return None

    @app.action("mute")
    def mute(ack: Ack) -> None:
        ack(text="nobody will see this")

    return app
