"""Slack's other direction: what people do in the workspace reaches the bot, and its answer reaches them."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from bot.demo.cast import Persona
from bot.demo.workspace import Workspace
from bot.demo.workspace.payloads import buttons, command_fields, escaped, press_fields, signed_headers
from bot.demo.workspace.people import Conversation, is_in
from bot.demo.workspace.replies import take_reply
from bot.demo.workspace.socket import NoConnection
from bot.demo.workspace.state import Entry

Status = Literal["answered", "acknowledged", "refused", "operation_timeout", "dispatch_failed"]
ANSWER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act, as its person sees it.

    `answered`: with a message, in the acknowledgement or through the response URL before it; `acknowledged`: nothing to
    see (yet); `refused`: Slack would not show the answer; the others: Slack's own banner.
    """

    status: Status
    text: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()
    message_id: str | None = None
    banner: str | None = None


class NotThere(Exception):
    """Nobody could do that: no such person here, no such message before their eyes, no such button on it."""


class Failed(Exception):
    """The app did not answer as it must: Slack's word for it."""


class Sender:
    """Sends as Slack does. Until `connect` was called, every act fails as if the app were down."""

    def __init__(
        self, workspace: Workspace, *, now: Callable[[], float] = time.time, limit_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._workspace = workspace
        self._team = workspace.team
        self._now = now
        self._limit_seconds = limit_seconds
        self._is_connected = False
        self._origin = ""
        self._events_url: str | None = None

    def connect(self, origin: str, events_url: str | None = None) -> None:
        """Tell where the workspace is served, and where the app listens; no `events_url`: Socket Mode."""
        self._is_connected = True
        self._origin = origin
        self._events_url = events_url

    def disconnect(self) -> None:
        """Let the app be gone: every act fails until `connect`."""
        self._is_connected = False

    def command(self, user_id: str, channel_id: str, text: str, *, command: str = "/ccost") -> Outcome:
        """Let somebody type a command; `text` is what stands after it, as typed.

        Raises `NotThere` for somebody who is not in that conversation.
        """
        person, channel = self._place(user_id, channel_id)
        self._team.add(
            channel_id, author_id=user_id, kind="typed", text=f"{command} {text}".strip(), visible_to=user_id
        )
        fields = command_fields(person, channel, command, escaped(text, self._team.people(), self._team.channels()))
        secret = self._team.open_response_url(user_id, channel.channel_id, None)
        fields |= {"response_url": self._response_url(secret), "trigger_id": self._team.open_trigger()}
        self._team.journal.write("slack", f"{command} {fields['text']} from {user_id} in {channel_id}")
        try:
            body = self._deliver("slash_commands", fields)
        except Failed as failure:
            return self._banner(channel_id, user_id, f"{command} failed with the error “{failure}”", str(failure))
        return self._shown(secret, body)

    def press(self, user_id: str, message_id: str, action_id: str, block_id: str | None = None) -> Outcome:
        """Let somebody press a button of a message they see. Without `block_id` the first of that `action_id` is meant.

        Raises `NotThere` when they do not see such a message or button.
        """
        entry = self._team.entry(message_id)
        if entry is None or entry.visible_to not in (None, user_id):
            raise NotThere(f"no message {message_id} for {user_id}")
        person, channel = self._place(user_id, entry.channel_id)
        found = [
            one
            for one in buttons(entry.named_blocks)
            if one.element.get("action_id") == action_id and block_id in (None, one.block_id)
        ]
        if not found:
            raise NotThere(f"no button {action_id} in message {message_id}")
        payload = press_fields(person, channel, entry, found[0], f"{self._now():.6f}")
        secret = self._team.open_response_url(user_id, channel.channel_id, entry.message_id)
        payload |= {"response_url": self._response_url(secret), "trigger_id": self._team.open_trigger()}
        self._team.journal.write("slack", f"button {action_id} from {user_id} in {channel.channel_id}")
        try:
            body = self._deliver("interactive", payload)
        except Failed as failure:
            label = found[0].element.get("text", {}).get("text", action_id)
            return self._banner(entry.channel_id, user_id, f"“{label}” failed: {failure}", str(failure))
        if body:
            self._team.journal.write("slack", "ignored the body of an answer to a button: only response_url can answer")
        return self._said_through(secret)

    def _place(self, user_id: str, channel_id: str) -> tuple[Persona, Conversation]:
        person, channel = self._team.person(user_id), self._team.channel(channel_id)
        if person is None or channel is None or not is_in(person, channel):
            raise NotThere(f"{user_id} is not in {channel_id}")
        return person, channel

    def _response_url(self, secret: str) -> str:
        return f"{self._origin}/response/{secret}"

    def _deliver(self, kind: Literal["slash_commands", "interactive"], payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send, and give the body of the acknowledgement, empty if bare. Raises `Failed`."""
        if not self._is_connected:
            raise Failed("dispatch_failed")
        started = time.perf_counter()
        if self._events_url is None:
            body = self._deliver_by_socket(kind, payload)
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body = self._deliver_by_http(self._events_url, urlencode(form).encode())
        milliseconds = round((time.perf_counter() - started) * 1000)
        self._team.journal.write("bot", f"acknowledged in {milliseconds} ms{'' if body else ', without a body'}")
        return body

    def _deliver_by_socket(self, kind: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = self._workspace.socket.deliver(kind, payload, limit_seconds=self._limit_seconds)
        except NoConnection:
            raise Failed("dispatch_failed") from None
        except TimeoutError:
            raise Failed("operation_timeout") from None
        body = answer.get("payload")
        return body if isinstance(body, Mapping) else {}

    def _deliver_by_http(self, url: str, form: bytes) -> Mapping[str, Any]:
        parts = urlsplit(url)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signed_headers(self._workspace.signing_secret, form, int(self._now())),
        }
        connection = http.client.HTTPConnection(parts.netloc, timeout=self._limit_seconds)
        try:
            connection.request("POST", parts.path, form, headers)
            response = connection.getresponse()
            body = response.read().decode("utf-8", "replace")
            kind = response.headers.get_content_type()
        except TimeoutError:
            raise Failed("operation_timeout") from None
        except (OSError, http.client.HTTPException):
            raise Failed("dispatch_failed") from None
        finally:
            connection.close()
        if response.status != 200:
            raise Failed("dispatch_failed")
        if kind != "application/json":
            return {"text": body} if body.strip() else {}
        try:
            answer = json.loads(body or "{}")
        except ValueError:
            raise Failed("dispatch_failed") from None
        return answer if isinstance(answer, dict) else {}

    def _shown(self, secret: str, body: Mapping[str, Any]) -> Outcome:
        """Show the body of an acknowledgement."""
        if not body.get("text") and not body.get("blocks"):
            return self._said_through(secret)
        reply = take_reply(self._team, self._team.response_url(secret), body)
        if reply.entry is None:
            problems = " ".join(map(str, reply.problems))
            return Outcome("refused", banner=f"Slack refused: {problems}")
        return _answered(reply.entry)

    def _said_through(self, secret: str) -> Outcome:
        said = self._team.response_url(secret).said
        entry = self._team.entry(said[-1]) if said else None
        return _answered(entry) if entry else Outcome("acknowledged")

    def _banner(self, channel_id: str, user_id: str, words: str, status: str) -> Outcome:
        self._team.add(channel_id, kind="banner", text=words, visible_to=user_id)
        self._team.journal.write("slack", words)
        return Outcome("operation_timeout" if status == "operation_timeout" else "dispatch_failed", banner=words)


def _answered(entry: Entry) -> Outcome:
    return Outcome("answered", entry.text, tuple(entry.blocks), entry.message_id)
