"""What a terminal shows of the commands: progress, tables, and the running program until it is told to stop."""

import csv
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from functools import partial
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from bot import __version__
from bot.app import Bot, build
from bot.config import Settings
from bot.errors import ConfigError
from bot.jobs import JOBS, Job, run
from bot.jobs.doctor import Check
from bot.jobs.poll import Polled, poll
from bot.jobs.poll import Progress as Told
from bot.jobs.tick import Ticked
from bot.money import format_usd
from bot.notice import NoticeState
from bot.periods import parse_period, previous
from bot.reports.footing import footing
from bot.reports.spend import MemberSummary, TeamSummary, member_summary, team_summary
from bot.runtime import Runtime
from bot.sources import SOURCES, remedy
from bot.store import audit, members, notices, privacy, usage
from bot.store.members import MatchReport
from bot.views.plain import NOT_COVERED, csv_cell, day_rows, member_document, model_rows, team_document
from bot.views.privacy import as_csv, as_json
from bot.workspace import SCOPES

_SHOWN_UNMATCHED = 10
_SHOWN_NOTICES = 50


def serve(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C: migrate, serve, read what is due, keep time."""
    out = Console(stderr=True, highlight=False)
    bot = build(settings)
    if all(source.is_told for source in bot.rt.sources) and not settings.ccost_public_url:
        raise ConfigError(
            "No usage source is set. Set ANTHROPIC_ADMIN_KEY (Claude Console, Settings, Admin keys), another source's "
            "key, or CCOST_PUBLIC_URL for telemetry alone."
        )
    bot.rt.store.hold_single_run_lock()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        bot.start()
        _introduce(bot, out)
        _first_reading(bot.rt, out)
        bot.keep_time()
        out.print(f"Ready. Reading usage every {settings.ccost_poll_minutes} minutes. Ctrl-C stops.")
        threading.Event().wait()
    except KeyboardInterrupt:
        out.print("Stopping.")
    finally:
        bot.stop()


@contextmanager
def reading(*, quiet: bool = False) -> Iterator[Told]:
    """Show a progress bar on a terminal; elsewhere nothing."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet or not console.is_terminal) as bars:
        tasks = {}

        def told(source: str, done: int, due: int) -> None:
            if source not in tasks:
                tasks[source] = bars.add_task(f"Reading {source}", total=due)
            bars.update(tasks[source], completed=done)

        yield told


def print_polled(polled: Polled, *, as_json: bool) -> None:
    """Say what was read, written and held, by source and day."""
    if as_json:
        days = [
            {
                "source": day.source,
                "usage_date": day.usage_date.isoformat(),
                "rows_read": day.rows_read,
                "rows_written": day.rows_written,
                "held": day.held,
                "reason": day.reason,
            }
            for day in polled.days
        ]
        failures = [{"source": f.source, "kind": type(f).__name__, "why": f.why} for f in polled.failures]
        print(json.dumps({"days": days, "failures": failures}, indent=2))
        return
    console = Console(highlight=False)
    held = [day for day in polled.days if day.held]
    written = sum(day.rows_written for day in polled.days)
    console.print(f"{len(polled.days)} days read, {written} rows written, {len(held)} days held.")
    for day in held:
        console.print(
            f"  held: {day.usage_date} of {day.source} ({day.reason}); what was stored before is still shown."
        )
    for failure in polled.failures:
        source = next(one for one in SOURCES if one.name == failure.source)
        console.print(f"  failed: {failure}. What is stored stays. {remedy(source, failure)}", markup=False)


def print_report(rt: Runtime, *, what: str, member: str | None, period: str, output: str) -> None:
    """Print one report as text, JSON or CSV."""
    report, covered = _report(rt, member if what == "me" else None, period)
    rows = model_rows(report.by_model) if what == "models" else day_rows(report.by_day)
    if output == "json":
        document = member_document(report) if isinstance(report, MemberSummary) else team_document(report)
        print(json.dumps(document if covered else document | NOT_COVERED, indent=2, ensure_ascii=False))
    elif output == "csv":
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]) if rows else ["usage_date"])
        writer.writeheader()
        writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in rows)
    else:
        _print_text(report, by_model=what == "models", covered=covered)


