"""Whose rows are whose: links with dates, shadows, and sums that always add up."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store import books, links, members, usage
from bot.store.columns import Origin
from bot.store.engine import Store
from bot.store.tables import ALWAYS, FOREVER, ConsumerLink, core
from bot.usage import Biller, Owner
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    CLAUDE,
    DAY,
    HOUR,
    LITELLM,
    NOON,
    OPUS,
    PIPELINE,
    PRECEDENCE,
    SONNET,
    USD,
    account,
    did,
    hire,
    key,
    person,
    reading,
    used,
)

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(1)


def only(session: Session, name: str) -> int:
    (consumer,) = links.find_consumer(session, name)
    return consumer


def spent(session: Session, member_id: int, *, start: date = date(2026, 1, 1), end: date = date(2027, 1, 1)) -> int:
    rows = usage.of_member(session, member_id, ChargePeriod(start, end, "")).rows
    return sum(row.cost_nanos for row in rows)


def by_owner(session: Session) -> dict[Owner, int]:
    parts: Counter[Owner] = Counter()
    for row in usage.of_team(session, ALL_TIME).rows:
        parts[row.owner] += row.spend.cost_nanos
    return {owner: nanos for owner, nanos in parts.items() if nanos}


def spells(session: Session, consumer: int) -> list[tuple[int | None, date, date]]:
    link = core(ConsumerLink)
    found = session.execute(
        select(link.c.member_id, link.c.valid_from, link.c.valid_to)
        .where(link.c.consumer_id == consumer)
        .order_by(link.c.valid_from)
    )
    return [(member, start, end) for member, start, end in found]


@pytest.mark.parametrize("words", [ADA, " Ada@Example.COM "])
def test_a_person_is_found_by_an_address_in_any_case(store: Store, words: str) -> None:
    with store.sessions.begin() as session:
        usage.replace_day(session, reading(used(person(ADA), 1), used(key("Ada"), 1)), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 1), source=LITELLM), PRECEDENCE)
        assert len(links.find_consumer(session, words)) == 2
        assert links.find_consumer(session, "nobody@example.com") == ()


def test_a_key_is_found_by_its_name_and_an_exact_one_comes_first(store: Store) -> None:
    with store.sessions.begin() as session:
        usage.replace_day(session, reading(used(key("CI"), 1), used(key("ci"), 2)), PRECEDENCE)
        assert len(links.find_consumer(session, "CI")) == 1
        assert len(links.find_consumer(session, "Ci")) == 2


def test_the_first_link_covers_the_whole_past(store: Store) -> None:
    long_ago = date(2026, 2, 3)
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(key(PIPELINE), 5, day=long_ago), day=long_ago), PRECEDENCE)
        assert by_owner(session) == {Owner.UNATTRIBUTED: 5}
        links.link_to_member(session, only(session, PIPELINE), ada, "UBOSS", NOON, PRECEDENCE)
        assert spent(session, ada) == 5
        assert by_owner(session) == {Owner.MEMBER: 5}


def test_a_later_link_starts_today_and_moves_nothing_of_the_past(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        for day, nanos in ((YESTERDAY, 5), (TODAY, 7)):
            usage.replace_day(session, reading(used(key(PIPELINE), nanos, day=day), day=day), PRECEDENCE)
        consumer = only(session, PIPELINE)
        links.link_to_member(session, consumer, ada, "UBOSS", NOON - timedelta(9), PRECEDENCE)
        links.link_to_member(session, consumer, boris, "UBOSS", NOON, PRECEDENCE)
        assert (spent(session, ada), spent(session, boris)) == (5, 7)
        assert spells(session, consumer) == [(ada, ALWAYS, TODAY), (boris, TODAY, FOREVER)]
        assert usage.of_team(session, ALL_TIME).active_member_days == 2


def test_a_link_corrected_on_its_own_day_leaves_no_trace_of_the_mistake(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris, chloe = hire(session, account("UADA", ADA), account("UBORIS", BORIS), account("UCHLOE", None))
        usage.replace_day(session, reading(used(key(PIPELINE), 5, day=TODAY), day=TODAY), PRECEDENCE)
        consumer = only(session, PIPELINE)
        links.link_to_member(session, consumer, ada, "UBOSS", NOON - timedelta(9), PRECEDENCE)
        links.link_to_member(session, consumer, boris, "UBOSS", NOON, PRECEDENCE)
        links.link_to_member(session, consumer, chloe, "UBOSS", NOON + HOUR, PRECEDENCE)
        assert (spent(session, ada), spent(session, boris), spent(session, chloe)) == (0, 0, 5)
        assert spells(session, consumer) == [(ada, ALWAYS, TODAY), (chloe, TODAY, FOREVER)]


def test_a_machine_has_an_owner_who_did_not_spend_it(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA, name="Ada"), account("UBORIS", BORIS, name="Boris"))
        usage.replace_day(session, reading(used(key(PIPELINE), 5), used(key("ci-2"), 6)), PRECEDENCE)
        links.link_to_machine(session, only(session, PIPELINE), "pipeline", ada, "UBOSS", NOON, PRECEDENCE)
        links.link_to_machine(session, only(session, "ci-2"), "pipeline", boris, "UBOSS", NOON, PRECEDENCE)
        assert by_owner(session) == {Owner.MACHINE: 11}
        assert (spent(session, ada), spent(session, boris)) == (0, 0)
        team = usage.of_team(session, ALL_TIME)
        assert [(one.name, one.owner_name, one.cost_nanos) for one in team.machines] == [("pipeline", "Boris", 11)]
        assert team.active_members == 0


def test_two_sources_that_saw_the_same_use_count_it_once(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        same = Biller.GATEWAY
        usage.replace_day(session, reading(used(person(ADA), 9 * USD, biller=same), source=LITELLM), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 8 * USD, biller=same)), PRECEDENCE)
        assert sum(by_owner(session).values()) == 8 * USD  # nobody's yet, but one by the address
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert spent(session, ada) == 8 * USD
        assert by_owner(session) == {Owner.MEMBER: 8 * USD}
        # When the trusted source takes its rows back, what the other one saw counts again.
        for hours in (1, 2):
            usage.replace_day(session, reading(at=NOON + hours * HOUR), PRECEDENCE)
        assert by_owner(session) == {Owner.MEMBER: 9 * USD}
        assert spent(session, ada) == 9 * USD


def test_use_that_was_paid_in_two_ways_is_two_uses(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        rows = used(person(ADA), 9 * USD, biller=Biller.GATEWAY)
        usage.replace_day(session, reading(rows, source=LITELLM), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 8 * USD)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert spent(session, ada) == 17 * USD


def test_work_that_two_sources_saw_is_told_once(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(activity=[did(person(ADA), sessions=9)], source=LITELLM), PRECEDENCE)
        usage.replace_day(session, reading(activity=[did(person(ADA), sessions=4)]), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        (day,) = usage.of_member(session, ada, ALL_TIME).activity_by_day.values()
        assert day.sessions == 4


def test_machines_and_strangers_are_shadowed_by_themselves_and_by_nobody_else(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 1), used(key(PIPELINE), 2), used(key("x"), 4)), PRECEDENCE)
        usage.replace_day(
            session, reading(used(key(PIPELINE), 8), used(key("x"), 16), used(key("y"), 32), source=LITELLM), PRECEDENCE
        )
        members.match_consumers(session, TODAY, PRECEDENCE)
        for consumer in links.find_consumer(session, PIPELINE):
            links.link_to_machine(session, consumer, "pipeline", ada, "UBOSS", NOON, PRECEDENCE)
        assert by_owner(session) == {Owner.MEMBER: 1, Owner.MACHINE: 2, Owner.UNATTRIBUTED: 4 + 32}


def test_a_shadow_ends_when_a_link_moves_away(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(person(ADA), 3, day=TODAY), day=TODAY), PRECEDENCE)
        usage.replace_day(session, reading(used(key("k"), 5, day=TODAY), day=TODAY, source=LITELLM), PRECEDENCE)
        members.match_consumers(session, YESTERDAY, PRECEDENCE)
        links.link_to_member(session, only(session, "k"), ada, "UBOSS", NOON - timedelta(2), PRECEDENCE)
        assert by_owner(session) == {Owner.MEMBER: 3}
        links.link_to_member(session, only(session, "k"), boris, "UBOSS", NOON, PRECEDENCE)
        assert by_owner(session) == {Owner.MEMBER: 8}
        assert (spent(session, ada), spent(session, boris)) == (3, 5)


def test_a_link_says_who_made_it_and_matching_by_address_leaves_it_alone(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(person(ADA), 5)), PRECEDENCE)
        links.link_to_member(session, only(session, ADA), boris, "UBOSS", NOON, PRECEDENCE)
        report = members.match_consumers(session, TODAY, PRECEDENCE)
        assert (report.with_usage, report.matched) == (1, 1)
        assert (spent(session, ada), spent(session, boris)) == (0, 5)
        link = session.execute(select(core(ConsumerLink))).one()
    assert (link.origin, link.linked_by, link.linked_at) == (Origin.ADMIN, "UBOSS", NOON)


def test_an_admin_who_confirms_a_match_makes_it_lasting(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, _ = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(person(ADA), 5)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        links.link_to_member(session, only(session, ADA), ada, "UBOSS", NOON, PRECEDENCE)
        hire(session, account("UADA", None), account("UBORIS", ADA))
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert spells(session, only(session, ADA)) == [(ada, ALWAYS, FOREVER)]


def test_a_day_restated_after_a_link_has_moved_stays_with_whom_it_was(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(key(PIPELINE), 5, day=YESTERDAY), day=YESTERDAY), PRECEDENCE)
        consumer = only(session, PIPELINE)
        links.link_to_member(session, consumer, ada, "UBOSS", NOON - timedelta(9), PRECEDENCE)
        links.link_to_member(session, consumer, boris, "UBOSS", NOON, PRECEDENCE)
        restated = reading(used(key(PIPELINE), 6, day=YESTERDAY), day=YESTERDAY, at=NOON + HOUR)
        usage.replace_day(session, restated, PRECEDENCE)
        assert (spent(session, ada), spent(session, boris)) == (6, 0)
        assert by_owner(session) == {Owner.MEMBER: 6}
        assert usage.of_team(session, ALL_TIME).active_members == 1
        assert (usage.last_seen(session, ada), usage.last_seen(session, boris)) == (YESTERDAY, None)


def test_a_shadow_makes_nobody_active(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 5)), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 6, model=SONNET), source=LITELLM), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert spent(session, ada) == 5
        assert usage.of_team(session, ALL_TIME).members_by_model == {OPUS: 1}


@pytest.mark.parametrize(("precedence", "nanos"), [((CLAUDE, LITELLM), 3), ((LITELLM, CLAUDE), 5), ((), 3)])
def test_the_precedence_decides_which_of_two_sources_counts(
    store: Store, precedence: tuple[str, ...], nanos: int
) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 5), source=LITELLM), precedence)
        usage.replace_day(session, reading(used(person(ADA), 3)), precedence)
        members.match_consumers(session, TODAY, precedence)
        assert spent(session, ada) == nanos


def test_books_can_be_recounted_after_the_precedence_was_changed(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 5), source=LITELLM), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 3)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        books.recount(session, [DAY], (LITELLM, CLAUDE))
        assert spent(session, ada) == 5
        assert by_owner(session) == {Owner.MEMBER: 5}


def test_an_undone_link_leaves_nobody_a_figure_of_the_past(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        for day, nanos in ((YESTERDAY, 5), (TODAY, 7)):
            usage.replace_day(session, reading(used(key(PIPELINE), nanos, day=day), day=day), PRECEDENCE)
        consumer = only(session, PIPELINE)
        links.link_to_member(session, consumer, ada, "UBOSS", NOON - timedelta(9), PRECEDENCE)
        links.link_to_member(session, consumer, boris, "UBOSS", NOON, PRECEDENCE)
        links.unlink(session, consumer, PRECEDENCE)
        assert (spent(session, ada), spent(session, boris)) == (0, 0)
        assert by_owner(session) == {Owner.UNATTRIBUTED: 12}
        assert usage.of_team(session, ALL_TIME).active_members == 0
        links.link_to_member(session, consumer, boris, "UBOSS", NOON, PRECEDENCE)
        assert spent(session, boris) == 12


def test_a_name_that_another_source_gives_later_follows_the_admins_link_and_counts_once(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", "ada@home.example"), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(key(PIPELINE), 3), used(person(ADA), 5)), PRECEDENCE)
        links.link_to_machine(session, only(session, PIPELINE), "pipeline", boris, "UBOSS", NOON, PRECEDENCE)
        links.link_to_member(session, only(session, ADA), ada, "UBOSS", NOON, PRECEDENCE)
        usage.replace_day(session, reading(used(key(PIPELINE), 3), used(person(ADA), 5), source=LITELLM), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert by_owner(session) == {Owner.MACHINE: 3, Owner.MEMBER: 5}
        assert spent(session, ada) == 5


def test_another_kind_of_the_same_name_follows_nobody(store: Store) -> None:
    with store.sessions.begin() as session:
        (boris,) = hire(session, account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(key(ADA), 3)), PRECEDENCE)
        links.link_to_machine(session, only(session, ADA), "adas-script", boris, "UBOSS", NOON, PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 5), source=LITELLM), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert by_owner(session) == {Owner.MACHINE: 3, Owner.UNATTRIBUTED: 5}


def test_who_has_had_a_link_of_their_own_follows_no_namesake(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(key(PIPELINE), 3)), PRECEDENCE)
        links.link_to_member(session, only(session, PIPELINE), ada, "UBOSS", NOON, PRECEDENCE)
        usage.replace_day(session, reading(used(key(PIPELINE), 3), source=LITELLM), PRECEDENCE)
        _, other = links.find_consumer(session, PIPELINE)
        links.link_to_member(session, other, boris, "UBOSS", NOON, PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert (spent(session, ada), spent(session, boris)) == (3, 3)


def test_names_that_differ_only_in_case_are_two_and_one_name_in_two_sources_is_one(store: Store) -> None:
    with store.sessions.begin() as session:
        usage.replace_day(session, reading(used(key("CI"), 1), used(key("ci"), 2)), PRECEDENCE)
        usage.replace_day(session, reading(used(key("ci"), 2), source=LITELLM), PRECEDENCE)
        assert [len(one) for one in links.find_named(session, "ci")] == [2]
        assert sorted(len(one) for one in links.find_named(session, "Ci")) == [1, 2]
        assert links.find_named(session, "nobody") == ()
