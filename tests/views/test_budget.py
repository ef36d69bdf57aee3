"""What people read of budgets, in both languages, as Slack would take it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.budget import Alerts, Budget, BudgetRequest, BudgetScope, LineKey, RequestState
from bot.periods import Cadence, around
from bot.reports.backtest import Backtest
from bot.reports.lines import Item, Largest, LineReport, Saying
from bot.reports.pace import Pace
from bot.reports.parts import MetricCost
from bot.reports.tips import Advice, advise
from bot.text import Text, load_texts
from bot.usage import CostMetric, MemberUsage
from bot.views import alerts as alerts_view
from bot.views import budget as view
from bot.views import budget_setting as setting
from bot.views import request as request_view
from bot.views.blocks import Message
from bot.views.budget import Shown, Standing
from bot.views.budget_setting import Wish
from tests.block_kit import judge, seen
from tests.usage_rows import DOLLAR, MONTH, NOW, settled

TEXTS = load_texts().by_language
EN = TEXTS["en"]
TODAY = date(2026, 11, 22)
STANDING = Standing(footing=settled(), by_metric=[MetricCost(cost_metric=CostMetric.LIST, cost_nanos=DOLLAR)])
HOSTILE = "<!channel> *x* `y`"


def line(
    spent: int = 83 * DOLLAR, scope: BudgetScope = BudgetScope.OWN, cadence: Cadence = Cadence.MONTHLY, **values: object
) -> LineReport:
    period = around(cadence, TODAY)
    budget = Budget(
        budget_id=7,
        scope=scope,
        cadence=cadence,
        limit_nanos=100 * DOLLAR,
        version=1,
        set_by="U0ADA",
        set_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )
    shown = LineReport(
        key=LineKey(budget_id=7, period_start=period.start),
        budget=budget,
        limit_nanos=100 * DOLLAR,
        period=period,
        today=TODAY,
        spent_nanos=spent,
        pace=Pace(end_nanos=120 * DOLLAR, per_workday_nanos=5 * DOLLAR, workdays_left=6, days_left=9),
        largest=Largest(model="claude-opus-4-8", cost_nanos=60 * DOLLAR, share_percent=72),
    )
    return replace(shown, **values)  # type: ignore[arg-type]  # fields of a report


def breach(threshold: int = 80, of: LineReport | None = None) -> Item:
    return Item(key="budget/7/2026-11-01/80/1/fire", saying=Saying.BREACH, line=of or line(), threshold=threshold)


def no_advice() -> Advice:
    return advise(MemberUsage(), MONTH)


def values_of(message: Message) -> list[str]:
    return [one["value"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def test_the_message_says_spent_limit_days_pace_and_reason_and_offers_peace() -> None:
    message = view.alert([breach()], no_advice(), STANDING, EN)
    assert message.text == (
        "Your monthly budget has reached 80%: $83.00 of $100.00 (83%), Nov 1–30, 2026. 9 days left, today included."
    )
    shown = seen(message)
    assert "$5.00 per working day; at that pace $120.00 by Nov 30." in shown
    assert "Largest part: claude-opus-4-8, $60.00 (72%)." in shown
    assert "As of Nov 22, 14:00 UTC." in shown
    assert values_of(message) == [
        "budget snooze day",
        "budget snooze week",
        "budget snooze 7:2026-11-01",
        "budget planned 7:2026-11-01",
        "settings alerts",
        "settings alerts off",
    ]
    judge(message)


def test_the_default_names_the_member_in_its_buttons_so_that_nobody_quietens_another() -> None:
    of = line(scope=BudgetScope.DEFAULT, key=LineKey(budget_id=7, member_id=12, period_start=date(2026, 11, 1)))
    assert "budget planned 7.12:2026-11-01" in values_of(view.alert([breach(of=of)], None, STANDING, EN))


@pytest.mark.parametrize(("spent", "percent"), [(79_999_999_999, 79), (80_000_000_000, 80)])
def test_a_percent_that_is_not_reached_is_not_shown(spent: int, percent: int) -> None:
    assert line(spent).percent == percent


@pytest.mark.parametrize(
    ("scope", "offered"), [(BudgetScope.OWN, False), (BudgetScope.ASSIGNED, True), (BudgetScope.DEFAULT, True)]
)
def test_only_of_a_limit_that_others_have_set_one_asks_for_more(scope: BudgetScope, offered: bool) -> None:
    def has_it(message: Message) -> bool:
        return "open.request" in [
            one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]
        ]

    shown = Shown(line=line(scope=scope), set_by="Chloé", by_reader=False)
    assert has_it(view.alert([breach(of=line(scope=scope))], None, STANDING, EN)) is offered
    assert has_it(view.overview([shown], [], [], [], STANDING, EN)) is offered
    assert not has_it(view.alert([breach(of=line(scope=scope, today=date(2026, 12, 1)))], None, STANDING, EN))


def test_after_the_end_there_is_nothing_left_to_quieten() -> None:
    message = view.alert([breach(of=line(today=date(2026, 12, 1)))], None, STANDING, EN)
    assert "The period is over." in message.text
    assert values_of(message) == ["settings alerts", "settings alerts off"]
    judge(message)


def test_a_message_about_the_team_names_no_person() -> None:
    of = line(scope=BudgetScope.TEAM, largest=Largest(day=TODAY, cost_nanos=50 * DOLLAR, share_percent=60))
    message = view.alert([breach(of=of)], None, STANDING, EN)
    assert message.text.startswith("The team's monthly budget has reached 80%")
    assert "Dearest day: Sun, Nov 22, 2026, $50.00 (60%)." in seen(message)


def test_a_group_is_named_with_the_parts_that_it_is_counted_in_and_has_no_pace() -> None:
    of = line(scope=BudgetScope.GROUP, whose="platform", largest=None)
    for message in (view.alert([breach(of=of)], None, STANDING, EN), view.overview([], [], [of], [], STANDING, EN)):
        assert "The monthly budget of the group platform" in message.text
        assert "whole parts of a month" in seen(message)
        assert "per working day" not in seen(message)


@pytest.mark.parametrize("t", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("scope", BudgetScope)
@pytest.mark.parametrize("cadence", Cadence)
def test_slack_takes_every_message_in_every_language(t: Text, scope: BudgetScope, cadence: Cadence) -> None:
    of = line(
        scope=scope, cadence=cadence, whose=HOSTILE, largest=Largest(model=HOSTILE, cost_nanos=1, share_percent=9)
    )
    items = [
        breach(of=of),
        replace(breach(100, of), lowered=True),
        replace(breach(of=of), saying=Saying.CORRECTION),
        replace(breach(of=of), saying=Saying.CORRECTION, relimited=True),
        replace(breach(of=of), saying=Saying.PROJECTED, breach_date=TODAY),
    ]
    for first in items:
        judge(view.alert([first, *items], no_advice(), STANDING, t))
    shown = Shown(line=of, set_by=HOSTILE, by_reader=False)
    judge(view.overview([shown], [of], [of], [asked()], STANDING, t))
    judge(view.overview([replace(shown, line=line(scope=scope, pace=None, muted=True))], [], [], [], STANDING, t))
    wish = Wish(scope=scope, cadence=cadence, who=HOSTILE, limit_nanos=DOLLAR)
    judge(setting.preview(wish, Backtest(days=90, people=40, told_people=7, messages=9), "budget set me 1 yes", t))
    for message in (
        setting.done(wish, [50, 80], t),
        setting.done(wish, [], t, lowered=True),
        setting.unchanged(wish, t),
        setting.off(wish, t, already=True),
        setting.off(wish, t, already=False),
    ):
        judge(message)


def asked(**values: object) -> BudgetRequest:
    request = BudgetRequest(
        request_id=3,
        member_id=1,
        cadence=Cadence.MONTHLY,
        limit_nanos=300 * DOLLAR,
        reason=f"{HOSTILE} " + "because " * 40,
        state=RequestState.OPEN,
        made_at=NOW,
    )
    return replace(request, **values)  # type: ignore[arg-type]  # fields of a request


@pytest.mark.parametrize("t", TEXTS.values(), ids=TEXTS)
def test_slack_takes_every_message_about_a_request(t: Text) -> None:
    approved = asked(state=RequestState.APPROVED, decided_nanos=200 * DOLLAR)
    denied = asked(state=RequestState.DENIED)
    judge(request_view.asked(asked(), HOSTILE, 100 * DOLLAR, t))
    judge(request_view.asked(asked(), HOSTILE, None, t))
    judge(request_view.another(asked(), HOSTILE, 100 * DOLLAR, t))
    for decided in (approved, denied):
        judge(request_view.reply(decided, HOSTILE, t))
        judge(request_view.decided(decided, HOSTILE, t))
        judge(request_view.already_decided(decided, HOSTILE, t))
    for already in (True, False):
        judge(request_view.received(asked(), t, already=already))


def test_an_approved_request_says_what_was_granted_not_what_was_asked() -> None:
    approved = asked(state=RequestState.APPROVED, decided_nanos=200 * DOLLAR)
    assert "$200.00" in request_view.reply(approved, "Chloé", EN).text
    assert "$300.00" not in request_view.reply(approved, "Chloé", EN).text


@pytest.mark.parametrize(
    ("wished", "limit", "dollars"),
    [(300, 100, [150, 200, 225]), (300, None, [150, 225]), (1, None, []), (2, None, [1])],
)
def test_the_amounts_that_are_offered_are_whole_dollars_around_the_wish(
    wished: int, limit: int | None, dollars: list[int]
) -> None:
    found = request_view.sensible_amounts(wished * DOLLAR, None if limit is None else limit * DOLLAR)
    assert found == [one * DOLLAR for one in dollars]


@pytest.mark.parametrize("people", [4, 5])
def test_how_often_a_default_would_ring_is_said_from_five_people_on(people: int) -> None:
    wish = Wish(scope=BudgetScope.DEFAULT, cadence=Cadence.MONTHLY, limit_nanos=DOLLAR)
    message = setting.preview(wish, Backtest(days=90, people=people, told_people=2, messages=3), "x", EN)
    assert ("written to 2 of" in message.text) is (people >= 5)


def test_the_vendors_limit_promises_no_messages() -> None:
    wish = Wish(scope=BudgetScope.WORKSPACE, cadence=Cadence.MONTHLY, limit_nanos=DOLLAR)
    assert "nobody is written to" in setting.preview(wish, None, "x", EN).text


@pytest.mark.parametrize("t", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("found", [Alerts(), Alerts(off=True, quiet_from=0, quiet_to=0), Alerts(snoozed_until=NOW)])
def test_how_one_is_told_is_shown_with_buttons_to_change_it(t: Text, found: Alerts) -> None:
    message = alerts_view.alerts(found, "Asia/Tokyo", datetime(2026, 11, 1, tzinfo=UTC), t)
    judge(message)
    (row,) = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    switch = "settings alerts on" if found.off else "settings alerts off"
    assert [(one["action_id"], one.get("value")) for one in row][1:] == [("open.quiet", None)]
    assert row[0]["value"] == switch
