"""Days of a small company: what is used, what is due, and what people may see; computed apart from the bot."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from bot.budget import BudgetScope
from bot.config import load_settings
from bot.delivery.budgets import plan_budgets
from bot.delivery.digests import plan_digests
from bot.demo.cast import BOT_USER_ID, CAST
from bot.money import format_usd
from bot.notice import NoticeRow, NoticeState
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.runtime import Identity, Runtime
from bot.schedule import Schedule
from bot.sources import SOURCES
from bot.store import budgets, channels, digests, members, notices, usage
from bot.store.channels import ChannelSeen
from bot.store.engine import Store
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, DayReading, Plan, Tokens, UsageRecord
from tests.simulation.baton import Baton, Killed, SteppedSessions
from tests.simulation.company import ADMIN, TEXTS, Fault, Office, Replica, dice

SOURCE = "anthropic_claude_code"
FIRST_DAY = date(2026, 3, 2)
CHANNELS = ("C0GENERAL",)
SPENDERS = ("U0ADA", "U0BORIS")
CENT = 10_000_000
LIMIT_CENTS = 1_000
DUE = time(10, 0)
SETTINGS = load_settings({"CCOST_ADMINS": ADMIN}, env_file=None)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that must never be."""

    kind: str
    """`lost`, `doubled`, `leaked` or `wrong`."""
    what: str


def cents_by_ten(day: date, slack_user_id: str) -> int:
    """What somebody has spent by ten o'clock of a day: enough to pass a threshold on most, never the same for two."""
    return dice("spend", day, slack_user_id).randrange(150, 600) * 2 + SPENDERS.index(slack_user_id)


def cents_on(day: date, slack_user_id: str) -> int:
    """What it is when the day is over."""
    return cents_by_ten(day, slack_user_id) + 17


def settle_in(office: Office) -> None:
    """Make people, budgets and digests."""
    now = office.time.now
    by_id = {persona.slack_user_id: persona for persona in CAST}
    with office.store.sessions.begin() as session:
        members.sync(
            session,
            [
                Person(
                    slack_user_id=one,
                    display_name=by_id[one].name,
                    standing=Standing.MEMBER,
                    email=by_id[one].email,
                    locale="en-US",
                    tz="Europe/London",
                )
                for one in (*SPENDERS, ADMIN)
            ],
            now,
        )
        for one in SPENDERS:
            member = members.by_slack_id(session, one)
            assert member
            budgets.put(
                session,
                scope=BudgetScope.OWN,
                of=member.member_id,
                cadence=Cadence.DAILY,
                limit_nanos=LIMIT_CENTS * CENT,
                set_by=one,
                at=now,
            )
        channels.sync(
            session,
            [ChannelSeen(channel_id=one, is_shared=False, is_private=False, is_member=True) for one in CHANNELS],
            now,
        )
        for channel in CHANNELS:
            digests.put(
                session,
                Schedule(
                    channel_id=channel,
                    cadence=Cadence.DAILY,
                    minute=DUE.hour * 60 + DUE.minute,
                    zone="UTC",
                    weekends=True,
                    spendless=True,
                    set_by=ADMIN,
                    set_at=now,
                ),
            )
    for back in range(1, 3):
        read(office.store, office.time.now.date() - timedelta(days=back), cents_on, now, complete=True)


def read(store: Store, day: date, cents: Callable[[date, str], int], at: datetime, *, complete: bool) -> None:
    """Let the bot have read a day."""
    rows = tuple(
        UsageRecord(
            usage_date=day,
            consumer=Consumer(ConsumerKind.PERSON, f"{one[2:].lower()}@example.com"),
            model="claude-sonnet-5-5",
            biller=Biller.ANTHROPIC,
            plan=Plan.PAY_PER_TOKEN,
            cost_metric=CostMetric.LIST,
            tokens=Tokens(uncached_input_tokens=1_000),
            cost_nanos=cents(day, one) * CENT,
        )
        for one in SPENDERS
    )
    reading = DayReading(source=SOURCE, usage_date=day, read_at=at, complete=complete, records=rows, activity=())
    with store.sessions.begin() as session:
        replaced = usage.replace_day(session, reading, (SOURCE,))
        if replaced.new_consumers:
            members.match_consumers(session, at.date(), (SOURCE,))


