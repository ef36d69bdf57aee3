"""A store with a channel, a clock that is set by hand, and a source that is read by hand: for all about digests."""

from datetime import UTC, date, datetime, timedelta

from slack_sdk import WebClient

from bot.config import load_settings
from bot.delivery.digests import plan_digests
from bot.notice import NoticeRow, NoticeState
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.schedule import Schedule, started
from bot.sources import SOURCES
from bot.store import channels, digests, notices, usage
from bot.store.channels import ChannelSeen
from bot.store.engine import Store
from bot.text import load_texts
from tests.store.readings import ADA, PRECEDENCE, USD, person, reading, used

CHANNEL = "C1"
THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2026, 11, 19) + timedelta(days=n) for n in range(6))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


class House:
    """Thursday noon, in a channel that asked for nothing yet."""

    def __init__(self, store: Store) -> None:
        self.now = utc(THURSDAY, 12)
        self.rt = Runtime(
            settings=load_settings({}, env_file=None),
            store=store,
            slack=WebClient(),
            clock=lambda: self.now,
            texts=load_texts(),
            sources=tuple(source for source in SOURCES if source.name == "anthropic_claude_code"),
        )
        self.channel()

    def channel(self, *, shared: bool = False, member: bool = True, archived: bool = False) -> None:
        seen = ChannelSeen(
            channel_id=CHANNEL, is_shared=shared, is_private=False, is_member=member, is_archived=archived
        )
        with self.rt.sessions.begin() as session:
            channels.sync(session, [seen], self.now)

    def wants(self, cadence: Cadence = Cadence.DAILY, *, minute: int = 630, spendless: bool = False) -> Schedule:
        """Daily at 10:30 in Tokyo: 01:30 UTC."""
        schedule = Schedule(
            channel_id=CHANNEL,
            cadence=cadence,
            minute=minute,
            zone="Asia/Tokyo",
            spendless=spendless,
            set_by="U1",
            set_at=self.now,
        )
        with self.rt.sessions.begin() as session:
            digests.put(session, started(schedule, self.now))
        return schedule

    def reads(self, *days: date, dollars: int = 5, complete: bool = True) -> None:
        for day in days:
            rows = [used(person(ADA), dollars * USD, day=day)] if dollars else []
            with self.rt.sessions.begin() as session:
                usage.replace_day(session, reading(*rows, day=day, at=self.now, complete=complete), PRECEDENCE)

    def plans(self, now: datetime) -> list[str]:
        self.now = now
        return plan_digests(self.rt)

    def row(self, key: str) -> NoticeRow:
        with self.rt.sessions() as session:
            found = notices.get(session, key)
        assert found is not None
        return found

    def ends(self, key: str, state: NoticeState, outcome: str = "") -> None:
        """What delivery does."""
        with self.rt.sessions.begin() as session:
            where = (CHANNEL, "1.1") if state is NoticeState.SENT else (None, None)
            assert notices.move(
                session,
                [key],
                {NoticeState.PENDING},
                state=state,
                outcome=outcome,
                channel_id=where[0],
                ts=where[1],
            )

    def covered_until(self) -> date | None:
        with self.rt.sessions() as session:
            schedule = digests.get(session, CHANNEL)
        return schedule.covered_until if schedule else None
