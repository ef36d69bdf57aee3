"""What is said of a budget, and when: the rules one by one, then any history at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.budget import Budget, BudgetScope, LineState, Mark
from bot.periods import Cadence
from bot.reports.budgets import Correct, Fire, Judged, Snapshot, Verdict, judge
from tests.soak_thresholds import live_through

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
USD = 1_000_000_000
LIMIT = 200 * USD
EVERY_THRESHOLD = (50, 80, 100)


def budget(limit_nanos: int | None = LIMIT, version: int = 1) -> Budget:
    return Budget(
        budget_id=7,
        scope=BudgetScope.OWN,
        cadence=Cadence.MONTHLY,
        limit_nanos=limit_nanos,
        version=version,
        set_by="U0ADA",
        set_at=NOW,
    )


def read(spent_nanos: int, at: datetime = NOW, *, complete: bool = True, stale: bool = False) -> Snapshot:
    return Snapshot(spent_nanos=spent_nanos, as_of=at, complete=complete, stale=stale)


def look(state: LineState | None, seen: Snapshot, under: Budget | None = None, *, silently: bool = False) -> Judged:
    return judge(state, seen, under or budget(), silently=silently)


def after(*seen: Snapshot, under: Budget | None = None, state: LineState | None = None) -> LineState:
    """What is remembered after these figures, whatever was said of them."""
    for one in seen:
        state = look(state, one, under).state
    assert state is not None
    return state


def said(*seen: Snapshot, under: Budget | None = None, state: LineState | None = None) -> list[Verdict]:
    """Everything that is said of these figures."""
    verdicts: list[Verdict] = []
    for one in seen:
        judged = look(state, one, under)
        verdicts.append(judged.verdict)
        state = judged.state
    return [verdict for verdict in verdicts if verdict is not None]


def fired(state: LineState) -> list[int]:
    return sorted(threshold for threshold, mark in state.marks.items() if mark.fired)


def rested(spent_nanos: int, for_: timedelta = DAY, begin: datetime = NOW + HOUR) -> list[Snapshot]:
    """The same complete figure at the beginning and at the end of a time."""
    return [read(spent_nanos, begin), read(spent_nanos, begin + for_)]


def told(threshold: int, generation: int = 1, *, lowered: bool = False) -> Fire:
    return Fire(threshold=threshold, generation=generation, lowered=lowered)


# B1


@pytest.mark.parametrize("threshold", EVERY_THRESHOLD)
def test_the_line_itself_counts(threshold: int) -> None:
    line = LIMIT * threshold // 100
    below = [lower for lower in EVERY_THRESHOLD if lower < threshold]
    assert fired(after(read(line - 1))) == below
    assert said(read(line)) == [told(threshold)]


@pytest.mark.parametrize("threshold", EVERY_THRESHOLD)
def test_a_limit_that_percent_do_not_divide_is_still_exact(threshold: int) -> None:
    """No nano-dollar is lost at amounts where a float would lose hundreds."""
    limit = 9_000_000_000_000_000_007
    first = -(-limit * threshold // 100)
    assert threshold not in fired(after(read(first - 1), under=budget(limit)))
    assert threshold in fired(after(read(first), under=budget(limit)))


def test_from_forty_to_a_hundred_and_ten_percent_is_one_message() -> None:
    assert said(read(LIMIT * 40 // 100), read(LIMIT * 110 // 100, NOW + HOUR)) == [told(100)]
    assert fired(after(read(LIMIT * 110 // 100))) == [50, 80, 100]


def test_each_threshold_is_told_as_it_is_passed() -> None:
    percents = (49, 50, 79, 80, 99, 100, 250)
    seen = [read(LIMIT * percent // 100, NOW + n * HOUR) for n, percent in enumerate(percents)]
    assert said(*seen) == [told(50), told(80), told(100)]


def test_the_first_look_at_a_line_tells_what_is_passed() -> None:
    judged = look(None, read(LIMIT * 85 // 100))
    assert (judged.verdict, judged.reason) == (told(80), "crossed")
    assert judged.state == LineState(
        limit_version=1,
        spent_nanos=LIMIT * 85 // 100,
        spent_since=NOW,
        as_of=NOW,
        marks={50: Mark(fired=True), 80: Mark(fired=True)},
    )


# B2


@pytest.mark.parametrize("percent", [10, 50, 85, 130])
def test_the_same_figure_again_is_nothing_new(percent: int) -> None:
    state = after(read(LIMIT * percent // 100))
    again = look(state, read(LIMIT * percent // 100))
    assert (again.verdict, again.state) == (None, state)


@pytest.mark.parametrize(("earlier", "ignored"), [(SECOND, True), (timedelta(0), False)])
def test_a_figure_read_before_the_known_one_changes_nothing(earlier: timedelta, ignored: bool) -> None:
    state = after(read(LIMIT * 40 // 100))
    late = look(state, read(LIMIT, NOW - earlier))
    if ignored:
        assert (late.verdict, late.state, late.reason) == (None, state, "older_figure")
    else:
        assert late.verdict == told(100)


# B3


def test_what_fell_and_rested_is_taken_back_once_with_a_new_generation_above() -> None:
    state = after(read(LIMIT))
    first, last = rested(LIMIT * 60 // 100)
    state = after(first, state=state)
    judged = look(state, last)
    assert judged.verdict == Correct(threshold=100, generation=1)
    assert judged.reason == "restated_down"
    assert judged.state.marks == {
        50: Mark(fired=True),
        80: Mark(generation=2),
        100: Mark(generation=2, corrections=1),
    }
    assert look(judged.state, read(LIMIT * 60 // 100, NOW + 9 * DAY)).verdict is None


@pytest.mark.parametrize(("for_", "corrected"), [(DAY - SECOND, False), (DAY, True)])
def test_a_figure_rests_a_whole_day(for_: timedelta, corrected: bool) -> None:
    verdicts = said(read(LIMIT), *rested(0, for_))
    assert verdicts == [told(100), Correct(threshold=100, generation=1)][: 1 + corrected]


@pytest.mark.parametrize("threshold", EVERY_THRESHOLD)
def test_five_points_below_is_drift_and_a_nano_dollar_more_is_not(threshold: int) -> None:
    """B4."""
    crossed, edge = read(LIMIT * threshold // 100), LIMIT * (threshold - 5) // 100
    assert said(crossed, *rested(edge)) == [told(threshold)]
    assert said(crossed, *rested(edge - 1)) == [told(threshold), Correct(threshold=threshold, generation=1)]


def test_drift_is_never_told_and_the_line_passed_again_neither() -> None:
    drifted = read(LIMIT * 78 // 100, NOW + HOUR)
    assert said(read(LIMIT * 80 // 100), drifted, read(LIMIT * 81 // 100, NOW + 2 * HOUR)) == [told(80)]


def test_a_figure_that_still_moves_has_not_rested() -> None:
    moving = [read(LIMIT * 30 // 100 + n, NOW + n * 23 * HOUR) for n in range(1, 9)]
    assert said(read(LIMIT), *moving) == [told(100)]


def test_a_figure_that_was_another_in_between_has_not_rested() -> None:
    first, last = rested(0)
    other = read(1, first.as_of + HOUR)
    assert said(read(LIMIT), first, other, last) == [told(100)]


def test_the_wait_begins_with_a_complete_figure() -> None:
    first, last = rested(0)
    poor = replace(first, complete=False)
    assert said(read(LIMIT), poor, last) == [told(100)]
    assert len(said(read(LIMIT), poor, last, read(0, last.as_of + DAY))) == 2


def test_a_new_day_that_was_not_read_yet_does_not_begin_the_wait_anew() -> None:
    """After each midnight, until the first poll, the period so far is not complete."""
    first, last = rested(0)
    midnight = read(0, first.as_of + 11 * HOUR, complete=False)
    assert said(read(LIMIT), first, midnight, last) == [told(100), Correct(threshold=100, generation=1)]


def test_another_figure_with_gaps_begins_the_wait_anew() -> None:
    first, last = rested(100)
    gaps = read(0, first.as_of + 11 * HOUR, complete=False)
    assert said(read(LIMIT), first, gaps, last) == [told(100)]


@pytest.mark.parametrize(
    ("complete", "stale", "corrected"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_nothing_is_taken_back_on_figures_with_gaps_or_old_ones(complete: bool, stale: bool, corrected: bool) -> None:
    """B10."""
    first, last = rested(0)
    verdicts = said(read(LIMIT), first, replace(last, complete=complete, stale=stale))
    assert len(verdicts) == 1 + corrected


@pytest.mark.parametrize(("complete", "stale"), [(False, False), (True, True), (False, True)])
def test_old_figures_and_figures_with_gaps_are_enough_to_tell_of_a_breach(complete: bool, stale: bool) -> None:
    """B10: what is missing can only make it more."""
    assert said(read(LIMIT, complete=complete, stale=stale)) == [told(100)]


def test_a_threshold_is_taken_back_once_and_then_stays_told() -> None:
    up_and_down = [
        one for n in range(4) for one in (read(LIMIT, NOW + 3 * n * DAY), *rested(0, begin=NOW + (3 * n + 1) * DAY))
    ]
    assert said(*up_and_down) == [told(100), Correct(threshold=100, generation=1), told(100, 2)]
    assert look(after(*up_and_down), read(0, NOW + 40 * DAY)).reason == "corrected_before"


def test_each_threshold_has_its_own_correction() -> None:
    story = []
    for n, percent in enumerate((100, 80, 50)):
        begin = NOW + 4 * n * DAY
        story += [read(LIMIT * percent // 100, begin), *rested(0, begin=begin + DAY)]
    assert said(*story) == [
        *(told(100), Correct(threshold=100, generation=1)),
        *(told(80, 2), Correct(threshold=80, generation=2)),
        *(told(50, 3), Correct(threshold=50, generation=3)),
    ]


def test_after_a_correction_the_way_up_is_told_again() -> None:
    state = after(read(LIMIT), *rested(LIMIT * 60 // 100))
    up = [read(LIMIT * percent // 100, NOW + (3 + n) * DAY) for n, percent in enumerate((70, 80, 100))]
    assert said(*up, state=state) == [told(80, 2), told(100, 2)]


def test_what_still_holds_below_is_not_armed_again() -> None:
    state = after(read(LIMIT), *rested(LIMIT * 74 // 100))
    assert fired(state) == [50]
    assert state.marks[50] == Mark(fired=True)


@pytest.mark.parametrize(
    ("percent", "reason"), [(80, "already_told"), (79, "within_drift"), (75, "within_drift"), (74, "not_rested")]
)
def test_why_nothing_is_said_has_its_own_word(percent: int, reason: str) -> None:
    """For whoever asks why a message did not come."""
    state = after(read(LIMIT * 80 // 100))
    assert look(state, read(LIMIT * percent // 100, NOW + HOUR)).reason == reason
    assert look(None, read(0)).reason == "below"


# B5


def test_a_raised_limit_is_no_message_and_arms_what_no_longer_holds() -> None:
    state = after(read(LIMIT * 85 // 100))
    raised = budget(LIMIT * 2, version=2)
    judged = look(state, read(LIMIT * 85 // 100, NOW + HOUR), raised)
    assert (judged.verdict, judged.reason, judged.state.limit_version) == (None, "limit_raised", 2)
    assert judged.state.marks == {50: Mark(generation=2), 80: Mark(generation=2)}
    assert said(read(LIMIT, NOW + 2 * HOUR), under=raised, state=judged.state) == [told(50, 2)]


@pytest.mark.parametrize(("percent_of_new", "again"), [(80, False), (79, True)])
def test_what_still_holds_under_a_raised_limit_was_told(percent_of_new: int, again: bool) -> None:
    spent = LIMIT * 85 // 100
    raised = budget(spent * 100 // percent_of_new, version=2)
    state = after(read(spent, NOW + HOUR), under=raised, state=after(read(spent)))
    assert state.marks[80] == (Mark(generation=2) if again else Mark(fired=True))


def test_spend_that_rises_together_with_the_limit_is_told() -> None:
    """The new limit was shown beside the old figure: sixty percent, and now it is more."""
    state = after(read(LIMIT * 90 // 100))
    raised = budget(LIMIT * 3 // 2, version=2)
    assert said(read(LIMIT * 13 // 10, NOW + HOUR), under=raised, state=state) == [told(80, 2)]


@pytest.mark.parametrize(("over", "verdict"), [(0, told(100, lowered=True)), (1, told(80, lowered=True))])
def test_a_lowered_limit_is_told_at_once_and_says_why(over: int, verdict: Fire) -> None:
    spent = LIMIT * 40 // 100
    judged = look(after(read(spent)), read(spent, NOW + HOUR), budget(spent + over, version=2))
    assert (judged.verdict, judged.reason) == (verdict, "limit_lowered")


def test_spend_that_rose_to_a_lowered_limit_is_why() -> None:
    state = after(read(LIMIT * 10 // 100))
    judged = look(state, read(LIMIT * 40 // 100, NOW + HOUR), budget(LIMIT // 2, version=2))
    assert (judged.verdict, judged.reason) == (told(80), "crossed")


def test_a_lowered_limit_does_not_tell_again_what_was_told() -> None:
    state = after(read(LIMIT * 85 // 100))
    assert said(read(LIMIT * 85 // 100, NOW + HOUR), under=budget(LIMIT * 95 // 100, version=2), state=state) == []


@pytest.mark.parametrize("limit", [LIMIT // 10, LIMIT * 10])
def test_an_older_limit_changes_nothing(limit: int) -> None:
    state = after(read(LIMIT * 60 // 100), under=budget(version=3))
    late = look(state, read(LIMIT * 99 // 100, NOW + HOUR), budget(limit, version=2))
    assert (late.verdict, late.state, late.reason) == (None, state, "older_limit")


def test_a_new_limit_allows_one_more_correction() -> None:
    once = after(read(LIMIT), *rested(0), read(LIMIT, NOW + 3 * DAY))
    again = rested(0, begin=NOW + 4 * DAY)
    assert said(*again, state=once) == []
    nearly = budget(LIMIT - 1, version=2)
    assert said(*again, under=nearly, state=once) == [Correct(threshold=100, generation=2)]


# B8, and what people asked for


@pytest.mark.parametrize("limit", [None, 0, -1])
@pytest.mark.parametrize("spent", [0, LIMIT])
def test_no_limit_has_no_thresholds(limit: int | None, spent: int) -> None:
    state = after(read(0))
    judged = look(state, read(spent, NOW + HOUR), budget(limit, version=2))
    assert (judged.verdict, judged.state, judged.reason) == (None, state, "no_limit")


def test_the_smallest_limit_has_all_of_them() -> None:
    assert said(read(0), under=budget(1)) == []
    assert said(read(1), under=budget(1)) == [told(100)]


def test_off_and_on_again_does_not_tell_again() -> None:
    state = after(read(LIMIT))
    state = after(read(LIMIT, NOW + HOUR), under=budget(None, version=2), state=state)
    assert said(read(LIMIT, NOW + 2 * HOUR), under=budget(version=3), state=state) == []


def test_what_is_crossed_on_the_day_it_is_set_is_noted_without_a_word() -> None:
    judged = look(None, read(LIMIT * 85 // 100), silently=True)
    assert judged.verdict is None
    assert fired(judged.state) == [50, 80]
    assert said(read(LIMIT * 86 // 100, NOW + HOUR), read(LIMIT, NOW + DAY), state=judged.state) == [told(100)]


def test_nothing_is_taken_back_silently_so_that_it_can_be_said_later() -> None:
    first, last = rested(0)
    state = after(read(LIMIT), first)
    silent = look(state, last, silently=True)
    assert (silent.verdict, fired(silent.state)) == (None, [50, 80, 100])
    assert look(silent.state, replace(last, as_of=last.as_of + HOUR)).verdict == Correct(threshold=100, generation=1)


@pytest.mark.parametrize("peace", ["muted", "planned"])
def test_who_wants_peace_hears_nothing_more_up_or_down(peace: str) -> None:
    state = replace(after(read(LIMIT * 60 // 100)), **{peace: True})  # type: ignore[arg-type]
    assert said(read(LIMIT, NOW + HOUR), *rested(0, begin=NOW + 2 * HOUR), state=state) == []
    assert fired(after(read(LIMIT, NOW + HOUR), state=state)) == [50, 80, 100]
    assert said(read(LIMIT, NOW + HOUR), state=replace(state, muted=False, planned=False)) == [told(100)]


# any history


def test_what_people_believe_agrees_with_the_truth_once_the_figures_rest() -> None:
    """`python -m tests.soak_thresholds` lives through more of them."""
    outcome = live_through(3_000, seed=20_261_122)
    assert outcome.violations == []
    assert outcome.said["fire"] > 3_000
    assert outcome.said["correct"] > 300
