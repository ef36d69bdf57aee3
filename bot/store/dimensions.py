"""Small numbers for names that repeat on every row: sources, models, consumers."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.store import bulk
from bot.store.tables import Consumer, Model, Source, core
from bot.usage import Consumer as Named

_SOURCE, _MODEL, _CONSUMER = core(Source), core(Model), core(Consumer)
_SOURCE_ID = select(_SOURCE.c.id).where(_SOURCE.c.name == bindparam("name"))
_MODELS = select(_MODEL.c.name, _MODEL.c.provider, _MODEL.c.id)
_CONSUMERS = select(_CONSUMER.c.kind, _CONSUMER.c.external_id, _CONSUMER.c.id, _CONSUMER.c.first_seen_date).where(
    _CONSUMER.c.source_id == bindparam("source_id")
)


def source_id(session: Session, name: str) -> int:
    """Give the number of a source, making one at its first reading."""
    found = session.execute(_SOURCE_ID, {"name": name}).scalar_one_or_none()
    if found is None:
        session.execute(_SOURCE.insert(), [{"name": name}])
        found = session.execute(_SOURCE_ID, {"name": name}).scalar_one()
    return int(found)


def model_ids(session: Session, models: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """Give the number of each model and its provider, making those that are new."""
    known = _models(session)
    new = sorted(set(models) - known.keys())
    if new:
        session.execute(_MODEL.insert(), [{"name": name, "provider": provider} for name, provider in new])
        known = _models(session)
    return known


def consumer_ids(
    session: Session, source: int, consumers: Iterable[Named], day: date
) -> tuple[Mapping[Named, int], int]:
    """Give the number of each consumer of a source that was seen on a day, and how many of them are new."""
    wanted = set(consumers)
    known = _consumers(session, source)
    new = sorted(wanted - known.keys())
    if new:
        session.execute(
            _CONSUMER.insert(),
            [
                {"source_id": source, "kind": one.kind, "external_id": one.external_id, "first_seen_date": day}
                for one in new
            ],
        )
        known = _consumers(session, source)
    # A first backfill goes back in time: every day of it is the earliest so far.
    seen = bulk.day_value(session, day)
    bulk.update(
        session, _CONSUMER, "first_seen_date", ("id",), [(seen, known[one][0]) for one in wanted if known[one][1] > day]
    )
    return {one: known[one][0] for one in wanted}, len(new)


def _models(session: Session) -> dict[tuple[str, str], int]:
    return {(name, provider): number for name, provider, number in session.execute(_MODELS)}


def _consumers(session: Session, source: int) -> dict[Named, tuple[int, date]]:
    found = session.execute(_CONSUMERS, {"source_id": source})
    return {Named(kind, external_id): (number, first) for kind, external_id, number, first in found}
