"""Every table, on one page.

Amounts are nano-dollars, days are UTC days, instants are aware. Nothing validates when a table object is made: what
comes from outside is checked at its door, and the CHECKs here are the last fence.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Table, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from bot.budget import BudgetScope, RequestState
from bot.group import GroupOrigin
from bot.money import MAX_NANOS
from bot.notice import Doubt, NoticeKind, NoticeState
from bot.people import Standing
from bot.periods import Cadence
from bot.store.columns import CODES, Code, Day, Flag, Int64, Origin, UtcDateTime
from bot.telemetry import Signal
from bot.usage import Biller, ConsumerKind, CostMetric, Owner, Plan

# Before the first migration: without names, the removal of a UNIQUE is never noticed.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

TOKENS = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
COUNTS = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests", "edits_accepted", "edits_rejected")
DURATIONS = ("active_seconds", "api_seconds", "compactions", "api_errors")
"""What only some sources tell: NULL is unknown."""
MEASURES = (*TOKENS, "unpriced_tokens", "cost_nanos", "list_cost_nanos")
"""What is measured of a row of usage; the last one is NULL where the source does not say it."""

ALWAYS = date(1, 1, 1)
"""From when a first link holds: before any usage."""
FOREVER = date(9999, 12, 31)
"""Until when a link holds that has not ended."""


def _amounts(*names: str) -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(f"{name} BETWEEN 0 AND {MAX_NANOS}", name) for name in names)


def _words(name: str, kind: type[StrEnum]) -> CheckConstraint:
    """Codes run from 1 without a gap. Not `IN`: SQLite then takes three times as long for each row."""
    return CheckConstraint(f"{name} BETWEEN 1 AND {len(CODES[kind])}", name)


def _flags(*names: str) -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(f"{name} = true OR {name} = false", name) for name in names)


def _options(*, rowid: bool = True) -> dict[str, Any]:
    return {"sqlite_strict": True, "sqlite_with_rowid": rowid}


class Source(SQLModel, table=True):
    """A usage API that was read at least once."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("name"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    name: str = Field(sa_type=Text)


class Model(SQLModel, table=True):
    """A model, by the name its source gives it, and who ran it where that is said beside the biller."""

    __tablename__ = "model"
    __table_args__ = (UniqueConstraint("name", "provider"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    name: str = Field(sa_type=Text)
    provider: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})


class Member(SQLModel, table=True):
    """A Slack account that was ever seen, of any standing."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("slack_user_id"), _words("standing", Standing), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    slack_user_id: str = Field(sa_type=Text)
    display_name: str = Field(sa_type=Text)
    email: str | None = Field(default=None, index=True, sa_type=Text)
    """Case-folded. Not unique: an address may pass from one account to another."""
    standing: Standing = Field(sa_type=Code(Standing))
    locale: str | None = Field(default=None, sa_type=Text)
    tz: str | None = Field(default=None, sa_type=Text)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    language: str | None = Field(default=None, sa_type=Text)
    """What they have chosen; NULL: as Slack says."""
    tips_off_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when they want no tips; NULL: they get them."""


class PeopleGroup(SQLModel, table=True):
    """A group of people: see `group.Group`."""

    __tablename__ = "people_group"
    __table_args__ = (UniqueConstraint("name"), _words("origin", GroupOrigin), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    name: str = Field(sa_type=Text)
    """Case-folded."""
    origin: GroupOrigin = Field(sa_type=Code(GroupOrigin))
    external_id: str | None = Field(default=None, sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class GroupMember(SQLModel, table=True):
    """Somebody was in a group from `valid_from` to before `valid_to`. The first people of a group cover its past."""

    __tablename__ = "group_member"
    __table_args__ = (
        Index(None, "member_id"),
        CheckConstraint("valid_from < valid_to", "not_empty"),
        _options(rowid=False),
    )
    group_id: int = Field(primary_key=True, foreign_key="people_group.id", sa_type=Int64)
    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Int64)
    valid_from: date = Field(primary_key=True, sa_type=Day)
    valid_to: date = Field(sa_type=Day)
    """Exclusive; `FOREVER` while they are in it."""


class GroupLead(SQLModel, table=True):
    """Somebody leads a group. A lead need not be in it."""

    __tablename__ = "group_lead"
    __table_args__ = (Index(None, "member_id"), _options(rowid=False))
    group_id: int = Field(primary_key=True, foreign_key="people_group.id", sa_type=Int64)
    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Int64)


