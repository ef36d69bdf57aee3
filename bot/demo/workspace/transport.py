"""How what Slack sends reaches the app: signed HTTP or a socket, three seconds, and once more for events."""

import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from bot.demo.journal import Journal
from bot.demo.workspace.payloads import signed_headers
from bot.demo.workspace.socket import NoConnection, SocketHub

Kind = Literal["slash_commands", "interactive", "events_api"]
ANSWER_SECONDS = 3.0


class Failed(Exception):
    """The app did not answer as it must: Slack's word for it.

    `reason` is why, as Slack tells it with the next try of an event; `is_final`: the app asked for no other try.
    """

    def __init__(self, word: str, reason: str, *, is_final: bool = False) -> None:
        super().__init__(word)
        self.reason = reason
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Retry:
    """Which repetition of an event it is, from 1, and why Slack repeats it."""

    number: int
    reason: str


class Transport:
    """The way to the app. Until `connect` was called, nothing arrives, as if the app were down."""

    def __init__(
        self,
        socket: SocketHub,
        journal: Journal,
        *,
        signing_secret: str,
        now: Callable[[], float],
        limit_seconds: float,
        retry_after_seconds: Sequence[float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.origin = ""
        self._socket = socket
        self._journal = journal
        self._signing_secret = signing_secret
        self._now = now
        self._limit_seconds = limit_seconds
        self._retry_after_seconds = retry_after_seconds
        self._sleep = sleep
        self._is_connected = False
        self._events_url: str | None = None

    def connect(self, origin: str, events_url: str | None) -> None:
        """Tell where the workspace is served, and where the app listens; no `events_url`: Socket Mode."""
        self._is_connected = True
        self.origin = origin
        self._events_url = events_url

    def disconnect(self) -> None:
        """Let the app be gone."""
        self._is_connected = False

    def deliver(self, kind: Kind, payload: Mapping[str, Any], retry: Retry | None = None) -> Mapping[str, Any]:
        """Send, and give the body of the acknowledgement, empty if bare. Raises `Failed`."""
        if not self._is_connected:
            raise Failed("dispatch_failed", "connection_failed")
        started = time.perf_counter()
        if self._events_url is None:
            body = self._by_socket(kind, payload, retry)
        else:
            body = self._by_http(self._events_url, kind, payload, retry)
        milliseconds = round((time.perf_counter() - started) * 1000)
        self._journal.write("bot", f"acknowledged in {milliseconds} ms{'' if body else ', without a body'}")
        return body

    def tell(self, envelope: Mapping[str, Any]) -> None:
        """Send an event until it is acknowledged, four times at most. Raises `Failed` when nothing helped."""
        retry = None
        for number, wait_seconds in enumerate([*self._retry_after_seconds, None], start=1):
            try:
                self.deliver("events_api", envelope, retry)
            except Failed as failure:
                if wait_seconds is None or failure.is_final:
                    raise
                retry = Retry(number, failure.reason)
            else:
                return
            self._journal.write("slack", f"event not acknowledged: {retry.reason}; repetition {number} follows")
            self._sleep(wait_seconds)

    def _by_socket(self, kind: Kind, payload: Mapping[str, Any], retry: Retry | None) -> Mapping[str, Any]:
        # An answer to a button has to go through its response URL; commands and forms carry it in the acknowledgement.
        takes_answer = kind == "slash_commands" or payload.get("type") == "view_submission"
        more: dict[str, Any] = {"accepts_response_payload": takes_answer}
        if kind == "events_api":
            more |= {"retry_attempt": retry.number if retry else 0, "retry_reason": retry.reason if retry else ""}
        try:
            answer = self._socket.deliver(kind, payload, more, limit_seconds=self._limit_seconds)
        except NoConnection:
            raise Failed("dispatch_failed", "connection_failed") from None
        except TimeoutError:
            raise Failed("operation_timeout", "timeout") from None
        body = answer.get("payload")
        return body if isinstance(body, Mapping) else {}

    def _by_http(self, url: str, kind: Kind, payload: Mapping[str, Any], retry: Retry | None) -> Mapping[str, Any]:
        raw, content_type = _written(kind, payload)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signed_headers(self._signing_secret, raw, int(self._now())),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=self._limit_seconds)
        try:
            connection.request("POST", parts.path, raw, headers)
            response = connection.getresponse()
            body = response.read().decode("utf-8", "replace")
        except TimeoutError:
            raise Failed("operation_timeout", "http_timeout") from None
        except (OSError, http.client.HTTPException):
            raise Failed("dispatch_failed", "connection_failed") from None
        finally:
            connection.close()
        if response.status != 200:
            is_final = response.headers.get("x-slack-no-retry") == "1"
            raise Failed("dispatch_failed", "http_error", is_final=is_final)
        return _read(body, response.headers.get_content_type())


def _written(kind: Kind, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _read(body: str, content_type: str) -> Mapping[str, Any]:
    if content_type != "application/json":
        return {"text": body} if body.strip() else {}
    try:
        answer = json.loads(body or "{}")
    except ValueError:
        raise Failed("dispatch_failed", "unknown_error") from None
    return answer if isinstance(answer, dict) else {}
