"""What a terminal shows of `ccost token`. A new token stands alone on standard output, so that a script can take it."""

import secrets
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.errors import ConfigError
from bot.runtime import Runtime
from bot.sources import precedence
from bot.store import audit, members, tokens
from bot.store.engine import Session
from bot.store.tokens import Token
from bot.usage import Biller, Plan

_OPERATOR = "operator"


def issue_token(rt: Runtime, *, member: str | None, team: str | None, plan: str | None, biller: str) -> None:
    """Make a token for a member or a team, and print it once. Raises `ConfigError` for nobody and for no name."""
    if team is not None and not team.strip():
        raise ConfigError("--team needs a name.")
    now = rt.clock()
    with rt.sessions.begin() as session:
        member_id = None if member is None else _member_id(session, member)
        before = tokens.of_member(session, member_id) if member_id is not None else []
        kept = before[0].plan if before else Plan.PAY_PER_TOKEN
        made, told = tokens.issue(
            session,
            member_id=member_id,
            label=(team or "").strip(),
            by=_OPERATOR,
            now=now,
            secret=secrets.token_bytes(tokens.SECRET_BYTES),
            precedence=precedence(rt.settings),
            biller=Biller(biller),
            plan=Plan(plan) if plan else kept,
        )
        audit.note(session, actor=_OPERATOR, act="token_issued", target=f"token/{made.public_id}", at=now)
    typer.echo(told)
    whose = f"team {made.label}" if made.member_id is None else member
    _say(f"Token {made.public_id} for {whose}, until {made.expires_at:%Y-%m-%d} (UTC). It is shown only now.")
    _say("Where it goes: docs/telemetry.md. To end it: ccost token revoke " + made.public_id)
    if rt.settings.ccost_public_url is None:
        _say("CCOST_PUBLIC_URL is not set: /ccost settings connect cannot say yet where Claude Code sends to.")


def print_tokens(rt: Runtime) -> None:
    """List every token there ever was, the newest first."""
    now = rt.clock()
    with rt.sessions() as session:
        found = tokens.listed(session)
    console = Console(highlight=False)
    if not found:
        console.print("There is no token yet: ccost token issue --member EMAIL, or /ccost settings connect in Slack.")
        return
    table = Table("id", "whose", "state", "made", "ends", "last used", "plan", "biller")
    for one in found:
        whose = f"team {one.label}" if one.member_id is None else one.slack_user_id or ""
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never"
        dates = (f"{one.created_at:%Y-%m-%d}", f"{one.expires_at:%Y-%m-%d}", used)
        cells = (one.public_id, whose, _state(one, now), *dates, one.plan, one.biller)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)


def revoke_token(rt: Runtime, public_id: str) -> None:
    """End a token. Raises `ConfigError` where there is none that is not ended yet."""
    now = rt.clock()
    with rt.sessions.begin() as session:
        if tokens.revoke(session, public_id, now) is None:
            raise ConfigError(f"{public_id}: no token of this ID, or it was ended before. See: ccost token list")
        audit.note(session, actor=_OPERATOR, act="token_revoked", target=f"token/{public_id}", at=now)
    _say(f"Token {public_id} opens nothing any more. What it has sent stays.")


def _state(token: Token, now: datetime) -> str:
    return "revoked" if token.revoked_at is not None else "holds" if token.is_live(now) else "expired"


def _member_id(session: Session, who: str) -> int:
    found = members.by_email(session, who) or members.by_slack_id(session, who)
    if found is None:
        raise ConfigError(f"--member {who}: no one Slack account with this address or id is known.")
    return found.member_id


def _say(line: str) -> None:
    typer.echo(line, err=True)
