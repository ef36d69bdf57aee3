"""Replacing a day: the whole of it or nothing, and nothing twice."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.overlap import Terms
from bot.periods import ChargePeriod
from bot.store import members, usage
from bot.store.engine import Store
from bot.store.holding import Reason
from bot.store.tables import Consumer, core
from bot.usage import (
    DayReading,
    Owner,
    Plan,
    Tokens,
)
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

BOTH = reading(used(person(ADA), 3 * USD), used(person(BORIS), 2 * USD, model=SONNET), activity=[did(person(ADA))])


def put(store: Store, *readings: DayReading) -> usage.Replaced:
    for one in readings:
        with store.sessions.begin() as session:
            done = usage.replace_day(session, one, PRECEDENCE)
    return done


def snapshot(store: Store) -> dict[str, list[tuple[object, ...]]]:
    tables = ("usage_day", "activity_day", "team_day", "active_day", "consumer", "model")
    with store.sessions() as session:
        return {
            name: sorted(tuple(row) for row in session.execute(text(f"SELECT * FROM {name}")))  # noqa: S608  # four words of ours
            for name in tables
        }


def total(store: Store, period: ChargePeriod = ALL_TIME) -> int:
    with store.sessions() as session:
        return sum(row.spend.cost_nanos for row in usage.of_team(session, period).rows)


def test_a_first_reading_is_stored_as_it_was_told(store: Store) -> None:
    done = put(store, BOTH)
    assert done == usage.Replaced(reason=Reason.NEW, held=False, rows_written=3, new_consumers=2, cost_nanos=5 * USD)
    with store.sessions() as session:
        team = usage.of_team(session, ALL_TIME)
    assert [(row.owner, row.spend.model, row.spend.cost_nanos, row.spend.plan) for row in team.rows] == [
        (Owner.UNATTRIBUTED, OPUS, 3 * USD, Plan.PAY_PER_TOKEN),
        (Owner.UNATTRIBUTED, SONNET, 2 * USD, Plan.PAY_PER_TOKEN),
    ]
    assert team.rows[0].spend.tokens == Tokens(uncached_input_tokens=10, output_tokens=1, cache_read_input_tokens=2)


def test_an_equal_reading_writes_nothing_and_only_moves_the_as_of(store: Store) -> None:
    put(store, BOTH)
    before = snapshot(store)
    shuffled = replace(BOTH, records=BOTH.records[::-1], read_at=NOON + HOUR, complete=True, quarantined=2)
    assert put(store, shuffled) == usage.Replaced(
        reason=Reason.UNCHANGED, held=False, rows_written=0, new_consumers=0, cost_nanos=5 * USD
    )
    assert snapshot(store) == before
    with store.sessions() as session:
        known = usage.known_days(session, CLAUDE)
        standing = usage.standings(
            session,
            ChargePeriod(DAY, DAY + timedelta(1), ""),
            NOON,
            (Terms(source=CLAUDE, account="anthropic", final_after_days=1),),
        )
    assert known == {DAY: usage.KnownDay(as_of=NOON + HOUR, complete=True, held=False)}
    assert standing[0].quarantined == 2


def test_only_what_differs_is_written(store: Store) -> None:
    put(store, BOTH)
    more = reading(
        used(person(ADA), 3 * USD),
        used(person(BORIS), 4 * USD, model=SONNET),
        used(key(PIPELINE), 1),
        at=NOON + HOUR,
        activity=[did(person(ADA))],
    )
    done = put(store, more)
    assert (done.reason, done.rows_written, done.new_consumers, done.cost_nanos) == (
        Reason.REPLACED,
        2,
        1,
        7 * USD + 1,
    )


def test_a_consumer_was_first_seen_on_the_earliest_day_in_whatever_order_days_are_read(store: Store) -> None:
    for age in (1, 2, 0):
        day = DAY - timedelta(age)
        put(store, reading(used(person(ADA), 1, day=day), day=day))
    with store.sessions() as session:
        assert session.execute(select(core(Consumer).c.first_seen_date)).scalar_one() == DAY - timedelta(2)


def test_a_day_says_how_many_different_readings_it_has_had(store: Store) -> None:
    put(store, BOTH, replace(BOTH, read_at=NOON + HOUR), reading(used(person(ADA), 9 * USD), at=NOON + 2 * HOUR))
    with store.sessions() as session:
        assert session.execute(text("SELECT revision FROM source_day")).scalar_one() == 2


@pytest.mark.parametrize("restated", [4 * USD, 6 * USD])
def test_a_day_restated_up_or_down_has_the_last_truth(store: Store, restated: int) -> None:
    put(store, BOTH, reading(used(person(ADA), restated), at=NOON + HOUR))
    assert total(store) == restated


def test_reading_a_day_again_under_other_names_leaves_nothing_of_the_old(store: Store) -> None:
    put(store, BOTH, reading(used(key(PIPELINE), 9 * USD, model="new-model"), at=NOON + HOUR))
    fresh = snapshot(store)
    assert [row for row in fresh["usage_day"] if 9 * USD in row] == fresh["usage_day"] != []
    assert not fresh["activity_day"]


def test_a_day_that_turns_empty_is_held_until_an_equal_reading_an_hour_later(store: Store) -> None:
    put(store, BOTH)
    empty = reading(at=NOON + HOUR)
    held = put(store, empty)
    assert (held.reason, held.held, held.rows_written, held.cost_nanos) == (Reason.HELD_EMPTY, True, 0, 5 * USD)
    assert total(store) == 5 * USD
    with store.sessions() as session:
        assert usage.known_days(session, CLAUDE)[DAY] == usage.KnownDay(as_of=NOON, complete=True, held=True)
    again = put(store, replace(empty, read_at=NOON + 2 * HOUR - timedelta(seconds=1)))
    assert (again.reason, again.held) == (Reason.HELD_AGAIN, True)
    released = put(store, replace(empty, read_at=NOON + 2 * HOUR))
    assert (released.reason, released.held, released.rows_written) == (Reason.RELEASED, False, 3)
    assert total(store) == 0
    with store.sessions() as session:
        assert not usage.known_days(session, CLAUDE)[DAY].held


def test_a_late_reading_does_not_touch_what_is_held(store: Store) -> None:
    put(store, BOTH, reading(used(person(ADA), USD), at=NOON + 2 * HOUR))
    late = put(store, reading(used(person(ADA), 2 * USD), at=NOON + HOUR))
    assert (late.reason, late.held) == (Reason.OLDER, True)
    with store.sessions() as session:
        assert session.execute(text("SELECT held_cost_nanos FROM source_day")).scalar_one() == USD


def test_money_that_comes_back_ends_the_hold_at_once(store: Store) -> None:
    put(store, BOTH, reading(at=NOON + HOUR))
    back = put(store, replace(BOTH, read_at=NOON + HOUR + timedelta(minutes=1)))
    assert (back.reason, back.held) == (Reason.UNCHANGED, False)


def test_a_held_reading_makes_no_consumers(store: Store) -> None:
    put(store, BOTH)
    before = snapshot(store)
    put(store, reading(used(key("stranger"), 1, model="strange"), at=NOON + HOUR))
    assert snapshot(store) == before


def test_a_reading_that_is_older_than_what_is_stored_is_passed_over(store: Store) -> None:
    put(store, BOTH)
    done = put(store, reading(used(person(ADA), 90 * USD), at=NOON - HOUR))
    assert (done.reason, done.cost_nanos) == (Reason.OLDER, 5 * USD)
    assert total(store) == 5 * USD


def test_a_reading_with_rows_of_another_day_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="another day"):
        put(store, reading(used(person(ADA), 1, day=DAY + timedelta(1))))
    with pytest.raises(ValueError, match="another day"):
        put(store, reading(activity=[did(person(ADA), day=DAY - timedelta(1))]))


def test_a_crash_in_the_middle_leaves_the_old_day(store: Store) -> None:
    put(store, BOTH)
    before = snapshot(store)

    def break_off() -> None:
        with store.sessions.begin() as session:
            usage.replace_day(session, reading(used(key(PIPELINE), 9 * USD), at=NOON + HOUR), PRECEDENCE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert snapshot(store) == before
    with store.sessions() as session:
        assert usage.known_days(session, CLAUDE)[DAY].as_of == NOON


def test_two_conflicting_rows_of_one_key_leave_the_old_day(store: Store) -> None:
    put(store, BOTH)
    before = snapshot(store)
    with pytest.raises(Exception, match=r"(?i)unique"):
        put(store, reading(used(person(ADA), 6 * USD), used(person(ADA), 7 * USD), at=NOON + HOUR))
    assert snapshot(store) == before


def test_two_writers_of_one_day_end_in_one_of_the_two_readings(store: Store) -> None:
    put(store, BOTH)
    rivals = [
        reading(*(used(person(f"{name}{n}@example.com"), 6 * USD) for n in range(50)), at=NOON + HOUR)
        for name in ("north", "south")
    ]
    barrier, failures = threading.Barrier(2), list[Exception]()

    def write(one: DayReading) -> None:
        try:
            for step in range(5):
                barrier.wait()
                put(store, replace(one, read_at=one.read_at + step * HOUR))
        except Exception as error:  # noqa: BLE001  # a thread's failure must reach the test
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=write, args=(one,)) for one in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with store.sessions() as session:
        owners = {one.consumer.external_id[:5] for one in usage.unattributed(session, ALL_TIME)}
    assert len(owners) == 1
    assert total(store) == 300 * USD


def test_two_sources_written_at_once_still_count_one_use_once(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        for day in (DAY, DAY - timedelta(1)):
            for source in (CLAUDE, LITELLM):
                usage.replace_day(session, reading(used(person(ADA), 9 * USD, day=day), day=day, source=source), ())
        members.match_consumers(session, DAY, PRECEDENCE)
    waiting = threading.Thread(
        target=put, args=(store, reading(used(person(ADA), 11 * USD), source=LITELLM, at=NOON + HOUR))
    )
    with store.sessions.begin() as session:
        for hours in (1, 2):
            usage.replace_day(session, reading(at=NOON + hours * HOUR), PRECEDENCE)  # Claude takes its day back
        waiting.start()
        waiting.join(0.3)  # long enough to have finished, if nothing made it wait
        usage.replace_day(session, reading(used(person(ADA), 10 * USD), at=NOON + 3 * HOUR), PRECEDENCE)
    waiting.join()
    with store.sessions() as session:
        found = usage.of_member(session, ada, ChargePeriod(DAY, DAY + timedelta(1), "")).rows
    assert [row.cost_nanos for row in found] == [10 * USD]
    assert total(store) == 19 * USD


def test_the_first_readings_of_a_day_may_come_at_once(store: Store) -> None:
    barrier, failures = threading.Barrier(3), list[Exception]()

    def write(number: int) -> None:
        try:
            barrier.wait()
            put(
                store,
                reading(used(person(ADA), 9 * USD), used(person(f"{number}@example.com"), USD, model=f"m{number}")),
            )
        except Exception as error:  # noqa: BLE001  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert total(store) == 10 * USD
