"""Replacing days, and asking what was spent."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from bot.periods import ChargePeriod
from bot.store import links, members, usage
from bot.store.engine import Store
from bot.store.holding import Reason
from bot.usage import (
    Activity,
    Biller,
    CostMetric,
    DayReading,
    DayStanding,
    DayState,
    MachineSpend,
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
    tables = ("usage_day", "activity_day", "team_day", "active_day", "member_month", "consumer", "model")
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
        standing = usage.standings(session, ChargePeriod(DAY, DAY + timedelta(1), ""), NOON, {CLAUDE: 1})
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


@pytest.mark.parametrize("restated", [4 * USD, 6 * USD])
def test_a_day_restated_up_or_down_has_the_last_truth(store: Store, restated: int) -> None:
    put(store, BOTH, reading(used(person(ADA), restated), at=NOON + HOUR))
    assert total(store) == restated


def test_reading_a_day_again_under_other_names_leaves_nothing_of_the_old(store: Store) -> None:
    put(store, BOTH, reading(used(key(PIPELINE), 9 * USD, model="new-model"), at=NOON + HOUR))
    fresh = snapshot(store)
    assert [row[-2] for row in fresh["usage_day"]] == [9 * USD]
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


def test_a_member_sees_all_their_consumers_and_nobody_elses(store: Store) -> None:
    put(
        store,
        BOTH,
        reading(used(key("adas-key"), USD, biller=Biller.GATEWAY), source=LITELLM),
        reading(used(person(ADA), 7 * USD, day=DAY + timedelta(1)), day=DAY + timedelta(1)),
    )
    with store.sessions.begin() as session:
        ada, _ = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        members.match_consumers(session, DAY, PRECEDENCE)
        (consumer,) = links.find_consumer(session, "adas-key")
        links.link_to_member(session, consumer, ada, "UBOSS", NOON, PRECEDENCE)
    with store.sessions() as session:
        found = usage.of_member(session, ada, ChargePeriod(DAY, DAY + timedelta(1), ""))
        assert usage.last_seen(session, ada) == DAY + timedelta(1)
        assert usage.last_seen(session, ada + 99) is None
    assert [(row.model, row.cost_nanos, row.tokens.prompt_tokens) for row in found.rows] == [(OPUS, 4 * USD, 24)]
    assert found.activity_by_day == {DAY: Activity(sessions=1)}


def test_a_day_with_usage_and_no_word_of_activity_is_still_a_day_on_which_a_member_was_seen(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 1)), PRECEDENCE)
        next_day = DAY + timedelta(1)
        usage.replace_day(
            session, reading(day=next_day, activity=[did(person(ADA), day=next_day, active_seconds=60)]), PRECEDENCE
        )
        members.match_consumers(session, DAY, PRECEDENCE)
        found = usage.of_member(session, ada, ALL_TIME)
    assert found.activity_by_day == {DAY: Activity(), next_day: Activity(sessions=1, active_seconds=60)}


def test_amounts_of_different_plans_and_metrics_stay_apart(store: Store) -> None:
    put(
        store,
        reading(
            used(person(ADA), 1),
            used(person(ADA), 2, plan=Plan.SUBSCRIPTION),
            used(person(ADA), 4, metric=CostMetric.BILLED),
        ),
    )
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        members.match_consumers(session, DAY, PRECEDENCE)
        mine = usage.of_member(session, ada, ALL_TIME).rows
        ours = [row.spend for row in usage.of_team(session, ALL_TIME).rows]
    expected = {
        (Plan.PAY_PER_TOKEN, CostMetric.LIST): 1,
        (Plan.SUBSCRIPTION, CostMetric.LIST): 2,
        (Plan.PAY_PER_TOKEN, CostMetric.BILLED): 4,
    }
    for rows in (mine, ours):
        assert {(row.plan, row.cost_metric): row.cost_nanos for row in rows} == expected


def test_active_is_who_had_use_that_is_paid_by_the_token(store: Store) -> None:
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA), account("UBORIS", BORIS), account("UCHLOE", "chloe@example.com"))
        for day in days:
            rows = [used(person(ADA), 0, day=day)]
            if day.month == 11:
                rows.append(used(person(BORIS), 1, day=day))
            rows.append(used(person("chloe@example.com"), 5, day=day, plan=Plan.SUBSCRIPTION))
            rows.append(used(person("nobody@example.com"), 5, day=day))
            usage.replace_day(session, reading(*rows, day=day), PRECEDENCE)
        members.match_consumers(session, DAY, PRECEDENCE)

        def active(start: date, end: date) -> tuple[int, int]:
            team = usage.of_team(session, ChargePeriod(start, end, ""))
            return team.active_members, team.active_member_days

        assert active(date(2026, 10, 1), date(2027, 1, 1)) == (2, 6)
        assert active(date(2026, 11, 1), date(2026, 12, 1)) == (2, 4)
        assert active(date(2026, 11, 2), date(2026, 11, 30)) == (0, 0)
        assert active(date(2026, 11, 2), date(2026, 12, 1)) == (2, 2)
        assert active(date(2026, 11, 1), date(2026, 11, 2)) == (2, 2)
        assert active(date(2026, 10, 31), date(2026, 11, 1)) == (1, 1)
        assert active(date(2026, 11, 30), date(2026, 12, 2)) == (2, 3)


def test_machines_are_shown_with_whom_to_ask_and_by_plan_and_metric(store: Store) -> None:
    put(store, reading(used(key(PIPELINE), 5), used(key(PIPELINE), 3, plan=Plan.SUBSCRIPTION), used(key("other"), 7)))
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA, name="Ada"))
        for name in (PIPELINE, "other"):
            (consumer,) = links.find_consumer(session, name)
            links.link_to_machine(session, consumer, f"the {name}", ada, "UBOSS", NOON, PRECEDENCE)
        machines = usage.of_team(session, ALL_TIME).machines
        assert usage.of_team(session, ChargePeriod(DAY + timedelta(1), DAY + timedelta(2), "")).machines == ()
    assert machines == tuple(
        MachineSpend(name=name, owner_name="Ada", cost_nanos=nanos, plan=plan, cost_metric=CostMetric.LIST)
        for name, nanos, plan in (
            ("the other", 7, Plan.PAY_PER_TOKEN),
            ("the ci-key", 5, Plan.PAY_PER_TOKEN),
            ("the ci-key", 3, Plan.SUBSCRIPTION),
        )
    )


def test_what_is_nobodys_is_listed_the_largest_first(store: Store) -> None:
    put(store, reading(used(key(PIPELINE), 5), used(person(BORIS), 9), used(person(ADA), 100)))
    put(store, reading(used(key(PIPELINE), 6, day=DAY - timedelta(1)), day=DAY - timedelta(1)))
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA))
        members.match_consumers(session, DAY, PRECEDENCE)
        found = usage.unattributed(session, ALL_TIME)
        later = usage.unattributed(session, ChargePeriod(DAY, DAY + timedelta(1), ""))
    assert [(one.consumer, one.source, one.cost_nanos, one.last_seen) for one in found] == [
        (key(PIPELINE), CLAUDE, 11, DAY),
        (person(BORIS), CLAUDE, 9, DAY),
    ]
    assert [one.cost_nanos for one in later] == [9, 5]


def test_each_day_up_to_today_says_how_far_it_can_be_trusted(store: Store) -> None:
    today = NOON.date()

    for days_ago in range(5):
        day, over = today - timedelta(days_ago), days_ago > 0
        row = used(person(ADA), 5, day=day)
        put(store, reading(row, day=day, at=NOON - HOUR, quarantined=days_ago, complete=over))
    put(store, reading(day=today - timedelta(1), at=NOON))
    period = ChargePeriod(today - timedelta(5), today + timedelta(3), "")
    with store.sessions() as session:
        found = usage.standings(session, period, NOON, {CLAUDE: 3, LITELLM: 3})
    claude = [one for one in found if one.source == CLAUDE]
    assert [one.state for one in claude] == [
        DayState.MISSING,
        DayState.SETTLED,
        DayState.SETTLED,
        DayState.SETTLING,
        DayState.HELD,
        DayState.OPEN,
    ]
    assert claude[1] == DayStanding(
        source=CLAUDE, usage_date=today - timedelta(4), state=DayState.SETTLED, as_of=NOON - HOUR, quarantined=4
    )
    assert [(one.state, one.as_of) for one in found if one.source == LITELLM] == [(DayState.MISSING, None)] * 6


def test_no_question_about_one_member_or_machine_reads_everybodys_rows(store: Store) -> None:
    if store.path is None:
        return  # plans of PostgreSQL depend on its statistics
    asked: list[str] = []
    with store.sessions() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        usage.of_member(session, 1, ALL_TIME)
        usage.last_seen(session, 1)
        usage.of_team(session, ALL_TIME)
        usage.unattributed(session, ALL_TIME)
        driver.set_trace_callback(None)
        questions = [sql for sql in asked if "usage_day" in sql or "activity_day" in sql]
        plans = [
            str(step[3])
            for sql in questions
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")
        ]
    rows = [step for step in plans if "usage_day" in step.split()[1] or "activity_day" in step.split()[1]]
    assert len(rows) == len(questions) == 6
    assert all("consumer_id=?" in step for step in rows), rows
