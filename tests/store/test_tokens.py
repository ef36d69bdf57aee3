"""Ingest tokens: shown once, stored as a keyed hash, let in while they hold, and each the person it was made for."""

import hashlib
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from bot.people import Standing
from bot.sources import otlp
from bot.store import links, tokens, usage
from bot.store.engine import Session, Store
from bot.store.tokens import LIFETIME, NOTED_EVERY, Reason, Token
from bot.usage import Biller, Consumer, ConsumerKind, Owner, Plan
from tests.store.readings import ADA, ALL_TIME, HOUR, NOON, PRECEDENCE, USD, account, hire, reading, used

SECOND = timedelta(seconds=1)
_SERIAL = count(1)


def fresh() -> bytes:
    """Bytes that no other token of this run has."""
    return hashlib.sha256(str(next(_SERIAL)).encode()).digest()


def make(
    session: Session,
    member_id: int | None,
    *,
    plan: Plan = Plan.PAY_PER_TOKEN,
    label: str = "laptop",
    secret: bytes = b"",
) -> tuple[Token, str]:
    return tokens.issue(
        session,
        member_id=member_id,
        label=label,
        by="U0ADA",
        now=NOON,
        secret=secret or fresh(),
        precedence=PRECEDENCE,
        plan=plan,
    )


def ada(session: Session) -> int:
    (member_id,) = hire(session, account("U0ADA", ADA))
    return member_id


def why(session: Session, told: str | None, *, later: timedelta = timedelta()) -> Reason:
    return tokens.admit(session, told, NOON + later).reason


def test_a_token_lets_in_and_says_whom_it_is_about(store: Store) -> None:
    with store.sessions.begin() as session:
        made, told = make(session, ada(session), plan=Plan.SUBSCRIPTION)
        admission = tokens.admit(session, told, NOON)
    assert admission.token == made
    assert (made.slack_user_id, made.biller, made.plan) == ("U0ADA", Biller.ANTHROPIC, Plan.SUBSCRIPTION)
    prefix, public_id, secret = told.split("_", 2)
    assert (prefix, public_id, len(secret)) == ("ccost", made.public_id, 43)


def test_the_token_itself_is_nowhere_in_the_database(store: Store) -> None:
    with store.sessions.begin() as session:
        given = fresh()
        _, told = make(session, ada(session), secret=given)
        secret = told.split("_", 2)[2]
        dumped = [
            str(row)
            for table in ("ingest_token", "ingest_key", "consumer", "consumer_link")
            for row in session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
        ]
    assert dumped
    assert not [row for row in dumped if given.hex() in row], "a key that it could be made of again"
    assert not [row for row in dumped if secret in row or hashlib.sha256(told.encode()).hexdigest() in row]


def test_the_stored_hash_is_keyed_with_a_key_that_all_tokens_share(store: Store) -> None:
    with store.sessions.begin() as session:
        _, first = make(session, None)
        _, second = make(session, None)
        keys = session.execute(text("SELECT secret FROM ingest_key")).scalars().all()
        assert (why(session, first), why(session, second)) == (Reason.GOOD, Reason.GOOD)
        session.execute(text("UPDATE ingest_key SET secret = :other"), {"other": "00" * 32})
        assert (why(session, first), why(session, second)) == (Reason.UNKNOWN, Reason.UNKNOWN)
    assert [len(bytes.fromhex(one)) for one in keys] == [32]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, Reason.MISSING),
        ("", Reason.MISSING),
        ("sk-something-else", Reason.MALFORMED),
        ("ccost_" + "0" * 12 + "_" + "A" * 42, Reason.MALFORMED),
        ("ccost_" + "0" * 12 + "_" + "A" * 43, Reason.UNKNOWN),
        ("ccost_" + "0" * 12 + "_" + "A" * 44, Reason.MALFORMED),
        ("ccost_" + "0" * 12 + "_" + "Ａ" * 43, Reason.MALFORMED),
        ("ccost_" + "0" * 12 + "_" + "A" * 43 + "\n", Reason.MALFORMED),
    ],
)
def test_what_is_no_token_of_ours_is_refused_with_its_reason(store: Store, told: str | None, reason: Reason) -> None:
    with store.sessions.begin() as session:
        assert why(session, told) is reason, "before any token was made"
        make(session, None)
        assert why(session, told) is reason


