"""The one thin HTTP client of the sources: GET only, one origin, bounded in time, size and patience."""

import logging
import random as dice
import re
import ssl
import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from threading import Timer
from typing import Any, cast

import httpx

from bot import __version__
from bot.errors import SourceChanged, SourceError, SourceRejected, SourceUnavailable
from bot.sources.answers import error_code, parse_json, pieces, retry_after
from bot.sources.line import Line

Transport = httpx.BaseTransport
"""How bytes travel; tests and twins bring their own."""

REQUEST_SECONDS = 30.0
"""From the first byte sent to the last byte read. httpx itself only limits each single operation."""
RUN_SECONDS = 600.0
"""What failures may cost one client in all, waiting included. Work that succeeds is not limited."""
TRIES = 6
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_INFLATION = 50
INFLATION_FLOOR_BYTES = 1024 * 1024
"""Below this size any ratio is harmless."""
BURST_REQUESTS = 100
REQUESTS_A_SECOND = 1.0

_MAX_ERROR_BODY_BYTES = 64 * 1024
_FIRST_CEILING_SECONDS, _LAST_CEILING_SECONDS = 4.0, 60.0
_SPEND_CAPS = ("enforced_spend_limit_reached", "contract_spend_limit_reached")

logger = logging.getLogger(__name__)


