"""A group of people: whose total may be asked for, and who leads them.

A flat word of its own because `access`, `store` and `reports` need it and may not import one another.
"""

from dataclasses import dataclass
from enum import StrEnum


class GroupOrigin(StrEnum):
    """Where a group's people come from."""

    BY_HAND = "by_hand"
    USERGROUP = "usergroup"
    """A Slack user group, read again every hour."""
    GATEWAY_TEAM = "gateway_team"
    """A team of LiteLLM, read again with its usage."""


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
class Policy:
    """What the organization has decided about figures of people."""

    people_enabled: bool = False
    """Leads and admins may ask who spent what; each look is recorded."""
    pilot_group_id: int | None = None
    """While a pilot runs: the only group whose people are told anything, and may see figures of people."""
