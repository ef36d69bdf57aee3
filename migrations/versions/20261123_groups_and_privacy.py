"""Groups of people, what the organization has decided, who looked at whom, and what each person has chosen."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store import columns

revision = "20261123_groups_and_privacy"
down_revision = "20261123_notices_and_budgets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("member", _text("language", nullable=True))
    op.add_column("member", _instant("tips_off_at", nullable=True))
    _table(
        "people_group",
        _number("id"),
        _text("name"),
        sa.Column("origin", columns.Code(), nullable=False),
        _text("external_id", nullable=True),
        _text("created_by"),
        _instant("created_at"),
        sa.UniqueConstraint("name", name="uq_people_group_name"),
        _check("people_group", "origin", "origin BETWEEN 1 AND 3"),
        key=("id",),
    )
    _table(
        "group_member",
        *_reference("group_member", "group_id", "people_group"),
        *_reference("group_member", "member_id", "member"),
        _day("valid_from"),
        _day("valid_to"),
        _check("group_member", "not_empty", "valid_from < valid_to"),
        key=("group_id", "member_id", "valid_from"),
        rowid=False,
    )
    op.create_index("ix_group_member_member_id", "group_member", ["member_id"])
    _table(
        "group_lead",
        *_reference("group_lead", "group_id", "people_group"),
        *_reference("group_lead", "member_id", "member"),
        key=("group_id", "member_id"),
        rowid=False,
    )
    op.create_index("ix_group_lead_member_id", "group_lead", ["member_id"])
    _table(
        "organization",
        _number("id"),
        sa.Column("people_enabled", columns.Flag(), nullable=False),
        *_reference("organization", "pilot_group_id", "people_group", nullable=True),
        _instant("pilot_since", nullable=True),
        _check("organization", "people_enabled", "people_enabled = true OR people_enabled = false"),
        _check("organization", "one", "id = 1"),
        key=("id",),
    )
    _table(
        "look",
        _number("id"),
        *_reference("look", "member_id", "member"),
        _text("viewer"),
        _text("period"),
        _instant("at"),
        key=("id",),
    )
    op.create_index("ix_look_member_id_at", "look", ["member_id", "at"])


def downgrade() -> None:
    """Go back to the revision before."""
    for name in ("look", "organization", "group_lead", "group_member", "people_group"):
        op.drop_table(name)
    op.drop_column("member", "tips_off_at")
    op.drop_column("member", "language")


def _table(name: str, *parts: Any, key: tuple[str, ...], rowid: bool = True) -> None:
    op.create_table(
        name,
        *parts,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sqlite_strict=True,
        sqlite_with_rowid=rowid,
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.Int64(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, columns.Day(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.UtcDateTime(), nullable=nullable)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _reference(table: str, name: str, other: str, *, nullable: bool = False) -> tuple[Any, ...]:
    return (
        _number(name, nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}"),
    )
