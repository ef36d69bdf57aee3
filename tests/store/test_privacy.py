"""What is stored about one person: all of it, and nothing of anybody else."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import SQLModel

from bot.budget import Alerts, BudgetScope, LineKey, LineState, Mark
from bot.notice import SHARED, NoticeKind
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import audit, budgets, digests, groups, links, looks, members, notices, preferences, privacy, requests
from bot.store import tokens as all_tokens
from bot.store import usage as usage_store
from bot.store.engine import Store
from bot.store.tables import CliVersion, InboxFeature, InboxRefusal, IngestKey, IngestToken, core
from bot.usage import Consumer, ConsumerKind, Plan
from tests.delivery.planned import alert, digest
from tests.store.readings import DAY, HOUR, NOON, PIPELINE, PRECEDENCE, SONNET, USD, did, key, person, reading, used
from tests.store.test_senders import inbox

ADA, BORIS = "U0ADA", "U0BORIS"
USAGE_IDS = ("ada@example.com", ADA, f"{ADA}@home.example")
CANARY = 4_242 * USD
"""What the other one spent."""


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    """Two people about whom everything is stored that can be."""
    with store.sessions.begin() as session:
        everybody = [
            Person(slack_user_id=who, display_name=name, standing=Standing.MEMBER, email=f"{name}@example.com")
            for who, name in ((ADA, "ada"), (BORIS, "boris"))
        ]
        members.sync(session, everybody, NOON)
        known = {who: row.member_id for who in (ADA, BORIS) if (row := members.by_slack_id(session, who))}
        rows = [
            used(person("ada@example.com"), 3 * USD, tokens=7),
            used(person("ada@example.com"), 2 * USD, model=SONNET, plan=Plan.SUBSCRIPTION),
            used(person("boris@example.com"), CANARY),
            used(key(PIPELINE), 9 * USD),
        ]
        usage_store.replace_day(session, reading(*rows, activity=[did(person("ada@example.com"))]), PRECEDENCE)
        early = DAY - timedelta(days=30)
        usage_store.replace_day(
            session, reading(used(person("ada@example.com"), USD, day=early), day=early), PRECEDENCE
        )
        members.match_consumers(session, NOON.date(), PRECEDENCE)
        (pipeline,) = links.find_consumer(session, PIPELINE)
        links.link_to_machine(session, pipeline, "ci", known[ADA], BORIS, NOON, PRECEDENCE)
        for who, other in ((ADA, BORIS), (BORIS, ADA)):
            _say_everything(session, who, other, known)
            _send_telemetry(session, who, known[who])
        return known


def _say_everything(session: Any, who: str, other: str, known: dict[str, int]) -> None:
    mine = known[who]
    limit = 100 * USD if who == ADA else CANARY
    own: dict[str, Any] = {"of": mine, "cadence": Cadence.MONTHLY, "limit_nanos": limit, "at": NOON}
    own_budget = budgets.put(session, scope=BudgetScope.OWN, set_by=who, **own)
    budgets.put(session, scope=BudgetScope.ASSIGNED, set_by=other, **own)
    default = budgets.put(
        session, scope=BudgetScope.DEFAULT, cadence=Cadence.WEEKLY, limit_nanos=50 * USD, set_by=BORIS, at=NOON
    )
    state = LineState(limit_version=1, spent_nanos=limit, as_of=NOON, marks={50: Mark(fired=True)})
    start = date(2026, 11, 1)
    budgets.save(
        session,
        {
            LineKey(budget_id=own_budget.budget_id, period_start=start): state,
            LineKey(budget_id=default.budget_id, member_id=mine, period_start=start): state,
        },
    )
    budgets.put_alerts(session, mine, Alerts(off=True))
    preferences.put_language(session, mine, "ja")
    preferences.put_tips_off(session, mine, NOON)
    reason = f"because {who}"
    requests.add(session, member_id=mine, cadence=Cadence.MONTHLY, limit_nanos=limit, reason=reason, at=NOON)
    notices.add(session, alert(who, key=f"budget/{who}", text=f"to {who}"), NOON)
    shared = digest(key=f"{SHARED}/C1/1/me/{who}", kind=NoticeKind.DIGEST, about=SHARED, text=f"shared by {who}")
    notices.add(session, shared, NOON)
    digests.put(
        session,
        Schedule(
            channel_id=f"C{who}", cadence=Cadence.DAILY, minute=600, zone="UTC", set_by=who, set_at=NOON, parked=""
        ),
    )
    groups.make(session, f"of-{who.lower()}", [mine], by=other, at=NOON)
    groups.set_leads(session, groups.make(session, f"led-{who.lower()}", [], by=other, at=NOON), [mine])
    looks.note(session, other, [mine], f"days of {who}", NOON)
    audit.note(session, actor=who, act="people_viewed", target="group/1", at=NOON)


def _send_telemetry(session: Any, who: str, mine: int) -> None:
    """A token of one's own, and use that the sender says is theirs, as an admin has agreed."""
    token, _ = all_tokens.issue(
        session,
        member_id=mine,
        label=f"laptop of {who}",
        by=who,
        now=NOON,
        secret=who.encode().ljust(32),
        precedence=PRECEDENCE,
    )
    declared = Consumer(ConsumerKind.SELF_DECLARED, f"{who}@home.example")
    told = used(declared, USD, day=DAY - timedelta(days=9))
    usage_store.replace_day(session, reading(told, day=told.usage_date, source="otlp"), PRECEDENCE)
    (consumer,) = links.find_consumer(session, declared.external_id)
    links.link_to_member(session, consumer, mine, BORIS, NOON, PRECEDENCE)
    for sender, version in ((Consumer(ConsumerKind.TOKEN, who), "2.1.330"), (declared, "2.1.1")):
        inbox(session, sender, DAY)
        row = {"kind": sender.kind, "external_id": sender.external_id}
        is_new = version == "2.1.330"
        seen = {"version": version, "last_seen_date": DAY if is_new else DAY - timedelta(days=1)}
        session.execute(insert(core(CliVersion)).values(row | seen))
    counted = {"usage_date": DAY, "kind": ConsumerKind.TOKEN, "external_id": who, "session": who}
    session.execute(insert(core(InboxFeature)).values(counted | {"name": "commits", "amount": 7}))
    refused = {"usage_date": DAY, "reason": "expired", "about": token.public_id, "times": 4, "last_at": NOON}
    session.execute(insert(core(InboxRefusal)).values(refused))


