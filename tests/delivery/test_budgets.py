"""What is planned to be said of budgets, on both databases."""

import logging
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.budget import Alerts, BudgetScope, LineKey, LineState
from bot.delivery import budgets as planning
from bot.delivery import lines
from bot.notice import Doubt, NoticeKind, NoticeState
from bot.periods import Cadence
from bot.store import budgets, sending
from bot.store.engine import Store
from tests.budget_house import ADA, BORIS, House, a_person, at

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(store: Store) -> House:
    return House(store).open()


def shown(house: House, key: str) -> str | None:
    """The newest edit of a posted message, if there is one."""
    with house.store.sessions() as session:
        edits = [one for one in sending.waiting_edits(session, house.now) if one.key == key]
    return edits[0].text if edits else None


def test_a_day_that_passes_a_threshold_is_told_once(house: House) -> None:
    budget = house.budget(BudgetScope.DEFAULT, 100)
    house.spend({ADA: 79_99})
    fifty = f"budget/{budget.budget_id}.{house.ids[ADA]}/2026-11-01/50/1/fire"
    assert house.plan() == [fifty]
    assert house.plan() == []
    house.deliver()
    house.spend({ADA: 80_00})
    assert house.plan(minutes=30) == [fifty.replace("/50/", "/80/")]
    assert house.plan() == []
    row = house.notice(fifty)
    assert (row.kind, row.recipient, row.private_to) == (NoticeKind.BREACH, ADA, ADA)
    assert (row.unasked, row.urgent, row.doubt) == (True, False, Doubt.NEVER)
    assert row.expires_at == at(date(2026, 12, 4), 0)
    assert "$79.99 of $100.00 (79%)" in row.text


def test_several_thresholds_at_once_are_one_message_and_a_broken_budget_is_urgent(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 40_00})
    assert house.plan() == []
    house.spend({ADA: 110_00})
    (key,) = house.plan()
    assert key.endswith("/100/1/fire")
    assert (house.notice(key).urgent, house.notice(key).doubt) == (True, Doubt.REPEAT)
    assert len(house.waiting(ADA)) == 1


def test_two_budgets_at_once_are_one_message_that_says_both(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.budget(BudgetScope.OWN, 200, of=ADA, by=ADA, cadence=Cadence.WEEKLY)
    house.spend({ADA: 101_00})
    keys = house.plan()
    assert len(keys) == 2
    (waiting,) = house.waiting(ADA)
    assert waiting.key == keys[0]
    assert house.notice(keys[1]).superseded_by == keys[0]
    assert "Your monthly budget has reached 100%" in waiting.text
    assert "Your weekly budget has reached 50%" in waiting.text
    assert waiting.text.index("monthly") < waiting.text.index("weekly")


def test_what_still_waits_is_folded_into_the_next_message(house: House) -> None:
    house.now = at(TODAY, 21)
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.budget(BudgetScope.OWN, 300, of=ADA, by=ADA, cadence=Cadence.WEEKLY)
    house.spend({ADA: 60_00})
    (fifty,) = house.plan()
    house.spend({ADA: 155_00})
    keys = house.plan(minutes=30)
    (waiting,) = house.waiting(ADA)
    assert house.notice(fifty).state is NoticeState.SUPERSEDED
    assert waiting.key == keys[0]
    assert "monthly budget has reached 100%" in waiting.text
    assert "weekly budget has reached 50%" in waiting.text
    assert waiting.text.count("monthly") == 1  # the half that nobody has read is not told beside the whole


def test_a_third_message_still_says_what_the_first_two_said(house: House) -> None:
    house.now = at(TODAY, 21)
    for cadence, dollars in ((Cadence.MONTHLY, 100), (Cadence.WEEKLY, 110), (Cadence.DAILY, 140)):
        house.budget(BudgetScope.OWN, dollars, of=ADA, by=ADA, cadence=cadence)
    for cents in (52_00, 56_00, 71_00):
        house.spend({ADA: cents})
        house.plan(minutes=10)
    (waiting,) = house.waiting(ADA)
    for name in ("monthly", "weekly", "daily"):
        assert f"Your {name} budget has reached 50%" in waiting.text


def test_quiet_hours_in_the_persons_zone_delay_even_a_broken_budget(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(store).open(a_person(ADA, tz="Asia/Tokyo"))
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 120_00})
    with caplog.at_level(logging.INFO, logger="bot.delivery.telling"):
        (key,) = house.plan()  # 21:00 in Tokyo
    assert house.notice(key).due_at == at(TODAY, 23)
    (said,) = [one for one in caplog.records if one.msg == "planned"]
    assert (vars(said)["why"], vars(said)["zone"]) == ("quiet_hours", "Asia/Tokyo")


