"""The same telemetry by a person's own token and through a collector: however it comes, it is worth what was spent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.sources.otlp import InboxReader
from bot.sources.otlp.heard import EVENTS_SCOPE, METRICS_SCOPE, Sender, hear
from bot.sources.otlp.wire import Log, Point
from bot.store import inbox
from bot.store.engine import Store
from bot.usage import Biller, Consumer, ConsumerKind, DayReading, Plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2026, 11, 22)
OWN = Sender(
    token_id="own",
    consumer=Consumer(ConsumerKind.TOKEN, "U0ADA"),
    biller=Biller.ANTHROPIC,
    plan=Plan.PAY_PER_TOKEN,
)
TEAM = replace(OWN, token_id="team", consumer=None)
SESSIONS = ("s1", "s2")


def request(n: int, session: str, cents: int, *, named: bool) -> Log:
    """What a request cost, as the CLI tells it. `named`: the provider gave it an id."""
    said: dict[str, object] = {
        "event.name": "api_request",
        "event.sequence": n,
        "model": "claude-opus-5-5",
        "cost_usd": f"{cents}e-2",
        "session.id": session,
        "user.email": "ada@example.com",
    }
    return Log(
        scope=EVENTS_SCOPE,
        version="2.1.330",
        resource={},
        attributes=said | ({"request_id": f"req_{n}"} if named else {}),  # type: ignore[arg-type]
        body="",
        time_nanos=int(NOW.timestamp()) * 10**9 + n,
    )


def cost(n: int, session: str, cents: int, *, relabelled: bool) -> Point:
    """The same dollars as a metric. `relabelled`: the collector has added a label of its own."""
    return Point(
        scope=METRICS_SCOPE,
        version="2.1.330",
        resource={"collector": "eu-1"} if relabelled else {},
        attributes={"model": "claude-opus-5-5", "session.id": session, "user.email": "ada@example.com"},
        metric="claude_code.cost.usage",
        is_cumulative=False,
        start_nanos=int(NOW.timestamp()) * 10**9,
        time_nanos=int(NOW.timestamp()) * 10**9 + n,
        value=Decimal(cents) / 100,
    )


def read(store: Store) -> DayReading:
    return InboxReader(inbox.Box(store.sessions)).read_day(DAY, NOW)


def send(store: Store, sender: Sender, *records: Log | Point) -> inbox.Booked:
    with store.sessions.begin() as session:
        return inbox.book(session, hear(records, sender, NOW))


def total(reading: DayReading) -> Fraction:
    return sum((Fraction(row.cost_nanos, 10**7) for row in reading.records), Fraction(0))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_mix_of_both_ways_in_any_order_and_as_often_is_worth_what_was_spent_once(
    store: Store, data: st.DataObject
) -> None:
    with store.sessions.begin() as session:
        for table in ("inbox_seen", "inbox_use", "inbox_series", "inbox_dirty", "cli_version"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of ours
    spent = data.draw(st.lists(st.tuples(st.sampled_from(SESSIONS), st.integers(0, 500)), min_size=1, max_size=6))
    named = data.draw(st.booleans())
    sent: list[tuple[Sender, Log | Point]] = []
    for n, (of, cents) in enumerate(spent):
        event = request(n, of, cents, named=named)
        ways = data.draw(st.sampled_from([(OWN,), (TEAM,), (OWN, TEAM), (TEAM, OWN, OWN)]))
        sent += [(way, event) for way in ways]
        relabelled = data.draw(st.booleans())
        sent += [(way, cost(n, of, cents, relabelled=relabelled and way is TEAM)) for way in ways]
    for way, record in data.draw(st.permutations(sent)):
        send(store, way, record)
    assert total(read(store)) == sum(cents for _, cents in spent)


def test_metrics_without_a_session_are_the_same_dollars_where_events_came_by_another_token(store: Store) -> None:
    event, bare = request(1, "s1", 50, named=True), cost(1, "", 50, relabelled=True)
    send(store, OWN, event, bare)
    send(store, TEAM, event, bare)
    found = read(store)
    assert total(found) == 50
    assert {row.consumer for row in found.records} == {OWN.consumer}
    assert [one.consumer for one in found.activity] == [OWN.consumer]


def test_without_events_the_metrics_of_two_peoples_sessions_both_count(store: Store) -> None:
    send(store, OWN, cost(1, "s1", 50, relabelled=False))
    send(store, TEAM, cost(2, "s2", 70, relabelled=False))
    assert total(read(store)) == 120


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=1)])
def test_another_request_of_a_known_session_counts(store: Store, later: timedelta) -> None:
    first = request(1, "s1", 50, named=True)
    send(store, OWN, first)
    second = replace(request(2, "s1", 50, named=True), time_nanos=first.time_nanos - int(later.total_seconds()) * 10**9)
    assert send(store, TEAM, second).doubled == 0
    days = [DAY] if not later else [DAY, DAY - later]
    reader = InboxReader(inbox.Box(store.sessions))
    assert sum(total(reader.read_day(day, NOW)) for day in days) == 100
