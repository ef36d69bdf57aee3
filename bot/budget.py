"""Budgets, and what is remembered of each while its period runs.

A flat word of its own because `store` keeps them, `reports` decides over them, and `views` shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.periods import Cadence
from bot.usage import Plan

OWED = frozenset({Plan.PAY_PER_TOKEN})
"""The plans whose use somebody is charged for; a subscription's use has a value, and costs nothing more."""
THRESHOLDS = (50, 80, 100)
"""In percent of the limit."""


class BudgetScope(StrEnum):
    """Whose spend a budget watches, and who is told."""

    OWN = "own"
    """A member's, set by that member."""
    ASSIGNED = "assigned"
    """A member's, set by an admin; stands in the place of the default."""
    DEFAULT = "default"
    """Every member's, each on their own."""
    TEAM = "team"
    """The organization's; tells who set it."""
    MACHINE = "machine"
    """An API key's; tells the machine's owner."""
    WORKSPACE = "workspace"
    """The vendor's own limit, entered by hand because no API tells it: shown, never announced."""
    GROUP = "group"
    """A group's, as far as its total may be told; tells who set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on the spend of a kind of period. Switched off, it keeps its id: keys of messages go on from there."""

    budget_id: int
    scope: BudgetScope
    member_id: int | None = None
    """Of `OWN` and `ASSIGNED`."""
    machine_id: int | None = None
    """Of `MACHINE`."""
    group_id: int | None = None
    """Of `GROUP`."""
    cadence: Cadence
    limit_nanos: int | None
    """None: switched off."""
    version: int
    """Grows with every change of the limit."""
    set_by: str
    """Slack user id: of a team's or a group's budget also who is told."""
    set_at: datetime
    plans: frozenset[Plan] = OWED
    """Whose use counts. A subscription's only if an admin asked, and never beside what the vendor limits or a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One threshold of one line: armed or fired."""

    fired: bool = False
    generation: int = 1
    corrections: int = 0
    """Corrections under the present limit; at most one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What is remembered of one line: a budget, for one member if it is the default, in one period."""

    limit_version: int
    spent_nanos: int = 0
    spent_since: datetime | None = None
    """Since when complete readings have given this same figure. None: not known yet."""
    as_of: datetime | None = None
    marks: Mapping[int, Mark] = field(default_factory=dict)
    """By threshold; one that is missing is armed in generation 1."""
    muted: bool = False
    """The person wants to hear nothing more of this period."""
    planned: bool = False
    """The person said that this was planned."""
    projected: bool = False
    """That it will probably not last was said."""


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class LineKey:
    """Names a line: `member_id` is 0 unless the budget is the default, which holds for each member apart."""

    budget_id: int
    member_id: int = 0
    period_start: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """How a member wants to be told."""

    off: bool = False
    quiet_from: int = 20 * 60
    """Minute of the person's own day; the quiet hours may pass midnight."""
    quiet_to: int = 8 * 60
    snoozed_until: datetime | None = None


class RequestState(StrEnum):
    """What became of a request for more."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRequest:
    """A member asks for a larger budget."""

    request_id: int
    member_id: int
    cadence: Cadence
    limit_nanos: int
    reason: str
    """As typed: words of others."""
    state: RequestState
    made_at: datetime
    decided_by: str | None = None
    decided_nanos: int | None = None
    decided_at: datetime | None = None
