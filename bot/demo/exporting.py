"""Sends what people's Claude Code tells of itself: real posts to the bot's door, each with its person's token."""

import gzip
import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from bot.demo.cast import Persona
from bot.demo.company import Company
from bot.demo.company.sessions import Who
from bot.demo.telemetry import GOOD_VERSION, Json, Told, logs, metrics
from bot.people import fold_email
from bot.periods import utc_day

DAYS_TOLD = 5
"""How far back is looked: over any weekend, and no further, so that a start stays short."""
_TIMEOUT_SECONDS = 30
_LATER = (429, 503)
_STRANGER = f"ccost_{'0' * 12}_{'A' * 43}"
"""Has the form of a token, and opens nothing anywhere."""


class Encoding(StrEnum):
    """How a sender writes."""

    JSON = "json"
    PROTOBUF = "protobuf"
    GZIP = "gzip"
    """Protobuf, packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request."""

    signal: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Somebody's Claude Code."""

    slack_user_id: str
    who: Who
    token: str
    """Their ingest token."""
    encoding: Encoding = Encoding.JSON
    version: str = GOOD_VERSION


def sender(company: Company, person: Persona, token: str, **how: str) -> Sender:
    """Set somebody's Claude Code up. Raises `StopIteration` for a person who does not use it."""
    address = fold_email(person.claude_email or person.email)
    who = next(one for one in company.who if one.external_id == address)
    encoding = Encoding(how.get("encoding", Encoding.JSON))
    return Sender(
        slack_user_id=person.slack_user_id,
        who=who,
        token=token,
        encoding=encoding,
        version=how.get("version", GOOD_VERSION),
    )


class Exporters:
    """Everybody's exporter, with a queue: what the door could not take is sent again the next time."""

    def __init__(self, company: Company, clock: Callable[[], datetime], *, days: int = DAYS_TOLD) -> None:
        self._company, self._clock, self._days = company, clock, days
        self.senders: list[Sender] = []
        self._sent: set[str] = set()

    def join(self, *senders: Sender) -> None:
        """Let more of them send from now on."""
        self.senders += senders

    def send(self, origin: str) -> int:
        """Send what has ended since the last time, a post for each person, day and signal; say how many there were.

        Raises `OSError` when nobody listens: then it stays in the queue, as does what is refused for now.
        """
        if not self.senders:
            return 0
        line = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=_TIMEOUT_SECONDS)
        posts = 0
        try:
            for one, sessions in self._untold():
                answers = [_post(line, post) for post in posts_of(one, sessions)]
                posts += len(answers)
                if not any(status in _LATER for status in answers):
                    self._sent.update(told.session_id for told in sessions)
        finally:
            line.close()
        return posts

    def _untold(self) -> Iterable[tuple[Sender, Sequence[Told]]]:
        now = self._clock()
        today = utc_day(now)
        for one in self.senders:
            for age in reversed(range(self._days)):
                sessions = told_of(self._company, one, today - timedelta(days=age), now)
                if new := [told for told in sessions if told.session_id not in self._sent]:
                    yield one, new


def knock(origin: str) -> int:
    """Send an empty batch with a token that nobody gave out, and give the answer's status. Raises `OSError`."""
    line = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=_TIMEOUT_SECONDS)
    headers = {"authorization": f"Bearer {_STRANGER}", "content-type": "application/json"}
    try:
        return _post(line, Post(signal="logs", headers=headers, body=b"{}"))
    finally:
        line.close()


def told_of(company: Company, one: Sender, day: date, until: datetime) -> Iterable[Told]:
    """Give somebody's sessions that ended on a UTC day and by an instant, as they are told of."""
    alike: Counter[tuple[datetime, str]] = Counter()
    for session in company.sessions(one.who, day, until):
        key = (session.ended_at, session.model)
        yield Told(who=one.who, session=session, nth=alike[key], version=one.version)
        alike[key] += 1


def posts_of(one: Sender, sessions: Sequence[Told]) -> Iterable[Post]:
    """Give the posts that tell of sessions: events first, as at the end of a session."""
    yield _packed(one, "logs", logs(sessions))
    yield _packed(one, "metrics", metrics(sessions))


def _packed(one: Sender, signal: str, body: Json) -> Post:
    headers = {"authorization": f"Bearer {one.token}", "user-agent": "OTel-OTLP-Exporter-JavaScript/0.208.0"}
    if one.encoding is Encoding.JSON:
        written = json.dumps(body, separators=(",", ":")).encode()
        return Post(signal=signal, headers={**headers, "content-type": "application/json"}, body=written)
    headers["content-type"] = "application/x-protobuf"
    written = _protobuf(signal, body)
    if one.encoding is Encoding.GZIP:
        headers["content-encoding"] = "gzip"
        written = gzip.compress(written)
    return Post(signal=signal, headers=headers, body=written)


def _protobuf(signal: str, body: Json) -> bytes:
    request = ExportLogsServiceRequest() if signal == "logs" else ExportMetricsServiceRequest()
    written: bytes = ParseDict(body, request).SerializeToString()
    return written


def _post(line: http.client.HTTPConnection, post: Post) -> int:
    line.request("POST", f"/v1/{post.signal}", body=post.body, headers=dict(post.headers))
    answer = line.getresponse()
    answer.read()
    return answer.status
