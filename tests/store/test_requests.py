"""Members ask for more: asked twice it is one wish, decided by two it is one decision."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.budget import BudgetRequest, RequestState
from bot.periods import Cadence
from bot.store import requests
from bot.store.engine import Session, Store
from tests.store.readings import ADA, BORIS, NOON, USD, account, hire

LATER = NOON + timedelta(hours=1)


def wish(
    session: Session, member_id: int, nanos: int = 300 * USD, *, cadence: Cadence = Cadence.MONTHLY, reason: str = "why"
) -> BudgetRequest:
    return requests.add(session, member_id=member_id, cadence=cadence, limit_nanos=nanos, reason=reason, at=NOON)


def test_a_wish_is_kept_as_it_was_typed(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        asked = wish(session, ada, reason="<!channel> *移行* because 'x'; --")
    expected = BudgetRequest(
        request_id=asked.request_id,
        member_id=ada,
        cadence=Cadence.MONTHLY,
        limit_nanos=300 * USD,
        reason="<!channel> *移行* because 'x'; --",
        state=RequestState.OPEN,
        made_at=NOON,
    )
    with store.sessions() as session:
        assert asked == requests.get(session, asked.request_id) == expected
        assert requests.open_of(session, ada) == [expected]
        assert requests.open_of(session, boris) == []
        assert requests.get(session, asked.request_id + 1) is None


def test_the_same_wish_twice_is_one_and_another_is_another(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        first = wish(session, ada)
        assert wish(session, ada, reason="in other words") == first
        others = [wish(session, ada, 301 * USD), wish(session, ada, cadence=Cadence.WEEKLY), wish(session, boris)]
        assert len({one.request_id for one in (first, *others)}) == 4
        assert others[0] == wish(session, ada, 301 * USD)
        assert requests.open_of(session, ada) == [first, *others[:2]]


def test_a_wish_that_was_decided_may_be_made_again(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        first = wish(session, ada)
        requests.decide(session, first.request_id, state=RequestState.DENIED, by="UBOSS", nanos=None, at=LATER)
        assert requests.open_of(session, ada) == []
        assert wish(session, ada).request_id != first.request_id


def test_the_first_decision_holds(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        number = wish(session, ada).request_id
        approved = RequestState.APPROVED
        done = requests.decide(session, number, state=approved, by="UBOSS", nanos=250 * USD, at=LATER)
        assert done is not None
        assert (done.state, done.decided_by, done.decided_nanos, done.decided_at) == (
            approved,
            "UBOSS",
            250 * USD,
            LATER,
        )
        assert requests.decide(session, number, state=RequestState.DENIED, by="UOTHER", nanos=None, at=LATER) is None
        assert requests.decide(session, number + 1, state=approved, by="UBOSS", nanos=USD, at=LATER) is None
        assert requests.get(session, number) == done


def test_admins_who_press_at_the_same_moment_make_one_decision(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        number = wish(session, ada).request_id

    def press(admin: str) -> BudgetRequest | None:
        with store.sessions.begin() as session:
            return requests.decide(session, number, state=RequestState.APPROVED, by=admin, nanos=USD, at=LATER)

    with ThreadPoolExecutor(6) as threads:
        won = [one for one in threads.map(press, (f"U{n}" for n in range(6))) if one is not None]
    with store.sessions() as session:
        assert won == [requests.get(session, number)]


def test_a_wish_that_is_sent_many_times_at_once_is_one(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))

    def ask(_: int) -> int:
        with store.sessions.begin() as session:
            return wish(session, ada).request_id

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(ask, range(6)))) == 1
