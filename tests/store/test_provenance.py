"""Which source told what of a figure."""

from datetime import timedelta

from sqlalchemy import insert

from bot.periods import ChargePeriod
from bot.store import links, provenance, usage
from bot.store.engine import Store
from bot.store.tables import IngestToken, core
from bot.usage import Biller, Consumer, ConsumerKind, DayReading, Plan, Provenance
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    CLAUDE,
    DAY,
    HOUR,
    LITELLM,
    NOON,
    PRECEDENCE,
    SONNET,
    USD,
    account,
    did,
    hire,
    person,
    reading,
    used,
)

NEXT = DAY + timedelta(days=1)


def put(store: Store, *readings: DayReading) -> None:
    for one in readings:
        with store.sessions.begin() as session:
            usage.replace_day(session, one, PRECEDENCE)


def ada_of(store: Store, *names: str) -> int:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        for name in names or (ADA,):
            for consumer in links.find_consumer(session, name):
                links.link_to_member(session, consumer, ada, "UBOSS", NOON, PRECEDENCE)
    return ada


def test_each_source_says_its_rows_that_count_those_that_do_not_and_its_newest_revision(store: Store) -> None:
    put(
        store,
        reading(used(person(ADA), USD), used(person(BORIS), USD)),
        reading(
            used(person(ADA), 2 * USD), used(person(ADA), USD, model=SONNET), used(person(BORIS), USD), at=NOON + HOUR
        ),
        reading(used(person(ADA), USD, day=NEXT), day=NEXT),
        reading(used(person(ADA), USD), used(person(BORIS), USD, biller=Biller.GATEWAY), source=LITELLM),
    )
    with store.sessions() as session:
        assert provenance.of_team(session, ALL_TIME) == [
            Provenance(source=CLAUDE, counted_rows=4, shadow_rows=0, days=2, revision=2, as_of=NOON + HOUR),
            Provenance(source=LITELLM, counted_rows=1, shadow_rows=1, days=1, revision=1, as_of=NOON),
        ]
        assert provenance.of_team(session, ChargePeriod(NEXT, NEXT + timedelta(days=1), "")) == [
            Provenance(source=CLAUDE, counted_rows=1, shadow_rows=0, days=1, revision=1, as_of=NOON)
        ]


def test_of_a_member_only_their_rows_are_counted(store: Store) -> None:
    put(
        store,
        reading(used(person(ADA), USD), used(person(BORIS), USD)),
        reading(used(person(BORIS), USD, biller=Biller.GATEWAY), source=LITELLM),
    )
    ada = ada_of(store)
    with store.sessions() as session:
        assert provenance.of_member(session, ada, ALL_TIME) == [
            Provenance(source=CLAUDE, counted_rows=1, shadow_rows=0, days=1, revision=1, as_of=NOON)
        ]


def test_what_only_the_sender_says_is_added_up_for_all_and_for_one(store: Store) -> None:
    ada_says, boris_says = (Consumer(ConsumerKind.SELF_DECLARED, f"self-{name}") for name in (ADA, BORIS))
    put(
        store,
        reading(
            used(ada_says, 3 * USD),
            used(ada_says, 4 * USD, model=SONNET, plan=Plan.SUBSCRIPTION),
            used(boris_says, 5 * USD),
            used(person(ADA), 7 * USD, biller=Biller.GATEWAY),
        ),
    )
    ada = ada_of(store, f"self-{ADA}")
    with store.sessions() as session:
        assert provenance.self_declared(session, ALL_TIME) == 8 * USD
        assert provenance.self_declared(session, ALL_TIME, ada) == 3 * USD
        assert provenance.self_declared(session, ChargePeriod(NEXT, NEXT + timedelta(days=1), "")) == 0


def test_self_declared_use_that_a_better_source_tells_too_is_in_no_figure(store: Store) -> None:
    declared = Consumer(ConsumerKind.SELF_DECLARED, ADA)
    put(store, reading(used(person(ADA), USD)), reading(used(declared, USD), source=LITELLM))
    ada = ada_of(store)
    with store.sessions() as session:
        assert provenance.self_declared(session, ALL_TIME) == 0
        assert provenance.self_declared(session, ALL_TIME, ada) == 0


def test_rows_read_are_those_of_use_and_activity_as_stored_now(store: Store) -> None:
    put(
        store,
        reading(used(person(ADA), USD), used(person(BORIS), USD), activity=[did(person(ADA))]),
        reading(used(person(ADA), USD, day=NEXT), day=NEXT),
        reading(used(person(ADA), USD), source=LITELLM),
    )
    with store.sessions() as session:
        assert provenance.rows_read(session, ALL_TIME) == {CLAUDE: 4, LITELLM: 1}


def test_telemetry_is_expected_once_anything_was_heard(store: Store) -> None:
    with store.sessions() as session:
        assert not provenance.expects_telemetry(session, LITELLM)
    put(store, reading(source=LITELLM))
    with store.sessions() as session:
        assert provenance.expects_telemetry(session, LITELLM)
        assert not provenance.expects_telemetry(session, CLAUDE)


def test_telemetry_is_expected_once_a_token_was_issued(store: Store) -> None:
    token = {
        "public_id": "p",
        "secret_hash": "h",
        "label": "",
        "biller": Biller.ANTHROPIC,
        "plan": Plan.PAY_PER_TOKEN,
        "created_by": "UBOSS",
        "created_at": NOON,
        "expires_at": NOON + HOUR,
    }
    with store.sessions.begin() as session:
        session.execute(insert(core(IngestToken)).values(**token))
    with store.sessions() as session:
        assert provenance.expects_telemetry(session, CLAUDE)
