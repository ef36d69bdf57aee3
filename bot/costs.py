"""What the organization's own cost report says, of nobody in particular: the other side of a reconciliation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line of one UTC day. Lines of one workspace and description are added up."""

    usage_date: date
    workspace_id: str
    """Empty: the default workspace."""
    description: str
    cost_type: str
    """The vendor's word: `tokens`, `web_search`, `code_execution`, `session_usage`; empty where it gives none."""
    cost_nanos: int
    """Negative for a credit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorWorkspace:
    """A workspace of the organization."""

    workspace_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorKey:
    """An API key: its name and where it belongs, never the key."""

    key_id: str
    name: str
    workspace_id: str | None
    """None: the default workspace, or the whole organization."""
    owner_email: str | None
    """Case-folded address of whom it stands for, else of who made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The Admin API's names."""

    workspaces: tuple[VendorWorkspace, ...]
    keys: tuple[VendorKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorkspace:
    """A workspace as it is remembered."""

    workspace_id: str
    name: str
    is_claude_code: bool
    """It is the one of Claude Code: known by its name once, by its id from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDay:
    """What the cost report said of one UTC day when it was last read."""

    usage_date: date
    as_of: datetime
    complete: bool
    """The day was over, with time to spare, when it was read."""
    lines: tuple[CostLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDay:
    """What ccost counts of one UTC day that Anthropic bills by the token: everybody's, whoever they are."""

    usage_date: date
    cost_nanos: int
    estimated_nanos: int = 0
    """The part of it that is an estimate at list price."""
    by_key: Mapping[str, int] = field(default_factory=dict)
    """What each API key, by its name, spent of it."""
