"""Slack accounts, and matching by address."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.people import Standing
from bot.store import members, usage
from bot.store.engine import Store
from bot.store.members import MatchReport
from bot.store.tables import ConsumerLink, core
from bot.usage import Owner
from tests.store.readings import (
    ADA,
    ALL_TIME,
    BORIS,
    CLAUDE,
    DAY,
    LITELLM,
    NOON,
    PRECEDENCE,
    account,
    hire,
    key,
    person,
    reading,
    used,
)

TODAY = NOON.date()


def test_accounts_of_every_standing_are_known(store: Store) -> None:
    people = [account(f"U{standing.name}", None, standing) for standing in Standing]
    with store.sessions.begin() as session:
        assert members.sync(session, people, NOON) == len(people)
        assert members.sync(session, people, NOON) == 0
        for one in people:
            row = members.by_slack_id(session, one.slack_user_id)
            assert row is not None
            assert row.standing is one.standing
        assert members.by_slack_id(session, "UNOBODY") is None


def test_an_account_keeps_its_number_through_every_change(store: Store) -> None:
    with store.sessions.begin() as session:
        (before,) = hire(session, account("UADA", ADA, name="Ada"))
        members.sync(session, [account("UADA", BORIS, Standing.GUEST, name="Ada L.")], NOON)
        after = members.by_slack_id(session, "UADA")
    assert after == members.MemberRow(
        member_id=before,
        slack_user_id="UADA",
        display_name="Ada L.",
        email=BORIS,
        standing=Standing.GUEST,
        locale=None,
        tz=None,
        language=None,
        tips_off=False,
    )


def test_an_account_missing_from_a_complete_listing_is_deactivated_and_can_come_back(store: Store) -> None:
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        hire(session, account("UBORIS", BORIS))
        gone = members.by_slack_id(session, "UADA")
        assert gone is not None
        assert (gone.standing, gone.email) == (Standing.DEACTIVATED, ADA)
        hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        back = members.by_slack_id(session, "UADA")
        assert back is not None
        assert back.standing is Standing.MEMBER


def test_an_empty_listing_shuts_nobody_out(store: Store) -> None:
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA))
        with pytest.raises(ValueError, match="cannot be complete"):
            members.sync(session, [], NOON)


def test_an_address_finds_the_one_account_that_has_it_a_full_member_first(store: Store) -> None:
    with store.sessions.begin() as session:
        old, new, *_ = hire(
            session,
            account("UOLD", ADA, Standing.DEACTIVATED),
            account("UNEW", ADA),
            account("U1", "twins@example.com"),
            account("U2", "twins@example.com"),
            account("UGONE", BORIS, Standing.DEACTIVATED),
        )
        found = {
            words: members.by_email(session, words)
            for words in (" ADA@example.com", "twins@example.com", BORIS, "nobody@example.com")
        }
    assert old != new
    assert {words: row and row.slack_user_id for words, row in found.items()} == {
        " ADA@example.com": "UNEW",
        "twins@example.com": None,
        BORIS: "UGONE",
        "nobody@example.com": None,
    }


def test_matching_says_how_many_of_the_people_with_usage_are_known_and_names_the_others(store: Store) -> None:
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA), account("U1", "twins@example.com"), account("U2", "twins@example.com"))
        rows = (used(person(ADA), 1), used(person("twins@example.com"), 1), used(person(BORIS), 1), used(key("k"), 1))
        usage.replace_day(session, reading(*rows), PRECEDENCE)
        usage.replace_day(session, reading(used(person(ADA), 1), source=LITELLM), PRECEDENCE)
        report = members.match_consumers(session, TODAY, PRECEDENCE)
        assert report == MatchReport(with_usage=3, matched=1, unmatched=(BORIS, "twins@example.com"))
        assert members.match_consumers(session, TODAY, PRECEDENCE) == report


def test_nobody_but_a_full_member_gets_rows_by_address(store: Store) -> None:
    addresses = {standing: f"{standing}@example.com" for standing in Standing}
    with store.sessions.begin() as session:
        hire(session, *(account(f"U{one.name}", address, one) for one, address in addresses.items()))
        usage.replace_day(session, reading(*(used(person(address), 1) for address in addresses.values())), PRECEDENCE)
        report = members.match_consumers(session, TODAY, PRECEDENCE)
    assert set(addresses.values()) - set(report.unmatched) == {addresses[Standing.MEMBER]}


def test_who_left_keeps_what_they_spent_in_the_totals(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, _ = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(person(ADA), 7)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        hire(session, account("UBORIS", BORIS))
        report = members.match_consumers(session, TODAY, PRECEDENCE)
        assert report == MatchReport(with_usage=1, matched=1, unmatched=())
        assert [row.cost_nanos for row in usage.of_member(session, ada, ALL_TIME).rows] == [7]
        assert [row.owner for row in usage.of_team(session, ALL_TIME).rows] == [Owner.MEMBER]


def test_an_address_that_passes_to_somebody_else_takes_nothing_of_the_past_with_it(store: Store) -> None:
    yesterday, tomorrow = TODAY - timedelta(1), TODAY + timedelta(1)
    with store.sessions.begin() as session:
        (old,) = hire(session, account("UOLD", ADA))
        for day, nanos in ((yesterday, 1), (TODAY, 2), (tomorrow, 4)):
            usage.replace_day(session, reading(used(person(ADA), nanos, day=day), day=day), PRECEDENCE)
        members.match_consumers(session, yesterday, PRECEDENCE)
        _, new = hire(session, account("UOLD", ADA, Standing.DEACTIVATED), account("UNEW", ADA))
        members.match_consumers(session, TODAY, PRECEDENCE)
        spent = [sum(row.cost_nanos for row in usage.of_member(session, one, ALL_TIME).rows) for one in (old, new)]
    assert spent == [1, 6]


def test_matching_again_writes_nothing(store: Store) -> None:
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 7)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        before = session.execute(select(core(ConsumerLink))).all()
        members.match_consumers(session, TODAY + timedelta(1), PRECEDENCE)
        assert session.execute(select(core(ConsumerLink))).all() == before


def test_a_match_that_is_no_longer_clear_moves_nothing(store: Store) -> None:
    with store.sessions.begin() as session:
        (ada,) = hire(session, account("UADA", ADA))
        usage.replace_day(session, reading(used(person(ADA), 7)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        hire(session, account("UADA", ADA), account("UTWIN", ADA))
        report = members.match_consumers(session, TODAY, PRECEDENCE)
        assert report.matched == 1
        assert [row.cost_nanos for row in usage.of_member(session, ada, ALL_TIME).rows] == [7]


def test_somebody_who_starts_later_is_matched_from_their_first_day(store: Store) -> None:
    with store.sessions.begin() as session:
        ada, boris = hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        usage.replace_day(session, reading(used(person(ADA), 7)), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        day = DAY + timedelta(1)
        usage.replace_day(session, reading(used(person(BORIS), 9, day=day), day=day), PRECEDENCE)
        assert [one.consumer for one in usage.unattributed(session, ALL_TIME)] == [person(BORIS)]
        members.match_consumers(session, TODAY, PRECEDENCE)
        assert usage.unattributed(session, ALL_TIME) == []
        assert usage.last_seen(session, boris) == day
        assert usage.last_seen(session, ada) == DAY
        assert usage.known_days(session, CLAUDE).keys() == {DAY, day}


def test_what_was_heard_of_somebody_while_a_listing_was_read_is_newer_than_the_listing(store: Store) -> None:
    with store.sessions.begin() as session:
        hire(session, account("UADA", ADA), account("UBORIS", BORIS))
        began, heard = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
        members.put(session, account("UADA", ADA, Standing.GUEST), heard)
        stale = [account("UADA", ADA), account("UBORIS", BORIS, Standing.GUEST)]
        members.sync(session, stale, heard + timedelta(seconds=1), read_at=began)
        found = {one: members.by_slack_id(session, one) for one in ("UADA", "UBORIS")}
        assert {one: row.standing for one, row in found.items() if row} == dict.fromkeys(found, Standing.GUEST)
        members.sync(session, stale, heard + timedelta(seconds=1), read_at=heard)
        later = members.by_slack_id(session, "UADA")
    assert later is not None
    assert later.standing is Standing.MEMBER
