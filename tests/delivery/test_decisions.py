"""What becomes of a message: the states, the waits, and what never happens."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.classify import Accepted, Ambiguous, Refused, Verdict, Why
from bot.delivery.decisions import (
    Scan,
    Step,
    Tell,
    after,
    in_doubt,
    is_time_to_look,
    looks_first,
    outlived,
    resolve,
)
from bot.delivery.times import BACKOFF, TIMES
from bot.notice import Doubt, NoticeKind, NoticeState
from tests.delivery.planned import CHANNEL, DAY, HOUR, MINUTE, NOON, SECOND, TICK, row

EMPTY, UNREAD = Scan(complete=True), Scan(complete=False)
FOUND = Scan(complete=True, found=("1.1", "1.2"))


def decided(verdict: Verdict, *, can_look: bool = False, real: Any = NOON, **of_row: Any) -> Step:
    return after(row(**of_row), verdict, real=real, can_look=can_look, times=TIMES)


@pytest.mark.parametrize(
    ("late_by", "is_read"), [(-TICK, True), (timedelta(), True), (TICK, False)], ids=["before", "at", "after"]
)
def test_nobody_reads_a_message_after_it_expired(late_by: timedelta, is_read: bool) -> None:
    step = outlived(row(expires_at=NOON), NOON + late_by)
    ended = Step(state=NoticeState.SKIPPED, outcome="expired", tell=Tell.EXPIRED)
    assert step == (None if is_read else ended)


def test_a_message_without_an_expiry_is_read_after_years() -> None:
    assert outlived(row(expires_at=None), NOON + 1000 * DAY) is None


@pytest.mark.parametrize(
    ("late_by", "looks"),
    [(TIMES.late - TICK, False), (TIMES.late, False), (TIMES.late + TICK, True)],
    ids=["before", "at", "after"],
)
def test_a_late_first_attempt_begins_with_a_look(late_by: timedelta, looks: bool) -> None:
    never_tried = row(state=NoticeState.PENDING, attempts=0, fence=0, due_at=NOON)
    step = looks_first(never_tried, now=NOON + late_by, can_look=True, times=TIMES)
    assert step == (Step(state=NoticeState.UNCERTAIN, outcome="late first attempt") if looks else None)
    assert looks_first(never_tried, now=NOON + late_by, can_look=False, times=TIMES) is None


def test_a_late_message_that_was_looked_for_twice_is_not_looked_for_again() -> None:
    looked_for = row(state=NoticeState.PENDING, attempts=0, fence=0, empty_scans=2, real_uncertain_since=NOON)
    assert looks_first(looked_for, now=NOON + DAY, can_look=True, times=TIMES) is None


def test_a_message_that_was_claimed_before_is_not_late() -> None:
    assert looks_first(row(attempts=1, fence=1), now=NOON + DAY, can_look=True, times=TIMES) is None


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("doubt", list(Doubt))
def test_accepted_is_sent(kind: NoticeKind, doubt: Doubt) -> None:
    assert decided(Accepted(CHANNEL, "1.1"), kind=kind, doubt=doubt) == Step(state=NoticeState.SENT, outcome="accepted")


@pytest.mark.parametrize(
    ("doubt", "can_look", "told"),
    [
        (Doubt.HOLD, False, Tell.HELD),
        (Doubt.HOLD, True, None),
        (Doubt.REPEAT, False, None),
        (Doubt.REPEAT, True, None),
        (Doubt.NEVER, False, None),
        (Doubt.NEVER, True, None),
    ],
)
def test_what_may_have_been_posted_is_held_and_told_where_nobody_but_a_person_can_look(
    doubt: Doubt, can_look: bool, told: Tell | None
) -> None:
    expected = Step(state=NoticeState.UNCERTAIN, outcome="fatal_error", tell=told)
    assert decided(Ambiguous("fatal_error"), doubt=doubt, can_look=can_look) == expected
    assert in_doubt(row(doubt=doubt), "fatal_error", can_look=can_look) == expected


def test_a_refused_token_stops_everything_and_is_tried_again_in_an_hour_for_as_long_as_it_takes() -> None:
    for first in (None, NOON - 300 * DAY):
        step = decided(Refused(Why.TOKEN, "token_revoked"), real_first_attempt_at=first)
        assert step == Step(state=NoticeState.PENDING, outcome="token_revoked", retry_in=HOUR, stop=True)


@pytest.mark.parametrize(
    ("kind", "why", "park"),
    [
        (NoticeKind.DIGEST, Why.DESTINATION, True),
        (NoticeKind.DIGEST, Why.PERSON, False),
        (NoticeKind.BREACH, Why.DESTINATION, False),
        (NoticeKind.BREACH, Why.PERSON, False),
    ],
)
def test_who_cannot_be_told_is_not_tried_again_and_the_admins_know(kind: NoticeKind, why: Why, park: bool) -> None:
    step = decided(Refused(why, "is_archived"), kind=kind)
    assert step == Step(state=NoticeState.FAILED, outcome="is_archived", tell=Tell.FAILED, park=park)


def test_refused_blocks_go_out_as_mere_text_at_once_and_refused_text_not_at_all() -> None:
    refused = Refused(Why.CONTENT, "invalid_blocks")
    once = Step(state=NoticeState.PENDING, outcome="invalid_blocks", retry_in=timedelta(), plain=True)
    assert decided(refused) == once
    assert decided(refused, plain=True) == Step(state=NoticeState.FAILED, outcome="invalid_blocks", tell=Tell.FAILED)


@pytest.mark.parametrize("why", [Why.UNREACHED, Why.WITHHELD])
@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 5), (3, 15), (4, 60), (5, 180), (6, 360), (7, 720), (8, 720), (99, 720)],
)
def test_what_never_left_is_tried_again_ever_more_seldom(why: Why, attempts: int, minutes: int) -> None:
    step = decided(Refused(why, "gaierror"), attempts=attempts, real_first_attempt_at=NOON)
    assert step == Step(state=NoticeState.PENDING, outcome="gaierror", retry_in=minutes * MINUTE)


@pytest.mark.parametrize(("asked", "waits"), [(0, 1), (1, 1), (7, 7), (3600, 3600)])
def test_slack_says_itself_how_long_to_wait(asked: int, waits: int) -> None:
    step = decided(Refused(Why.WAIT, "ratelimited", asked * SECOND), attempts=5)
    assert step == Step(state=NoticeState.PENDING, outcome="ratelimited", retry_in=waits * SECOND)


@pytest.mark.parametrize("why", [Why.WAIT, Why.UNREACHED, Why.WITHHELD])
@pytest.mark.parametrize(
    ("since_first", "given_up"),
    [(TIMES.give_up - TICK, False), (TIMES.give_up, True), (TIMES.give_up + TICK, True)],
    ids=["before", "at", "after"],
)
def test_after_a_day_of_attempts_it_is_given_up_and_told(why: Why, since_first: timedelta, given_up: bool) -> None:
    step = decided(Refused(why, "gaierror"), real_first_attempt_at=NOON - since_first)
    assert (step.state is NoticeState.FAILED, step.tell) == (given_up, Tell.FAILED if given_up else None)


def test_about_eight_attempts_fit_into_the_day() -> None:
    attempts_at = [sum(BACKOFF[:n], timedelta()) for n in range(len(BACKOFF) + 1)]
    assert len([at for at in attempts_at if at < TIMES.give_up]) == 8


@pytest.mark.parametrize("doubt", list(Doubt))
def test_one_that_is_found_is_sent_whatever_else_holds(doubt: Doubt) -> None:
    for scan in (FOUND, Scan(complete=False, found=("1.1",))):
        step = resolve(
            row(doubt=doubt, expires_at=NOON), scan, now=NOON + DAY, real=NOON + 9 * DAY, can_look=True, times=TIMES
        )
        assert step == Step(state=NoticeState.SENT, outcome="found")


def settled(scan: Scan | None = None, *, waited: timedelta = timedelta(), can_look: bool = False, **of_row: Any) -> Any:
    uncertain = row(state=NoticeState.UNCERTAIN, real_uncertain_since=NOON, **of_row)
    return resolve(uncertain, scan, now=NOON + waited, real=NOON + waited, can_look=can_look, times=TIMES)


def test_only_the_second_complete_empty_look_proves_that_it_is_not_there() -> None:
    back = Step(state=NoticeState.PENDING, outcome="looked twice, not there")
    assert settled(EMPTY, can_look=True, empty_scans=0) is None
    assert settled(EMPTY, can_look=True, empty_scans=1) == back
    assert settled(UNREAD, can_look=True, empty_scans=1) is None
    assert settled(None, can_look=True, empty_scans=1) is None


@pytest.mark.parametrize(
    ("waited", "repeats"),
    [(TIMES.repeat - TICK, False), (TIMES.repeat, True), (TIMES.repeat + TICK, True)],
    ids=["before", "at", "after"],
)
def test_a_broken_budget_is_said_once_more_after_a_day(waited: timedelta, repeats: bool) -> None:
    again = Step(state=NoticeState.PENDING, outcome="repeated", repeated=True)
    assert settled(doubt=Doubt.REPEAT, waited=waited) == (again if repeats else None)


@pytest.mark.parametrize("of_row", [{"doubt": Doubt.REPEAT, "repeated": True}, {"doubt": Doubt.NEVER}])
def test_what_is_not_repeated_ends_after_a_day_and_is_told(of_row: dict[str, Any]) -> None:
    assert settled(waited=TIMES.repeat - TICK, **of_row) is None
    ended = Step(state=NoticeState.SKIPPED, outcome="never confirmed", tell=Tell.UNCONFIRMED)
    assert settled(waited=TIMES.repeat, **of_row) == ended


def test_what_is_held_waits_for_a_person_until_nobody_wants_to_read_it() -> None:
    assert settled(doubt=Doubt.HOLD, waited=300 * DAY) is None
    assert settled(doubt=Doubt.HOLD, waited=36 * HOUR, expires_at=NOON + 36 * HOUR) is None
    late = settled(doubt=Doubt.HOLD, waited=36 * HOUR + TICK, expires_at=NOON + 36 * HOUR)
    assert (late.state, late.outcome) == (NoticeState.SKIPPED, "expired in doubt")


@pytest.mark.parametrize(
    ("since", "is_time"), [(TIMES.settle - TICK, False), (TIMES.settle, True), (TIMES.settle + TICK, True)]
)
def test_a_look_proves_nothing_before_late_requests_and_a_lagging_history_have_settled(
    since: timedelta, is_time: bool
) -> None:
    doubted = row(real_uncertain_since=NOON - since)
    looked = row(real_uncertain_since=NOON - DAY, real_scanned_at=NOON - since)
    assert is_time_to_look(doubted, NOON, TIMES) is is_time
    assert is_time_to_look(looked, NOON, TIMES) is is_time
    assert not is_time_to_look(row(), NOON, TIMES)


def test_a_message_to_the_admins_that_fails_is_no_reason_for_another() -> None:
    of_row: dict[str, Any] = {"kind": NoticeKind.OPERATOR}
    assert decided(Refused(Why.PERSON, "user_disabled"), **of_row).tell is None
    assert decided(Refused(Why.CONTENT, "no_text"), plain=True, **of_row).tell is None
    assert decided(Ambiguous("reset"), **of_row).tell is None
    assert decided(Refused(Why.WAIT, "ratelimited"), real_first_attempt_at=NOON - DAY, **of_row).tell is None
    assert settled(doubt=Doubt.NEVER, waited=DAY, **of_row).tell is None
    expired = outlived(row(expires_at=NOON - DAY, **of_row), NOON)
    assert expired is not None
    assert expired.tell is None


verdicts = st.one_of(
    st.just(Accepted(CHANNEL, "1.1")),
    st.builds(Ambiguous, st.sampled_from(["fatal_error", "TimeoutError"])),
    st.builds(Refused, st.sampled_from(list(Why)), st.just("no"), st.just(SECOND)),
)
scans = st.sampled_from([None, EMPTY, UNREAD, FOUND])
histories = st.lists(st.tuples(scans, st.integers(0, 30), st.booleans()), max_size=12)


@given(doubt=st.sampled_from(list(Doubt)), verdict=verdicts, can_look=st.booleans(), repeated=st.booleans())
def test_after_an_attempt_nothing_uncertain_is_pending(
    doubt: Doubt, verdict: Verdict, can_look: bool, repeated: bool
) -> None:
    step = decided(verdict, doubt=doubt, can_look=can_look, repeated=repeated, real_first_attempt_at=NOON)
    if isinstance(verdict, Ambiguous):
        assert step.state is NoticeState.UNCERTAIN
    assert (step.state is NoticeState.SENT) == isinstance(verdict, Accepted)
    assert not step.repeated


@given(doubt=st.sampled_from(list(Doubt)), repeated=st.booleans(), expires=st.booleans(), history=histories)
def test_whatever_happens_an_uncertain_message_goes_out_again_for_three_reasons_only(
    doubt: Doubt, repeated: bool, expires: bool, history: list[tuple[Scan | None, int, bool]]
) -> None:
    """Two complete empty looks; a day where a repeat is better than a gap, once; a person, who does not come here."""
    empty, waited = 0, timedelta()
    for scan, hours, can_look in history:
        waited += hours * HOUR
        step = settled(
            scan,
            waited=waited,
            can_look=can_look,
            doubt=doubt,
            repeated=repeated,
            empty_scans=empty,
            expires_at=NOON + 36 * HOUR if expires else None,
        )
        is_empty = scan is not None and scan.complete and not scan.found
        if step is not None:
            is_proven = is_empty and empty >= 1
            may_repeat = doubt is Doubt.REPEAT and not repeated and waited >= DAY
            if step.state is NoticeState.PENDING:
                assert is_proven or may_repeat
                assert step.repeated == (not is_proven)
            assert (step.state is NoticeState.SENT) == bool(scan and scan.found)
            return
        empty += is_empty
