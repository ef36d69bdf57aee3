"""One truth for one use: which source's rows count where several saw the same use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.usage import Biller


@dataclass(frozen=True, slots=True)
class Sighting:
    """A source saw use of a member on a day through a biller."""

    usage_date: date
    member_id: int
    biller: Biller
    source: str


def choose(sightings: Iterable[Sighting], precedence: Sequence[str]) -> frozenset[Sighting]:
    """Say whose rows count: per member, day and biller, the first source in the precedence that saw anything.

    The others are shadows: kept and shown, but in no total. A source that the precedence does not name comes after
    all that it names, by name, so that the answer never depends on the order of reading. Rows of nobody are not asked
    about here: unattributed rows never shadow one another.
    """
    rank = {source: place for place, source in enumerate(precedence)}
    best: dict[tuple[date, int, Biller], Sighting] = {}
    for sighting in sightings:
        key = (sighting.usage_date, sighting.member_id, sighting.biller)
        standing = best.get(key)
        if standing is None or _order(sighting, rank) < _order(standing, rank):
            best[key] = sighting
    return frozenset(best.values())


def _order(sighting: Sighting, rank: dict[str, int]) -> tuple[int, str]:
    return rank.get(sighting.source, len(rank)), sighting.source
