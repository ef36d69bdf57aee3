"""`/ccost team`: the organization's figures. No names of people but of those to ask about a machine."""

from collections.abc import Sequence
from decimal import Decimal

from bot.budget import Budget
from bot.reports import benchmarks
from bot.reports.parts import FEWEST_PEOPLE
from bot.reports.rate_limits import EDITION, ROWS, RatePlan, RateRow
from bot.reports.spend import MachineTotal, ShownTeam, TeamSummary, shown_team
from bot.text import Text
from bot.views.blocks import Message, context, escape, fields, header, plain, prose, section
from bot.views.figures import Cell, amount_cell, data_table, word_cell
from bot.views.limits import Block
from bot.views.shared import change_line, chart, footer, models, total_lines


def summary(report: TeamSummary, t: Text, *, limits: Sequence[Budget] = ()) -> Message:
    """Answer `/ccost team [period]`. The top-level text carries the total.

    `limits` are those of the organization for this very period: its budget, and what the vendor's workspace has.
    """
    shown = shown_team(report)
    span = t.span(report.period.start, report.period.last)
    lines = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    about = [_trend(report, t), _members(report, t)]
    if report.per_active_day_nanos is not None:
        about.append(t("team.average", average=t.usd(report.per_active_day_nanos)))
    about += [_limit(one, report.cost_nanos, t) for one in limits if one.limit_nanos]
    return Message(
        escape(t.sentences_of([t("team.text", cost=t.usd(report.cost_nanos), span=span), *about, *lines[1:]])),
        [
            header(t("team.title")),
            section("\n".join([lines[0], *about, *lines[1:], _benchmark(t)])),
            section(t("team.parts")),
            fields(_parts(shown, t)),
            *_machines(shown, t),
            *([context(t("team.unattributed"))] if report.unattributed_nanos else []),
            *models(
                shown.by_model,
                report.cost_nanos,
                t,
                left_out=shown.other_models,
                left_out_nanos=shown.other_models_nanos,
            ),
            *([context(t("team.few", n=FEWEST_PEOPLE))] if shown.other_models else []),
            *chart(report.by_day, t),
            footer(report.footing, report.by_metric, t),
        ],
    )


def plan(plan: RatePlan, t: Text) -> Message:
    """Answer `/ccost team plan [N]`: the vendor's table, with the total for N people."""
    values = {
        "n": plan.people,
        "low_tpm": plan.low_tpm,
        "high_tpm": plan.high_tpm,
        "low_rpm": _decimal(plan.low_rpm),
        "high_rpm": _decimal(plan.high_rpm),
    }
    return Message(
        escape(t("plan.text", **values)),
        [
            header(t("plan.title", n=plan.people)),
            prose(t("plan.total", **values, size=plan.row.size)),
            data_table(
                t("plan.caption"),
                [t("plan.size"), t("plan.tpm"), t("plan.rpm")],
                [_rate_row(row, t, is_theirs=row is plan.row) for row in ROWS],
                rest=lambda _: [],
            ),
            section("\n".join([t("plan.organization"), t("plan.training"), t("plan.pilot")])),
            context(t("plan.source", month=t.month(EDITION))),
        ],
    )


def _limit(budget: Budget, cost_nanos: int, t: Text) -> str:
    """Show how much is used, in whole percent rounded down: 100 means that the limit is reached."""
    limit = budget.limit_nanos or 1
    name = t(f"budget.name.{budget.scope}.{budget.cadence}")
    return t("team.limit", name=name, percent=cost_nanos * 100 // limit, limit=t.usd(limit))


def _trend(report: TeamSummary, t: Text) -> str:
    span = t.span(report.before.period.start, report.before.period.last)
    if report.footing.missing_before:
        return t("team.trend.gaps", n=report.footing.missing_before, span=span)
    before = report.before.cost_nanos
    return change_line("team.trend", report.cost_nanos, before, t, span=span, cost=t.usd(before or 0))


def _members(report: TeamSummary, t: Text) -> str:
    """Count heads; the past's only where it was fully read, since missing is not zero."""
    if report.before.cost_nanos is None:
        return t("team.members", n=report.active_members)
    return t("team.members_before", n=report.active_members, before=report.before_active_members)


def _benchmark(t: Text) -> str:
    newest = benchmarks.newest()
    return t(
        "team.benchmark",
        average=t.usd(newest.average_nanos),
        ninety=t.usd(newest.ninety_percent_under_nanos),
        month=t.month(newest.edition),
    )


def _parts(report: ShownTeam, t: Text) -> list[str]:
    return [
        f"{t('team.part_members')}\n{t.usd(report.members_nanos)}",
        f"{t('team.part_machines')}\n{t.usd(report.machines_nanos)}",
        f"{t('team.part_unattributed')}\n{t.usd(report.unattributed_nanos)}",
    ]


def _machines(report: ShownTeam, t: Text) -> list[Block]:
    found = report.machines
    if not found:
        return []
    with_value = any(machine.subscription_nanos for machine in found)
    head = ["machine", "owner", "spend", *["subscription"] * with_value]
    return [
        data_table(
            t("team.machines"),
            [t(f"table.{name}") for name in head],
            [_machine_row(plain(one.name), plain(one.owner_name), [one], with_value=with_value) for one in found],
            rest=lambda n: _machine_row(
                t("figures.other_machines", n=len(found) - n), "–", found[n:], with_value=with_value
            ),
            total=_machine_row(t("figures.total_row"), "–", found, with_value=with_value),
        )
    ]


def _machine_row(name: str, owner: str, found: Sequence[MachineTotal], *, with_value: bool) -> list[Cell]:
    row = [word_cell(name), word_cell(owner), amount_cell(sum(machine.cost_nanos for machine in found))]
    return [*row, amount_cell(sum(machine.subscription_nanos for machine in found))] if with_value else row


def _rate_row(row: RateRow, t: Text, *, is_theirs: bool) -> list[Cell]:
    return [
        word_cell(t("plan.this_size", size=row.size) if is_theirs else row.size),
        word_cell(t("plan.range", low=row.low_tpm, high=row.high_tpm)),
        word_cell(t("plan.range", low=_decimal(row.low_rpm), high=_decimal(row.high_rpm))),
    ]


def _decimal(value: Decimal) -> str:
    """Show no zeros that say nothing: 2.50 is 2.5, 100.00 is 100."""
    return f"{value.normalize():,f}"
