"""What became of a pilot, counted over its people alone."""

from datetime import timedelta
from typing import Any

import pytest

from bot.budget import Alerts, BudgetScope, RequestState
from bot.notice import NoticeKind, NoticeState
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.store import budgets, members, notices, pilot, preferences, requests
from bot.store.engine import Store
from tests.delivery.planned import ADA, BORIS, HOUR, NOON, TICK, alert
from tests.store.test_notices import make

OTHER = "U0OTHER"
LATER = NOON + 10 * HOUR


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    """Ada and Boris are in the pilot, the third is not."""
    everybody = [
        Person(slack_user_id=who, display_name=who, standing=Standing.MEMBER, email=None) for who in (ADA, BORIS, OTHER)
    ]
    with store.sessions.begin() as session:
        members.sync(session, everybody, NOON)
        return {who: row.member_id for who in (ADA, BORIS, OTHER) if (row := members.by_slack_id(session, who))}


def counted(store: Store, ids: dict[str, int]) -> pilot.Counts:
    with store.sessions() as session:
        return pilot.counts(session, {ids[who]: who for who in (ADA, BORIS)}, NOON, LATER)


NOTHING: dict[str, Any] = {
    "alerts_off": 0,
    "snoozed": 0,
    "tips_off": 0,
    "own_budgets": 0,
    "requests": 0,
    "approved": 0,
    "sent": {},
    "withheld": 0,
}


def test_at_first_nothing_has_happened(store: Store, ids: dict[str, int]) -> None:
    assert counted(store, ids) == pilot.Counts(**NOTHING)


def test_of_nobody_nothing_is_counted(store: Store) -> None:
    with store.sessions() as session:
        assert pilot.counts(session, {}, NOON, LATER) == pilot.Counts(**NOTHING)


def test_choices_count_people_once_and_only_those_of_the_pilot(store: Store, ids: dict[str, int]) -> None:
    with store.sessions.begin() as session:
        budgets.put_alerts(session, ids[ADA], Alerts(off=True, snoozed_until=LATER + TICK))
        budgets.put_alerts(session, ids[BORIS], Alerts(snoozed_until=LATER + TICK))
        budgets.put_alerts(session, ids[OTHER], Alerts(off=True))
        for who in (BORIS, OTHER):
            preferences.put_tips_off(session, ids[who], NOON)
        for cadence in (Cadence.MONTHLY, Cadence.WEEKLY):
            own: dict[str, Any] = {"cadence": cadence, "limit_nanos": 5, "set_by": ADA, "at": NOON}
            budgets.put(session, scope=BudgetScope.OWN, of=ids[ADA], **own)
        budgets.put(session, scope=BudgetScope.ASSIGNED, of=ids[BORIS], **own)
        budgets.put(session, scope=BudgetScope.OWN, of=ids[BORIS], **own | {"limit_nanos": None})
    found = counted(store, ids)
    assert (found.alerts_off, found.snoozed, found.tips_off, found.own_budgets) == (1, 1, 1, 1)


def test_a_snooze_that_is_over_does_not_count(store: Store, ids: dict[str, int]) -> None:
    with store.sessions.begin() as session:
        budgets.put_alerts(session, ids[BORIS], Alerts(snoozed_until=LATER))
    assert counted(store, ids).snoozed == 0


def test_requests_count_from_the_beginning_on(store: Store, ids: dict[str, int]) -> None:
    with store.sessions.begin() as session:
        for who, at, limit in ((ADA, NOON - TICK, 1), (ADA, NOON, 2), (BORIS, LATER, 3), (OTHER, NOON, 4)):
            wish: dict[str, Any] = {"cadence": Cadence.MONTHLY, "limit_nanos": limit, "reason": "", "at": at}
            made = requests.add(session, member_id=ids[who], **wish)
            if limit in (1, 2, 4):
                decided: dict[str, Any] = {"state": RequestState.APPROVED, "by": "U9", "nanos": limit, "at": LATER}
                requests.decide(session, made.request_id, **decided)
    found = counted(store, ids)
    assert (found.requests, found.approved) == (2, 1)


def test_unasked_messages_are_counted_by_kind_once_they_were_sent(store: Store, ids: dict[str, int]) -> None:
    sent: dict[str, Any] = {"sent_at": NOON}
    make(store, alert(ADA, key="1"), NoticeState.SENT, **sent)
    make(store, alert(BORIS, key="2"), NoticeState.SENT, **sent)
    make(store, alert(BORIS, key="3", kind=NoticeKind.PROJECTED), NoticeState.SENT, sent_at=LATER)
    make(store, alert(ADA, key="4"), NoticeState.SENT, sent_at=NOON - TICK)
    make(store, alert(ADA, key="5"), NoticeState.SKIPPED)
    make(store, alert(ADA, key="6", unasked=False), NoticeState.SENT, **sent)
    make(store, alert(OTHER, key="7"), NoticeState.SENT, **sent)
    assert counted(store, ids).sent == {NoticeKind.BREACH: 2, NoticeKind.PROJECTED: 1}


def test_what_was_withheld_from_others_is_counted(store: Store, ids: dict[str, int]) -> None:
    make(store, alert(OTHER, key="1"), NoticeState.SKIPPED, outcome=pilot.OUTSIDE)
    make(store, alert(OTHER, key="2"), NoticeState.FAILED, outcome=pilot.OUTSIDE)
    make(store, alert(OTHER, key="3"), NoticeState.SKIPPED, outcome="switched off")
    before = NOON - timedelta(days=1)
    with store.sessions.begin() as session:
        notices.add(session, alert(OTHER, key="4"), before)
        notices.move(session, ["4"], set(NoticeState), state=NoticeState.FAILED, outcome=pilot.OUTSIDE)
    assert counted(store, ids).withheld == 2
