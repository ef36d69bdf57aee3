"""What a pilot taught: numbers of people and messages, never names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from bot.notice import NoticeKind

FEW = 5
"""Of fewer people it is not told how many of them have chosen something."""
FEWEST = 2
"""A group of one would be a person."""
_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How many people have done something for themselves."""

    alerts_off: int
    snoozed: int
    tips_off: int
    own_budgets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotReport:
    """How far a pilot has come."""

    group: str
    since: datetime
    days: int
    """Of 24 hours, those begun included: at least one."""
    people: int
    active: int
    """How many of them have spent since."""
    sent: tuple[tuple[NoticeKind, int], ...]
    """Unasked messages to them by kind, most first."""
    sent_a_person_and_week_tenths: int | None
    """In tenths; None before a whole week, which would only be a guess."""
    withheld: int
    """Messages to others that were not sent."""
    requests: int
    approved: int
    choices: Choices | None
    """None: fewer than `FEW` people."""

    @property
    def sent_in_all(self) -> int:
        """All unasked messages to the people of the pilot."""
        return sum(count for _, count in self.sent)


def pilot_report(  # noqa: PLR0913 - a pilot is all of these
    *,
    group: str,
    since: datetime,
    now: datetime,
    people: int,
    active: int,
    sent: Mapping[NoticeKind, int],
    withheld: int,
    requests: int,
    approved: int,
    choices: Choices,
) -> PilotReport:
    """Say what a pilot has taught so far."""
    days = max(1, -((since - now) // timedelta(days=1)))
    in_all = sum(sent.values())
    is_measured = people > 0 and now - since >= timedelta(days=_DAYS_A_WEEK)
    person_days = people * days
    return PilotReport(
        group=group,
        since=since,
        days=days,
        people=people,
        active=active,
        sent=tuple(sorted(sent.items(), key=lambda one: (-one[1], one[0]))),
        sent_a_person_and_week_tenths=round(Fraction(in_all * _DAYS_A_WEEK * 10, person_days)) if is_measured else None,
        withheld=withheld,
        requests=requests,
        approved=approved,
        choices=choices if people >= FEW else None,
    )
