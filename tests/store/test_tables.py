"""What the database itself refuses, and what it gives back."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from bot.money import MAX_NANOS
from bot.people import Standing
from bot.store.columns import CODES, Origin
from bot.store.engine import Store
from bot.store.replacing import replace_day
from bot.store.tables import ActivityDay, Channel, JobRun, Source, SourceDay, UsageDay, core
from bot.usage import Biller, ConsumerKind, CostMetric, Owner, Plan
from tests.store.readings import ADA, DAY, NOON, PRECEDENCE, did, person, reading, used


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (ConsumerKind, {"person": 1, "api_key": 2, "other": 3, "token": 4, "self_declared": 5}),
        (Biller, {"anthropic": 1, "bedrock": 2, "vertex": 3, "foundry": 4, "gateway": 5}),
        (Plan, {"pay_per_token": 1, "subscription": 2}),
        (CostMetric, {"ListCost": 1, "EffectiveCost": 2, "BilledCost": 3}),
        (Owner, {"member": 1, "machine": 2, "unattributed": 3}),
        (Standing, {"member": 1, "guest": 2, "outsider": 3, "bot": 4, "deactivated": 5}),
        (Origin, {"email": 1, "admin": 2}),
    ],
)
def test_the_stored_number_of_a_word_never_changes(kind: type[StrEnum], codes: dict[str, int]) -> None:
    assert {word.value: code for word, code in CODES[kind].items()} == codes
    assert set(CODES[kind]) == set(kind)


@pytest.fixture
def filled(store: Store) -> Store:
    with store.sessions.begin() as session:
        replace_day(session, reading(used(person(ADA), 5), activity=[did(person(ADA))]), PRECEDENCE)
    return store


AMOUNTS = ("cost_nanos", "uncached_input_tokens", "cache_creation_input_tokens")


@pytest.mark.parametrize(("value", "taken"), [(0, True), (-1, False), (MAX_NANOS, True), (MAX_NANOS + 1, False)])
def test_an_amount_is_neither_negative_nor_beyond_belief(filled: Store, value: int, taken: bool) -> None:
    answers = {column: _sets(filled, column, value) for column in AMOUNTS}
    assert answers == dict.fromkeys(AMOUNTS, taken)


def test_an_amount_is_a_number(filled: Store) -> None:
    for value in ("'oops'", "'12x'", "1.5e300", "NULL"):
        assert not _sets(filled, "cost_nanos", value), value


def test_a_word_that_nobody_knows_is_refused(filled: Store) -> None:
    for column, kind in {"biller": Biller, "plan": Plan, "cost_metric": CostMetric}.items():
        last = len(CODES[kind])
        assert _sets(filled, column, last), column
        assert not _sets(filled, column, last + 1), column


def test_a_broken_row_is_refused(filled: Store) -> None:
    for statement in (
        "UPDATE activity_day SET sessions = -1",
        "UPDATE activity_day SET active_seconds = -1",
        "UPDATE source_day SET revision = 0",
        "UPDATE source_day SET quarantined = -1",
        "UPDATE source_day SET held_digest = 'without an instant'",
        "UPDATE team_day SET cost_nanos = -1",
        "UPDATE usage_day SET consumer_id = 4711",
        "INSERT INTO source (name) VALUES ('anthropic_claude_code')",
    ):
        assert not _accepts(filled, statement), statement


def test_whole_numbers_have_64_bits(filled: Store) -> None:
    if filled.path is not None:
        return  # SQLite has no shorter ones
    narrow = {
        (table, column["name"])
        for table in inspect(filled.engine).get_table_names()
        for column in inspect(filled.engine).get_columns(table)
        if str(column["type"]) == "INTEGER"
    }
    assert not narrow


def test_tables_of_sqlite_are_strict(filled: Store) -> None:
    if filled.path is None:
        return  # PostgreSQL always is
    with filled.engine.connect() as connection:
        listed = connection.exec_driver_sql("PRAGMA table_list").all()
    loose = {row[1] for row in listed if not row[5]} - {"alembic_version", "sqlite_schema", "sqlite_temp_schema"}
    assert not loose


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_an_instant_comes_back_aware_and_in_utc(store: Store, zone: timezone) -> None:
    at = datetime(2026, 11, 20, 21, 5, 0, 123456, tzinfo=zone)
    with store.sessions.begin() as session:
        session.execute(insert(core(JobRun)).values(name="x", started_at=at))
    with store.sessions() as session:
        found = session.execute(select(core(JobRun).c.started_at)).scalar_one()
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 20)  # noqa: DTZ001  # the very thing that must not pass
    with pytest.raises(Exception, match="without a time zone"), store.sessions.begin() as session:
        session.execute(insert(core(JobRun)).values(name="x", started_at=naive))


def test_days_and_flags_come_back_as_what_they_were(filled: Store) -> None:
    with filled.sessions.begin() as session:
        flags = {"is_shared": True, "is_private": False, "is_member": True, "is_archived": False}
        session.execute(insert(core(Channel)).values(channel_id="C", checked_at=NOON, **flags))
        shared, private = session.execute(select(core(Channel).c.is_shared, core(Channel).c.is_private)).one()
        day, counted = session.execute(select(core(UsageDay).c.usage_date, core(UsageDay).c.counted)).one()
        unknown = session.execute(select(core(ActivityDay).c.active_seconds)).scalar_one()
        not_held = session.execute(select(core(SourceDay).c.held_since)).scalar_one()
    assert (shared, private, day, counted, unknown, not_held) == (True, False, DAY, True, None, None)


def test_the_whole_calendar_fits_into_a_day(store: Store) -> None:
    days: list[Any] = [date.min, date(2026, 2, 28), date(2028, 2, 29), date(9999, 12, 31)]
    with store.sessions.begin() as session:
        source = session.execute(insert(core(Source)).values(name="x").returning(core(Source).c.id)).scalar_one()
        facts = {"as_of": NOON, "complete": True, "digest": "", "revision": 1}
        numbers = dict.fromkeys(("record_count", "quarantined", "tokens", "cost_nanos"), 0)
        session.execute(
            insert(core(SourceDay)), [{"source_id": source, "usage_date": day, **facts, **numbers} for day in days]
        )
    with store.sessions() as session:
        found = session.execute(select(core(SourceDay).c.usage_date).order_by(core(SourceDay).c.usage_date))
        assert list(found.scalars()) == days


def _sets(store: Store, column: str, value: object) -> bool:
    return _accepts(store, f"UPDATE usage_day SET {column} = {value}")  # noqa: S608  # words of this file


def _accepts(store: Store, statement: str) -> bool:
    try:
        with store.sessions.begin() as session:
            session.execute(text(statement))
    except DBAPIError:
        return False
    return True
