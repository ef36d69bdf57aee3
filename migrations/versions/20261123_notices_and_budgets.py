"""What is said unasked, and why: notices, digests, budgets, requests, the audit log; more about channels."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store import columns

revision = "20261123_notices_and_budgets"
down_revision = "20261122_first_tables"
branch_labels = None
depends_on = None

_MOST = 9_000_000_000_000_000_000


def upgrade() -> None:
    """Go to this revision."""
    # What Slack says of channels is read again every hour, so the old rows are no loss.
    op.drop_table("channel")
    _channel("is_shared", "is_private", "is_member", "is_archived")
    _notices()
    _table(
        "digest_schedule",
        _text("channel_id"),
        *_code("digest_schedule", "cadence", 3),
        _number("minute"),
        _text("zone"),
        *_flags("digest_schedule", "weekends", "spendless"),
        _text("set_by"),
        _instant("set_at"),
        _day("covered_until", nullable=True),
        _text("parked"),
        _check("digest_schedule", "minute", "minute BETWEEN 0 AND 1439"),
        key=("channel_id",),
        rowid=False,
    )
    _budgets()
    _table(
        "audit",
        _number("id"),
        _instant("at"),
        _text("actor"),
        _text("act"),
        _text("target"),
        _text("previous_hash"),
        _text("hash"),
        sa.UniqueConstraint("previous_hash", name="uq_audit_previous_hash"),
        key=("id",),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    for name in ("audit", "budget_request", "member_alerts", "budget_line", "budget", "digest_schedule"):
        op.drop_table(name)
    for name in ("notice_edit", "notice", "channel"):
        op.drop_table(name)
    _channel("is_shared", "is_private")


def _channel(*flags: str) -> None:
    _table(
        "channel",
        _text("channel_id"),
        *_flags("channel", *flags),
        _text("name", nullable=True),
        _instant("checked_at"),
        key=("channel_id",),
        rowid=False,
    )


def _notices() -> None:
    _table(
        "notice",
        _text("key"),
        *_code("notice", "kind", 7),
        *_code("notice", "state", 7),
        _text("recipient"),
        _text("private_to", nullable=True),
        _text("about"),
        *_code("notice", "doubt", 3),
        *_flags("notice", "unasked", "urgent"),
        _text("text"),
        _text("blocks"),
        _instant("due_at"),
        _instant("expires_at", nullable=True),
        _day("covers_start", nullable=True),
        _text("why"),
        _instant("planned_at"),
        _number("attempts"),
        _number("fence"),
        _text("owner", nullable=True),
        _instant("real_lease_until", nullable=True),
        _instant("real_retry_at", nullable=True),
        _instant("real_first_attempt_at", nullable=True),
        _day("told_on", nullable=True),
        _text("channel_id", nullable=True),
        _text("ts", nullable=True),
        _instant("sent_at", nullable=True),
        _instant("real_uncertain_since", nullable=True),
        _instant("real_scanned_at", nullable=True),
        _number("empty_scans"),
        *_flags("notice", "plain", "repeated"),
        _text("outcome"),
        _text("superseded_by", nullable=True),
        _check("notice", "private_to", "private_to IS NULL OR private_to = recipient"),
        _check("notice", "sent", "state <> 3 OR (ts IS NOT NULL AND channel_id IS NOT NULL)"),
        _check("notice", "sending", "state <> 2 OR (owner IS NOT NULL AND real_lease_until IS NOT NULL)"),
        _check("notice", "uncertain", "state <> 4 OR real_uncertain_since IS NOT NULL"),
        _check("notice", "superseded", "state <> 7 OR superseded_by IS NOT NULL"),
        key=("key",),
        rowid=False,
    )
    op.create_index("ix_notice_state_due_at", "notice", ["state", "due_at"])
    op.create_index("ix_notice_recipient_told_on", "notice", ["recipient", "told_on"])
    _table(
        "notice_edit",
        _text("key"),
        _number("version"),
        _number("shown_version"),
        _text("text"),
        _text("blocks"),
        _instant("real_lease_until", nullable=True),
        _number("attempts"),
        _text("outcome"),
        sa.ForeignKeyConstraint(["key"], ["notice.key"], name="fk_notice_edit_key"),
        key=("key",),
        rowid=False,
    )


def _budgets() -> None:
    _table(
        "budget",
        _number("id"),
        _text("subject"),
        *_code("budget", "scope", 6),
        *_reference("budget", "member_id", "member", nullable=True),
        *_reference("budget", "machine_id", "machine", nullable=True),
        *_code("budget", "cadence", 3),
        _number("limit_nanos", nullable=True),
        _number("version"),
        _text("set_by"),
        _instant("set_at"),
        sa.UniqueConstraint("subject", "cadence", name="uq_budget_subject_cadence"),
        _check("budget", "limit_nanos", f"limit_nanos BETWEEN 1 AND {_MOST}"),
        key=("id",),
    )
    _table(
        "budget_line",
        *_reference("budget_line", "budget_id", "budget"),
        _number("member_id"),
        _day("period_start"),
        _number("limit_version"),
        _number("spent_nanos"),
        _check("budget_line", "spent_nanos", f"spent_nanos BETWEEN 0 AND {_MOST}"),
        _instant("spent_since", nullable=True),
        _instant("as_of", nullable=True),
        _text("marks"),
        *_flags("budget_line", "muted", "planned", "projected"),
        key=("budget_id", "member_id", "period_start"),
        rowid=False,
    )
    op.create_index("ix_budget_line_period_start", "budget_line", ["period_start"])
    _table(
        "member_alerts",
        *_reference("member_alerts", "member_id", "member"),
        *_flags("member_alerts", "off"),
        _number("quiet_from"),
        _number("quiet_to"),
        _instant("snoozed_until", nullable=True),
        _check("member_alerts", "quiet", "quiet_from BETWEEN 0 AND 1439 AND quiet_to BETWEEN 0 AND 1439"),
        key=("member_id",),
        rowid=False,
    )
    _table(
        "budget_request",
        _number("id"),
        *_reference("budget_request", "member_id", "member"),
        *_code("budget_request", "cadence", 3),
        _number("limit_nanos"),
        _text("reason"),
        *_code("budget_request", "state", 3),
        _instant("made_at"),
        _text("decided_by", nullable=True),
        _number("decided_nanos", nullable=True),
        _instant("decided_at", nullable=True),
        _check("budget_request", "limit_nanos", f"limit_nanos BETWEEN 1 AND {_MOST}"),
        key=("id",),
    )
    op.create_index("ix_budget_request_member_id", "budget_request", ["member_id"])


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


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.Day(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.UtcDateTime(), nullable=nullable)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _code(table: str, name: str, words: int) -> tuple[Any, ...]:
    return sa.Column(name, columns.Code(), nullable=False), _check(table, name, f"{name} BETWEEN 1 AND {words}")


def _flags(table: str, *names: str) -> tuple[Any, ...]:
    checks = (_check(table, name, f"{name} = true OR {name} = false") for name in names)
    return (*(sa.Column(name, columns.Flag(), nullable=False) for name in names), *checks)


def _reference(table: str, name: str, other: str, *, nullable: bool = False) -> tuple[Any, ...]:
    return (
        _number(name, nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}"),
    )
