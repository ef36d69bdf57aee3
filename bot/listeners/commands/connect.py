"""`/ccost settings connect`: a token with which one's own Claude Code tells ccost what it used.

The token is in the one answer that makes it, and nowhere else: neither log nor audit nor any stored message has it.
"""

import re
import secrets
from datetime import timedelta

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.sources import precedence
from bot.store import audit, books, senders, tokens
from bot.store.engine import Session
from bot.store.tokens import Token
from bot.usage import Plan
from bot.views import connect as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.connect import Connection, Issued, TokenLine

MOST_LIVE = 10
"""So many tokens of one person may hold at once."""
EXPIRED_SHOWN = timedelta(days=30)

_TEAM_NAME = re.compile(r"[\w.\-]{1,40}")


def connect(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings connect`, `… new [subscription]`, `… revoke [ID]`, `… subscription [off]`, `… team`."""
    match [word.lower() for word in ask.words]:
        case []:
            answer = _state(rt, ask)
        case ["new"]:
            answer = _issue(rt, ask, None)
        case ["new", "subscription"]:
            answer = _issue(rt, ask, Plan.SUBSCRIPTION)
        case ["revoke"]:
            answer = _revoke_own(rt, ask)
        case ["revoke", public_id]:
            answer = _revoke_one(rt, ask, public_id)
        case ["subscription"]:
            answer = _put_plan(rt, ask, Plan.SUBSCRIPTION)
        case ["subscription", "off"]:
            answer = _put_plan(rt, ask, Plan.PAY_PER_TOKEN)
        case ["team"]:
            answer = _teams(rt, ask)
        case ["team", _]:
            answer = _issue_to_team(rt, ask, ask.words[1], Plan.PAY_PER_TOKEN)
        case ["team", _, "subscription"]:
            answer = _issue_to_team(rt, ask, ask.words[1], Plan.SUBSCRIPTION)
        case _:
            raise UserError("error.connect_form")
    return answer


def _state(rt: Runtime, ask: Ask) -> Message:
    with rt.sessions() as session:
        mine = _shown(tokens.of_member(session, ask.member_id), ask)
        arrived = senders.arrived(session, ask.viewer.slack_user_id)
    if mine:
        found = Connection(
            tokens=[_line(one, ask) for one in mine],
            arrived=arrived,
            is_subscription=mine[0].plan is Plan.SUBSCRIPTION,
        )
        return view.state(found, ask.text)
    if rt.settings.ccost_public_url is None:
        return _no_address(ask)
    return view.offer(ask.text)


def _issue(rt: Runtime, ask: Ask, plan: Plan | None) -> Message:
    """Make a token. Without a word about the plan, a person goes on paying as their newest token says."""
    if rt.settings.ccost_public_url is None:
        return _no_address(ask)
    with rt.sessions.begin() as session:
        books.lock(session)  # two presses at once must not both be the last that is allowed
        mine = tokens.of_member(session, ask.member_id)
        if sum(one.is_live(ask.now) for one in mine) >= MOST_LIVE:
            raise UserError("error.connect_too_many", n=MOST_LIVE)
        chosen = plan or (mine[0].plan if mine else Plan.PAY_PER_TOKEN)
        token, told = _made(rt, session, ask, member_id=ask.member_id, label="", plan=chosen)
        tokens.put_plan(session, ask.member_id, chosen)
    made = Issued(
        token=_line(token, ask),
        told=told,
        public_url=rt.settings.ccost_public_url,
        is_subscription=chosen is Plan.SUBSCRIPTION,
    )
    return view.issued(made, ask.text)


def _issue_to_team(rt: Runtime, ask: Ask, name: str, plan: Plan) -> Message:
    ask.allow(Act.MANAGE_TELEMETRY)
    if not _TEAM_NAME.fullmatch(name):
        raise UserError("error.connect_team_name")
    if rt.settings.ccost_public_url is None:
        return _no_address(ask)
    with rt.sessions.begin() as session:
        token, told = _made(rt, session, ask, member_id=None, label=name, plan=plan)
    made = Issued(token=_line(token, ask), told=told, public_url=rt.settings.ccost_public_url)
    return view.issued_to_team(made, ask.text)


def _teams(rt: Runtime, ask: Ask) -> Message:
    ask.allow(Act.MANAGE_TELEMETRY)
    with rt.sessions() as session:
        found = [one for one in tokens.listed(session) if one.member_id is None]
    return view.teams([_line(one, ask) for one in _shown(found, ask)], ask.text)


def _revoke_own(rt: Runtime, ask: Ask) -> Message:
    with rt.sessions.begin() as session:
        live = [one for one in tokens.of_member(session, ask.member_id) if one.is_live(ask.now)]
        for one in live:
            _end(session, ask, one.public_id)
    if not live:
        raise UserError("error.connect_nothing_to_revoke")
    return said("connect.revoked", {"n": len(live)}, ask.text)


def _revoke_one(rt: Runtime, ask: Ask, public_id: str) -> Message:
    """End one token: of one's own, or, for admins, of anybody. Whose it is, nobody else learns."""
    with rt.sessions.begin() as session:
        found = next((one for one in tokens.listed(session) if one.public_id == public_id), None)
        may = found is not None and (found.member_id == ask.member_id or ask.decision(Act.MANAGE_TELEMETRY).allowed)
        if not may or not _end(session, ask, public_id):
            raise UserError("error.connect_unknown", id=public_id)
    return said("connect.revoked", {"n": 1}, ask.text)


def _put_plan(rt: Runtime, ask: Ask, plan: Plan) -> Message:
    with rt.sessions.begin() as session:
        if not any(one.is_live(ask.now) for one in tokens.of_member(session, ask.member_id)):
            raise UserError("error.connect_no_token")
        tokens.put_plan(session, ask.member_id, plan)
        _note(session, ask, "token_plan", ask.viewer.slack_user_id)
    return said(f"connect.plan.{plan}", {}, ask.text)


def _made(
    rt: Runtime, session: Session, ask: Ask, *, member_id: int | None, label: str, plan: Plan
) -> tuple[Token, str]:
    token, told = tokens.issue(
        session,
        member_id=member_id,
        label=label,
        by=ask.viewer.slack_user_id,
        now=ask.now,
        secret=secrets.token_bytes(tokens.SECRET_BYTES),
        precedence=precedence(rt.settings),
        plan=plan,
    )
    _note(session, ask, "token_issued", f"token/{token.public_id}")
    return token, told


def _end(session: Session, ask: Ask, public_id: str) -> bool:
    if tokens.revoke(session, public_id, ask.now) is None:
        return False
    _note(session, ask, "token_revoked", f"token/{public_id}")
    return True


def _note(session: Session, ask: Ask, act: str, target: str) -> None:
    audit.note(session, actor=ask.viewer.slack_user_id, act=act, target=target, at=ask.now)


def _no_address(ask: Ask) -> Message:
    return view.no_address(ask.text, for_admin=ask.decision(Act.MANAGE_TELEMETRY).allowed)


def _shown(found: list[Token], ask: Ask) -> list[Token]:
    """Give the tokens that hold, and those that expired lately: an expired one is why nothing comes any more."""
    return [one for one in found if one.revoked_at is None and ask.now < one.expires_at + EXPIRED_SHOWN]


def _line(token: Token, ask: Ask) -> TokenLine:
    return TokenLine(
        public_id=token.public_id,
        label=token.label,
        created_on=token.created_at.date(),
        expires_on=token.expires_at.date(),
        is_expired=not token.is_live(ask.now),
        last_used_at=token.last_used_at,
    )
