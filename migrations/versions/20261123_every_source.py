"""Every source: list prices, unpriced tokens, what days were before, the cost report, telemetry and its tokens."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store import columns

revision = "20261123_every_source"
down_revision = "20261123_groups_and_privacy"
branch_labels = None
depends_on = None

_MOST = 9_000_000_000_000_000_000
_TOKENS = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_CONSUMER_KINDS = "kind BETWEEN 1 AND 5"
_NEW = (
    "cli_version",
    "inbox_refusal",
    "inbox_dirty",
    "inbox_feature",
    "inbox_use",
    "inbox_series",
    "inbox_seen",
    "ingest_token",
    "ingest_key",
    "cost_reading",
    "cost_day",
    "vendor_key",
    "vendor_workspace",
    "usage_day_past",
    "source_day_past",
)


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("consumer", copy_from=_consumer("kind BETWEEN 1 AND 3")) as batch:
        batch.drop_constraint(op.f("ck_consumer_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_consumer_kind"), _CONSUMER_KINDS)
    with op.batch_alter_table("model", copy_from=_model("name")) as batch:
        batch.add_column(sa.Column("provider", sa.Text(), nullable=False, server_default=""))
        batch.drop_constraint("uq_model_name", type_="unique")
        batch.create_unique_constraint("uq_model_name_provider", ["name", "provider"])
    for table in ("usage_day", "team_day"):
        _add_amount(table, "unpriced_tokens", default="0")
        _add_amount(table, "list_cost_nanos")
    for name in ("compactions", "api_errors"):
        _add_amount("activity_day", name)
    op.add_column("source_day", _instant("data_through", nullable=True))
    op.add_column(
        "source_day",
        sa.Column(
            "gives_way",
            columns.Flag(),
            *_inline_check("source_day", "gives_way", "gives_way = true OR gives_way = false"),
            nullable=False,
            server_default=sa.false(),
        ),
    )
    _check_where_it_can_be_added("source_day", "gives_way", "gives_way = true OR gives_way = false")
    _add_the_past()
    _add_the_cost_report()
    _add_telemetry()


def downgrade() -> None:
    """Go back to the revision before."""
    for name in _NEW:
        op.drop_table(name)
    for name in ("gives_way", "data_through"):
        _drop_column("source_day", name)
    for name in ("api_errors", "compactions"):
        _drop_column("activity_day", name)
    for table in ("usage_day", "team_day"):
        for name in ("list_cost_nanos", "unpriced_tokens"):
            _drop_column(table, name)
    with op.batch_alter_table("model", copy_from=_model("name", "provider")) as batch:
        batch.drop_constraint("uq_model_name_provider", type_="unique")
        batch.create_unique_constraint("uq_model_name", ["name"])
        batch.drop_column("provider")
    with op.batch_alter_table("consumer", copy_from=_consumer(_CONSUMER_KINDS)) as batch:
        batch.drop_constraint(op.f("ck_consumer_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_consumer_kind"), "kind BETWEEN 1 AND 3")


def _add_the_past() -> None:
    _table(
        "source_day_past",
        *_reference("source_day_past", "source_id", "source"),
        _day("usage_date"),
        _number("revision"),
        _instant("as_of"),
        _instant("replaced_at"),
        *_amounts("source_day_past", "cost_nanos"),
        key=("source_id", "usage_date", "revision"),
        rowid=False,
    )
    _table(
        "usage_day_past",
        _day("usage_date"),
        *_reference("usage_day_past", "source_id", "source"),
        _number("revision"),
        *_reference("usage_day_past", "consumer_id", "consumer"),
        *_reference("usage_day_past", "model_id", "model"),
        *_code("usage_day_past", "biller", 5),
        *_code("usage_day_past", "plan", 2),
        *_code("usage_day_past", "cost_metric", 3),
        *_amounts("usage_day_past", "tokens", "cost_nanos"),
        key=("usage_date", "source_id", "revision", "consumer_id", "model_id", "biller", "plan", "cost_metric"),
        rowid=False,
    )
    op.create_index("ix_usage_day_past_consumer_id_usage_date", "usage_day_past", ["consumer_id", "usage_date"])


def _add_the_cost_report() -> None:
    _table(
        "vendor_workspace",
        _text("workspace_id"),
        _text("name"),
        *_flag("vendor_workspace", "is_claude_code"),
        _instant("seen_at"),
        key=("workspace_id",),
        rowid=False,
    )
    _table(
        "vendor_key",
        _text("key_id"),
        _text("name"),
        _text("workspace_id", nullable=True),
        _text("owner_email", nullable=True),
        _instant("seen_at"),
        key=("key_id",),
        rowid=False,
    )
    op.create_index("ix_vendor_key_name", "vendor_key", ["name"])
    _table(
        "cost_day",
        _day("usage_date"),
        _text("workspace_id"),
        _text("description"),
        _text("cost_type"),
        _number("cost_nanos"),
        _check("cost_day", "cost_nanos", f"cost_nanos BETWEEN -{_MOST} AND {_MOST}"),
        key=("usage_date", "workspace_id", "description"),
        rowid=False,
    )
    _table(
        "cost_reading",
        _day("usage_date"),
        _instant("as_of"),
        *_flag("cost_reading", "complete"),
        key=("usage_date",),
        rowid=False,
    )


def _add_telemetry() -> None:
    _table(
        "ingest_key",
        _number("id"),
        _text("secret"),
        _check("ingest_key", "one", "id = 1"),
        key=("id",),
    )
    _table(
        "ingest_token",
        _number("id"),
        _text("public_id"),
        _text("secret_hash"),
        *_reference("ingest_token", "member_id", "member", nullable=True),
        _text("label"),
        *_code("ingest_token", "biller", 5),
        *_code("ingest_token", "plan", 2),
        _text("created_by"),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("revoked_at", nullable=True),
        _instant("first_used_at", nullable=True),
        _instant("last_used_at", nullable=True),
        sa.UniqueConstraint("public_id", name="uq_ingest_token_public_id"),
        key=("id",),
    )
    op.create_index("ix_ingest_token_member_id", "ingest_token", ["member_id"])
    _table("inbox_seen", _day("usage_date"), _bytes("identity"), key=("usage_date", "identity"), rowid=False)
    _table(
        "inbox_series",
        _bytes("identity"),
        _day("usage_date"),
        _number("highest"),
        key=("identity",),
        rowid=False,
    )
    op.create_index("ix_inbox_series_usage_date", "inbox_series", ["usage_date"])
    whose = ("usage_date", "kind", "external_id", "session")
    _table(
        "inbox_use",
        _day("usage_date"),
        *_code("inbox_use", "kind", 5),
        _text("external_id"),
        _text("session"),
        *_code("inbox_use", "signal", 2),
        _text("model"),
        _text("provider"),
        *_code("inbox_use", "biller", 5),
        *_code("inbox_use", "plan", 2),
        *_amounts("inbox_use", *_TOKENS, "unpriced_tokens", "cost_nanos", "requests", "api_milliseconds"),
        key=(*whose, "signal", "model", "provider", "biller", "plan"),
        rowid=False,
    )
    _table(
        "inbox_feature",
        _day("usage_date"),
        *_code("inbox_feature", "kind", 5),
        _text("external_id"),
        _text("session"),
        _text("name"),
        *_amounts("inbox_feature", "amount"),
        key=(*whose, "name"),
        rowid=False,
    )
    _table("inbox_dirty", _day("usage_date"), key=("usage_date",), rowid=False)
    _table(
        "inbox_refusal",
        _day("usage_date"),
        _text("reason"),
        _text("about"),
        _number("times"),
        _instant("last_at"),
        key=("usage_date", "reason", "about"),
        rowid=False,
    )
    _table(
        "cli_version",
        *_code("cli_version", "kind", 5),
        _text("external_id"),
        _text("version"),
        _day("last_seen_date"),
        key=("kind", "external_id", "version"),
        rowid=False,
    )


def _consumer(kinds: str) -> sa.Table:
    return sa.Table(
        "consumer",
        sa.MetaData(),
        _number("id"),
        *_reference("consumer", "source_id", "source"),
        sa.Column("kind", columns.Code(), nullable=False),
        _text("external_id"),
        _day("first_seen_date"),
        _check("consumer", "kind", kinds),
        sa.UniqueConstraint("source_id", "kind", "external_id", name="uq_consumer_source_id_kind_external_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consumer"),
        sqlite_strict=True,
    )


def _model(*unique: str) -> sa.Table:
    provider = [sa.Column("provider", sa.Text(), nullable=False, server_default="")] if "provider" in unique else []
    return sa.Table(
        "model",
        sa.MetaData(),
        _number("id"),
        _text("name"),
        *provider,
        sa.UniqueConstraint(*unique, name=f"uq_model_{'_'.join(unique)}"),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sqlite_strict=True,
    )


def _add_amount(table: str, name: str, *, default: str | None = None) -> None:
    rule = f"{name} BETWEEN 0 AND {_MOST}"
    op.add_column(
        table,
        sa.Column(
            name, columns.Int64(), *_inline_check(table, name, rule), nullable=default is None, server_default=default
        ),
    )
    _check_where_it_can_be_added(table, name, rule)


def _inline_check(table: str, name: str, rule: str) -> list[sa.CheckConstraint]:
    """SQLite takes a rule only together with the column."""
    return [_check(table, name, rule)] if op.get_bind().dialect.name == "sqlite" else []


def _check_where_it_can_be_added(table: str, name: str, rule: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _drop_column(table: str, name: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check") if name != "data_through" else None
    op.drop_column(table, name)


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


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, columns.Day(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, columns.UtcDateTime(), nullable=nullable)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _code(table: str, name: str, words: int) -> tuple[Any, ...]:
    column: sa.Column[Any] = sa.Column(name, columns.Code(), nullable=False)
    return column, _check(table, name, f"{name} BETWEEN 1 AND {words}")


def _flag(table: str, name: str) -> tuple[Any, ...]:
    column: sa.Column[Any] = sa.Column(name, columns.Flag(), nullable=False)
    return column, _check(table, name, f"{name} = true OR {name} = false")


def _amounts(table: str, *names: str) -> tuple[Any, ...]:
    return (
        *(_number(name) for name in names),
        *(_check(table, name, f"{name} BETWEEN 0 AND {_MOST}") for name in names),
    )


def _reference(table: str, name: str, other: str, *, nullable: bool = False) -> tuple[Any, ...]:
    return (
        _number(name, nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}"),
    )
