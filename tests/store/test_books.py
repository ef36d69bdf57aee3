"""The sums always add up: any story of readings and links, compared with plain arithmetic over what was admitted."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations_with_replacement

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.periods import ChargePeriod
from bot.store import links, usage
from bot.store.engine import Store
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, DayReading, Owner, Plan, UsageRecord
from tests.store.readings import (
    ADA,
    ALL_TIME,
    CLAUDE,
    HOUR,
    LITELLM,
    NOON,
    PRECEDENCE,
    account,
    did,
    hire,
    key,
    person,
    reading,
    used,
)

TODAY = NOON.date()
DAYS = tuple(TODAY + timedelta(n) for n in (-2, -1, 0, 1))
WHO = (person("ada@example.com"), person("boris@example.com"), key("ci"))
MEMBERS, MACHINES = 2, 1

Part = tuple[date, Owner, str, Plan, CostMetric]


@dataclass(frozen=True)
class Read:
    """A source is read."""

    source: str
    day: date
    rows: tuple[UsageRecord, ...]


@dataclass(frozen=True)
class Link:
    """An admin says whose a consumer is: member 0 or 1, or machine 2."""

    source: str
    who: Consumer
    owner: int
    days_later: int


def _rows(day: date) -> st.SearchStrategy[tuple[UsageRecord, ...]]:
    row = st.builds(
        used,
        st.sampled_from(WHO),
        st.integers(0, 50),
        day=st.just(day),
        model=st.sampled_from(["opus", "sonnet"]),
        biller=st.sampled_from([Biller.ANTHROPIC, Biller.GATEWAY]),
        plan=st.sampled_from(Plan),
        metric=st.sampled_from([CostMetric.LIST, CostMetric.BILLED]),
    )
    return st.lists(
        row, max_size=6, unique_by=lambda one: (one.consumer, one.model, one.biller, one.plan, one.cost_metric)
    ).map(tuple)


SOURCES = st.sampled_from([CLAUDE, LITELLM])
READS = st.sampled_from(DAYS).flatmap(lambda day: st.builds(Read, SOURCES, st.just(day), _rows(day)))
LINKS = st.builds(Link, SOURCES, st.sampled_from(WHO), st.integers(0, 2), st.integers(0, 1))
STORIES = st.lists(READS | READS | LINKS, min_size=1, max_size=10)


@dataclass
class Oracle:
    """The same story in plain Python: the last admitted reading of each day, and who owned what from when."""

    readings: dict[tuple[str, date], tuple[UsageRecord, ...]] = field(default_factory=dict)
    owners: dict[tuple[str, Consumer], list[tuple[date, int]]] = field(default_factory=lambda: defaultdict(list))

    def link(self, source: str, who: Consumer, owner: int, today: date) -> None:
        spells = self.owners[source, who]
        if not spells:
            spells.append((date.min, owner))
        elif spells[-1][1] != owner:
            start = max(today, spells[-1][0])
            spells[:] = [spell for spell in spells if spell[0] < start] + [(start, owner)]

    def owner(self, source: str, row: UsageRecord) -> int | None:
        return next(
            (who for start, who in reversed(self.owners[source, row.consumer]) if start <= row.usage_date), None
        )

    def owned(self) -> list[tuple[UsageRecord, int | None]]:
        return [(row, self.owner(source, row)) for (source, _), rows in self.readings.items() for row in rows]

    def counted(self) -> list[tuple[UsageRecord, int | None]]:
        """What the first source saw, and of the other one what the first did not see.

        Nobody's use is known by its name.
        """
        told = [(source, row, self.owner(source, row)) for (source, _), rows in self.readings.items() for row in rows]
        first = {_use(row, owner) for source, row, owner in told if source == CLAUDE}
        return [(row, owner) for source, row, owner in told if source == CLAUDE or _use(row, owner) not in first]

    def parts(self) -> dict[Part, int]:
        sums: Counter[Part] = Counter()
        for row, owner in self.counted():
            kind = Owner.UNATTRIBUTED if owner is None else Owner.MEMBER if owner < MEMBERS else Owner.MACHINE
            sums[row.usage_date, kind, row.model, row.plan, row.cost_metric] += row.cost_nanos
        return dict(sums)

    def active(self) -> set[tuple[int, date]]:
        return {
            (owner, row.usage_date)
            for row, owner in self.counted()
            if owner in (0, 1) and row.plan is Plan.PAY_PER_TOKEN
        }

    def members_by_model(self, start: date, end: date) -> dict[str, int]:
        users: dict[str, set[int]] = defaultdict(set)
        for row, owner in self.counted():
            if owner in (0, 1) and row.plan is Plan.PAY_PER_TOKEN and start <= row.usage_date <= end:
                users[row.model].add(owner)
        return {model: len(members) for model, members in users.items()}


def _use(row: UsageRecord, owner: int | None) -> tuple[object, ...]:
    return row.usage_date, row.consumer if owner is None else owner, row.biller, row.plan


@given(story=STORIES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_parts_add_up_to_the_total_after_any_story(store: Store, story: list[Read | Link]) -> None:
    oracle = Oracle()
    with store.sessions.begin() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.execute(table.delete())
        ids = hire(session, account("UADA", None), account("UBORIS", None))
    for step, event in enumerate(story):
        with store.sessions.begin() as session:
            _tell(session, oracle, event, step, ids)
    with store.sessions() as session:
        _compare_totals(session, oracle)
        _compare_parts(session, oracle, ids)
        _compare_activity(session, oracle, ids)


def _tell(session: Session, oracle: Oracle, event: Read | Link, step: int, ids: tuple[int, ...]) -> None:
    if isinstance(event, Read):
        told = reading(*event.rows, day=event.day, source=event.source, at=NOON + timedelta(hours=step))
        done = usage.replace_day(session, told, PRECEDENCE)
        if not done.held:
            oracle.readings[event.source, event.day] = event.rows
        assert done.cost_nanos == sum(row.cost_nanos for row in oracle.readings[event.source, event.day])
        return
    now = NOON + timedelta(days=event.days_later)
    known = {one.external_id: number for one, number in _consumers(session, event.source).items()}
    number = known.get(event.who.external_id)
    if number is None:
        return
    if event.owner < MEMBERS:
        links.link_to_member(session, number, ids[event.owner], "UBOSS", now, PRECEDENCE)
    else:
        links.link_to_machine(session, number, "pipeline", ids[0], "UBOSS", now, PRECEDENCE)
    oracle.link(event.source, event.who, event.owner, now.date())


def _consumers(session: Session, source: str) -> dict[Consumer, int]:
    found = session.execute(
        text("SELECT c.external_id, c.id FROM consumer c JOIN source s ON s.id = c.source_id WHERE s.name = :source"),
        {"source": source},
    )
    by_name = {one.external_id: one for one in WHO}
    return {by_name[name]: number for name, number in found}


def _compare_totals(session: Session, oracle: Oracle) -> None:
    rows = usage.of_team(session, ALL_TIME).rows
    stored = {
        (row.spend.usage_date, row.owner, row.spend.model, row.spend.plan, row.spend.cost_metric): row.spend.cost_nanos
        for row in rows
    }
    assert stored == oracle.parts()
    assert sum(row.spend.tokens.prompt_tokens for row in rows) == 12 * len(oracle.counted())


def _compare_parts(session: Session, oracle: Oracle, ids: tuple[int, ...]) -> None:
    """Total = members + machines + what is nobody's, per plan and metric."""
    team = usage.of_team(session, ALL_TIME)
    parts: Counter[tuple[Plan, CostMetric]] = Counter()
    whole: Counter[tuple[Plan, CostMetric]] = Counter()
    for member_id in ids:
        for row in usage.of_member(session, member_id, ALL_TIME).rows:
            parts[row.plan, row.cost_metric] += row.cost_nanos
    for machine in team.machines:
        parts[machine.plan, machine.cost_metric] += machine.cost_nanos
    for line in team.rows:
        whole[line.spend.plan, line.spend.cost_metric] += line.spend.cost_nanos
        if line.owner is Owner.UNATTRIBUTED:
            parts[line.spend.plan, line.spend.cost_metric] += line.spend.cost_nanos
    assert +parts == +whole

    nobodys: Counter[Consumer] = Counter()
    listed: Counter[Consumer] = Counter()
    for record, owner in oracle.counted():
        if owner is None:
            nobodys[record.consumer] += record.cost_nanos
    for one in usage.unattributed(session, ALL_TIME):
        listed[one.consumer] += one.cost_nanos
    assert listed == nobodys


