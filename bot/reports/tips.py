"""Advice from a person's own last 30 days. A gate is a pure function of their figures; a tip is one row of `TIPS`.

No tip promises dollars: what a change saves depends on work that nobody has seen yet. People are compared with no one.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add

from bot.money import NANOS_PER_USD
from bot.periods import ChargePeriod
from bot.reports.parts import owed, percent
from bot.usage import Activity, MemberUsage, Plan, SpendRow, Tokens

MIN_ACTIVE_DAYS = 5
"""Fewer days of use are a mood, not a habit."""

LARGE_FAMILIES = ("opus", "fable")
"""Words in the names of the dearest models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """One person's figures, added up over the days looked at."""

    active_days: int
    sessions: int
    edits_accepted: int
    edits_rejected: int
    commits: int
    tokens: Tokens
    pay_per_token: Tokens
    """The part of `tokens` that is not covered by a subscription."""
    cost_nanos: int
    large_model: str
    """The dearest of the large models that were used; empty: none was."""
    large_cost_nanos: int
    """Spent on all large models."""

    @property
    def edits(self) -> int:
        """Edits that a person decided about."""
        return self.edits_accepted + self.edits_rejected


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a tip applies: the figures for its sentence, and how far beyond the gate they are (1 is the gate itself)."""

    strength: Fraction
    values: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Tip:
    """A row of the registry. The sentences are `{key}.title`, `.line`, `.evidence`, `.how` and `.caveat`."""

    key: str
    gate: Callable[[Habits], Evidence | None]
    general: bool = False
    """Good advice also for those whose figures say nothing yet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A tip that applies, with its evidence."""

    tip: Tip
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The tips that apply, the most telling first."""

    period: ChargePeriod
    active_days: int
    findings: tuple[Finding, ...]

    @property
    def best(self) -> Finding | None:
        """The one tip to show where there is place for one."""
        return next(iter(self.findings), None)

    @property
    def has_data(self) -> bool:
        """Say whether there were days enough to look for habits."""
        return self.active_days >= MIN_ACTIVE_DAYS


def _clear(habits: Habits) -> Evidence | None:
    """Ten million prompt tokens a session: the conversation before is read again with every request."""
    if habits.sessions < 5:
        return None
    per_session = Fraction(habits.tokens.prompt_tokens, habits.sessions)
    return _beyond(per_session / 10_000_000, sessions=habits.sessions, tokens=round(per_session))


def _compact(habits: Habits) -> Evidence | None:
    """Four hundred prompt tokens for each token written: the context is large for what comes of it."""
    if habits.tokens.output_tokens < 100_000:
        return None
    ratio = Fraction(habits.tokens.prompt_tokens, habits.tokens.output_tokens)
    return _beyond(ratio / 400, ratio=round(ratio))


def _autocompact(habits: Habits) -> Evidence | None:
    """Both at once, and twice as much a session: conversations run until the window is full."""
    if habits.sessions < 5 or habits.tokens.prompt_tokens < 400 * habits.tokens.output_tokens:
        return None
    per_session = Fraction(habits.tokens.prompt_tokens, habits.sessions)
    return _beyond(per_session / 20_000_000, tokens=round(per_session))


def _specific(habits: Habits) -> Evidence | None:
    """More than three of ten edits turned down, of at least fifty."""
    if habits.edits < 50 or habits.edits_rejected * 10 <= habits.edits * 3:
        return None
    return _beyond(
        Fraction(habits.edits_rejected * 10, habits.edits * 3),
        rejected=habits.edits_rejected,
        edits=habits.edits,
        share=percent(habits.edits_rejected, habits.edits) or 0,
    )


def _model(habits: Habits) -> Evidence | None:
    """More than 60 % of a spend worth mentioning went to the dearest models."""
    if habits.cost_nanos < 5 * NANOS_PER_USD or habits.large_cost_nanos * 10 <= habits.cost_nanos * 6:
        return None
    return _beyond(
        Fraction(habits.large_cost_nanos * 10, habits.cost_nanos * 6),
        model=habits.large_model,
        share=percent(habits.large_cost_nanos, habits.cost_nanos) or 0,
    )


def _cache(habits: Habits) -> Evidence | None:
    """Cached prompts are read back less than four times before they are written anew.

    Only pay per token: a subscription's cache lives for an hour already.
    """
    written, read = habits.pay_per_token.cache_creation_input_tokens, habits.pay_per_token.cache_read_input_tokens
    if written < 2_000_000 or read >= 4 * written:
        return None
    return _beyond(Fraction(4 * written, max(read, 1)), written=written, read=read)


def _effort(habits: Habits) -> Evidence | None:
    """Two tokens written for each hundred read: about half of the price is output then."""
    if habits.tokens.output_tokens < 500_000:
        return None
    share = Fraction(100 * habits.tokens.output_tokens, max(habits.tokens.prompt_tokens, 1))
    return _beyond(share / 2, output=habits.tokens.output_tokens, days=habits.active_days)


def _idle(habits: Habits) -> Evidence | None:
    """Many sessions, and fewer edits and commits than sessions: some may only have been left open."""
    results = habits.edits + habits.commits
    if habits.sessions < 30 or results >= habits.sessions:
        return None
    return _beyond(Fraction(habits.sessions, max(results, 1)), sessions=habits.sessions, results=results)


TIPS: tuple[Tip, ...] = (
    Tip("tips.clear", _clear, general=True),
    Tip("tips.compact", _compact, general=True),
    Tip("tips.autocompact", _autocompact),
    Tip("tips.specific", _specific, general=True),
    Tip("tips.model", _model),
    Tip("tips.cache", _cache),
    Tip("tips.effort", _effort),
    Tip("tips.idle", _idle),
)


def advise(usage: MemberUsage, period: ChargePeriod) -> Advice:
    """Find the tips that fit one person's use in a period; none before `MIN_ACTIVE_DAYS` days of use."""
    habits = habits_of(usage)
    gates = TIPS if habits.active_days >= MIN_ACTIVE_DAYS else ()
    found = [Finding(tip, evidence) for tip in gates if (evidence := tip.gate(habits))]
    found.sort(key=lambda finding: -finding.evidence.strength)
    return Advice(period=period, active_days=habits.active_days, findings=tuple(found))


def habits_of(usage: MemberUsage) -> Habits:
    """Add up the figures that the gates look at."""
    activity = reduce(add, usage.activity_by_day.values(), Activity())
    large: dict[str, int] = defaultdict(int)
    for row in usage.rows:
        if row.plan is Plan.PAY_PER_TOKEN and any(word in row.model.lower() for word in LARGE_FAMILIES):
            large[row.model] += row.cost_nanos
    return Habits(
        active_days=len({row.usage_date for row in usage.rows} | usage.activity_by_day.keys()),
        sessions=activity.sessions,
        edits_accepted=activity.edits_accepted,
        edits_rejected=activity.edits_rejected,
        commits=activity.commits,
        tokens=_tokens(usage.rows),
        pay_per_token=_tokens(tuple(row for row in usage.rows if row.plan is Plan.PAY_PER_TOKEN)),
        cost_nanos=owed(usage.rows),
        large_model=min(large, key=lambda model: (-large[model], model), default=""),
        large_cost_nanos=sum(large.values()),
    )


def _tokens(rows: tuple[SpendRow, ...]) -> Tokens:
    return reduce(add, (row.tokens for row in rows), Tokens())


def _beyond(strength: Fraction, **values: int | str) -> Evidence | None:
    return Evidence(strength, values) if strength >= 1 else None
