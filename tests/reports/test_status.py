from dataclasses import replace
from datetime import timedelta

import pytest

from bot.reports.status import SourceStatus, StatusReport, days_nobody_has, is_stale, stands_in
from bot.usage import DayStanding, DayState
from tests.usage_rows import NOW, SOURCE, standing


@pytest.mark.parametrize(("silent_for", "stale"), [(timedelta(minutes=60), False), (timedelta(minutes=61), True)])
def test_a_source_silent_for_more_than_two_polls_is_stale(silent_for: timedelta, stale: bool) -> None:
    source = SourceStatus(name=SOURCE, last_success_at=NOW - silent_for)
    report = StatusReport(
        now=NOW, poll_minutes=30, sources=(source,), people=0, matched_people=0, unattributed=0, for_admin=False
    )
    assert is_stale(source, report) is stale


def test_a_source_that_never_answered_is_not_called_stale() -> None:
    source = SourceStatus(name=SOURCE, last_success_at=None)
    report = StatusReport(
        now=NOW, poll_minutes=30, sources=(source,), people=0, matched_people=0, unattributed=0, for_admin=False
    )
    assert not is_stale(source, report)


TODAY = NOW.date()


def of(source: str, state: DayState, days_ago: int = 0) -> DayStanding:
    return replace(standing(TODAY - timedelta(days=days_ago), state), source=source)


def test_a_day_that_one_source_of_an_account_has_is_no_gap() -> None:
    found = [
        of("one", DayState.MISSING, 1),
        of("other", DayState.SETTLED, 1),
        of("one", DayState.MISSING, 2),
        of("other", DayState.MISSING, 2),
        of("one", DayState.HELD, 3),
        of("other", DayState.MISSING, 3),
    ]
    assert days_nobody_has(found) == (TODAY - timedelta(days=2),)


def test_another_source_of_the_account_stands_in_only_if_it_has_figures_and_does_not_fail_itself() -> None:
    account = ["one", "two", "three"]
    heard = [of("one", DayState.SETTLED), of("two", DayState.SETTLED), of("three", DayState.OPEN)]
    assert stands_in("one", account, heard, ["one"]) == "two"
    assert stands_in("one", account, heard, ["one", "two"]) == "three"
    assert stands_in("one", account, heard, account) is None
    assert stands_in("one", account, [of("two", DayState.MISSING)], ["one"]) is None
