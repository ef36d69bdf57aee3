"""Sets the playground up with every source: a proxy, links that an admin made, and people whose Claude Code tells."""

import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from starlette.applications import Starlette

from bot.demo import routes
from bot.demo.cast import Persona
from bot.demo.clock import MovableClock
from bot.demo.company import Company
from bot.demo.exporting import Sender, sender
from bot.demo.gateway.server import gateway_app
from bot.demo.telemetry import OLD_VERSION
from bot.runtime import Runtime
from bot.sources import precedence
from bot.store import audit, links, members, tokens
from bot.store.engine import Session

_ADMIN = "U0CHLOE"
_SETUPS: Sequence[Mapping[str, str]] = (
    {},
    {"encoding": "gzip"},
    {"version": OLD_VERSION},
    {"encoding": "protobuf"},
    {"encoding": "gzip"},
)
"""How those who tell of themselves have set their Claude Code up, one after the other."""


def proxy(company: Company, clock: MovableClock) -> Starlette:
    """Serve the company's proxy."""
    return gateway_app(partial(routes.proxy_rows, company), clock=clock, users=routes.proxy_users(company))


def link(rt: Runtime) -> None:
    """Do what an admin would who types `settings link`: but for who left, and a user of the proxy without address."""
    now, trust = rt.clock(), precedence(rt.settings)
    with rt.sessions.begin() as session:
        for name, slack_user_id in routes.LINKED.items():
            for consumer, member in _found(session, name, slack_user_id):
                links.link_to_member(session, consumer, member, _ADMIN, now, trust)
        for name, slack_user_id in routes.OWNED.items():
            for consumer, owner in _found(session, name, slack_user_id):
                links.link_to_machine(session, consumer, name, owner, _ADMIN, now, trust)
        for name in (*routes.LINKED, *routes.OWNED):
            audit.note(session, actor=_ADMIN, act="linked", target=name, at=now)


def connect(company: Company, cast: Sequence[Persona], rt: Runtime) -> list[Sender]:
    """Do what those would who type `settings connect new` and set their Claude Code up."""
    made = []
    with rt.sessions.begin() as session:
        for person, how in zip(routes.tellers(cast), itertools.cycle(_SETUPS), strict=False):
            member = members.by_slack_id(session, person.slack_user_id)
            if member is None:
                continue
            token, told = tokens.issue(
                session,
                member_id=member.member_id,
                label="",
                by=person.slack_user_id,
                now=rt.clock(),
                secret=secrets.token_bytes(tokens.SECRET_BYTES),
                precedence=precedence(rt.settings),
            )
            target = f"token/{token.public_id}"
            audit.note(session, actor=person.slack_user_id, act="token_issued", target=target, at=rt.clock())
            made.append(sender(company, person, told, **how))
    return made


def _found(session: Session, name: str, slack_user_id: str) -> Iterable[tuple[int, int]]:
    member = members.by_slack_id(session, slack_user_id)
    return [(one, member.member_id) for one in links.find_consumer(session, name)] if member else ()
