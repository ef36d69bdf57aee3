"""Who drove this: what each person spent, beside their own past. Never a ranking: in the order of their names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.group import Stay
from bot.periods import ChargePeriod, previous
from bot.reports.footing import Footing
from bot.usage import CostMetric

MAX_DAYS = 100
"""The longest period answered: everybody's use is read while others wait to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpend:
    """One person's pay-per-token use."""

    member_id: int
    name: str
    cost_nanos: int
    before_nanos: int | None
    """In the period before. None: its days were not all read, or they were not in the group for all of both periods."""

    @property
    def change_nanos(self) -> int | None:
        """More or less than before."""
        return None if self.before_nanos is None else self.cost_nanos - self.before_nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSummary:
    """Who spent what in a period, of a group or of everybody."""

    group_name: str | None
    """None: everybody."""
    period: ChargePeriod
    before: ChargePeriod
    people: tuple[PersonSpend, ...]
    """Everybody who spent something in one of the two periods, by name."""
    metrics: tuple[CostMetric, ...]
    footing: Footing

    @property
    def cost_nanos(self) -> int:
        """What they spent together."""
        return sum(one.cost_nanos for one in self.people)


def throughout(stays: Iterable[Stay], period: ChargePeriod) -> frozenset[int]:
    """Give who was in the group on every day of a period and of the one before."""
    start = previous(period).start
    return frozenset(stay.member_id for stay in stays if stay.valid_from <= start and period.end <= stay.valid_to)


def people_summary(  # noqa: PLR0913 - two periods, and whose
    now: Mapping[int, int],
    past: Mapping[int, int],
    names: Mapping[int, str],
    period: ChargePeriod,
    *,
    comparable: frozenset[int] | None,
    group_name: str | None,
    metrics: tuple[CostMetric, ...],
    footing: Footing,
) -> PeopleSummary:
    """Sum up what people spent in a period, and in `periods.previous` of it.

    `comparable` are those whose two periods can be compared; None: everybody's.
    """
    people = [
        PersonSpend(
            member_id=one,
            name=names[one],
            cost_nanos=now.get(one, 0),
            before_nanos=(
                past.get(one, 0) if not footing.missing_before and (comparable is None or one in comparable) else None
            ),
        )
        for one in now.keys() | past.keys()
        if now.get(one) or past.get(one)
    ]
    return PeopleSummary(
        group_name=group_name,
        period=period,
        before=previous(period),
        people=tuple(sorted(people, key=lambda one: (one.name.casefold(), one.member_id))),
        metrics=metrics,
        footing=footing,
    )