def test_one_message_a_day_but_for_a_broken_budget(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.now = at(TODAY, 9)
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 50_00})
    house.plan()
    house.deliver()
    house.spend({ADA: 85_00})
    (eighty,) = house.plan(hours=1)
    assert house.notice(eighty).due_at == at(TODAY + timedelta(days=1), 8)
    house.spend({ADA: 100_00})
    with caplog.at_level(logging.INFO, logger="bot.delivery.telling"):
        (hundred,) = house.plan(hours=1)
    assert house.notice(hundred).due_at == house.now
    assert not [one for one in caplog.records if one.msg == "planned" and vars(one)["key"] == hundred]
    assert house.notice(eighty).superseded_by == hundred


@pytest.mark.parametrize("alerts", [Alerts(off=True), None])
def test_who_wants_to_hear_nothing_is_not_told_later_either(house: House, alerts: Alerts | None) -> None:
    budget = house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 40_00})
    house.plan()
    if alerts:
        house.alerts(ADA, alerts)
    else:
        mute(house, LineKey(budget_id=budget.budget_id, period_start=date(2026, 11, 1)))
    house.spend({ADA: 90_00})
    assert house.plan(minutes=5) == []
    house.alerts(ADA, Alerts())
    assert house.plan(minutes=5) == []


def mute(house: House, key: LineKey) -> None:
    with house.store.sessions.begin() as session:
        state = budgets.line(session, key)
        assert state is not None
        budgets.save(session, {key: replace(state, muted=True)})


def test_who_snoozes_is_told_afterwards(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 90_00})
    house.alerts(ADA, Alerts(snoozed_until=house.now + timedelta(hours=1)))
    assert house.plan() == []
    assert len(house.plan(hours=1)) == 1


def test_a_posted_message_is_edited_for_each_whole_percent_and_not_for_less(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 81_00})
    (key,) = house.plan()
    house.deliver()
    house.spend({ADA: 81_99})
    house.plan(minutes=30)
    assert shown(house, key) is None
    house.spend({ADA: 82_00})
    assert house.plan(minutes=30) == []
    assert "$82.00 of $100.00 (82%)" in (shown(house, key) or "")


def test_a_message_about_two_budgets_goes_on_saying_both_when_edited(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.budget(BudgetScope.OWN, 200, of=ADA, by=ADA, cadence=Cadence.WEEKLY)
    house.spend({ADA: 101_00})
    first = house.plan()[0]
    house.deliver()
    house.spend({ADA: 105_00})
    house.plan(minutes=30)
    text = shown(house, first) or ""
    assert "monthly budget has reached 100%: $105.00" in text
    assert "weekly budget has reached 50%: $105.00" in text


def test_after_the_last_day_the_message_shows_how_the_period_ended(house: House) -> None:
    house.now = at(date(2026, 11, 30))
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 81_00})
    (key,) = house.plan()
    assert "1 day left" in house.notice(key).text
    house.deliver()
    house.now = at(date(2026, 12, 1))
    house.read()
    house.plan()
    assert "The period is over." in (shown(house, key) or "")


def test_a_breach_found_after_the_end_names_its_month(house: House) -> None:
    house.now = at(date(2026, 11, 29))
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 40_00})
    house.plan()
    house.now = at(date(2026, 12, 2))
    house.spend({ADA: 90_00}, date(2026, 11, 30))
    (key,) = house.plan()
    assert "Nov 1–30, 2026" in house.notice(key).text
    assert "The period is over." in house.notice(key).text


def restated(house: House, *, told: bool) -> str:
    """Somebody passes 80 %; the day is restated to 70 %, and rests."""
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 85_00})
    (key,) = house.plan()
    if told:
        house.deliver()
    with_less = dict(house.spent)
    with_less[TODAY] = {ADA: 70_00}
    house.spent = with_less
    for _ in range(3):  # a smaller figure is held until two equal readings an hour apart
        house.now += timedelta(hours=2)
        house.read()
    return key


