"""`/ccost team`: the organization's figures. No names of people but of those to ask about a machine."""

from collections.abc import Sequence
from decimal import Decimal

from bot.budget import Budget
from bot.reports import benchmarks
from bot.reports.parts import FEWEST_PEOPLE, ModelSpend, percent
from bot.reports.rate_limits import EDITION, ROWS, RatePlan, RateRow
from bot.reports.spend import MachineTotal, ShownTeam, TeamSummary, shown_team
from bot.reports.team_models import TeamModels
from bot.text import Text
from bot.usage import Plan
from bot.views.blocks import Message, actions, button, context, escape, fields, header, plain, prose, quote, section
from bot.views.figures import Cell, amount_cell, data_table, number_cell, word_cell
from bot.views.limits import Block
from bot.views.share import share_button
from bot.views.shared import chart, day_row, days_row, footer, team_trend, total_lines
from bot.views.shared import models as model_parts

_TOKENS = ("input", "output", "cache_read", "cache_written")
# The last columns of the table by model.


def summary(report: TeamSummary, t: Text, *, limits: Sequence[Budget] = (), may_share: bool = False) -> Message:
    """Answer `/ccost team [period]`. The top-level text carries the total.

    `limits` are those of the organization for this very period: its budget, and what the vendor's workspace has.
    `may_share`: it is asked in a channel, where the total could be shown.
    """
    shown = shown_team(report)
    span = t.span(report.period.start, report.period.last)
    lines = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    about = [team_trend(report, t), _members(report, t)]
    if report.per_active_day_nanos is not None:
        about.append(t("team.average", average=t.usd(report.per_active_day_nanos)))
    about += [_limit(one, _counted(one, report), t) for one in limits if one.limit_nanos]
    return Message(
        escape(t.sentences_of([t("team.text", cost=t.usd(report.cost_nanos), span=span), *about, *lines[1:]])),
        [
            header(t("team.title")),
            section("\n".join([lines[0], *about, *lines[1:], _benchmark(t)])),
            section(t("team.parts")),
            fields(_parts(shown, t)),
            *_machines(shown, t),
            *([context(t("team.unattributed"))] if report.unattributed_nanos else []),
            *model_parts(
                shown.by_model,
                report.cost_nanos,
                t,
                left_out=shown.other_models,
                left_out_nanos=shown.other_models_nanos,
            ),
            *([context(t("team.few", n=FEWEST_PEOPLE))] if shown.other_models else []),
            *chart(report.by_day, t),
            actions([*([share_button("team", report.period, t)] if may_share else []), *_more(report, t)]),
            footer(report.footing, report.by_metric, t),
        ],
    )


def models(report: TeamSummary, found: TeamModels, t: Text) -> Message:
    """Answer `/ccost team models [period]`. Models that few people used are one row, without tokens."""
    span = _span(report, t)
    rows = [_model_row(plain(one.model), [one], report, t) for one in found.shown]
    if found.other_models:
        rows.append(_sum_row(t("figures.other_models", n=found.other_models), found.other_nanos, report, t))
    whole = t("figures.total_row")
    table = data_table(
        t("team.models.title"),
        [t(f"table.{name}") for name in ("model", "spend", "share", *_TOKENS)],
        rows,
        rest=lambda n: _sum_row(
            t("figures.other_models", n=len(found.shown) - n + found.other_models),
            sum(one.cost_nanos for one in found.shown[n:]) + found.other_nanos,
            report,
            t,
        ),
        total=(
            _model_row(whole, found.shown, report, t)
            if found.has_token_total
            else _sum_row(whole, report.cost_nanos, report, t)
        ),
    )
    parts = [t("format.labelled", label=quote(one.model), value=t.usd(one.cost_nanos)) for one in found.shown[:3]]
    text = t("team.text", cost=t.usd(report.cost_nanos), span=span)
    if parts:
        text = t("team.models.text", span=span, cost=t.usd(report.cost_nanos), parts=t.join(parts))
    return _with_table(text, table, report, t, [t("team.few", n=FEWEST_PEOPLE)] if found.other_models else [])


def days(report: TeamSummary, t: Text) -> Message:
    """Answer `/ccost team days [period]`, the newest day first. A day that was never read is not $0."""
    newest_first = report.by_day[::-1]
    table = data_table(
        t("team.days.title"),
        [t(f"table.{name}") for name in ("day", "spend", "state")],
        [day_row(day, t) for day in newest_first],
        rest=lambda n: days_row(t("figures.other_days", n=len(newest_first) - n), newest_first[n:]),
        total=days_row(t("figures.total_row"), newest_first),
    )
    text = t("team.days.text", span=_span(report, t), cost=t.usd(report.cost_nanos))
    return _with_table(text, table, report, t, [t("me.days.rounded")])


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


def _more(report: TeamSummary, t: Text) -> list[Block]:
    word = report.period.word
    return [
        button(t("me.button.models"), "team.models", f"team models {word}"),
        button(t("me.button.days"), "team.days", f"team days {word}"),
        button(t("team.button.plan"), "team.plan", "team plan"),
        button(t("group.button.groups"), "team.groups", "team groups"),
        button(t("me.button.about"), "team.about", f"team about {word}"),
    ]


def _span(report: TeamSummary, t: Text) -> str:
    return t.span(report.period.start, report.period.last)


def _with_table(text: str, table: Block, report: TeamSummary, t: Text, notes: Sequence[str]) -> Message:
    lines = total_lines(_span(report, t), report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    return Message(
        escape(text),
        [
            header(table["caption"]),
            section("\n".join(lines)),
            table,
            *(context(note) for note in notes),
            footer(report.footing, report.by_metric, t),
        ],
    )


def _model_row(name: str, found: Sequence[ModelSpend], report: TeamSummary, t: Text) -> list[Cell]:
    counts = (
        sum(one.tokens.uncached_input_tokens for one in found),
        sum(one.tokens.output_tokens for one in found),
        sum(one.tokens.cache_read_input_tokens for one in found),
        sum(one.tokens.cache_creation_input_tokens for one in found),
    )
    row = _sum_row(name, sum(one.cost_nanos for one in found), report, t)
    return [*row[: -len(counts)], *(number_cell(count, t.number(count)) for count in counts)]


def _sum_row(name: str, cost_nanos: int, report: TeamSummary, t: Text) -> list[Cell]:
    """A row whose tokens nobody may know."""
    share = percent(cost_nanos, report.cost_nanos)
    return [
        word_cell(name),
        amount_cell(cost_nanos),
        word_cell("–") if share is None else number_cell(share, t("activity.cache_share", share=share)),
        *(word_cell("–") for _ in _TOKENS),
    ]


def _counted(budget: Budget, report: TeamSummary) -> int:
    return report.cost_nanos + (report.subscription_nanos or 0) * (Plan.SUBSCRIPTION in budget.plans)


def _limit(budget: Budget, cost_nanos: int, t: Text) -> str:
    """Show how much is used, in whole percent rounded down: 100 means that the limit is reached."""
    limit = budget.limit_nanos or 1
    name = t(f"budget.name.{budget.scope}.{budget.cadence}")
    return t("team.limit", name=name, percent=cost_nanos * 100 // limit, limit=t.usd(limit))


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
