"""Budgets of groups, subscription use in budgets, and by which token telemetry was heard first."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store import columns

revision = "20261123_budgets_and_paths"
down_revision = "20261123_every_source"
branch_labels = None
depends_on = None

_MOST = 9_000_000_000_000_000_000
_FLAG = "subscriptions_in_budgets"


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("budget", copy_from=_budget(6, with_group=False)) as batch:
        batch.drop_constraint(op.f("ck_budget_scope"), type_="check")
        batch.create_check_constraint(op.f("ck_budget_scope"), "scope BETWEEN 1 AND 7")
        batch.add_column(_number("group_id", nullable=True))
        batch.create_foreign_key(op.f("fk_budget_group_id"), "people_group", ["group_id"], ["id"])
    with op.batch_alter_table("organization", copy_from=_organization()) as batch:
        batch.add_column(sa.Column(_FLAG, columns.Flag(), nullable=False, server_default=sa.false()))
        batch.create_check_constraint(op.f(f"ck_organization_{_FLAG}"), f"{_FLAG} = true OR {_FLAG} = false")
    op.add_column("inbox_seen", sa.Column("token_id", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Go back to the revision before; budgets of groups are lost."""
    op.drop_column("inbox_seen", "token_id")
    with op.batch_alter_table("organization", copy_from=_organization(_FLAG)) as batch:
        batch.drop_constraint(op.f(f"ck_organization_{_FLAG}"), type_="check")
        batch.drop_column(_FLAG)
    op.execute("DELETE FROM budget_line WHERE budget_id IN (SELECT id FROM budget WHERE scope = 7)")
    op.execute("DELETE FROM budget WHERE scope = 7")
    with op.batch_alter_table("budget", copy_from=_budget(7, with_group=True)) as batch:
        batch.drop_constraint(op.f("fk_budget_group_id"), type_="foreignkey")
        batch.drop_column("group_id")
        batch.drop_constraint(op.f("ck_budget_scope"), type_="check")
        batch.create_check_constraint(op.f("ck_budget_scope"), "scope BETWEEN 1 AND 6")


def _budget(scopes: int, *, with_group: bool) -> sa.Table:
    return sa.Table(
        "budget",
        sa.MetaData(),
        _number("id"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("scope", columns.Code(), nullable=False),
        *_reference("member_id", "member"),
        *_reference("machine_id", "machine"),
        sa.Column("cadence", columns.Code(), nullable=False),
        _number("limit_nanos", nullable=True),
        _number("version"),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", columns.UtcDateTime(), nullable=False),
        *(_reference("group_id", "people_group") if with_group else ()),
        _check("budget", "scope", f"scope BETWEEN 1 AND {scopes}"),
        _check("budget", "cadence", "cadence BETWEEN 1 AND 3"),
        _check("budget", "limit_nanos", f"limit_nanos BETWEEN 1 AND {_MOST}"),
        sa.UniqueConstraint("subject", "cadence", name="uq_budget_subject_cadence"),
        sa.PrimaryKeyConstraint("id", name="pk_budget"),
        sqlite_strict=True,
    )


def _organization(*flags: str) -> sa.Table:
    every = ("people_enabled", *flags)
    return sa.Table(
        "organization",
        sa.MetaData(),
        _number("id"),
        sa.Column("people_enabled", columns.Flag(), nullable=False),
        _number("pilot_group_id", nullable=True),
        sa.Column("pilot_since", columns.UtcDateTime(), nullable=True),
        *(sa.Column(name, columns.Flag(), nullable=False, server_default=sa.false()) for name in flags),
        *(_check("organization", name, f"{name} = true OR {name} = false") for name in every),
        _check("organization", "one", "id = 1"),
        sa.ForeignKeyConstraint(["pilot_group_id"], ["people_group.id"], name="fk_organization_pilot_group_id"),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sqlite_strict=True,
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.Int64(), nullable=nullable)


def _reference(name: str, other: str) -> tuple[Any, ...]:
    return (
        _number(name, nullable=True),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_budget_{name}"),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
