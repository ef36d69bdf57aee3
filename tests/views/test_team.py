from dataclasses import replace
from datetime import date

import pytest

from bot.budget import Budget, BudgetScope
from bot.periods import Cadence
from bot.reports.rate_limits import plan
from bot.reports.reconcile import Comparison
from bot.reports.spend import TeamSummary, team_summary
from bot.reports.team_models import team_models
from bot.text import load_texts
from bot.usage import CostMetric, DayState, MachineSpend, Owner, Plan, TeamRow, TeamUsage, Tokens
from bot.views import team
from tests.block_kit import judge, rows, seen
from tests.usage_rows import DOLLAR, MONTH, NOW, settled, spend, standing

EN = load_texts().by_language["en"]


def usage(
    members: int, machines: int = 0, nobody: int = 0, *, month: int = 11, machine_rows: tuple[MachineSpend, ...] = ()
) -> TeamUsage:
    owned = ((Owner.MEMBER, members), (Owner.MACHINE, machines), (Owner.UNATTRIBUTED, nobody))
    return TeamUsage(
        rows=tuple(
            TeamRow(owner=owner, spend=spend(date(2026, month, 2), dollars * DOLLAR))
            for owner, dollars in owned
            if dollars
        ),
        active_members=7,
        active_member_days=10,
        machines=machine_rows,
    )


def machine(name: str, owner: str, dollars: int, plan: Plan = Plan.PAY_PER_TOKEN) -> MachineSpend:
    return MachineSpend(
        name=name, owner_name=owner, cost_nanos=dollars * DOLLAR, plan=plan, cost_metric=CostMetric.LIST
    )


def report(now: TeamUsage, before: TeamUsage | None = None) -> TeamSummary:
    return team_summary(now, before or TeamUsage(), MONTH, settled())


def test_the_text_alone_says_total_trend_people_and_average() -> None:
    message = team.summary(report(usage(80, 15, 5), usage(50, month=10)), EN)
    assert message.text == (
        "The team's Claude Code spend, Nov 1–22, 2026: $100.00. "
        "100% more than in the previous period (Oct 1–22, 2026: $50.00). "
        "7 active members (before: 7). Members spend $8.00 per active day."
    )
    judge(message)


def test_the_parts_are_shown_and_add_up() -> None:
    text = seen(team.summary(report(usage(80, 15, 5, machine_rows=(machine("nightly", "Ada", 15),))), EN))
    for part in ("Members\n$80.00", "Machines\n$15.00", "Not attributed\n$5.00", "*$100.00*"):
        assert part in text


def test_the_average_stands_beside_the_vendors_dated_figure() -> None:
    text = seen(team.summary(report(usage(80)), EN))
    assert "Members spend $8.00 per active day." in text
    assert "page (Aug 2026) says: $13.00 per developer and active day on average, nine of ten under $30.00." in text


def test_a_machine_stands_with_whom_to_ask_about_it() -> None:
    machines = (machine("ci-review-bot", "森 はるか", 12), machine("nightly", "Quinn <!channel> *O'Brien* & co", 3))
    message = team.summary(report(usage(80, 15, machine_rows=machines)), EN)
    assert rows(message) == [
        ["Machine", "Ask", "Spend"],
        ["ci-review-bot", "森 はるか", "$12.00"],
        ["nightly", "Quinn ‹!channel› *O'Brien* & co", "$3.00"],
        ["Total", "–", "$15.00"],
    ]
    judge(message)


def test_a_machines_subscription_use_has_a_column_of_its_own() -> None:
    machines = (machine("ci", "Chloé", 12), machine("ci", "Chloé", 5, Plan.SUBSCRIPTION))
    message = team.summary(report(usage(80, 12, machine_rows=machines)), EN)
    assert rows(message)[1] == ["ci", "Chloé", "$12.00", "$5.00"]


def test_without_machines_there_is_no_table_of_them() -> None:
    assert "data_table" not in [block["type"] for block in team.summary(report(usage(80)), EN).blocks]


