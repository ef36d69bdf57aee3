"""An office with a small app in it, reached by signed HTTP and over a socket."""

from collections.abc import Iterator

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette import SlackRequestHandler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.cast import CHANNELS
from bot.demo.serving import serving
from bot.demo.workspace.sender import Sender
from tests.canaries import APP_TOKEN
from tests.slack_workspace import Stage, client_of, new_workspace, stage, until
from tests.small_app import Office, small_app


@pytest.fixture(scope="module")
def slack_side() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture(scope="module")
def app_side() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def office(slack_side: Stage) -> Office:
    workspace = new_workspace()
    slack_side.app = workspace.app
    return Office(workspace, Sender(workspace, limit_seconds=0.4))


@pytest.fixture
def by_http(office: Office, slack_side: Stage, app_side: Stage) -> Office:
    handler = SlackRequestHandler(small_app(office, slack_side.origin))

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    app_side.app = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    office.sender.connect(slack_side.origin, f"{app_side.origin}/slack/events")
    return office


@pytest.fixture(scope="module")
def by_socket() -> Iterator[Office]:
    """One connected app for all tests of a module that need a socket: it takes seconds to close."""
    workspace = new_workspace()
    with serving(workspace.app) as origin:
        office = Office(workspace, Sender(workspace, limit_seconds=0.4))
        handler = SocketModeHandler(small_app(office, origin), APP_TOKEN, web_client=client_of(workspace, origin))
        handler.connect()  # type: ignore[no-untyped-call]  # Bolt's own
        office.sender.connect(origin)
        until(lambda: workspace.socket.count == 1)
        yield office
        handler.close()  # type: ignore[no-untyped-call]  # Bolt's own


@pytest.fixture(params=["by_http", "by_socket"])
def either(request: pytest.FixtureRequest) -> Office:
    """The same promises hold for both ways."""
    office: Office = request.getfixturevalue(request.param)
    office.received.clear()
    office.tries.clear()
    office.event_answers.clear()
    for channel in CHANNELS:
        for entry in office.workspace.team.conversation(channel.channel_id, "U0ADA"):
            office.workspace.team.remove(entry.message_id)
    office.workspace.team.surfaces.clear("U0ADA")
    return office