def test_restated_figures_correct_what_was_said_once_they_have_rested(house: House) -> None:
    key = restated(house, told=True)
    assert house.plan() == []
    assert "at 70% after all: $70.00 of $100.00" in (shown(house, key) or "")
    house.now += timedelta(hours=25)
    house.read()
    (corrected,) = house.plan()
    assert corrected == key.replace("/fire", "/correct")
    row = house.notice(corrected)
    assert row.kind is NoticeKind.CORRECTION
    assert "at 70% after all" in row.text
    assert "at 70% after all" in (shown(house, key) or "")
    assert house.plan() == []


def test_what_nobody_has_read_is_not_corrected_but_never_sent(house: House) -> None:
    house.alerts(ADA, Alerts(quiet_from=0, quiet_to=23 * 60))
    key = restated(house, told=False)
    house.plan()
    house.now += timedelta(hours=25)
    house.read()
    assert house.plan() == []
    assert house.notice(key).state is NoticeState.SKIPPED


def test_a_lowered_limit_says_that_it_was_lowered(house: House) -> None:
    house.budget(BudgetScope.ASSIGNED, 1_000, of=ADA)
    house.spend({ADA: 90_00})
    house.plan()
    house.budget(BudgetScope.ASSIGNED, 100, of=ADA)
    (key,) = house.plan(minutes=5)
    assert "The limit was lowered" in house.notice(key).text


def test_a_raised_limit_arms_anew_and_the_posted_message_says_why_it_shows_less(house: House) -> None:
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 85_00})
    (key,) = house.plan()
    house.deliver()
    house.now += timedelta(minutes=5)
    house.budget(BudgetScope.OWN, 1_000, of=ADA, by=ADA)
    assert house.plan() == []
    assert "is at 8% now: $85.00 of $1,000.00" in (shown(house, key) or "")
    house.spend({ADA: 850_00})
    (again,) = house.plan(hours=1)
    assert again == key.replace("/80/1/", "/80/2/")


def test_a_budget_does_not_look_back_at_a_month_that_was_over_when_it_was_set(house: House) -> None:
    house.now = at(date(2026, 12, 2))
    house.spend({ADA: 90_00}, date(2026, 11, 25))
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    assert house.plan() == []


def test_what_was_planned_is_not_planned_again_although_the_line_is_forgotten(house: House) -> None:
    budget = house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 85_00})
    (key,) = house.plan()
    line = LineKey(budget_id=budget.budget_id, period_start=date(2026, 11, 1))
    with house.store.sessions.begin() as session:
        budgets.save(session, {line: LineState(limit_version=1)})
    assert house.plan() == []
    assert house.notice(key).state is NoticeState.PENDING


def test_nothing_is_taken_back_that_nobody_has_read(house: House) -> None:
    house.now = at(TODAY, 21)
    house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.budget(BudgetScope.TEAM, 200, by=ADA)
    house.spend({ADA: 85_00})
    house.plan()
    house.spend({ADA: 70_00, BORIS: 200_00})
    house.plan(minutes=30)
    (waiting,) = house.waiting(ADA)
    assert "The team's monthly budget has reached 100%" in waiting.text
    assert "Your monthly budget" not in waiting.text


def test_a_budget_that_was_switched_off_while_it_was_judged_says_nothing(house: House) -> None:
    budget = house.budget(BudgetScope.OWN, 100, of=ADA, by=ADA)
    house.spend({ADA: 110_00})
    with house.store.sessions() as session:
        book = lines.read(session, house.rt, house.now)
    with house.store.sessions.begin() as session:
        budgets.put(
            session,
            scope=budget.scope,
            of=budget.member_id,
            cadence=budget.cadence,
            limit_nanos=None,
            set_by=ADA,
            at=house.now,
        )
    assert planning._plan_some(house.rt, {house.ids[ADA]}, book, {}, [], house.now) == []
    assert house.waiting(ADA) == []


def test_more_people_than_are_judged_at_once_are_all_told_once(store: Store) -> None:
    crowd = [f"U{n:03}" for n in range(60)]
    house = House(store).open(*(a_person(who) for who in crowd))
    house.budget(BudgetScope.DEFAULT, 100, by=crowd[0])
    house.spend(dict.fromkeys(crowd, 6000))
    assert len(house.plan()) == len(crowd)
    assert house.plan() == []
    assert all(len(house.waiting(who)) == 1 for who in crowd)
