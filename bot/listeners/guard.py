"""The guard in front of Bolt: nothing of a request is parsed before its signature is proven.

Bolt itself answers an unsigned request with a traceback when a header is odd, parses bodies before it verifies them,
and accepts the same signed request twice. So size, header shapes, signature and replay are checked here, on raw bytes,
by real time: the clock that people may move in the demo decides nothing here.
"""

import hashlib
import hmac
import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

MAX_BODY_BYTES = 1024 * 1024
"""Slack's largest payloads are far below; the cap protects memory."""

MAX_AGE_SECONDS = 300
"""Slack's own rule, either way."""

_REMEMBERED_SECONDS = 2 * MAX_AGE_SECONDS
_MAX_REMEMBERED = 100_000
_MAX_DEPTH = 32
_MAX_FIELDS = 100

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The HTTP status to refuse with, or 200; and the reason, for the log."""

    status: int
    reason: str


ALREADY_DONE = Verdict(200, "already_done")
"""Nothing is to be done, and nothing to be told."""


class Guard:
    """Proves that a request is Slack's, fresh, new and well formed. Thread-safe."""

    def __init__(self, signing_secret: str, *, now: Callable[[], float] = time.time) -> None:
        self._secret = signing_secret.encode()
        self._now = now
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, body: bytes, headers: Mapping[bytes, bytes]) -> Verdict:
        """Judge one request; `headers` are raw, with lower-case names."""
        if len(body) > MAX_BODY_BYTES:
            return Verdict(413, "too_large")
        timestamp = headers.get(b"x-slack-request-timestamp", b"")
        signature = headers.get(b"x-slack-signature", b"")
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            return Verdict(401, "odd_headers")
        now = self._now()
        if abs(now - int(timestamp)) > MAX_AGE_SECONDS:
            return Verdict(401, "stale")
        expected = hmac.new(self._secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(b"v0=" + expected.encode(), signature):
            return Verdict(401, "bad_signature")
        if self._is_replay(signature, now):
            # Slack may lose our answer and repeat an event within the same second; what it repeats is done already.
            return ALREADY_DONE if b"x-slack-retry-num" in headers else Verdict(401, "replay")
        return _well_formed(body, headers.get(b"content-type", b""))

    def forget(self, headers: Mapping[bytes, bytes]) -> None:
        """Let a request come again that we could not take: Slack repeats an event at once, within the same second."""
        with self._lock:
            self._seen.pop(headers.get(b"x-slack-signature", b""), None)

    def _is_replay(self, signature: bytes, now: float) -> bool:
        with self._lock:
            while self._seen and (len(self._seen) >= _MAX_REMEMBERED or next(iter(self._seen.values())) < now):
                self._seen.popitem(last=False)
            if signature in self._seen:
                return True
            self._seen[signature] = now + _REMEMBERED_SECONDS
            return False


def _well_formed(body: bytes, content_type: bytes) -> Verdict:
    """Say whether Bolt's parser can take the body: UTF-8, a form or a typed JSON object, and not absurdly deep."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Verdict(400, "not_utf8")
    if content_type.split(b";")[0].strip().lower() == b"application/x-www-form-urlencoded":
        if text.count("&") >= _MAX_FIELDS:
            return Verdict(400, "too_many_fields")
        documents = parse_qs(text, keep_blank_values=True).get("payload", [])
    else:
        documents = [text]
    for document in documents:
        try:
            parsed = json.loads(document)
        except (ValueError, RecursionError):
            return Verdict(400, "not_json")
        if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
            return Verdict(400, "not_a_payload")
        if _deeper_than(parsed, _MAX_DEPTH):
            return Verdict(400, "too_deep")
    return Verdict(200, "ok")


def _deeper_than(value: object, limit: int) -> bool:
    """Say whether a JSON value nests deeper than the limit; level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
