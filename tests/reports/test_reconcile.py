"""Our figures beside the organization's own cost report: what is compared, what is explained, what is told."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest

from bot.costs import CostLine, KnownWorkspace, OwnDay, ReportDay, VendorKey
from bot.reports.reconcile import (
    LEAST_NANOS,
    Comparison,
    Names,
    Part,
    Reason,
    by_month,
    compare,
    together,
    whole_days,
    worth_telling,
)
from bot.usage import DayState
from tests.usage_rows import CENT, DOLLAR, NOW, standing

DAY = date(2026, 11, 19)
HOME, CI, OTHER = "wrkspc_home", "wrkspc_ci", "wrkspc_other"
NAMES = Names(
    workspaces=[
        KnownWorkspace(workspace_id=HOME, name="renamed since", is_claude_code=True),
        KnownWorkspace(workspace_id=CI, name="CI", is_claude_code=False),
        KnownWorkspace(workspace_id=OTHER, name="Claude Code", is_claude_code=False),
    ],
    keys=[
        VendorKey(key_id="k1", name="review-bot", workspace_id=CI, owner_email=None),
        VendorKey(key_id="k2", name="twice", workspace_id=CI, owner_email=None),
        VendorKey(key_id="k3", name="twice", workspace_id=OTHER, owner_email=None),
        VendorKey(key_id="k4", name="at-home", workspace_id=HOME, owner_email=None),
        VendorKey(key_id="k5", name="default-key", workspace_id=None, owner_email=None),
    ],
)


def own(cost: int, day: date = DAY, *, estimated: int = 0, **keys: int) -> OwnDay:
    by_key = {name.replace("_", "-"): spent for name, spent in keys.items()}
    return OwnDay(usage_date=day, cost_nanos=cost, estimated_nanos=estimated, by_key=by_key)


def report(day: date = DAY, *lines: CostLine, complete: bool = True, **costs: int) -> ReportDay:
    """`home=…` and the like are costs of tokens."""
    places = {"home": HOME, "ci": CI, "other": OTHER, "default": ""}
    tokens = [line(places[name], cost, day=day) for name, cost in costs.items()]
    return ReportDay(usage_date=day, as_of=NOW, complete=complete, lines=(*tokens, *lines))


def line(workspace: str, cost: int, kind: str = "tokens", *, day: date = DAY) -> CostLine:
    return CostLine(usage_date=day, workspace_id=workspace, description="x", cost_type=kind, cost_nanos=cost)


def one(ours: OwnDay, theirs: ReportDay, names: Names = NAMES) -> Comparison:
    (found,) = compare([ours], [theirs], names, frozenset([ours.usage_date]))
    return found


def test_equal_figures_agree_to_the_nano_dollar() -> None:
    found = one(own(123_456_789_012), report(home=123_456_789_012))
    assert (found.unexplained_nanos, found.percent) == (0, Fraction(0))
    assert (found.is_flagged, found.parts) == (False, ())


@pytest.mark.parametrize(("theirs", "flagged"), [(101, True), (100, False)])
@pytest.mark.parametrize("swapped", [False, True])
def test_exactly_one_percent_is_in_order_and_the_least_more_is_not(theirs: int, flagged: bool, swapped: bool) -> None:
    small, large = 9_900 * DOLLAR - (theirs - 100), 10_000 * DOLLAR
    ours, reported = (large, small) if swapped else (small, large)
    found = one(own(ours), report(home=reported))
    assert found.is_flagged is flagged
    assert found.percent == Fraction(100 * (large - small), large)


@pytest.mark.parametrize(("difference", "flagged"), [(LEAST_NANOS, False), (LEAST_NANOS + 1, True)])
def test_a_cent_is_rounding_whatever_part_of_the_day_it_is(difference: int, flagged: bool) -> None:
    assert one(own(difference), report()).is_flagged is flagged


def test_the_workspace_is_known_by_its_id_whatever_it_is_called_now() -> None:
    found = one(own(5 * DOLLAR), report(home=5 * DOLLAR, other=7 * DOLLAR))
    assert found.unexplained_nanos == 0
    assert found.parts == (Part(reason=Reason.OTHER_PRODUCTS, cost_nanos=7 * DOLLAR),)


def test_while_the_workspace_is_unknown_nothing_is_compared() -> None:
    assert compare([own(5)], [report(home=5)], Names(), frozenset([DAY])) == ()


def test_a_keys_workspace_is_compared_because_we_see_the_key() -> None:
    found = one(own(9 * DOLLAR, review_bot=4 * DOLLAR), report(home=5 * DOLLAR, ci=4 * DOLLAR))
    assert (found.own_nanos, found.report_nanos, found.parts) == (9 * DOLLAR, 9 * DOLLAR, ())


def test_what_else_is_charged_to_a_keys_workspace_is_its_other_use() -> None:
    found = one(own(9 * DOLLAR, review_bot=4 * DOLLAR), report(home=5 * DOLLAR, ci=6 * DOLLAR))
    assert found.unexplained_nanos == 0
    assert found.parts == (Part(reason=Reason.KEYS, cost_nanos=2 * DOLLAR),)


def test_a_key_that_spent_more_than_its_whole_workspace_is_a_difference() -> None:
    found = one(own(9 * DOLLAR, review_bot=4 * DOLLAR), report(home=5 * DOLLAR, ci=3 * DOLLAR))
    assert (found.unexplained_nanos, found.is_flagged) == (DOLLAR, True)


def test_other_use_of_a_key_never_hides_what_is_missing_of_people() -> None:
    found = one(own(9 * DOLLAR, review_bot=4 * DOLLAR), report(home=6 * DOLLAR, ci=40 * DOLLAR))
    assert found.unexplained_nanos == -DOLLAR


def test_a_key_in_the_workspace_of_claude_code_is_compared_with_everybody_there() -> None:
    found = one(own(9 * DOLLAR, at_home=4 * DOLLAR), report(home=9 * DOLLAR))
    assert (found.unexplained_nanos, found.parts) == (0, ())


def test_a_key_without_a_workspace_is_in_the_default_one() -> None:
    assert one(own(DOLLAR, default_key=DOLLAR), report(default=DOLLAR)).unexplained_nanos == 0


@pytest.mark.parametrize("name", ["twice", "never-listed"])
def test_a_key_in_several_workspaces_or_in_none_is_compared_with_nothing(name: str) -> None:
    ours = OwnDay(usage_date=DAY, cost_nanos=9 * DOLLAR, by_key={name: 4 * DOLLAR})
    found = one(ours, report(home=5 * DOLLAR))
    assert (found.own_nanos, found.unexplained_nanos) == (5 * DOLLAR, 0)
    assert found.parts == (Part(reason=Reason.UNPLACED, cost_nanos=4 * DOLLAR),)


@pytest.mark.parametrize(
    ("ours", "unexplained"),
    [
        (10 * DOLLAR, 0),  # our source does not count web search
        (12 * DOLLAR, 0),  # it does
        (11 * DOLLAR, 0),  # a part of it
        (12 * DOLLAR + 1, 1),
        (10 * DOLLAR - 1, -1),
    ],
)
def test_web_search_explains_as_much_as_it_cost_and_no_more(ours: int, unexplained: int) -> None:
    extra = line(HOME, 2 * DOLLAR, "web_search")
    found = one(own(ours), report(DAY, extra, home=10 * DOLLAR))
    assert found.unexplained_nanos == unexplained
    assert found.parts == (Part(reason=Reason.EXTRAS, cost_nanos=2 * DOLLAR),)


def test_a_credit_is_part_of_what_is_charged() -> None:
    credit = line(HOME, -3 * DOLLAR, "")
    assert one(own(7 * DOLLAR), report(DAY, credit, home=10 * DOLLAR)).unexplained_nanos == 0


def test_a_day_of_which_we_count_nothing_is_compared_too() -> None:
    (found,) = compare([], [report(home=DOLLAR)], NAMES, frozenset([DAY]))
    assert (found.own_nanos, found.percent, found.is_flagged) == (0, Fraction(100), True)


@pytest.mark.parametrize(("in_report", "in_ours"), [(False, True), (True, False)])
def test_only_days_that_both_sides_have_whole_are_compared(in_report: bool, in_ours: bool) -> None:
    whole = frozenset([DAY] if in_ours else [])
    assert compare([own(5)], [report(complete=in_report, home=9 * DOLLAR)], NAMES, whole) == ()


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([DayState.SETTLED], True),
        ([DayState.SETTLING], True),
        ([DayState.SETTLED, DayState.MISSING], True),
        ([DayState.MISSING, DayState.MISSING], False),
        ([DayState.SETTLED, DayState.OPEN], False),
        ([DayState.SETTLED, DayState.HELD], False),
    ],
)
def test_our_day_is_whole_when_every_source_that_read_it_has_all(states: list[DayState], whole: bool) -> None:
    assert whole_days([standing(DAY, state) for state in states]) == ({DAY} if whole else frozenset())


def test_a_day_of_which_a_source_is_still_behind_is_not_whole() -> None:
    behind = replace(standing(DAY), gives_way=True)
    assert whole_days([behind, standing(DAY)]) == frozenset()


def test_a_month_adds_its_days_up_exactly_and_names_them() -> None:
    random = Random(5)
    days = [date(2026, 10, 30) + timedelta(days=n) for n in range(5)]
    amounts = [(random.randrange(10**12), random.randrange(10**12), random.randrange(10**9)) for _ in days]
    found = compare(
        [own(ours, day) for day, (ours, _, _) in zip(days, amounts, strict=True)],
        [report(day, home=theirs, other=rest) for day, (_, theirs, rest) in zip(days, amounts, strict=True)],
        NAMES,
        frozenset(days),
    )
    october, november = by_month(found)
    assert (october.days, november.days) == (tuple(days[:2]), tuple(days[2:]))
    assert november.unexplained_nanos == sum(ours - theirs for ours, theirs, _ in amounts[2:])
    assert november.own_nanos == sum(ours for ours, _, _ in amounts[2:])
    assert november.report_nanos == sum(theirs for _, theirs, _ in amounts[2:])
    assert november.parts[0].cost_nanos == sum(rest for _, _, rest in amounts[2:])
    assert together([]) is None


def test_a_month_may_agree_although_two_days_do_not() -> None:
    days = [DAY, DAY + timedelta(days=1)]
    found = compare(
        [own(110 * DOLLAR, days[0]), own(90 * DOLLAR, days[1])],
        [report(day, home=100 * DOLLAR) for day in days],
        NAMES,
        frozenset(days),
    )
    whole = together(found)
    assert whole is not None
    assert [one.is_flagged for one in found] == [True, True]
    assert not whole.is_flagged


def test_by_its_direction_a_difference_says_what_may_be_behind_it() -> None:
    more = one(own(12 * DOLLAR), report(home=10 * DOLLAR))
    estimate = one(own(12 * DOLLAR, estimated=CENT), report(home=10 * DOLLAR))
    less = one(own(10 * DOLLAR, estimated=CENT), report(home=12 * DOLLAR))
    agreed = one(own(10 * DOLLAR, estimated=CENT), report(home=10 * DOLLAR))
    assert more.possible == (Reason.PRIORITY_TIER, Reason.DOUBLE)
    assert estimate.possible == (Reason.ESTIMATE, Reason.PRIORITY_TIER, Reason.DOUBLE)
    assert less.possible == (Reason.UNSEEN,)
    assert agreed.possible == ()


def days_of(*percents: int, estimated: bool = True) -> tuple[Comparison, ...]:
    """Days one after the other on which we count so many percent of ours more than the report."""
    days = [DAY + timedelta(days=n) for n in range(len(percents))]
    part = 100 * DOLLAR if estimated else 0
    return compare(
        [own(100 * DOLLAR, day, estimated=part) for day in days],
        [report(day, home=(100 - more) * DOLLAR) for day, more in zip(days, percents, strict=True)],
        NAMES,
        frozenset(days),
    )


@pytest.mark.parametrize(
    ("percents", "told"),
    [
        ((15, 15, 15, 15), [0]),
        ((15, 16, 15, 14), [0]),
        ((15, 17, 17), [0, 1]),  # more than one point: something changed
        ((15, 1, 15), [0, 2]),
        ((1, 1), []),
        ((15, -15), [0, 1]),
        ((-15, -15), [0, 1]),  # no discount makes us count less
    ],
)
def test_a_steady_discount_is_told_once(percents: tuple[int, ...], told: list[int]) -> None:
    found = days_of(*percents)
    assert [found.index(one) for one in worth_telling(found)] == told


def test_where_nothing_is_an_estimate_every_day_that_differs_is_told() -> None:
    found = days_of(15, 15, estimated=False)
    assert worth_telling(found) == found


def test_a_gap_between_two_days_ends_a_discount() -> None:
    first, _, third = days_of(15, 15, 15)
    assert worth_telling([first, third]) == (first, third)
