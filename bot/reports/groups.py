"""A group's total: of which parts of a month it may be told, and what it was.

A group is told of in whole parts of a month (days 1-7, 8-14, 15-21, 22 to its end), for good: what a part shows never
changes with who comes and goes later. And a part is only told of if everything else that one can ask about its days, of
the organization or of another group, is either the same or differs by what at least five people spent. So no two
answers, at whatever times, tell what fewer than five people spent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce
from itertools import accumulate
from operator import or_

from bot.group import Stay, throughout
from bot.periods import Cadence, ChargePeriod, around
from bot.reports.footing import Footing
from bot.reports.parts import FEWEST_PEOPLE, average
from bot.usage import CostMetric, DayState

_FIRST_DAYS = (1, 8, 15, 22)
"""On which days of a month its parts begin."""
_READ = frozenset({DayState.SETTLING, DayState.SETTLED})


class Withheld(StrEnum):
    """Why a part is not told of."""

    NOT_COMPLETE = "not_complete"
    """It is not over, or a day of it was not read to its end."""
    FEW_PEOPLE = "few_people"
    """Fewer than five of the group spent in it."""
    FEW_OTHERS = "few_others"
    """The organization's own figures differ from it by fewer than five people."""
    TOO_ALIKE = "too_alike"
    """An older group's figure differs from it by fewer than five people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What may be told of a group's part."""

    part: ChargePeriod
    withheld: Withheld | None
    people: int
    """Who of the group spent in it, as bits; only to be counted where nothing is withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPart:
    """A part as it is shown."""

    part: ChargePeriod
    cost_nanos: int | None
    """Pay per token. None: withheld."""
    people: int | None
    """How many of the group spent in it."""
    withheld: Withheld | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBefore:
    """The same parts of the month before."""

    parts: tuple[ChargePeriod, ...]
    cost_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A group's use in the parts of a month, or of several, that may be told of."""

    name: str
    period: ChargePeriod
    """From the first to the last part that is shown; where none is, all that was asked."""
    parts: tuple[GroupPart, ...]
    """Every part that was asked for and has begun."""
    cost_nanos: int | None
    """Of the parts shown. None: none is."""
    people: int
    """Different people who spent in the parts shown."""
    per_person_nanos: int | None
    before: GroupBefore | None
    """None: one of its parts cannot be told of, or several months were asked for."""
    metrics: tuple[CostMetric, ...]
    footing: Footing
    instead_of_this_month: bool
    """This month has no whole part yet, so the last one is shown."""

    @property
    def shown(self) -> tuple[ChargePeriod, ...]:
        """The parts that are shown."""
        return tuple(one.part for one in self.parts if one.withheld is None)


def parts_of(period: ChargePeriod) -> tuple[ChargePeriod, ...]:
    """Give the parts that a period is made of; none where it does not begin and end with a part."""
    first = period.start
    if first.day not in _FIRST_DAYS:
        return ()
    found: list[ChargePeriod] = []
    while first < period.end:
        last = _end(first)
        found.append(ChargePeriod(first, last, f"{first}..{last - timedelta(days=1)}"))
        first = last
    return tuple(found) if first == period.end else ()


def month_before(parts: Sequence[ChargePeriod]) -> tuple[ChargePeriod, ...]:
    """Give the same parts of the month before; none where the parts are of several months."""
    months = {part.start.replace(day=1) for part in parts}
    if len(months) != 1:
        return ()
    past = around(Cadence.MONTHLY, months.pop() - timedelta(days=1))
    wanted = {part.start.day for part in parts}
    return tuple(part for part in parts_of(past) if part.start.day in wanted)


def judge(
    parts: Iterable[ChargePeriod],
    group_id: int,
    *,
    stays: Sequence[Stay],
    spenders: Mapping[date, int],
    states: Mapping[date, DayState],
) -> tuple[Judged, ...]:
    """Say what may be told of a group's parts.

    `stays` are those of all groups there ever were; `spenders` are all members who spent on each day, as bits.
    """
    return tuple(_judged(part, group_id, stays, spenders, states) for part in parts)


