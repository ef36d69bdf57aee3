"""What budgets count, compared with the sums of what each member is shown."""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.periods import ChargePeriod
from bot.store import links, members, spends, usage
from bot.store.engine import Store
from bot.usage import Biller, Plan, SpendRow
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    LITELLM,
    NOON,
    OPUS,
    PIPELINE,
    PRECEDENCE,
    SONNET,
    account,
    hire,
    key,
    person,
    reading,
    used,
)

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 14)
MOVED_ON = date(2026, 11, 8)
CHLOE, SHARED_KEY = "chloe@example.com", "shared-key"
PERIODS = [
    ALL_TIME,
    ChargePeriod(FIRST, FIRST + timedelta(1), ""),
    ChargePeriod(FIRST, MOVED_ON, ""),
    ChargePeriod(MOVED_ON, LAST + timedelta(1), ""),
    ChargePeriod(MOVED_ON - timedelta(1), MOVED_ON + timedelta(1), ""),
    ChargePeriod(LAST + timedelta(1), LAST + timedelta(9), ""),
]


class Company:
    """Two weeks of people, a key that passes from Ada to Boris, a pipeline, shadows, subscriptions, nobody's use."""

    def __init__(self, session: Session) -> None:
        dice = random.Random(7)
        self.members = hire(session, account("UADA", ADA), account("UBORIS", BORIS), account("UCHLOE", CHLOE))
        ada, boris, _ = self.members
        for day in ChargePeriod(FIRST, LAST + timedelta(1), "").days():
            spent = [
                used(who, dice.randrange(10**12), day=day, model=model, plan=plan)
                for who in (person(ADA), person(BORIS), person("nobody@example.com"), key(SHARED_KEY), key(PIPELINE))
                for model in (OPUS, SONNET)
                for plan in Plan
                if dice.random() < 0.6
            ]
            usage.replace_day(session, reading(*spent, day=day), PRECEDENCE)
            seen_twice = [used(person(ADA), 10**15, day=day), used(person(ADA), 7, day=day, biller=Biller.GATEWAY)]
            usage.replace_day(session, reading(*seen_twice, day=day, source=LITELLM), PRECEDENCE)
        members.match_consumers(session, FIRST, PRECEDENCE)
        (shared,) = links.find_consumer(session, SHARED_KEY)
        (pipeline,) = links.find_consumer(session, PIPELINE)
        before = datetime(2026, 11, 2, tzinfo=UTC)
        links.link_to_member(session, shared, ada, "UBOSS", before, PRECEDENCE)
        moved = datetime.combine(MOVED_ON, NOON.timetz())
        links.link_to_member(session, shared, boris, "UBOSS", moved, PRECEDENCE)
        links.link_to_machine(session, pipeline, "nightly", ada, "UBOSS", NOON, PRECEDENCE)


def by_day(rows: Iterable[SpendRow]) -> dict[date, int]:
    """Add up what is paid by the token, row by row."""
    days: dict[date, int] = defaultdict(int)
    for row in rows:
        if row.plan is Plan.PAY_PER_TOKEN:
            days[row.usage_date] += row.cost_nanos
    return dict(days)


def test_budgets_count_for_each_member_what_that_member_is_shown(store: Store) -> None:
    with store.sessions.begin() as session:
        company = Company(session)
        for period in PERIODS:
            shown = {one: by_day(usage.of_member(session, one, period).rows) for one in company.members}
            spent = {one: days for one, days in shown.items() if days}
            assert spends.by_member_and_day(session, period) == spent
            assert spends.by_member(session, period) == {one: sum(days.values()) for one, days in spent.items()}


def test_a_teams_budget_counts_members_machines_and_what_is_nobodys(store: Store) -> None:
    with store.sessions.begin() as session:
        Company(session)
        for period in PERIODS:
            team = usage.of_team(session, period)
            assert spends.by_day_of_team(session, period) == by_day(row.spend for row in team.rows)
            machine = sum(one.cost_nanos for one in team.machines if one.plan is Plan.PAY_PER_TOKEN)
            assert spends.of_machine(session, 1, period) == machine
            assert sum(spends.by_day_of_machine(session, 1, period).values()) == machine
            assert spends.by_day_of_machine(session, 2, period) == {}


def test_no_question_about_one_machine_reads_everybodys_rows(store: Store) -> None:
    if store.path is None:
        return  # plans of PostgreSQL depend on its statistics
    asked: list[str] = []
    with store.sessions() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        spends.of_machine(session, 1, ALL_TIME)
        driver.set_trace_callback(None)
        (question,) = (sql for sql in asked if "usage_day" in sql)
        plan = [str(step[3]) for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {question}")]
    (rows,) = (step for step in plan if "usage_day" in step.split()[1])
    assert "consumer_id=?" in rows
