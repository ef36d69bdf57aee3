"""A year of forty people with budgets: how often the bot speaks unasked, and never twice on a quiet day."""

import logging
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from bot.budget import BudgetScope
from bot.notice import NoticeRow, NoticeState
from bot.reports import quiet
from bot.store import budgets, members, notices, sending, usage
from bot.store.engine import Store, open_store
from tests.budget_house import CHLOE, House, a_person, consumer
from tests.store.readings import OPUS, PRECEDENCE, SONNET, USD, reading, used

SEED = 20_261_122
PEOPLE = tuple(f"U0P{n:02}" for n in range(40))
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York")
FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(365)]
EVALUATED_AT = time(9, 30)
"""One evaluation a day, when Tokyo and Berlin work and New York sleeps."""


def zone_of(who: str) -> str:
    return ZONES[PEOPLE.index(who) % len(ZONES)]


def cents(dice: random.Random) -> dict[date, dict[str, int]]:
    """What everybody spends on each day: workdays, a few weekends, three weeks off, now and then a burst."""
    spent: dict[date, dict[str, int]] = {day: {} for day in DAYS}
    for who in PEOPLE:
        usual = dice.lognormvariate(1.6, 0.7) * 100
        away = {FIRST + timedelta(days=start + n) for start in dice.sample(range(340), 3) for n in range(7)}
        bursts = {
            FIRST + timedelta(days=start + n): dice.uniform(2, 5)
            for start in dice.sample(range(360), 5)
            for n in range(3)
        }
        for day in DAYS:
            works = dice.random() < (0.85 if day.weekday() < 5 else 0.08)
            if works and day not in away:
                spent[day][who] = round(usual * dice.lognormvariate(0, 0.6) * bursts.get(day, 1))
    return spent


def sensible_limit(spent: dict[date, dict[str, int]]) -> int:
    """What an admin would choose for everybody who looked at the months: in whole dollars, nine of ten are below it."""
    months = Counter[tuple[int, str]]()
    for day, by_who in spent.items():
        for who, amount in by_who.items():
            months[day.month, who] += amount
    return sorted(months.values())[len(months) * 9 // 10] // 100


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Store]:
    caplog.set_level(logging.WARNING)  # a year of statements is nobody's reading
    path = tmp_path / "year.db"
    path.write_bytes(sqlite_template.read_bytes())
    opened = open_store(f"sqlite:///{path}")

    @event.listens_for(opened.engine, "connect")
    def hurry(connection: object, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]  # nobody pulls the plug of a test

    opened.engine.dispose()
    yield opened
    opened.close()


def post(house: House) -> list[tuple[str, date, NoticeRow]]:
    """Post what is due as delivery would: in the person's waking hours, and one a day unless it is urgent."""
    posted: list[tuple[str, date, NoticeRow]] = []
    with house.store.sessions.begin() as session:
        for key in sending.due(session, house.now, house.now):
            row = notices.get(session, key)
            assert row is not None
            account = members.by_slack_id(session, row.recipient)
            assert account is not None
            zone = ZoneInfo(account.tz or "UTC")
            told = notices.last_told(session, row.recipient)
            alerts = budgets.alerts(session, account.member_id)
            if quiet.due_at(house.now, alerts, zone, told, urgent=row.urgent) > house.now:
                continue
            local = house.now.astimezone(zone).date()
            notices.move(
                session,
                [key],
                {NoticeState.PENDING},
                state=NoticeState.SENT,
                sent_at=house.now,
                told_on=local,
                channel_id=f"D{row.recipient}",
                ts=f"{house.now.timestamp():.0f}.{len(posted)}",
            )
            posted.append((row.recipient, local, row))
    return posted


def test_a_year_of_forty_people_stays_quiet(store: Store) -> None:
    spent = cents(random.Random(SEED))
    limit = sensible_limit(spent)
    house = House(store, now=datetime.combine(FIRST, time(0, 30), UTC))
    house.open(*(a_person(who, tz=zone_of(who)) for who in PEOPLE), a_person(CHLOE))
    house.budget(BudgetScope.DEFAULT, limit)
    told: list[tuple[str, date, NoticeRow]] = []
    for day in DAYS:
        for hour in (0, 9, 15):
            house.now = datetime.combine(day, EVALUATED_AT, UTC).replace(hour=hour)
            if hour == EVALUATED_AT.hour:
                evaluate(house, day, spent)
            told += post(house)
    months = Counter((who, local.month) for who, local, _ in told)
    counts = sorted(months[who, month] for who in PEOPLE for month in range(1, 13))
    median, most = counts[len(counts) // 2], counts[len(counts) * 99 // 100]
    print(
        f"\nnoise: seed {SEED}, 40 people, 365 days, default ${limit} a month: {len(told)} unasked messages, "
        f"median {median}, 99th percentile {most}, most {counts[-1]} a person and month"
    )
    assert len(told) > 100  # a bot that says nothing would be quiet too
    assert median <= 2
    assert most <= 5
    ordinary = Counter((who, local) for who, local, row in told if not row.urgent)
    assert max(ordinary.values()) == 1
    assert len({row.key for _, _, row in told}) == len(told)


def evaluate(house: House, day: date, spent: dict[date, dict[str, int]]) -> None:
    """Read yesterday in full and today's beginning, and plan what is to be said."""
    with house.store.sessions.begin() as session:
        for read, share in ((day - timedelta(days=1), 100), (day, 30)):
            if read < FIRST:
                continue
            rows = [
                used(consumer(who), amount * share * USD // 10_000, day=read, model=OPUS if n % 3 else SONNET)
                for n, (who, amount) in enumerate(spent[read].items())
            ]
            usage.replace_day(session, reading(*rows, day=read, at=house.now, complete=read < day), PRECEDENCE)
        members.match_consumers(session, day, PRECEDENCE)
    house.plan()
