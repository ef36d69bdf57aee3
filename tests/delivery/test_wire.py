"""One request, once: whatever breaks on the way, Slack is asked a single time, and the answer says what is known."""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.delivery.classify import Accepted, Ambiguous, Refused, Verdict, Why, classify
from bot.delivery.wire import MAX_ANSWER_BYTES, Wire
from bot.demo.workspace import Workspace, faults
from tests.canaries import BOT_TOKEN
from tests.delivery.raw_server import raw_server
from tests.slack_workspace import Stage, new_workspace, stage

HERE = "C0GENERAL"
SHORT = timedelta(seconds=0.3)
PATIENT = timedelta(seconds=5)
HELLO: dict[str, Any] = {"channel": HERE, "text": "hello"}


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def url(workspace: Workspace, served: Stage) -> str:
    served.app = workspace.app
    return workspace.api_url(served.origin)


def answer(body: bytes, head: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


OK = json.dumps({"ok": True, "channel": HERE, "ts": "1.2"}).encode()


def test_a_message_arrives_as_it_was_said(workspace: Workspace, url: str) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*はい* & more = 100 %"}}]
    metadata = {"event_type": "ccost_notice", "event_payload": {"key": "k/1"}}
    said = {"channel": HERE, "text": "はい & more = 100 %", "blocks": blocks, "metadata": metadata}
    verdict = classify(Wire(url, BOT_TOKEN, PATIENT)("chat.postMessage", said), HERE)
    (entry,) = workspace.team.conversation(HERE)
    assert verdict == Accepted(HERE, entry.message_id)
    assert (entry.text, list(entry.blocks), entry.metadata) == (said["text"], blocks, metadata)


@pytest.mark.parametrize(
    ("fault", "has_landed", "verdict"),
    [
        (faults.reset(), False, Ambiguous("RemoteDisconnected")),
        (faults.reset(lands=True), True, Ambiguous("RemoteDisconnected")),
        (faults.truncated(), True, Ambiguous("HTTP 200")),
        (faults.hang(1, lands=True), True, Ambiguous("*")),
        (faults.hang(1), False, Ambiguous("*")),
        (faults.server_error(500), False, Ambiguous("HTTP 500")),
        (faults.server_error(503, lands=True), True, Ambiguous("HTTP 503")),
        (faults.not_json(), True, Ambiguous("HTTP 200")),
        (faults.altered(ts=None), True, Ambiguous("ok without ts")),
        (faults.refused("fatal_error"), False, Ambiguous("fatal_error")),
        (faults.refused("not_in_channel"), False, Refused(Why.DESTINATION, "not_in_channel")),
        (faults.ratelimited("7"), False, Refused(Why.WAIT, "ratelimited", timedelta(seconds=7))),
        (faults.ratelimited(None), False, Refused(Why.WAIT, "ratelimited")),
        (faults.ratelimited("soon"), False, Refused(Why.WAIT, "ratelimited")),
        (faults.ratelimited("-5"), False, Refused(Why.WAIT, "ratelimited")),
        (faults.ratelimited("²"), False, Refused(Why.WAIT, "ratelimited")),
        (faults.ratelimited("9999999"), False, Refused(Why.WAIT, "ratelimited", timedelta(days=1))),
        (faults.ratelimited("99999999999"), False, Refused(Why.WAIT, "ratelimited")),
    ],
)
def test_every_fault_costs_exactly_one_request(
    workspace: Workspace, url: str, fault: faults.Fault, has_landed: bool, verdict: Verdict
) -> None:
    workspace.faults.add("chat.postMessage", fault)
    reply = Wire(url, BOT_TOKEN, SHORT if fault.wait_seconds else PATIENT)("chat.postMessage", HELLO)
    assert reply.written
    assert len(workspace.calls) == 1
    assert len(workspace.team.conversation(HERE)) == has_landed
    found = classify(reply, HERE)
    assert found == verdict or (verdict == Ambiguous("*") and isinstance(found, Ambiguous))


def test_a_fault_is_over_after_one_request(workspace: Workspace, url: str) -> None:
    wire = Wire(url, BOT_TOKEN, PATIENT)
    workspace.faults.add("chat.postMessage", faults.reset())
    assert isinstance(classify(wire("chat.postMessage", HELLO), HERE), Ambiguous)
    assert isinstance(classify(wire("chat.postMessage", HELLO), HERE), Accepted)


def test_slacks_own_client_would_have_posted_twice(workspace: Workspace, url: str) -> None:
    workspace.faults.add("chat.postMessage", faults.reset(lands=True))
    WebClient(BOT_TOKEN, base_url=url).chat_postMessage(channel=HERE, text="hello")
    assert len(workspace.team.conversation(HERE)) == 2  # one call, as the caller sees it


def test_nothing_is_written_when_it_is_too_late_to_write(workspace: Workspace, url: str) -> None:
    reply = Wire(url, BOT_TOKEN, PATIENT)("chat.postMessage", HELLO, may_write=lambda: False)
    assert classify(reply, HERE) == Refused(Why.WITHHELD, "withheld")
    assert workspace.calls == []


def test_the_last_look_comes_when_the_connection_stands_and_before_the_first_byte() -> None:
    with raw_server([answer(OK)]) as server:
        seen: list[tuple[int, int]] = []

        def look() -> bool:
            deadline = time.monotonic() + 5
            while not server.connections and time.monotonic() < deadline:
                time.sleep(0.001)
            seen.append((server.connections, len(server.received)))
            return True

        wire = Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)
        assert wire("chat.postMessage", HELLO, may_write=look).status == 200
        assert seen == [(1, 0)]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_refused_connection_is_surely_not_posted() -> None:
    reply = Wire(f"http://127.0.0.1:{closed_port()}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    assert classify(reply, HERE) == Refused(Why.UNREACHED, "ConnectionRefusedError")


def test_where_no_tls_is_spoken_no_token_is_told(workspace: Workspace, url: str) -> None:
    reply = Wire(url.replace("http://", "https://"), BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    assert isinstance(verdict := classify(reply, HERE), Refused)
    assert verdict.why is Why.UNREACHED
    assert workspace.calls == []


def test_no_proxy_of_the_environment_is_used(workspace: Workspace, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server([answer(OK)]) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert Wire(url, BOT_TOKEN, PATIENT)("chat.postMessage", HELLO).status == 200
        assert proxy.connections == 0
    assert len(workspace.calls) == 1


@pytest.mark.parametrize(
    "drips",
    [
        pytest.param([b"x"] * 50, id="no head"),
        pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"x-slow: 1\r\n"] * 50], id="head"),
        pytest.param([b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n", *[b" "] * 50], id="body of known length"),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 50], id="body of unknown length"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 50], id="body in chunks"
        ),
    ],
)
def test_the_deadline_holds_although_bytes_keep_coming(drips: list[bytes]) -> None:
    with raw_server(drips, pause_seconds=0.05) as server:
        began = time.monotonic()
        reply = Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, SHORT)("chat.postMessage", HELLO)
        took = time.monotonic() - began
        assert SHORT.total_seconds() * 0.9 <= took < 1.2  # all of it takes 2.5 s
        assert isinstance(classify(reply, HERE), Ambiguous)
        assert server.connections == 1