def print_export(rt: Runtime, *, member: str, output_format: str, output: Path | None) -> None:
    """Write what is stored about one person, to a file or to the terminal. Raises `ConfigError` for nobody."""
    with rt.sessions.begin() as session:
        found = members.by_email(session, member) or members.by_slack_id(session, member)
        if found is None:
            raise ConfigError(f"--member {member}: no one Slack account with this address or id is known.")
        everything = privacy.everything(session, found.member_id, found.slack_user_id)
        text = as_json(everything, made_at=rt.clock()) if output_format == "json" else as_csv(everything)
        _write(output, text)
        audit.note(session, actor="operator", act=privacy.EXPORTED, target=found.slack_user_id, at=rt.clock())


def print_ticked(ticked: Ticked, *, dry_run: bool) -> None:
    """Say what a tick planned, and what still waits."""
    console = Console(highlight=False)
    verb = "Would be sent" if dry_run else "Planned"
    console.print(f"{verb}: {len(ticked.planned)}. Waiting from before: {len(ticked.waiting)}.")
    for row in (*ticked.planned, *ticked.waiting):
        state = "" if dry_run else f" [{row.state}{f': {row.outcome}' if row.outcome else ''}]"
        console.print(f"  {row.key} to {row.recipient}, due {row.due_at:%Y-%m-%d %H:%M} UTC{state}", markup=False)
        # What is private to a person stays private, also from who runs the machine.
        console.print(f"    {row.text if row.private_to is None else '(private)'}", markup=False)


def print_notices(rt: Runtime, *, held_only: bool) -> None:
    """List what was said unasked, the newest first: all that has not ended, and the latest that has."""
    with rt.sessions() as session:
        rows = notices.held(session) if held_only else notices.latest(session, _SHOWN_NOTICES)
    console = Console(highlight=False)
    if not rows:
        console.print("No message is held." if held_only else "Nothing was said unasked yet.")
        return
    table = Table("key", "state", "to", "due (UTC)", "tries", "why")
    for row in rows:
        why = row.outcome or row.why
        cells = (row.key, row.state, row.recipient, f"{row.due_at:%m-%d %H:%M}", str(row.attempts), why)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    if any(row.state is NoticeState.UNCERTAIN for row in rows):
        console.print("uncertain: look in Slack, then ccost notices release KEY (not there) or drop KEY (there).")


def settle_notice(rt: Runtime, what: str, key: str) -> None:
    """Release or drop a held message. Raises `ConfigError` for one that is not held."""
    with rt.sessions.begin() as session:
        if not (notices.release if what == "release" else notices.drop)(session, key):
            raise ConfigError(f"{key} is not held. ccost notices --held lists what is.")
        audit.note(session, actor="operator", act=f"notice {what}", target=key, at=rt.clock())
    print("Released: it goes out with the next tick." if what == "release" else "Dropped: it will not be sent again.")


def print_checks(checks: Sequence[Check], *, as_json: bool) -> None:
    """Print what `doctor` found."""
    if as_json:
        print(json.dumps([{"check": c.name, "state": c.state, "says": c.says} for c in checks], indent=2))
        return
    console = Console(highlight=False)
    marks = {"good": "[green]good[/]", "warn": "[yellow]warn[/]", "bad": "[red]bad [/]"}
    for check in checks:
        console.print(f"{marks[check.state]}  {check.name:<10}", end="")
        console.print(check.says, markup=False)


def _write(path: Path | None, text: str) -> None:
    """Write to a file that only its owner may read, also where there was one that others could; None: the terminal."""
    if path is None:
        sys.stdout.write(text)
        return
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"--output {path}: {error.strerror}. Name a file that can be written.") from None


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _introduce(bot: Bot, out: Console) -> None:
    rt = bot.rt
    out.print(f"ccost {__version__} at {bot.origin}", markup=False)
    mode = "Socket Mode" if rt.settings.slack_app_token else f"HTTP, {bot.origin}/slack/events"
    if rt.identity is None:
        out.print("Slack cannot be reached yet; trying again. Usage is read meanwhile.")
        return
    out.print(f"Slack workspace {rt.identity.team_id}, {mode}.", markup=False)
    lacking = [scope for scope in SCOPES if rt.identity.scopes and scope not in rt.identity.scopes]
    if lacking:
        out.print(f"Missing scopes: {', '.join(lacking)}. Add them to the app (app.yaml lists all) and reinstall it.")


