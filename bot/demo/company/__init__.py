"""The invented company's usage: the same seed, the same sessions, whichever day is asked for first.

A day is made of sessions, and a session is known once it has ended: so a day in progress only grows, and moving the
clock shows what the past of that later day would have been.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from bot.demo.cast import API_KEYS, CAST, TEAM_NAME, Persona, Route
from bot.demo.company.habits import HABITS, MACHINES
from bot.demo.company.prices import OPUS, list_cents, price_on
from bot.demo.company.sessions import Session, Who, sessions_of
from bot.usage import Tokens

HISTORY_DAYS = 120
ORGANIZATION_ID = "b0a7c3de-0000-4000-8000-000000c0ffee"

_UNKNOWN_FIELD = {"mood": "sunny", "since": None}
"""Grows everywhere in the records: a client must not mind what it does not know."""


class Company:
    """What everybody used, from 120 days before `start` up to any later day."""

    def __init__(
        self,
        start: date,
        *,
        seed: int = 7,
        cast: Sequence[Persona] = CAST,
        api_keys: Sequence[str] = API_KEYS,
        gateway_keys: Collection[str] = (),
    ) -> None:
        """`gateway_keys` are those of `api_keys` that belong to the company's proxy."""
        self.name = TEAM_NAME
        self.start = start
        self.first_day = start - timedelta(days=HISTORY_DAYS)
        self.unknown_model_day = start - timedelta(days=start.weekday() + 5)
        """The Wednesday of the week before the start: a model was tried that nobody else knows."""
        self.who = (
            *(
                Who(
                    name=persona.claude_email or persona.email,
                    habit=HABITS[persona.habit],
                    tz=persona.tz,
                    route=persona.route,
                )
                for persona in cast
                if persona.habit
            ),
            *(
                Who(
                    name=name,
                    habit=MACHINES[name],
                    is_machine=True,
                    route=Route.GATEWAY if name in gateway_keys else Route.CONSOLE,
                )
                for name in api_keys
            ),
        )
        """Everybody who uses Claude Code, people first."""
        self._seed = seed
        self.discount_percent = 0
        """What the organization pays less than list price: in the analytics' amounts and in the cost report."""
        self.strangers: dict[date, list[tuple[dict[str, Any] | None, int]]] = {}
        self.charges: dict[date, list[tuple[str | None, int]]] = {}
        self._percent: dict[date, int] = {}
        self._empty: set[date] = set()
        self._pushed: dict[tuple[str, date], tuple[Session, ...]] = {}

    def on(self, route: Route) -> tuple[Who, ...]:
        """Give those whose Claude Code goes one way, people first."""
        return tuple(who for who in self.who if who.route is route)

    @property
    def customers(self) -> tuple[Who, ...]:
        """Those whom Anthropic's own API serves: its reports and lists know nobody else."""
        return self.on(Route.CONSOLE)

    def records(self, day: date, until: datetime) -> list[dict[str, Any]]:
        """Give the wire records of a UTC day: what had ended by `until`. Amounts are cents, as `Decimal`.

        They know the vendor's own customers, and nobody else.
        """
        records = []
        for who in self.customers:
            rows: dict[tuple[str, bool], list[Session]] = {}
            for session in self.sessions(who, day, until):
                rows.setdefault((session.terminal, session.is_remote), []).append(session)
            records += [_record(who, day, rows[key]) for key in sorted(rows)]
        return records

    def truth(self, day: date, until: datetime) -> dict[str, Fraction]:
        """Give the exact cents of everybody on a UTC day, by whichever way, added up another way than the reports do.

        The key is the case-folded address or the API key's name; who used nothing is not in it.
        """
        cents: dict[str, Fraction] = {}
        for who in self.who:
            for session in self.sessions(who, day, until):
                cents[who.external_id] = cents.get(who.external_id, Fraction(0)) + _true_cents(session, day)
        return cents

    def sessions(self, who: Who, day: date, until: datetime) -> Iterator[Session]:
        """Give somebody's sessions that ended on a UTC day and by `until`."""
        if day in self._empty:
            return
        percent = self._percent.get(day, 100)
        made = [
            session
            for local_day in (day - timedelta(days=1), day, day + timedelta(days=1))
            for session in self._made(who, local_day)
            if session.ended_at.date() == day
        ]
        for session in (*made, *self._pushed.get((who.external_id, day), ())):
            if session.ended_at <= until:
                yield session if percent == 100 else session.scaled(percent)

    def push(self, external_id: str, cents: int, day: date) -> None:
        """Let somebody have spent so much more on a UTC day, from its first moment on.

        Raises `KeyError` for an id that nobody here has.
        """
        terminals = {who.external_id: who.terminals for who in self.who}[external_id]
        session = _worth(cents, terminals[0], datetime.combine(day, time(), UTC))
        self._pushed[external_id, day] = (*self._pushed.get((external_id, day), ()), session)

    def befriend(self, actor: dict[str, Any] | None, cents: int, day: date) -> None:
        """Let the analytics, and nothing else, know of a use by somebody: an actor as they write one, or None."""
        self.strangers.setdefault(day, []).append((actor, cents))

    def charge(self, day: date, workspace_id: str | None, cents: int) -> None:
        """Let the cost report, and nothing else, have a line more, or a credit. None: the default workspace."""
        self.charges.setdefault(day, []).append((workspace_id, cents))

    def restate(self, day: date, percent: int) -> None:
        """Change a day after the fact: from now on its tokens are `percent` of what they were."""
        self._percent[day] = percent

    def empty(self, day: date) -> None:
        """Answer nothing for a day from now on, as a vendor's bad moment does."""
        self._empty.add(day)

    def recover(self, day: date) -> None:
        """Answer as if nothing had happened to the day."""
        self._empty.discard(day)
        self._percent.pop(day, None)

    def _made(self, who: Who, local_day: date) -> tuple[Session, ...]:
        if local_day < self.first_day:
            return ()
        new_model = local_day == self.unknown_model_day
        return sessions_of(who, local_day, start=self.start, seed=self._seed, new_model=new_model)


