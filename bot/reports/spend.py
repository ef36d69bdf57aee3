"""What was spent: by one member, by the organization."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

from bot.money import rounded_parts
from bot.periods import ChargePeriod, previous
from bot.reports.footing import Footing
from bot.reports.parts import (
    Change,
    DaySpend,
    MetricCost,
    ModelSpend,
    average,
    by_day,
    by_metric,
    by_model,
    models_to_the_cent,
    owed,
    percent,
    subscription_value,
    with_changes,
    without_few,
)
from bot.usage import Activity, MemberUsage, Owner, Plan, SpendRow, TeamUsage, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The period before, for comparison with one's own past."""

    period: ChargePeriod
    cost_nanos: int | None
    """Pay per token. None: no such use, or days were never read, so that two totals say nothing."""
    per_active_day_nanos: int | None
    """None: no such use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSummary:
    """One member's use in a period. Amounts are pay per token unless they say otherwise."""

    period: ChargePeriod
    footing: Footing
    cost_nanos: int
    by_metric: tuple[MetricCost, ...]
    subscription_nanos: int | None
    """API-equivalent value of subscription use, in no total. None: there was none."""
    active_days: int
    per_active_day_nanos: int | None
    before: Before
    by_model: tuple[ModelSpend, ...]
    by_day: tuple[DaySpend, ...]
    tokens: Tokens
    cache_read_percent: int | None
    """Cache reads of all prompt tokens; None: no prompts were seen."""
    activity: Activity | None
    """None: no source tells what came of it."""
    edits_accepted_percent: int | None
    """None: no edit was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTotal:
    """A machine's use, with whom to ask about it."""

    name: str
    owner_name: str
    cost_nanos: int
    subscription_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSummary:
    """The organization's use in a period. `members + machines + unattributed` is `cost_nanos`, exactly."""

    period: ChargePeriod
    footing: Footing
    cost_nanos: int
    by_metric: tuple[MetricCost, ...]
    subscription_nanos: int | None
    """API-equivalent value of subscription use, in no total. None: there was none."""
    members_nanos: int
    machines_nanos: int
    unattributed_nanos: int
    active_members: int
    per_active_day_nanos: int | None
    """What members spent per pair of member and day with use: machines have no working days."""
    before: Before
    before_active_members: int
    by_model: tuple[ModelSpend, ...]
    people_by_model: Mapping[str, int]
    by_day: tuple[DaySpend, ...]
    machines: tuple[MachineTotal, ...]
    """The dearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTeam:
    """What everybody may see of a team, in whole cents that add up to the total as it is shown."""

    members_nanos: int
    machines_nanos: int
    unattributed_nanos: int
    machines: tuple[MachineTotal, ...]
    by_model: tuple[ModelSpend, ...]
    """Pay per token only, and without the models of few people."""
    other_models: int
    """How many are left out for that reason."""
    other_models_nanos: int


def member_summary(
    usage: MemberUsage, before: MemberUsage, period: ChargePeriod, footing: Footing, changes: Iterable[Change] = ()
) -> MemberSummary:
    """Sum up one member's use; `before` is the use in `periods.previous(period)`, `changes` what was restated of it."""
    rows = usage.rows
    tokens = reduce(add, (row.tokens for row in rows), Tokens())
    activity = reduce(add, usage.activity_by_day.values()) if usage.activity_by_day else None
    return MemberSummary(
        period=period,
        footing=footing,
        cost_nanos=owed(rows),
        by_metric=by_metric(rows),
        subscription_nanos=subscription_value(rows),
        active_days=_active_days(usage),
        per_active_day_nanos=average(owed(rows), _active_days(usage)),
        before=_before(before.rows, rows, average(owed(before.rows), _active_days(before)), period, footing),
        by_model=by_model(rows),
        by_day=with_changes(by_day(rows, footing), changes),
        tokens=tokens,
        cache_read_percent=percent(tokens.cache_read_input_tokens, tokens.prompt_tokens),
        activity=activity,
        edits_accepted_percent=(
            percent(activity.edits_accepted, activity.edits_accepted + activity.edits_rejected) if activity else None
        ),
    )