@pytest.mark.parametrize(("nobody", "hint"), [(0, False), (1, True)])
def test_unattributed_use_is_explained_where_there_is_some(nobody: int, hint: bool) -> None:
    assert ("that nobody claimed" in seen(team.summary(report(usage(80, 0, nobody)), EN))) is hint


def test_a_past_with_days_never_read_is_not_compared_and_its_people_not_counted() -> None:
    footing = settled(MONTH, standing(date(2026, 10, 9), DayState.MISSING))
    text = team.summary(team_summary(usage(80), usage(50, month=10), MONTH, footing), EN).text
    assert "(Oct 1–22, 2026) lacks 1 day that was never read, so the totals are not compared." in text
    assert "7 active members." in text


def test_a_plan_names_the_row_the_total_and_that_limits_are_the_organizations() -> None:
    message = team.plan(plan(200), EN)
    assert message.text == (
        "For 200 people: 3,000,000 to 4,000,000 tokens and 74 to 94 requests a minute for the organization."
    )
    assert rows(message) == [
        ["Team size", "Tokens a minute per person", "Requests a minute per person"],
        ["1–5", "200,000 to 300,000", "5 to 7"],
        ["5–20", "100,000 to 150,000", "2.5 to 3.5"],
        ["20–50", "50,000 to 75,000", "1.25 to 1.75"],
        ["50–100", "25,000 to 35,000", "0.62 to 0.87"],
        ["100–500 (yours)", "15,000 to 20,000", "0.37 to 0.47"],
        ["500+", "10,000 to 15,000", "0.25 to 0.35"],
    ]
    for word in ("apply to the organization, not to each person", "live training", "small pilot group", "Aug 2026"):
        assert word in seen(message)
    judge(message)


def test_a_plan_for_one_is_for_one_person() -> None:
    assert team.plan(plan(1), EN).text.startswith("For 1 person: 200,000 to 300,000 tokens and 5 to 7 requests")


def limit(scope: BudgetScope, dollars: int) -> Budget:
    return Budget(
        budget_id=1,
        scope=scope,
        cadence=Cadence.MONTHLY,
        limit_nanos=dollars * DOLLAR,
        version=1,
        set_by="U0CHLOE",
        set_at=NOW,
    )


def test_the_teams_budget_and_the_vendors_limit_stand_beside_the_spend() -> None:
    limits = [limit(BudgetScope.TEAM, 100), limit(BudgetScope.WORKSPACE, 1_000)]
    text = seen(team.summary(report(usage(80)), EN, limits=limits))
    assert "The team's monthly budget: 80% of $100.00 used." in text
    assert "8% of $1,000.00 used." in text


def test_a_subscriptions_use_is_in_a_budget_that_counts_it_and_in_no_other() -> None:
    covered = TeamRow(owner=Owner.MEMBER, spend=replace(spend(cost_nanos=15 * DOLLAR), plan=Plan.SUBSCRIPTION))
    used = replace(usage(80), rows=(*usage(80).rows, covered))
    counting = replace(limit(BudgetScope.TEAM, 100), plans=frozenset(Plan))
    text = seen(team.summary(report(used), EN, limits=[counting, limit(BudgetScope.WORKSPACE, 1_000)]))
    assert "The team's monthly budget: 95% of $100.00 used." in text
    assert "8% of $1,000.00 used." in text


def by_model(people: int) -> tuple[TeamSummary, TeamUsage]:
    tokens = Tokens(output_tokens=1_234)
    rows = tuple(
        TeamRow(owner=Owner.MEMBER, spend=spend(cost_nanos=dollars * DOLLAR, model=model, tokens=tokens))
        for model, dollars in (("claude-opus-5-5", 75), ("claude-sonnet-5-5", 15), ("claude-haiku-5", 10))
    )
    many = {"claude-opus-5-5": 5, "claude-sonnet-5-5": 5, "claude-haiku-5": people}
    used = TeamUsage(rows=rows, members_by_model=many, active_members=5)
    return report(used), used