def _record(who: Who, day: date, sessions: Sequence[Session]) -> dict[str, Any]:
    """One row: a consumer, a terminal, local or remote."""
    by_model: dict[str, Tokens] = {}
    for session in sessions:
        by_model[session.model] = by_model.get(session.model, Tokens()) + session.tokens
    accepted, rejected = (sum(getattr(one, name) for one in sessions) for name in ("edits_accepted", "edits_rejected"))
    written = accepted // 6
    actor = (
        {"type": "api_actor", "api_key_name": who.name}
        if who.is_machine
        else {"type": "user_actor", "email_address": who.name}
    )
    return {
        "date": f"{day}T00:00:00Z",
        "actor": {**actor, "x_unknown": _UNKNOWN_FIELD},
        "organization_id": ORGANIZATION_ID,
        "customer_type": who.habit.customer_type,
        "subscription_type": who.habit.subscription_type,
        "terminal_type": sessions[0].terminal,
        "is_remote": sessions[0].is_remote,
        "core_metrics": {
            "num_sessions": len(sessions),
            "lines_of_code": {
                "added": sum(one.lines_added for one in sessions),
                "removed": sum(one.lines_removed for one in sessions),
                "x_unknown": _UNKNOWN_FIELD,
            },
            "commits_by_claude_code": sum(one.commits for one in sessions),
            "pull_requests_by_claude_code": sum(one.pull_requests for one in sessions),
            "x_unknown": _UNKNOWN_FIELD,
        },
        "tool_actions": {
            "edit_tool": {"accepted": accepted - written, "rejected": rejected},
            "multi_edit_tool": {"accepted": 0, "rejected": 0},
            "write_tool": {"accepted": written, "rejected": 0},
            "notebook_edit_tool": {"accepted": 0, "rejected": 0},
        },
        "model_breakdown": [_model(model, tokens, day) for model, tokens in sorted(by_model.items())],
        "x_unknown": _UNKNOWN_FIELD,
    }


def _model(model: str, tokens: Tokens, day: date) -> dict[str, Any]:
    return {
        "model": model,
        "tokens": {
            "input": tokens.uncached_input_tokens,
            "output": tokens.output_tokens,
            "cache_read": tokens.cache_read_input_tokens,
            "cache_creation": tokens.cache_creation_input_tokens,
            "x_unknown": _UNKNOWN_FIELD,
        },
        "estimated_cost": {
            "currency": "USD",
            "amount": list_cents(model, tokens, day).normalize(),
            "x_unknown": _UNKNOWN_FIELD,
        },
        "x_unknown": _UNKNOWN_FIELD,
    }


def _worth(cents: int, terminal: str, ended_at: datetime) -> Session:
    """Give one long agent session: of each cent, half went into cache reads, 0.3 into cache writes, 0.2 into output."""
    return Session(
        ended_at=ended_at,
        terminal=terminal,
        is_remote=False,
        model=OPUS,
        tokens=Tokens(
            cache_read_input_tokens=25_000 * cents, cache_creation_input_tokens=600 * cents, output_tokens=100 * cents
        ),
        lines_added=0,
        lines_removed=0,
        commits=0,
        pull_requests=0,
        edits_accepted=0,
        edits_rejected=0,
    )


def _true_cents(session: Session, day: date) -> Fraction:
    price, tokens = price_on(session.model, day), session.tokens
    pairs = (
        (tokens.uncached_input_tokens, price.uncached_input),
        (tokens.output_tokens, price.output),
        (tokens.cache_read_input_tokens, price.cache_read),
        (tokens.cache_creation_input_tokens, price.cache_creation),
    )
    return sum((Fraction(count) * Fraction(rate) / 10_000 for count, rate in pairs), Fraction(0))
