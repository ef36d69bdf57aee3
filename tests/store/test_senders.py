"""What is known of who sends telemetry: what arrived, which versions, what was turned away, who fell silent."""

from datetime import date, datetime, timedelta

from sqlalchemy import insert

from bot.people import Standing
from bot.store import links, members, senders, tokens, usage
from bot.store.engine import Session, Store
from bot.store.senders import SeenVersion
from bot.store.tables import CliVersion, InboxRefusal, InboxUse, core
from bot.telemetry import Signal
from bot.usage import Biller, Consumer, ConsumerKind, Plan
from tests.store.readings import ADA, BORIS, DAY, HOUR, NOON, PRECEDENCE, USD, account, did, hire, person, reading, used
from tests.store.test_tokens import make

ME = Consumer(ConsumerKind.TOKEN, "U0ADA")
BOTH = (*PRECEDENCE, "otlp")
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


def version(session: Session, who: Consumer, told: str, day: date = DAY) -> None:
    row = {"kind": who.kind, "external_id": who.external_id, "version": told, "last_seen_date": day}
    session.execute(insert(core(CliVersion)).values(row))


def inbox(session: Session, who: Consumer, day: date) -> None:
    counts = (
        "uncached_input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "unpriced_tokens",
        "cost_nanos",
        "requests",
        "api_milliseconds",
    )
    row = {
        "usage_date": day,
        "kind": who.kind,
        "external_id": who.external_id,
        "session": "s",
        "signal": Signal.EVENTS,
        "model": "m",
        "provider": "",
        "biller": Biller.ANTHROPIC,
        "plan": Plan.PAY_PER_TOKEN,
        **dict.fromkeys(counts, 1),
    }
    session.execute(insert(core(InboxUse)).values(row))


def sent(session: Session, member_id: int, at: datetime) -> str:
    made, _ = make(session, member_id)
    tokens.note_use(session, made, at)
    return made.public_id


def test_nothing_has_arrived_from_who_has_only_a_token(store: Store) -> None:
    with store.sessions.begin() as session:
        (mine,) = hire(session, account("U0ADA", ADA))
        make(session, mine)
        usage.replace_day(session, reading(used(person(ADA), USD)), BOTH)
        assert senders.arrived(session, "U0ADA") is None


def test_what_has_arrived_counts_from_the_inbox_and_from_the_books_and_is_ones_own(store: Store) -> None:
    with store.sessions.begin() as session:
        usage.replace_day(
            session,
            reading(used(ME, USD), source="otlp", activity=[did(ME)]),
            BOTH,
        )
        assert senders.arrived(session, "U0ADA") == (DAY, DAY)
        late = DAY + timedelta(days=2)
        inbox(session, ME, late)
        inbox(session, Consumer(ConsumerKind.SELF_DECLARED, "U0ADA"), DAY - WEEK)
        inbox(session, Consumer(ConsumerKind.TOKEN, "U0BORIS"), DAY - WEEK)
        assert senders.arrived(session, "U0ADA") == (DAY, late)
        early = DAY - timedelta(days=1)
        usage.replace_day(session, reading(day=early, source="otlp", activity=[did(ME, day=early)]), BOTH)
        assert senders.arrived(session, "U0ADA") == (early, late)


def test_a_version_has_the_name_of_its_member_else_what_the_sender_says(store: Store) -> None:
    declared, stranger = (Consumer(ConsumerKind.SELF_DECLARED, name) for name in ("boris@x.example", "eve@x.example"))
    with store.sessions.begin() as session:
        mine, boris = hire(session, account("U0ADA", ADA, name="Ada"), account("U0BORIS", BORIS, name="Boris"))
        make(session, mine)
        usage.replace_day(session, reading(used(declared, USD), used(stranger, USD), source="otlp"), BOTH)
        (consumer,) = links.find_consumer(session, declared.external_id)
        links.link_to_member(session, consumer, boris, "U0CHLOE", NOON, BOTH)
        unlinked, claimed = Consumer(ConsumerKind.TOKEN, "U0BORIS"), Consumer(ConsumerKind.SELF_DECLARED, "U0ADA")
        for serial, who in enumerate((ME, declared, stranger, unlinked, claimed)):
            version(session, who, f"2.1.{serial}")
        found = senders.versions(session, DAY)
    assert {(one.version, one.who, one.is_known) for one in found} == {
        ("2.1.0", "Ada", True),
        ("2.1.1", "Boris", True),
        ("2.1.2", "eve@x.example", False),
        ("2.1.3", "Boris", True),
        ("2.1.4", "U0ADA", False),
    }


