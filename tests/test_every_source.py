"""One company by every way at once: whatever each source tells, the sums are what was really used, each once."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.app import build_runtime
from bot.config import load_settings
from bot.delivery.drift import comparisons
from bot.demo import every_source, routes
from bot.demo.cast import CAST, Persona, Route
from bot.demo.clock import MovableClock
from bot.demo.company import Company, admin, costs
from bot.demo.company.server import ADMIN_KEY, VISIBLE_AFTER, usage_app
from bot.demo.company.sessions import Who
from bot.demo.exporting import Encoding, Exporters
from bot.demo.gateway.server import VIEWER_KEY
from bot.demo.serving import serving
from bot.jobs.poll import Polled, poll
from bot.jobs.reconcile import reconcile
from bot.listeners.telemetry import telemetry_routes
from bot.people import fold_email
from bot.periods import ChargePeriod
from bot.reports.reconcile import Comparison
from bot.runtime import Runtime
from bot.sources import SOURCES, anthropic_analytics, anthropic_claude_code, litellm, otlp
from bot.store import members, notices, usage
from bot.store.tables import Source, UsageDay, core
from bot.usage import CostMetric, Owner, TeamUsage
from tests import databases
from tests.conftest import KINDS
from tests.store.readings import account, hire

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
"""A Friday."""
TODAY = NOW.date()
DAYS = 14
FIRST = TODAY - timedelta(days=DAYS - 1)
WHOLE = ChargePeriod(FIRST, TODAY, "")
"""The days that are over, and whole in each source."""
PERSON = {fold_email(one.claude_email or one.email): one for one in CAST if one.habit}
NANOS_A_CENT = 10_000_000


class StoppedClock(MovableClock):
    """Stands still, until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The company's outside, and the real program's inside."""

    company: Company
    cast: tuple[Persona, ...]
    rt: Runtime
    clock: StoppedClock
    exporters: Exporters
    door: str
    known: dict[tuple[date, datetime], dict[str, Fraction]] = field(default_factory=dict)

    def poll(self) -> Polled:
        """Read all sources as the program does; none of them fails."""
        polled = poll(self.rt)
        assert polled.failures == ()
        return polled

    def truth(self, who: Who, days: list[date], until: datetime) -> Fraction:
        """What somebody really spent, in exact cents."""
        for day in days:
            if (day, until) not in self.known:
                self.known[day, until] = self.company.truth(day, until)
        return sum((self.known[day, until].get(who.external_id, Fraction()) for day in days), Fraction())

    def member(self, who: Who) -> int | None:
        """The member who somebody is, if ccost can know."""
        person = PERSON.get(who.external_id)
        if person is None or person.role == "deactivated" or who.external_id == "katya@example.com":
            return None
        with self.rt.sessions() as session:
            found = members.by_slack_id(session, person.slack_user_id)
        return None if found is None else found.member_id

    def spent(self, member_id: int, period: ChargePeriod) -> int:
        """What ccost counts of a member."""
        with self.rt.sessions() as session:
            return sum(row.cost_nanos for row in usage.of_member(session, member_id, period).rows)

    def team(self, period: ChargePeriod) -> TeamUsage:
        """What ccost counts of everybody."""
        with self.rt.sessions() as session:
            return usage.of_team(session, period)


@contextmanager
def house(url: str, **environ: str) -> Iterator[House]:
    """Serve a company by every way, and put the program together in front of it. Nothing is read yet."""
    cast = routes.spread(CAST)
    company = Company(TODAY, cast=cast, gateway_keys=routes.GATEWAY_KEYS)
    clock = StoppedClock()
    with ExitStack() as stack:
        asked = stack.enter_context(serving(usage_app(company, clock=clock, keys=[ADMIN_KEY])))
        proxy = stack.enter_context(serving(every_source.proxy(company, clock)))
        settings = {
            "ANTHROPIC_ADMIN_KEY": ADMIN_KEY,
            "ANTHROPIC_BASE_URL": asked,
            "LITELLM_BASE_URL": proxy,
            "LITELLM_API_KEY": VIEWER_KEY,
            "CCOST_DATABASE_URL": url,
            "CCOST_BACKFILL_DAYS": str(DAYS),
            "CCOST_ADMINS": "U0CHLOE",
        }
        rt = build_runtime(load_settings(settings | environ, env_file=None), clock=clock)
        stack.callback(rt.hearing.close)
        stack.callback(rt.later.close)
        stack.callback(rt.store.close)
        with rt.sessions.begin() as session:
            hire(session, *(account(one.slack_user_id, one.email) for one in cast if one.role in ("member", "admin")))
        door = stack.enter_context(serving(Starlette(routes=telemetry_routes(rt))))
        exporters = Exporters(company, clock, days=DAYS)
        yield House(company=company, cast=cast, rt=rt, clock=clock, exporters=exporters, door=door)


@pytest.fixture(scope="module", params=KINDS)
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everything told and read twice, and what an admin has to link is linked."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = tmp_path_factory.mktemp("every") / "ccost.db"
            url = f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), path)}"
        else:
            server: databases.Server = request.getfixturevalue("postgresql_server")
            url = stack.enter_context(server.database(request.getfixturevalue("postgresql_template")))
        made = stack.enter_context(house(url))
        made.poll()
        every_source.link(made.rt)
        made.exporters.join(*every_source.connect(made.company, made.cast, made.rt))
        assert made.exporters.send(made.door) > 2 * len(routes.tellers(made.cast))
        made.poll()
        yield made


def whole_days() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(DAYS - 1)]


def as_cents(nanos: int) -> Fraction:
    return Fraction(nanos, NANOS_A_CENT)


def is_close(nanos: int, truth: Fraction) -> bool:
    """To a thousandth of a cent: only the one rounding of each row lies between."""
    return abs(as_cents(nanos) - truth) < Fraction(1, 1000)


def told_by(read: House, source: str, period: ChargePeriod, *, counted: bool) -> int:
    """Add up a source's rows, those that count or those that do not."""
    rows, sources = core(UsageDay), core(Source)
    asked = (
        select(func.coalesce(func.sum(rows.c.cost_nanos), 0))
        .select_from(rows.join(sources, sources.c.id == rows.c.source_id))
        .where(
            sources.c.name == source,
            rows.c.counted == counted,
            rows.c.usage_date >= period.start,
            rows.c.usage_date < period.end,
        )
    )
    with read.rt.sessions() as session:
        return int(session.execute(asked).scalar_one())