def test_one_changed_character_makes_it_unknown_and_nobody_is_named(store: Store) -> None:
    with store.sessions.begin() as session:
        _, told = make(session, ada(session))
        for place in (6, 19, len(told) - 1):
            other = "0" if told[place] != "0" else "1"
            admission = tokens.admit(session, told[:place] + other + told[place + 1 :], NOON)
            assert (admission.token, admission.reason, admission.about) == (None, Reason.UNKNOWN, "")


def test_two_tokens_do_not_open_with_each_others_secret(store: Store) -> None:
    with store.sessions.begin() as session:
        _, one = make(session, None)
        _, other = make(session, None)
        mixed = one[:19] + other[19:]
        assert (why(session, one), why(session, mixed)) == (Reason.GOOD, Reason.UNKNOWN)


def test_it_holds_until_its_last_second_and_not_after(store: Store) -> None:
    with store.sessions.begin() as session:
        made, told = make(session, None)
        assert made.expires_at == NOON + LIFETIME == NOON + timedelta(days=180)
        assert why(session, told, later=LIFETIME - SECOND) is Reason.GOOD
        expired = tokens.admit(session, told, NOON + LIFETIME)
    assert (expired.token, expired.reason, expired.about) == (None, Reason.EXPIRED, made.public_id)


def test_a_revoked_token_is_refused_at_once_and_revoked_once(store: Store) -> None:
    with store.sessions.begin() as session:
        made, told = make(session, None)
        _, other = make(session, None)
        ended = tokens.revoke(session, made.public_id, NOON + HOUR)
        assert ended is not None
        assert ended.revoked_at == NOON + HOUR
        assert tokens.revoke(session, made.public_id, NOON + 2 * HOUR) is None
        assert tokens.revoke(session, "nobody's", NOON) is None
        refused = tokens.admit(session, told, NOON + HOUR)
        assert (refused.token, refused.reason, refused.about) == (None, Reason.REVOKED, made.public_id)
        assert why(session, other) is Reason.GOOD
        assert tokens.listed(session)[1].revoked_at == NOON + HOUR


def test_a_use_is_written_down_at_most_once_an_hour(store: Store) -> None:
    with store.sessions.begin() as session:
        made, told = make(session, None)
        assert tokens.note_use(session, made, NOON)
        for after, written in ((NOTED_EVERY - SECOND, False), (NOTED_EVERY, True)):
            known = tokens.admit(session, told, NOON + after).token
            assert known is not None
            assert tokens.note_use(session, known, NOON + after) is written
        (now,) = tokens.listed(session)
    assert (now.first_used_at, now.last_used_at) == (NOON, NOON + NOTED_EVERY)


def test_a_members_token_makes_the_consumer_for_the_whole_past(store: Store) -> None:
    me = Consumer(ConsumerKind.TOKEN, "U0ADA")
    with store.sessions.begin() as session:
        member_id = ada(session)
        make(session, member_id)
        usage.replace_day(session, reading(used(me, 3 * USD), source="otlp"), (*PRECEDENCE, "otlp"))
        mine = usage.of_member(session, member_id, ALL_TIME)
    assert [row.cost_nanos for row in mine.rows] == [3 * USD]
    assert tokens.SOURCE == otlp.NAME


