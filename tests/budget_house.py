"""A small company whose budgets are planned on a real database: people spend, days are read, messages are planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from slack_sdk import WebClient

from bot.budget import Alerts, Budget, BudgetScope
from bot.config import load_settings
from bot.delivery.budgets import plan_budgets
from bot.notice import NoticeRow, NoticeState
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.sources import SOURCES
from bot.store import budgets, links, members, notices, usage
from bot.store.engine import Store
from bot.text import load_texts
from bot.usage import Consumer
from tests.store.readings import OPUS, PRECEDENCE, USD, key, person, reading, used

ADA, BORIS, CHLOE = "U0ADA", "U0BORIS", "U0CHLOE"
PIPELINE = "ci-key"
FIRST = date(2026, 11, 1)
TEXTS = load_texts()
SETTINGS = load_settings({"CCOST_ADMINS": CHLOE}, env_file=None)


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of a UTC day."""
    return datetime.combine(day, time(hour, minute), UTC)


@dataclass(slots=True)
class House:
    """The company. Everybody lives in UTC, quiet from 20:00 to 08:00, unless they say otherwise."""

    store: Store
    now: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)
    spent: dict[date, dict[str, int]] = field(default_factory=dict)
    """Cents by day and consumer."""
    ids: dict[str, int] = field(default_factory=dict)

    def open(self, *people: Person) -> "House":
        """Hire people: by default three, of whom Chloé is an admin."""
        hired = people or (a_person(ADA), a_person(BORIS), a_person(CHLOE))
        with self.store.sessions.begin() as session:
            members.sync(session, hired, self.now)
            for one in hired:
                row = members.by_slack_id(session, one.slack_user_id)
                assert row is not None
                self.ids[one.slack_user_id] = row.member_id
        return self

    rt: Runtime = field(init=False)
    """What planning needs."""

    def __post_init__(self) -> None:
        self.rt = Runtime(
            settings=SETTINGS,
            store=self.store,
            slack=WebClient(),
            clock=lambda: self.now,
            texts=TEXTS,
            sources=tuple(source for source in SOURCES if source.name == "anthropic_claude_code"),
        )

    def budget(
        self,
        scope: BudgetScope,
        dollars: int | None,
        *,
        of: str | None = None,
        cadence: Cadence = Cadence.MONTHLY,
        by: str = CHLOE,
        machine: str | None = None,
        group: int | None = None,
    ) -> Budget:
        """Set a limit in the store, as a command would, without latching anything."""
        with self.store.sessions.begin() as session:
            found = budgets.machine(session, machine) if machine else None
            return budgets.put(
                session,
                scope=scope,
                of=self.ids[of] if of else found.machine_id if found else group,
                cadence=cadence,
                limit_nanos=None if dollars is None else dollars * USD,
                set_by=by,
                at=self.now,
            )

    def spend(self, cents_by_who: Mapping[str, int], day: date | None = None, *, model: str = OPUS) -> None:
        """Let a day be what these people and keys spent on it in all, and read the month up to now."""
        today = self.now.date()
        self.spent[day or today] = dict(cents_by_who)
        self.read(model=model)

    def read(self, *, model: str = OPUS) -> None:
        """Read every day of the last month up to now again."""
        with self.store.sessions.begin() as session:
            for n in range(40):
                day = self.now.date() - timedelta(days=n)
                rows = [
                    used(consumer(who), cents * USD // 100, day=day, model=model)
                    for who, cents in self.spent.get(day, {}).items()
                ]
                complete = self.now >= at(day, 1) + timedelta(days=1)
                usage.replace_day(session, reading(*rows, day=day, at=self.now, complete=complete), PRECEDENCE)
            members.match_consumers(session, self.now.date(), PRECEDENCE)

    def own_machine(self, owner: str) -> None:
        """Say that the pipeline's key is a machine with an owner."""
        with self.store.sessions.begin() as session:
            (consumer_id,) = links.find_consumer(session, PIPELINE)
            links.link_to_machine(session, consumer_id, "ci", self.ids[owner], CHLOE, self.now, PRECEDENCE)

    def alerts(self, who: str, alerts: Alerts) -> None:
        """Say how somebody wants to be told."""
        with self.store.sessions.begin() as session:
            budgets.put_alerts(session, self.ids[who], alerts)

    def plan(self, **later: int) -> list[str]:
        """Plan now, or so much later."""
        self.now += timedelta(**later)
        return plan_budgets(self.rt)

    def notice(self, planned: str) -> NoticeRow:
        """Give a message by its key."""
        with self.store.sessions() as session:
            row = notices.get(session, planned)
        assert row is not None
        return row

    def deliver(self) -> list[NoticeRow]:
        """Mark everything that is due as posted, and give it."""
        with self.store.sessions.begin() as session:
            due = [row for row in notices.in_state(session, NoticeState.PENDING) if row.due_at <= self.now]
            for n, row in enumerate(due):
                notices.move(
                    session,
                    [row.key],
                    {NoticeState.PENDING},
                    state=NoticeState.SENT,
                    sent_at=self.now,
                    told_on=self.now.date(),
                    channel_id="D" + row.recipient,
                    ts=f"{self.now.timestamp():.0f}.{n}",
                )
        return due

    def waiting(self, who: str) -> list[NoticeRow]:
        """Give what waits to be told to somebody."""
        with self.store.sessions() as session:
            return notices.waiting(session, who)


def a_person(
    slack_user_id: str, *, standing: Standing = Standing.MEMBER, locale: str = "en-US", tz: str = "UTC"
) -> Person:
    """Somebody, with an address of their own."""
    return Person(
        slack_user_id=slack_user_id,
        display_name=slack_user_id.removeprefix("U0").title(),
        standing=standing,
        email=f"{slack_user_id.lower()}@example.com",
        locale=locale,
        tz=tz,
    )


def consumer(who: str) -> Consumer:
    """The consumer that somebody, or a key, is."""
    return person(f"{who.lower()}@example.com") if who.startswith("U0") else key(who)