def _compare_activity(session: Session, oracle: Oracle, ids: tuple[int, ...]) -> None:
    active = oracle.active()
    for start, end in combinations_with_replacement(DAYS, 2):
        found = usage.of_team(session, ChargePeriod(start, end + timedelta(1), ""))
        inside = {(owner, day) for owner, day in active if start <= day <= end}
        assert found.active_member_days == len(inside)
        assert found.active_members == len({owner for owner, _ in inside})
        assert found.members_by_model == oracle.members_by_model(start, end)
    for place, member_id in enumerate(ids):
        mine = [row.usage_date for row, owner in oracle.owned() if owner == place]
        assert usage.last_seen(session, member_id) == max(mine, default=None)


# Several sources, one use

ANALYTICS = "anthropic_analytics"
TRUST = (ANALYTICS, CLAUDE, LITELLM)
SELF_DECLARED = Consumer(ConsumerKind.SELF_DECLARED, ADA)
TOKEN = Consumer(ConsumerKind.TOKEN, "UADA")


def _put(store: Store, *readings: DayReading) -> None:
    for one in readings:
        with store.sessions.begin() as session:
            usage.replace_day(session, one, TRUST)


def _counted(store: Store) -> list[int]:
    with store.sessions() as session:
        return sorted(row.spend.cost_nanos for row in usage.of_team(session, ALL_TIME).rows)


