"""Telemetry as it was told: booked once, however often it is sent, and added up by session and day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select
from sqlalchemy.orm import Session

from bot.money import MAX_NANOS
from bot.periods import utc_day
from bot.store.engine import Sessions
from bot.store.tables import (
    TOKENS,
    CliVersion,
    InboxDirty,
    InboxFeature,
    InboxRefusal,
    InboxSeen,
    InboxSeries,
    InboxUse,
    core,
)
from bot.store.upserting import added, insert, replaced, upsert
from bot.telemetry import Booking, Feature, Heard, SessionKey, Signal, Use
from bot.usage import Consumer, Tokens

KEPT_DAYS = 36
"""One more than a record may be late: a second copy of it is known for as long as it could be accepted."""
VERSIONS_KEPT_DAYS = 90
TWO_WAYS = "two_ways"
"""Why nothing of a request was booked: it had come by another token."""

_SEEN, _SERIES, _USE, _FEATURE = core(InboxSeen), core(InboxSeries), core(InboxUse), core(InboxFeature)
_DIRTY, _REFUSAL, _VERSION = core(InboxDirty), core(InboxRefusal), core(CliVersion)

_AT_ONCE = 300
"""Rows in one statement: SQLite takes no more than 32,766 values."""
_WHOSE = ("usage_date", "kind", "external_id", "session")
_USE_KEY = (*_WHOSE, "signal", "model", "provider", "biller", "plan")
_USE_SUMS = (*TOKENS, "unpriced_tokens", "cost_nanos", "requests", "api_milliseconds")
_FEATURE_KEY = (*_WHOSE, "name")
_FIRST = select(func.min(_USE.c.usage_date))
_FIRST_FEATURE = select(func.min(_FEATURE.c.usage_date))
_OTHERS = select(_SEEN.c.identity).where(
    _SEEN.c.usage_date.in_(bindparam("days", expanding=True)),
    _SEEN.c.identity.in_(bindparam("known", expanding=True)),
    _SEEN.c.token_id.not_in(["", bindparam("mine")]),
)
_USES = select(_USE).where(_USE.c.usage_date == bindparam("day"))
_FEATURES = select(_FEATURE).where(_FEATURE.c.usage_date == bindparam("day"))
_DIRTY_DAYS = select(_DIRTY.c.usage_date).order_by(_DIRTY.c.usage_date.desc())


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What became of a request's records."""

    new: int
    repeated: int
    """Known already: the sender was not sure that we had them."""
    doubled: int
    """Of those, known by another token: the same telemetry is sent by two ways."""


