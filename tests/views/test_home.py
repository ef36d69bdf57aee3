"""The Home tab as a value: what it says, what it leaves out, and that Slack takes it at its longest."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from slackblocks._surfaces import validate_surface_blocks

from bot.budget import Alerts, Budget, BudgetScope, LineKey
from bot.demo.workspace.blockkit_views import view_problems
from bot.errors import UserError
from bot.periods import Cadence, around
from bot.reports.home import LikelyEnd
from bot.reports.lines import LineReport
from bot.reports.pace import Pace
from bot.reports.spend import MemberSummary, member_summary
from bot.schedule import Schedule
from bot.text import Text, load_texts
from bot.usage import DayState, MemberUsage, Plan
from bot.views import home as view
from bot.views import said
from bot.views.blocks import Message, header, prose
from bot.views.home import Charge, Home, LedGroup, Month
from bot.views.preferences import Preferences
from tests.block_kit import seen
from tests.usage_rows import DOLLAR, MONTH, NOW, settled, spend, standing

TEXTS = load_texts().by_language
EN = TEXTS["en"]
TODAY = date(2026, 11, 22)
HOSTILE = "<!channel> *x* `y`"
FOR_MANY = (BudgetScope.DEFAULT, BudgetScope.TEAM, BudgetScope.WORKSPACE)
SETTINGS = Preferences(
    language=None, alerts=Alerts(), zone="Europe/Paris", tips_off=False, in_pilot=None, for_admin=False
)


def report(*, missing: int = 0, plan: Plan = Plan.PAY_PER_TOKEN) -> MemberSummary:
    rows = tuple(spend(date(2026, 11, day), 20 * DOLLAR, plan=plan, model=f"model {day}") for day in range(2, 20))
    odd = [standing(date(2026, 11, 19 + n), DayState.MISSING) for n in range(missing)]
    return member_summary(MemberUsage(rows=rows), MemberUsage(), MONTH, settled(MONTH, *odd))


def line(percent: int, scope: BudgetScope = BudgetScope.OWN, cadence: Cadence = Cadence.MONTHLY) -> LineReport:
    period = around(cadence, TODAY)
    return LineReport(
        key=LineKey(budget_id=7, period_start=period.start),
        budget=budget(scope, cadence),
        limit_nanos=100 * DOLLAR,
        period=period,
        today=TODAY,
        spent_nanos=percent * DOLLAR,
    )


def budget(scope: BudgetScope, cadence: Cadence = Cadence.MONTHLY) -> Budget:
    return Budget(
        budget_id=7,
        scope=scope,
        cadence=cadence,
        limit_nanos=100 * DOLLAR,
        version=1,
        set_by="U0ADA",
        set_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )


def month(**values: object) -> Month:
    found = Month(
        period=MONTH,
        report=report(),
        pace=Pace(end_nanos=480 * DOLLAR, per_workday_nanos=20 * DOLLAR, workdays_left=6, days_left=9),
        likely=LikelyEnd(low_nanos=450 * DOLLAR, high_nanos=520 * DOLLAR),
        budgets=[line(83)],
    )
    return replace(found, **values)  # type: ignore[arg-type]  # fields of a month


def schedule(number: int, parked: str = "") -> Schedule:
    return Schedule(
        channel_id=f"C{number:03}",
        cadence=Cadence.DAILY,
        minute=545,
        zone="Asia/Tokyo",
        set_by="U1",
        set_at=NOW,
        parked=parked,
    )


def charge(**values: object) -> Charge:
    status = Message("x", [header("x"), *(prose("Last read just now.") for _ in range(4))])
    found = Charge(status=status, limits=[budget(BudgetScope.TEAM)], digests=[schedule(1)])
    return replace(found, **values)  # type: ignore[arg-type]  # fields of a charge


def shown(t: Text = EN, **values: object) -> Message:
    found = Home(month=month(), settings=SETTINGS)
    return view.home(replace(found, **values), NOW, t)  # type: ignore[arg-type]  # fields of a home


def values_of(message: Message) -> dict[str, str]:
    return {
        element["action_id"]: element.get("value", "")
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


def test_the_month_says_total_pace_range_and_budget_in_words_and_numbers() -> None:
    message = shown()
    assert message.text == (
        "Your Claude Code spend, Nov 1–22, 2026: $360.00. "
        "On pace for $480.00 in Nov 2026: $20.00 per working day, 6 working days left, today included. "
        "Going by your last 8 weeks too, it ends between $450.00 and $520.00 with a probability of at least 80%."
    )
    text = seen(message)
    assert "▰▰▰▰▰▰▰▰▱▱ 83%\n$83.00 of $100.00" in text
    assert "As of Nov 22, 14:00 UTC." in text
    assert "Nobody but you sees this page" in text


@pytest.mark.parametrize(
    ("percent", "bar"),
    [(9, "▱" * 10), (10, "▰" + "▱" * 9), (99, "▰" * 9 + "▱"), (100, "▰" * 10), (191, "▰" * 10)],
)
def test_the_bar_is_never_fuller_than_what_is_spent(percent: int, bar: str) -> None:
    assert f"{bar} {percent}%" in seen(shown(month=month(budgets=[line(percent)])))


def test_a_day_that_was_never_read_is_no_day_without_spend_so_there_is_no_pace() -> None:
    text = shown(month=month(report=report(missing=2))).text
    assert "No pace: 2 days of this month were never read." in text
    assert "On pace" not in text


def test_before_the_first_working_day_is_over_it_is_too_early() -> None:
    assert "Too early for a pace." in shown(month=month(pace=None, likely=None)).text


def test_without_a_range_the_pace_stands_alone() -> None:
    text = shown(month=month(likely=None)).text
    assert "On pace for $480.00" in text
    assert "8 weeks" not in text


def test_who_only_used_a_subscription_is_not_told_of_dollars_to_pay() -> None:
    message = shown(month=month(report=report(plan=Plan.SUBSCRIPTION), budgets=[]))
    assert "nothing was paid per token" in message.text
    assert "On pace" not in seen(message)
    assert "$0.00" not in seen(message)


def test_without_a_budget_one_is_offered_and_more_is_not() -> None:
    buttons = values_of(shown(month=month(budgets=[])))
    assert buttons["open.budget"] == "me"
    assert "open.request" not in buttons


@pytest.mark.parametrize(
    ("scope", "more"), [(BudgetScope.OWN, False), (BudgetScope.ASSIGNED, True), (BudgetScope.DEFAULT, True)]
)
def test_who_has_a_limit_of_others_can_ask_for_more(scope: BudgetScope, more: bool) -> None:
    assert ("open.request" in values_of(shown(month=month(budgets=[line(10, scope)])))) is more


@pytest.mark.parametrize("last_seen", [None, date(2026, 10, 5)])
def test_who_has_no_data_sees_no_amount_but_what_there_is_for_them(last_seen: date | None) -> None:
    message = shown(month=Month(period=MONTH, report=None, last_seen=last_seen))
    assert "$" not in seen(message)
    assert {"home.team", "me.tips", "open.budget"} <= set(values_of(message))


def test_a_lead_has_a_button_for_each_group_and_for_its_people_where_that_is_allowed() -> None:
    groups = [LedGroup(name="platform", may_see_people=True), LedGroup(name="design", may_see_people=False)]
    message = shown(groups=groups)
    values = [
        one["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if "value" in one
    ]
    assert {"team platform", "team people platform", "team design"} <= set(values)
    assert "team people design" not in values


@pytest.mark.parametrize(("count", "more"), [(8, False), (9, True)])
def test_more_groups_than_eight_are_counted(count: int, more: bool) -> None:
    text = seen(shown(groups=[LedGroup(name=f"g{n}", may_see_people=True) for n in range(count)]))
    assert ("1 more: " in text) is more


@pytest.mark.parametrize(("count", "more"), [(10, False), (11, True)])
def test_more_digests_than_ten_are_counted(count: int, more: bool) -> None:
    text = seen(shown(charge=charge(digests=[schedule(n) for n in range(count)])))
    assert ("and 1 more" in text) is more
    assert ("<#C010>" in text) is False


def test_an_admin_without_anything_set_up_reads_so() -> None:
    text = seen(shown(charge=charge(limits=[], digests=[])))
    assert "there is no default for members and no budget of the team" in text
    assert "No channel gets a digest yet." in text


def test_whoever_may_not_see_figures_reads_why_and_keeps_their_settings() -> None:
    message = shown(month=None, refusal="access.pilot")
    assert message.text.startswith("ccost is being tried by one group first")
    assert "settings.privacy" in values_of(message)
    assert "$" not in seen(message)


def test_a_refusal_is_one_sentence() -> None:
    message = view.refused(UserError("access.guest"), EN)
    assert message == said("access.guest", {}, EN)


@pytest.mark.parametrize("t", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("native_blocks", [True, False])
def test_slack_takes_it_at_its_longest_in_every_language(t: Text, native_blocks: bool) -> None:
    scopes = (BudgetScope.OWN, BudgetScope.ASSIGNED, BudgetScope.DEFAULT)
    message = shown(
        t,
        month=month(budgets=[line(10**12, scope, cadence) for scope in scopes for cadence in Cadence]),
        settings=replace(SETTINGS, zone=HOSTILE, in_pilot=True),
        groups=[LedGroup(name=HOSTILE * 5, may_see_people=True) for _ in range(50)],
        charge=charge(
            limits=[budget(scope, cadence) for scope in FOR_MANY for cadence in Cadence],
            digests=[schedule(n, "is_archived") for n in range(500)],
            pilot=HOSTILE,
            pilot_since=NOW,
        ),
    )
    framed = view.framed(message, native_blocks=native_blocks)
    assert [str(problem) for problem in view_problems(framed)] == []
    assert len(framed["blocks"]) <= 45
    validate_surface_blocks(framed["blocks"], "home")
    kinds = {block["type"] for block in framed["blocks"]}
    assert ("data_visualization" in kinds) is native_blocks
    assert "<!channel>" not in seen(message)