def group_summary(
    name: str,
    judged: Sequence[Judged],
    before: Sequence[Judged],
    *,
    totals: Mapping[ChargePeriod, int],
    metrics: tuple[CostMetric, ...],
    footing: Footing,
    instead_of_this_month: bool = False,
) -> GroupSummary:
    """Sum up a group's parts. `totals` has what it spent in each part of which something may be told."""
    parts = tuple(_part(one, totals) for one in judged)
    shown = [one for one in judged if one.withheld is None]
    cost = sum(totals[one.part] for one in shown) if shown else None
    people = _all(one.people for one in shown).bit_count()
    return GroupSummary(
        name=name,
        period=_span([one.part for one in shown or judged]),
        parts=parts,
        cost_nanos=cost,
        people=people,
        per_person_nanos=None if cost is None else average(cost, people),
        before=_before(shown, before, totals),
        metrics=metrics,
        footing=footing,
        instead_of_this_month=instead_of_this_month,
    )


def _judged(
    part: ChargePeriod,
    group_id: int,
    stays: Sequence[Stay],
    spenders: Mapping[date, int],
    states: Mapping[date, DayState],
) -> Judged:
    if any(states.get(day) not in _READ for day in part.days()):
        return Judged(part=part, withheld=Withheld.NOT_COMPLETE, people=0)
    everybody = _all(spenders.get(day, 0) for day in part.days())
    in_groups = throughout(stays, part.start, part.end)
    return Judged(
        part=part,
        withheld=_withheld(group_id, in_groups, part, spenders, everybody),
        people=in_groups.get(group_id, 0) & everybody,
    )


def _part(one: Judged, totals: Mapping[ChargePeriod, int]) -> GroupPart:
    told = one.withheld is None
    return GroupPart(
        part=one.part,
        cost_nanos=totals[one.part] if told else None,
        people=one.people.bit_count() if told else None,
        withheld=one.withheld,
    )


def _before(
    shown: Sequence[Judged], before: Sequence[Judged], totals: Mapping[ChargePeriod, int]
) -> GroupBefore | None:
    same = {part.start for part in month_before([one.part for one in shown])}
    past = [one for one in before if one.part.start in same]
    if not past or len(past) != len(shown) or any(one.withheld for one in past):
        return None
    return GroupBefore(parts=tuple(one.part for one in past), cost_nanos=sum(totals[one.part] for one in past))


def _withheld(
    group_id: int, in_groups: Mapping[int, int], part: ChargePeriod, spenders: Mapping[date, int], everybody: int
) -> Withheld | None:
    """Judge the groups in the order of their age: an older one is never withheld because of a younger."""
    told: list[int] = []
    for one, people in in_groups.items():
        mine = people & everybody
        withheld: Withheld | None = None
        if mine.bit_count() < FEWEST_PEOPLE:
            withheld = Withheld.FEW_PEOPLE
        elif not _differs_enough_from_all(mine, part, spenders, everybody):
            withheld = Withheld.FEW_OTHERS
        elif any(_tells(mine ^ other) for other in told):
            withheld = Withheld.TOO_ALIKE
        if one == group_id:
            return withheld
        if withheld is None:
            told.append(mine)
    return Withheld.FEW_PEOPLE


def _differs_enough_from_all(mine: int, part: ChargePeriod, spenders: Mapping[date, int], everybody: int) -> bool:
    """Compare with what can be asked of the organization: the total of any days in a row."""
    others = everybody & ~mine
    if not others:
        return True  # the same figure as the organization's
    by_day = [spenders.get(day, 0) for day in part.days()]
    if all((on_day & others).bit_count() >= FEWEST_PEOPLE for on_day in by_day):
        return True  # whatever days are asked for, these are in it
    before = [*accumulate(by_day, or_, initial=0)]
    after = [*accumulate(reversed(by_day), or_, initial=0)][::-1]
    for start in range(len(by_day)):
        inside = 0
        for end in range(start, len(by_day)):
            inside |= by_day[end]
            left_out = (before[start] | after[end + 1]) & mine
            if _tells(left_out | (inside & others)):
                return False
    return True


def _tells(people: int) -> bool:
    """Say whether so few people stand between two figures that the difference tells of them."""
    return 0 < people.bit_count() < FEWEST_PEOPLE


def _all(people: Iterable[int]) -> int:
    return reduce(or_, people, 0)


def _span(parts: Sequence[ChargePeriod]) -> ChargePeriod:
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    return ChargePeriod(start, end, f"{start}..{end - timedelta(days=1)}")


def _end(first: date) -> date:
    later = [day for day in _FIRST_DAYS if day > first.day]
    return first.replace(day=later[0]) if later else around(Cadence.MONTHLY, first).end