def test_a_version_is_told_of_whom_the_sender_is_now(store: Store) -> None:
    declared = Consumer(ConsumerKind.SELF_DECLARED, "shared@x.example")
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("U0ADA", ADA, name="Ada"), account("U0BORIS", BORIS, name="Boris"))
        usage.replace_day(session, reading(used(declared, USD), source="otlp"), BOTH)
        (consumer,) = links.find_consumer(session, declared.external_id)
        for member_id, after in ((ada, 0 * HOUR), (boris, 24 * HOUR)):
            links.link_to_member(session, consumer, member_id, "U0CHLOE", NOON + after, BOTH)
        version(session, declared, "2.1.330")
        assert [one.who for one in senders.versions(session, DAY)] == ["Boris"]


def test_only_versions_seen_since_a_day_are_given(store: Store) -> None:
    with store.sessions.begin() as session:
        version(session, ME, "2.1.1", DAY - timedelta(days=1))
        version(session, ME, "2.1.2", DAY)
        assert senders.versions(session, DAY) == [
            SeenVersion(who="U0ADA", is_known=False, version="2.1.2", last_seen_date=DAY)
        ]


def test_what_was_turned_away_says_whose_token_it_was(store: Store) -> None:
    with store.sessions.begin() as session:
        (mine,) = hire(session, account("U0ADA", ADA, name="Ada"))
        own, team = make(session, mine)[0].public_id, make(session, None, label="platform")[0].public_id
        for day, reason, about, times in (
            (DAY, "unknown", "", 3),
            (DAY, "expired", own, 2),
            (DAY, "expired", team, 1),
            (DAY - timedelta(days=1), "revoked", own, 9),
        ):
            row = {"usage_date": day, "reason": reason, "about": about, "times": times, "last_at": NOON}
            session.execute(insert(core(InboxRefusal)).values(row))
        found = {(one.reason, one.of, one.times) for one in senders.refusals(session, DAY)}
    assert found == {("unknown", "", 3), ("expired", "Ada", 2), ("expired", "platform", 1)}


def test_who_sent_nothing_since_an_instant_is_given_with_where_else_they_were_seen(store: Store) -> None:
    with store.sessions.begin() as session:
        mine, boris = hire(session, account("U0ADA", ADA, name="Ada"), account("U0BORIS", BORIS, name="Boris"))
        sent(session, mine, NOON - WEEK)
        sent(session, boris, NOON - WEEK + SECOND)
        make(session, boris)
        usage.replace_day(session, reading(used(person(ADA), USD), source="anthropic_claude_code"), BOTH)
        later = DAY + timedelta(days=1)
        usage.replace_day(session, reading(used(ME, USD, day=later), source="otlp", day=later), BOTH)
        usage.replace_day(session, reading(day=DAY - WEEK, activity=[did(person(ADA), day=DAY - WEEK)]), BOTH)
        members.match_consumers(session, NOON.date(), BOTH)
        (quiet,) = senders.quiet_since(session, NOON - WEEK, DAY - WEEK)
        assert (quiet.name, quiet.last_used_at, quiet.seen_elsewhere) == ("Ada", NOON - WEEK, DAY)
        (unseen,) = senders.quiet_since(session, NOON - WEEK, DAY + timedelta(days=1))
        assert unseen.seen_elsewhere is None


def test_activity_alone_is_being_seen(store: Store) -> None:
    with store.sessions.begin() as session:
        (mine,) = hire(session, account("U0ADA", ADA))
        sent(session, mine, NOON - WEEK - HOUR)
        usage.replace_day(session, reading(activity=[did(person(ADA))]), BOTH)
        members.match_consumers(session, NOON.date(), BOTH)
        assert [one.seen_elsewhere for one in senders.quiet_since(session, NOON, DAY)] == [DAY]


def test_who_left_who_never_sent_and_who_gave_it_up_are_not_silent(store: Store) -> None:
    with store.sessions.begin() as session:
        people = [account("U0ADA", ADA), account("U0BORIS", BORIS), account("U0GONE", None)]
        mine, boris, gone = hire(session, *people)
        sent(session, gone, NOON - WEEK)
        make(session, boris)
        tokens.revoke(session, sent(session, mine, NOON - WEEK), NOON)
        hire(session, *people[:2], account("U0GONE", None, Standing.DEACTIVATED))
        assert senders.quiet_since(session, NOON, DAY) == []


def test_the_newest_use_of_any_token_is_what_counts(store: Store) -> None:
    with store.sessions.begin() as session:
        (mine,) = hire(session, account("U0ADA", ADA))
        sent(session, mine, NOON - WEEK)
        sent(session, mine, NOON - HOUR)
        assert senders.quiet_since(session, NOON - HOUR - SECOND, DAY) == []
        assert len(senders.quiet_since(session, NOON - HOUR, DAY)) == 1
