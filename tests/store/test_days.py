"""How far each day can be trusted."""

from datetime import timedelta

from bot.overlap import Terms
from bot.periods import ChargePeriod
from bot.store import usage
from bot.store.engine import Store
from bot.usage import (
    DayReading,
    DayStanding,
    DayState,
)
from tests.store.readings import (
    ADA,
    CLAUDE,
    HOUR,
    LITELLM,
    NOON,
    PRECEDENCE,
    person,
    reading,
    used,
)

TERMS = tuple(Terms(source=one, account=one, final_after_days=3) for one in (CLAUDE, LITELLM))


def put(store: Store, *readings: DayReading) -> usage.Replaced:
    for one in readings:
        with store.sessions.begin() as session:
            done = usage.replace_day(session, one, PRECEDENCE)
    return done


def test_each_day_up_to_today_says_how_far_it_can_be_trusted(store: Store) -> None:
    today = NOON.date()

    for days_ago in range(5):
        day, over = today - timedelta(days_ago), days_ago > 0
        row = used(person(ADA), 5, day=day)
        put(store, reading(row, day=day, at=NOON - HOUR, quarantined=days_ago, complete=over))
    put(store, reading(day=today - timedelta(1), at=NOON))
    period = ChargePeriod(today - timedelta(5), today + timedelta(3), "")
    with store.sessions() as session:
        found = usage.standings(session, period, NOON, TERMS)
    claude = [one for one in found if one.source == CLAUDE]
    assert [one.state for one in claude] == [
        DayState.MISSING,
        DayState.SETTLED,
        DayState.SETTLED,
        DayState.SETTLING,
        DayState.HELD,
        DayState.OPEN,
    ]
    assert claude[1] == DayStanding(
        account=CLAUDE,
        source=CLAUDE,
        usage_date=today - timedelta(4),
        state=DayState.SETTLED,
        as_of=NOON - HOUR,
        quarantined=4,
        revision=1,
    )
    assert [(one.state, one.as_of) for one in found if one.source == LITELLM] == [(DayState.MISSING, None)] * 6
