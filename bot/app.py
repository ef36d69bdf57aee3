"""Composition root: everything is put together here, in one straight function, and nowhere else."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from starlette.applications import Starlette

from bot.config import Settings, require_serving
from bot.errors import ConfigError
from bot.jobs.metronome import Metronome
from bot.listeners.guard import Guard
from bot.listeners.server import HttpServer
from bot.listeners.slack import bolt_app
from bot.listeners.socket_line import SocketLine
from bot.listeners.telemetry import telemetry_routes
from bot.listeners.web import door
from bot.runtime import Clock, Runtime
from bot.sources import SOURCES
from bot.store.engine import Store, open_store
from bot.store.migrations import is_current, migrate
from bot.text import load_texts
from bot.workspace import identify

logger = logging.getLogger(__name__)

_SLACK_TIMEOUT_SECONDS = 20


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def build_runtime(settings: Settings, *, clock: Clock = utc_now) -> Runtime:
    """Open the store, migrate it, and gather what listeners and jobs use. Raises `ConfigError`."""
    known = [source.name for source in SOURCES]
    for name in settings.precedence:
        if name not in known:
            raise ConfigError(f"CCOST_PRECEDENCE: {name} is not a source. Sources: {', '.join(known)}.")
    texts = load_texts(settings.ccost_language)
    store = open_store(settings.database_url)
    migrate(store)
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None
    slack = WebClient(
        token=token,
        base_url=settings.slack_api_url,
        timeout=_SLACK_TIMEOUT_SECONDS,
        # This client reads, so it may wait and ask again; one that posts must not.
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=3)],
    )
    return Runtime(
        settings=settings,
        store=store,
        slack=slack,
        clock=clock,
        texts=texts,
        sources=tuple(source for source in SOURCES if source.enabled(settings)),
    )


class Bot:
    """The running program. Whatever `start` opens, `stop` closes, last opened first."""

    def __init__(self, rt: Runtime, web: Starlette, socket: SocketLine | None, metronome: Metronome) -> None:
        self.rt = rt
        self._web = web
        self._socket = socket
        self._metronome = metronome
        self._closing: list[Callable[[], None]] = [rt.store.close, rt.later.close, rt.hearing.close]
        self.origin = ""

    def start(self) -> None:
        """Serve. Raises `ConfigError` when the port is taken or Slack refuses the token.

        When Slack cannot be reached, ccost starts all the same, is not ready, and tries again.
        """
        try:
            meet_slack(self.rt)
        except (SlackClientError, OSError) as error:
            logger.warning("slack_unreachable", extra={"why": type(error).__name__})
        settings = self.rt.settings
        try:
            server = HttpServer(self._web, host=settings.ccost_host, port=settings.ccost_port)
        except OSError as error:
            where = f"{settings.ccost_host}:{settings.ccost_port}"
            raise ConfigError(f"CCOST_PORT: cannot listen on {where} ({error.strerror}).") from None
        self.origin = server.origin
        self._closing.append(server.close)
        if self._socket:
            self._socket.start()
            self._closing.append(self._socket.close)

    def keep_time(self) -> None:
        """Begin to run jobs."""
        self._metronome.start()
        self._closing.append(self._metronome.close)

    def stop(self) -> None:
        """Close everything, last opened first."""
        self.rt.stopping.set()
        while self._closing:
            self._closing.pop()()


def build(settings: Settings, *, clock: Clock = utc_now) -> Bot:
    """Put the whole program together; nothing is started. Raises `ConfigError`."""
    require_serving(settings)
    rt = build_runtime(settings, clock=clock)
    bolt = bolt_app(rt)
    metronome = Metronome(rt)
    guard = None
    socket = None
    if settings.slack_app_token:
        socket = SocketLine(
            bolt,
            settings.slack_app_token.get_secret_value(),
            WebClient(base_url=settings.slack_api_url, timeout=_SLACK_TIMEOUT_SECONDS),
        )
    elif settings.slack_signing_secret:
        guard = Guard(settings.slack_signing_secret.get_secret_value())
    web = door(
        bolt,
        guard,
        alive=lambda: metronome.alive,
        ready=lambda: missing(rt, socket),
        also=telemetry_routes(rt),
    )
    return Bot(rt, web, socket, metronome)


def meet_slack(rt: Runtime) -> None:
    """Ask Slack who we are. Raises `ConfigError` when Slack refuses the token, else slack_sdk's or network errors."""
    try:
        identify(rt)
    except SlackApiError as error:
        reason = error.response.get("error")
        if reason in ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"):
            raise ConfigError(f"SLACK_BOT_TOKEN: Slack refuses it ({reason}). Reinstall the app and copy it.") from None
        raise


def missing(rt: Runtime, socket: SocketLine | None = None) -> str | None:
    """Say in a word what keeps the program from being ready. A stale source does not: answers carry their age."""
    if not _database_works(rt.store):
        return "database"
    if rt.identity is None:
        return "slack"
    return None if socket is None or socket.is_open else "socket"


def _database_works(store: Store) -> bool:
    return is_current(store)