def morning(office: Office, day: date) -> None:
    """Come to ten o'clock of a day, with what is known by then."""
    at = datetime.combine(day, DUE, UTC)
    office.pass_by(at - office.time.now)
    read(office.store, day - timedelta(days=1), cents_on, at, complete=True)
    read(office.store, day, cents_by_ten, at, complete=False)


def runtime(office: Office, baton: Baton, name: str) -> Runtime:
    """What one replica plans with."""
    store = replace_sessions(office.store, baton)
    return Runtime(
        settings=SETTINGS,
        store=store,
        slack=None,  # type: ignore[arg-type]  # planning asks Slack nothing
        clock=lambda: office.time.now,
        texts=TEXTS,
        sources=tuple(source for source in SOURCES if source.name == SOURCE),
        identity=Identity(team_id="T", user_id=BOT_USER_ID, enterprise_id=None, scopes=office.scopes),
        instance=name,
    )


def replace_sessions(store: Store, baton: Baton) -> Store:
    """The same database through sessions whose begin and end are side effects."""
    stepped = Store(store.engine, store.path)
    stepped.sessions = SteppedSessions(store.sessions, baton)  # type: ignore[assignment]
    return stepped


@dataclass(slots=True)
class Faulty:
    """Befalls the first posts of a day with what it is given."""

    faults: list[Fault]

    def __call__(self, method: str) -> Fault | None:
        return self.faults.pop(0) if method == "chat.postMessage" and self.faults else None


def live_through(office: Office, baton: Baton, *, faulty: Faulty, jump: timedelta = timedelta()) -> None:
    """Let two replicas plan and send, and look again as time passes until all has come to rest.

    Who was killed is started anew at the next look; who froze goes on when the lease has run out; the wall clock may
    `jump` in between.
    """
    living: dict[str, Replica] = {}
    for number, wait in enumerate((timedelta(), *WAITS)):
        office.pass_by(wait)
        office.time.now += jump if number == 1 else timedelta()
        if number == 2:
            baton.thaw()
        for name in ("a", "b"):
            replica = living.get(name)
            if replica is None or not replica.alive:
                replica = living[name] = Replica(office, baton, f"{name}{number}", faulty)
            if not replica.busy:
                baton.begin(partial(work, office, baton, replica, plans=number < 2 and not replica.has_planned))
        baton.run()
        if number > 1 and at_rest(office):
            return


def work(office: Office, baton: Baton, replica: Replica, *, plans: bool) -> None:
    """What a replica does when the clock ticks."""
    replica.busy = True
    try:
        if plans:
            rt = runtime(office, baton, replica.outbox.owner)
            plan_budgets(rt)
            plan_digests(rt)
            replica.has_planned = True
        replica.outbox.run()
    except Killed:
        replica.alive = False
        raise
    finally:
        replica.busy = False


WAITS = (
    timedelta(seconds=15),
    timedelta(seconds=130),
    timedelta(seconds=190),
    timedelta(seconds=190),
    timedelta(seconds=190),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(seconds=190),
    timedelta(seconds=190),
)
"""The next tick; the lease has run out; settled; looked once; looked twice; a wait after a refusal; a longer one; and
for a clock that was set back, all that again."""


def at_rest(office: Office) -> bool:
    """Nothing waits, nothing is under way, and what is held can only be settled by a person."""
    with office.store.sessions() as session:
        moving = notices.in_state(session, NoticeState.PENDING) + notices.in_state(session, NoticeState.SENDING)
        held = notices.held(session)
    now = office.time.now
    return not office.late and not any(row.due_at <= now for row in moving) and not (held and office.scopes)


