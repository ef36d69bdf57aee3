"""Asking what was spent, by whom."""

from datetime import date, timedelta

from bot.periods import ChargePeriod
from bot.store import links, members, usage
from bot.store.engine import Store
from bot.usage import (
    Activity,
    Biller,
    CostMetric,
    DayReading,
    MachineSpend,
    Plan,
)
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    CLAUDE,
    DAY,
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