class BadRequest(SourceChanged):
    """HTTP 400. To a question with a cursor it may only mean that the cursor has expired."""

    about_beta = False
    """The answer speaks of a beta: the question needs one that this key does not have."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class _Again:
    """A try failed in a way that another may cure."""

    error: SourceError
    at_least: float | None = None
    """Seconds the server asked us to wait."""


class _BrokenBody(Exception):
    """The body came too slowly, or broke off."""


@cache
def _tls() -> ssl.SSLContext:
    """What certificates are checked with. Loading it takes longer than most answers do, and clients come and go."""
    return httpx.create_ssl_context(trust_env=False)


class ThinClient:
    """Asks one usage API, and nothing but what its allow-list names. One client serves one run, in one thread.

    What is permanent for a run is remembered for the client's life: a spend cap refuses all further questions without
    a request, and an unfinished `retry-after` postpones them. A new run opens a new client.
    """

    def __init__(  # noqa: PLR0913 - facts of the source, then the seams of time, chance and network
        self,
        *,
        source: str,
        base_url: str,
        headers: Mapping[str, str],
        paths: Collection[str],
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = dice.random,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """`paths` are exact and relative to `base_url`; `headers` may hold the key.

        Raises `SourceRejected` for a key that no header can carry.
        """
        if not all(value.isascii() and value.isprintable() and value == value.strip() for value in headers.values()):
            raise SourceRejected(source, "the key holds characters that no key has; copy it again")
        self.source = source
        self._base_url = base_url.rstrip("/")
        self._paths = frozenset(paths)
        self._sleep, self._monotonic, self._random, self._wall_clock = sleep, monotonic, random, wall_clock
        self._request_seconds = request_seconds
        self._line = Line()
        self._client = httpx.Client(
            headers={
                **headers,
                "accept": "application/json",
                "accept-encoding": "gzip",  # the one encoding that `_read` can inflate step by step
                "user-agent": f"ccost/{__version__}",
            },
            transport=transport,
            timeout=httpx.Timeout(request_seconds, connect=min(10.0, request_seconds)),
            follow_redirects=False,  # httpx would carry a custom key header to another host
            trust_env=False,  # no proxy variable and no .netrc decides where the key goes
            verify=_tls(),
        )
        self._tokens = float(BURST_REQUESTS)
        self._filled_at = monotonic()
        self._lost_seconds = 0.0
        self._quiet_until = self._filled_at
        self._refused: str | None = None

    def __repr__(self) -> str:
        return f"<ThinClient {self.source} {self._base_url}>"

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def get(self, path: str, params: Sequence[tuple[str, str]] = (), *, tries: int = TRIES) -> Any:
        """Ask for JSON, up to `tries` times.

        Numbers with a point or an exponent, and absurdly long ones, come as `Decimal`.

        Raises `SourceUnavailable`, `SourceRejected` or `SourceChanged`.
        """
        url = self._url(path, params)
        if self._refused:
            raise SourceRejected(self.source, self._refused)
        if self._monotonic() < self._quiet_until:
            raise SourceUnavailable(self.source, f"asked to wait before {path}")
        attempt = 1
        while True:
            self._pace()
            began = self._monotonic()
            outcome = self._try(path, url, attempt)
            if not isinstance(outcome, _Again):
                return outcome
            wait = self._wait_seconds(attempt, outcome.at_least)
            self._lost_seconds += self._monotonic() - began
            if attempt == tries or self._lost_seconds + wait > RUN_SECONDS:
                if outcome.at_least is not None:
                    self._quiet_until = self._monotonic() + wait
                raise outcome.error
            self._lost_seconds += wait
            self._sleep(wait)
            attempt += 1

    def _url(self, path: str, params: Sequence[tuple[str, str]]) -> httpx.URL:
        try:
            base, url = httpx.URL(self._base_url), httpx.URL(self._base_url + path, params=list(params))
        except (UnicodeError, httpx.InvalidURL):  # a cursor may be what no URL can hold: half a character, a megabyte
            raise SourceChanged(self.source, f"what an answer gave to ask {path} with cannot be asked with") from None
        if path not in self._paths or (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise SourceChanged(self.source, "a path that is not on the allow-list was asked for")
        return url

    def _pace(self) -> None:
        """A token bucket: a burst passes, sustained asking slows to what the API allows."""
        now = self._monotonic()
        self._tokens = min(BURST_REQUESTS, self._tokens + (now - self._filled_at) * REQUESTS_A_SECOND)
        self._filled_at = now
        if self._tokens < 1:
            self._sleep((1 - self._tokens) / REQUESTS_A_SECOND)
            self._tokens, self._filled_at = 1.0, self._monotonic()
        self._tokens -= 1

    def _wait_seconds(self, attempt: int, at_least: float | None) -> float:
        if at_least is not None:
            return at_least + self._random()
        ceiling = min(_LAST_CEILING_SECONDS, _FIRST_CEILING_SECONDS * (1 << (attempt - 1)))
        return 1 + self._random() * (ceiling - 1)

    def _try(self, path: str, url: httpx.URL, attempt: int) -> Any | _Again:
        began = self._monotonic()
        try:
            answer = self._send(url, began + self._request_seconds)
        except (httpx.RequestError, _BrokenBody, zlib.error) as error:
            # Only the kind of error is told: httpx quotes header values in some of its messages.
            why = f"no whole answer on {path} ({type(error).__name__.strip('_')})"
            logger.debug("asked", extra={"source": self.source, "path": path, "attempt": attempt, "failure": why})
            return _Again(SourceUnavailable(self.source, why))
        request_id = re.sub(r"[^A-Za-z0-9_-]", "", answer.headers.get("request-id", ""))[:64]
        fields = {"source": self.source, "path": path, "attempt": attempt, "status": answer.status}
        seconds = round(self._monotonic() - began, 3)
        logger.debug("asked", extra={**fields, "seconds": seconds, "request_id": request_id})
        where = f"HTTP {answer.status} on {path}" + (f", request-id {request_id}" if request_id else "")
        return self._parsed(answer, where) if answer.status == 200 else self._judged(answer, where)

    def _judged(self, answer: _Answer, where: str) -> _Again:
        status = answer.status
        # 402 is a payment problem: like a refused key, waiting does not cure it and a person can.
        if status in (401, 402, 403):
            raise self._error(SourceRejected, where, answer)
        if status == 429 and (code := error_code(answer.body)) in _SPEND_CAPS:
            self._refused = f"{where} ({code})"
            raise SourceRejected(self.source, self._refused)
        waiting_helps = status in (408, 409, 429) or status >= 500
        kind = SourceUnavailable if waiting_helps else BadRequest if status == 400 else SourceChanged
        hint = answer.headers.get("x-should-retry")
        if status < 400 or hint == "false" or not (waiting_helps or hint == "true"):
            raise self._error(kind, where, answer)
        waiting = retry_after(answer.headers.get("retry-after"), self._wall_clock())
        return _Again(self._error(kind, where, answer), waiting)

    def _error(self, kind: type[SourceError], where: str, answer: _Answer) -> SourceError:
        error = kind(self.source, where)
        error.status = answer.status
        if isinstance(error, BadRequest):
            error.about_beta = b"beta" in answer.body
        return error

    def _parsed(self, answer: _Answer, where: str) -> Any | _Again:
        try:
            return parse_json(answer.body)
        except ValueError:
            changed = SourceChanged(self.source, f"not the JSON of the contract: {where}")
        if answer.body.lstrip()[:1] in (b"", b"{", b"["):
            return _Again(changed)  # it began as JSON: most likely it was cut off on the way
        raise changed

    def _send(self, url: httpx.URL, deadline: float) -> _Answer:
        cut = Timer(self._request_seconds, self._line.cut)  # reaches what no check between chunks can: a stalled read
        cut.daemon = True
        cut.start()
        try:
            with self._client.stream("GET", url, extensions={"trace": self._line.trace}) as response:
                return _Answer(response.status_code, response.headers, self._read(response, deadline))
        finally:
            cut.cancel()

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        if response.status_code == 200:
            return bytes(self._inflated(response, deadline, bytearray(), MAX_BODY_BYTES))
        body = bytearray()
        # The status is what counts; as much of the explanation as came is enough.
        with suppress(httpx.RequestError, _BrokenBody, zlib.error, SourceChanged):
            self._inflated(response, deadline, body, _MAX_ERROR_BODY_BYTES)
        return bytes(body)

    def _inflated(self, response: httpx.Response, deadline: float, body: bytearray, limit: int) -> bytearray:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip"):
            raise SourceChanged(self.source, "an answer came in an encoding that was not asked for")
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding == "gzip" else None
        received = 0
        for chunk in cast("httpx.SyncByteStream", response.stream):
            received += len(chunk)
            if self._monotonic() > deadline:
                raise _BrokenBody
            for piece in pieces(inflater, chunk):
                body += piece
                if len(body) > limit or len(body) > max(INFLATION_FLOOR_BYTES, received * MAX_INFLATION):
                    raise SourceChanged(self.source, "an answer is too large to be believed")
        if inflater and not inflater.eof:
            raise _BrokenBody
        return body
