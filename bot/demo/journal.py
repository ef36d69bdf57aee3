"""What happened, in order: requests between bot, Slack and usage API, and what the bot decided and why."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.reasons import message, reason, state, trouble

KEPT_LINES = 400
DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    who: str
    """Whose act: `slack`, `bot`; `decision` is what the bot did of its own accord, with the reason."""
    what: str


class Journal:
    """The last few hundred lines. Any thread may write."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._lock = threading.Lock()

    def write(self, who: str, what: str) -> None:
        """Add a line; a call of Slack's Web API is introduced in plain words. `what` never holds a token."""
        plain = _CALLS.get(what.partition(" ")[0]) if who == "bot" else None
        with self._lock:
            self._lines.append(Line(self._clock(), who, f"{plain}: {what}" if plain else what))

    def recent(self) -> list[Line]:
        """Give what is kept, the oldest first."""
        with self._lock:
            return list(self._lines)


class JournalHandler(logging.Handler):
    """Takes what Python's loggers say into a journal: decisions in plain words, all else with its fields."""

    def __init__(self, journal: Journal, who: str = "bot", level: int = logging.INFO) -> None:
        super().__init__(level)
        self._journal = journal
        self._who = who

    def emit(self, record: logging.LogRecord) -> None:
        """Write what the record says."""
        event = record.getMessage()
        fields = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        try:
            plain = _DECISIONS[event](fields)
        except (KeyError, ValueError, TypeError):  # another event, or fields that nobody foresaw: as it came
            told = " ".join(f"{name}={value}" for name, value in fields.items())
            self._journal.write(self._who, f"{event} {told}".strip())
        else:
            self._journal.write(DECISION, plain)


def _polled(fields: Mapping[str, Any]) -> str:
    days, failures = fields["days"], fields["failures"]
    if failures:
        return f"read {days or 'no'} days of usage and no more: {failures} of the sources failed"
    return f"read {days} days of usage: those that are new or may still change"


_WAITS = {"quiet_hours": "quiet hours", "one_a_day": "one message a day", "snoozed": "snoozed"}


def _planned(fields: Mapping[str, Any]) -> str:
    until = datetime.fromisoformat(fields["due_at"]).astimezone(ZoneInfo(fields["zone"]))
    return (
        f"not sent now: {message(fields['key'])} to {fields['recipient']} waits, {_WAITS[fields['why']]} "
        f"until {until:%H:%M} on {until:%d %b} ({fields['zone']})"
    )


def _delivered(fields: Mapping[str, Any]) -> str:
    attempt = fields["attempt"]
    tries = "at the first attempt" if attempt == 1 else f"at attempt {attempt}"
    return f"sent {message(fields['key'])}: it was due, and Slack confirmed it {tries}"


_DECISIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "polled": _polled,
    "planned": _planned,
    "delivered": _delivered,
    "delivery_moved": lambda f: f"{state(f['state'])}: {message(f['key'])}, because {reason(f['state'], f['why'])}",
    "delivery_failed": lambda f: f"went on with the other messages: {message(f['key'])} failed unexpectedly",
    "duplicate_found": lambda f: f"deleted {f['copies']} of {message(f['key'])}: it was there twice",
    "notice_decided": lambda f: f"did what an admin said about {message(f['key'])}: {f['what']}",
    "source_failed": lambda f: f"kept the figures as they were: {trouble(f['kind'])} ({f['why']})",
    "quarantined": lambda f: f"kept {f['rows']} rows of {f['day']} out of the figures: {f['why']}",
    "job_failed": lambda f: f"tries {f['job']} again in a minute: it failed unexpectedly",
    "notices_overdue": lambda f: f"called for an operator: {f['count']} messages are overdue",
    "slack_request_refused": lambda f: f"turned a request away: {f['reason']}",
    "slack_unreachable": lambda f: f"started without Slack and asks again: it cannot be reached ({f['why']})",
    "channels_unseen": lambda f: f"kept what it knows of channels: Slack did not list {f['kind']}",
    "usergroup_unread": lambda f: f"kept a group as it was: Slack did not tell who is in it ({f['why']})",
    "home_failed": lambda f: f"left a Home tab as it was: Slack refused the new one ({f['why']})",
    "modal_failed": lambda f: f"answered in the conversation: Slack did not open the dialog ({f['why']})",
    "export_not_sent": lambda f: f"told the person that no file was sent: Slack refused it ({f['why']})",
}
"""Events of the bot that hold a decision, in words, by their fields."""

_CALLS = {
    "auth.test": "asks Slack who it is",
    "users.list": "reads who works here",
    "users.info": "reads about one person",
    "conversations.list": "reads which channels there are",
    "conversations.info": "looks who reads along in a channel",
    "conversations.open": "opens the direct message with a person",
    "conversations.history": "looks whether a message has arrived",
    "conversations.replies": "looks whether a reply has arrived",
    "blocks.validate": "asks whether Slack can show charts and tables",
    "chat.postMessage": "posts a message",
    "chat.update": "edits a message that it posted",
    "chat.delete": "deletes a message that it posted",
    "views.open": "opens a dialog",
    "views.update": "fills a dialog",
    "views.push": "opens a dialog over another",
    "views.publish": "draws somebody's Home tab",
    "response_url": "answers the one who asked",
    "acknowledged": "tells Slack that it heard",
}
"""What a call is for, by the first word of its line."""

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
