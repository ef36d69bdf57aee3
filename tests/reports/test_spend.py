from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.spend import MachineTotal, member_summary, team_summary
from bot.usage import (
    Activity,
    CostMetric,
    DayState,
    MachineSpend,
    MemberUsage,
    Owner,
    Plan,
    TeamRow,
    TeamUsage,
    Tokens,
)
from tests.usage_rows import CENT, DOLLAR, MONTH, settled, spend, standing, with_activity

NOBODY = MemberUsage()


def test_a_member_is_compared_with_their_own_past_per_active_day() -> None:
    now = MemberUsage(rows=(spend(date(2026, 11, 2), 30 * DOLLAR), spend(date(2026, 11, 3), 10 * DOLLAR)))
    past = MemberUsage(rows=(spend(date(2026, 10, 2), 5 * DOLLAR),))
    report = member_summary(now, past, MONTH, settled())
    assert (report.active_days, report.per_active_day_nanos) == (2, 20 * DOLLAR)
    assert report.before.per_active_day_nanos == 5 * DOLLAR
    assert (report.before.period.start, report.before.period.last) == (date(2026, 10, 1), date(2026, 10, 22))


def test_an_active_day_is_one_with_use_that_is_paid_per_token() -> None:
    report = member_summary(
        with_activity([spend(date(2026, 11, 2))], {date(2026, 11, 3): Activity(sessions=1)}), NOBODY, MONTH, settled()
    )
    assert report.active_days == 1


def test_without_a_past_there_is_nothing_to_compare_with_and_not_zero() -> None:
    report = member_summary(MemberUsage(rows=(spend(),)), NOBODY, MONTH, settled())
    assert report.before.cost_nanos is None
    assert report.before.per_active_day_nanos is None


def test_amounts_of_different_kinds_are_not_compared() -> None:
    past = MemberUsage(rows=(spend(date(2026, 10, 2), metric=CostMetric.EFFECTIVE),))
    report = member_summary(MemberUsage(rows=(spend(),)), past, MONTH, settled())
    assert report.before.per_active_day_nanos is None


def test_a_total_of_two_kinds_keeps_its_parts() -> None:
    rows = (spend(cost_nanos=DOLLAR), spend(cost_nanos=CENT, metric=CostMetric.EFFECTIVE))
    report = member_summary(MemberUsage(rows=rows), NOBODY, MONTH, settled())
    assert report.cost_nanos == DOLLAR + CENT
    assert {part.cost_metric: part.cost_nanos for part in report.by_metric} == {
        CostMetric.LIST: DOLLAR,
        CostMetric.EFFECTIVE: CENT,
    }


def test_subscription_use_is_a_line_of_its_own() -> None:
    rows = (spend(), spend(cost_nanos=7 * DOLLAR, plan=Plan.SUBSCRIPTION))
    report = member_summary(MemberUsage(rows=rows), NOBODY, MONTH, settled())
    assert (report.cost_nanos, report.subscription_nanos) == (DOLLAR, 7 * DOLLAR)
    assert member_summary(MemberUsage(rows=rows[:1]), NOBODY, MONTH, settled()).subscription_nanos is None


def test_the_cache_share_is_of_all_prompt_tokens_and_output_is_none_of_them() -> None:
    tokens = Tokens(
        uncached_input_tokens=10, cache_read_input_tokens=80, cache_creation_input_tokens=10, output_tokens=900
    )
    report = member_summary(MemberUsage(rows=(spend(tokens=tokens),)), NOBODY, MONTH, settled())
    assert report.cache_read_percent == 80
    assert member_summary(MemberUsage(rows=(spend(),)), NOBODY, MONTH, settled()).cache_read_percent is None


def test_what_no_source_tells_is_unknown_and_not_zero() -> None:
    silent = member_summary(MemberUsage(rows=(spend(),)), NOBODY, MONTH, settled())
    assert silent.activity is None
    told = member_summary(
        with_activity([], {date(2026, 11, 2): Activity(edits_accepted=3, edits_rejected=1)}), NOBODY, MONTH, settled()
    )
    assert told.activity is not None
    assert told.activity.active_seconds is None
    assert told.edits_accepted_percent == 75


PARTS = st.lists(st.tuples(st.sampled_from(Owner), st.sampled_from(Plan), st.integers(0, 10**15)), max_size=30)


@given(PARTS)
def test_members_machines_and_unattributed_are_the_total(parts: list[tuple[Owner, Plan, int]]) -> None:
    rows = tuple(TeamRow(owner=owner, spend=spend(cost_nanos=cost, plan=plan)) for owner, plan, cost in parts)
    report = team_summary(TeamUsage(rows=rows), TeamUsage(), MONTH, settled())
    paid = {owner: [c for o, p, c in parts if o is owner and p is Plan.PAY_PER_TOKEN] for owner in Owner}
    assert report.members_nanos == sum(paid[Owner.MEMBER])
    assert report.machines_nanos == sum(paid[Owner.MACHINE])
    assert report.unattributed_nanos == sum(paid[Owner.UNATTRIBUTED])
    assert report.cost_nanos == report.members_nanos + report.machines_nanos + report.unattributed_nanos
    assert (report.subscription_nanos or 0) == sum(c for _, p, c in parts if p is Plan.SUBSCRIPTION)


def test_the_average_is_of_people_and_their_days_without_machines() -> None:
    rows = (
        TeamRow(owner=Owner.MEMBER, spend=spend(cost_nanos=10 * DOLLAR)),
        TeamRow(owner=Owner.MACHINE, spend=spend(cost_nanos=90 * DOLLAR)),
    )
    report = team_summary(TeamUsage(rows=rows, active_member_days=3), TeamUsage(), MONTH, settled())
    assert report.per_active_day_nanos == round(Fraction(10 * DOLLAR, 3))
    assert team_summary(TeamUsage(rows=rows), TeamUsage(), MONTH, settled()).per_active_day_nanos is None


def test_totals_are_not_compared_when_days_of_the_past_were_never_read() -> None:
    past = TeamUsage(rows=(TeamRow(owner=Owner.MEMBER, spend=spend(date(2026, 10, 2))),), active_member_days=1)
    now = TeamUsage(rows=(TeamRow(owner=Owner.MEMBER, spend=spend()),), active_member_days=1)
    whole = team_summary(now, past, MONTH, settled())
    gappy = team_summary(now, past, MONTH, settled(MONTH, standing(date(2026, 10, 5), DayState.MISSING)))
    assert whole.before.cost_nanos == DOLLAR
    assert gappy.before.cost_nanos is None
    assert gappy.before.per_active_day_nanos == DOLLAR  # an average over the days that are known still holds


def test_a_machine_is_one_row_however_it_was_paid_for() -> None:
    def machine(name: str, dollars: int, plan: Plan = Plan.PAY_PER_TOKEN) -> MachineSpend:
        return MachineSpend(
            name=name, owner_name="Chloé", cost_nanos=dollars * DOLLAR, plan=plan, cost_metric=CostMetric.LIST
        )

    usage = TeamUsage(machines=(machine("ci", 1), machine("ci", 4, Plan.SUBSCRIPTION), machine("docs", 3)))
    assert team_summary(usage, TeamUsage(), MONTH, settled()).machines == (
        MachineTotal(name="docs", owner_name="Chloé", cost_nanos=3 * DOLLAR, subscription_nanos=0),
        MachineTotal(name="ci", owner_name="Chloé", cost_nanos=DOLLAR, subscription_nanos=4 * DOLLAR),
    )
