"""The first message of all: once, ever, to one admin of a new installation."""

from datetime import timedelta

import pytest
from slack_sdk import WebClient

from bot.budget import BudgetScope
from bot.config import load_settings
from bot.delivery.onboarding import KEY, onboard
from bot.money import NANOS_PER_USD
from bot.notice import NoticeKind, NoticeRow, NoticeState
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.schedule import Schedule
from bot.sources import SOURCES
from bot.store import budgets, digests, members, notices, runs, usage
from bot.store.engine import Store
from bot.text import load_texts
from tests.delivery.planned import alert
from tests.store.readings import ADA, BORIS, CLAUDE, DAY, NOON, PRECEDENCE, USD, person, reading, used

FIRST, SECOND, THIRD = "U0FIRST", "U0SECOND", "U0THIRD"


class New:
    """A new installation, before anything was read."""

    def __init__(self, store: Store, admins: str = f"{SECOND}, {FIRST}") -> None:
        self.now = NOON
        self.store = store
        self.rt = Runtime(
            settings=load_settings({"CCOST_ADMINS": admins}, env_file=None),
            store=store,
            slack=WebClient(),
            clock=lambda: self.now,
            texts=load_texts(),
            sources=tuple(source for source in SOURCES if source.name == "anthropic_claude_code"),
        )

    def knows(self, **standings: Standing) -> None:
        people = [
            Person(slack_user_id=who, display_name=who, standing=standing, email=None, locale="ja-JP")
            for who, standing in (standings or {SECOND: Standing.MEMBER, FIRST: Standing.MEMBER}).items()
        ]
        ada = Person(slack_user_id="U0ADA", display_name="Ada", standing=Standing.MEMBER, email=ADA)
        with self.store.sessions.begin() as session:
            members.sync(session, [*people, ada], NOON)

    def reads(self, *, to_its_end: bool = True) -> None:
        rows = [used(person(ADA), 5 * USD), used(person(BORIS), 7 * USD)]
        with self.store.sessions.begin() as session:
            usage.replace_day(session, reading(*rows), PRECEDENCE)
            members.match_consumers(session, DAY, PRECEDENCE)
            if to_its_end:
                runs.note_success(session, CLAUDE, NOON)

    def said(self) -> NoticeRow | None:
        with self.store.sessions() as session:
            return notices.get(session, KEY)

    def everything_said(self) -> int:
        with self.store.sessions() as session:
            return len(notices.latest(session, 100))


@pytest.fixture
def new(store: Store) -> New:
    return New(store)


def test_the_first_admin_as_written_reads_what_was_found_in_their_language(new: New) -> None:
    new.knows()
    new.reads()
    assert onboard(new.rt)
    row = new.said()
    assert row is not None
    assert (row.recipient, row.kind, row.unasked, row.due_at) == (SECOND, NoticeKind.OPERATOR, False, NOON)
    assert "$12.00" in row.text
    assert "1日分" in row.text
    assert "2人のうち、1人" in row.text
    assert new.everything_said() == 1


def test_once_is_once_even_when_the_message_is_long_forgotten(new: New) -> None:
    new.knows()
    new.reads()
    assert onboard(new.rt)
    assert not onboard(new.rt)
    with new.store.sessions.begin() as session:
        notices.move(session, [KEY], {NoticeState.PENDING}, state=NoticeState.SKIPPED)
        later = NOON + timedelta(days=500)
        notices.forget(session, content_before=later, keys_before=later)
    assert new.said() is None
    new.now += timedelta(days=500)
    assert not onboard(new.rt)
    assert new.everything_said() == 0


@pytest.mark.parametrize("missing", ["people", "usage", "the end of it"])
def test_nothing_is_said_before_people_and_usage_have_been_read(new: New, missing: str) -> None:
    if missing != "people":
        new.knows()
    if missing != "usage":
        new.reads(to_its_end=missing != "the end of it")
    assert not onboard(new.rt)
    new.knows()
    new.reads()
    assert onboard(new.rt)


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.MEMBER])
def test_an_admin_who_is_no_full_member_is_passed_over(new: New, standing: Standing) -> None:
    new.knows(**{SECOND: standing, FIRST: Standing.MEMBER})
    new.reads()
    assert onboard(new.rt)
    row = new.said()
    assert row is not None
    assert row.recipient == FIRST


@pytest.mark.parametrize("admins", ["", THIRD])
def test_without_an_admin_nobody_is_told(store: Store, admins: str) -> None:
    new = New(store, admins)
    new.knows()
    new.reads()
    assert not onboard(new.rt)
    assert new.everything_said() == 0


@pytest.mark.parametrize("history", ["a message", "a digest", "a budget"])
def test_whoever_upgrades_is_told_nothing_now_and_nothing_later(new: New, history: str) -> None:
    new.knows()
    new.reads()
    with new.store.sessions.begin() as session:
        if history == "a message":
            notices.add(session, alert(), NOON)
        elif history == "a digest":
            asked = Schedule(
                channel_id="C1",
                cadence=Cadence.DAILY,
                minute=0,
                zone="UTC",
                set_by=FIRST,
                set_at=NOON,
                covered_until=DAY,
            )
            digests.put(session, asked)
        else:
            team, month = BudgetScope.TEAM, Cadence.MONTHLY
            budgets.put(session, scope=team, cadence=month, limit_nanos=NANOS_PER_USD, set_by=FIRST, at=NOON)
    assert not onboard(new.rt)
    with new.store.sessions.begin() as session:
        digests.remove(session, "C1")
    assert not onboard(new.rt)
    assert new.said() is None