def test_a_source_that_is_behind_counts_from_the_moment_on_at_which_it_is_not(store: Store) -> None:
    behind = replace(reading(used(person(ADA), 7), source=ANALYTICS, complete=False), gives_way=True)
    _put(store, behind, reading(used(person(ADA), 8), activity=[did(person(ADA))]))
    assert _counted(store) == [8]
    whole = replace(behind, gives_way=False, complete=True, read_at=NOON + HOUR)
    _put(store, whole)  # the same rows: only what the source says of itself has changed
    assert _counted(store) == [7]
    _put(store, replace(behind, read_at=NOON + 2 * HOUR))
    assert _counted(store) == [8]


def test_a_source_that_is_behind_gives_way_in_activity_too(store: Store) -> None:
    few, many = did(person(ADA), sessions=1), did(person(ADA), sessions=5)
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
    _put(
        store,
        replace(reading(source=ANALYTICS, activity=[few]), gives_way=True),
        reading(activity=[many]),
    )
    with store.sessions.begin() as session:
        for number in links.find_consumer(session, ADA):
            links.link_to_member(session, number, ada, "UBOSS", NOON, TRUST)
        assert [one.sessions for one in usage.of_member(session, ada, ALL_TIME).activity_by_day.values()] == [5]


def test_one_person_may_owe_and_have_a_subscription_on_one_day(store: Store) -> None:
    flat = used(person(ADA), 30, plan=Plan.SUBSCRIPTION)
    _put(store, reading(used(person(ADA), 7), source=ANALYTICS), reading(flat))
    assert _counted(store) == [7, 30]
    _put(store, reading(flat, used(person(ADA), 8), at=NOON + HOUR))
    assert _counted(store) == [7, 30]


def test_telemetry_under_a_plan_that_it_guesses_does_not_count_beside_a_source_that_knows_the_plan(
    store: Store,
) -> None:
    _put(store, reading(used(SELF_DECLARED, 7), source="otlp"))
    assert _counted(store) == [7]
    _put(store, reading(used(person(ADA), 30, plan=Plan.SUBSCRIPTION)))
    assert _counted(store) == [30]


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        (person(ADA), person(ADA), True),
        (person(ADA), SELF_DECLARED, True),
        (key("ci"), key("ci"), True),
        (TOKEN, TOKEN, True),
        (person(ADA), person("boris@example.com"), False),
        (person("UADA"), TOKEN, False),
        (person("ci"), key("ci"), False),
        (Consumer(ConsumerKind.OTHER, ADA), person(ADA), False),
    ],
)
def test_who_is_nobody_yet_is_one_by_the_name_that_both_sources_give(
    store: Store, one: Consumer, other: Consumer, is_one: bool
) -> None:
    _put(store, reading(used(one, 7), source=ANALYTICS), reading(used(other, 8)))
    # Rows of nobody are one line of the team's table, so the line's sum says what counts.
    assert _counted(store) == [7 if is_one else 15]


def test_whoever_is_known_is_one_person_under_all_names(store: Store) -> None:
    _put(store, reading(used(person(ADA), 7), source=ANALYTICS), reading(used(key("adas-key"), 8)))
    assert _counted(store) == [15]
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        for name in (ADA, "adas-key"):
            (number,) = links.find_consumer(session, name)
            links.link_to_member(session, number, ada, "UBOSS", NOON, TRUST)
    assert _counted(store) == [7]


@pytest.mark.parametrize(
    ("list_costs", "whole"), [((9, 4), 13), ((9, None), None), ((None, None), None), ((0, 4), 4), ((0, 0), 0)]
)
def test_a_list_price_is_a_total_only_where_every_row_has_one(
    store: Store, list_costs: tuple[int | None, ...], whole: int | None
) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
    rows = [
        replace(used(who, 2), list_cost_nanos=at_list)
        for who, at_list in zip((person(ADA), key("adas-key")), list_costs, strict=True)
    ]
    _put(store, reading(*rows))
    with store.sessions.begin() as session:
        for name in (ADA, "adas-key"):
            (number,) = links.find_consumer(session, name)
            links.link_to_member(session, number, ada, "UBOSS", NOON, TRUST)
        assert [row.spend.list_cost_nanos for row in usage.of_team(session, ALL_TIME).rows] == [whole]
        assert [row.list_cost_nanos for row in usage.of_member(session, ada, ALL_TIME).rows] == [whole]


def test_tokens_without_a_price_are_added_up_and_stay_out_of_the_money(store: Store) -> None:
    priced, unpriced = used(person(ADA), 5), replace(used(key("ci"), 0), unpriced_tokens=13)
    _put(store, reading(priced, unpriced))
    with store.sessions() as session:
        rows = [row.spend for row in usage.of_team(session, ALL_TIME).rows]
    assert [(row.cost_nanos, row.unpriced_tokens) for row in rows] == [(5, 13)]