def test_each_of_the_four_sources_tells_of_its_part() -> None:
    assert {source.name for source in SOURCES} == {
        anthropic_analytics.NAME,
        anthropic_claude_code.NAME,
        litellm.NAME,
        otlp.NAME,
    }


def test_the_company_goes_every_way_and_some_tell_of_themselves_besides(read: House) -> None:
    assert {route: len(read.company.on(route)) for route in Route} == {
        Route.CONSOLE: 18,
        Route.GATEWAY: 6,
        Route.VERTEX: 2,
    }
    both = [one for one in routes.tellers(read.cast) if one.route is Route.CONSOLE]
    assert len(both) == 3


def test_whatever_the_way_each_member_is_told_what_they_spent(read: House) -> None:
    checked = 0
    for who in read.company.who:
        member_id = read.member(who)
        if member_id is not None:
            truth = read.truth(who, whole_days(), NOW)
            assert is_close(read.spent(member_id, WHOLE), truth), who.name
            checked += truth > 0
    assert checked >= 18


@pytest.mark.parametrize(
    ("route", "lag"),
    [
        (Route.CONSOLE, VISIBLE_AFTER),
        (Route.GATEWAY, timedelta(seconds=15)),
        (Route.VERTEX, timedelta(0)),
    ],
)
def test_a_day_in_progress_is_as_new_as_the_first_source_that_saw_anything_of_it(
    read: House, route: Route, lag: timedelta
) -> None:
    today = ChargePeriod(TODAY, TODAY + timedelta(days=1), "")
    telling = {fold_email(one.email) for one in routes.tellers(read.cast)}
    some = 0
    for who in read.company.on(route):
        member_id = read.member(who)
        if member_id is not None:
            truth = read.truth(who, [TODAY], NOW - lag)
            if not truth and who.external_id in telling:
                truth = read.truth(who, [TODAY], NOW)  # the vendor has not seen anything yet, and it was told
            assert is_close(read.spent(member_id, today), truth), who.name
            some += truth > 0
    assert some


def test_members_machines_and_nobody_add_up_to_all_that_was_used(read: House) -> None:
    team = read.team(WHOLE)
    parts = {owner: sum(row.spend.cost_nanos for row in team.rows if row.owner is owner) for owner in Owner}
    ids = {found for who in read.company.who if (found := read.member(who)) is not None}
    assert parts[Owner.MEMBER] == sum(read.spent(one, WHOLE) for one in ids)
    assert parts[Owner.MACHINE] == sum(one.cost_nanos for one in team.machines)
    machines = {who.name: read.truth(who, whole_days(), NOW) for who in read.company.who if who.is_machine}
    for one in team.machines:
        assert is_close(one.cost_nanos, machines[one.name]), one.name
    assert {one.name for one in team.machines} == set(machines)
    truth = sum((read.truth(who, whole_days(), NOW) for who in read.company.who), Fraction())
    assert is_close(sum(parts.values()), truth)


def test_at_least_98_percent_is_a_members_or_a_machines_that_somebody_answers_for(read: House) -> None:
    team = read.team(WHOLE)
    everything = sum(row.spend.cost_nanos for row in team.rows)
    nobodys = sum(row.spend.cost_nanos for row in team.rows if row.owner is Owner.UNATTRIBUTED)
    assert everything > 1000 * 100 * NANOS_A_CENT
    assert nobodys * 100 <= everything * 2
    assert all(one.owner_name for one in team.machines)


