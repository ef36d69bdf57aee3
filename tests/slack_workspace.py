"""A demo workspace for tests, and one server for as many of them as a module has tests."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from slack_sdk import WebClient
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.demo.cast import CAST, CHANNELS
from bot.demo.serving import serving
from bot.demo.workspace import Workspace
from tests.canaries import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET


def new_workspace(
    clock: Callable[[], datetime] = lambda: datetime(2026, 11, 20, 10, tzinfo=UTC),
    monotonic: Callable[[], float] = lambda: 0.0,
) -> Workspace:
    """Build the cast's workspace, as it is before anybody has spoken."""
    return Workspace(
        cast=CAST,
        channels=CHANNELS,
        bot_token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        app_token=APP_TOKEN,
        clock=clock,
        monotonic=monotonic,
    )


def client_of(workspace: Workspace, origin: str, *, token: str = BOT_TOKEN, timeout: int = 5) -> WebClient:
    """Build the official client that posts: it never repeats by itself."""
    return WebClient(token, base_url=workspace.api_url(origin), timeout=timeout, retry_handlers=[])


class Stage:
    """Serves whichever application plays now: a server costs a quarter of a second, an application nothing."""

    def __init__(self) -> None:
        self.origin = ""
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@contextmanager
def stage() -> Iterator[Stage]:
    """Serve a stage until the block ends."""
    empty = Stage()
    with serving(empty) as origin:
        empty.origin = origin
        yield empty


def until(is_so: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(0.01)
