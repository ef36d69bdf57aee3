"""Kinds of columns that mean the same on both databases, and the numbers behind the words.

SQLite tables are STRICT: they know only INTEGER and TEXT, so each kind says what it is there. Migrations name these
kinds: a kind may be added, never changed.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Integer, SmallInteger, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from bot.budget import BudgetScope, RequestState
from bot.group import GroupOrigin
from bot.notice import Doubt, NoticeKind, NoticeState
from bot.people import Standing
from bot.periods import Cadence
from bot.telemetry import Signal
from bot.usage import Biller, ConsumerKind, CostMetric, Owner, Plan


class Origin(StrEnum):
    """Who said that a consumer is somebody's."""

    EMAIL = "email"
    """The same address in Slack; may be corrected by the next matching."""
    ADMIN = "admin"
    """A person; matching leaves it alone."""


CODES: Mapping[type[StrEnum], Mapping[StrEnum, int]] = {
    ConsumerKind: {
        ConsumerKind.PERSON: 1,
        ConsumerKind.API_KEY: 2,
        ConsumerKind.OTHER: 3,
        ConsumerKind.TOKEN: 4,
        ConsumerKind.SELF_DECLARED: 5,
    },
    Biller: {Biller.ANTHROPIC: 1, Biller.BEDROCK: 2, Biller.VERTEX: 3, Biller.FOUNDRY: 4, Biller.GATEWAY: 5},
    Plan: {Plan.PAY_PER_TOKEN: 1, Plan.SUBSCRIPTION: 2},
    CostMetric: {CostMetric.LIST: 1, CostMetric.EFFECTIVE: 2, CostMetric.BILLED: 3},
    Owner: {Owner.MEMBER: 1, Owner.MACHINE: 2, Owner.UNATTRIBUTED: 3},
    Standing: {
        Standing.MEMBER: 1,
        Standing.GUEST: 2,
        Standing.OUTSIDER: 3,
        Standing.BOT: 4,
        Standing.DEACTIVATED: 5,
    },
    Origin: {Origin.EMAIL: 1, Origin.ADMIN: 2},
    GroupOrigin: {GroupOrigin.BY_HAND: 1, GroupOrigin.USERGROUP: 2, GroupOrigin.GATEWAY_TEAM: 3},
    Cadence: {Cadence.DAILY: 1, Cadence.WEEKLY: 2, Cadence.MONTHLY: 3},
    BudgetScope: {
        BudgetScope.OWN: 1,
        BudgetScope.ASSIGNED: 2,
        BudgetScope.DEFAULT: 3,
        BudgetScope.TEAM: 4,
        BudgetScope.MACHINE: 5,
        BudgetScope.WORKSPACE: 6,
        BudgetScope.GROUP: 7,
    },
    RequestState: {RequestState.OPEN: 1, RequestState.APPROVED: 2, RequestState.DENIED: 3},
    NoticeKind: {
        NoticeKind.DIGEST: 1,
        NoticeKind.BREACH: 2,
        NoticeKind.CORRECTION: 3,
        NoticeKind.PROJECTED: 4,
        NoticeKind.REQUEST: 5,
        NoticeKind.REPLY: 6,
        NoticeKind.OPERATOR: 7,
    },
    NoticeState: {
        NoticeState.PENDING: 1,
        NoticeState.SENDING: 2,
        NoticeState.SENT: 3,
        NoticeState.UNCERTAIN: 4,
        NoticeState.FAILED: 5,
        NoticeState.SKIPPED: 6,
        NoticeState.SUPERSEDED: 7,
    },
    Signal: {Signal.EVENTS: 1, Signal.METRICS: 2},
    Doubt: {Doubt.HOLD: 1, Doubt.REPEAT: 2, Doubt.NEVER: 3},
}
"""The stored number of each word. Append only: numbers are in people's databases."""

WORDS: Mapping[type[StrEnum], Mapping[int, Any]] = {
    kind: {code: word for word, code in codes.items()} for kind, codes in CODES.items()
}


class _PerDialect(TypeDecorator[Any]):
    """One kind, stored as `on_sqlite` there and as `impl` elsewhere."""

    cache_ok = True
    on_sqlite: TypeEngine[Any] = Integer()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self.on_sqlite if dialect.name == "sqlite" else self.impl_instance)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Int64(_PerDialect):
    """A whole number of 64 bits: amounts, tokens, counts and keys."""

    impl = BigInteger
    cache_ok = True


class Code(_PerDialect):
    """One word of a closed list, stored as its number in `CODES`."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, kind: type[StrEnum] | None = None) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Dialect) -> int | None:
        return value if self.kind is None or value is None else CODES[self.kind][value]

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        return value if self.kind is None or value is None else WORDS[self.kind][value]


class Flag(_PerDialect):
    """Yes or no."""

    impl = Boolean
    cache_ok = True

    def process_result_value(self, value: Any, _dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


class Day(_PerDialect):
    """A UTC day; on SQLite the number 20261122, which sorts, reads, and takes four bytes."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | int | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.year * 10_000 + value.month * 100 + value.day

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]  # the driver gives a date
        return date(value // 10_000, value // 100 % 100, value % 100)


class UtcDateTime(_PerDialect):
    """An aware instant, given back in UTC; on SQLite text of one width, which sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True
    on_sqlite = Text()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("an instant without a time zone is not an instant")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
