"""Socket Mode: the line to Slack, and the watch over it.

Slack's own client comes back by itself after most things. But it never notices a connection on which nothing was heard
from the beginning, it can come back deaf when two reconnections meet, and once closed it stays closed. So its pongs
are watched, and a line on which none has come for too long is given up for a new one.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient

logger = logging.getLogger(__name__)

_CLOSING_SECONDS = 10.0


class SocketLine:
    """Keeps one connection to Slack from `start` until `close`. All times are real seconds."""

    def __init__(
        self,
        bolt: App,
        app_token: str,
        web_client: WebClient,
        *,
        look_seconds: float = 10.0,
        deaf_seconds: float = 60.0,
        ping_seconds: float = 10.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bolt = bolt
        self._app_token = app_token
        self._web_client = web_client
        self._look_seconds = look_seconds
        self._deaf_seconds = deaf_seconds
        self._ping_seconds = ping_seconds
        self._now = now
        self._handler: SocketModeHandler | None = None
        self._heard_at = 0.0
        self._last_pong: tuple[str | None, float | None] = (None, None)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="socket", daemon=True)

    @property
    def is_open(self) -> bool:
        """Whether Slack can reach us, as far as we know."""
        handler = self._handler
        return handler is not None and handler.client.is_connected() and not self._is_deaf()

    def start(self) -> None:
        """Open the line, now or as soon as Slack lets us, and watch it."""
        self._thread.start()

    def close(self) -> None:
        """Close the line, and finish what came through it, for some seconds at most."""
        self._closing.set()
        self._thread.join(_CLOSING_SECONDS)
        self._finish()

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
            except Exception:  # whatever it is: nobody else watches
                logger.exception("socket_watch_failed")
            self._closing.wait(self._look_seconds)
        self._finish()

    def _finish(self) -> None:
        ending = self._give_up()
        if ending is not None:
            ending.join(_CLOSING_SECONDS)

    def _look(self) -> None:
        """Open the line if there is none, or another if nothing has been heard on it for too long."""
        if self._handler is not None:
            self._listen(self._handler.client)
            if not self._is_deaf():
                return
            seconds = round(self._now() - self._heard_at)
            logger.warning("socket_dead", extra={"seconds": seconds, "connected": self._handler.client.is_connected()})
            self._give_up()
        self._open()

    def _listen(self, client: SocketModeClient) -> None:
        session = client.current_session
        pong = (None, None) if session is None else (session.session_id, session.last_ping_pong_time)
        is_taken_in = client.message_queue.empty()  # else what arrives is not looked at
        if pong != self._last_pong and pong[1] is not None and is_taken_in:
            self._heard_at = self._now()
        self._last_pong = pong

    def _is_deaf(self) -> bool:
        return self._now() - self._heard_at > self._deaf_seconds

    def _open(self) -> None:
        handler = SocketModeHandler(
            self._bolt, self._app_token, web_client=self._web_client, ping_interval=self._ping_seconds
        )
        self._heard_at = self._now()
        self._handler = handler
        try:
            handler.connect()  # type: ignore[no-untyped-call]  # Bolt leaves it unannotated
        except (SlackClientError, OSError) as error:
            logger.warning("socket_failed", extra={"why": type(error).__name__})
            self._give_up()
        else:
            logger.info("socket_opened", extra={"connected": handler.client.is_connected()})
            if self._handler is not handler:  # closed while it was being opened
                _end(handler.client)

    def _give_up(self) -> threading.Thread | None:
        """Let the present client go. Its threads end on another one, since one that is stuck may never end."""
        handler, self._handler = self._handler, None
        return None if handler is None else _end(handler.client)


def _end(client: SocketModeClient) -> threading.Thread:
    """Cut a client off so that it does not come back, and begin to close what is left of it."""
    client.default_auto_reconnect_enabled = client.auto_reconnect_enabled = False
    is_alone = client.connect_operation_lock.acquire(timeout=_CLOSING_SECONDS)  # it may just be coming back
    try:
        _cut(client)
    finally:
        if is_alone:
            client.connect_operation_lock.release()
    thread = threading.Thread(target=_close, args=(client,), name="socket-end", daemon=True)
    thread.start()
    return thread


def _cut(client: SocketModeClient) -> None:
    client.current_session_state.terminated = True
    line = client.current_session.sock if client.current_session is not None else None
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)  # else closing waits until its reading times out
    client.disconnect()


def _close(client: SocketModeClient) -> None:
    try:
        client.close()
    except Exception as error:  # noqa: BLE001 - it is in pieces already, and another has taken its place
        logger.info("socket_end_failed", extra={"why": type(error).__name__})