def test_the_table_by_model_has_tokens_and_adds_up() -> None:
    shown, used = by_model(5)
    message = team.models(shown, team_models(used, shown), EN)
    assert rows(message)[1:] == [
        ["claude-opus-5-5", "$75.00", "75%", "0", "1,234", "0", "0"],
        ["claude-sonnet-5-5", "$15.00", "15%", "0", "1,234", "0", "0"],
        ["claude-haiku-5", "$10.00", "10%", "0", "1,234", "0", "0"],
        ["Total", "$100.00", "100%", "0", "3,702", "0", "0"],
    ]
    assert "claude-opus-5-5: $75.00, claude-sonnet-5-5: $15.00" in message.text
    judge(message)


def test_models_of_few_people_are_one_row_whose_tokens_nobody_can_work_out() -> None:
    shown, used = by_model(4)
    message = team.models(shown, team_models(used, shown), EN)
    assert rows(message)[1:] == [
        ["claude-opus-5-5", "$75.00", "75%", "0", "1,234", "0", "0"],
        ["2 other models", "$25.00", "25%", "–", "–", "–", "–"],
        ["Total", "$100.00", "100%", "–", "–", "–", "–"],
    ]
    assert "Models that fewer than 5 people used are shown as one" in seen(message)
    assert "haiku" not in message.text + seen(message)
    judge(message)


def test_where_no_model_was_used_by_many_only_the_total_is_said() -> None:
    used = TeamUsage(rows=(TeamRow(owner=Owner.MEMBER, spend=spend(cost_nanos=10 * DOLLAR)),))
    message = team.models(report(used), team_models(used, report(used)), EN)
    assert message.text == "The team's Claude Code spend, Nov 1–22, 2026: $10.00."
    judge(message)


def test_days_are_the_organizations_the_newest_first_and_an_unread_day_is_not_zero() -> None:
    unread = standing(date(2026, 11, 21), DayState.MISSING)
    found = team_summary(usage(80, 15, 5), TeamUsage(), MONTH, settled(MONTH, unread))
    message = team.days(found, EN)
    lines = rows(message)
    assert lines[0] == ["Day (UTC)", "Spend", "State"]
    assert lines[1] == ["Sun, Nov 22, 2026", "$0.00", "settled"]
    assert lines[2] == ["Sat, Nov 21, 2026", "not read yet", "not read yet"]
    assert lines[-2:] == [["Sun, Nov 1, 2026", "$0.00", "settled"], ["Total", "$100.00", "–"]]
    assert ["Mon, Nov 2, 2026", "$100.00", "settled"] in lines
    assert "$100.00" in message.text
    judge(message)


def test_what_a_subscription_was_worth_on_a_day_is_not_told() -> None:
    rows_of_one = (TeamRow(owner=Owner.MEMBER, spend=spend(cost_nanos=7 * DOLLAR, plan=Plan.SUBSCRIPTION)),)
    table = next(
        block
        for block in team.days(report(TeamUsage(rows=(*usage(80).rows, *rows_of_one))), EN).blocks
        if block["type"] == "data_table"
    )
    assert "$7.00" not in str(table)


def test_the_footer_says_whether_the_organizations_cost_report_agrees() -> None:
    comparison = Comparison(
        days=(date(2026, 11, 1), date(2026, 11, 2)),
        own_nanos=1_000 * DOLLAR,
        report_nanos=997 * DOLLAR,
        estimated_nanos=0,
        parts=(),
        unexplained_nanos=3 * DOLLAR,
    )
    ground = replace(settled(), comparison=comparison)
    message = team.summary(team_summary(usage(80), TeamUsage(), MONTH, ground), EN)
    assert "Matches the organization's cost report within 0.3% (Nov 1–2)." in str(message.blocks[-1])
    assert "cost report" not in str(team.summary(report(usage(80)), EN).blocks[-1])


def test_every_answer_about_the_team_leads_on() -> None:
    (buttons,) = (
        block["elements"] for block in team.summary(report(usage(80)), EN).blocks if block["type"] == "actions"
    )
    assert [(one["action_id"], one["value"]) for one in buttons] == [
        ("team.models", "team models month"),
        ("team.days", "team days month"),
        ("team.plan", "team plan"),
        ("team.groups", "team groups"),
        ("team.about", "team about month"),
    ]
