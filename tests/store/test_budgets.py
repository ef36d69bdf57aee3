"""Budgets, what is remembered of their lines, and how members want to be told."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.budget import Alerts, Budget, BudgetScope, LineKey, LineState, Mark
from bot.periods import Cadence
from bot.store import budgets
from bot.store.engine import Session, Store
from bot.store.tables import Machine
from tests.store.readings import ADA, BORIS, NOON, USD, account, hire

LATER = NOON + timedelta(hours=1)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def people(session: Session) -> tuple[int, int]:
    ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
    return ada, boris


def own(session: Session, member_id: int, nanos: int | None, cadence: Cadence = Cadence.MONTHLY) -> Budget:
    return budgets.put(
        session,
        scope=BudgetScope.OWN,
        of=member_id,
        cadence=cadence,
        limit_nanos=nanos,
        set_by="UADA",
        at=NOON,
    )


def everybodys(session: Session, nanos: int | None, scope: BudgetScope = BudgetScope.DEFAULT) -> Budget:
    return budgets.put(session, scope=scope, cadence=Cadence.MONTHLY, limit_nanos=nanos, set_by="UBOSS", at=NOON)


def assigned(session: Session, member_id: int, nanos: int | None) -> Budget:
    return budgets.put(
        session,
        scope=BudgetScope.ASSIGNED,
        of=member_id,
        cadence=Cadence.MONTHLY,
        limit_nanos=nanos,
        set_by="UBOSS",
        at=NOON,
    )


def test_a_budget_is_given_back_as_it_was_set(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = people(session)
        assert budgets.get(session, BudgetScope.OWN, Cadence.MONTHLY, ada) is None
        found = own(session, ada, 200 * USD)
    assert found == Budget(
        budget_id=found.budget_id,
        scope=BudgetScope.OWN,
        member_id=ada,
        cadence=Cadence.MONTHLY,
        limit_nanos=200 * USD,
        version=1,
        set_by="UADA",
        set_at=NOON,
    )
    with store.sessions() as session:
        assert budgets.get(session, BudgetScope.OWN, Cadence.MONTHLY, ada) == found
        assert budgets.by_id(session, found.budget_id) == found
        assert budgets.by_id(session, found.budget_id + 1) is None
        assert budgets.get(session, BudgetScope.OWN, Cadence.WEEKLY, ada) is None
        assert budgets.get(session, BudgetScope.OWN, Cadence.MONTHLY, boris) is None
        assert budgets.get(session, BudgetScope.ASSIGNED, Cadence.MONTHLY, ada) is None


def test_the_version_grows_only_with_a_change_of_the_limit(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, _ = people(session)
        versions = [own(session, ada, nanos).version for nanos in (200, 200, 300, 300, None, None, 300)]
        assert versions == [1, 1, 2, 2, 3, 3, 4]


def test_setting_the_same_limit_again_changes_nothing(store: Store) -> None:
    with store.sessions.begin() as session:
        before = everybodys(session, 5, BudgetScope.TEAM)
        again = budgets.put(
            session, scope=BudgetScope.TEAM, cadence=Cadence.MONTHLY, limit_nanos=5, set_by="UELSE", at=LATER
        )
        changed = budgets.put(
            session, scope=BudgetScope.TEAM, cadence=Cadence.MONTHLY, limit_nanos=6, set_by="UELSE", at=LATER
        )
    assert again == before
    assert changed == replace(before, limit_nanos=6, version=2, set_by="UELSE", set_at=LATER)


def test_switched_off_it_keeps_its_id_and_is_not_active(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, _ = people(session)
        before, weekly = own(session, ada, 5), own(session, ada, 7, Cadence.WEEKLY)
        assert budgets.active(session) == [before, weekly]
        off = own(session, ada, None)
        assert (off.budget_id, off.limit_nanos) == (before.budget_id, None)
        assert budgets.active(session) == budgets.of_member(session, ada) == [weekly]
        assert own(session, ada, 9).budget_id == before.budget_id


def test_what_an_admin_assigned_stands_in_the_place_of_the_default_of_the_same_cadence(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = people(session)
        default = everybodys(session, 100)
        weekly = budgets.put(
            session, scope=BudgetScope.DEFAULT, cadence=Cadence.WEEKLY, limit_nanos=30, set_by="UBOSS", at=NOON
        )
        mine, given = own(session, ada, 50), assigned(session, ada, 300)
        for scope in (BudgetScope.TEAM, BudgetScope.WORKSPACE):
            everybodys(session, 10**6, scope)
        assert budgets.of_member(session, ada) == [weekly, mine, given]
        assert budgets.of_member(session, boris) == [default, weekly]
        assigned(session, ada, None)
        assert budgets.of_member(session, ada) == [default, weekly, mine]


@pytest.mark.parametrize("nanos", [0, -1])
def test_a_limit_of_nothing_is_never_stored(store: Store, nanos: int) -> None:
    with pytest.raises(IntegrityError, match="limit_nanos"), store.sessions.begin() as session:
        everybodys(session, nanos)


def test_two_who_set_the_first_limit_at_once_make_one_budget(store: Store) -> None:
    def set_limit(nanos: int) -> int:
        with store.sessions.begin() as session:
            return everybodys(session, nanos).budget_id

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(set_limit, range(1, 7)))) == 1
    with store.sessions() as session:
        (found,) = budgets.active(session)
    assert found.version == 6


def test_a_line_is_remembered_as_it_is(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = people(session)
        number = everybodys(session, 100).budget_id
        key = LineKey(budget_id=number, member_id=ada, period_start=NOVEMBER)
        other = replace(key, member_id=boris)
        state = LineState(
            limit_version=3,
            spent_nanos=2**62,
            spent_since=NOON,
            as_of=LATER,
            marks={50: Mark(fired=True), 80: Mark(generation=4, corrections=1), 100: Mark()},
            muted=True,
            planned=False,
            projected=True,
        )
        assert budgets.line(session, key) is None
        budgets.save(session, {})
        budgets.save(session, {key: state, other: LineState(limit_version=1)})
    with store.sessions.begin() as session:
        assert budgets.line(session, key) == state
        assert budgets.line(session, replace(key, period_start=DECEMBER)) is None
        later = replace(state, spent_nanos=0, spent_since=None, marks={}, muted=False, planned=True, projected=False)
        budgets.save(session, {key: later})
        assert budgets.lines(session, [NOVEMBER]) == {key: later, other: LineState(limit_version=1)}


def test_lines_of_other_periods_are_not_given(store: Store) -> None:
    with store.sessions.begin() as session:
        number = everybodys(session, 100, BudgetScope.TEAM).budget_id
        keys = [LineKey(budget_id=number, period_start=start) for start in (NOVEMBER, DECEMBER, date(2027, 1, 1))]
        budgets.save(session, {key: LineState(limit_version=1) for key in keys})
        assert set(budgets.lines(session, [DECEMBER, NOVEMBER, NOVEMBER])) == set(keys[:2])
        assert budgets.lines(session, []) == {}


def test_who_never_said_anything_is_told_as_everybody(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = people(session)
        assert (budgets.alerts(session, ada), budgets.all_alerts(session)) == (Alerts(), {})
        for wish in (Alerts(off=True, quiet_from=0, quiet_to=1439, snoozed_until=LATER), Alerts(quiet_from=1)):
            budgets.put_alerts(session, ada, wish)
            assert budgets.alerts(session, ada) == wish
            assert budgets.all_alerts(session) == {ada: wish}
        assert budgets.alerts(session, boris) == Alerts()


def test_a_machine_is_found_by_its_exact_name(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, _ = people(session)
        session.execute(insert(Machine).values(name="nightly", owner_member_id=ada))
        found = budgets.machine(session, "nightly")
        assert found is not None
        assert (found.name, found.owner_member_id) == ("nightly", ada)
        assert budgets.machine_by_id(session, found.machine_id) == found
        assert budgets.machine(session, "Nightly") is None
        assert budgets.machine_by_id(session, found.machine_id + 1) is None
        budget = budgets.put(
            session,
            scope=BudgetScope.MACHINE,
            of=found.machine_id,
            cadence=Cadence.DAILY,
            limit_nanos=5,
            set_by="UBOSS",
            at=NOON,
        )
        assert budgets.get(session, BudgetScope.MACHINE, Cadence.DAILY, found.machine_id) == budget


def test_whoever_plans_keeps_others_out_until_it_is_committed(store: Store) -> None:
    holds, order = Event(), list[str]()

    def first() -> None:
        with store.sessions.begin() as session:
            budgets.lock(session)
            budgets.active(session)
            holds.set()
            time.sleep(0.3)
            order.append("first")

    def second() -> None:
        holds.wait()
        with store.sessions.begin() as session:
            budgets.lock(session)
            budgets.active(session)
            order.append("second")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(first), threads.submit(second)]:
            done.result()
    assert order == ["first", "second"]
