"""A group's total: what may be told of it, and that no two answers tell of fewer than five people."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.group import Stay, bits
from bot.periods import ChargePeriod
from bot.reports.groups import GroupSummary, Judged, Withheld, group_summary, judge, month_before, parts_of
from bot.usage import CostMetric, DayState
from tests.usage_rows import DOLLAR, settled

FIRST, END = date(2026, 11, 1), date(2026, 11, 15)
ALWAYS, FOREVER = date(1, 1, 1), date(9999, 12, 31)
PARTS = parts_of(ChargePeriod(FIRST, END, ""))
WEEK = PARTS[0]
DAYS = [FIRST + timedelta(n) for n in range(14)]
EVERY_DAY = 2**14 - 1
OLD, NEW = 1, 2


def of(group_id: int, *people: int, since: date = ALWAYS, until: date = FOREVER) -> list[Stay]:
    return [Stay(group_id=group_id, member_id=one, valid_from=since, valid_to=until) for one in people]


def judged(group_id: int, stays: Sequence[Stay], spenders: Mapping[date, int], *odd: tuple[date, DayState]) -> Judged:
    states = dict.fromkeys(DAYS, DayState.SETTLED) | dict(odd)
    return judge([WEEK], group_id, stays=stays, spenders=spenders, states=states)[0]


def why(group_id: int, stays: Sequence[Stay], *people: int, odd: Mapping[date, Sequence[int]] = {}) -> Withheld | None:
    """Judge the first week, in which these people spend every day but for the odd ones."""
    spenders = {day: bits(odd.get(day, people)) for day in WEEK.days()}
    return judged(group_id, stays, spenders).withheld


def test_a_month_has_four_parts() -> None:
    parts = parts_of(ChargePeriod(date(2028, 2, 1), date(2028, 3, 1), "2028-02"))
    assert [(part.start.day, part.last.day) for part in parts] == [(1, 7), (8, 14), (15, 21), (22, 29)]
    assert parts[-1].end == date(2028, 3, 1)


@pytest.mark.parametrize(
    ("first", "end", "count"),
    [
        (date(2026, 10, 8), date(2026, 11, 8), 4),
        (date(2026, 10, 1), date(2026, 12, 1), 8),
        (date(2026, 10, 2), date(2026, 11, 8), 0),
        (date(2026, 10, 8), date(2026, 11, 9), 0),
    ],
)
def test_a_period_that_cuts_a_part_is_made_of_none(first: date, end: date, count: int) -> None:
    assert len(parts_of(ChargePeriod(first, end, ""))) == count


def test_the_same_parts_of_the_month_before_are_compared_with_and_only_of_one_month() -> None:
    before = month_before(parts_of(ChargePeriod(date(2026, 3, 8), date(2026, 4, 1), "")))
    assert [(one.start, one.last) for one in before] == [
        (date(2026, 2, 8), date(2026, 2, 14)),
        (date(2026, 2, 15), date(2026, 2, 21)),
        (date(2026, 2, 22), date(2026, 2, 28)),
    ]
    assert month_before(parts_of(ChargePeriod(date(2026, 2, 1), date(2026, 4, 1), ""))) == ()


@pytest.mark.parametrize(("people", "withheld"), [((1, 2, 3, 4), Withheld.FEW_PEOPLE), ((1, 2, 3, 4, 5), None)])
def test_five_people_of_a_group_have_to_have_spent(people: tuple[int, ...], withheld: Withheld | None) -> None:
    everybody = (*people, *range(20, 30))
    assert why(OLD, of(OLD, *people, 11, 12), *everybody) is withheld


@pytest.mark.parametrize(
    ("others", "withheld"), [((), None), ((20, 21, 22, 23), Withheld.FEW_OTHERS), ((20, 21, 22, 23, 24), None)]
)
def test_nobody_or_five_others_of_the_organization_have_to_have_spent(
    others: tuple[int, ...], withheld: Withheld | None
) -> None:
    assert why(OLD, of(OLD, 1, 2, 3, 4, 5), 1, 2, 3, 4, 5, *others) is withheld


@pytest.mark.parametrize(("late", "withheld"), [((5,), Withheld.FEW_OTHERS), ((1, 2, 3, 4, 5), None)])
def test_the_organizations_other_days_do_not_tell_of_few_people_either(
    late: tuple[int, ...], withheld: Withheld | None
) -> None:
    """The others come on the last day only: the organization's days before it are the group's, but for that day."""
    early = tuple(one for one in (1, 2, 3, 4, 5, 6) if one not in late or len(late) > 1)
    odd = {WEEK.last: (*late, 20, 21, 22, 23, 24)}
    assert why(OLD, of(OLD, 1, 2, 3, 4, 5, 6), *early, odd=odd) is withheld


@pytest.mark.parametrize(
    ("people", "withheld"),
    [
        ((1, 2, 3, 4, 5), None),
        ((1, 2, 3, 4, 5, 6), Withheld.TOO_ALIKE),
        ((1, 2, 3, 4, 6), Withheld.TOO_ALIKE),
        ((1, 2, 3, 4, 5, 6, 7, 8, 9), Withheld.TOO_ALIKE),
        ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), None),
        ((6, 7, 8, 9, 10), None),
    ],
)
def test_a_younger_group_is_the_older_one_or_differs_by_five_people(
    people: tuple[int, ...], withheld: Withheld | None
) -> None:
    stays = [*of(NEW, *people), *of(OLD, 1, 2, 3, 4, 5)]
    assert why(NEW, stays, *range(30)) is withheld
    assert why(OLD, stays, *range(30)) is None


def test_a_group_that_is_withheld_withholds_no_other() -> None:
    stays = [*of(1, 1, 2, 3, 4), *of(2, 1, 2, 3, 4, 5), *of(3, 1, 2, 3, 4, 5, 6)]
    assert why(2, stays, *range(30)) is None
    assert why(3, stays, *range(30)) is Withheld.TOO_ALIKE


def test_who_spent_nothing_makes_no_difference() -> None:
    stays = [*of(OLD, 1, 2, 3, 4, 5), *of(NEW, 1, 2, 3, 4, 5, 6)]
    assert why(NEW, stays, *(one for one in range(30) if one != 6)) is None


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (WEEK.start, WEEK.end, True),
        (WEEK.start + timedelta(1), FOREVER, False),
        (ALWAYS, WEEK.end - timedelta(1), False),
    ],
)
def test_who_was_not_there_on_every_day_of_a_part_does_not_count_in_it(since: date, until: date, counts: bool) -> None:
    stays = [*of(OLD, 1, 2, 3, 4), *of(OLD, 5, since=since, until=until)]
    assert (why(OLD, stays, *range(30)) is None) is counts


@pytest.mark.parametrize("state", DayState)
def test_a_part_is_told_of_when_every_day_was_read_to_its_end(state: DayState) -> None:
    spenders = {day: bits(range(30)) for day in DAYS}
    told = judged(OLD, of(OLD, *range(6)), spenders, (WEEK.start, state)).withheld is None
    assert told is (state in (DayState.SETTLING, DayState.SETTLED))


def test_a_day_that_has_not_begun_is_not_complete() -> None:
    spenders = {day: bits(range(30)) for day in DAYS}
    found = judge([WEEK], OLD, stays=of(OLD, *range(6)), spenders=spenders, states={})
    assert found == (Judged(part=WEEK, withheld=Withheld.NOT_COMPLETE, people=0),)


def summed(judged_parts: Sequence[Judged], before: Sequence[Judged], dollars: Mapping[date, int]) -> GroupSummary:
    totals = {one.part: dollars[one.part.start] * DOLLAR for one in (*judged_parts, *before) if not one.withheld}
    return group_summary(
        "platform",
        judged_parts,
        before,
        totals=totals,
        metrics=(CostMetric.LIST,),
        footing=settled(),
    )


def told(part: ChargePeriod, *people: int) -> Judged:
    return Judged(part=part, withheld=None, people=bits(people))


def withheld(part: ChargePeriod) -> Judged:
    return Judged(part=part, withheld=Withheld.FEW_PEOPLE, people=bits([1]))


OCTOBER = parts_of(ChargePeriod(date(2026, 10, 1), date(2026, 10, 15), ""))


def test_a_group_is_summed_over_the_parts_that_are_shown_and_each_person_counts_once() -> None:
    dollars = {PARTS[0].start: 70, PARTS[1].start: 30, OCTOBER[0].start: 60, OCTOBER[1].start: 20}
    now = [told(PARTS[0], 1, 2, 3, 4, 5), told(PARTS[1], 2, 3, 4, 5, 6)]
    report = summed(now, [told(OCTOBER[0], 1), told(OCTOBER[1], 1)], dollars)
    assert (report.cost_nanos, report.people) == (100 * DOLLAR, 6)
    assert report.per_person_nanos == round(100 * DOLLAR / 6)
    assert report.before is not None
    assert report.before.cost_nanos == 80 * DOLLAR
    assert [one.cost_nanos for one in report.parts] == [70 * DOLLAR, 30 * DOLLAR]


def test_a_part_that_is_withheld_is_in_no_sum_and_shows_no_number() -> None:
    dollars = {PARTS[0].start: 70, OCTOBER[0].start: 60, OCTOBER[1].start: 20}
    report = summed(
        [told(PARTS[0], 1, 2, 3, 4, 5), withheld(PARTS[1])], [told(OCTOBER[0], 1), told(OCTOBER[1], 1)], dollars
    )
    assert (report.cost_nanos, report.people) == (70 * DOLLAR, 5)
    assert (report.parts[1].cost_nanos, report.parts[1].people) == (None, None)
    assert report.before is not None
    assert report.before.cost_nanos == 60 * DOLLAR  # of the same parts alone
    nothing = summed([withheld(PARTS[0])], [], {})
    assert (nothing.cost_nanos, nothing.per_person_nanos, nothing.people, nothing.before) == (None, None, 0, None)


def test_a_past_of_which_a_part_is_withheld_is_not_compared_with() -> None:
    dollars = {PARTS[0].start: 70, PARTS[1].start: 30, OCTOBER[0].start: 60}
    now = [told(PARTS[0], 1, 2, 3, 4, 5), told(PARTS[1], 2, 3, 4, 5, 6)]
    assert summed(now, [told(OCTOBER[0], 1), withheld(OCTOBER[1])], dollars).before is None


@dataclass
class House:
    """Two weeks of an organization, whose groups change from day to day: who spent what is fixed, and all different.

    It keeps its memberships in its own way, day by day, and gives them as stays.
    """

    patterns: Sequence[int]
    """Of each person, the days on which they spend, as bits."""
    groups: dict[int, frozenset[int]] = field(default_factory=dict)
    in_it: dict[tuple[int, int], tuple[date, date]] = field(default_factory=dict)
    gone: list[Stay] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = random.Random(11)
        self.spent = {
            (who, day): dice.getrandbits(70)
            for who, pattern in enumerate(self.patterns)
            for n, day in enumerate(DAYS)
            if pattern >> n & 1
        }
        self.spenders = {day: bits(who for who, on in self.spent if on == day) for day in DAYS}

    def make(self, group_id: int, people: frozenset[int]) -> None:
        self.groups[group_id] = people
        self.in_it |= {(group_id, one): (ALWAYS, FOREVER) for one in people}

    def toggle(self, group_id: int, who: int, today: date) -> None:
        since, _ = self.in_it.pop((group_id, who), (None, None))
        if since is None:
            self.in_it[group_id, who] = (today, FOREVER)
        elif since < today:
            self.gone.append(Stay(group_id=group_id, member_id=who, valid_from=since, valid_to=today))

    def stays(self) -> list[Stay]:
        return [
            *self.gone,
            *(
                Stay(group_id=group_id, member_id=who, valid_from=since, valid_to=until)
                for (group_id, who), (since, until) in self.in_it.items()
            ),
        ]

    def answers(self, today: date) -> Iterator[int]:
        """Every total that can be asked of a group today."""
        states = {day: DayState.SETTLING for day in DAYS if day < today}
        stays = self.stays()
        for group_id in self.groups:
            shown = {}
            for one in judge(PARTS, group_id, stays=stays, spenders=self.spenders, states=states):
                if one.withheld is None:
                    inside = [
                        stay.member_id
                        for stay in stays
                        if stay.group_id == group_id
                        and stay.valid_from <= one.part.start
                        and one.part.end <= stay.valid_to
                    ]
                    shown[one.part] = sum(self.of(who, one.part.start, one.part.end) for who in inside)
            yield from shown.values()
            yield sum(shown.values())

    def of(self, who: int, start: date, end: date) -> int:
        return sum(self.spent.get((who, day), 0) for day in DAYS if start <= day < end)

    def of_organization(self) -> set[int]:
        """The organization's total of any days in a row."""
        by_day = [sum(self.of(who, day, day + timedelta(1)) for who in range(len(self.patterns))) for day in DAYS]
        return {sum(by_day[start:end]) for start in range(len(DAYS)) for end in range(start, len(DAYS) + 1)}

    def of_few(self) -> set[int]:
        """What up to four people spent together in a part or in both; and one person on any days in a row."""
        found = set()
        for start, end in ((FIRST, END), *((part.start, part.end) for part in PARTS)):
            alone = [one for who in range(len(self.patterns)) if (one := self.of(who, start, end))]
            found |= {sum(some) for count in range(1, 5) for some in combinations(alone, count)}
        for who in range(len(self.patterns)):
            found |= {self.of(who, start, end) for start in DAYS for end in [*DAYS, END] if start < end}
        return found - {0}


