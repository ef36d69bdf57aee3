"""Budgets, what is remembered of each line, and how members want to be told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.budget import OWED, Alerts, Budget, BudgetScope, LineKey, LineState, Mark
from bot.periods import Cadence
from bot.store.bulk import is_postgresql
from bot.store.tables import BudgetLine, BudgetTable, Machine, MemberAlerts, Organization, core
from bot.usage import Plan

_BUDGET, _LINE, _ALERTS, _MACHINE = core(BudgetTable), core(BudgetLine), core(MemberAlerts), core(Machine)
_ORGANIZATION = core(Organization)
_LINE_KEY = ("budget_id", "member_id", "period_start")
_LINE_STATE = ("limit_version", "spent_nanos", "spent_since", "as_of", "marks", "muted", "planned", "projected")
_ALERT_COLUMNS = ("off", "quiet_from", "quiet_to", "snoozed_until")

_IN_BUDGETS = select(_ORGANIZATION.c.subscriptions_in_budgets).scalar_subquery().label("with_subscriptions")
_EVERY = select(_BUDGET, _IN_BUDGETS)
_BY_SUBJECT = _EVERY.where(
    _BUDGET.c.subject == bindparam("subject"), _BUDGET.c.cadence == bindparam("cadence", type_=_BUDGET.c.cadence.type)
)
_BY_ID = _EVERY.where(_BUDGET.c.id == bindparam("budget_id"))
_ACTIVE = _EVERY.where(_BUDGET.c.limit_nanos.is_not(None)).order_by(_BUDGET.c.id)
_OF_MEMBER = _ACTIVE.where(or_(_BUDGET.c.member_id == bindparam("member_id"), _BUDGET.c.scope == BudgetScope.DEFAULT))
_LINES = select(_LINE).where(_LINE.c.period_start.in_(bindparam("starts", expanding=True)))
_ONE_LINE = select(_LINE).where(*(_LINE.c[name] == bindparam(name) for name in _LINE_KEY))
_ONE_ALERTS = select(_ALERTS).where(_ALERTS.c.member_id == bindparam("member_id"))
_MACHINE_BY_NAME = select(_MACHINE).where(_MACHINE.c.name == bindparam("name"))
_MACHINE_BY_ID = select(_MACHINE).where(_MACHINE.c.id == bindparam("machine_id"))
_OF_PEOPLE_AND_ALL = (
    BudgetScope.OWN,
    BudgetScope.ASSIGNED,
    BudgetScope.DEFAULT,
    BudgetScope.TEAM,
    BudgetScope.MACHINE,
)
"""Scopes that may count a subscription's use: the vendor limits none of it, and a group's parts are judged without."""
_RENEWED = update(_BUDGET).where(_BUDGET.c.scope.in_(_OF_PEOPLE_AND_ALL)).values(version=_BUDGET.c.version + 1)
_OF: Mapping[BudgetScope, str] = {
    BudgetScope.OWN: "member_id",
    BudgetScope.ASSIGNED: "member_id",
    BudgetScope.MACHINE: "machine_id",
    BudgetScope.GROUP: "group_id",
}
"""Which column says whose a budget is; the other scopes are everybody's."""
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_ADVISORY_LOCK = 0x627564676574  # "budget": any number, as long as all replicas take the same


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """A machine, and whom to tell about it."""

    machine_id: int
    name: str
    owner_member_id: int


def lock(session: Session) -> None:
    """Wait until nobody else plans what is said of budgets, and keep others out until the transaction ends."""
    if is_postgresql(session):
        session.execute(_LOCK, {"key": _ADVISORY_LOCK})


def put(
    session: Session,
    *,
    scope: BudgetScope,
    of: int | None = None,
    cadence: Cadence,
    limit_nanos: int | None,
    set_by: str,
    at: datetime,
) -> Budget:
    """Set a limit, or with None switch it off; `of` is the id of the member, machine or group it is for.

    The version grows only if the limit changes.
    """
    lock(session)
    known = get(session, scope, cadence, of)
    values = {"limit_nanos": limit_nanos, "set_by": set_by, "set_at": at}
    if known is None:
        whose = {_OF[scope]: of} if of is not None else {}
        fixed = {"subject": _subject(scope, of), "scope": scope, "cadence": cadence, "version": 1}
        session.connection().execute(_BUDGET.insert().values(**fixed, **whose, **values))
    elif known.limit_nanos != limit_nanos:
        changed = update(_BUDGET).where(_BUDGET.c.id == known.budget_id)
        session.connection().execute(changed.values(version=known.version + 1, **values))
    found = get(session, scope, cadence, of)
    assert found is not None  # noqa: S101 - it was written a line above
    return found


def get(session: Session, scope: BudgetScope, cadence: Cadence, of: int | None = None) -> Budget | None:
    """Give a budget, switched off or not; None: there never was one. `of` as in `put`."""
    asked = {"subject": _subject(scope, of), "cadence": cadence}
    row = session.execute(_BY_SUBJECT, asked).one_or_none()
    return None if row is None else _budget(row)


def plans_of(session: Session, scope: BudgetScope) -> frozenset[Plan]:
    """Say whose use a budget of a scope counts."""
    return _plans(scope, session.execute(select(_IN_BUDGETS)).scalar_one())


def renew(session: Session) -> None:
    """Let every budget whose use is counted another way from now on be known as changed."""
    session.connection().execute(_RENEWED)


