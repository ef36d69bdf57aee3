"""Holding our figures against the organization's own cost report: by how much they differ, and why.

The report knows workspaces, no people. What can be compared is the workspace of Claude Code, and each workspace that
holds a key which we see at work; the rest of the report is other products.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from bot.costs import CostLine, KnownWorkspace, OwnDay, ReportDay, VendorKey
from bot.usage import DayStanding, DayState

TOLERANCE_PERCENT = 1
"""A difference of more than this, of the larger side, is explained or told."""
LEAST_NANOS = 10_000_000
"""A cent: less is rounding, whatever part of a small day it is."""
LIKE_BEFORE_PERCENT = 1
"""A discount is steady: a difference this close to the one of the day before, in points, is the same one."""

_DEFAULT_WORKSPACE = ""
_TOKENS = ("tokens", "")
"""Kinds of cost that are surely use of models. Whether our sources count the others, no contract says."""
_OVER = frozenset({DayState.SETTLING, DayState.SETTLED})


class Reason(StrEnum):
    """Why the two may differ."""

    OTHER_PRODUCTS = "other_products"
    """Workspaces that have nothing to do with what we see."""
    EXTRAS = "extras"
    """Web search, code execution and the like, in workspaces that are compared."""
    KEYS = "keys"
    """What else was charged to a workspace that holds a key which we see."""
    UNPLACED = "unplaced"
    """Ours of keys of which the Admin API does not say in which one workspace they are: compared with nothing."""
    ESTIMATE = "estimate"
    """Ours are estimates at list price; the report may know a discount."""
    PRIORITY_TIER = "priority_tier"
    """Never in the report."""
    DOUBLE = "double"
    """Ours may count one use twice: two names for one key, or one person."""
    UNSEEN = "unseen"
    """Ours may lack somebody's use: a source that failed, or rows that were not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a difference that is explained."""

    reason: Reason
    cost_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Our figures beside the report's, of one UTC day or of several."""

    days: tuple[date, ...]
    own_nanos: int
    """What we count of those who can be compared."""
    report_nanos: int
    """What the report says of the same."""
    estimated_nanos: int
    """How much of ours is an estimate at list price."""
    parts: tuple[Part, ...]
    """What is left out on either side, or explained, in the order of `Reason`. Never negative."""
    unexplained_nanos: int
    """Ours less the report's, less what is explained. Positive: we count more."""

    @property
    def percent(self) -> Fraction:
        """The unexplained difference in percent of the larger side."""
        larger = max(self.own_nanos, self.report_nanos)
        return Fraction(100 * abs(self.unexplained_nanos), larger) if larger > 0 else Fraction(0)

    @property
    def is_flagged(self) -> bool:
        """The difference is more than the tolerance, and more than rounding."""
        return abs(self.unexplained_nanos) > LEAST_NANOS and self.percent > TOLERANCE_PERCENT

    @property
    def possible(self) -> tuple[Reason, ...]:
        """What may be behind a difference, by its direction; nobody can say how much."""
        if not self.is_flagged:
            return ()
        if self.unexplained_nanos < 0:
            return (Reason.UNSEEN,)
        return (*([Reason.ESTIMATE] if self.estimated_nanos else []), Reason.PRIORITY_TIER, Reason.DOUBLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known of the organization's workspaces and keys."""

    workspaces: Sequence[KnownWorkspace] = ()
    keys: Sequence[VendorKey] = ()

    @property
    def claude_code(self) -> str | None:
        """The id of the workspace of Claude Code; None: none of that name was ever seen."""
        return next((one.workspace_id for one in self.workspaces if one.is_claude_code), None)

    @property
    def workspace_of_key(self) -> Mapping[str, str]:
        """In which workspace a key is, by its name; without names that are in several."""
        of_name: dict[str, set[str]] = defaultdict(set)
        for key in self.keys:
            of_name[key.name].add(key.workspace_id or _DEFAULT_WORKSPACE)
        return {name: min(places) for name, places in of_name.items() if len(places) == 1}


def whole_days(standings: Iterable[DayStanding]) -> frozenset[date]:
    """Give the days of which every source that has read anything has all.

    `standings` are those of each source of one account. A source that has only a part of a day so far will say
    something else of it when it has the whole.
    """
    by_day: dict[date, list[DayStanding]] = defaultdict(list)
    for one in standings:
        if one.state is not DayState.MISSING:
            by_day[one.usage_date].append(one)
    return frozenset(
        day for day, found in by_day.items() if all(one.state in _OVER and not one.gives_way for one in found)
    )


def compare(
    own: Iterable[OwnDay], report: Iterable[ReportDay], names: Names, whole: frozenset[date]
) -> tuple[Comparison, ...]:
    """Compare each day that both sides have whole, oldest first. Nothing while Claude Code's workspace is unknown."""
    if names.claude_code is None:
        return ()
    ours = {day.usage_date: day for day in own}
    return tuple(
        _compare(ours.get(day.usage_date) or OwnDay(usage_date=day.usage_date, cost_nanos=0), day, names)
        for day in sorted(report, key=lambda one: one.usage_date)
        if day.complete and day.usage_date in whole
    )


def together(comparisons: Sequence[Comparison]) -> Comparison | None:
    """Add days up; None: there are none."""
    if not comparisons:
        return None
    explained: Counter[Reason] = Counter()
    for one in comparisons:
        explained.update({part.reason: part.cost_nanos for part in one.parts})
    return Comparison(
        days=tuple(sorted(day for one in comparisons for day in one.days)),
        own_nanos=sum(one.own_nanos for one in comparisons),
        report_nanos=sum(one.report_nanos for one in comparisons),
        estimated_nanos=sum(one.estimated_nanos for one in comparisons),
        parts=_parts(explained),
        unexplained_nanos=sum(one.unexplained_nanos for one in comparisons),
    )


def by_month(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Add days up by calendar month, oldest first."""
    months: dict[tuple[int, int], list[Comparison]] = defaultdict(list)
    for one in comparisons:
        months[one.days[0].year, one.days[0].month].append(one)
    added = (together(months[month]) for month in sorted(months))
    return tuple(one for one in added if one is not None)


def worth_telling(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Give the days whose difference admins should hear of.

    Estimates at list price lie above the charges of who has a discount, by about the same part every day: that is told
    of the first such day, and again when it changes.
    """
    by_day = {one.days[0]: one for one in comparisons}
    told = []
    for one in comparisons:
        before = by_day.get(one.days[0] - timedelta(days=1))
        if one.is_flagged and not (before and _same_discount(before, one)):
            told.append(one)
    return tuple(told)


def _same_discount(before: Comparison, now: Comparison) -> bool:
    both = (before, now)
    are_estimates = all(one.is_flagged and one.estimated_nanos > 0 and one.unexplained_nanos > 0 for one in both)
    return are_estimates and abs(now.percent - before.percent) <= LIKE_BEFORE_PERCENT


def _compare(own: OwnDay, report: ReportDay, names: Names) -> Comparison:
    places, claude_code = names.workspace_of_key, names.claude_code
    of_keys: dict[str, int] = defaultdict(int)
    unplaced = 0
    for name, cost in own.by_key.items():
        if name not in places:
            unplaced += cost
        elif places[name] != claude_code:
            of_keys[places[name]] += cost
    tokens, extras, others = _sides(report.lines, {claude_code, *of_keys})
    other_use = sum(max(0, tokens[workspace] - cost) for workspace, cost in of_keys.items())
    ours, theirs = own.cost_nanos - unplaced, sum(tokens.values()) - other_use
    difference = ours - theirs
    counted_extras = min(max(difference, 0), max(extras, 0))
    explained = {
        Reason.OTHER_PRODUCTS: others,
        Reason.EXTRAS: extras,
        Reason.KEYS: other_use,
        Reason.UNPLACED: unplaced,
    }
    return Comparison(
        days=(report.usage_date,),
        own_nanos=ours,
        report_nanos=theirs + counted_extras,
        estimated_nanos=own.estimated_nanos,
        parts=_parts(explained),
        unexplained_nanos=difference - counted_extras,
    )


def _sides(lines: Iterable[CostLine], compared: set[str | None]) -> tuple[dict[str, int], int, int]:
    """Split the report: use of models by workspace that is compared, other kinds of cost there, and all the rest."""
    tokens: dict[str, int] = defaultdict(int)
    extras = others = 0
    for line in lines:
        if line.workspace_id not in compared:
            others += line.cost_nanos
        elif line.cost_type in _TOKENS:
            tokens[line.workspace_id] += line.cost_nanos
        else:
            extras += line.cost_nanos
    return tokens, extras, others


def _parts(explained: Mapping[Reason, int]) -> tuple[Part, ...]:
    return tuple(Part(reason=reason, cost_nanos=explained[reason]) for reason in Reason if explained.get(reason, 0) > 0)
