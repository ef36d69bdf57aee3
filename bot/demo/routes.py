"""The invented company once it uses every way to a model that ccost can read, and what its proxy books."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from bot.demo.cast import Persona, Route
from bot.demo.company import Company
from bot.demo.company.prices import list_cents
from bot.demo.company.sessions import Who
from bot.demo.gateway import GatewayRow
from bot.usage import Tokens

BEDROCK, VERTEX = "bedrock", "vertex_ai"

BEHIND_THE_PROXY: Mapping[str, str] = {
    "farid@example.com": BEDROCK,
    "hugo@example.com": BEDROCK,
    "lars@example.com": BEDROCK,
    "mina@example.com": VERTEX,
    "katya@example.com": VERTEX,
    "nightly-docs": BEDROCK,
}
"""Who goes through the proxy, and by address or key name, to whose model."""
GATEWAY_KEYS = ("nightly-docs",)
STRAIGHT_TO_VERTEX = ("U0NOAH", "U0OLGA")
ALSO_TELLING = ("U0ADA", "U0CHLOE", "U0KENJI")
"""Their use is seen twice: by the vendor's reports, and by what their Claude Code sends."""
_WITHOUT_ADDRESS = ("katya",)
"""Users of the proxy that somebody made without an address: only an admin of ccost can say who they are."""
LINKED: Mapping[str, str] = {"sofia.rossi@example.com": "U0SOFIA"}
"""Addresses that an admin has said to be somebody's."""
OWNED: Mapping[str, str] = {"ci-review-bot": "U0BORIS", "nightly-docs": "U0EMIKO"}
"""Keys that an admin has said to be machines, and whom to ask about each."""


def spread(cast: Sequence[Persona]) -> tuple[Persona, ...]:
    """Give the same people, some of them by another way than Anthropic's own API, and some telling of it themselves."""
    return tuple(_moved(one) for one in cast)


def proxy_rows(company: Company, day: date, until: datetime) -> Iterator[GatewayRow]:
    """Give what the proxy has in its books of a UTC day: all that was over by an instant."""
    for who in company.on(Route.GATEWAY):
        by_model: dict[str, Tokens] = {}
        for session in company.sessions(who, day, until):
            by_model[session.model] = by_model.get(session.model, Tokens()) + session.tokens
        for model, tokens in sorted(by_model.items()):
            yield _row(who, day, model, tokens)


def proxy_users(company: Company) -> dict[str, str | None]:
    """Give the proxy's users with their addresses."""
    people = [who for who in company.on(Route.GATEWAY) if not who.is_machine]
    return {_user_id(who): _address(who) for who in people}


def tellers(cast: Iterable[Persona]) -> tuple[Persona, ...]:
    """Give those whose Claude Code tells ccost itself what it uses."""
    return tuple(one for one in cast if one.sends_telemetry)


def _moved(one: Persona) -> Persona:
    if one.email in BEHIND_THE_PROXY:
        return replace(one, route=Route.GATEWAY)
    if one.slack_user_id in STRAIGHT_TO_VERTEX:
        return replace(one, route=Route.VERTEX, sends_telemetry=True)
    return replace(one, sends_telemetry=one.slack_user_id in ALSO_TELLING)


def _row(who: Who, day: date, model: str, tokens: Tokens) -> GatewayRow:
    user_id = None if who.is_machine else _user_id(who)
    return GatewayRow(
        day=day,
        user_id=user_id,
        email=_address(who),
        key_hash=hashlib.sha256(f"a key of {who.external_id}".encode()).hexdigest(),
        key_alias=who.name if user_id is None else f"{user_id}-claude-code",
        provider=BEHIND_THE_PROXY.get(who.external_id, BEDROCK),
        model=model,
        tokens=tokens,
        spend=list_cents(model, tokens, day) * Decimal("0.01"),
    )


def _address(who: Who) -> str | None:
    return None if who.is_machine or _user_id(who) in _WITHOUT_ADDRESS else who.external_id


def _user_id(who: Who) -> str:
    return who.external_id.partition("@")[0]