def taken(store: Store, ids: dict[str, int], who: str) -> dict[str, list[dict[str, Any]]]:
    with store.sessions() as session:
        return privacy.everything(session, ids[who], who)


def test_the_export_holds_everything_in_its_sections(store: Store, ids: dict[str, int]) -> None:
    found = taken(store, ids, ADA)
    (account,) = found["account"]
    assert (account["email"], account["chosen_language"], account["tips_off_at"]) == ("ada@example.com", "ja", NOON)
    assert [(row["usage_id"], row["valid_from"], row["valid_to"]) for row in found["usage_ids"]] == [
        (usage_id, None, None) for usage_id in USAGE_IDS
    ]
    assert [(row["cost_nanos"], row["plan"], row["counted"]) for row in found["usage_days"]] == [
        (USD, Plan.PAY_PER_TOKEN, True),
        (3 * USD, Plan.PAY_PER_TOKEN, True),
        (2 * USD, Plan.SUBSCRIPTION, True),
    ]
    assert [row["sessions"] for row in found["activity_days"]] == [1]
    assert [row["label"] for row in found["tokens"]] == [f"laptop of {ADA}"]
    assert [(row["reason"], row["times"]) for row in found["tokens_refused"]] == [("expired", 4)]
    assert [row["version"] for row in found["versions"]] == ["2.1.1", "2.1.330"]
    assert {(row["usage_id"], row["cost_nanos"]) for row in found["telemetry_use"]} == {
        (ADA, 1),
        (f"{ADA}@home.example", 1),
    }
    assert [(row["name"], row["amount"]) for row in found["telemetry_counts"]] == [("commits", 7)]
    assert [(row["scope"], row["set_by"]) for row in found["budgets"]] == [
        (BudgetScope.OWN, ADA),
        (BudgetScope.ASSIGNED, BORIS),
    ]
    assert [(row["scope"], row["spent_nanos"]) for row in found["budget_periods"]] == [
        (BudgetScope.OWN, 100 * USD),
        (BudgetScope.DEFAULT, 100 * USD),
    ]
    assert all(isinstance(row["marks"], dict) for row in found["budget_periods"])
    assert [row["reason"] for row in found["requests"]] == [f"because {ADA}"]
    assert [row["text"] for row in found["messages"]] == [f"to {ADA}"]
    assert [row["text"] for row in found["shared"]] == [f"shared by {ADA}"]
    assert [row["channel"] for row in found["digests_set"]] == [f"C{ADA}"]
    assert [row["name"] for row in found["groups"]] == ["of-u0ada"]
    assert [row["name"] for row in found["leads"]] == ["led-u0ada"]
    assert [row["name"] for row in found["machines"]] == ["ci"]
    assert [(row["viewer"], row["period"]) for row in found["looked_at_me"]] == [(BORIS, f"days of {ADA}")]
    assert [row["period"] for row in found["looked_by_me"]] == [f"days of {BORIS}"]
    assert [row["act"] for row in found["acts"]] == ["people_viewed"]
    assert [row["off"] for row in found["alerts"]] == [True]


