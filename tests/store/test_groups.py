"""Groups: who is in them when, what they spent, and who looked at whom. On both databases."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.group import GroupOrigin, bits, fold_name
from bot.listeners.commands import SUBCOMMANDS
from bot.people import Person, Standing
from bot.periods import ChargePeriod
from bot.store import accounts, group_spends, groups, looks, members, usage
from bot.store.engine import Store
from bot.usage import CostMetric, Plan
from tests.store.readings import NOON, OPUS, PRECEDENCE, SONNET, account, hire, person, reading, used

TODAY = date(2026, 11, 20)
TOMORROW = TODAY + timedelta(1)
WEEK = ChargePeriod(date(2026, 11, 1), date(2026, 11, 8), "")
NAMES = [f"p{n}@example.com" for n in range(1, 8)]


@pytest.fixture
def hired(store: Store) -> list[int]:
    with store.sessions.begin() as session:
        return list(hire(session, *(account(f"U{n}", name) for n, name in enumerate(NAMES))))


def make(session: Session, name: str, *people: int) -> int:
    return groups.make(session, name, people, by="UADMIN", at=NOON)


def stay_of(session: Session, group_id: int, member_id: int) -> list[tuple[date, date]]:
    found = groups.stays(session)
    return [(one.valid_from, one.valid_to) for one in found if (one.group_id, one.member_id) == (group_id, member_id)]


def test_who_a_group_is_made_with_covers_its_past_and_who_comes_later_does_not(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0])
        changed = groups.set_people(session, group, {hired[0], hired[1]}, TODAY)
    assert set(changed.added) == {hired[1]}
    assert not changed.removed
    with store.sessions() as session:
        assert stay_of(session, group, hired[0]) == [(date(1, 1, 1), date(9999, 12, 31))]
        assert stay_of(session, group, hired[1]) == [(TODAY, date(9999, 12, 31))]
        assert groups.people_of(session, group) == {hired[0], hired[1]}


def test_who_goes_counts_to_the_day_before_and_keeps_the_past(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0], hired[1])
        groups.set_people(session, group, {hired[0]}, TODAY)
    with store.sessions() as session:
        assert stay_of(session, group, hired[1]) == [(date(1, 1, 1), TODAY)]
        assert groups.people_of(session, group) == {hired[0]}
        assert groups.of_member(session, hired[1]) == (frozenset(), frozenset())


def test_who_comes_and_goes_on_one_day_was_never_in_it(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0])
        groups.set_people(session, group, {hired[0], hired[1]}, TODAY)
        groups.set_people(session, group, {hired[0]}, TODAY)
        assert stay_of(session, group, hired[1]) == []


def test_who_goes_and_comes_back_on_one_day_was_never_away(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0], hired[1])
        groups.set_people(session, group, {hired[0]}, TODAY)
        groups.set_people(session, group, {hired[0], hired[1]}, TODAY)
        assert stay_of(session, group, hired[1]) == [(date(1, 1, 1), date(9999, 12, 31))]
        groups.set_people(session, group, {hired[0]}, TODAY)
        groups.set_people(session, group, {hired[0], hired[1]}, TOMORROW)
        assert stay_of(session, group, hired[1]) == [(date(1, 1, 1), TODAY), (TOMORROW, date(9999, 12, 31))]


def test_a_deleted_group_frees_its_name_and_keeps_its_past(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        old = make(session, "platform", *hired)
        groups.set_leads(session, old, {hired[0]})
        groups.remove(session, old, TODAY)
        new = make(session, "platform", *hired[1:])
    with store.sessions() as session:
        assert [one.group.group_id for one in groups.listed(session)] == [new]
        assert [*groups.names(session).values()] == ["platform"]
        assert groups.by_id(session, old) is None
        assert groups.by_name(session, f"-{old}") is None
        assert stay_of(session, old, hired[0]) == [(date(1, 1, 1), TODAY)]
        assert groups.of_member(session, hired[0]) == (frozenset(), frozenset())


def test_leads_are_set_as_a_whole_and_need_not_be_in_the_group(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0])
        groups.set_leads(session, group, {hired[1], hired[2]})
        changed = groups.set_leads(session, group, {hired[2], hired[3]})
        assert (set(changed.added), set(changed.removed)) == ({hired[3]}, {hired[1]})
        assert groups.leads_of(session, group) == {hired[2], hired[3]}
        assert groups.of_member(session, hired[3]) == (frozenset(), frozenset({group}))
        [now] = groups.listed(session)
        assert (set(now.people), set(now.leads)) == ({hired[0]}, {hired[2], hired[3]})


def test_where_people_come_from_can_change(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        group = make(session, "platform", hired[0])
        groups.describe(session, group, GroupOrigin.USERGROUP, "S1")
        found = groups.by_name(session, "platform")
        assert found is not None
        assert (found.origin, found.external_id) == (GroupOrigin.USERGROUP, "S1")


def test_a_groups_part_is_what_those_spent_who_were_in_it_throughout(store: Store, hired: list[int]) -> None:
    """Added up from what each person is shown of themselves, in the plan that is paid by the token."""
    dice = random.Random(5)
    with store.sessions.begin() as session:
        for day in ChargePeriod(WEEK.start, WEEK.end + timedelta(3), "").days():
            rows = [
                used(person(name), dice.randrange(0, 10**10), day=day, model=model, plan=plan)
                for name in NAMES
                for model in (OPUS, SONNET)
                for plan in Plan
                if dice.random() < 0.7
            ]
            usage.replace_day(session, reading(*rows, day=day), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        group = make(session, "platform", *hired[:4])
        groups.set_people(session, group, hired[:5], WEEK.start)
        groups.set_people(session, group, hired[1:6], WEEK.start + timedelta(2))
    with store.sessions() as session:
        alone = {
            one: sum(
                row.cost_nanos for row in usage.of_member(session, one, WEEK).rows if row.plan is Plan.PAY_PER_TOKEN
            )
            for one in hired
        }
        assert group_spends.of_group(session, group, WEEK) == sum(alone[one] for one in hired[1:5])
        assert group_spends.metrics(session, WEEK) == (CostMetric.LIST,)
        late = ChargePeriod(date(2026, 12, 1), date(2026, 12, 8), "")
        assert group_spends.of_group(session, group, late) == 0
        assert group_spends.metrics(session, late) == ()


def test_people_of_a_group_are_told_of_on_the_days_on_which_they_were_in_it(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        for n, day in enumerate(WEEK.days()):
            rows = [used(person(name), 10**n, day=day) for name in NAMES[:3]]
            usage.replace_day(session, reading(*rows, day=day), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        group = make(session, "platform", hired[0], hired[1])
        groups.set_people(session, group, {hired[0]}, WEEK.start + timedelta(3))
        groups.set_people(session, group, {hired[0], hired[2]}, WEEK.start + timedelta(5))
        assert group_spends.by_person(session, group, WEEK) == {hired[0]: 1111111, hired[1]: 111, hired[2]: 1100000}


def test_who_spent_is_who_had_use_that_cost_something(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        rows = [
            used(person(NAMES[0]), 5),
            used(person(NAMES[1]), 0),
            used(person(NAMES[2]), 0, model=OPUS),
            used(person(NAMES[2]), 1, model=SONNET),
            used(person(NAMES[3]), 5, plan=Plan.SUBSCRIPTION),
            used(person("nobody@example.com"), 5),
        ]
        usage.replace_day(session, reading(*rows), PRECEDENCE)
        members.match_consumers(session, TODAY, PRECEDENCE)
        day = rows[0].usage_date
        found = group_spends.spenders_by_day(session, ChargePeriod(day, day + timedelta(1), ""))
        assert found == {day: bits([hired[0], hired[2]])}
        before = ChargePeriod(day - timedelta(1), day, "")
        assert group_spends.spenders_by_day(session, before) == {}


def test_only_full_members_are_taken_from_a_list_of_accounts(store: Store, hired: list[int]) -> None:
    with store.sessions.begin() as session:
        guest = Person(slack_user_id="UGUEST", display_name="Guest", standing=Standing.GUEST, email=None)
        members.put(session, guest, NOON)
        assert accounts.full_members(session, ["U0", "UGUEST", "UNOBODY"]) == {hired[0]}
        assert accounts.of_members(session, hired[:2])[hired[1]].slack_user_id == "U1"


def test_people_see_who_looked_at_them_and_nobody_elses_looks(store: Store, hired: list[int]) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with store.sessions.begin() as session:
        looks.note(session, "ULEAD", [hired[0], hired[1], hired[0]], "2026-11-01..2026-11-19", at - timedelta(hours=1))
        looks.note(session, "UADMIN", [hired[0]], "2026-10-01..2026-10-31", at)
        looks.note(session, "UADMIN", [], "2026-10-01..2026-10-31", at)
    with store.sessions() as session:
        mine = looks.of_member(session, hired[0], at - timedelta(days=1))
        assert [(one.viewer, one.period) for one in mine] == [
            ("UADMIN", "2026-10-01..2026-10-31"),
            ("ULEAD", "2026-11-01..2026-11-19"),
        ]
        assert mine[0].at == at
        assert [one.viewer for one in looks.of_member(session, hired[0], at)] == ["UADMIN"]
        assert [one.viewer for one in looks.of_member(session, hired[1], at - timedelta(days=1))] == ["ULEAD"]


@pytest.mark.parametrize("row", SUBCOMMANDS, ids=lambda row: " ".join(row.words))
def test_no_group_is_called_like_a_word_of_ours(row: object) -> None:
    assert {fold_name(word) for word in getattr(row, "words")} == {None}  # noqa: B009


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Platform", "platform"),
        ("ＣＯＲＥ", "core"),
        ("研究開発", "研究開発"),
        ("a.b-c", "a.b-c"),
        ("Straße", "strasse"),
        ("x" * 40, "x" * 40),
        ("x" * 41, None),
        ("", None),
        ("two words", None),
        ("a_b", None),
        ("-7", None),
        ("<!channel>", None),
        ("@ada", None),
        ('a"b', None),
    ],
)
def test_a_groups_name_is_one_word_that_can_be_typed_again(word: str, name: str | None) -> None:
    assert fold_name(word) == name
