"""The thin client: what it refuses, how long it waits, and that the key stays where it belongs."""

import gzip
import inspect
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.demo.serving import serving
from bot.errors import SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources import http
from bot.sources.http import ThinClient
from tests.virtual_time import VirtualTime

KEY = "sk-ant-admin01-canary-0123456789"
CERTIFICATE = Path(__file__).parent.parent / "payloads" / "self_signed_loopback.pem"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Vendor:
    """Gives prepared answers in turn, the last one for ever, and remembers what was asked and when."""

    def __init__(self, *answers: Answer, clock: VirtualTime | None = None) -> None:
        self.answers = list(answers)
        self.time = clock or VirtualTime()
        self.requests: list[httpx.Request] = []
        self.asked_at: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.asked_at.append(self.time.seconds)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return answer(request)

    def client(self, base_url: str = "https://api.example.com", **more: Any) -> ThinClient:
        return ThinClient(
            **{
                "source": "acme",
                "base_url": base_url,
                "headers": {"x-api-key": KEY},
                "paths": ("/v1/usage",),
                "transport": httpx.MockTransport(self),
                "sleep": self.time.sleep,
                "monotonic": self.time.monotonic,
                "wall_clock": self.time.wall_clock,
                "random": lambda: 0.5,
                **more,
            }
        )


