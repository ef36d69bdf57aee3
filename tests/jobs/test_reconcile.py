"""Reading the organization's cost report, on both databases, and telling the admins of what differs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import SourceAbsent, SourceError, SourceRejected, SourceUnavailable
from bot.jobs.reconcile import NAME, due
from bot.notice import NoticeKind, NoticeState
from bot.periods import last_days
from bot.store import costs
from bot.store.engine import Store
from tests.reconcile_house import ADMINS, NOW, TODAY, House, days_ago


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_without_an_admin_key_nothing_is_asked(store: Store) -> None:
    house = House(store, key=False)
    house.run()
    assert house.report.asked == []
    assert house.state() is None


def test_all_days_are_read_once_a_day_and_the_young_ones_each_time(house: House) -> None:
    house.run()
    house.run(hours=1)
    house.run(hours=22)
    house.run(hours=1)
    tomorrow = TODAY + timedelta(days=1)
    assert house.report.asked == [
        (days_ago(34), TODAY),
        (days_ago(2), TODAY),
        (days_ago(1), tomorrow),
        (days_ago(33), tomorrow),
    ]


@pytest.mark.parametrize(
    ("age", "days_read", "days"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), 35, 3),
        (timedelta(hours=24), 35, 35),
        (timedelta(), 34, 3),
        (timedelta(), 33, 35),
        (None, 0, 35),
    ],
)
def test_a_day_that_was_never_read_or_not_since_yesterday_has_all_read(
    age: timedelta | None, days_read: int, days: int
) -> None:
    assert due(NOW, None if age is None else NOW - age, days_read) == last_days(days, NOW)


@pytest.mark.parametrize(
    ("at", "complete"),
    [(datetime(2026, 11, 20, 0, 59, 59, tzinfo=UTC), False), (datetime(2026, 11, 20, 1, tzinfo=UTC), True)],
)
def test_a_day_of_the_report_is_whole_an_hour_after_its_end(house: House, at: datetime, complete: bool) -> None:
    house.now = at
    house.run()
    with house.store.sessions() as session:
        days = {one.usage_date: one.complete for one in costs.report_days(session, last_days(3, at))}
    assert (days[days_ago(2)], days[days_ago(1)], days[TODAY]) == (True, complete, False)


@pytest.mark.parametrize("error", [SourceRejected, SourceUnavailable, SourceAbsent])
def test_a_report_that_fails_is_noted_and_costs_nothing_else(
    house: House, error: Callable[[str, str], SourceError]
) -> None:
    house.uses(100_00, days_ago(1))
    house.report.cents[days_ago(1)] = 90_00
    house.run()
    house.report.fails = error(NAME, "HTTP 500 on /v1/organizations/cost_report")
    house.run(hours=1)
    state = house.state()
    assert state is not None
    assert state.failing
    assert state.last_error_kind == type(house.report.fails).__name__
    with house.store.sessions() as session:
        assert len(costs.report_days(session, last_days(35, house.now))) == 35


@pytest.mark.parametrize(("ours", "told"), [(101_000_00, False), (101_010_11, True)])
def test_above_one_percent_every_admin_hears_of_it_once_in_their_language(house: House, ours: int, told: bool) -> None:
    house.uses(ours, days_ago(1))
    house.report.cents[days_ago(1)] = 100_000_00
    house.run()
    house.run(hours=1)
    house.run(hours=24)
    said = house.said()
    assert [(row.key, row.recipient, row.kind) for row in said] == [
        (f"drift/{days_ago(1)}/{who}", who, NoticeKind.OPERATOR) for who in sorted(ADMINS) if told
    ]
    if told:
        english, japanese = said
        assert "On 1 day ccost's figures differ" in english.text
        assert "$101,010.11" in english.text
        assert "$100,000.00" in english.text
        assert "コストレポート" in japanese.text
        assert all(row.due_at == NOW and not row.unasked for row in said)


def test_a_day_is_judged_when_both_sides_have_it_whole(house: House) -> None:
    house.uses(50_00, days_ago(1), complete=False)
    house.report.cents[days_ago(1)] = 90_00
    house.run()
    assert house.said() == []
    house.uses(50_00, days_ago(1))
    house.run(hours=1)
    assert len(house.said()) == len(ADMINS)


def test_many_days_at_once_are_one_message_and_none_is_told_again(house: House) -> None:
    for back in (1, 4, 9):
        house.uses(50_00, days_ago(back))
        house.report.cents[days_ago(back)] = 90_00
    house.run()
    house.run(hours=1)
    of_one = [row for row in house.said() if row.recipient == ADMINS[0]]
    assert [row.key for row in of_one] == [f"drift/{days_ago(back)}/{ADMINS[0]}" for back in (9, 4, 1)]
    assert [row.state for row in of_one] == [NoticeState.SUPERSEDED] * 2 + [NoticeState.PENDING]
    assert {row.superseded_by for row in of_one[:2]} == {of_one[2].key}


def test_a_new_day_is_told_by_itself(house: House) -> None:
    house.uses(50_00, days_ago(4))
    house.report.cents[days_ago(4)] = 90_00
    house.run()
    house.uses(50_00, days_ago(1))
    house.report.cents[days_ago(1)] = 90_00
    house.run(hours=1)
    of_one = [row for row in house.said() if row.recipient == ADMINS[1]]
    assert [row.state for row in of_one] == [NoticeState.PENDING] * 2
    assert all("On 1 day" in row.text for row in of_one)


def test_a_day_that_is_restated_into_a_difference_is_told_then(house: House) -> None:
    house.uses(90_00, days_ago(5))
    house.report.cents[days_ago(5)] = 90_00
    house.run()
    assert house.said() == []
    house.report.cents[days_ago(5)] = 99_00
    house.run(hours=24)
    assert {row.key for row in house.said()} == {f"drift/{days_ago(5)}/{who}" for who in ADMINS}


def test_where_no_workspace_is_claude_codes_nobody_is_told_anything(house: House) -> None:
    house.report.workspaces = ()
    house.uses(50_00, days_ago(1))
    house.report.cents[days_ago(1)] = 90_00
    house.run()
    assert house.said() == []
