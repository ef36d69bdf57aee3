"""What people at Slack do and see, for tests of buttons and forms."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from bot.demo.composition import Playground
from bot.runtime import Later
from tests.slack_workspace import until

MEMBER, ADMIN, CHANNEL = "U0ADA", "U0CHLOE", "C0GENERAL"


class Conversation:
    """What one person reads in one channel from now on."""

    def __init__(self, demo: Playground, user_id: str = MEMBER, channel_id: str = CHANNEL) -> None:
        self._team = demo.workspace.team
        self._whose = (channel_id, user_id)
        self._before = len(self._texts())

    @property
    def new(self) -> list[str]:
        return self._texts()[self._before :]

    def _texts(self) -> list[str]:
        return [entry.text for entry in self._team.conversation(*self._whose) if entry.kind != "typed"]


def message(demo: Playground, words: str, user_id: str = MEMBER) -> str:
    """Ask, and give the message that answers, at once or a moment later."""
    outcome = demo.sender.command(user_id, CHANNEL, words)
    if "one moment" in outcome.text.lower():
        team = demo.workspace.team
        until(lambda: team.conversation(CHANNEL, user_id)[-1].message_id != outcome.message_id)
        return team.conversation(CHANNEL, user_id)[-1].message_id
    assert outcome.message_id is not None
    return outcome.message_id


def home(demo: Playground, user_id: str = MEMBER) -> str:
    """Open somebody's Home tab and give its id."""
    demo.sender.open_home(user_id)
    until(lambda: demo.workspace.team.home(user_id))
    return str((demo.workspace.team.home(user_id) or {})["id"])


def top(demo: Playground, user_id: str = MEMBER) -> Mapping[str, Any]:
    """Give the modal in front of somebody; without one, nothing."""
    modals = demo.workspace.team.modals(user_id)
    return modals[-1] if modals else {}


def form(demo: Playground, action_id: str, user_id: str = MEMBER) -> str:
    """Open a form from Home, and give its id once it can be filled in."""
    demo.sender.press_view(user_id, home(demo, user_id), action_id)
    until(lambda: top(demo, user_id).get("submit"))
    return str(top(demo, user_id)["id"])


def logged(demo: Playground, what: str) -> bool:
    return any(what in line.what for line in demo.workspace.team.journal.recent())


def occupy(later: Later) -> threading.Event:
    """Take every place until the event is set."""
    go_on = threading.Event()

    def wait() -> None:
        go_on.wait(30)

    for _ in range(3):  # what was still at work leaves its place a moment later
        while later(wait):
            pass
        time.sleep(0.1)
    return go_on


def put_away(demo: Playground) -> None:
    """Let Slack work again, and nobody have a modal open."""
    demo.workspace.faults.clear()
    for user_id in (MEMBER, ADMIN):
        while modal := top(demo, user_id):
            demo.sender.close(user_id, str(modal["id"]))