class Chunks(httpx.SyncByteStream):
    """A body that comes in pieces, and may take its time or break."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks()


def ok(value: Any = None, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True} if value is None else value, **more)


def chunked(chunks: Callable[[], Iterator[bytes]], **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, headers=headers, stream=Chunks(chunks))


def failure(vendor: Vendor, kind: type[SourceError]) -> SourceError:
    with closing(vendor.client()) as client, pytest.raises(kind) as caught:
        client.get("/v1/usage")
    assert type(caught.value) in (kind, http.BadRequest)
    return caught.value


# What is asked, and of whom


def test_the_client_can_only_get() -> None:
    verbs = [name for name, _ in inspect.getmembers(ThinClient, inspect.isfunction) if not name.startswith("_")]
    assert verbs == ["close", "get"]
    vendor = Vendor(ok())
    with closing(vendor.client()) as client:
        client.get("/v1/usage", [("group_by[]", "actor"), ("group_by[]", "model")])
    assert vendor.requests[0].method == "GET"
    assert vendor.requests[0].url == "https://api.example.com/v1/usage?group_by%5B%5D=actor&group_by%5B%5D=model"
    assert vendor.requests[0].headers["x-api-key"] == KEY
    assert vendor.requests[0].headers["user-agent"].startswith("ccost/")


@pytest.mark.parametrize("path", ["/v1/users", "/v1/usage/", "/v1/usage?x=1", "/v1/usage/../users", "v1/usage", ""])
def test_a_path_that_is_not_on_the_allow_list_is_never_asked(path: str) -> None:
    vendor = Vendor(ok())
    with closing(vendor.client()) as client, pytest.raises(SourceChanged):
        client.get(path)
    assert vendor.requests == []


@pytest.mark.parametrize("path", ["@evil.example/v1", ".evil.example/v1", ":8443/v1"])
def test_a_path_cannot_lead_to_another_origin_even_if_it_is_allowed(path: str) -> None:
    vendor = Vendor(ok())
    with closing(vendor.client(paths=(path,))) as client, pytest.raises(SourceChanged):
        client.get(path)
    assert vendor.requests == []


@pytest.mark.parametrize("cursor", ["\ud83d", "c" * 70_000], ids=["half a character", "too long"])
def test_what_no_url_can_hold_is_a_changed_contract_and_asks_nothing(cursor: str) -> None:
    vendor = Vendor()
    with closing(vendor.client()) as client, pytest.raises(SourceChanged):
        client.get("/v1/usage", [("page", cursor)])
    assert vendor.requests == []


@pytest.mark.parametrize("base_url", ["https://proxy.example.com/anthropic", "https://proxy.example.com/anthropic/"])
def test_a_base_url_may_have_a_path(base_url: str) -> None:
    vendor = Vendor(ok())
    with closing(vendor.client(base_url)) as client:
        client.get("/v1/usage")
    assert str(vendor.requests[0].url) == "https://proxy.example.com/anthropic/v1/usage"


def test_the_key_never_follows_a_redirect_to_a_second_origin() -> None:
    seen: list[str | None] = []

    def canary(request: Request) -> Response:
        seen.append(request.headers.get("x-api-key"))
        return JSONResponse({"ok": True})

    def send_away(_: Request) -> Response:
        return RedirectResponse(f"{second}/v1/usage")

    second_app = Starlette(routes=[Route("/{rest:path}", canary)])
    first_app = Starlette(routes=[Route("/v1/usage", send_away)])
    with (
        serving(second_app) as second,
        serving(first_app) as first,
        closing(Vendor().client(first, transport=None)) as client,
        pytest.raises(SourceChanged, match="HTTP 307"),
    ):
        client.get("/v1/usage")
    assert seen == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_to_the_same_origin_is_refused_too(status: int) -> None:
    headers = {"location": "https://api.example.com/v1/usage", "x-should-retry": "true"}
    vendor = Vendor(httpx.Response(status, headers=headers))
    failure(vendor, SourceChanged)
    assert len(vendor.requests) == 1


def test_proxy_variables_of_the_environment_do_not_get_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def canary(request: Request) -> Response:
        seen.append(str(request.url))
        return JSONResponse({"ok": "through the proxy"})

    direct_app = Starlette(routes=[Route("/v1/usage", lambda _: JSONResponse({"ok": "direct"}))])
    with serving(Starlette(routes=[Route("/{rest:path}", canary)])) as proxy, serving(direct_app) as direct:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with closing(Vendor().client(direct, transport=None)) as client:
            assert client.get("/v1/usage") == {"ok": "direct"}
    assert seen == []


def test_a_certificate_that_nobody_vouches_for_gets_no_request() -> None:
    received: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            received.append(secured.recv(1000))

    with (
        _listening(answer) as port,
        closing(Vendor().client(f"https://127.0.0.1:{port}", transport=None)) as client,
        pytest.raises(SourceUnavailable, match="ConnectError"),
    ):
        client.get("/v1/usage")
    assert b"".join(received) == b""


# What is said


def test_the_key_is_in_no_repr_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = Starlette(routes=[Route("/v1/usage", lambda _: Response("sesame", 500))])
    with serving(app) as url, closing(Vendor().client(url, transport=None)) as client:
        with pytest.raises(SourceUnavailable) as caught:
            client.get("/v1/usage", [("starting_at", "2026-11-19")])
        said = f"{client!r} {client} {caught.value!r} {caught.getrepr(style='short')} {caught.value.__context__!r}"
    logged = " ".join(str(vars(record)) for record in caplog.records if record.name.startswith("bot."))
    everything = " ".join(str(vars(record)) for record in caplog.records)
    assert KEY not in said + everything
    assert "sesame" not in said + logged
    assert "2026-11-19" not in logged


@pytest.mark.parametrize(
    "key", ["sk-ant-\u2013dash", "sk-ant-a\nb", "sk-ant-\x00", "sk-ant-schlüssel", "sk-ant-space "]
)
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SourceRejected) as caught:
        Vendor().client(headers={"x-api-key": key})
    assert "sk-ant-" not in str(caught.value)


def test_an_error_says_status_path_and_a_clean_request_id_and_nothing_of_the_body() -> None:
    headers = [(b"request-id", "req_011\t<script>;é".encode() + b"x" * 100)]
    error = failure(Vendor(httpx.Response(404, headers=headers, text="colleague@example.com")), SourceChanged)
    assert str(error) == "acme: HTTP 404 on /v1/usage, request-id req_011script" + "x" * 51


# Which failures are tried again


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_waiting_may_cure_is_tried_six_times_with_growing_pauses(status: int) -> None:
    vendor = Vendor(httpx.Response(status))
    failure(vendor, SourceUnavailable)
    assert len(vendor.requests) == 6
    assert vendor.time.slept == [2.5, 4.5, 8.5, 16.5, 30.5]


@pytest.mark.parametrize(("chance", "pauses"), [(0.0, [1.0] * 5), (0.999, [4.0, 8.0, 16.0, 32.0, 60.0])])
def test_pauses_are_spread_between_one_second_and_a_minute(chance: float, pauses: list[float]) -> None:
    vendor = Vendor(httpx.Response(503))
    with closing(vendor.client(random=lambda: chance)) as client, pytest.raises(SourceUnavailable):
        client.get("/v1/usage")
    assert vendor.time.slept == pytest.approx(pauses, abs=0.1)


def test_a_passing_failure_is_healed_by_the_next_try() -> None:
    vendor = Vendor(httpx.Response(529), httpx.ConnectError("no route"), httpx.ReadTimeout("slow"), ok({"n": 1}))
    with closing(vendor.client()) as client:
        assert client.get("/v1/usage") == {"n": 1}
    assert len(vendor.requests) == 4


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_is_not_tried_again_and_needs_a_person(status: int) -> None:
    vendor = Vendor(httpx.Response(status, headers={"x-should-retry": "true", "retry-after": "1"}))
    failure(vendor, SourceRejected)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [204, 400, 404, 405, 410, 413, 418, 422])
def test_a_changed_contract_is_not_tried_again_and_needs_a_developer(status: int) -> None:
    vendor = Vendor(httpx.Response(status))
    failure(vendor, SourceChanged)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("status", "hint", "kind", "tries"),
    [
        (503, "false", SourceUnavailable, 1),
        (429, "false", SourceUnavailable, 1),
        (404, "true", SourceChanged, 6),
        (503, "perhaps", SourceUnavailable, 6),
        (404, "perhaps", SourceChanged, 1),
    ],
)
def test_the_vendor_may_say_whether_another_try_helps(
    status: int, hint: str, kind: type[SourceError], tries: int
) -> None:
    vendor = Vendor(httpx.Response(status, headers={"x-should-retry": hint}))
    failure(vendor, kind)
    assert len(vendor.requests) == tries


# How long it waits


@pytest.mark.parametrize("as_date", [False, True])
def test_no_request_is_sent_before_the_vendor_allows_it(as_date: bool) -> None:
    clock = VirtualTime()
    header = format_datetime(clock.wall_clock() + timedelta(seconds=40), usegmt=True) if as_date else "40"
    vendor = Vendor(httpx.Response(429, headers={"retry-after": header}), ok(), clock=clock)
    with closing(vendor.client()) as client:
        client.get("/v1/usage")
    assert vendor.asked_at == [0.0, 40.5]


@pytest.mark.parametrize("header", ["86400", "99999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_longer_than_the_run_ends_it_at_once(header: str) -> None:
    fine = header != "99999999999999999999"  # no number of seconds at all: treated as if nothing had been said
    vendor = Vendor(httpx.Response(429, headers={"retry-after": header}))
    with closing(vendor.client()) as client:
        with pytest.raises(SourceUnavailable):
            client.get("/v1/usage")
        assert len(vendor.requests) == (1 if fine else 6)
        if fine:
            with pytest.raises(SourceUnavailable, match="asked to wait"):
                client.get("/v1/usage")
            vendor.time.seconds = 899
            with pytest.raises(SourceUnavailable, match="asked to wait"):
                client.get("/v1/usage")
            assert len(vendor.requests) == 1


def test_failures_of_one_run_cost_ten_minutes_at_most() -> None:
    vendor = Vendor(httpx.Response(503, headers={"retry-after": "119"}))
    failure(vendor, SourceUnavailable)
    assert vendor.time.seconds <= 600
    assert len(vendor.requests) == 6
    vendor = Vendor(httpx.Response(503, headers={"retry-after": "130"}))
    failure(vendor, SourceUnavailable)
    assert vendor.time.seconds <= 600
    assert len(vendor.requests) == 5


def test_a_hundred_requests_pass_at_once_and_more_at_one_a_second() -> None:
    vendor = Vendor(ok())
    with closing(vendor.client()) as client:
        for _ in range(100):
            client.get("/v1/usage")
        assert vendor.time.slept == []
        client.get("/v1/usage")
        client.get("/v1/usage")
        assert vendor.time.slept == [1.0, 1.0]
        vendor.time.seconds += 10_000  # a long pause fills the bucket, and not more than the bucket
        for _ in range(101):
            client.get("/v1/usage")
    assert vendor.time.slept == [1.0, 1.0, 1.0]


# A spend cap


@pytest.mark.parametrize("code", ["enforced_spend_limit_reached", "contract_spend_limit_reached"])
def test_a_spend_cap_is_told_to_a_person_and_asked_no_more_in_this_run(code: str) -> None:
    body = {"type": "error", "error": {"type": "rate_limit_error", "details": {"error_code": code}}}
    vendor = Vendor(httpx.Response(429, json=body), ok())
    with closing(vendor.client()) as client:
        for _ in range(3):
            with pytest.raises(SourceRejected, match=code):
                client.get("/v1/usage")
    assert len(vendor.requests) == 1
    with closing(vendor.client()) as next_run:
        assert next_run.get("/v1/usage") == {"ok": True}


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"details":{"error_code":"ramp_limit_exceeded"}}}',
        b'{"error":{"details":{"error_code":["enforced_spend_limit_reached"]}}}',
        b'{"error":{"details":null}}',
        b'{"error":"enforced_spend_limit_reached"}',
        b"[]",
        b"<html>",
        b"",
        b"[" * 100_000,
    ],
)
def test_any_other_429_passes_by_itself(body: bytes) -> None:
    vendor = Vendor(httpx.Response(429, content=body), ok())
    with closing(vendor.client()) as client:
        assert client.get("/v1/usage") == {"ok": True}


# What comes back


def test_numbers_keep_every_digit() -> None:
    vendor = Vendor(httpx.Response(200, content=b'{"a":34.40,"b":0.1,"c":12345678901234567890,"d":1e2}'))
    with closing(vendor.client()) as client:
        answer = client.get("/v1/usage")
    assert str(answer["a"]) == "34.40"
    assert answer == {"a": Decimal("34.40"), "b": Decimal("0.1"), "c": 12345678901234567890, "d": Decimal(100)}
    assert not any(isinstance(value, float) for value in answer.values())


@pytest.mark.parametrize("number", ["9" * 61, "-" + "9" * 5000, "1e400", "1E+999999999", "1e-99999999999999999999"])
def test_an_absurd_number_costs_nobody_the_page(number: str) -> None:
    vendor = Vendor(httpx.Response(200, content=f'{{"a":{number},"b":7}}'.encode()))
    with closing(vendor.client()) as client:
        answer = client.get("/v1/usage")
    assert isinstance(answer["a"], Decimal)
    assert answer["b"] == 7


@pytest.mark.parametrize(
    ("body", "tries"),
    [
        (b"<html>a proxy says hello</html>", 1),
        (b"\xff\xfe\xfa", 1),
        (b'{"a":NaN}', 6),
        (b'{"a":-Infinity}', 6),
        (b'{"data":[{"a":1}', 6),
        (b"", 6),
        (b"[" * 100_000, 6),
    ],
)
def test_what_is_not_json_is_a_changed_contract_and_what_was_cut_off_is_tried_again(body: bytes, tries: int) -> None:
    vendor = Vendor(httpx.Response(200, content=body))
    failure(vendor, SourceChanged)
    assert len(vendor.requests) == tries


def test_a_body_that_breaks_off_is_asked_for_again() -> None:
    def breaking() -> Iterator[bytes]:
        yield b'{"ok"'
        raise httpx.RemoteProtocolError("peer closed connection")

    vendor = Vendor(chunked(breaking), ok())
    with closing(vendor.client()) as client:
        assert client.get("/v1/usage") == {"ok": True}


def test_the_status_counts_even_if_its_explanation_breaks_off() -> None:
    def breaking() -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("reset")

    failure(Vendor(lambda _: httpx.Response(401, stream=Chunks(breaking))), SourceRejected)


# Size


def test_a_compressed_answer_is_read() -> None:
    squeezed = gzip.compress(b'{"data":"' + b"a" * 900_000 + b'"}')
    vendor = Vendor(
        chunked(lambda: iter([squeezed[:10], squeezed[10:500], squeezed[500:]]), **{"content-encoding": "gzip"})
    )
    with closing(vendor.client()) as client:
        assert len(client.get("/v1/usage")["data"]) == 900_000
    assert vendor.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("spoil", [lambda body: body[:-12], lambda body: body[:-4], lambda body: b"no gzip " + body])
def test_a_compressed_answer_that_is_broken_is_asked_for_again(spoil: Callable[[bytes], bytes]) -> None:
    broken = spoil(gzip.compress(b'{"ok":true}'))
    vendor = Vendor(chunked(lambda: iter([broken]), **{"content-encoding": "gzip"}), ok())
    with closing(vendor.client()) as client:
        assert client.get("/v1/usage") == {"ok": True}
    assert len(vendor.requests) == 2


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_not_guessed_at(encoding: str) -> None:
    failure(Vendor(chunked(lambda: iter([b"{}"]), **{"content-encoding": encoding})), SourceChanged)


def test_a_gzip_bomb_is_put_down_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 50_000
    vendor = Vendor(chunked(lambda: iter([bomb]), **{"content-encoding": "gzip"}))
    tracemalloc.start()
    try:
        failure(vendor, SourceChanged)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    assert len(vendor.requests) == 1


def test_an_endless_answer_is_put_down_at_32_mebibytes() -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000_000
            yield b" " * 1_000_000

    failure(Vendor(chunked(endless)), SourceChanged)
    assert 32 * 1024 * 1024 < sent < 35 * 1024 * 1024


# Time


def test_a_dripping_body_is_given_up_after_thirty_seconds() -> None:
    clock = VirtualTime()
    took: list[float] = []

    def drip() -> Iterator[bytes]:
        began = clock.seconds
        try:
            for _ in range(10_000):
                clock.seconds += 0.5
                yield b" "
        finally:
            took.append(clock.seconds - began)

    failure(Vendor(chunked(drip), clock=clock), SourceUnavailable)
    assert took == [30.5] * 6


@pytest.mark.parametrize("line", [b"x-drip: drop\r\n", b""])
def test_a_server_that_drips_headers_or_stalls_is_cut_off(line: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while line:
            connection.sendall(line)
            time.sleep(0.02)
        connection.recv(1000)

    began = time.monotonic()
    with _listening(drip) as port:
        client = Vendor().client(f"http://127.0.0.1:{port}", transport=None, request_seconds=0.1)
        with closing(client), pytest.raises(SourceUnavailable):
            client.get("/v1/usage")
    assert 0.5 < time.monotonic() - began < 3


@contextmanager
def _listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve raw connections, one after another, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            with suppress(OSError), listener.accept()[0] as connection:
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
        listener.close()
