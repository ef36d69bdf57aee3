"""Logging: one JSON object a line, and nothing secret in it.

Beside the flat words because every room logs and only the composition root configures it. Secrets are removed by shape
(any key of a known kind) and by value (every secret that was loaded), from messages, fields and tracebacks, before any
handler sees them.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

MASK = "[secret]"

_SHAPES = re.compile(
    r"sk-ant-[A-Za-z0-9_\-]{4,}"  # Anthropic keys of every kind
    r"|xox[a-z](?:\.[a-z]+)?-[A-Za-z0-9\-]{4,}|xapp-[A-Za-z0-9\-]{4,}"  # Slack tokens
    r"|ccost_[0-9a-f]{12}_[A-Za-z0-9_\-]{16,}"  # our own ingest tokens
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/\-]{8,}=*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of a URL
)
_SHORTEST_VALUE = 6
"""A shorter secret is no secret, and masking it would hide half of every line."""

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Takes secrets out of text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = sorted({s for s in secrets if len(s) >= _SHORTEST_VALUE}, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, text: str) -> str:
        """Give the text with every secret replaced by a mask."""
        if self._values:
            text = self._values.sub(MASK, text)
        return _SHAPES.sub(MASK, text)


class _Json(logging.Formatter):
    """`{"at": …, "level": …, "event": …, …}`; control characters are escaped by JSON itself."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_text:
            entry["traceback"] = record.exc_text
        return self._redact(json.dumps(entry, default=str, ensure_ascii=False))


def install_redaction(secrets: Iterable[str] = ()) -> Redactor:
    """Make every log record, of whatever library, free of secrets from the moment it is made.

    A filter on the root logger would not see records of child loggers, and one on a handler not those of another
    handler: so it is the record factory.
    """
    redact = Redactor(secrets)

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = None
        return record

    logging.setLogRecordFactory(make)
    return redact


def configure(level: str, secrets: Iterable[str], stream: TextIO = sys.stderr) -> None:
    """Log our own events at `level` and everybody else's from WARNING.

    Other libraries stay quiet even at DEBUG: Slack's client would log message texts, which hold figures of people.
    """
    redact = install_redaction(secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(level)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        print(redact("".join(traceback.format_exception(kind, error, trace))), file=stream, end="")

    sys.excepthook = hook
