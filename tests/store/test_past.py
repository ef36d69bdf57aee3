"""Why did yesterday change? What a finished day said before, and what it said afterwards."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.periods import ChargePeriod
from bot.store import links, past, usage
from bot.store.engine import Store
from bot.store.tables import SourceDayPast, UsageDayPast, core
from bot.usage import DayReading, Plan, UsageRecord
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    CLAUDE,
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

LATER = NOON + HOUR
_SECOND = timedelta(seconds=1)


def put(store: Store, *readings: DayReading) -> None:
    for one in readings:
        with store.sessions.begin() as session:
            usage.replace_day(session, one, PRECEDENCE)


def of_team(store: Store, period: ChargePeriod = ALL_TIME) -> list[past.Restatement]:
    with store.sessions() as session:
        return past.of_team(session, period)


def of_ada(store: Store) -> list[past.Restatement]:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        for address, member_id in ((ADA, ada), (BORIS, boris)):
            for consumer in links.find_consumer(session, address):
                links.link_to_member(session, consumer, member_id, "UBOSS", NOON, PRECEDENCE)
    with store.sessions() as session:
        return past.of_member(session, ada, ALL_TIME)


def costs(found: list[past.Restatement]) -> list[tuple[int, int]]:
    return [(one.before_nanos // USD, one.after_nanos // USD) for one in found]


def days(*dollars: int, who: str = ADA, source: str = CLAUDE) -> list[DayReading]:
    """Readings of one day an hour apart, each of one row."""
    return [reading(used(person(who), cost * USD), at=NOON + n * HOUR, source=source) for n, cost in enumerate(dollars)]


def kept(store: Store) -> tuple[int, int]:
    with store.sessions() as session:
        return (
            len(session.execute(select(core(SourceDayPast))).all()),
            len(session.execute(select(core(UsageDayPast))).all()),
        )


def test_a_finished_day_that_says_something_else_tells_both_figures_and_both_instants(store: Store) -> None:
    put(store, *days(10, 12))
    assert of_team(store) == [
        past.Restatement(
            usage_date=DAY,
            source=CLAUDE,
            as_of=NOON,
            replaced_at=LATER,
            before_nanos=10 * USD,
            after_nanos=12 * USD,
        )
    ]
    assert of_team(store) == of_ada(store)


@pytest.mark.parametrize(("complete", "told"), [(False, []), (True, [(10, 12)])])
def test_a_day_that_was_not_over_only_grew_and_a_finished_one_was_restated(
    store: Store, complete: bool, told: list[tuple[int, int]]
) -> None:
    before, after = days(10, 12)
    put(store, reading(*before.records, complete=complete), after)
    assert costs(of_team(store)) == told
    assert kept(store) == (len(told), len(told))


def test_a_finished_day_that_says_the_same_again_was_not_restated(store: Store) -> None:
    put(store, *days(10, 10, 10))
    assert kept(store) == (0, 0)


def test_each_of_several_restatements_says_what_came_directly_after_it(store: Store) -> None:
    put(store, *days(10, 12, 11, 15))
    assert costs(of_team(store)) == [(11, 15), (12, 11), (10, 12)]
    assert costs(of_ada(store)) == costs(of_team(store))


def test_a_reading_that_left_a_row_alone_does_not_stand_between_two_that_changed_it(store: Store) -> None:
    ada = [10, 11, 11, 13]
    boris = [20, 20, 21, 21]
    put(
        store,
        *(
            reading(used(person(ADA), one * USD), used(person(BORIS), other * USD), at=NOON + n * HOUR)
            for n, (one, other) in enumerate(zip(ada, boris, strict=True))
        ),
    )
    assert costs(of_ada(store)) == [(11, 13), (10, 11)]
    assert costs(of_team(store)) == [(11, 13), (20, 21), (10, 11)]


def test_a_row_that_came_later_was_nothing_before_and_one_that_went_is_nothing_now(store: Store) -> None:
    small, large = used(person(ADA), USD), used(person(ADA), 9 * USD, model=SONNET)
    put(store, reading(large), reading(small, large, at=LATER), reading(large, at=LATER + HOUR))
    assert costs(of_ada(store)) == [(1, 0), (0, 1)]


def test_a_change_of_somebody_else_is_none_of_mine(store: Store) -> None:
    put(
        store,
        reading(used(person(ADA), USD), used(person(BORIS), USD)),
        reading(used(person(ADA), USD), used(person(BORIS), 2 * USD), at=LATER),
    )
    assert of_ada(store) == []
    assert costs(of_team(store)) == [(1, 2)]


def test_money_that_moved_from_one_person_to_another_changed_for_both_and_not_for_the_team(store: Store) -> None:
    put(
        store,
        reading(used(person(ADA), 2 * USD), used(person(BORIS), USD)),
        reading(used(person(ADA), USD), used(person(BORIS), 2 * USD), at=LATER),
    )
    assert costs(of_ada(store)) == [(2, 1)]
    assert of_team(store) == []


def test_tokens_that_changed_alone_change_no_money(store: Store) -> None:
    put(store, reading(used(person(ADA), USD, tokens=10)), reading(used(person(ADA), USD, tokens=11), at=LATER))
    assert kept(store) == (1, 1)
    assert of_team(store) == []


def test_what_is_nobodys_was_restated_for_the_team(store: Store) -> None:
    put(store, reading(used(key(PIPELINE), USD)), reading(used(key(PIPELINE), 2 * USD), at=LATER))
    assert costs(of_team(store)) == [(1, 2)]
    assert of_ada(store) == []


@pytest.mark.parametrize(("plan", "told"), [(Plan.PAY_PER_TOKEN, [(10, 12)]), (Plan.SUBSCRIPTION, [])])
def test_only_what_is_owed_is_restated(store: Store, plan: Plan, told: list[tuple[int, int]]) -> None:
    def row(cost: int) -> UsageRecord:
        return used(person(ADA), cost * USD, plan=plan)

    put(store, reading(row(10)), reading(row(12), at=LATER))
    assert costs(of_team(store)) == told


def test_a_shadow_was_in_no_total_and_its_restatement_changes_none(store: Store) -> None:
    put(store, *days(5), *days(10, 12, source=LITELLM))
    assert of_team(store) == []
    assert of_ada(store) == []


def test_what_shadows_nothing_is_restated_whatever_source_told_it(store: Store) -> None:
    put(store, *days(5, who=BORIS), *days(10, 12, source=LITELLM))
    assert [(one.source, one.after_nanos) for one in of_team(store)] == [(LITELLM, 12 * USD)]


def test_a_loss_that_is_held_back_is_no_restatement_until_it_is_believed(store: Store) -> None:
    much, little, still = days(10, 5, 5)
    put(store, much, little)
    assert of_team(store) == []
    put(store, still)
    assert [(one.before_nanos, one.after_nanos, one.replaced_at) for one in of_team(store)] == [
        (10 * USD, 5 * USD, still.read_at)
    ]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (DAY, DAY + timedelta(1), 1),
        (DAY - timedelta(1), DAY, 0),
        (DAY + timedelta(1), DAY + timedelta(2), 0),
    ],
)
def test_a_period_tells_what_changed_on_its_own_days(store: Store, start: date, end: date, told: int) -> None:
    put(store, *days(10, 12))
    assert len(of_team(store, ChargePeriod(start, end, ""))) == told


@pytest.mark.parametrize(("beyond", "told"), [(timedelta(), (1, 1)), (_SECOND, (0, 0))])
def test_what_a_day_was_is_forgotten_thirty_five_days_after_it_was_replaced(
    store: Store, beyond: timedelta, told: tuple[int, int]
) -> None:
    put(store, *days(10, 12))
    with store.sessions.begin() as session:
        past.forget(session, LATER + timedelta(days=35) + beyond)
    assert kept(store) == told


def test_forgetting_an_old_restatement_leaves_a_newer_one_of_the_same_day_whole(store: Store) -> None:
    put(store, *days(10, 12, 15))
    with store.sessions.begin() as session:
        past.forget(session, LATER + timedelta(days=35) + _SECOND)
    assert costs(of_team(store)) == [(12, 15)]


def changed(store: Store, period: ChargePeriod = ALL_TIME) -> frozenset[tuple[str, date]]:
    with store.sessions() as session:
        return past.changed_days(session, period)


def test_a_finished_day_whose_sum_changed_is_hinted_at_by_source(store: Store) -> None:
    put(store, *days(10, 12), *days(5, 5, source=LITELLM))
    assert changed(store) == {(CLAUDE, DAY)}
    assert changed(store, ChargePeriod(DAY + timedelta(days=1), DAY + timedelta(days=2), "")) == frozenset()


def test_a_day_that_came_back_to_its_sum_or_only_moved_money_is_not_hinted_at(store: Store) -> None:
    put(store, reading(used(person(ADA), 2 * USD), used(person(BORIS), USD)))
    put(store, reading(used(person(ADA), USD), used(person(BORIS), 2 * USD), at=LATER))
    assert changed(store) == frozenset()
