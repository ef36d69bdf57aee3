"""The line to Slack in Socket Mode, in bad weather: afterwards a command is answered, exactly once."""

import threading
import time
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import ConnectionState

from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from bot.listeners.socket_line import SocketLine
from tests.cable import Cable, cable
from tests.canaries import APP_TOKEN
from tests.slack_workspace import Stage, new_workspace, stage, until
from tests.small_app import Office, small_app

LOOK, PING, DEAF = 0.05, 0.1, 0.8


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def office(served: Stage) -> Office:
    workspace = new_workspace(monotonic=time.monotonic)
    served.app = workspace.app
    sender = Sender(workspace)
    sender.connect(served.origin)
    return Office(workspace, sender)


@pytest.fixture
def wire(served: Stage) -> Iterator[Cable]:
    with cable(served.origin) as laid:
        yield laid


@pytest.fixture
def line(office: Office, wire: Cable) -> Iterator[SocketLine]:
    made = new_line(office, wire)
    yield made
    if made._thread.is_alive():
        made.close()


def new_line(office: Office, wire: Cable) -> SocketLine:
    web_client = WebClient(base_url=office.workspace.api_url(wire.origin), timeout=2, retry_handlers=[])
    return SocketLine(
        small_app(office, wire.origin),
        APP_TOKEN,
        web_client,
        look_seconds=LOOK,
        ping_seconds=PING,
        deaf_seconds=DEAF,
    )


def client_of(line: SocketLine) -> SocketModeClient:
    assert line._handler is not None
    return line._handler.client


def is_back(line: SocketLine, workspace: Workspace, first: str | None) -> bool:
    handler = line._handler
    is_new = handler is not None and handler.client.session_id() not in (None, first)
    return is_new and line.is_open and workspace.socket.count == 1


def open_now(line: SocketLine, office: Office) -> str:
    """Start it, wait until it is heard on, and give the session's id."""
    line.start()
    until(lambda: line.is_open and office.workspace.socket.count == 1)
    until(lambda: client_of(line).current_session.last_ping_pong_time)  # type: ignore[union-attr]
    return str(client_of(line).session_id())


def answered_once(office: Office) -> bool:
    office.received.clear()
    outcome = office.sender.command("U0ADA", "C0GENERAL", "me")
    time.sleep(LOOK)
    return outcome.text == "You: $1.00" and len(office.received) == 1


def test_a_command_is_answered_over_the_line(line: SocketLine, office: Office) -> None:
    assert not line.is_open
    open_now(line, office)
    assert answered_once(office)


@pytest.mark.parametrize("how", ["drop", "refresh"])
def test_after_slack_closed_the_connection_another_is_open(line: SocketLine, office: Office, how: str) -> None:
    first = open_now(line, office)
    getattr(office.workspace.socket, how)()
    until(lambda: is_back(line, office.workspace, first))
    assert answered_once(office)


def test_after_the_network_fell_silent_another_is_open(line: SocketLine, office: Office, wire: Cable) -> None:
    first = open_now(line, office)
    wire.silence()
    until(lambda: is_back(line, office.workspace, first))
    assert answered_once(office)


def test_a_connection_on_which_nothing_was_ever_heard_is_given_up(
    line: SocketLine, office: Office, wire: Cable, caplog: pytest.LogCaptureFixture
) -> None:
    wire.is_mute = True
    line.start()
    until(lambda: line.is_open)
    first = client_of(line).session_id()
    wire.is_mute = False
    until(lambda: is_back(line, office.workspace, first))
    assert answered_once(office)
    assert [record.connected for record in caplog.records if record.msg == "socket_dead"] == [True]  # type: ignore[attr-defined]


def test_a_client_that_came_back_deaf_is_given_up(line: SocketLine, office: Office) -> None:
    first = open_now(line, office)
    client = client_of(line)
    client.current_session_state = ConnectionState()  # type: ignore[no-untyped-call]  # as when two reconnections meet
    client.connect_to_new_endpoint(force=True)
    second = client.session_id()
    assert second != first
    until(lambda: is_back(line, office.workspace, second), 10)
    assert client_of(line) is not client
    assert answered_once(office)


def test_a_client_that_takes_nothing_in_is_given_up(line: SocketLine, office: Office) -> None:
    first = open_now(line, office)
    client = client_of(line)
    client.process_message = lambda: time.sleep(LOOK)  # type: ignore[method-assign]  # pings go on
    time.sleep(1.2)  # until it no longer waits for a message
    client.message_queue.put("{}")
    until(lambda: is_back(line, office.workspace, first), 10)
    assert answered_once(office)


def test_a_client_that_was_closed_for_good_is_given_up(line: SocketLine, office: Office) -> None:
    first = open_now(line, office)
    client_of(line).close()
    until(lambda: is_back(line, office.workspace, first), 10)
    assert answered_once(office)


def test_while_slack_lets_nobody_in_the_line_is_not_open_and_then_it_is(
    line: SocketLine, office: Office, wire: Cable
) -> None:
    wire.is_cut = True
    line.start()
    time.sleep(4 * LOOK)
    assert not line.is_open
    wire.is_cut = False
    until(lambda: is_back(line, office.workspace, None))
    assert answered_once(office)


def test_after_an_outage_of_slack_the_line_comes_back(line: SocketLine, office: Office, wire: Cable) -> None:
    first = open_now(line, office)
    wire.is_cut = True
    office.workspace.socket.drop()
    until(lambda: not line.is_open)
    time.sleep(2 * DEAF)
    assert not line.is_open
    wire.is_cut = False
    until(lambda: is_back(line, office.workspace, first))
    assert answered_once(office)


def test_a_closed_line_stays_closed(line: SocketLine, office: Office) -> None:
    open_now(line, office)
    line.close()
    assert not line.is_open
    until(lambda: office.workspace.socket.count == 0)
    time.sleep(2 * DEAF)
    assert office.workspace.socket.count == 0


def test_a_healthy_line_is_left_alone(line: SocketLine, office: Office) -> None:
    first = open_now(line, office)
    time.sleep(2 * DEAF)
    assert client_of(line).session_id() == first


def test_a_client_that_is_just_coming_back_does_not_outlive_the_line(line: SocketLine, office: Office) -> None:
    open_now(line, office)
    client = client_of(line)
    with client.connect_operation_lock:  # as its own reconnection holds it
        closing = threading.Thread(target=line.close)
        closing.start()
        time.sleep(4 * LOOK)
        client.wss_uri = client.issue_new_wss_url()
        client.connect()
    closing.join()
    until(lambda: office.workspace.socket.count == 0)
