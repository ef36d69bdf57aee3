"""The door for telemetry: OTLP over HTTP, from Claude Code on people's machines. Stored first, acknowledged then.

A sender repeats only what it was answered 429 or 503 to, and drops the whole request for good after any other refusal:
so one bad record never costs the others, and nothing unexpected is a 500.
"""

import asyncio
import logging
import threading
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.runtime import Pace, Runtime
from bot.sources.answers import pieces
from bot.sources.otlp.answers import problem, taken
from bot.sources.otlp.heard import Sender, hear
from bot.sources.otlp.wire import Signal, TooMuchTelemetry, UndecodableTelemetry, decode
from bot.store import inbox, tokens
from bot.store.tokens import Token
from bot.usage import Consumer, ConsumerKind

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
MAX_INFLATION = 50
INFLATION_FLOOR_BYTES = 64 * 1024
"""Below this size any ratio is harmless."""
PARSES_AT_ONCE = 4
REQUESTS_A_MINUTE = 600
"""Of one person's token: fifty sessions at work. A team's token, which a collector may use, has no such limit."""
REFUSALS_NOTED_A_MINUTE = 60
BODY_SECONDS = 30.0
"""A body that takes longer is given up: its connection is better used."""

_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
_SIGNALS: tuple[Signal, ...] = ("logs", "metrics", "traces")
_SAFE_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_SOON = {"retry-after": "1"}


def telemetry_routes(rt: Runtime) -> list[Route]:
    """Give the doors `/v1/logs`, `/v1/metrics` and `/v1/traces`."""
    desk = _Desk(rt)
    return [Route(f"/v1/{signal}", desk.endpoint(signal), methods=["POST"]) for signal in _SIGNALS]


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    status: int
    message: str
    soon: bool = False
    """The sender should send it again."""


class _Desk:
    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._parsing = threading.BoundedSemaphore(PARSES_AT_ONCE)
        self._pace = Pace(most=REQUESTS_A_MINUTE)
        self._noted = Pace(most=REFUSALS_NOTED_A_MINUTE)

    def endpoint(self, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
        """Give what answers the requests of one signal."""

        async def answer(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            is_json = kind != _PROTOBUF
            try:
                token = await run_in_threadpool(self._admitted, request.headers.get("authorization", ""))
                encoding = request.headers.get("content-encoding", "identity").strip().lower()
                body = await _read(request, kind)
                said = await run_in_threadpool(self._taken, signal, body, kind, encoding, token)
            except _Refused as refused:
                headers = _SAFE_HEADERS | (_SOON if refused.soon else {})
                body = problem(refused.message, is_json=is_json)
                return Response(body, refused.status, headers, media_type=_JSON if is_json else _PROTOBUF)
            return Response(said, 200, _SAFE_HEADERS, media_type=kind)

        return answer

    def _admitted(self, authorization: str) -> Token:
        now = self._rt.clock()
        try:
            with self._rt.sessions() as session:
                admission = tokens.admit(session, _bearer(authorization), now)
            if admission.token is None and self._noted.allows(admission.reason):
                with self._rt.sessions.begin() as session:
                    inbox.note_refusal(session, admission.reason, admission.about, now)
        except Exception:  # the sender repeats after a 503, and after a 500 it would drop what it has
            logger.exception("telemetry_not_admitted")
            raise _Refused(503, "busy", soon=True) from None
        token = admission.token
        if token is None:
            raise _Refused(401, "this ingest token is not good: /ccost settings connect gives a new one")
        if token.member_id is not None and not self._pace.allows(token.public_id):
            raise _Refused(429, f"more than {REQUESTS_A_MINUTE} requests a minute", soon=True)
        return token

    def _taken(self, signal: Signal, body: bytes, kind: str, encoding: str, token: Token) -> bytes:
        if not self._parsing.acquire(blocking=False):
            raise _Refused(503, "busy", soon=True)
        try:
            whole = _inflated(body, encoding)
            if signal == "traces":
                return taken(signal, 0, "", is_json=kind == _JSON)
            heard = hear(decode(signal, whole, kind), _sender(token), self._rt.clock())
            with self._rt.sessions.begin() as session:
                booked = inbox.book(session, heard)
                tokens.note_use(session, token, self._rt.clock())
                if booked.doubled and self._noted.allows(f"{inbox.TWO_WAYS} {token.public_id}"):
                    inbox.note_refusal(session, inbox.TWO_WAYS, token.public_id, self._rt.clock())
        except _Refused:
            raise
        except TooMuchTelemetry as error:
            raise _Refused(413, str(error)) from None
        except UndecodableTelemetry as error:
            raise _Refused(400, str(error)) from None
        except Exception:  # as above; the database may only be busy for a moment
            logger.exception("telemetry_not_stored")
            raise _Refused(503, "busy", soon=True) from None
        finally:
            self._parsing.release()
        rejected = heard.rejected.total()
        fields = {"signal": signal, "records": booked.new, "repeated": booked.repeated, "rejected": rejected}
        logger.debug("telemetry", extra=fields)
        return taken(signal, rejected, "; ".join(sorted(heard.rejected)), is_json=kind == _JSON)


def _bearer(authorization: str) -> str:
    """Give the token; some senders keep the escape that the environment's headers are written with."""
    scheme, _, token = authorization.replace("%20", " ", 1).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _sender(token: Token) -> Sender:
    who = None if token.slack_user_id is None else Consumer(ConsumerKind.TOKEN, token.slack_user_id)
    return Sender(token_id=token.public_id, consumer=who, biller=token.biller, plan=token.plan)


async def _read(request: Request, kind: str) -> bytes:
    """Read a body of one of the two kinds as it comes, in chunks or with a length, and stop reading at the caps."""
    if kind not in (_JSON, _PROTOBUF):
        raise _Refused(415, f"send {_JSON} or {_PROTOBUF}")
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise _Refused(413, f"more than {MAX_BODY_BYTES} bytes")
                parts.append(part)
    except TimeoutError:
        raise _Refused(408, f"more than {BODY_SECONDS:.0f} seconds for a body") from None
    except ClientDisconnect:
        raise _Refused(400, "the request broke off") from None
    return b"".join(parts)


def _inflated(body: bytes, encoding: str) -> bytes:
    if encoding in ("identity", ""):
        return body
    if encoding != "gzip":
        raise _Refused(415, "send it as it is, or with gzip")
    whole = bytearray()
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for piece in pieces(inflater, body):
            whole += piece
            if len(whole) > min(MAX_INFLATED_BYTES, max(INFLATION_FLOOR_BYTES, len(body) * MAX_INFLATION)):
                raise _Refused(413, f"inflates beyond {MAX_INFLATED_BYTES} bytes or {MAX_INFLATION} times its size")
    except zlib.error:
        raise _Refused(400, "no gzip") from None
    if not inflater.eof:
        raise _Refused(400, "the gzip breaks off")
    return bytes(whole)
