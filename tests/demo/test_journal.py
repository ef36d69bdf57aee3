"""What the playground's log says: what happened in its own words, and what was decided with its reason."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.journal import DECISION, KEPT_LINES, Journal, JournalHandler, Line

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIGEST = "digest/C0PLATFORM/2026-11-24/daily"
ALERT = "budget/3/2026-11-01/80/1/fire"
ALERT_WORDS = "the alert that a budget has reached 80 %"
UNAVAILABLE = "the usage API does not answer well now, and it asks again at the next reading"


def told(event: str, **fields: Any) -> Line:
    """Let the bot log an event, and give the line of it."""
    journal = Journal(lambda: NOON)
    record = logging.makeLogRecord({"msg": event, "levelno": logging.INFO, **fields})
    JournalHandler(journal).handle(record)
    (line,) = journal.recent()
    assert line.at == NOON
    return line


def moved(state: str, why: str, key: str = DIGEST) -> str:
    line = told("delivery_moved", key=key, state=state, why=why, attempt=1)
    assert line.who == DECISION
    return line.what


@pytest.mark.parametrize(
    ("event", "fields", "words"),
    [
        ("polled", {"days": 7, "failures": 0}, "read 7 days of usage: those that are new or may still change"),
        ("polled", {"days": 0, "failures": 1}, "read no days of usage and no more: 1 of the sources failed"),
        (
            "delivered",
            {"key": "onboarding", "attempt": 1, "kind": "operator"},
            "sent the first message to an admin: it was due, and Slack confirmed it at the first attempt",
        ),
        (
            "delivered",
            {"key": ALERT, "attempt": 2, "kind": "breach"},
            "sent the alert that a budget has reached 80 %: it was due, and Slack confirmed it at attempt 2",
        ),
        (
            "planned",
            {
                "key": ALERT,
                "recipient": "U0ADA",
                "due_at": "2026-11-24T07:00:00+00:00",
                "zone": "Europe/Berlin",
                "why": "quiet_hours",
            },
            f"not sent now: {ALERT_WORDS} to U0ADA waits, quiet hours until 08:00 on 24 Nov (Europe/Berlin)",
        ),
        (
            "source_failed",
            {"source": "claude_code", "kind": "SourceUnavailable", "why": "HTTP 429 on /v1"},
            f"kept the figures as they were: {UNAVAILABLE} (HTTP 429 on /v1)",
        ),
        ("slack_request_refused", {"reason": "bad signature"}, "turned a request away: bad signature"),
        ("job_failed", {"job": "poll"}, "tries poll again in a minute: it failed unexpectedly"),
    ],
)
def test_a_decision_is_said_in_words_and_with_its_reason(event: str, fields: dict[str, Any], words: str) -> None:
    assert told(event, **fields) == Line(NOON, DECISION, words)


def test_each_way_of_a_message_has_its_reason() -> None:
    digest = "the daily digest of 2026-11-24 for C0PLATFORM"
    assert moved("pending", "ratelimited") == (
        f"not sent now: {digest}, because Slack asked it to slow down (ratelimited)"
    )
    assert moved("uncertain", "HTTP 500") == (
        f"not sent again for now: {digest}, because it may have arrived: the answer was “HTTP 500”"
    )
    assert moved("uncertain", "lease ran out") == (
        f"not sent again for now: {digest}, because the bot stopped in the middle of sending, so it may have arrived"
    )
    assert moved("sent", "found") == f"not sent again: {digest}, because it is there (found)"
    assert moved("skipped", "switched off") == f"not sent: {digest}, because its reader wants none"
    assert moved("failed", "not_in_channel").startswith(f"gave up: {digest}, because the bot is not in that channel")
    assert moved("failed", "a_new_word") == f"gave up: {digest}, because the answer was “a_new_word”"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (DIGEST, "the daily digest of 2026-11-24 for C0PLATFORM"),
        ("digest/C0GENERAL/2026-11-23/now/0900", "the digest that somebody asked for in C0GENERAL"),
        ("share/C0GENERAL/1700000000.000100/me/U0ADA", "an answer that somebody shares in C0GENERAL"),
        ("budget/3.7/2026-11-01/100/2/fire", "the alert that a budget has reached 100 %"),
        ("budget/3/2026-11-01/100/2/correct", "the correction of an alert on a budget"),
        ("budget/3/2026-11-01/projected", "the warning that a budget will not last"),
        ("request/4/U0CHLOE", "somebody's request for a larger budget, or the answer to it"),
        (f"operator/held/{DIGEST}/1/U0CHLOE", "a note to an admin about another message"),
        ("something/else", "the message something/else"),
    ],
)
def test_a_message_is_named_by_what_it_is(key: str, words: str) -> None:
    assert words in moved("pending", "ratelimited", key)


@pytest.mark.parametrize("fields", [{}, {"days": 7}, {"key": 7, "recipient": "U0ADA", "due_at": "soon", "zone": "?"}])
@pytest.mark.parametrize("event", ["polled", "planned", "delivery_moved", "unheard_of"])
def test_what_nobody_foresaw_is_shown_as_it_came_and_is_no_decision(event: str, fields: dict[str, Any]) -> None:
    line = told(event, **fields)
    assert line == Line(NOON, "bot", " ".join([event, *(f"{name}={value}" for name, value in fields.items())]))


@pytest.mark.parametrize(
    ("who", "what", "words"),
    [
        ("bot", "auth.test → ok", "asks Slack who it is: auth.test → ok"),
        ("bot", "acknowledged in 7 ms", "tells Slack that it heard: acknowledged in 7 ms"),
        ("bot", "upload of 7 bytes → ok", "upload of 7 bytes → ok"),
        ("slack", "acknowledged by nobody", "acknowledged by nobody"),
    ],
)
def test_a_call_of_the_bot_is_introduced_by_what_it_is_for(who: str, what: str, words: str) -> None:
    journal = Journal(lambda: NOON)
    journal.write(who, what)
    assert journal.recent() == [Line(NOON, who, words)]


def test_the_newest_few_hundred_lines_are_kept_in_order() -> None:
    journal = Journal(lambda: NOON)
    for number in range(KEPT_LINES + 1):
        journal.write("slack", str(number))
    assert [line.what for line in journal.recent()] == [str(number) for number in range(1, KEPT_LINES + 1)]