PATTERNS = st.one_of(
    *[st.just(EVERY_DAY)] * 6,
    st.integers(0, 13).map(lambda n: 1 << n),
    st.sampled_from([0, 2**7 - 1, EVERY_DAY - (2**7 - 1), EVERY_DAY - 2**6]),
    st.integers(0, EVERY_DAY),
)
CHANGE_DAYS = st.sampled_from([*DAYS, END, END + timedelta(1)])


@settings(max_examples=250, deadline=None)
@given(st.lists(PATTERNS, min_size=10, max_size=13), st.data())
def test_no_two_answers_at_any_time_differ_by_what_few_people_spent(patterns: list[int], data: st.DataObject) -> None:
    """Groups that are almost the same are made, people come and go, and everything is asked before and after."""
    house = House(patterns)
    everybody = list(range(len(patterns)))
    few_people = st.sets(st.sampled_from(everybody), max_size=2)
    base = frozenset(everybody[: data.draw(st.integers(5, len(everybody)), label="base")])
    answers = set[int]()
    for number, day in enumerate(sorted(data.draw(st.lists(CHANGE_DAYS, min_size=2, max_size=5), label="days")), 1):
        answers |= set(house.answers(day))
        if number <= 2 or data.draw(st.booleans(), label="make"):
            house.make(number, base ^ data.draw(few_people, label="people"))
        else:
            group = data.draw(st.sampled_from(sorted(house.groups)), label="group")
            for who in data.draw(few_people, label="change"):
                house.toggle(group, who, day)
        answers |= set(house.answers(day))
    answers |= set(house.answers(END + timedelta(2)))
    told, few = house.of_organization(), house.of_few()
    known = {abs(one - other) for one in told for other in told}
    assert {abs(one - other) for one in answers for other in answers} & few == set()
    assert ({abs(one - other) for one in answers for other in told} & few) - known == set()