def test_what_came_before_a_link_was_taken_away_counts_again_with_a_new_token(store: Store) -> None:
    me = Consumer(ConsumerKind.TOKEN, "U0ADA")
    with store.sessions.begin() as session:
        member_id = ada(session)
        make(session, member_id)
        usage.replace_day(session, reading(used(me, 3 * USD), source="otlp"), PRECEDENCE)
        (consumer,) = links.find_consumer(session, "U0ADA")
        links.unlink(session, consumer, PRECEDENCE)
        assert usage.of_member(session, member_id, ALL_TIME).rows == ()
        assert {row.owner for row in usage.of_team(session, ALL_TIME).rows} == {Owner.UNATTRIBUTED}
        make(session, member_id)
        assert {row.owner for row in usage.of_team(session, ALL_TIME).rows} == {Owner.MEMBER}
        assert [row.cost_nanos for row in usage.of_member(session, member_id, ALL_TIME).rows] == [3 * USD]


def test_an_admins_word_on_whose_a_token_is_outlives_a_new_token(store: Store) -> None:
    with store.sessions.begin() as session:
        mine, boris = hire(session, account("U0ADA", ADA), account("U0BORIS", "boris@example.com"))
        make(session, mine)
        (consumer,) = links.find_consumer(session, "U0ADA")
        links.unlink(session, consumer, PRECEDENCE)
        links.link_to_member(session, consumer, boris, "U0CHLOE", NOON, PRECEDENCE)
        make(session, mine)
        told = used(Consumer(ConsumerKind.TOKEN, "U0ADA"), USD, day=NOON.date())
        usage.replace_day(session, reading(told, source="otlp", day=NOON.date()), PRECEDENCE)
        assert usage.of_member(session, mine, ALL_TIME).rows == ()
        assert len(usage.of_member(session, boris, ALL_TIME).rows) == 1


def test_a_teams_token_is_nobodys_and_makes_no_consumer(store: Store) -> None:
    with store.sessions.begin() as session:
        made, told = make(session, None, label="platform")
        assert tokens.admit(session, told, NOON).token == made
        assert (made.member_id, made.slack_user_id, made.label) == (None, None, "platform")
        assert session.execute(text("SELECT count(*) FROM consumer")).scalar_one() == 0


def test_each_person_has_their_own_the_newest_first_and_all_are_listed(store: Store) -> None:
    with store.sessions.begin() as session:
        mine, other = hire(session, account("U0ADA", ADA), account("U0BORIS", None, Standing.MEMBER))
        made = [make(session, who)[0].public_id for who in (mine, other, None, mine)]
        assert [one.public_id for one in tokens.of_member(session, mine)] == [made[3], made[0]]
        assert [one.public_id for one in tokens.listed(session)] == made[::-1]
        assert tokens.of_member(session, mine)[1].is_live(NOON), "a new token leaves the older one as it is"


def test_a_plan_is_put_on_all_tokens_of_one_person_alone(store: Store) -> None:
    with store.sessions.begin() as session:
        mine, other = hire(session, account("U0ADA", ADA), account("U0BORIS", None))
        for who in (mine, mine, other, None):
            make(session, who)
        tokens.put_plan(session, mine, Plan.SUBSCRIPTION)
        plans = {one.member_id: one.plan for one in tokens.listed(session)}
        assert {one.plan for one in tokens.of_member(session, mine)} == {Plan.SUBSCRIPTION}
    assert (plans[other], plans[None]) == (Plan.PAY_PER_TOKEN, Plan.PAY_PER_TOKEN)


def test_too_few_random_bytes_make_no_token(store: Store) -> None:
    with store.sessions.begin() as session:
        with pytest.raises(ValueError, match="32 random bytes, not 31"):
            make(session, None, secret=bytes(31))
        assert tokens.listed(session) == []
        make(session, None, secret=bytes(32))
        assert len(tokens.listed(session)) == 1


def test_no_two_tokens_are_alike(store: Store) -> None:
    with store.sessions.begin() as session:
        made = [make(session, None) for _ in range(20)]
    assert len({told for _, told in made}) == len({token.public_id for token, _ in made}) == 20
