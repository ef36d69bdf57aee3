"""The cost report as it is kept, and what we count of the same days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.costs import CostLine, Directory, KnownWorkspace, OwnDay, ReportDay, VendorKey, VendorWorkspace
from bot.store import costs, links, usage
from bot.store.engine import Store
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, DayReading, Owner, Plan
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    DAY,
    HOUR,
    LITELLM,
    NOON,
    PIPELINE,
    PRECEDENCE,
    SONNET,
    USD,
    account,
    hire,
    key,
    person,
    reading,
    used,
)

NEXT = DAY + timedelta(days=1)


def line(workspace: str, cost: int, description: str = "tokens of a model", *, day: date = DAY) -> CostLine:
    return CostLine(
        usage_date=day, workspace_id=workspace, description=description, cost_type="tokens", cost_nanos=cost
    )


def told(store: Store, *lines: CostLine, day: date = DAY, complete: bool = True) -> None:
    with store.sessions.begin() as session:
        costs.replace_day(session, day, lines, NOON, complete=complete)


def days(store: Store) -> list[ReportDay]:
    with store.sessions() as session:
        return costs.report_days(session, ALL_TIME)


def put(store: Store, *readings: DayReading) -> None:
    for one in readings:
        with store.sessions.begin() as session:
            usage.replace_day(session, one, PRECEDENCE)


def own(store: Store) -> list[OwnDay]:
    with store.sessions() as session:
        return costs.own_days(session, ALL_TIME)


def named(store: Store, *workspaces: tuple[str, str], keys: tuple[VendorKey, ...] = ()) -> None:
    found = tuple(VendorWorkspace(workspace_id=number, name=name) for number, name in workspaces)
    with store.sessions.begin() as session:
        costs.note_names(session, Directory(workspaces=found, keys=keys), NOON)


def workspaces(store: Store) -> list[KnownWorkspace]:
    with store.sessions() as session:
        return costs.workspaces(session)


def test_a_day_is_replaced_whole(store: Store) -> None:
    told(store, line("w1", 5), line("w2", 7), complete=False)
    told(store, line("w2", 8))
    told(store, day=NEXT)
    assert days(store) == [
        ReportDay(usage_date=DAY, as_of=NOON, complete=True, lines=(line("w2", 8, ""),)),
        ReportDay(usage_date=NEXT, as_of=NOON, complete=True, lines=()),
    ]


def test_lines_are_added_up_by_workspace_and_kind_and_a_credit_is_taken_off(store: Store) -> None:
    search = replace(line("w1", 4, "search"), cost_type="web_search")
    told(store, line("w1", 5), line("w1", 7), line("w1", -20, "credit"), search, line("", 1))
    (found,) = days(store)
    assert [(one.workspace_id, one.cost_type, one.cost_nanos) for one in found.lines] == [
        ("", "tokens", 1),
        ("w1", "tokens", -8),
        ("w1", "web_search", 4),
    ]


def test_the_oldest_reading_says_how_old_the_report_is(store: Store) -> None:
    with store.sessions.begin() as session:
        assert costs.read_at(session, ALL_TIME) == (None, 0)
        costs.replace_day(session, DAY, [], NOON - HOUR, complete=True)
        costs.replace_day(session, NEXT, [], NOON, complete=False)
    with store.sessions() as session:
        assert costs.read_at(session, ALL_TIME) == (NOON - HOUR, 2)


def test_the_workspace_of_claude_code_is_known_by_its_name_once_and_by_its_id_from_then_on(store: Store) -> None:
    named(store, ("w1", "Claude Code"), ("w2", "claude code"))
    named(store, ("w1", "Engineering"), ("w2", "Claude Code"))
    assert workspaces(store) == [
        KnownWorkspace(workspace_id="w1", name="Engineering", is_claude_code=True),
        KnownWorkspace(workspace_id="w2", name="Claude Code", is_claude_code=False),
    ]


def test_it_stays_known_when_it_is_listed_no_more(store: Store) -> None:
    named(store, ("w1", "Claude Code"))
    named(store, ("w2", "Claude Code"))
    assert [one.is_claude_code for one in workspaces(store)] == [True, False]


def test_it_is_found_as_soon_as_there_is_one(store: Store) -> None:
    named(store, ("w2", "CI"))
    assert not any(one.is_claude_code for one in workspaces(store))
    named(store, ("w2", "CI"), ("w1", "Claude Code"))
    assert [one.is_claude_code for one in workspaces(store)] == [True, False]


def test_a_key_moves_with_its_name_and_place_and_is_not_forgotten(store: Store) -> None:
    first = VendorKey(key_id="k1", name="ci", workspace_id="w1", owner_email="ada@example.com")
    moved = VendorKey(key_id="k1", name="ci-2", workspace_id=None, owner_email=None)
    named(store, keys=(first,))
    with store.sessions() as session:
        assert costs.keys(session) == [first]
    named(store, keys=(moved,))
    named(store)
    with store.sessions() as session:
        assert costs.keys(session) == [moved]


def test_our_side_is_what_counts_and_anthropic_bills_by_the_token(store: Store) -> None:
    put(
        store,
        reading(
            used(person(ADA), 5 * USD),
            used(person(ADA), 2 * USD, metric=CostMetric.EFFECTIVE),
            used(key(PIPELINE), 3 * USD),
            used(key(PIPELINE), USD, model=SONNET),
            used(person(BORIS), 100 * USD, plan=Plan.SUBSCRIPTION),
            used(person(BORIS), 100 * USD, biller=Biller.BEDROCK),
        ),
        reading(used(person(ADA), 50 * USD), source=LITELLM),
        reading(used(Consumer(ConsumerKind.OTHER, "unattributed"), USD, day=NEXT), day=NEXT),
    )
    assert own(store) == [
        OwnDay(usage_date=DAY, cost_nanos=11 * USD, estimated_nanos=9 * USD, by_key={PIPELINE: 4 * USD}),
        OwnDay(usage_date=NEXT, cost_nanos=USD, estimated_nanos=USD, by_key={}),
    ]


@pytest.mark.parametrize(
    ("asked", "of_ada"), [([DAY], 5), ([DAY, NEXT], 6), ([NEXT], 1), ([DAY - timedelta(days=1), NEXT], 1)]
)
def test_our_side_by_owner_adds_up_to_our_side(store: Store, asked: list[date], of_ada: int) -> None:
    put(
        store,
        reading(used(person(ADA), 5 * USD), used(person(BORIS), 7 * USD), used(key(PIPELINE), 3 * USD)),
        reading(used(person(ADA), USD, day=NEXT), day=NEXT),
    )
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        for name, link in ((ADA, links.link_to_member), (PIPELINE, None)):
            for consumer in links.find_consumer(session, name):
                if link is None:
                    links.link_to_machine(session, consumer, "ci", ada, "UBOSS", NOON, PRECEDENCE)
                else:
                    link(session, consumer, ada, "UBOSS", NOON, PRECEDENCE)
    with store.sessions() as session:
        found = costs.own_by_owner(session, asked)
    assert found[Owner.MEMBER] == of_ada * USD
    assert found[Owner.MACHINE] == (3 * USD if DAY in asked else 0)
    assert found[Owner.UNATTRIBUTED] == (7 * USD if DAY in asked else 0)
    assert sum(found.values()) == sum(one.cost_nanos for one in own(store) if one.usage_date in asked)
