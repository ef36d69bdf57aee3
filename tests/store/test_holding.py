"""A day that loses money has to say so twice, an hour apart."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.store.holding import CONFIRM_AFTER, Held, Incoming, Reason, Stored, admit

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AS_OF + timedelta(minutes=30)
INSTANT = timedelta(microseconds=1)


def stored(*, cost_nanos: int = 1_000, tokens: int = 500, record_count: int = 3, held: Held | None = None) -> Stored:
    return Stored(as_of=AS_OF, digest="old", record_count=record_count, cost_nanos=cost_nanos, tokens=tokens, held=held)


def told(digest: str = "new", *, cost_nanos: int = 1_000, tokens: int = 500, record_count: int = 3) -> Incoming:
    return Incoming(digest=digest, record_count=record_count, cost_nanos=cost_nanos, tokens=tokens)


def test_the_first_reading_of_a_day_is_believed_even_if_empty() -> None:
    assert admit(None, told(cost_nanos=0, tokens=0, record_count=0), LATER).reason is Reason.NEW


def test_an_equal_reading_changes_nothing() -> None:
    assert admit(stored(), told("old"), LATER).reason is Reason.UNCHANGED


def test_a_day_that_grows_is_the_normal_case() -> None:
    verdict = admit(stored(), told(cost_nanos=5_000), LATER)
    assert verdict.reason is Reason.REPLACED
    assert verdict.admitted


@pytest.mark.parametrize(
    ("cost_nanos", "reason"),
    [
        (800, Reason.REPLACED),  # a fifth less, to the nano-dollar
        (799, Reason.HELD_SHRUNK),
    ],
)
def test_a_day_may_shrink_by_a_fifth_and_no_more(cost_nanos: int, reason: Reason) -> None:
    assert admit(stored(), told(cost_nanos=cost_nanos), LATER).reason is reason


@pytest.mark.parametrize(("tokens", "reason"), [(400, Reason.REPLACED), (399, Reason.HELD_SHRUNK)])
def test_a_day_without_cost_is_measured_by_its_tokens(tokens: int, reason: Reason) -> None:
    assert admit(stored(cost_nanos=0), told(cost_nanos=0, tokens=tokens), LATER).reason is reason


def test_tokens_do_not_matter_where_there_is_cost() -> None:
    assert admit(stored(), told(tokens=1), LATER).reason is Reason.REPLACED


def test_a_day_that_turns_empty_is_held() -> None:
    verdict = admit(stored(), told(cost_nanos=0, tokens=0, record_count=0), LATER)
    assert verdict.reason is Reason.HELD_EMPTY
    assert not verdict.admitted
    assert verdict.held == Held(digest="new", since=LATER)


def test_a_day_that_was_empty_may_stay_without_money() -> None:
    empty = stored(cost_nanos=0, tokens=0, record_count=0)
    assert admit(empty, told(cost_nanos=0, tokens=0, record_count=1), LATER).reason is Reason.REPLACED


@pytest.mark.parametrize(
    ("after", "reason"),
    [(CONFIRM_AFTER - INSTANT, Reason.HELD_AGAIN), (CONFIRM_AFTER, Reason.RELEASED)],
)
def test_a_loss_is_believed_when_an_equal_reading_comes_an_hour_later(after: timedelta, reason: Reason) -> None:
    held = Held(digest="new", since=LATER)
    verdict = admit(stored(held=held), told(cost_nanos=1), LATER + after)
    assert verdict.reason is reason
    assert verdict.held == (held if reason is Reason.HELD_AGAIN else None)


def test_a_different_loss_starts_the_hour_anew() -> None:
    held = Held(digest="other", since=LATER)
    verdict = admit(stored(held=held), told(cost_nanos=1), LATER + CONFIRM_AFTER)
    assert verdict.reason is Reason.HELD_SHRUNK
    assert verdict.held == Held(digest="new", since=LATER + CONFIRM_AFTER)


@pytest.mark.parametrize(
    ("incoming", "reason"), [(told("old"), Reason.UNCHANGED), (told(cost_nanos=900), Reason.REPLACED)]
)
def test_a_reading_that_lost_nothing_ends_the_wait_at_once(incoming: Incoming, reason: Reason) -> None:
    verdict = admit(stored(held=Held(digest="new", since=LATER)), incoming, LATER + INSTANT)
    assert verdict.reason is reason
    assert verdict.held is None


@pytest.mark.parametrize(("at", "reason"), [(AS_OF - INSTANT, Reason.OLDER), (AS_OF, Reason.REPLACED)])
def test_a_reading_older_than_what_is_stored_is_passed_over(at: datetime, reason: Reason) -> None:
    assert admit(stored(), told(cost_nanos=2_000), at).reason is reason


@pytest.mark.parametrize(("at", "reason"), [(LATER - INSTANT, Reason.OLDER), (LATER, Reason.REPLACED)])
def test_a_reading_older_than_the_doubt_does_not_end_it(at: datetime, reason: Reason) -> None:
    verdict = admit(stored(held=Held(digest="loss", since=LATER)), told(cost_nanos=2_000), at)
    assert verdict.reason is reason
    assert (verdict.held is None) == verdict.admitted