class Box:
    """Reads the inbox: see `sources.Inbox`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def first_day(self) -> date | None:
        """Give the first day of which anything was told; None: nothing ever was."""
        with self._sessions() as session:
            found = (session.execute(one).scalar_one() for one in (_FIRST, _FIRST_FEATURE))
            return min((day for day in found if day is not None), default=None)

    def uses(self, day: date) -> Iterable[Use]:
        """Give the sums of each session, signal and model of a day."""
        with self._sessions() as session:
            return [
                Use(
                    key=_key_of(row),
                    signal=row.signal,
                    model=row.model,
                    provider=row.provider,
                    biller=row.biller,
                    plan=row.plan,
                    tokens=Tokens(**{name: getattr(row, name) for name in TOKENS}),
                    cost_nanos=row.cost_nanos,
                    unpriced_tokens=row.unpriced_tokens,
                    requests=row.requests,
                    api_milliseconds=row.api_milliseconds,
                )
                for row in session.execute(_USES, {"day": day})
            ]

    def features(self, day: date) -> Iterable[Feature]:
        """Give the counts of each session of a day."""
        with self._sessions() as session:
            found = session.execute(_FEATURES, {"day": day})
            return [Feature(key=_key_of(row), name=row.name, amount=row.amount) for row in found]


def book(session: Session, heard: Heard) -> Booked:
    """Add up what is new of a request. In the order of the keys throughout: two requests never wait for each other."""
    by_identity = {one.identity: one for one in heard.bookings}
    single = {identity: one for identity, one in by_identity.items() if one.total is None}
    unseen = _unseen(session, single, heard.token_id)
    doubled = _told_by_others(session, single, unseen, heard.token_id)
    fresh = [single[identity] for identity in unseen] + _advanced(session, heard.bookings)
    elsewhere = [_known_elsewhere(use) for one in doubled if (use := single[one].use) and use.signal is Signal.EVENTS]
    _add_uses(session, [*(one.use for one in fresh if one.use is not None), *elsewhere])
    _add_features(session, [one.feature for one in fresh if one.feature is not None])
    _note_versions(session, heard.versions)
    days = {_whose(one).usage_date for one in [*fresh, *(single[identity] for identity in doubled)]}
    # Changed to what it is: who cleans the day waits until this is committed, and its reader then sees it.
    dirty = [{"usage_date": day} for day in sorted(days)]
    upsert(session, _DIRTY, dirty, ("usage_date",), replaced("usage_date"))
    return Booked(new=len(fresh), repeated=len(heard.bookings) - len(fresh), doubled=len(doubled))


def dirty_days(session: Session) -> list[date]:
    """Give the days of which something has come since they were last added up, the newest first."""
    return list(session.execute(_DIRTY_DAYS).scalars())


def clean(session: Session, days: Iterable[date]) -> None:
    """Forget that days have changed: before they are read, so that what comes meanwhile makes them dirty again."""
    for day in sorted(days):
        session.execute(delete(_DIRTY).where(_DIRTY.c.usage_date == day))


def soil(session: Session, days: Iterable[date]) -> None:
    """Remember that days have yet to be added up."""
    upsert(session, _DIRTY, [{"usage_date": day} for day in sorted(days)], ("usage_date",), {})


def note_refusal(session: Session, reason: str, about: str, now: datetime) -> None:
    """Count that telemetry was turned away; `about` is the public id of a token that was proven, else empty."""
    row = {"usage_date": utc_day(now), "reason": reason, "about": about, "times": 1, "last_at": now}
    changes = {"times": _REFUSAL.c.times + 1, "last_at": now}
    upsert(session, _REFUSAL, [row], ("usage_date", "reason", "about"), changes)


def forget(session: Session, today: date) -> None:
    """Drop what can be told no second time, and versions that nobody has any more."""
    for table in (_SEEN, _SERIES, _USE, _FEATURE, _REFUSAL):
        session.execute(delete(table).where(table.c.usage_date < today - timedelta(days=KEPT_DAYS)))
    session.execute(delete(_VERSION).where(_VERSION.c.last_seen_date < today - timedelta(days=VERSIONS_KEPT_DAYS)))


def _unseen(session: Session, bookings: Mapping[bytes, Booking], token_id: str) -> list[bytes]:
    """Write down the identities, and give those that were not there."""
    rows = sorted((_whose(one).usage_date, identity) for identity, one in bookings.items())
    found: list[bytes] = []
    for start in range(0, len(rows), _AT_ONCE):
        statement = (
            insert(session, _SEEN)
            .values(
                [
                    {"usage_date": day, "identity": one, "token_id": token_id}
                    for day, one in rows[start : start + _AT_ONCE]
                ]
            )
            .on_conflict_do_nothing()
            .returning(_SEEN.c.identity)
        )
        found += (bytes(identity) for identity in session.connection().execute(statement).scalars())
    return sorted(found)


def _told_by_others(
    session: Session, bookings: Mapping[bytes, Booking], unseen: Iterable[bytes], token_id: str
) -> list[bytes]:
    """Give those that came first by another token. Of those from before tokens were noted nobody can say."""
    known = sorted(bookings.keys() - set(unseen))
    found: list[bytes] = []
    for start in range(0, len(known), _AT_ONCE):
        some = known[start : start + _AT_ONCE]
        asked = {"days": sorted({_whose(bookings[one]).usage_date for one in some}), "known": some, "mine": token_id}
        found += (bytes(one) for one in session.execute(_OTHERS, asked).scalars())
    return sorted(found)


def _known_elsewhere(use: Use) -> Use:
    """Give an event without its figures: only so that the metrics of the same session are known to be the same."""
    return replace(use, tokens=Tokens(), cost_nanos=0, unpriced_tokens=0, requests=0, api_milliseconds=0)


def _advanced(session: Session, bookings: Iterable[Booking]) -> list[Booking]:
    """Give what cumulative series have grown by. A lower total is a late point, and changes nothing."""
    points: dict[bytes, list[tuple[int, date, Booking]]] = defaultdict(list)
    for one in bookings:
        if one.total:
            points[one.identity].append((one.total, _whose(one).usage_date, one))
    first_days = {identity: min(day for _, day, _ in several) for identity, several in points.items()}
    found: list[Booking] = []
    changed = []
    for identity, (before, seen) in _progress(session, first_days).items():
        highest, newest = before, seen
        for total, day, one in sorted(points[identity], key=lambda point: point[:2]):
            # A series may be told on without growing for as long as its process lives: it is not to be forgotten.
            newest = max(newest, day)
            if total > highest:
                found.append(_part(one, total - highest))
                highest = total
        if (highest, newest) != (before, seen):
            changed.append({"identity": identity, "usage_date": newest, "highest": highest})
    upsert(session, _SERIES, changed, ("identity",), replaced("usage_date", "highest"))
    return found


def _progress(session: Session, first_days: Mapping[bytes, date]) -> dict[bytes, tuple[int, date]]:
    """Give how far each series has been booked and until when, and keep others from changing it."""
    rows = [{"identity": one, "usage_date": day, "highest": 0} for one, day in sorted(first_days.items())]
    found: dict[bytes, tuple[int, date]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        statement = insert(session, _SERIES).values(rows[start : start + _AT_ONCE])
        statement = statement.on_conflict_do_update(
            index_elements=["identity"], set_={"highest": _SERIES.c.highest}
        ).returning(_SERIES.c.identity, _SERIES.c.highest, _SERIES.c.usage_date)
        found |= {bytes(row.identity): (row.highest, row.usage_date) for row in session.connection().execute(statement)}
    return dict(sorted(found.items()))


def _part(booking: Booking, amount: int) -> Booking:
    """Give a booking of so much of its one figure."""
    if booking.feature is not None:
        return replace(booking, feature=replace(booking.feature, amount=amount))
    use = booking.use
    if use is None:
        return booking
    if use.cost_nanos:
        return replace(booking, use=replace(use, cost_nanos=amount))
    kinds = {name: amount for name in TOKENS if getattr(use.tokens, name)}
    return replace(booking, use=replace(use, tokens=Tokens(**kinds)))


def _add_uses(session: Session, uses: Iterable[Use]) -> None:
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_USE_SUMS))
    for use in uses:
        told = (*_columns(use.key).values(), use.signal, use.model, use.provider, use.biller, use.plan)
        measured = [
            *(getattr(use.tokens, name) for name in TOKENS),
            *(getattr(use, n) for n in _USE_SUMS[len(TOKENS) :]),
        ]
        sums[told] = [min(one + more, MAX_NANOS) for one, more in zip(sums[told], measured, strict=True)]
    rows = [dict(zip((*_USE_KEY, *_USE_SUMS), (*key, *sums[key]), strict=True)) for key in sorted(sums)]
    upsert(session, _USE, rows, _USE_KEY, added(_USE, _USE_SUMS))


def _add_features(session: Session, features: Iterable[Feature]) -> None:
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for one in features:
        key = (*_columns(one.key).values(), one.name)
        sums[key] = min(sums[key] + one.amount, MAX_NANOS)
    rows = [dict(zip((*_FEATURE_KEY, "amount"), (*key, sums[key]), strict=True)) for key in sorted(sums)]
    upsert(session, _FEATURE, rows, _FEATURE_KEY, added(_FEATURE, ("amount",)))


def _note_versions(session: Session, versions: Iterable[tuple[Consumer, str, date]]) -> None:
    newest: dict[tuple[Any, ...], date] = {}
    for who, version, day in versions:
        key = (who.kind, who.external_id, version)
        newest[key] = max(day, newest.get(key, day))
    rows = [
        {
            "kind": kind,
            "external_id": external_id,
            "version": version,
            "last_seen_date": newest[kind, external_id, version],
        }
        for kind, external_id, version in sorted(newest)
    ]

    def later(statement: Any) -> Any:
        told = statement.excluded.last_seen_date
        return case((told > _VERSION.c.last_seen_date, told), else_=_VERSION.c.last_seen_date)

    upsert(session, _VERSION, rows, ("kind", "external_id", "version"), {"last_seen_date": later})


def _whose(booking: Booking) -> SessionKey:
    figure = booking.use or booking.feature
    if figure is None:
        raise ValueError("a booking of nothing")
    return figure.key


def _columns(key: SessionKey) -> dict[str, Any]:
    consumer = key.consumer
    values = (key.usage_date, consumer.kind, consumer.external_id, key.session)
    return dict(zip(_WHOSE, values, strict=True))


def _key_of(row: Any) -> SessionKey:
    return SessionKey(usage_date=row.usage_date, consumer=Consumer(row.kind, row.external_id), session=row.session)
