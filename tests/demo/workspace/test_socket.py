"""Socket Mode: the twin's end of the WebSocket, with Slack's own client at the other."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from bot.demo.workspace.socket import MOST_CONNECTIONS, NoConnection
from tests.canaries import APP_TOKEN
from tests.slack_workspace import Stage, client_of, new_workspace, stage, until
from tests.small_app import BUTTONS, Office


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def origin(workspace: Workspace, served: Stage) -> str:
    served.app = workspace.app
    return served.origin


@pytest.fixture(scope="module")
def office(served: Stage) -> Workspace:
    """A workspace that stays, for the one socket client that all these tests share: it takes seconds to close."""
    return new_workspace()


@pytest.fixture(scope="module")
def only_client(office: Workspace, served: Stage) -> Iterator[SocketModeClient]:
    served.app = office.app
    client = SocketModeClient(APP_TOKEN, web_client=client_of(office, served.origin), ping_interval=1)

    def acknowledge(peer: BaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = {"envelope_id": request.envelope_id, "payload": {"text": request.payload["text"]}}
        peer.send_socket_mode_response(answer)

    client.socket_mode_request_listeners.append(acknowledge)
    client.connect()
    yield client
    client.close()


@pytest.fixture
def socket(office: Workspace, only_client: SocketModeClient, served: Stage) -> SocketModeClient:
    served.app = office.app
    until(lambda: office.socket.count == 1)
    return only_client


def test_the_official_socket_client_gets_envelopes_and_answers(office: Workspace, socket: SocketModeClient) -> None:
    answer = office.socket.deliver("slash_commands", {"text": "me"}, limit_seconds=3)
    assert answer["payload"] == {"text": "me"}


@pytest.mark.parametrize("how", ["refresh", "drop"])
def test_the_official_socket_client_comes_back(office: Workspace, socket: SocketModeClient, how: str) -> None:
    first = socket.session_id()
    getattr(office.socket, how)()
    until(lambda: socket.session_id() != first and office.socket.count == 1)
    assert office.socket.deliver("slash_commands", {"text": "still here"}, limit_seconds=3)["payload"]


def test_without_a_socket_nothing_can_be_delivered(workspace: Workspace) -> None:
    with pytest.raises(NoConnection):
        workspace.socket.deliver("slash_commands", {"text": "me"}, limit_seconds=1)


def test_a_socket_that_does_not_answer_is_not_waited_for_longer_than_allowed(workspace: Workspace, origin: str) -> None:
    with connect(link(workspace, origin)) as silent:
        silent.recv()
        with pytest.raises(TimeoutError):
            workspace.socket.deliver("interactive", {}, limit_seconds=0.1)
        assert '"accepts_response_payload": false' in str(silent.recv())


def test_a_deaf_socket_stays_open_and_gets_nothing(office: Workspace, socket: SocketModeClient) -> None:
    office.socket.is_deaf = True
    with pytest.raises(TimeoutError):
        office.socket.deliver("slash_commands", {"text": "me"}, limit_seconds=0.1)
    assert office.socket.count == 1
    office.socket.is_deaf = False
    assert office.socket.deliver("slash_commands", {"text": "me"}, limit_seconds=3)["payload"]


def test_while_slack_refuses_no_socket_opens(workspace: Workspace, origin: str) -> None:
    workspace.socket.is_refusing = True
    with pytest.raises(InvalidStatus):
        connect(link(workspace, origin))
    workspace.socket.is_refusing = False
    with connect(link(workspace, origin)) as opened:
        assert '"hello"' in str(opened.recv())


def test_commands_and_forms_may_carry_their_answer_and_an_event_tells_its_try(
    workspace: Workspace, origin: str
) -> None:
    sender = Sender(workspace, limit_seconds=0.05)
    sender.connect(origin)
    office = Office(workspace, sender)
    home = workspace.team.surfaces.publish("U0ADA", {"type": "home", "blocks": [BUTTONS[1]]})
    with connect(link(workspace, origin)) as silent:
        silent.recv()
        sender.press_view("U0ADA", home["id"], "form")
        sender.command("U0ADA", "C0GENERAL", "me")
        sender.submit("U0ADA", office.open_form("U0ADA"), {})
        sender.open_home("U0ADA")
        envelopes = [json.loads(silent.recv()) for _ in range(7)]
    told = [(one["type"], one["accepts_response_payload"], one.get("retry_attempt")) for one in envelopes]
    assert told == [
        ("interactive", False, None),
        ("slash_commands", True, None),
        ("interactive", True, None),
        *[("events_api", False, attempt) for attempt in range(4)],
    ]


def test_a_ticket_opens_one_connection(workspace: Workspace, origin: str) -> None:
    url = link(workspace, origin)
    with connect(url) as first:
        assert '"hello"' in str(first.recv())
        with pytest.raises(InvalidStatus):
            connect(url)


def test_more_sockets_than_slack_allows_are_turned_away(workspace: Workspace, origin: str) -> None:
    with ExitStack() as open_ones:
        for number in range(MOST_CONNECTIONS + 1):
            told = str(open_ones.enter_context(connect(link(workspace, origin))).recv())
            assert ("too_many_websockets" in told) is (number == MOST_CONNECTIONS)


def link(workspace: Workspace, origin: str) -> str:
    """Give a URL that opens one socket."""
    return f"{origin.replace('http', 'ws')}/link/?ticket={workspace.socket.open_ticket()}"
