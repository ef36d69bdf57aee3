"""What may be told of a group, as the store knows it now: the same whoever asks, and in a budget too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.periods import ChargePeriod
from bot.reports.groups import Judged, judge, parts_of
from bot.store import group_spends, groups
from bot.store.engine import Session
from bot.usage import DayState


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Parts of a month, or of several, and what the group spent in those that may be told of."""

    judged: tuple[Judged, ...]
    totals: Mapping[ChargePeriod, int]


def told_of(session: Session, group_id: int, parts: Sequence[ChargePeriod], states: Mapping[date, DayState]) -> Told:
    """Judge some parts in a row, and add up those of which nothing is withheld."""
    whole = ChargePeriod(parts[0].start, parts[-1].end, "")
    spenders, stays = group_spends.spenders_by_day(session, whole), groups.stays(session)
    judged = judge(parts, group_id, stays=stays, spenders=spenders, states=states)
    told = [one.part for one in judged if one.withheld is None]
    return Told(judged=judged, totals={part: group_spends.of_group(session, group_id, part) for part in told})


def spent_by_part(
    session: Session, group_id: int, period: ChargePeriod, states: Mapping[date, DayState]
) -> dict[date, int]:
    """Give what a group spent in each part of some months that may be told of, by the part's last day."""
    totals = told_of(session, group_id, parts_of(period), states).totals
    return {part.last: spent for part, spent in totals.items()}
