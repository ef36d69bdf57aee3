"""When a person is told about a budget: what the last message said agrees with the truth once the figures are at rest.

"Once only" would not be enough: figures may fall. One evaluation gives at most one message, and whole numbers decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.budget import THRESHOLDS, Budget, BudgetScope, LineState, Mark
from bot.periods import Cadence, ChargePeriod, around

GRACE = timedelta(days=3)
"""How long after its end a period is still watched: figures arrive late."""
RESTED_AFTER = timedelta(hours=24)
"""Finality of the vendor can take 30 days: too late to be useful."""
DRIFT_POINTS = 5
"""So little below a threshold is not worth a correction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was spent in a period, as it was read."""

    spent_nanos: int
    as_of: datetime
    complete: bool
    """Every day of the period so far was read, and none is held."""
    stale: bool
    """The figures of today are too old to take anything back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A threshold is passed: tell the highest; those below are latched without a word."""

    threshold: int
    generation: int
    lowered: bool
    """The limit came down to the spend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """What was said of a threshold is no longer so."""

    threshold: int
    generation: int


Verdict = Fire | Correct | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is remembered of the line from now on, what to say, and why."""

    state: LineState
    verdict: Verdict
    reason: str


def judge(
    state: LineState | None,
    snapshot: Snapshot,
    budget: Budget,
    *,
    silently: bool = False,
) -> Judged:
    """Judge one line: `state` is what is remembered, None at first. `silently` latches without a message.

    An evaluation with an older figure or an older limit than was seen before changes nothing.
    """
    known = state or LineState(limit_version=budget.version)
    limit = budget.limit_nanos or 0
    if limit <= 0:
        return Judged(state=known, verdict=None, reason="no_limit")
    if budget.version < known.limit_version:
        return Judged(state=known, verdict=None, reason="older_limit")
    if known.as_of is not None and snapshot.as_of < known.as_of:
        return Judged(state=known, verdict=None, reason="older_figure")
    relimited = budget.version > known.limit_version
    seen = _seen(_relimited(known, budget.version, limit) if relimited else known, snapshot)
    newly = [t for t in THRESHOLDS if reaches(snapshot.spent_nanos, limit, t) and not _mark(seen, t).fired]
    if not newly:
        return _judge_told(seen, snapshot, limit, silently=silently, relimited=relimited)
    latched = _marked(seen, {t: replace(_mark(seen, t), fired=True) for t in newly})
    if silently or seen.muted or seen.planned:
        return Judged(state=latched, verdict=None, reason="muted")
    highest = max(newly)
    # What was known already would have passed it: then it is the limit that came down.
    lowered = reaches(known.spent_nanos, limit, highest)
    fire = Fire(threshold=highest, generation=_mark(seen, highest).generation, lowered=lowered)
    return Judged(state=latched, verdict=fire, reason="limit_lowered" if lowered else "crossed")


def reaches(spent_nanos: int, limit_nanos: int, percent: int) -> bool:
    """Say whether a spend has reached so many percent of a limit; the line itself counts."""
    return spent_nanos * 100 >= limit_nanos * percent


def is_open(period: ChargePeriod, today: date) -> bool:
    """Say whether a period has begun and is still watched."""
    return period.start <= today < period.end + GRACE


def open_periods(cadence: Cadence, today: date) -> list[ChargePeriod]:
    """Give the period of today and those before that are still watched, the oldest first."""
    found = [around(cadence, today)]
    while is_open(before := around(cadence, found[0].start - timedelta(days=1)), today):
        found.insert(0, before)
    return found


def line_of(budget: Budget, member_id: int) -> str:
    """Name a line in keys: a budget, and of the default also the member."""
    return f"{budget.budget_id}.{member_id}" if budget.scope is BudgetScope.DEFAULT else str(budget.budget_id)


def fire_key(line: str, period_start: date, threshold: int, generation: int) -> str:
    """Give the key of "this threshold is passed"."""
    return f"budget/{line}/{period_start}/{threshold}/{generation}/fire"


def correct_key(line: str, period_start: date, threshold: int, generation: int) -> str:
    """Give the key of "it is not, after all"."""
    return f"budget/{line}/{period_start}/{threshold}/{generation}/correct"


def projected_key(line: str, period_start: date) -> str:
    """Give the key of "it will probably not last"."""
    return f"budget/{line}/{period_start}/projected"


def _judge_told(state: LineState, snapshot: Snapshot, limit_nanos: int, *, silently: bool, relimited: bool) -> Judged:
    """Nothing new is passed: is what was told still so?"""
    told = max((t for t in THRESHOLDS if _mark(state, t).fired), default=0)
    reason = "muted" if silently else _why_not_corrected(state, told, snapshot, limit_nanos)
    if reason:
        return Judged(state=state, verdict=None, reason="limit_raised" if relimited and not told else reason)
    verdict = Correct(threshold=told, generation=_mark(state, told).generation)
    marks = {
        t: replace(mark, fired=False, generation=mark.generation + 1, corrections=mark.corrections + (t == told))
        for t in THRESHOLDS
        if (mark := _mark(state, t)).fired and not reaches(snapshot.spent_nanos, limit_nanos, t)
    }
    return Judged(state=_marked(state, marks), verdict=verdict, reason="restated_down")


def _why_not_corrected(state: LineState, told: int, snapshot: Snapshot, limit_nanos: int) -> str:
    """Say what stands against a correction; empty: nothing."""
    since = state.spent_since
    rested = since is not None and snapshot.as_of - since >= RESTED_AFTER
    answers = (
        (not told, "below"),
        (reaches(snapshot.spent_nanos, limit_nanos, told), "already_told"),
        (reaches(snapshot.spent_nanos, limit_nanos, told - DRIFT_POINTS), "within_drift"),
        (state.muted or state.planned, "muted"),
        (snapshot.stale or not snapshot.complete, "stale"),
        (not rested, "not_rested"),
        (_mark(state, told).corrections > 0, "corrected_before"),
    )
    return next((reason for holds, reason in answers if holds), "")


def _relimited(state: LineState, version: int, limit_nanos: int) -> LineState:
    """Take over a new limit: what no longer holds is armed anew, and each threshold may be corrected once again.

    What holds is said of the figure that was known when the limit changed: a rise since then is news.
    """
    marks = {}
    for threshold, mark in state.marks.items():
        again = mark.fired and not reaches(state.spent_nanos, limit_nanos, threshold)
        marks[threshold] = Mark(fired=mark.fired and not again, generation=mark.generation + again)
    return replace(state, limit_version=version, marks=marks)


def _seen(state: LineState, snapshot: Snapshot) -> LineState:
    """Remember the figure, and since when it is the same.

    A reading with gaps proves nothing, but does not begin the rest anew: each day begins as one.
    """
    since = state.spent_since if state.spent_nanos == snapshot.spent_nanos else None
    if since is None and snapshot.complete:
        since = snapshot.as_of
    return replace(state, spent_nanos=snapshot.spent_nanos, spent_since=since, as_of=snapshot.as_of)


def _mark(state: LineState, threshold: int) -> Mark:
    return state.marks.get(threshold, Mark())


def _marked(state: LineState, marks: Mapping[int, Mark]) -> LineState:
    return replace(state, marks={**state.marks, **marks})
