"""A database, a clock, a source of usage and a cost report, for what looks whether the two agree."""

from datetime import UTC, date, datetime, timedelta

from slack_sdk import WebClient

from bot.access import Place, Viewer
from bot.config import Settings, load_settings
from bot.costs import CostLine, Directory, VendorWorkspace
from bot.errors import SourceError
from bot.group import Policy
from bot.jobs.reconcile import NAME, reconcile
from bot.listeners.ask import Ask
from bot.notice import NoticeRow
from bot.people import Person, Standing
from bot.runtime import Runtime
from bot.sources import SOURCES
from bot.store import members, notices, runs, usage
from bot.store.engine import Store
from bot.text import load_texts
from bot.usage import DayReading
from tests import canaries
from tests.store.readings import ADA, CLAUDE, USD, person, reading, used

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
HOME = "wrkspc_home"
ADMINS = ("U0CHLOE", "U0ADA")
ANALYTICS = "anthropic_analytics"
TRUST = (ANALYTICS, CLAUDE)


def days_ago(days: int) -> date:
    """A UTC day, counted from the first `now`."""
    return TODAY - timedelta(days=days)


class Report:
    """A cost report that says what the test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.cents: dict[date, int] = {}
        self.asked: list[tuple[date, date]] = []
        self.fails: SourceError | None = None
        self.workspaces: tuple[VendorWorkspace, ...] = (VendorWorkspace(workspace_id=HOME, name="Claude Code"),)
        self.open = 0

    def __call__(self, _: Settings) -> "Report":
        self.open += 1
        return self

    def read_days(self, first: date, last: date) -> dict[date, tuple[CostLine, ...]]:
        self.asked.append((first, last))
        if self.fails is not None:
            raise self.fails
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return {day: self._lines(day) for day in days}

    def directory(self) -> Directory:
        return Directory(workspaces=self.workspaces, keys=())

    def close(self) -> None:
        self.open -= 1

    def _lines(self, day: date) -> tuple[CostLine, ...]:
        cost = self.cents.get(day, 0) * USD // 100
        return (CostLine(usage_date=day, workspace_id=HOME, description="d", cost_type="tokens", cost_nanos=cost),)


class House:
    """A database, a clock and a report."""

    def __init__(self, store: Store, *, key: bool = True, sources: tuple[str, ...] = (CLAUDE,)) -> None:
        self.now = NOW
        self.store = store
        self.report = Report()
        settings = {"CCOST_ADMINS": ",".join(ADMINS)} | ({"ANTHROPIC_ADMIN_KEY": canaries.ADMIN_KEY} if key else {})
        self.rt = Runtime(
            settings=load_settings(settings, env_file=None),
            store=store,
            slack=WebClient(),
            clock=lambda: self.now,
            texts=load_texts(),
            sources=tuple(source for source in SOURCES if source.name in sources),
        )
        people = [
            Person(slack_user_id=who, display_name=who, standing=Standing.MEMBER, email=email, locale=locale)
            for who, locale, email in zip(ADMINS, ("ja-JP", "en-US"), (None, ADA), strict=True)
        ]
        with store.sessions.begin() as session:
            members.sync(session, people, NOW)

    def uses(self, cents: int, day: date, *, complete: bool = True) -> None:
        row = used(person(ADA), cents * USD // 100, day=day)
        self.put(reading(row, day=day, at=self.now, complete=complete))

    def put(self, told: DayReading) -> None:
        with self.store.sessions.begin() as session:
            usage.replace_day(session, told, TRUST)
            members.match_consumers(session, TODAY, TRUST)

    def run(self, *, hours: int = 0) -> None:
        self.now += timedelta(hours=hours)
        reconcile(self.rt, self.report)
        assert self.report.open == 0

    def said(self) -> list[NoticeRow]:
        with self.store.sessions() as session:
            return sorted(notices.latest(session, 100), key=lambda row: row.key)

    def state(self) -> runs.Status | None:
        with self.store.sessions() as session:
            return runs.statuses(session).get(NAME)

    def ask(self, *words: str, who: str = ADMINS[1], is_admin: bool = False) -> Ask:
        with self.store.sessions() as session:
            member = members.by_slack_id(session, who)
        assert member is not None
        return Ask(
            viewer=Viewer(slack_user_id=who, standing=Standing.MEMBER, member_id=member.member_id, is_admin=is_admin),
            place=Place.PRIVATE,
            channel_id="",
            words=words,
            text=self.rt.texts.of("en-US"),
            now=self.now,
            policy=Policy(),
        )

    def failed(self, source: str, kind: str, why: str) -> None:
        with self.store.sessions.begin() as session:
            runs.note_failure(session, source, self.now, kind, why)

    def succeeded(self, source: str) -> None:
        with self.store.sessions.begin() as session:
            runs.note_success(session, source, self.now)