def test_nothing_of_anybody_else_is_in_it(store: Store, ids: dict[str, int]) -> None:
    found = taken(store, ids, ADA)
    written = str(found)
    for theirs in (
        str(CANARY),
        "boris@example.com",
        f"because {BORIS}",
        f"to {BORIS}",
        f"shared by {BORIS}",
        "of-u0boris",
        f"laptop of {BORIS}",
        f"{BORIS}@home.example",
    ):
        assert theirs not in written, theirs
    assert str(CANARY) in str(taken(store, ids, BORIS))


def test_telemetry_stays_with_whom_it_was_of_on_its_day(store: Store, ids: dict[str, int]) -> None:
    home = f"{ADA}@home.example"
    with store.sessions.begin() as session:
        (consumer,) = links.find_consumer(session, home)
        links.link_to_member(session, consumer, ids[BORIS], BORIS, NOON + 24 * HOUR, PRECEDENCE)
    assert home in {row["usage_id"] for row in taken(store, ids, ADA)["telemetry_use"]}
    assert home not in {row["usage_id"] for row in taken(store, ids, BORIS)["telemetry_use"]}


def test_nothing_that_opens_is_in_it(store: Store, ids: dict[str, int]) -> None:
    with store.sessions() as session:
        hashes = session.execute(select(core(IngestToken).c.secret_hash)).scalars().all()
        key = session.execute(select(core(IngestKey).c.secret)).scalar_one()
    written = str(taken(store, ids, ADA))
    assert len(hashes) == 2
    assert not [one for one in (*hashes, key) if one in written]


def test_what_a_restated_day_was_before_is_in_it(store: Store, ids: dict[str, int]) -> None:
    more = [used(person("ada@example.com"), 4 * USD, tokens=7), used(person("boris@example.com"), 2 * CANARY)]
    with store.sessions.begin() as session:
        usage_store.replace_day(session, reading(*more, at=NOON + HOUR), PRECEDENCE)
    found = taken(store, ids, ADA)["usage_days_before"]
    assert (DAY, "ada@example.com", 3 * USD) in {
        (row["usage_date"], row["usage_id"], row["cost_nanos"]) for row in found
    }
    assert {row["usage_id"] for row in found} <= set(USAGE_IDS)


def test_no_table_that_knows_people_is_forgotten() -> None:
    """A table with somebody's number in it is exported."""
    knows = {
        name
        for name, table in SQLModel.metadata.tables.items()
        if any(key.column.table.name == "member" for key in table.foreign_keys)
    }
    read = {
        table.name
        for rows in privacy._SECTIONS.values()
        for table in rows.get_final_froms()[0]._from_objects
        if hasattr(table, "name")
    }
    assert knows - read == set()


def test_a_deleted_group_is_told_without_a_name(store: Store, ids: dict[str, int]) -> None:
    with store.sessions.begin() as session:
        group = groups.by_name(session, "of-u0ada")
        assert group is not None
        groups.remove(session, group.group_id, NOON.date())
    found = taken(store, ids, ADA)["groups"]
    assert [(row["name"], row["valid_to"]) for row in found] == [(None, NOON.date())]


def test_what_is_kept_is_counted(store: Store, ids: dict[str, int]) -> None:
    with store.sessions() as session:
        kept = privacy.kept(session, ids[ADA], ADA)
    assert kept == privacy.Kept(
        usage_ids=USAGE_IDS,
        first_date=DAY - timedelta(days=30),
        last_date=DAY,
        day_rows=4,
        budgets=2,
        requests=1,
        messages=1,
        oldest_message_at=NOON,
        tokens=1,
        versions=("2.1.1", "2.1.330"),
        telemetry_rows=3,
        groups=("of-u0ada",),
        leads=("led-u0ada",),
    )


def test_about_a_newcomer_nothing_is_kept_but_the_account(store: Store) -> None:
    zoe = Person(slack_user_id="U0ZOE", display_name="zoe", standing=Standing.MEMBER, email=None)
    with store.sessions.begin() as session:
        members.sync(session, [zoe], NOON)
        row = members.by_slack_id(session, "U0ZOE")
        assert row is not None
        kept = privacy.kept(session, row.member_id, "U0ZOE")
        found = privacy.everything(session, row.member_id, "U0ZOE")
    assert (kept.first_date, kept.last_date, kept.day_rows, kept.messages, kept.oldest_message_at) == (
        None,
        None,
        0,
        0,
        None,
    )
    assert {section for section, rows in found.items() if rows} == {"account"}


def test_exports_are_counted_by_person_and_from_an_instant_on(store: Store) -> None:
    with store.sessions.begin() as session:
        for who, ago in ((ADA, 2 * HOUR), (ADA, HOUR), (ADA, HOUR / 2), (BORIS, HOUR / 2)):
            audit.note(session, actor=who, act=privacy.EXPORTED, target=who, at=NOON - ago)
        audit.note(session, actor=ADA, act="budget_set", target="default/monthly", at=NOON)
        assert privacy.exports_since(session, ADA, NOON - HOUR) == 1
        assert privacy.exports_since(session, ADA, NOON - HOUR - timedelta(microseconds=1)) == 2