def _first_reading(rt: Runtime, out: Console) -> None:
    """Read people and usage before the clock takes over, so that a person can watch it."""
    with reading() as told:
        for job in JOBS:
            with_progress = Job(name=job.name, every=job.every, run=partial(poll, progress=told))
            run(rt, with_progress if job.run is poll else job)
    with rt.sessions() as session:
        report = members.match_report(session)
    for line in match_lines(report):
        out.print(line, markup=False)


def match_lines(report: MatchReport) -> list[str]:
    """Say how many people with usage Slack knows, and who the others are."""
    missing = report.unmatched
    if not missing:
        return [f"{report.matched} of {report.with_usage} people with usage matched to Slack."]
    names = [f"  {one}" for one in missing[:_SHOWN_UNMATCHED]]
    more = len(missing) - _SHOWN_UNMATCHED
    return [
        (
            f"{report.matched} of {report.with_usage} people with usage matched to Slack; "
            f"here are the other {len(missing)}:"
        ),
        *names,
        *([f"  and {more} more"] if more > 0 else []),
        "Link them in Slack: /ccost settings link",
    ]


def _report(rt: Runtime, member: str | None, word: str) -> tuple[MemberSummary | TeamSummary, bool]:
    """Give a report, and whether any source ever saw whom it is about."""
    now = rt.clock()
    period = parse_period(word, now)
    with rt.sessions() as session:
        ground = footing(usage.standings(session, period, now, rt.terms), period, now=now)
        if member is None:
            team, before = usage.of_team(session, period), usage.of_team(session, previous(period))
            return team_summary(team, before, period, ground), True
        found = members.by_email(session, member)
        if found is None:
            raise ConfigError(f"--member {member}: no one Slack account with this address is known. Is it spelt right?")
        mine = usage.of_member(session, found.member_id, period)
        past = usage.of_member(session, found.member_id, previous(period))
        seen = usage.last_seen(session, found.member_id) is not None
        return member_summary(mine, past, period, ground), seen


def _print_text(report: MemberSummary | TeamSummary, *, by_model: bool, covered: bool) -> None:
    console = Console(highlight=False)
    span = f"{report.period.start} to {report.period.last}, UTC days"
    if not covered:
        console.print(f"Not covered ({span}): no source has ever seen this person. That is not zero.")
        return
    console.print(f"{format_usd(report.cost_nanos)} in {span}", markup=False)
    if report.subscription_nanos is not None:
        console.print(f"Apart: subscription use, API-equivalent value {format_usd(report.subscription_nanos)}")
    ground = report.footing
    said = [part.cost_metric.value for part in report.by_metric]
    said += [f"as of {ground.as_of:%Y-%m-%d %H:%M} UTC"] if ground.as_of else ["nothing was read yet"]
    for name, days in (
        ("more to come", ground.open_days),
        ("held", ground.held_days),
        ("not read", ground.missing_days),
    ):
        said += [f"{name}: {', '.join(map(str, days))}"] if days else []
    said += [f"{ground.quarantined} rows not understood"] if ground.quarantined else []
    console.print("; ".join(said), markup=False)
    if by_model:
        table = Table(
            "model", *(Column(name, justify="right") for name in ("spend", "input", "output", "cached", "written"))
        )
        for model in report.by_model:
            counts = astuple(model.tokens)
            table.add_row(escape(model.model), format_usd(model.cost_nanos), *(f"{count:,}" for count in counts))
    else:
        table = Table("day", Column("spend", justify="right"), "state")
        for day in report.by_day:
            cost = "not read" if day.cost_nanos is None else format_usd(day.cost_nanos)
            table.add_row(day.day.isoformat(), cost, day.state or "")
    console.print(table)
