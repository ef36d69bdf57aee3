"""First tables: who used it, what it cost on each day, and what is known about each day."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store import columns

revision = "20261122_first_tables"
down_revision = None
branch_labels = None
depends_on = None

_MOST = 9_000_000_000_000_000_000
_TOKENS = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_COUNTS = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests", "edits_accepted", "edits_rejected")
_DURATIONS = ("active_seconds", "api_seconds")


def upgrade() -> None:
    """Go to this revision."""
    _dimension("source")
    _dimension("model")
    _table(
        "member",
        _id(),
        _text("slack_user_id"),
        _text("display_name"),
        _text("email", nullable=True),
        *_code("member", "standing", 5),
        _text("locale", nullable=True),
        _text("tz", nullable=True),
        _instant("updated_at"),
        sa.UniqueConstraint("slack_user_id", name="uq_member_slack_user_id"),
        key=("id",),
    )
    op.create_index("ix_member_email", "member", ["email"])
    _table(
        "machine",
        _id(),
        _text("name"),
        *_reference("machine", "owner_member_id", "member"),
        sa.UniqueConstraint("name", name="uq_machine_name"),
        key=("id",),
    )
    _table(
        "consumer",
        _id(),
        *_reference("consumer", "source_id", "source"),
        *_code("consumer", "kind", 3),
        _text("external_id"),
        _day("first_seen_date"),
        sa.UniqueConstraint("source_id", "kind", "external_id", name="uq_consumer_source_id_kind_external_id"),
        key=("id",),
    )
    _table(
        "consumer_link",
        _id(),
        *_reference("consumer_link", "consumer_id", "consumer"),
        *_reference("consumer_link", "member_id", "member", nullable=True),
        *_reference("consumer_link", "machine_id", "machine", nullable=True),
        _day("valid_from"),
        _day("valid_to"),
        *_code("consumer_link", "origin", 2),
        _text("linked_by", nullable=True),
        _instant("linked_at"),
        sa.UniqueConstraint("consumer_id", "valid_from", name="uq_consumer_link_consumer_id_valid_from"),
        sa.UniqueConstraint("consumer_id", "valid_to", name="uq_consumer_link_consumer_id_valid_to"),
        _check("consumer_link", "one_owner", "(member_id IS NULL) <> (machine_id IS NULL)"),
        _check("consumer_link", "not_empty", "valid_from < valid_to"),
        key=("id",),
    )
    op.create_index("ix_consumer_link_member_id", "consumer_link", ["member_id"])
    op.create_index("ix_consumer_link_machine_id", "consumer_link", ["machine_id"])
    _usage()
    _days()
    _housekeeping()


def downgrade() -> None:
    """Go back to an empty database."""
    for name in ("channel", "source_status", "job_run", "active_day", "team_day", "source_day"):
        op.drop_table(name)
    for name in ("activity_day", "usage_day", "consumer_link", "consumer", "machine", "member", "model", "source"):
        op.drop_table(name)


def _usage() -> None:
    _table(
        "usage_day",
        _day("usage_date"),
        *_reference("usage_day", "source_id", "source"),
        *_reference("usage_day", "consumer_id", "consumer"),
        *_reference("usage_day", "model_id", "model"),
        *_code("usage_day", "biller", 5),
        *_code("usage_day", "plan", 2),
        *_code("usage_day", "cost_metric", 3),
        *_amounts("usage_day", *_TOKENS, "cost_nanos"),
        *_flag("usage_day", "counted"),
        key=("usage_date", "source_id", "consumer_id", "model_id", "biller", "plan", "cost_metric"),
        rowid=False,
    )
    op.create_index("ix_usage_day_consumer_id_usage_date", "usage_day", ["consumer_id", "usage_date"])
    _table(
        "activity_day",
        _day("usage_date"),
        *_reference("activity_day", "source_id", "source"),
        *_reference("activity_day", "consumer_id", "consumer"),
        *_amounts("activity_day", *_COUNTS),
        *_amounts("activity_day", *_DURATIONS, nullable=True),
        *_flag("activity_day", "counted"),
        key=("usage_date", "source_id", "consumer_id"),
        rowid=False,
    )
    op.create_index("ix_activity_day_consumer_id_usage_date", "activity_day", ["consumer_id", "usage_date"])


def _days() -> None:
    _table(
        "source_day",
        *_reference("source_day", "source_id", "source"),
        _day("usage_date"),
        _instant("as_of"),
        *_flag("source_day", "complete"),
        _text("digest"),
        *_amounts("source_day", "record_count", "quarantined", "tokens", "cost_nanos"),
        _number("revision"),
        _text("held_digest", nullable=True),
        _instant("held_since", nullable=True),
        *_amounts("source_day", "held_cost_nanos", nullable=True),
        _check("source_day", "revision", "revision >= 1"),
        _check(
            "source_day",
            "held",
            "(held_digest IS NULL) = (held_since IS NULL) AND (held_since IS NULL) = (held_cost_nanos IS NULL)",
        ),
        key=("source_id", "usage_date"),
        rowid=False,
    )
    _table(
        "team_day",
        _day("usage_date"),
        *_code("team_day", "owner", 3),
        *_reference("team_day", "model_id", "model"),
        *_code("team_day", "plan", 2),
        *_code("team_day", "cost_metric", 3),
        *_amounts("team_day", *_TOKENS, "cost_nanos"),
        key=("usage_date", "owner", "model_id", "plan", "cost_metric"),
        rowid=False,
    )
    _table(
        "active_day",
        _day("usage_date"),
        *_reference("active_day", "model_id", "model"),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        key=("usage_date", "model_id"),
        rowid=False,
    )


def _housekeeping() -> None:
    _table(
        "job_run",
        _text("name"),
        _instant("started_at"),
        _instant("finished_at", nullable=True),
        _text("outcome", nullable=True),
        key=("name",),
        rowid=False,
    )
    _table(
        "source_status",
        _text("source"),
        _instant("last_success_at", nullable=True),
        _instant("last_error_at", nullable=True),
        _text("last_error_kind", nullable=True),
        _text("last_error", nullable=True),
        key=("source",),
        rowid=False,
    )
    _table(
        "channel",
        _text("channel_id"),
        *_flag("channel", "is_shared"),
        *_flag("channel", "is_private"),
        _text("name", nullable=True),
        _instant("checked_at"),
        key=("channel_id",),
        rowid=False,
    )


def _dimension(name: str) -> None:
    _table(name, _id(), _text("name"), sa.UniqueConstraint("name", name=f"uq_{name}_name"), key=("id",))


def _table(name: str, *parts: Any, key: tuple[str, ...], rowid: bool = True) -> None:
    op.create_table(
        name,
        *parts,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sqlite_strict=True,
        sqlite_with_rowid=rowid,
    )


def _id() -> sa.Column[Any]:
    return _number("id")


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


def _code(table: str, name: str, words: int) -> tuple[Any, ...]:
    return sa.Column(name, columns.Code(), nullable=False), _check(table, name, f"{name} BETWEEN 1 AND {words}")


def _flag(table: str, name: str) -> tuple[Any, ...]:
    return sa.Column(name, columns.Flag(), nullable=False), _check(table, name, f"{name} = true OR {name} = false")


def _amounts(table: str, *names: str, nullable: bool = False) -> tuple[Any, ...]:
    checks = (_check(table, name, f"{name} BETWEEN 0 AND {_MOST}") for name in names)
    return (*(_number(name, nullable=nullable) for name in names), *checks)


def _reference(table: str, name: str, other: str, *, nullable: bool = False) -> tuple[Any, ...]:
    return (
        _number(name, nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}"),
    )
