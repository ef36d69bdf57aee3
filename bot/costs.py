"""What the organization's own cost report says, of nobody in particular: the other side of a reconciliation."""

from dataclasses import dataclass
from datetime import date


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
