"""How far each day of a source can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from bot.overlap import Terms, speaking
from bot.periods import ChargePeriod, utc_day
from bot.store.tables import Source, SourceDay, core
from bot.usage import DayStanding, DayState

_DAYS, _SOURCE = core(SourceDay), core(Source)

_KNOWN = select(_DAYS.c.usage_date, _DAYS.c.as_of, _DAYS.c.complete, _DAYS.c.held_digest).select_from(
    _DAYS.join(_SOURCE, _SOURCE.c.id == _DAYS.c.source_id)
)
_KNOWN_DAYS = _KNOWN.where(_SOURCE.c.name == bindparam("source")).order_by(_DAYS.c.usage_date)
_KNOWN_IN = _KNOWN.add_columns(
    _SOURCE.c.name, _DAYS.c.quarantined, _DAYS.c.data_through, _DAYS.c.gives_way, _DAYS.c.revision
).where(_DAYS.c.usage_date >= bindparam("start"), _DAYS.c.usage_date < bindparam("end"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDay:
    """What a poll must know of a day to decide whether to read it again."""

    as_of: datetime
    complete: bool
    held: bool


def standings(session: Session, period: ChargePeriod, now: datetime, terms: Sequence[Terms]) -> list[DayStanding]:
    """Say how far each day of a period up to today can be trusted: one standing an account and day (see `speaking`)."""
    return speaking(standings_of_each(session, period, now, terms), terms)


def standings_of_each(
    session: Session, period: ChargePeriod, now: datetime, terms: Sequence[Terms]
) -> list[DayStanding]:
    """Say it of each source of `terms` by itself.

    A day settles when it is `final_after_days` old: today is none, yesterday one.
    """
    found = session.execute(_KNOWN_IN, {"start": period.start, "end": period.end})
    known = {(row.name, row.usage_date): row for row in found}
    today = utc_day(now)
    return [
        _standing(one, day, known.get((one.source, day)), today)
        for one in terms
        for day in period.days()
        if day <= today
    ]


def known_days(session: Session, source: str) -> dict[date, KnownDay]:
    """Give every day of a source that was ever read."""
    return {
        day: KnownDay(as_of=as_of, complete=complete, held=held is not None)
        for day, as_of, complete, held in session.execute(_KNOWN_DAYS, {"source": source})
    }


def _standing(terms: Terms, day: date, known: Row[Any] | None, today: date) -> DayStanding:
    if known is None:
        return DayStanding(
            source=terms.source, account=terms.account, usage_date=day, state=DayState.MISSING, as_of=None
        )
    if known.held_digest is not None:
        state = DayState.HELD
    elif not known.complete:
        state = DayState.OPEN
    else:
        settles_on = day + timedelta(days=terms.final_after_days)
        state = DayState.SETTLING if today < settles_on else DayState.SETTLED
    return DayStanding(
        source=terms.source,
        account=terms.account,
        usage_date=day,
        state=state,
        as_of=known.as_of if known.data_through is None else min(known.as_of, known.data_through),
        quarantined=known.quarantined,
        revision=known.revision,
        gives_way=known.gives_way,
    )