def test_an_answer_without_end_proves_nothing() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with raw_server([head, OK[:-1], b" " * MAX_ANSWER_BYTES, b"}"]) as server:
        reply = Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    assert classify(reply, HERE) == Ambiguous("answer too long")


@pytest.mark.parametrize("body", [b"[1, 2]", b'"ok"', b"", b"null", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_not_one_json_object_proves_nothing(body: bytes) -> None:
    with raw_server([answer(body)]) as server:
        reply = Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    assert classify(reply, HERE) == Ambiguous("HTTP 200")


def test_a_redirect_is_not_followed_so_the_token_stays_here() -> None:
    with raw_server([answer(OK)]) as elsewhere:
        away = f"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{elsewhere.port}/api/chat.postMessage"
        with raw_server([answer(b"", away)]) as server:
            reply = Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
        assert classify(reply, HERE) == Ambiguous("HTTP 307")
        assert elsewhere.connections == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "slack.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *(
                "-subj",
                "/CN=127.0.0.1",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                path,
                "-out",
                f"{path}.crt",
            ),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_that_nobody_vouches_for_gets_no_token(tls: ssl.SSLContext) -> None:
    with raw_server([answer(OK)], context=tls) as server:
        reply = Wire(f"https://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
        assert classify(reply, HERE) == Refused(Why.UNREACHED, "SSLCertVerificationError")
        assert server.received == []


def test_over_tls_the_deadline_holds_too(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    drips = [b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n", *[b" "] * 50]
    with raw_server([answer(OK)], context=tls) as server:
        quick = Wire(f"https://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    assert classify(quick, HERE) == Accepted(HERE, "1.2")
    with raw_server(drips, pause_seconds=0.05, context=tls) as server:
        began = time.monotonic()
        slow = Wire(f"https://127.0.0.1:{server.port}/api/", BOT_TOKEN, SHORT)("chat.postMessage", HELLO)
        assert time.monotonic() - began < 1.2
    assert isinstance(classify(slow, HERE), Ambiguous)


def test_the_token_travels_in_a_header_and_never_in_the_form() -> None:
    with raw_server([answer(OK)]) as server:
        Wire(f"http://127.0.0.1:{server.port}/api/", BOT_TOKEN, PATIENT)("chat.postMessage", HELLO)
    head, _, form = server.received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/chat.postMessage HTTP/1.1")
    assert f"Authorization: Bearer {BOT_TOKEN}".encode() in head
    assert parse_qs(form.decode()) == {"channel": [HERE], "text": ["hello"]}