class Organization(SQLModel, table=True):
    """What the organization has decided: one row, or none while everything is as at first."""

    __tablename__ = "organization"
    __table_args__ = (
        *_flags("people_enabled", "subscriptions_in_budgets"),
        CheckConstraint("id = 1", "one"),
        _options(),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    people_enabled: bool = Field(sa_type=Flag)
    pilot_group_id: int | None = Field(default=None, foreign_key="people_group.id", sa_type=Int64)
    pilot_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    subscriptions_in_budgets: bool = Field(sa_type=Flag, sa_column_kwargs={"server_default": false()})


class Look(SQLModel, table=True):
    """Somebody was shown somebody else's figures. Only added to; no amounts."""

    __tablename__ = "look"
    __table_args__ = (Index(None, "member_id", "at"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    member_id: int = Field(foreign_key="member.id", sa_type=Int64)
    """Whose figures."""
    viewer: str = Field(sa_type=Text)
    """Slack user id of who looked."""
    period: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


class Machine(SQLModel, table=True):
    """Something that spends without a person: a pipeline, a bot. The owner is whom to ask."""

    __tablename__ = "machine"
    __table_args__ = (UniqueConstraint("name"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    name: str = Field(sa_type=Text)
    owner_member_id: int = Field(foreign_key="member.id", sa_type=Int64)


class Consumer(SQLModel, table=True):
    """Who used it, in the source's own words."""

    __tablename__ = "consumer"
    __table_args__ = (UniqueConstraint("source_id", "kind", "external_id"), _words("kind", ConsumerKind), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    source_id: int = Field(foreign_key="source.id", sa_type=Int64)
    kind: ConsumerKind = Field(sa_type=Code(ConsumerKind))
    external_id: str = Field(sa_type=Text)
    first_seen_date: date = Field(sa_type=Day)


class ConsumerLink(SQLModel, table=True):
    """Whose a consumer's rows are from `valid_from` to before `valid_to`: of one member or of one machine.

    The links of a consumer follow one another without gap or overlap, from `ALWAYS` to `FOREVER`.
    """

    __tablename__ = "consumer_link"
    __table_args__ = (
        UniqueConstraint("consumer_id", "valid_from"),
        UniqueConstraint("consumer_id", "valid_to"),
        CheckConstraint("(member_id IS NULL) <> (machine_id IS NULL)", "one_owner"),
        CheckConstraint("valid_from < valid_to", "not_empty"),
        _words("origin", Origin),
        _options(),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    consumer_id: int = Field(foreign_key="consumer.id", sa_type=Int64)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True, sa_type=Int64)
    machine_id: int | None = Field(default=None, foreign_key="machine.id", index=True, sa_type=Int64)
    valid_from: date = Field(sa_type=Day)
    valid_to: date = Field(sa_type=Day)
    """Exclusive."""
    origin: Origin = Field(sa_type=Code(Origin))
    linked_by: str | None = Field(default=None, sa_type=Text)
    """Slack user id; None when matched by address."""
    linked_at: datetime = Field(sa_type=UtcDateTime)


class UsageDay(SQLModel, table=True):
    """What one consumer spent on one model on one UTC day. Rows never change owner."""

    __tablename__ = "usage_day"
    __table_args__ = (
        Index(None, "consumer_id", "usage_date"),
        _words("biller", Biller),
        _words("plan", Plan),
        _words("cost_metric", CostMetric),
        *_amounts(*MEASURES),
        *_flags("counted"),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    source_id: int = Field(primary_key=True, foreign_key="source.id", sa_type=Int64)
    consumer_id: int = Field(primary_key=True, foreign_key="consumer.id", sa_type=Int64)
    model_id: int = Field(primary_key=True, foreign_key="model.id", sa_type=Int64)
    biller: Biller = Field(primary_key=True, sa_type=Code(Biller))
    plan: Plan = Field(primary_key=True, sa_type=Code(Plan))
    cost_metric: CostMetric = Field(primary_key=True, sa_type=Code(CostMetric))
    uncached_input_tokens: int = Field(sa_type=Int64)
    output_tokens: int = Field(sa_type=Int64)
    cache_read_input_tokens: int = Field(sa_type=Int64)
    cache_creation_input_tokens: int = Field(sa_type=Int64)
    unpriced_tokens: int = Field(sa_type=Int64, sa_column_kwargs={"server_default": "0"})
    cost_nanos: int = Field(sa_type=Int64)
    list_cost_nanos: int | None = Field(default=None, sa_type=Int64)
    counted: bool = Field(sa_type=Flag)
    """False for a shadow: another source's rows of the same use count (`overlap.choose`)."""


class ActivityDay(SQLModel, table=True):
    """What came of it, for one consumer on one UTC day."""

    __tablename__ = "activity_day"
    __table_args__ = (
        Index(None, "consumer_id", "usage_date"),
        *_amounts(*COUNTS, *DURATIONS),
        *_flags("counted"),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    source_id: int = Field(primary_key=True, foreign_key="source.id", sa_type=Int64)
    consumer_id: int = Field(primary_key=True, foreign_key="consumer.id", sa_type=Int64)
    sessions: int = Field(sa_type=Int64)
    lines_added: int = Field(sa_type=Int64)
    lines_removed: int = Field(sa_type=Int64)
    commits: int = Field(sa_type=Int64)
    pull_requests: int = Field(sa_type=Int64)
    edits_accepted: int = Field(sa_type=Int64)
    edits_rejected: int = Field(sa_type=Int64)
    active_seconds: int | None = Field(default=None, sa_type=Int64)
    api_seconds: int | None = Field(default=None, sa_type=Int64)
    compactions: int | None = Field(default=None, sa_type=Int64)
    api_errors: int | None = Field(default=None, sa_type=Int64)
    counted: bool = Field(sa_type=Flag)


class SourceDay(SQLModel, table=True):
    """What is known about one UTC day of one source, and what is held back of it (see `holding`)."""

    __tablename__ = "source_day"
    __table_args__ = (
        *_amounts("record_count", "quarantined", "tokens", "cost_nanos", "held_cost_nanos"),
        *_flags("complete", "gives_way"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint(
            "(held_digest IS NULL) = (held_since IS NULL) AND (held_since IS NULL) = (held_cost_nanos IS NULL)", "held"
        ),
        _options(rowid=False),
    )
    source_id: int = Field(primary_key=True, foreign_key="source.id", sa_type=Int64)
    usage_date: date = Field(primary_key=True, sa_type=Day)
    as_of: datetime = Field(sa_type=UtcDateTime)
    complete: bool = Field(sa_type=Flag)
    digest: str = Field(sa_type=Text)
    record_count: int = Field(sa_type=Int64)
    """Rows of usage and of activity in the reading that is stored."""
    quarantined: int = Field(sa_type=Int64)
    tokens: int = Field(sa_type=Int64)
    cost_nanos: int = Field(sa_type=Int64)
    """All rows added up, whatever they count as: a measure for shrinking, not a figure to show."""
    revision: int = Field(sa_type=Int64)
    """How many different readings this day has had."""
    held_digest: str | None = Field(default=None, sa_type=Text)
    held_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_cost_nanos: int | None = Field(default=None, sa_type=Int64)
    data_through: datetime | None = Field(default=None, sa_type=UtcDateTime)
    gives_way: bool = Field(sa_type=Flag, sa_column_kwargs={"server_default": false()})


class SourceDayPast(SQLModel, table=True):
    """What a finished day was before it was restated: one row for each reading that was replaced."""

    __tablename__ = "source_day_past"
    __table_args__ = (*_amounts("cost_nanos"), _options(rowid=False))
    source_id: int = Field(primary_key=True, foreign_key="source.id", sa_type=Int64)
    usage_date: date = Field(primary_key=True, sa_type=Day)
    revision: int = Field(primary_key=True, sa_type=Int64)
    as_of: datetime = Field(sa_type=UtcDateTime)
    replaced_at: datetime = Field(sa_type=UtcDateTime)
    cost_nanos: int = Field(sa_type=Int64)


class UsageDayPast(SQLModel, table=True):
    """What a row was in a reading that was replaced, where the next one said something else; 0 where it was not."""

    __tablename__ = "usage_day_past"
    __table_args__ = (
        Index(None, "consumer_id", "usage_date"),
        _words("biller", Biller),
        _words("plan", Plan),
        _words("cost_metric", CostMetric),
        *_amounts("tokens", "cost_nanos"),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    source_id: int = Field(primary_key=True, foreign_key="source.id", sa_type=Int64)
    revision: int = Field(primary_key=True, sa_type=Int64)
    consumer_id: int = Field(primary_key=True, foreign_key="consumer.id", sa_type=Int64)
    model_id: int = Field(primary_key=True, foreign_key="model.id", sa_type=Int64)
    biller: Biller = Field(primary_key=True, sa_type=Code(Biller))
    plan: Plan = Field(primary_key=True, sa_type=Code(Plan))
    cost_metric: CostMetric = Field(primary_key=True, sa_type=Code(CostMetric))
    tokens: int = Field(sa_type=Int64)
    """All kinds together."""
    cost_nanos: int = Field(sa_type=Int64)


class VendorWorkspace(SQLModel, table=True):
    """A workspace of the organization at the vendor, as its Admin API names it."""

    __tablename__ = "vendor_workspace"
    __table_args__ = (*_flags("is_claude_code"), _options(rowid=False))
    workspace_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    is_claude_code: bool = Field(sa_type=Flag)
    """The one that the first sign-in to Claude Code made; known by its name once, by its id from then on."""
    seen_at: datetime = Field(sa_type=UtcDateTime)


class VendorKey(SQLModel, table=True):
    """An API key of the organization: its name, where it belongs, who made it. Never the key."""

    __tablename__ = "vendor_key"
    __table_args__ = (Index(None, "name"), _options(rowid=False))
    key_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    workspace_id: str | None = Field(default=None, sa_type=Text)
    """None: the default workspace, or the whole organization."""
    owner_email: str | None = Field(default=None, sa_type=Text)
    """Case-folded address of who made it or whom it stands for."""
    seen_at: datetime = Field(sa_type=UtcDateTime)


class CostDay(SQLModel, table=True):
    """What the organization's own cost report says of a UTC day: by workspace and description, of nobody."""

    __tablename__ = "cost_day"
    __table_args__ = (
        CheckConstraint(f"cost_nanos BETWEEN -{MAX_NANOS} AND {MAX_NANOS}", "cost_nanos"),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    workspace_id: str = Field(primary_key=True, sa_type=Text)
    """Empty: the default workspace."""
    description: str = Field(primary_key=True, sa_type=Text)
    cost_type: str = Field(sa_type=Text)
    """`tokens`, `web_search`, …; the vendor's word, empty where it gives none."""
    cost_nanos: int = Field(sa_type=Int64)


class CostReading(SQLModel, table=True):
    """When the cost report of a UTC day was read."""

    __tablename__ = "cost_reading"
    __table_args__ = (*_flags("complete"), _options(rowid=False))
    usage_date: date = Field(primary_key=True, sa_type=Day)
    as_of: datetime = Field(sa_type=UtcDateTime)
    complete: bool = Field(sa_type=Flag)


class IngestKey(SQLModel, table=True):
    """The key of the keyed hash under which ingest tokens are stored: one row, made with the first token."""

    __tablename__ = "ingest_key"
    __table_args__ = (CheckConstraint("id = 1", "one"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    secret: str = Field(sa_type=Text)


class IngestToken(SQLModel, table=True):
    """Who may send telemetry, and whom that is about. The token itself is nowhere."""

    __tablename__ = "ingest_token"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index(None, "member_id"),
        _words("biller", Biller),
        _words("plan", Plan),
        _options(),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    public_id: str = Field(sa_type=Text)
    """The part of the token that may be shown, and by which it is found."""
    secret_hash: str = Field(sa_type=Text)
    member_id: int | None = Field(default=None, foreign_key="member.id", sa_type=Int64)
    """None: a team's token; its rows are self-declared."""
    label: str = Field(sa_type=Text)
    biller: Biller = Field(sa_type=Code(Biller))
    """Who bills what does not say it itself."""
    plan: Plan = Field(sa_type=Code(Plan))
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InboxSeen(SQLModel, table=True):
    """That a record of telemetry has been booked: a second copy of it changes nothing."""

    __tablename__ = "inbox_seen"
    __table_args__ = (_options(rowid=False),)
    usage_date: date = Field(primary_key=True, sa_type=Day)
    identity: bytes = Field(primary_key=True, sa_type=LargeBinary)
    """128 bits of the hash of all that tells the record from others."""
    token_id: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Public id of the token by which it came first."""


class InboxSeries(SQLModel, table=True):
    """How far a cumulative series has been booked."""

    __tablename__ = "inbox_series"
    __table_args__ = (Index(None, "usage_date"), _options(rowid=False))
    identity: bytes = Field(primary_key=True, sa_type=LargeBinary)
    usage_date: date = Field(sa_type=Day)
    """Of its newest point."""
    highest: int = Field(sa_type=Int64)
    """In the unit of the metric: nano-dollars, tokens, milliseconds, counts."""


class InboxUse(SQLModel, table=True):
    """What telemetry says of one session's use of a model on a UTC day, by one signal."""

    __tablename__ = "inbox_use"
    __table_args__ = (
        _words("kind", ConsumerKind),
        _words("signal", Signal),
        _words("biller", Biller),
        _words("plan", Plan),
        *_amounts(*TOKENS, "unpriced_tokens", "cost_nanos", "requests", "api_milliseconds"),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    kind: ConsumerKind = Field(primary_key=True, sa_type=Code(ConsumerKind))
    external_id: str = Field(primary_key=True, sa_type=Text)
    session: str = Field(primary_key=True, sa_type=Text)
    signal: Signal = Field(primary_key=True, sa_type=Code(Signal))
    model: str = Field(primary_key=True, sa_type=Text)
    provider: str = Field(primary_key=True, sa_type=Text)
    biller: Biller = Field(primary_key=True, sa_type=Code(Biller))
    plan: Plan = Field(primary_key=True, sa_type=Code(Plan))
    uncached_input_tokens: int = Field(sa_type=Int64)
    output_tokens: int = Field(sa_type=Int64)
    cache_read_input_tokens: int = Field(sa_type=Int64)
    cache_creation_input_tokens: int = Field(sa_type=Int64)
    unpriced_tokens: int = Field(sa_type=Int64)
    cost_nanos: int = Field(sa_type=Int64)
    requests: int = Field(sa_type=Int64)
    api_milliseconds: int = Field(sa_type=Int64)


class InboxFeature(SQLModel, table=True):
    """What came of it, as telemetry says: one number for a day, a session and a name of `telemetry.FEATURES`."""

    __tablename__ = "inbox_feature"
    __table_args__ = (_words("kind", ConsumerKind), *_amounts("amount"), _options(rowid=False))
    usage_date: date = Field(primary_key=True, sa_type=Day)
    kind: ConsumerKind = Field(primary_key=True, sa_type=Code(ConsumerKind))
    external_id: str = Field(primary_key=True, sa_type=Text)
    session: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    amount: int = Field(sa_type=Int64)


class InboxDirty(SQLModel, table=True):
    """A UTC day of which telemetry has come since it was last added up."""

    __tablename__ = "inbox_dirty"
    __table_args__ = (_options(rowid=False),)
    usage_date: date = Field(primary_key=True, sa_type=Day)


class InboxRefusal(SQLModel, table=True):
    """How often telemetry was turned away on a UTC day, by reason; of who sent it, at most the token that was used."""

    __tablename__ = "inbox_refusal"
    __table_args__ = (_options(rowid=False),)
    usage_date: date = Field(primary_key=True, sa_type=Day)
    reason: str = Field(primary_key=True, sa_type=Text)
    about: str = Field(primary_key=True, sa_type=Text)
    """The token's public id where one is known, else empty."""
    times: int = Field(sa_type=Int64)
    last_at: datetime = Field(sa_type=UtcDateTime)


class CliVersion(SQLModel, table=True):
    """Which version of Claude Code somebody's telemetry came from."""

    __tablename__ = "cli_version"
    __table_args__ = (_words("kind", ConsumerKind), _options(rowid=False))
    kind: ConsumerKind = Field(primary_key=True, sa_type=Code(ConsumerKind))
    external_id: str = Field(primary_key=True, sa_type=Text)
    version: str = Field(primary_key=True, sa_type=Text)
    last_seen_date: date = Field(sa_type=Day)


class TeamDay(SQLModel, table=True):
    """Total of the counted rows of one UTC day, kept in the same transaction as the rows."""

    __tablename__ = "team_day"
    __table_args__ = (
        _words("owner", Owner),
        _words("plan", Plan),
        _words("cost_metric", CostMetric),
        *_amounts(*MEASURES),
        _options(rowid=False),
    )
    usage_date: date = Field(primary_key=True, sa_type=Day)
    owner: Owner = Field(primary_key=True, sa_type=Code(Owner))
    model_id: int = Field(primary_key=True, foreign_key="model.id", sa_type=Int64)
    plan: Plan = Field(primary_key=True, sa_type=Code(Plan))
    cost_metric: CostMetric = Field(primary_key=True, sa_type=Code(CostMetric))
    uncached_input_tokens: int = Field(sa_type=Int64)
    output_tokens: int = Field(sa_type=Int64)
    cache_read_input_tokens: int = Field(sa_type=Int64)
    cache_creation_input_tokens: int = Field(sa_type=Int64)
    unpriced_tokens: int = Field(sa_type=Int64, sa_column_kwargs={"server_default": "0"})
    cost_nanos: int = Field(sa_type=Int64)
    list_cost_nanos: int | None = Field(default=None, sa_type=Int64)


class ActiveDay(SQLModel, table=True):
    """Which members had a counted pay-per-token row of a model on a UTC day.

    Different members of a period are the bits of all its days: counted without their rows.
    """

    __tablename__ = "active_day"
    __table_args__ = (_options(rowid=False),)
    usage_date: date = Field(primary_key=True, sa_type=Day)
    model_id: int = Field(primary_key=True, foreign_key="model.id", sa_type=Int64)
    members: bytes = Field(sa_type=LargeBinary)
    """Bit n is member n; bit 0 is the lowest of the first byte."""


class JobRun(SQLModel, table=True):
    """When something that must happen once in a while last happened."""

    __tablename__ = "job_run"
    __table_args__ = (_options(rowid=False),)
    name: str = Field(primary_key=True, sa_type=Text)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = Field(default=None, sa_type=Text)


class SourceStatus(SQLModel, table=True):
    """How reading a source went lately."""

    __tablename__ = "source_status"
    __table_args__ = (_options(rowid=False),)
    source: str = Field(primary_key=True, sa_type=Text)
    last_success_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error_kind: str | None = Field(default=None, sa_type=Text)
    last_error: str | None = Field(default=None, sa_type=Text)


class Channel(SQLModel, table=True):
    """A Slack channel, and who else may read it."""

    __tablename__ = "channel"
    __table_args__ = (*_flags("is_shared", "is_private", "is_member", "is_archived"), _options(rowid=False))
    channel_id: str = Field(primary_key=True, sa_type=Text)
    is_shared: bool = Field(sa_type=Flag)
    """Another company reads it, or was invited to."""
    is_private: bool = Field(sa_type=Flag)
    is_member: bool = Field(sa_type=Flag)
    """ccost was invited: without that it may not post."""
    is_archived: bool = Field(sa_type=Flag)
    name: str | None = Field(default=None, sa_type=Text)
    checked_at: datetime = Field(sa_type=UtcDateTime)


class NoticeTable(SQLModel, table=True):
    """What is said unasked, from the moment it is due. One row a key, ever; keys outlive every look-back.

    `real_*` are the database's own time, for leases and waits; the other instants are the deciding clock's.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "recipient", "told_on"),
        _words("kind", NoticeKind),
        _words("state", NoticeState),
        _words("doubt", Doubt),
        *_flags("unasked", "urgent", "plain", "repeated"),
        CheckConstraint("private_to IS NULL OR private_to = recipient", "private_to"),
        CheckConstraint("state <> 3 OR (ts IS NOT NULL AND channel_id IS NOT NULL)", "sent"),
        CheckConstraint("state <> 2 OR (owner IS NOT NULL AND real_lease_until IS NOT NULL)", "sending"),
        CheckConstraint("state <> 4 OR real_uncertain_since IS NOT NULL", "uncertain"),
        CheckConstraint("state <> 7 OR superseded_by IS NOT NULL", "superseded"),
        _options(rowid=False),
    )
    key: str = Field(primary_key=True, sa_type=Text)
    kind: NoticeKind = Field(sa_type=Code(NoticeKind))
    state: NoticeState = Field(sa_type=Code(NoticeState))
    recipient: str = Field(sa_type=Text)
    private_to: str | None = Field(default=None, sa_type=Text)
    about: str = Field(sa_type=Text)
    doubt: Doubt = Field(sa_type=Code(Doubt))
    unasked: bool = Field(sa_type=Flag)
    urgent: bool = Field(sa_type=Flag)
    text: str = Field(sa_type=Text)
    blocks: str = Field(sa_type=Text)
    """JSON."""
    due_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    covers_start: date | None = Field(default=None, sa_type=Day)
    why: str = Field(sa_type=Text)
    planned_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(sa_type=Int64)
    fence: int = Field(sa_type=Int64)
    owner: str | None = Field(default=None, sa_type=Text)
    real_lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    real_retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    real_first_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_on: date | None = Field(default=None, sa_type=Day)
    channel_id: str | None = Field(default=None, sa_type=Text)
    ts: str | None = Field(default=None, sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    real_uncertain_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    real_scanned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    empty_scans: int = Field(sa_type=Int64)
    plain: bool = Field(sa_type=Flag)
    repeated: bool = Field(sa_type=Flag)
    outcome: str = Field(sa_type=Text)
    superseded_by: str | None = Field(default=None, sa_type=Text)


class NoticeEdit(SQLModel, table=True):
    """What a posted message should show now; done when `shown_version` has caught up."""

    __tablename__ = "notice_edit"
    __table_args__ = (_options(rowid=False),)
    key: str = Field(primary_key=True, foreign_key="notice.key", sa_type=Text)
    version: int = Field(sa_type=Int64)
    shown_version: int = Field(sa_type=Int64)
    text: str = Field(sa_type=Text)
    blocks: str = Field(sa_type=Text)
    real_lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = Field(sa_type=Int64)
    outcome: str = Field(sa_type=Text)


class DigestSchedule(SQLModel, table=True):
    """What a channel asked for: see `schedule.Schedule`."""

    __tablename__ = "digest_schedule"
    __table_args__ = (
        _words("cadence", Cadence),
        *_flags("weekends", "spendless"),
        CheckConstraint("minute BETWEEN 0 AND 1439", "minute"),
        _options(rowid=False),
    )
    channel_id: str = Field(primary_key=True, sa_type=Text)
    cadence: Cadence = Field(sa_type=Code(Cadence))
    minute: int = Field(sa_type=Int64)
    zone: str = Field(sa_type=Text)
    weekends: bool = Field(sa_type=Flag)
    spendless: bool = Field(sa_type=Flag)
    set_by: str = Field(sa_type=Text)
    set_at: datetime = Field(sa_type=UtcDateTime)
    covered_until: date | None = Field(default=None, sa_type=Day)
    parked: str = Field(sa_type=Text)


class BudgetTable(SQLModel, table=True):
    """A limit: see `budget.Budget`. One row a subject and cadence, ever; switched off, its limit is NULL."""

    __tablename__ = "budget"
    __table_args__ = (
        UniqueConstraint("subject", "cadence"),
        _words("scope", BudgetScope),
        _words("cadence", Cadence),
        CheckConstraint(f"limit_nanos BETWEEN 1 AND {MAX_NANOS}", "limit_nanos"),
        _options(),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    subject: str = Field(sa_type=Text)
    """The scope, and of whom: `own/7`, `default`, `machine/3`, `group/2`."""
    scope: BudgetScope = Field(sa_type=Code(BudgetScope))
    member_id: int | None = Field(default=None, foreign_key="member.id", sa_type=Int64)
    machine_id: int | None = Field(default=None, foreign_key="machine.id", sa_type=Int64)
    cadence: Cadence = Field(sa_type=Code(Cadence))
    limit_nanos: int | None = Field(default=None, sa_type=Int64)
    version: int = Field(sa_type=Int64)
    set_by: str = Field(sa_type=Text)
    set_at: datetime = Field(sa_type=UtcDateTime)
    group_id: int | None = Field(default=None, foreign_key="people_group.id", sa_type=Int64)


class BudgetLine(SQLModel, table=True):
    """What is remembered of a budget in one period: see `budget.LineState`."""

    __tablename__ = "budget_line"
    __table_args__ = (
        Index(None, "period_start"),
        *_amounts("spent_nanos"),
        *_flags("muted", "planned", "projected"),
        _options(rowid=False),
    )
    budget_id: int = Field(primary_key=True, foreign_key="budget.id", sa_type=Int64)
    member_id: int = Field(primary_key=True, sa_type=Int64)
    """0 unless the budget is the default, which holds for each member apart."""
    period_start: date = Field(primary_key=True, sa_type=Day)
    limit_version: int = Field(sa_type=Int64)
    spent_nanos: int = Field(sa_type=Int64)
    spent_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    as_of: datetime | None = Field(default=None, sa_type=UtcDateTime)
    marks: str = Field(sa_type=Text)
    """JSON by threshold."""
    muted: bool = Field(sa_type=Flag)
    planned: bool = Field(sa_type=Flag)
    projected: bool = Field(sa_type=Flag)


class MemberAlerts(SQLModel, table=True):
    """How a member wants to be told; no row: as everybody."""

    __tablename__ = "member_alerts"
    __table_args__ = (
        *_flags("off"),
        CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_to BETWEEN 0 AND 1439", "quiet"),
        _options(rowid=False),
    )
    member_id: int = Field(primary_key=True, foreign_key="member.id", sa_type=Int64)
    off: bool = Field(sa_type=Flag)
    quiet_from: int = Field(sa_type=Int64)
    quiet_to: int = Field(sa_type=Int64)
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BudgetRequestTable(SQLModel, table=True):
    """A member asks for more: see `budget.BudgetRequest`."""

    __tablename__ = "budget_request"
    __table_args__ = (
        Index(None, "member_id"),
        _words("cadence", Cadence),
        _words("state", RequestState),
        CheckConstraint(f"limit_nanos BETWEEN 1 AND {MAX_NANOS}", "limit_nanos"),
        _options(),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    member_id: int = Field(foreign_key="member.id", sa_type=Int64)
    cadence: Cadence = Field(sa_type=Code(Cadence))
    limit_nanos: int = Field(sa_type=Int64)
    reason: str = Field(sa_type=Text)
    state: RequestState = Field(sa_type=Code(RequestState))
    made_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_nanos: int | None = Field(default=None, sa_type=Int64)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Audit(SQLModel, table=True):
    """Who did what to whom. Only added to; each row holds the hash of the one before. No amounts of persons."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("previous_hash"), _options())
    id: int | None = Field(default=None, primary_key=True, sa_type=Int64)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(sa_type=Text)
    """Slack user id, or `operator` for the command line."""
    act: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    previous_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


def core(table: type[SQLModel]) -> Table:
    """Give the table behind a class, for statements that are built once and run often."""
    return SQLModel.metadata.tables[str(table.__tablename__)]
