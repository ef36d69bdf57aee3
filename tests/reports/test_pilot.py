"""What a pilot taught, in numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.notice import NoticeKind
from bot.reports.pilot import Choices, PilotReport, pilot_report

SINCE = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
CHOICES = Choices(alerts_off=1, snoozed=2, tips_off=3, own_budgets=4)


def report(age: timedelta, **changes: Any) -> PilotReport:
    facts: dict[str, Any] = {
        "group": "platform",
        "people": 5,
        "active": 4,
        "sent": {NoticeKind.PROJECTED: 2, NoticeKind.BREACH: 5},
        "withheld": 1,
        "requests": 2,
        "approved": 1,
        "choices": CHOICES,
    }
    return pilot_report(since=SINCE, now=SINCE + age, **facts | changes)


@pytest.mark.parametrize(
    ("age", "days"),
    [(timedelta(), 1), (SECOND, 1), (DAY, 1), (DAY + SECOND, 2), (7 * DAY, 7)],
)
def test_a_day_that_has_begun_counts(age: timedelta, days: int) -> None:
    assert report(age).days == days


@pytest.mark.parametrize(("age", "tenths"), [(7 * DAY - SECOND, None), (7 * DAY, 14), (14 * DAY, 7)])
def test_messages_a_person_and_week_are_told_from_the_first_whole_week_on(age: timedelta, tenths: int | None) -> None:
    """Seven messages to five people: 1.4 in one week, 0.7 a week in two."""
    assert report(age).sent_a_person_and_week_tenths == tenths


def test_a_group_that_everybody_left_has_no_average() -> None:
    assert report(9 * DAY, people=0, sent={}).sent_a_person_and_week_tenths is None


def test_kinds_come_most_first_and_add_up() -> None:
    found = report(9 * DAY)
    assert found.sent == ((NoticeKind.BREACH, 5), (NoticeKind.PROJECTED, 2))
    assert found.sent_in_all == 7


@pytest.mark.parametrize(("people", "choices"), [(4, None), (5, CHOICES)])
def test_of_fewer_than_five_people_nobody_learns_how_many_chose_something(people: int, choices: Choices | None) -> None:
    assert report(9 * DAY, people=people).choices == choices
