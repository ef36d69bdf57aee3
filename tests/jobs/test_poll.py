from datetime import UTC, date, datetime, timedelta

import pytest

from bot.jobs.poll import days_due
from bot.sources import SOURCES
from bot.store.usage import KnownDay

SOURCE = next(source for source in SOURCES if source.name == "anthropic_claude_code")
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
TODAY = NOW.date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def known(*, read_ago: timedelta = timedelta(minutes=30), complete: bool = True, held: bool = False) -> KnownDay:
    return KnownDay(as_of=NOW - read_ago, complete=complete, held=held)


def all_read() -> dict[date, KnownDay]:
    return {ago(n): known(complete=n > 0) for n in range(90)}


def test_the_first_reading_takes_every_day_of_the_backfill_the_newest_first() -> None:
    due = days_due({}, SOURCE, NOW, 90)
    assert due == [ago(n) for n in range(90)]


def test_a_poll_reads_the_last_seven_days_again() -> None:
    assert days_due(all_read(), SOURCE, NOW, 90) == [ago(n) for n in range(7)]


def test_a_backfill_that_was_cut_off_goes_on_where_it_was() -> None:
    stored = {ago(n): known() for n in range(40)}
    assert days_due(stored, SOURCE, NOW, 90) == [ago(n) for n in (*range(7), *range(40, 90))]


@pytest.mark.parametrize(("age", "due"), [(34, True), (35, False)])
def test_days_that_may_be_restated_are_read_once_a_day(age: int, due: bool) -> None:
    stored = all_read() | {ago(age): known(read_ago=timedelta(hours=24))}
    assert (ago(age) in days_due(stored, SOURCE, NOW, 90)) is due


@pytest.mark.parametrize(("read_ago", "due"), [(timedelta(hours=23, minutes=59), False), (timedelta(hours=24), True)])
def test_once_a_day_means_after_a_whole_day(read_ago: timedelta, due: bool) -> None:
    stored = all_read() | {ago(20): known(read_ago=read_ago)}
    assert (ago(20) in days_due(stored, SOURCE, NOW, 90)) is due


def test_a_day_that_was_left_unfinished_is_read_again_however_old() -> None:
    stored = all_read() | {ago(50): known(complete=False), ago(60): known(held=True)}
    assert days_due(stored, SOURCE, NOW, 90)[-2:] == [ago(50), ago(60)]


def test_days_beyond_the_backfill_are_left_alone() -> None:
    assert ago(90) not in days_due({}, SOURCE, NOW, 90)
