"""Buttons in bad weather: each press has one defined answer, where it was pressed, over both transports."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.faults import refused
from bot.demo.workspace.sender import Outcome
from bot.store import audit
from bot.store.engine import Session, Sessions
from tests.at_slack import ADMIN, CHANNEL, MEMBER, Conversation, form, home, logged, message, occupy, put_away, top
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as demo:
        yield demo


@pytest.fixture
def demo(running: Playground) -> Iterator[Playground]:
    yield unhurried(running)
    put_away(running)


def test_a_double_click_that_sets_something_sets_it_once(demo: Playground) -> None:
    offered = message(demo, "budget default $777 monthly", ADMIN)
    read = Conversation(demo, ADMIN)
    presses = [threading.Thread(target=demo.sender.press, args=(ADMIN, offered, "budget.set")) for _ in range(2)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    until(lambda: len(read.new) == 2)
    with demo.bot.rt.sessions() as session:
        acts = [(one.act, one.target) for one in audit.entries(session, 100)]
    assert acts.count(("budget_set", "default/monthly")) == 1
    assert len(set(read.new)) == 2  # one says that it is set, the other that it was


def test_a_double_click_that_asks_is_answered_twice_and_alike(demo: Playground) -> None:
    asked = message(demo, "me 30d")
    read = Conversation(demo)
    for _ in range(2):
        demo.sender.press(MEMBER, asked, "me.models")
    until(lambda: len(read.new) == 2)
    assert len(set(read.new)) == 1


def test_a_button_of_yesterday_still_answers_after_the_bot_was_started_anew(demo: Playground) -> None:
    asked = message(demo, "me 30d")
    demo.clock.move(timedelta(days=1))
    demo.machine.stop()
    demo.machine.start()
    unhurried(demo)
    read = Conversation(demo)
    demo.sender.press(MEMBER, asked, "me.models")
    until(lambda: read.new)
    assert "$" in read.new[0]


def test_a_button_of_a_form_that_is_no_more_says_so(demo: Playground) -> None:
    direct = f"D{MEMBER[1:]}"
    button = {"type": "button", "text": {"type": "plain_text", "text": "Old"}, "action_id": "open.gone", "value": "me"}
    posted = demo.bot.rt.slack.chat_postMessage(
        channel=MEMBER, text="old", blocks=[{"type": "actions", "elements": [button]}]
    )
    read = Conversation(demo, MEMBER, direct)
    demo.sender.press(MEMBER, str(posted["ts"]), "open.gone")
    until(lambda: read.new)
    assert "older version" in read.new[0]
    assert not top(demo)


def test_on_home_a_late_press_is_logged_and_breaks_nothing(demo: Playground) -> None:
    view_id = home(demo)
    demo.workspace.faults.add("views.open", refused("expired_trigger_id"))
    assert demo.sender.press_view(MEMBER, view_id, "open.budget").status == "acknowledged"
    until(lambda: logged(demo, "did not open the dialog"))
    demo.sender.press_view(MEMBER, home(demo), "open.budget")
    until(lambda: top(demo).get("submit"))


def test_without_a_free_place_slack_marks_the_button_as_failed(demo: Playground) -> None:
    asked = message(demo, "me 30d")
    go_on = occupy(demo.bot.rt.later)
    limit, demo.sender._transport._limit_seconds = demo.sender._transport._limit_seconds, 0.5
    try:
        assert demo.sender.press(MEMBER, asked, "me.models").status in ("dispatch_failed", "operation_timeout")
        assert demo.sender.command(MEMBER, CHANNEL, "help").status == "answered"
    finally:
        go_on.set()
        demo.sender._transport._limit_seconds = limit
    read = Conversation(demo)
    until(lambda: demo.sender.press(MEMBER, asked, "me.models").status == "answered" or read.new)


class Broken(Sessions):
    """A database that is away."""

    def __init__(self) -> None:
        """Nothing to keep."""

    def __call__(self) -> AbstractContextManager[Session]:
        raise OSError("away")

    def begin(self) -> AbstractContextManager[Session]:
        raise OSError("away")


def test_without_a_database_every_surface_says_that_something_is_wrong(demo: Playground) -> None:
    asked, view_id = message(demo, "me 30d"), form(demo, "open.budget")
    store = demo.bot.rt.store
    whole, store.sessions = store.sessions, Broken()
    read = Conversation(demo)
    try:
        typed: Outcome = demo.sender.command(MEMBER, CHANNEL, "me")
        demo.sender.press(MEMBER, asked, "me.models")
        until(lambda: len(read.new) == 2)
        demo.sender.submit(MEMBER, view_id, {"amount": "$5"})
    finally:
        store.sessions = whole
    sentences = [typed.text, read.new[-1], str(top(demo)["blocks"])]
    assert ["Something went wrong" in said for said in sentences] == [True] * 3