def team_summary(
    usage: TeamUsage, before: TeamUsage, period: ChargePeriod, footing: Footing, changes: Iterable[Change] = ()
) -> TeamSummary:
    """Sum up the organization's use; `before` is the use in `periods.previous(period)`, `changes` what was restated."""
    rows = [row.spend for row in usage.rows]
    return TeamSummary(
        period=period,
        footing=footing,
        cost_nanos=owed(rows),
        by_metric=by_metric(rows),
        subscription_nanos=subscription_value(rows),
        members_nanos=_owned(usage, Owner.MEMBER),
        machines_nanos=_owned(usage, Owner.MACHINE),
        unattributed_nanos=_owned(usage, Owner.UNATTRIBUTED),
        active_members=usage.active_members,
        per_active_day_nanos=average(_owned(usage, Owner.MEMBER), usage.active_member_days),
        before=_before(
            [row.spend for row in before.rows],
            rows,
            average(_owned(before, Owner.MEMBER), before.active_member_days),
            period,
            footing,
        ),
        before_active_members=before.active_members,
        by_model=by_model(rows),
        people_by_model=usage.members_by_model,
        by_day=with_changes(by_day(rows, footing), changes),
        machines=_machines(usage),
    )


def member_to_the_cent(report: MemberSummary) -> MemberSummary:
    """Round the models' amounts to cents that add up to the total as it is shown."""
    return replace(report, by_model=models_to_the_cent(report.by_model))


def shown_team(report: TeamSummary) -> ShownTeam:
    """Withhold what would tell of single people, and round each split so that it adds up.

    Subscription use by model is left out: of it the organization's one figure is enough.
    """
    machines = [machine.cost_nanos for machine in report.machines]
    members, unattributed, *by_machine = rounded_parts([report.members_nanos, report.unattributed_nanos, *machines])
    paid = [
        replace(one, subscription_nanos=0) for one in report.by_model if one.cost_nanos or not one.subscription_nanos
    ]
    models, others = without_few(paid, report.people_by_model)
    *by_model, rest = rounded_parts(
        [*(one.cost_nanos for one in models), report.cost_nanos - sum(one.cost_nanos for one in models)]
    )
    return ShownTeam(
        members_nanos=members,
        machines_nanos=sum(by_machine),
        unattributed_nanos=unattributed,
        machines=tuple(replace(one, cost_nanos=cost) for one, cost in zip(report.machines, by_machine, strict=True)),
        by_model=tuple(replace(one, cost_nanos=cost) for one, cost in zip(models, by_model, strict=True)),
        other_models=others,
        other_models_nanos=rest,
    )


def _active_days(usage: MemberUsage) -> int:
    """Days with use that is paid per token: the same days by which the organization's average is divided."""
    return len({row.usage_date for row in usage.rows if row.plan is Plan.PAY_PER_TOKEN})


def _owned(usage: TeamUsage, owner: Owner) -> int:
    return owed(row.spend for row in usage.rows if row.owner is owner)


def _before(
    past: Sequence[SpendRow],
    rows: Sequence[SpendRow],
    per_active_day: int | None,
    period: ChargePeriod,
    footing: Footing,
) -> Before:
    """Both figures are None where amounts of other kinds were summed: they cannot be compared."""
    metrics = {part.cost_metric for part in by_metric(past)}
    comparable = bool(metrics) and metrics == {part.cost_metric for part in by_metric(rows)}
    return Before(
        period=previous(period),
        cost_nanos=owed(past) if comparable and not footing.missing_before else None,
        per_active_day_nanos=per_active_day if comparable else None,
    )


def _machines(usage: TeamUsage) -> tuple[MachineTotal, ...]:
    costs: dict[tuple[str, str], dict[Plan, int]] = defaultdict(lambda: dict.fromkeys(Plan, 0))
    for machine in usage.machines:
        costs[machine.name, machine.owner_name][machine.plan] += machine.cost_nanos
    totals = (
        MachineTotal(
            name=name, owner_name=owner, cost_nanos=cost[Plan.PAY_PER_TOKEN], subscription_nanos=cost[Plan.SUBSCRIPTION]
        )
        for (name, owner), cost in costs.items()
    )
    return tuple(sorted(totals, key=lambda total: (-total.cost_nanos, total.name, total.owner_name)))
