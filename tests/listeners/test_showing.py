"""Buttons and forms in bad weather: each press has one defined answer, where it was pressed, over both transports."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from bot.demo.composition import Playground, playground
from bot.demo.workspace.faults import hang, refused
from bot.demo.workspace.sender import Outcome
from bot.runtime import Later
from bot.store import audit, members, requests
from bot.store.engine import Session, Sessions
from tests.slack_workspace import until
from tests.unhurried import unhurried

MEMBER, ADMIN, CHANNEL = "U0ADA", "U0CHLOE", "C0GENERAL"
LATE = "Slack gave up waiting"


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as demo:
        yield demo


@pytest.fixture
def demo(running: Playground) -> Iterator[Playground]:
    yield unhurried(running)
    running.workspace.faults.clear()
    for user_id in (MEMBER, ADMIN):
        for _ in running.workspace.team.modals(user_id):
            running.sender.close(user_id, running.workspace.team.modals(user_id)[-1]["id"])


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


def test_a_form_that_is_no_more_says_so_in_its_place(demo: Playground) -> None:
    opened = open_by_hand(demo, "gone")
    demo.sender.submit(MEMBER, opened, {"what": "x"})
    assert "older version" in str(top(demo)["blocks"])


def test_that_a_modal_was_closed_is_nothing_to_us(demo: Playground) -> None:
    opened = open_by_hand(demo, "budget", notify_on_close=True)
    demo.sender.close(MEMBER, opened)
    assert demo.sender.command(MEMBER, CHANNEL, "help").status == "answered"


def open_by_hand(demo: Playground, callback_id: str, **more: Any) -> str:
    """Open a form that no button of ours opens, and give its id."""
    words = {"type": "plain_text", "text": "Old"}
    field = {
        "type": "input",
        "block_id": "what",
        "label": words,
        "element": {"type": "plain_text_input", "action_id": "value"},
    }
    view = {"type": "modal", "callback_id": callback_id, "title": words, "submit": words, "blocks": [field], **more}
    trigger_id = demo.workspace.team.surfaces.open_trigger(MEMBER)
    return str(demo.bot.rt.slack.views_open(trigger_id=trigger_id, view=view)["view"]["id"])


@pytest.mark.parametrize("why", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"])
def test_a_form_that_slack_opens_no_more_is_explained_below_its_message(demo: Playground, why: str) -> None:
    asked = message(demo, "budget")
    demo.workspace.faults.add("views.open", refused(why))
    read = Conversation(demo)
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: read.new)
    assert LATE in read.new[0]
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: top(demo).get("submit"))


def test_a_form_that_cannot_be_opened_for_another_reason_is_explained_with_an_id(demo: Playground) -> None:
    asked = message(demo, "budget")
    demo.workspace.faults.add("views.open", refused("internal_error"))
    read = Conversation(demo)
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: read.new)
    assert "Something went wrong" in read.new[0]


def test_on_home_a_late_press_is_logged_and_breaks_nothing(demo: Playground) -> None:
    view_id = home(demo)
    demo.workspace.faults.add("views.open", refused("expired_trigger_id"))
    assert demo.sender.press_view(MEMBER, view_id, "open.budget").status == "acknowledged"
    until(lambda: logged(demo, "modal_failed"))
    demo.sender.press_view(MEMBER, home(demo), "open.budget")
    until(lambda: top(demo).get("submit"))


def test_a_modal_that_is_closed_while_it_is_being_filled_stays_closed(demo: Playground) -> None:
    view_id = home(demo)
    demo.workspace.faults.add("views.open", hang(0.6, lands=True))
    demo.sender.press_view(MEMBER, view_id, "open.budget")
    until(lambda: top(demo))
    demo.sender.close(MEMBER, str(top(demo)["id"]))
    until(lambda: logged(demo, "modal_update_failed"))
    assert not top(demo)
    assert demo.sender.command(MEMBER, CHANNEL, "help").status == "answered"


def test_a_form_that_is_sent_off_twice_does_it_once(demo: Playground) -> None:
    view_id = form(demo, "open.budget")
    demo.sender.submit(MEMBER, view_id, {"amount": "$300"})
    demo.sender.close(MEMBER, view_id)
    demo.sender.press_view(MEMBER, home(demo), "open.budget")
    until(lambda: top(demo).get("submit"))
    by_hand = demo.bot.rt.slack.views_open(
        trigger_id=demo.workspace.team.surfaces.open_trigger(MEMBER, str(top(demo)["id"])),
        view=request_form(),
    )["view"]["id"]
    transport = demo.sender._transport
    once = transport.deliver

    def twice(kind: Any, payload: Mapping[str, Any], retry: Any = None) -> Mapping[str, Any]:
        once(kind, payload, retry)
        time.sleep(1.1)  # else it is the same signed request
        return once(kind, payload, retry)

    transport.deliver = twice  # type: ignore[method-assign]
    try:
        demo.sender.submit(MEMBER, str(by_hand), {"amount": "$321", "reason": "a migration"})
    finally:
        del transport.deliver
    assert "$321" in str(top(demo)["blocks"])
    with demo.bot.rt.sessions() as session:
        member = members.by_slack_id(session, MEMBER)
        assert member is not None
        assert len(requests.open_of(session, member.member_id)) == 1


def request_form() -> dict[str, Any]:
    """Build the form for a request as the bot does."""
    words = {"type": "plain_text", "text": "Ask"}
    fields = [
        {
            "type": "input",
            "block_id": name,
            "label": words,
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
        for name in ("amount", "reason")
    ]
    return {
        "type": "modal",
        "callback_id": "request",
        "title": words,
        "submit": words,
        "blocks": fields,
        "private_metadata": '{"channel": null, "home": true, "message": null}',
    }


def test_a_wrong_field_stays_in_the_form_also_where_the_answer_takes_long(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    outcome = demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL, "other_zone": "Atlantis"})
    assert "Atlantis" in outcome.text
    assert "`" not in outcome.text
    assert list(demo.workspace.team.surfaces.errors[view_id]) == ["other_zone"]
    assert top(demo, ADMIN)["submit"]


def test_a_form_waits_for_an_answer_that_needs_slack_first(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL})
    assert top(demo, ADMIN)["submit"] is None
    assert "digest" in str(top(demo, ADMIN)["blocks"]).lower()


def test_a_form_whose_answer_takes_too_long_is_filled_later(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    demo.workspace.faults.add("conversations.info", hang(2.0, lands=True))
    demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL})
    assert "One moment" in str(top(demo, ADMIN)["blocks"])
    until(lambda: "One moment" not in str(top(demo, ADMIN)["blocks"]))
    assert "digest" in str(top(demo, ADMIN)["blocks"]).lower()
    assert '"channel": "C0GENERAL"' in top(demo, ADMIN)["private_metadata"]


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