def by_id(session: Session, budget_id: int) -> Budget | None:
    """Give a budget by its id."""
    row = session.execute(_BY_ID, {"budget_id": budget_id}).one_or_none()
    return None if row is None else _budget(row)


def active(session: Session) -> list[Budget]:
    """Give every budget that has a limit."""
    return [_budget(row) for row in session.execute(_ACTIVE)]


def of_member(session: Session, member_id: int) -> list[Budget]:
    """Give the budgets that hold for a member: their own, and per cadence what an admin assigned, else the default."""
    found = [_budget(row) for row in session.execute(_OF_MEMBER, {"member_id": member_id})]
    assigned = {one.cadence for one in found if one.scope is BudgetScope.ASSIGNED}
    return [one for one in found if one.scope is not BudgetScope.DEFAULT or one.cadence not in assigned]


def line(session: Session, key: LineKey) -> LineState | None:
    """Give what is remembered of one line; None: nothing yet."""
    row = session.execute(_ONE_LINE, _key_values(key)).one_or_none()
    return None if row is None else _state(row)


def lines(session: Session, period_starts: Iterable[date]) -> dict[LineKey, LineState]:
    """Give what is remembered of every line of the periods that begin on these days."""
    rows = session.execute(_LINES, {"starts": sorted(set(period_starts))})
    return {
        LineKey(budget_id=row.budget_id, member_id=row.member_id, period_start=row.period_start): _state(row)
        for row in rows
    }


def save(session: Session, states: Mapping[LineKey, LineState]) -> None:
    """Remember lines as they are now."""
    rows = [_key_values(key) | _state_values(state) for key, state in sorted(states.items())]
    if not rows:
        return
    insert = (postgresql if is_postgresql(session) else sqlite).insert(_LINE)
    upsert = insert.on_conflict_do_update(
        index_elements=[_LINE.c[name] for name in _LINE_KEY],
        set_={name: insert.excluded[name] for name in _LINE_STATE},
    )
    session.connection().execute(upsert, rows)


def alerts(session: Session, member_id: int) -> Alerts:
    """Give how a member wants to be told: what they said, else as everybody."""
    row = session.execute(_ONE_ALERTS, {"member_id": member_id}).one_or_none()
    return Alerts() if row is None else _alerts(row)


def all_alerts(session: Session) -> dict[int, Alerts]:
    """Give how each member who ever said something wants to be told."""
    return {row.member_id: _alerts(row) for row in session.execute(select(_ALERTS))}


def put_alerts(session: Session, member_id: int, alerts: Alerts) -> None:
    """Remember how a member wants to be told."""
    values = {name: getattr(alerts, name) for name in _ALERT_COLUMNS}
    insert = (postgresql if is_postgresql(session) else sqlite).insert(_ALERTS).values(member_id=member_id, **values)
    session.connection().execute(insert.on_conflict_do_update(index_elements=[_ALERTS.c.member_id], set_=values))


def machines(session: Session) -> dict[int, MachineRow]:
    """Give every machine, by its id."""
    return {row.id: _machine(row) for row in session.execute(select(_MACHINE))}


def machine(session: Session, name: str) -> MachineRow | None:
    """Give a machine by its name."""
    row = session.execute(_MACHINE_BY_NAME, {"name": name}).one_or_none()
    return None if row is None else _machine(row)


def machine_by_id(session: Session, machine_id: int) -> MachineRow | None:
    """Give a machine by its id."""
    row = session.execute(_MACHINE_BY_ID, {"machine_id": machine_id}).one_or_none()
    return None if row is None else _machine(row)


def _subject(scope: BudgetScope, of: int | None) -> str:
    return scope.value if of is None else f"{scope}/{of}"


def _budget(row: Any) -> Budget:
    return Budget(
        budget_id=row.id,
        scope=row.scope,
        member_id=row.member_id,
        machine_id=row.machine_id,
        group_id=row.group_id,
        cadence=row.cadence,
        limit_nanos=row.limit_nanos,
        version=row.version,
        set_by=row.set_by,
        set_at=row.set_at,
        plans=_plans(row.scope, row.with_subscriptions),
    )


def _plans(scope: BudgetScope, with_subscriptions: object) -> frozenset[Plan]:
    return frozenset(Plan) if with_subscriptions and scope in _OF_PEOPLE_AND_ALL else OWED


def _key_values(key: LineKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in _LINE_KEY}


def _state_values(state: LineState) -> dict[str, Any]:
    marks = {str(t): [mark.fired, mark.generation, mark.corrections] for t, mark in sorted(state.marks.items())}
    return {name: getattr(state, name) for name in _LINE_STATE} | {"marks": json.dumps(marks)}


def _state(row: Any) -> LineState:
    marks = {
        int(threshold): Mark(fired=fired, generation=generation, corrections=corrections)
        for threshold, (fired, generation, corrections) in json.loads(row.marks).items()
    }
    return LineState(**{name: getattr(row, name) for name in _LINE_STATE} | {"marks": marks})


def _alerts(row: Any) -> Alerts:
    return Alerts(**{name: getattr(row, name) for name in _ALERT_COLUMNS})


def _machine(row: Any) -> MachineRow:
    return MachineRow(machine_id=row.id, name=row.name, owner_member_id=row.owner_member_id)
