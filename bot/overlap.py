"""One truth for one use: which source's rows count where several saw the same use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.usage import Biller, DayStanding, DayState, Plan

Who = tuple[str, int | str]
"""Whose use it was: `("member", 3)`, `("machine", 2)`, or, of nobody yet, `("person", address)` and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a source promises about its days."""

    source: str
    account: str
    """Sources of one account tell of the same use, each in its way."""
    final_after_days: int
    """Days this old are corrected no more."""
    is_told: bool = False
    """It is told, not asked: a day of which it heard nothing is no gap while another source speaks of it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A source saw somebody's use on a day, through a biller and under a plan."""

    usage_date: date
    who: Who
    biller: Biller
    plan: Plan
    source: str
    gives_way: bool = False
    """The source has only a part of the day so far."""
    guesses_plan: bool = False
    """The source cannot see the plan: telemetry takes the word of whoever set it up."""


def choose(sightings: Iterable[Sighting], precedence: Sequence[str]) -> frozenset[Sighting]:
    """Say whose rows count: per day, person, biller and plan, the first source in the precedence that saw anything.

    The others are shadows: kept and shown, but in no total. A source that gives way comes last. One that only guesses
    the plan counts for none where another saw the use under any plan. A source that the precedence does not name comes
    after all that it names, by name, so that the answer never depends on the order of reading.
    """
    rank = {source: place for place, source in enumerate(precedence)}
    best: dict[tuple[date, Who, Biller, Plan], Sighting] = {}
    for sighting in sightings:
        key = (sighting.usage_date, sighting.who, sighting.biller, sighting.plan)
        standing = best.get(key)
        if standing is None or _order(sighting, rank) < _order(standing, rank):
            best[key] = sighting
    sure = {(one.usage_date, one.who, one.biller) for one in best.values() if not one.guesses_plan}
    return frozenset(
        one for one in best.values() if not (one.guesses_plan and (one.usage_date, one.who, one.biller) in sure)
    )


def speaking(standings: Iterable[DayStanding], terms: Sequence[Terms]) -> list[DayStanding]:
    """Give, for each account and day, the standing of the source that speaks for it.

    That is the first of `terms` that has the whole day, else the first that has any of it, else the first. Whoever is
    only told is left out where it heard nothing and another account can speak.
    """
    of_source = {one.source: one for one in terms}
    by_account: dict[tuple[str, date], list[DayStanding]] = {}
    for standing in standings:
        by_account.setdefault((of_source[standing.source].account, standing.usage_date), []).append(standing)
    only_told = all(one.is_told for one in terms)
    found = []
    for several in by_account.values():
        heard = [one for one in several if one.state is not DayState.MISSING]
        whole = [one for one in heard if not one.gives_way]
        if heard or only_told or not all(of_source[one.source].is_told for one in several):
            found.append((whole or heard or several)[0])
    return found


def _order(sighting: Sighting, rank: Mapping[str, int]) -> tuple[bool, int, str]:
    return sighting.gives_way, rank.get(sighting.source, len(rank)), sighting.source
