"""What the bot's log says in words of its own, said so that a stranger to it understands."""

import re
from collections.abc import Mapping

_MESSAGES = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        ("onboarding", "the first message to an admin"),
        ("digest/(?P<channel>[^/]+)/[^/]+/now/.+", "the digest that somebody asked for in {channel}"),
        (
            "digest/(?P<channel>[^/]+)/(?P<day>[^/]+)/(?P<cadence>[^/]+)",
            "the {cadence} digest of {day} for {channel}",
        ),
        ("share/(?P<channel>[^/]+)/.+", "an answer that somebody shares in {channel}"),
        ("budget/[^/]+/[^/]+/(?P<percent>[0-9]+)/[0-9]+/fire", "the alert that a budget has reached {percent} %"),
        ("budget/.+/correct", "the correction of an alert on a budget"),
        ("budget/.+/projected", "the warning that a budget will not last"),
        ("request/.+", "somebody's request for a larger budget, or the answer to it"),
        ("operator/.+", "a note to an admin about another message"),
    )
)
"""What a message is, by its key."""

_STATES: Mapping[str, str] = {
    "pending": "not sent now",
    "uncertain": "not sent again for now",
    "sent": "not sent again",
    "failed": "gave up",
    "skipped": "not sent",
}

_REASONS: Mapping[str, str] = {
    "ratelimited": "Slack asked it to slow down",
    "expired": "nobody wants to read it any more so late",
    "expired in doubt": "it may have arrived, and nobody wants to read it any more so late",
    "late first attempt": "it is so late that it may have arrived long ago, and the bot looks first",
    "found": "it is there",
    "looked twice, not there": "it is not there after two looks, so it goes out again soon",
    "repeated": "it goes out again soon: a day has passed without proof, and it says that it may be there already",
    "never confirmed": "it may be there, and a repeat would annoy more than a gap",
    "lease ran out": "the bot stopped in the middle of sending, so it may have arrived",
    "nobody could look": "it may have arrived, and the bot may not read there",
    "switched off": "its reader wants none",
    "restated": "the figure was taken back before anybody read it",
    "not_in_channel": "the bot is not in that channel",
    "is_archived": "that channel is archived",
    "channel_not_found": "there is no such channel",
    "access.shared_channel": "another company reads along in that channel",
}

_TROUBLES: Mapping[str, str] = {
    "SourceUnavailable": "the usage API does not answer well now, and it asks again at the next reading",
    "SourceRejected": "the usage API refuses the key, which only a person can mend",
    "SourceChanged": "the usage API answers in a form that this program does not know",
}


def message(key: str) -> str:
    """Name a message by its key.

    >>> message("digest/C0GENERAL/2026-11-23/daily")
    'the daily digest of 2026-11-23 for C0GENERAL'
    """
    for pattern, words in _MESSAGES:
        if found := pattern.fullmatch(key):
            return words.format(**found.groupdict())
    return f"the message {key}"


def state(name: str) -> str:
    """Say what a message's new state means for it."""
    return _STATES.get(name, name)


def reason(name: str, why: str) -> str:
    """Say why a message is in its new state; what Slack or the network answered stays in their words."""
    words = _REASONS.get(why, f"the answer was “{why}”")
    if name == "uncertain" and "arrived" not in words:
        return f"it may have arrived: {words}"
    return f"{words} ({why})" if why in _REASONS and why.isidentifier() else words


def trouble(kind: str) -> str:
    """Say what is wrong with a source of usage, by the kind of error."""
    return _TROUBLES.get(kind, f"the usage API fails ({kind})")
