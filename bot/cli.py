"""The command line: `ccost …`. The only exit codes: 0 done, 1 failed, 2 wrong usage or settings.

Everything heavy is imported inside the command that needs it, so that `ccost --help` answers at once.
"""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot import __version__
from bot.config import Settings, load_settings, require
from bot.errors import BotError, ConfigError, UserError

if TYPE_CHECKING:
    from bot.runtime import Runtime

cli = typer.Typer(
    name="ccost",
    help="Tells a team what Claude Code costs, before the invoice does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and with them secrets
    rich_markup_mode=None,
)

Period = Annotated[str, typer.Option("--period", help="today, yesterday, week, month, last-month, 7d, 2026-11, …")]
Format = Annotated[Literal["text", "json", "csv"], typer.Option("--format", help="How to print it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def main() -> None:
    """Run the command line; errors of ours become one sentence and an exit code."""
    try:
        cli()
    except ConfigError as error:
        _fail(str(error), 2)
    except UserError as error:
        from bot.text import load_texts

        _fail(load_texts().of(None)(error.key, **error.values), 2)
    except BotError as error:
        _fail(str(error), 1)


@cli.command()
def run() -> None:
    """Migrate the database, read usage, and serve Slack."""
    from bot.console import serve

    serve(_settings())


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the playground; 0 takes any free one.")] = 3500,
    socket_mode: Annotated[bool, typer.Option("--socket-mode", help="Talk by Socket Mode instead of HTTP.")] = False,
) -> None:
    """Open the playground: an invented company, its Slack workspace, the real bot. Needs no key."""
    from bot.demo.composition import play

    play(port=port, socket_mode=socket_mode)


@cli.command()
def poll(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    since: Annotated[str | None, typer.Option(help="First UTC day, e.g. 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Last UTC day; today if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read usage once and end."""
    from bot.app import build_runtime
    from bot.console import print_polled, reading
    from bot.jobs.poll import poll as read

    settings = _settings()
    days = _days(since, until)
    rt = build_runtime(settings)
    _require_source(rt, source)
    with reading(quiet=as_json) as progress:
        polled = read(rt, only=source, days=days, progress=progress)
    print_polled(polled, as_json=as_json)
    raise typer.Exit(1 if polled.failures else 0)


@cli.command()
def report(
    what: Annotated[Literal["me", "team", "models"], typer.Argument(help="Whose figures.")],
    member: Annotated[str | None, typer.Option(help="With me: the person's e-mail address.")] = None,
    period: Period = "month",
    output: Format = "text",
) -> None:
    """Print figures from the store. Shows whatever is asked: who may run this reads the database anyway."""
    from bot.app import build_runtime
    from bot.console import print_report

    if (what == "me") != (member is not None):
        raise ConfigError("report me needs --member EMAIL, and only report me takes it.")
    print_report(build_runtime(_settings()), what=what, member=member, period=period, output=output)


@cli.command()
def export(
    member: Annotated[str, typer.Option(help="The person's e-mail address, or Slack user id.")],
    output_format: Annotated[
        Literal["json", "csv"], typer.Option("--format", help="json: everything; csv: the daily totals alone.")
    ] = "json",
    output: Annotated[
        Path | None, typer.Option(help="A file, readable by you alone; without it, the terminal.")
    ] = None,
) -> None:
    """Write everything that is stored about one person. Recorded in the audit log."""
    from bot.app import build_runtime
    from bot.console import print_export

    print_export(build_runtime(_settings()), member=member, output_format=output_format, output=output)


@cli.command()
def doctor(as_json: AsJson = False) -> None:
    """Check settings, keys, database, Slack and sources, and say what to mend."""
    from bot.console import print_checks
    from bot.jobs.doctor import examine

    checks = examine(_settings())
    print_checks(checks, as_json=as_json)
    raise typer.Exit(1 if any(check.state == "bad" for check in checks) else 0)


@cli.command()
def tick(
    now: Annotated[str | None, typer.Option(help="Another instant than now, e.g. 2026-11-23T09:00+09:00.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Really send at an instant that has not come yet.")] = False,
) -> None:
    """Plan and deliver what is due, once, and end."""
    from slack_sdk.errors import SlackClientError

    from bot.app import build_runtime, meet_slack, utc_now
    from bot.console import print_ticked
    from bot.jobs.tick import rehearse
    from bot.jobs.tick import tick as once

    at = _instant("--now", now) if now else None
    if at and at > utc_now() and not (dry_run or force):
        raise ConfigError("--now lies in the future: add --dry-run to see what would be sent, or --force to send it.")
    settings = _settings()
    require(settings, "SLACK_BOT_TOKEN")
    rt = build_runtime(settings, clock=(lambda: at) if at else utc_now)
    try:
        if not dry_run:
            meet_slack(rt)
        print_ticked(rehearse(rt) if dry_run else once(rt), dry_run=dry_run)
    except (SlackClientError, OSError) as error:
        _fail(f"Slack cannot be asked ({type(error).__name__}). What is due waits for the next tick.", 1)


@cli.command()
def notices(
    what: Annotated[Literal["list", "release", "drop"], typer.Argument(help="What to do.")] = "list",
    key: Annotated[str | None, typer.Argument(help="With release and drop: which message.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Only those that may or may not have been posted.")] = False,
) -> None:
    """Show what was said unasked and what became of it; release or drop a held message."""
    from bot.app import build_runtime
    from bot.console import print_notices, settle_notice

    if (what == "list") != (key is None):
        raise ConfigError("notices release and notices drop need a KEY, and only they take one.")
    rt = build_runtime(_settings())
    if key is None:
        print_notices(rt, held_only=held)
    else:
        settle_notice(rt, what, key)


@cli.command()
def token(
    what: Annotated[Literal["issue", "list", "revoke"], typer.Argument(help="What to do.")],
    public_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="With revoke: which token.")] = None,
    member: Annotated[str | None, typer.Option(help="With issue: whose, by e-mail address or Slack user id.")] = None,
    team: Annotated[str | None, typer.Option(help="With issue: a team's, whose figures are self-declared.")] = None,
    plan: Annotated[
        Literal["pay_per_token", "subscription"] | None,
        typer.Option(help="With issue: how the use is paid; pay_per_token, or as the person's newest token says."),
    ] = None,
    biller: Annotated[
        Literal["anthropic", "bedrock", "vertex", "foundry", "gateway"],
        typer.Option(help="With issue: who bills what does not say it itself."),
    ] = "anthropic",
) -> None:
    """Tokens with which Claude Code sends telemetry: make one, list them, end one. Recorded in the audit log."""
    from bot.app import build_runtime
    from bot.tokens_console import issue_token, print_tokens, revoke_token

    if (what == "revoke") != (public_id is not None):
        raise ConfigError("token revoke needs the ID of a token (ccost token list), and only token revoke takes one.")
    if (what == "issue") != ((member is None) != (team is None)):
        raise ConfigError("token issue needs either --member EMAIL or --team NAME, and only token issue takes one.")
    rt = build_runtime(_settings())
    if public_id is not None:
        revoke_token(rt, public_id)
    elif what == "list":
        print_tokens(rt)
    else:
        issue_token(rt, member=member, team=team, plan=plan, biller=biller)


@cli.command()
def migrate() -> None:
    """Bring the database to this program's schema."""
    from bot.store.engine import open_store
    from bot.store.migrations import migrate as bring

    store = open_store(_settings().database_url)
    before, after = bring(store)
    store.close()
    typer.echo(f"schema {after}" if before == after else f"schema {before or 'empty'} -> {after}")


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _settings() -> Settings:
    from bot.logs import configure

    settings = load_settings()
    configure(settings.ccost_log_level, settings.secrets())
    return settings


def _require_source(rt: "Runtime", wanted: str | None) -> None:
    names = [source.name for source in rt.sources]
    if all(source.is_told for source in rt.sources):
        require(rt.settings, "ANTHROPIC_ADMIN_KEY")
    if wanted is not None and wanted not in names:
        raise ConfigError(f"--source {wanted}: not an enabled source. Enabled: {', '.join(names)}.")


def _days(since: str | None, until: str | None) -> list[date] | None:
    if since is None:
        if until is not None:
            raise ConfigError("--until needs --since.")
        return None
    first = _date("--since", since)
    last = _date("--until", until) if until else datetime.now(UTC).date()
    if last < first:
        raise ConfigError("--until lies before --since.")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _date(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option}: {text!r} is not a day. Write it as 2026-11-19.") from None


def _instant(option: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option}: {text!r} is not an instant. Write it as 2026-11-23T09:00+09:00.") from None
    if at.utcoffset() is None:
        raise ConfigError(f"{option}: {text!r} has no zone. Write it as {text}Z for UTC, or {text}+09:00.")
    return at


def _fail(sentence: str, code: int) -> None:
    if "--json" in sys.argv:
        print(json.dumps({"error": sentence}))
    print(f"ccost: {sentence}", file=sys.stderr)
    sys.exit(code)
