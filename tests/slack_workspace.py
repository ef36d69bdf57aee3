"""A demo workspace for tests, with tokens that belong to nobody."""

from collections.abc import Callable
from datetime import UTC, datetime

from slack_sdk import WebClient

from bot.demo.cast import CAST, CHANNELS
from bot.demo.workspace import Workspace

BOT_TOKEN = "xoxb-of-nobody"
APP_TOKEN = "xapp-of-nobody"
SIGNING_SECRET = "a-secret-of-nobody"


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
