"""A group of people: whose total may be asked for, and who leads them.

A flat word of its own because `access`, `store` and `reports` need it and may not import one another.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# fmt: off
RESERVED = frozenset({
    "me", "models", "days", "share", "team", "groups", "people", "plan", "budget", "set", "default", "off", "request",
    "approve", "deny", "snooze", "planned", "digest", "here", "preview", "now", "tips", "settings", "status",
    "alerts", "quiet", "language", "privacy", "export", "pilot", "audit", "link", "held", "release", "drop", "help",
    "why", "forecast", "whatif", "connect", "roles", "versions", "erase", "make", "add", "remove", "lead", "unlead",
    "usergroup", "gateway", "delete", "end", "yes", "no", "on", "all", "none", "everybody", "workspace", "machine",
    "about", "subscriptions",
})
# fmt: on
"""Words that mean something behind `/ccost`, today or as planned: no group may be called so."""

_NAME = re.compile(r"[^\W_](?:[^\W_]|[.-]){0,39}")


def fold_name(word: str) -> str | None:
    """Bring what was typed to the one form of a group's name; None: no group can be called so.

    One word of at most 40 letters, digits, points and hyphens. Whether it is also a period, `periods` knows.

    >>> fold_name("Platform"), fold_name("me"), fold_name("<!channel>")
    ('platform', None, None)
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return name if _NAME.fullmatch(name) and name not in RESERVED else None


class GroupOrigin(StrEnum):
    """Where a group's people come from."""

    BY_HAND = "by_hand"
    USERGROUP = "usergroup"
    """A Slack user group, read again every hour."""
    GATEWAY_TEAM = "gateway_team"
    """Stands for a team of LiteLLM; who is in it is said by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as it is set up. Who was in it when, the store knows."""

    group_id: int
    name: str
    """As it is shown and typed: one word."""
    origin: GroupOrigin
    external_id: str | None
    """The user group's or team's own id; None: by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Somebody's time in a group: from `valid_from` to before `valid_to`, UTC days."""

    group_id: int
    member_id: int
    valid_from: date
    valid_to: date
    """Exclusive."""


def throughout(stays: Iterable[Stay], start: date, end: date) -> dict[int, int]:
    """Give who was in each group on every day from `start` to before `end`: bits by group, older groups first."""
    found: dict[int, int] = {}
    for stay in sorted(stays, key=lambda one: one.group_id):
        here = stay.valid_from <= start and end <= stay.valid_to
        found[stay.group_id] = found.get(stay.group_id, 0) | (1 << stay.member_id if here else 0)
    return found


def bits(members: Iterable[int]) -> int:
    """Write members as a number: bit n is member n.

    >>> bits([0, 2])
    5
    """
    found = 0
    for member_id in members:
        found |= 1 << member_id
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the organization has decided about figures of people."""

    people_enabled: bool = False
    """Leads and admins may ask who spent what; each look is recorded."""
    pilot_group_id: int | None = None
    """While a pilot runs: the only group whose people are told anything, and may see figures of people."""
    subscriptions_in_budgets: bool = False
    """A subscription's use counts in budgets, at what it would cost through the API."""
