"""What was told is booked once, in whatever order it comes again, and kept as long as it can come again."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from bot.money import MAX_NANOS
from bot.store import inbox
from bot.store.engine import Store
from bot.telemetry import Booking, Feature, Heard, SessionKey, Signal, Use
from bot.usage import Biller, Consumer, ConsumerKind, Plan, Tokens

DAY = date(2026, 11, 20)
WHO = Consumer(ConsumerKind.TOKEN, "U0ADA")
KEY = SessionKey(usage_date=DAY, consumer=WHO, session="s1")


def use(nanos: int, *, key: SessionKey = KEY, tokens: Tokens | None = None) -> Use:
    return Use(
        key=key,
        signal=Signal.METRICS,
        model="claude-opus-5-5",
        provider="",
        biller=Biller.ANTHROPIC,
        plan=Plan.PAY_PER_TOKEN,
        tokens=tokens or Tokens(),
        cost_nanos=nanos,
    )


def told(name: str, what: Use | Feature, total: int | None = None) -> Booking:
    identity = name.encode().ljust(16, b".")
    if isinstance(what, Feature):
        return Booking(identity=identity, feature=what, total=total)
    return Booking(identity=identity, use=what, total=total)


def hear(store: Store, *bookings: Booking, by: str = "first") -> inbox.Booked:
    with store.sessions.begin() as session:
        return inbox.book(session, Heard(token_id=by, bookings=bookings))


def nanos(store: Store) -> int:
    return sum(one.cost_nanos for one in inbox.Box(store.sessions).uses(DAY))


def test_a_record_that_comes_again_changes_nothing(store: Store) -> None:
    one, other = told("a", use(5)), told("b", use(7))
    assert hear(store, one, other) == inbox.Booked(new=2, repeated=0, doubled=0)
    assert hear(store, other, one) == inbox.Booked(new=0, repeated=2, doubled=0)
    assert hear(store, told("c", use(1)), told("c", use(1))) == inbox.Booked(new=1, repeated=1, doubled=0)
    assert nanos(store) == 13


def test_what_comes_by_a_second_token_is_no_money_and_is_said(store: Store) -> None:
    one, other = told("a", use(5)), told("b", use(7))
    hear(store, one)
    assert hear(store, one, other, by="second") == inbox.Booked(new=1, repeated=1, doubled=1)
    assert hear(store, one, by="first") == inbox.Booked(new=0, repeated=1, doubled=0), "a retry is no second way"
    assert hear(store, other, by="second") == inbox.Booked(new=0, repeated=1, doubled=0)
    assert nanos(store) == 12
    with store.sessions.begin() as session:
        session.execute(text("UPDATE inbox_seen SET token_id = ''"))
    assert hear(store, one, other, by="second").doubled == 0, "of what came before tokens were noted nobody can say"


def test_a_second_tokens_event_leaves_no_figure_but_that_it_was_told(store: Store) -> None:
    theirs = Consumer(ConsumerKind.SELF_DECLARED, "ada")
    hear(store, told("a", use(5)))
    by_them = replace(KEY, consumer=theirs)
    again = replace(use(5, key=by_them), signal=Signal.EVENTS, requests=1, api_milliseconds=9)
    hear(store, told("a", again), by="second")
    (left,) = (one for one in inbox.Box(store.sessions).uses(DAY) if one.key.consumer == theirs)
    assert left == replace(again, cost_nanos=0, tokens=Tokens(), requests=0, api_milliseconds=0)
    with store.sessions() as session:
        assert inbox.dirty_days(session) == [DAY]


def test_a_cumulative_series_is_worth_its_highest_point(store: Store) -> None:
    orders = sorted(set(permutations([3, 8, 8, 10])))
    for n, order in enumerate(orders):
        for total in order:
            hear(store, told(f"s{n}", use(total), total))
    hear(store, told("after a restart", use(4), 4))
    assert nanos(store) == 10 * len(orders) + 4


def test_a_series_of_tokens_grows_in_its_own_kind(store: Store) -> None:
    for total in (10, 25):
        hear(store, told("t", use(0, tokens=Tokens(cache_read_input_tokens=total)), total))
    (found,) = inbox.Box(store.sessions).uses(DAY)
    assert (found.tokens, found.cost_nanos) == (Tokens(cache_read_input_tokens=25), 0)


def test_counts_are_added_up_by_session_and_name(store: Store) -> None:
    hear(
        store,
        told("a", Feature(key=KEY, name="commits", amount=1)),
        told("b", Feature(key=KEY, name="commits", amount=2)),
    )
    assert list(inbox.Box(store.sessions).features(DAY)) == [Feature(key=KEY, name="commits", amount=3)]


def test_the_first_day_is_the_first_of_which_anything_was_told(store: Store) -> None:
    box = inbox.Box(store.sessions)
    assert box.first_day() is None
    hear(store, told("a", use(1)))
    assert box.first_day() == DAY
    earlier = SessionKey(usage_date=DAY - timedelta(days=2), consumer=WHO, session="")
    hear(store, told("b", Feature(key=earlier, name="sessions", amount=1)))
    assert box.first_day() == DAY - timedelta(days=2)


def test_a_day_is_dirty_until_it_is_cleaned_and_again_when_more_comes(store: Store) -> None:
    hear(store, told("a", use(1)))
    with store.sessions.begin() as session:
        assert inbox.dirty_days(session) == [DAY]
        inbox.clean(session, [DAY])
        assert inbox.dirty_days(session) == []
    hear(store, told("a", use(1)))
    with store.sessions() as session:
        assert inbox.dirty_days(session) == []
    hear(store, told("b", use(1)))
    with store.sessions() as session:
        assert inbox.dirty_days(session) == [DAY]


@pytest.mark.parametrize(("age", "is_kept"), [(inbox.KEPT_DAYS, True), (inbox.KEPT_DAYS + 1, False)])
def test_what_can_come_again_is_kept_and_no_more(store: Store, age: int, is_kept: bool) -> None:
    hear(store, told("a", use(1)), told("s", use(4), 4), told("f", Feature(key=KEY, name="commits", amount=1)))
    with store.sessions.begin() as session:
        inbox.forget(session, DAY + timedelta(days=age))
        for table in ("inbox_seen", "inbox_series", "inbox_use", "inbox_feature"):
            left = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - words of ours
            assert bool(left) is is_kept, table


def test_two_senders_at_once_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    names = [f"r{n}" for n in range(40)]
    rounds = [[told(name, use(1)) for name in names], [told(name, use(1)) for name in reversed(names)]]
    rounds = [[*one, *(told(f"s{n}", use(n + 1), n + 1) for n in range(10))] for one in rounds]
    threads = [threading.Thread(target=hear, args=(store, *one)) for one in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert nanos(store) == 40 + sum(range(1, 11))


def test_the_newest_day_of_a_version_is_kept(store: Store) -> None:
    for day in (DAY, DAY - timedelta(days=3)):
        with store.sessions.begin() as session:
            inbox.book(session, Heard(token_id="first", versions=frozenset({(WHO, "2.1.330", day)})))
    with store.sessions() as session:
        assert str(session.execute(text("SELECT last_seen_date FROM cli_version")).scalar_one()).replace("-", "") == (
            "20261120"
        )


def later(days: int) -> SessionKey:
    return SessionKey(usage_date=DAY + timedelta(days=days), consumer=WHO, session="s1")


def test_totals_that_come_together_are_booked_on_the_day_of_each(store: Store) -> None:
    next_day = use(25, key=later(1))
    hear(store, told("s", next_day, 25), told("s", use(10), 10), told("s", use(10), 10), told("s", next_day, 25))
    assert nanos(store) == 10
    assert sum(one.cost_nanos for one in inbox.Box(store.sessions).uses(later(1).usage_date)) == 15


@pytest.mark.parametrize("is_told_on", [True, False])
def test_a_series_that_no_longer_grows_is_known_for_as_long_as_it_is_told(store: Store, is_told_on: bool) -> None:
    hear(store, told("s", use(4), 4))
    if is_told_on:
        hear(store, told("s", use(4, key=later(30)), 4))
    with store.sessions.begin() as session:
        inbox.forget(session, DAY + timedelta(days=inbox.KEPT_DAYS + 1))
    hear(store, told("s", use(4, key=later(40)), 4))
    again = sum(one.cost_nanos for one in inbox.Box(store.sessions).uses(later(40).usage_date))
    assert again == (0 if is_told_on else 4)


def test_a_sum_beyond_what_a_column_holds_costs_nobody_else_anything(store: Store) -> None:
    hear(store, told("a", use(MAX_NANOS)))
    other = SessionKey(usage_date=DAY, consumer=WHO, session="s2")
    hear(store, told("b", use(MAX_NANOS)), told("c", use(MAX_NANOS)), told("d", use(7, key=other)))
    found = {one.key.session: one.cost_nanos for one in inbox.Box(store.sessions).uses(DAY)}
    assert found == {"s1": MAX_NANOS, "s2": 7}


def test_a_day_may_be_marked_again_by_whoever_could_not_read_it(store: Store) -> None:
    with store.sessions.begin() as session:
        inbox.soil(session, [DAY])
        inbox.soil(session, [DAY, DAY - timedelta(days=1)])
        assert inbox.dirty_days(session) == [DAY, DAY - timedelta(days=1)]


def test_what_is_booked_while_a_day_is_cleaned_is_read_or_leaves_it_dirty(store: Store) -> None:
    hear(store, told("a", use(1)))
    seen: list[int] = []

    def clean_and_read() -> None:
        with store.sessions.begin() as session:
            inbox.clean(session, [DAY])
        seen.append(nanos(store))

    cleaner = threading.Thread(target=clean_and_read)
    with store.sessions.begin() as session:
        inbox.book(session, Heard(token_id="first", bookings=(told("b", use(2)),)))
        cleaner.start()
        cleaner.join(timeout=0.3)  # long enough for one that does not wait
    cleaner.join()
    with store.sessions() as session:
        assert seen == [3] or inbox.dirty_days(session) == [DAY]


def test_many_senders_of_the_same_series_at_once_lose_nothing(store: Store) -> None:
    names = [f"s{n}" for n in range(30)]
    rounds = [[told(name, use(total), total) for name in names] for total in (3, 9, 6)]
    rounds = [rounds[0], rounds[1][::-1], rounds[2][10:] + rounds[2][:10]]
    threads = [threading.Thread(target=hear, args=(store, *one)) for one in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert nanos(store) == 9 * len(names)
