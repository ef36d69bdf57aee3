"""One digest for each channel and day, whatever happens; days that nobody has read are told by the next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from bot.delivery.digests import NO_SPEND, forget_waiting, latest_days, next_digest, plan_digests, plan_now, upcoming
from bot.notice import NoticeState
from bot.periods import Cadence, ChargePeriod
from bot.schedule import started
from bot.store import digests
from bot.store.engine import Store
from tests.digest_house import CHANNEL, DAY, FRIDAY, HOUR, MONDAY, SATURDAY, SUNDAY, THURSDAY, TUESDAY, House, utc


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def of(day: date, cadence: str = "daily") -> str:
    return f"digest/{CHANNEL}/{day}/{cadence}"


def test_a_digest_is_planned_once_however_often_one_looks(house: House) -> None:
    house.wants()
    house.reads(THURSDAY)
    assert house.plans(utc(FRIDAY, 1, 29)) == []
    assert house.plans(utc(FRIDAY, 1, 30)) == [of(FRIDAY)]
    assert house.plans(utc(FRIDAY, 1, 30)) == []
    assert house.plans(utc(FRIDAY, 23)) == []
    row = house.row(of(FRIDAY))
    assert (row.state, row.recipient, row.about, row.covers_start) == (
        NoticeState.PENDING,
        CHANNEL,
        "digest",
        THURSDAY,
    )
    assert (row.due_at, row.expires_at) == (utc(FRIDAY, 1, 30), utc(FRIDAY, 1, 30) + 36 * HOUR)
    assert "Thu, Nov 19, 2026, UTC: $5.00" in row.text
    assert not row.unasked


def test_of_replicas_that_plan_at_the_same_moment_one_does(house: House) -> None:
    house.wants()
    house.reads(THURSDAY)
    house.now = utc(FRIDAY, 2)
    with ThreadPoolExecutor(6) as replicas:
        planned = [key for keys in replicas.map(lambda _: plan_digests(house.rt), range(6)) for key in keys]
    assert planned == [of(FRIDAY)]
    assert house.row(of(FRIDAY)).state is NoticeState.PENDING


def test_a_channel_that_asked_for_nothing_gets_nothing(house: House) -> None:
    house.reads(THURSDAY)
    assert house.plans(utc(FRIDAY, 12)) == []


def test_it_waits_two_hours_for_a_day_that_is_not_read_completely(house: House) -> None:
    house.wants()
    house.reads(THURSDAY, complete=False)
    assert house.plans(utc(FRIDAY, 3, 29)) == []
    assert house.plans(utc(FRIDAY, 3, 30)) == [of(FRIDAY)]
    assert "Incomplete, more will come: Nov 19." in str(house.row(of(FRIDAY)).blocks)


def test_it_goes_out_as_soon_as_the_day_is_complete(house: House) -> None:
    house.wants()
    assert house.plans(utc(FRIDAY, 1, 45)) == []
    house.reads(THURSDAY)
    assert house.plans(utc(FRIDAY, 1, 46)) == [of(FRIDAY)]
    assert "Incomplete" not in str(house.row(of(FRIDAY)).blocks)


def test_a_source_that_was_silent_for_two_days_gets_a_notice_instead_of_figures(house: House) -> None:
    house.wants()
    house.now = utc(FRIDAY, 1)
    house.reads(THURSDAY)
    assert house.plans(utc(FRIDAY, 2)) == [of(FRIDAY)]
    assert house.plans(utc(MONDAY, 4)) == [of(MONDAY)]
    text = house.row(of(MONDAY)).text
    assert "There is no digest of Nov 19–22" in text  # Friday's still waits, and its day with it
    assert "$" not in text


def test_monday_tells_the_weekend_and_friday(house: House) -> None:
    house.wants()
    house.now = utc(SUNDAY, 12)
    house.reads(THURSDAY, FRIDAY, SATURDAY, SUNDAY)
    house.now = utc(FRIDAY, 2)
    house.plans(house.now)
    house.ends(of(FRIDAY), NoticeState.SENT)
    assert house.plans(utc(SATURDAY, 12)) == []
    assert house.plans(utc(SUNDAY, 12)) == []
    assert house.plans(utc(MONDAY, 2)) == [of(MONDAY)]
    assert "Nov 20–22, 2026, UTC: $15.00" in house.row(of(MONDAY)).text


def test_a_digest_that_still_waits_is_superseded_and_its_days_are_told(house: House) -> None:
    house.wants()
    house.now = utc(TUESDAY, 0)
    house.reads(*(THURSDAY + n * DAY for n in range(5)))
    assert house.plans(utc(MONDAY, 2)) == [of(MONDAY)]
    assert house.plans(utc(TUESDAY, 2)) == [of(TUESDAY)]
    old = house.row(of(MONDAY))
    assert (old.state, old.superseded_by) == (NoticeState.SUPERSEDED, of(TUESDAY))
    new = house.row(of(TUESDAY))
    assert new.covers_start == THURSDAY
    assert "Nov 19–23, 2026, UTC: $25.00" in new.text


@pytest.mark.parametrize(
    ("state", "outcome", "tells_again"),
    [
        (NoticeState.SENT, "accepted", False),
        (NoticeState.FAILED, "is_archived", True),
        (NoticeState.SKIPPED, "expired", True),
        (NoticeState.SKIPPED, "dropped", False),
        (NoticeState.SKIPPED, NO_SPEND, False),
    ],
)
def test_days_that_surely_nobody_has_read_are_told_by_the_next(
    house: House, state: NoticeState, outcome: str, tells_again: bool
) -> None:
    house.wants()
    house.now = utc(FRIDAY, 0)
    house.reads(THURSDAY, FRIDAY, SATURDAY, SUNDAY)
    house.plans(utc(FRIDAY, 2))
    house.ends(of(FRIDAY), state, outcome)
    house.plans(utc(MONDAY, 2))
    assert house.row(of(MONDAY)).covers_start == (THURSDAY if tells_again else FRIDAY)


def test_after_a_long_sleep_one_digest_tells_the_last_seven_days(house: House) -> None:
    house.wants()
    house.now = utc(THURSDAY, 12)
    awake = TUESDAY + 14 * DAY
    house.reads(*(THURSDAY + n * DAY for n in range((awake - THURSDAY).days)))
    house.now = utc(awake, 1)
    house.reads(awake - DAY)
    assert house.plans(utc(awake, 2)) == [of(awake)]
    assert house.row(of(awake)).covers_start == awake - 7 * DAY
    assert house.plans(utc(awake, 3)) == []


def test_days_without_spend_are_silent_and_leave_a_row_that_says_why(house: House) -> None:
    house.wants()
    house.reads(THURSDAY, dollars=0)
    assert house.plans(utc(FRIDAY, 2)) == [of(FRIDAY)]
    row = house.row(of(FRIDAY))
    assert (row.state, row.outcome) == (NoticeState.SKIPPED, NO_SPEND)
    assert house.covered_until() == THURSDAY
    assert house.plans(utc(FRIDAY, 3)) == []


def test_days_without_spend_are_told_where_they_are_asked_for(house: House) -> None:
    house.wants(spendless=True)
    house.reads(THURSDAY, dollars=0)
    house.plans(utc(FRIDAY, 2))
    assert house.row(of(FRIDAY)).state is NoticeState.PENDING


def test_a_day_that_was_never_read_is_not_taken_for_one_without_spend(house: House) -> None:
    house.wants()
    house.reads(FRIDAY - 3 * DAY, dollars=0)
    house.plans(utc(FRIDAY, 4))
    assert house.row(of(FRIDAY)).state is NoticeState.PENDING


def test_weekly_comes_on_monday_about_the_week_before(house: House) -> None:
    house.wants(Cadence.WEEKLY)
    week = [MONDAY - 7 * DAY + n * DAY for n in range(7)]
    house.now = utc(MONDAY, 1)
    house.reads(*week)
    assert house.plans(utc(SUNDAY, 12)) == []
    assert house.plans(utc(MONDAY, 2)) == [of(MONDAY, "weekly")]
    assert "Nov 16–22, 2026, UTC: $35.00" in house.row(of(MONDAY, "weekly")).text


def test_a_channel_that_sets_its_digest_anew_gets_no_second_one_that_day(house: House) -> None:
    house.wants()
    house.reads(THURSDAY, FRIDAY, SATURDAY, SUNDAY)
    house.plans(utc(FRIDAY, 2))
    house.ends(of(FRIDAY), NoticeState.SENT)
    with house.rt.sessions.begin() as session:
        digests.remove(session, CHANNEL)
    house.wants(minute=900)
    assert house.plans(utc(FRIDAY, 7)) == []
    assert house.covered_until() == THURSDAY
    assert house.plans(utc(MONDAY, 7)) == [of(MONDAY)]
    assert house.row(of(MONDAY)).covers_start == FRIDAY


def test_a_switch_from_daily_to_weekly_on_a_monday_is_no_second_digest_either(house: House) -> None:
    house.wants()
    house.now = utc(MONDAY, 1)
    house.reads(*(MONDAY - n * DAY for n in range(1, 8)))
    house.plans(utc(MONDAY, 2))
    with house.rt.sessions.begin() as session:
        digests.remove(session, CHANNEL)
    house.wants(Cadence.WEEKLY, minute=900)
    assert house.plans(utc(MONDAY, 7)) == []


def test_what_waits_is_not_posted_once_it_is_switched_off(house: House) -> None:
    house.wants()
    house.reads(THURSDAY)
    house.plans(utc(FRIDAY, 2))
    with house.rt.sessions.begin() as session:
        forget_waiting(session, CHANNEL)
    assert house.row(of(FRIDAY)).state is NoticeState.SKIPPED


def test_no_figures_are_planned_for_a_channel_that_another_company_reads(house: House) -> None:
    house.wants()
    house.reads(THURSDAY)
    house.channel(shared=True)
    assert house.plans(utc(FRIDAY, 2)) == [of(FRIDAY)]
    row = house.row(of(FRIDAY))
    assert "$" not in f"{row.text} {row.blocks}"
    assert "another company" in row.text


@pytest.mark.parametrize(
    ("reason", "member", "plans"),
    [
        ("not_in_channel", False, False),
        ("not_in_channel", True, True),
        ("access.shared_channel", True, True),
        ("restricted_action", True, False),
    ],
)
def test_a_parked_channel_is_left_alone_until_its_reason_is_gone(
    house: House, reason: str, member: bool, plans: bool
) -> None:
    house.wants()
    house.reads(THURSDAY)
    with house.rt.sessions.begin() as session:
        digests.park(session, CHANNEL, reason)
    house.channel(member=member)
    assert bool(house.plans(utc(FRIDAY, 2))) is plans
    with house.rt.sessions() as session:
        schedule = digests.get(session, CHANNEL)
    assert schedule is not None
    assert (schedule.parked == "") is plans


def test_a_parked_channel_that_is_well_again_is_told_the_days_between(house: House) -> None:
    house.wants()
    house.reads(THURSDAY, FRIDAY, SATURDAY, SUNDAY)
    house.plans(utc(FRIDAY, 2))
    house.ends(of(FRIDAY), NoticeState.FAILED, "not_in_channel")
    with house.rt.sessions.begin() as session:
        digests.park(session, CHANNEL, "not_in_channel")
    assert house.plans(utc(MONDAY, 2)) == [of(MONDAY)]
    assert house.row(of(MONDAY)).covers_start == THURSDAY


def test_now_has_a_key_of_its_own_and_leaves_the_daily_digest_alone(house: House) -> None:
    schedule = house.wants()
    house.reads(THURSDAY)
    house.now = utc(FRIDAY, 1, 15)
    with house.rt.sessions.begin() as session:
        days = latest_days(schedule, house.now)
        assert plan_now(house.rt, session, CHANNEL, days, "Asia/Tokyo", "U1")
        assert not plan_now(house.rt, session, CHANNEL, days, "Asia/Tokyo", "U1")
    row = house.row(f"digest/{CHANNEL}/{FRIDAY}/now/1015")
    assert "Thu, Nov 19, 2026, UTC: $5.00" in row.text
    assert house.covered_until() == THURSDAY - DAY
    assert house.plans(utc(FRIDAY, 1, 30)) == [of(FRIDAY)]
    assert house.row(row.key).state is NoticeState.PENDING


def test_the_next_digest_of_all_channels_is_known(house: House) -> None:
    assert next_digest(house.rt) is None
    schedule = house.wants()
    assert next_digest(house.rt) == utc(FRIDAY, 1, 30)
    house.now = utc(FRIDAY, 2)
    assert next_digest(house.rt) == utc(FRIDAY, 1, 30)  # due, and waiting for its day
    house.reads(THURSDAY)
    house.plans(house.now)
    assert next_digest(house.rt) == utc(MONDAY, 1, 30)
    with house.rt.sessions.begin() as session:
        digests.park(session, CHANNEL, "is_archived")
    assert next_digest(house.rt) is None
    assert upcoming(started(schedule, house.now), house.now).tells == ChargePeriod(
        FRIDAY, MONDAY, f"{FRIDAY}..{SUNDAY}"
    )
