"""The HTTP doors: what forgers, strangers and health checks get."""

import hashlib
import hmac
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from bot.demo.cast import OTHER_TEAM_ID, TEAM_ID
from bot.demo.composition import Playground, playground
from bot.listeners.guard import MAX_BODY_BYTES
from tests.slack_workspace import until
from tests.unhurried import unhurried

FORM = "application/x-www-form-urlencoded"
BODY = urlencode({"command": "/ccost", "text": "me", "user_id": "U0ADA", "channel_id": "C0GENERAL"}).encode()


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot")) as running:
        yield unhurried(running)


def ask(
    bot: Playground, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(bot.bot.origin).netloc, timeout=10)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def signed(bot: Playground, body: bytes, content_type: str = FORM, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    secret = bot.workspace.signing_secret.encode()
    digest = hmac.new(secret, f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": content_type}


def test_alive_and_ready(bot: Playground) -> None:
    assert ask(bot, "GET", "/healthz") == (200, b'{"live":true}')
    assert ask(bot, "GET", "/readyz") == (200, b'{"ready":true,"missing":null}')


def test_in_socket_mode_it_is_ready_only_while_slack_can_reach_it(tmp_path: Path) -> None:
    with playground(tmp_path, socket_mode=True) as demo:
        until(lambda: ask(demo, "GET", "/readyz")[0] == 200)
        assert ask(demo, "POST", "/slack/events", BODY, signed(demo, BODY))[0] == 404
        demo.workspace.socket.is_refusing = True
        demo.workspace.socket.drop()
        until(lambda: ask(demo, "GET", "/readyz") == (503, b'{"ready":false,"missing":"socket"}'))
        assert ask(demo, "GET", "/healthz")[0] == 200
        demo.workspace.socket.is_refusing = False
        until(lambda: ask(demo, "GET", "/readyz")[0] == 200, 30)
        assert demo.sender.command("U0ADA", "C0GENERAL", "help").status == "answered"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/slack/events", 405),
        ("PUT", "/slack/events", 405),
        ("TRACE", "/slack/events", 405),
        ("POST", "/healthz", 405),
        ("GET", "/", 404),
        ("GET", "/metrics", 404),
        ("POST", "/slack/install", 404),
    ],
)
def test_what_is_not_a_door_is_closed(bot: Playground, method: str, path: str, status: int) -> None:
    assert ask(bot, method, path)[0] == status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=" + "0" * 64},
    ],
)
@pytest.mark.parametrize("body", [BODY, b"{" * 10_000, b"\xff\xfe", b"ssl_check=1", b""])
def test_a_forged_request_is_a_401_and_learns_nothing(bot: Playground, headers: dict[str, str], body: bytes) -> None:
    status, answer = ask(bot, "POST", "/slack/events", body, headers | {"Content-Type": FORM})
    assert (status, json.loads(answer)) == (401, {"error": "unauthorized"})


def test_a_stale_request_and_a_replay_are_refused(bot: Playground) -> None:
    assert ask(bot, "POST", "/slack/events", BODY, signed(bot, BODY, at=time.time() - 301))[0] == 401
    headers = signed(bot, BODY)
    assert ask(bot, "POST", "/slack/events", BODY, headers)[0] == 200
    assert ask(bot, "POST", "/slack/events", BODY, headers)[0] == 401


@pytest.mark.parametrize("body", [b"{]", b"[]", b'{"a":' * 50 + b"1" + b"}" * 50, b"\xff"])
def test_a_signed_body_that_makes_no_sense_is_a_400(bot: Playground, body: bytes) -> None:
    assert ask(bot, "POST", "/slack/events", body, signed(bot, body, "application/json"))[0] == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"command": "/ccost"},
        {"command": "/ccost", "user_id": "U0ADA"},
        {"command": "/ccost", "user_id": "", "channel_id": "", "text": ""},
        {"payload": "{}"},
        {"payload": '{"type":"block_actions"}'},
        {"payload": '{"type":"block_actions","actions":[{"action_id":"me.models","block_id":"b"}]}'},
        {"payload": '{"type":"view_submission","view":{"callback_id":"x"}}'},
        {"command": "/other", "user_id": "U0ADA", "channel_id": "C0GENERAL"},
        {},
    ],
)
def test_a_signed_request_that_is_not_whole_never_is_a_500(bot: Playground, fields: dict[str, str]) -> None:
    body = urlencode(fields | {"trigger_id": str(time.monotonic_ns())}).encode()
    assert ask(bot, "POST", "/slack/events", body, signed(bot, body))[0] < 500


def test_an_oversized_body_is_refused_before_it_is_read_to_its_end(bot: Playground) -> None:
    body = b"text=" + b"a" * MAX_BODY_BYTES
    assert ask(bot, "POST", "/slack/events", body, signed(bot, body))[0] == 413


def test_the_door_stops_reading_at_the_cap(bot: Playground) -> None:
    parts = urlsplit(bot.bot.origin)
    with socket.create_connection((str(parts.hostname), int(str(parts.port))), timeout=10) as line:
        line.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        line.sendall(b"a" * (MAX_BODY_BYTES + 1))
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_somebody_of_another_workspace_is_an_outsider_whatever_their_id(bot: Playground) -> None:
    def told(team_id: str) -> str:
        fields = {
            "command": "/ccost",
            "text": "me 30d",
            "user_id": "U0ADA",
            "channel_id": "C0GENERAL",
            "team_id": team_id,
        }
        body = urlencode(fields | {"trigger_id": str(time.monotonic_ns())}).encode()
        text: str = json.loads(ask(bot, "POST", "/slack/events", body, signed(bot, body))[1])["text"]
        return text

    assert "$" in told(TEAM_ID)
    assert "another company" in told(OTHER_TEAM_ID)
    assert "another company" in told("")