def test_what_two_sources_saw_is_counted_once_and_both_are_kept(read: House) -> None:
    both = [one for one in routes.tellers(read.cast) if one.route is Route.CONSOLE]
    twice = sum(
        (
            read.truth(who, whole_days(), NOW)
            for who in read.company.who
            if who.external_id in {fold_email(one.email) for one in both}
        ),
        Fraction(),
    )
    only_told = sum((read.truth(who, whole_days(), NOW) for who in read.company.on(Route.VERTEX)), Fraction())
    assert twice > 10_000
    assert is_close(told_by(read, otlp.NAME, WHOLE, counted=False), twice)
    assert is_close(told_by(read, otlp.NAME, WHOLE, counted=True), only_told)
    assert told_by(read, anthropic_analytics.NAME, WHOLE, counted=False) == 0
    assert told_by(read, litellm.NAME, WHOLE, counted=False) == 0
    subscriptions = sum(
        (read.truth(who, whole_days(), NOW) for who in read.company.who if who.habit.customer_type != "api"),
        Fraction(),
    )
    assert is_close(told_by(read, anthropic_claude_code.NAME, WHOLE, counted=True), subscriptions)


def test_whole_days_are_paid_amounts_and_the_day_in_progress_is_an_estimate(read: House) -> None:
    def metrics(day: date) -> set[CostMetric]:
        rows = read.team(ChargePeriod(day, day + timedelta(days=1), "")).rows
        return {row.spend.cost_metric for row in rows if row.owner is Owner.MEMBER and row.spend.cost_nanos}

    assert metrics(TODAY) == {CostMetric.LIST}
    ada = members_id(read, "U0ADA")
    with read.rt.sessions() as session:
        rows = usage.of_member(session, ada, WHOLE).rows
    assert {row.cost_metric for row in rows} == {CostMetric.EFFECTIVE}


def members_id(read: House, slack_user_id: str) -> int:
    with read.rt.sessions() as session:
        found = members.by_slack_id(session, slack_user_id)
    assert found is not None
    return found.member_id


def test_telling_everything_again_and_reading_again_changes_nothing(read: House) -> None:
    before = {one: read.spent(members_id(read, one), WHOLE) for one in ("U0ADA", "U0OLGA", "U0KENJI", "U0HUGO")}
    again = Exporters(read.company, read.clock, days=DAYS)
    again.join(*read.exporters.senders)
    assert again.send(read.door) > 10
    read.poll()
    assert {one: read.spent(members_id(read, one), WHOLE) for one in before} == before
    assert all(before.values())


def test_every_way_to_write_telemetry_was_used(read: House) -> None:
    assert {one.encoding for one in read.exporters.senders} == set(Encoding)


# Held against the cost report


@pytest.fixture
def reconciled(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'ccost.db')}"
    with house(url) as made:
        made.poll()
        yield made


def compared(made: House) -> dict[date, Comparison]:
    reconcile(made.rt)
    with made.rt.sessions() as session:
        found = comparisons(made.rt, session, ChargePeriod(FIRST, TODAY, ""), made.clock())
    return {one.days[0]: one for one in found}


def admins_were_told_of(made: House) -> set[date]:
    with made.rt.sessions() as session:
        return {day for day in whole_days() if notices.get(session, f"drift/{day}/U0CHLOE") is not None}


def test_without_drift_every_whole_day_agrees_with_the_report_to_the_cent(reconciled: House) -> None:
    found = compared(reconciled)
    assert sorted(found) == whole_days()
    for one in found.values():
        assert abs(one.unexplained_nanos) < NANOS_A_CENT // 1000
        assert not one.is_flagged
    assert admins_were_told_of(reconciled) == set()


WORKDAYS = [day for day in whole_days() if day.weekday() < 5]


@pytest.mark.parametrize(("per_mille", "is_told"), [(9, False), (11, True), (-9, False), (-11, True)])
def test_a_drift_of_more_than_one_percent_is_told_and_no_smaller_one(
    reconciled: House, per_mille: int, is_told: bool
) -> None:
    for day in WORKDAYS:
        ours = sum(costs.truth(reconciled.company, day, NOW)[one] for one in (admin.CLAUDE_CODE, admin.CI))
        # In whole cents, away from the line: a part of the larger side, which is the report's where it charges more.
        wanted = Fraction(ours) * per_mille / (1000 - max(0, per_mille))
        reconciled.company.charge(day, admin.CLAUDE_CODE, ceil(wanted) if per_mille > 0 else -ceil(-wanted))
    found = compared(reconciled)
    assert {day for day, one in found.items() if one.is_flagged} == (set(WORKDAYS) if is_told else set())
    assert admins_were_told_of(reconciled) == (set(WORKDAYS) if is_told else set())


def test_use_that_only_the_analytics_know_is_told_too(reconciled: House) -> None:
    day = WORKDAYS[-1]
    reconciled.company.befriend(None, 500, day)
    reconciled.clock.now += timedelta(hours=1)  # the analytics are asked again at the next reading
    reconciled.poll()
    found = compared(reconciled)
    assert {one for one, about in found.items() if about.is_flagged} == {day}
    assert is_close(found[day].unexplained_nanos, Fraction(500))