def wrongs(office: Office, day: date) -> list[Wrong]:
    """Hold everything that people see against what they should see."""
    posts = office.posts()
    shown = Counter(str((entry.metadata or {})["event_payload"]["key"]) for entry in posts)
    with office.store.sessions() as session:
        rows = {key: notices.get(session, key) for key in {*shown, *due_keys(office, day)}}
    found = [Wrong("doubled", key) for key, count in shown.items() if count > 1]
    found += [Wrong("lost", key) for key, row in rows.items() if not is_accounted_for(row, shown, office)]
    for entry in posts:
        key = str((entry.metadata or {})["event_payload"]["key"])
        row = rows[key]
        if (
            row is None
            or office.slack("conversations.open", {"users": row.recipient}).get("channel", {}).get("id", row.recipient)
            != entry.channel_id
        ):
            found.append(Wrong("leaked", f"{key} in {entry.channel_id}"))
        elif not entry.is_edited and row.text not in entry.text:
            found.append(Wrong("wrong", f"{key} does not say what was planned"))
    return found + wrong_figures(office, day) + leaks(office, day)


def due_keys(office: Office, day: date) -> list[str]:
    """Everything that must be told about a day."""
    keys = [f"digest/{channel}/{day}/daily" for channel in CHANNELS]
    with office.store.sessions() as session:
        for one in SPENDERS:
            member = members.by_slack_id(session, one)
            assert member
            budget = budgets.get(session, BudgetScope.OWN, Cadence.DAILY, member.member_id)
            assert budget
            if threshold := crossed(cents_by_ten(day, one)):
                keys.append(f"budget/{budget.budget_id}/{day}/{threshold}/1/fire")
    return keys


def crossed(cents: int) -> int:
    """The highest threshold that a spend has reached; 0: none."""
    return max((t for t in (50, 80, 100) if cents * 100 >= LIMIT_CENTS * t), default=0)


def is_accounted_for(row: NoticeRow | None, shown: Mapping[str, int], office: Office) -> bool:
    """Sent and to be seen; or told by another that was; or held, without history, and the admin knows."""
    if row is None:
        return False
    if row.state is NoticeState.SENT:
        return shown.get(row.key, 0) == 1
    if row.state is NoticeState.SUPERSEDED:
        with office.store.sessions() as session:
            return is_accounted_for(notices.get(session, row.superseded_by or ""), shown, office)
    if row.state is NoticeState.UNCERTAIN and not office.scopes:
        asked_admin = any(key.startswith(f"operator/held/{row.key}/") for key in shown)
        return asked_admin or not row.key.startswith("digest/")
    if row.state is NoticeState.PENDING:
        return row.due_at > office.time.now  # told something today already; waits for tomorrow
    return row.key.startswith("operator/")


def wrong_figures(office: Office, day: date) -> list[Wrong]:
    """The digest says yesterday's total, to the cent."""
    total = format_usd(sum(cents_on(day - timedelta(days=1), one) for one in SPENDERS) * CENT)
    return [
        Wrong("wrong", f"{entry.text!r} does not say {total}")
        for entry in office.posts()
        if str((entry.metadata or {})["event_payload"]["key"]).startswith("digest/")
        and f"/{day}/" in str((entry.metadata or {})["event_payload"]["key"])
        and total not in entry.text
    ]


def leaks(office: Office, day: date) -> list[Wrong]:
    """Nobody's amount of today stands anywhere but in their own direct message."""
    found = []
    for one in SPENDERS:
        amount = format_usd(cents_by_ten(day, one) * CENT)
        found += [
            Wrong("leaked", f"{amount} of {one} in {entry.channel_id}")
            for entry in office.posts()
            if entry.channel_id != f"D{one[1:]}" and amount in f"{entry.text}{entry.blocks}"
        ]
    return found
