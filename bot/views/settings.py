"""`/ccost settings`: how ccost itself is doing, and whose use belongs to nobody yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.reports.status import ReportStatus, SourceStatus, StatusReport, Trouble, UnattributedUse, is_stale
from bot.text import Text
from bot.views import said
from bot.views.blocks import Message, actions, button, escape, header, plain, prose, quote, section
from bot.views.figures import Cell, amount_cell, data_table, word_cell
from bot.views.limits import Block
from bot.views.reconcile import days_table, month_details, verdict
from bot.views.shared import some_days, source_name


def status(report: StatusReport, t: Text) -> Message:
    """Answer `/ccost settings status`."""
    matching = _matching(report, t)
    if not report.sources:
        return Message(
            escape(t("settings.no_sources")), [header(t("settings.title")), section(t("settings.no_sources"))]
        )
    names = t.join([source_name(source.name, t) for source in report.sources])
    return Message(
        escape(t("settings.text", sources=names, matching=matching)),
        [
            header(t("settings.title")),
            *(prose("\n".join(_source_lines(source, report, t))) for source in report.sources),
            *_cost_report(report, t),
            prose("\n".join([matching, *_hints(report, t)])),
        ],
    )


def unattributed(rows: Sequence[UnattributedUse], t: Text) -> Message:
    """Answer `/ccost settings link`: what an admin may link, and how to say it."""
    if not rows:
        return said("link.nothing", {}, t)
    head = ["who", "kind", "spend", "last_seen", "source"]
    cost = sum(row.cost_nanos for row in rows)
    return Message(
        escape(t("link.text", n=len(rows), cost=t.usd(cost))),
        [
            header(t("link.title")),
            data_table(
                t("link.title"),
                [t(f"table.{name}") for name in head],
                [_use_row(row, t) for row in rows],
                rest=lambda n: _sum_row(t("figures.other_users", n=len(rows) - n), rows[n:]),
                total=_sum_row(t("figures.total_row"), rows),
            ),
            prose(t("link.how")),
            actions([button(t("link.button"), "open.link", "")]),
        ],
    )


def _source_lines(source: SourceStatus, report: StatusReport, t: Text) -> list[str]:
    lines = [t("settings.source", source=quote(source_name(source.name, t))), *_reading_lines(source, report, t)]
    if source.instead is not None:
        lines.append(t("settings.instead", source=quote(source_name(source.instead, t))))
    if source.rows and source.shares_account:
        lines.append(t("settings.speaks", rows=source.rows, n=source.speaks_days))
    elif source.rows:
        lines.append(t("settings.rows", n=source.rows))
    if source.held_days:
        lines.append(t("settings.held", days=some_days(source.held_days, t)))
    if source.missing_days:
        lines.append(t("settings.missing", n=len(source.missing_days), days=some_days(source.missing_days, t)))
    if source.trouble is None and not source.held_days and not source.missing_days:
        lines.append(t("settings.complete"))
    return lines


def _reading_lines(source: SourceStatus, report: StatusReport, t: Text) -> list[str]:
    """When it last answered, and what is wrong. Of what is not to be had, only that."""
    why = quote(source.why) if source.why else t("settings.trouble.no_reason")
    trouble = [] if source.trouble is None else [t(f"settings.trouble.{source.trouble}", why=why)]
    if source.trouble is Trouble.ABSENT and source.rows:
        trouble = [t("settings.nothing_new", why=why)]
    if source.last_success_at is None:
        return trouble if source.trouble is Trouble.ABSENT else [t("settings.never_read"), *trouble]
    age = _age(source.last_success_at, report.now, t)
    read = t("settings.read", instant=t.instant(source.last_success_at), age=age)
    if not trouble and is_stale(source, report):
        trouble = [t("settings.stale")]
    return [read, *trouble]


def _cost_report(report: StatusReport, t: Text) -> list[Block]:
    """How the organization's cost report agrees: a sentence for everybody, figures for admins."""
    found = report.cost_report
    if found is None:
        return []
    lines = [t("settings.source", source=quote(source_name(found.source.name, t)))]
    lines += _reading_lines(found.source, report, t)
    if not report.for_admin:
        lines += [verdict(month, t) for month in found.months]
    else:
        pairs = zip(found.months, found.owners, strict=True)
        lines += [line for month, owners in pairs for line in month_details(month, owners, t)]
    lines += [] if found.months else _nothing_compared(found, t)
    table = [days_table(found.differing, t)] if report.for_admin and found.differing else []
    return [prose("\n".join(lines)), *table]


def _nothing_compared(found: ReportStatus, t: Text) -> list[str]:
    if found.source.trouble is Trouble.ABSENT or found.source.last_success_at is None:
        return []
    return [t("settings.not_compared" if found.knows_claude_code else "settings.no_workspace")]


def _matching(report: StatusReport, t: Text) -> str:
    if not report.people:
        return t("settings.nobody")
    return t("settings.matching", n=report.people, matched=report.matched_people)


def _hints(report: StatusReport, t: Text) -> list[str]:
    """What else is worth knowing, and what an admin can mend."""
    hints = []
    if report.doubtful_messages:
        hints.append(t("settings.doubtful", n=report.doubtful_messages))
    if report.for_admin and report.held_messages:
        hints.append(t("settings.held_messages", n=report.held_messages))
    if report.for_admin and report.unattributed:
        hints.append(t("settings.unattributed", n=report.unattributed))
    if report.for_admin and report.missing_scopes:
        hints.append(t("settings.missing_scopes", scopes=t.join(report.missing_scopes)))
    return hints


def _age(at: datetime, now: datetime, t: Text) -> str:
    minutes = (now - at) // timedelta(minutes=1)
    if minutes < 1:
        return t("settings.age.now")
    if minutes < 60:
        return t("settings.age.minutes", n=minutes)
    if minutes < 48 * 60:
        return t("settings.age.hours", n=minutes // 60)
    return t("settings.age.days", n=minutes // (24 * 60))


def _use_row(row: UnattributedUse, t: Text) -> list[Cell]:
    return [
        word_cell(plain(row.label)),
        word_cell(t(f"link.kind.{row.kind}")),
        amount_cell(row.cost_nanos),
        word_cell(t.long_day(row.last_seen)),
        word_cell(source_name(row.source, t)),
    ]


def _sum_row(name: str, rows: Sequence[UnattributedUse]) -> list[Cell]:
    cost = sum(row.cost_nanos for row in rows)
    return [word_cell(name), word_cell("–"), amount_cell(cost), word_cell("–"), word_cell("–")]
