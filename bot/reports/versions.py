"""Which version of Claude Code people use, and which of them are too old to be believed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.telemetry import OLDEST_GOOD_CLI

_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})(-[0-9A-Za-z.\-]+)?(?:[+ ].*)?", re.ASCII)

OLDEST_GOOD = ".".join(map(str, OLDEST_GOOD_CLI))


class Age(StrEnum):
    """What to think of a version, the worst first."""

    OLD = "old"
    UNREADABLE = "unreadable"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUse:
    """Somebody uses a version."""

    who: str
    is_known: bool
    """They are a member; otherwise the name is as the sender tells it."""
    version: str
    """As it was told."""
    last_seen_date: date
    age: Age


def number(version: str) -> tuple[int, ...] | None:
    """Give what versions are compared by; None for one that cannot be read. A trial of a version lies before it.

    >>> number("2.1.99") < number("2.1.214-beta.2") < number("2.1.214 (Claude Code)")
    True
    """
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    return (*(int(part) for part in found.groups()[:3]), 0 if found[4] else 1)


def age(version: str) -> Age:
    """Say what to think of a version."""
    found = number(version)
    if found is None:
        return Age.UNREADABLE
    return Age.OLD if found < (*OLDEST_GOOD_CLI, 1) else Age.GOOD


def in_order(uses: Iterable[VersionUse]) -> tuple[VersionUse, ...]:
    """Put the oldest versions first, then those that cannot be read, then the others, the newest last."""
    ages = list(Age)
    return tuple(sorted(uses, key=lambda one: (ages.index(one.age), number(one.version) or (), one.who, one.version)))
