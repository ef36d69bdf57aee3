from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

from bot.overlap import Sighting, Terms, choose, speaking
from bot.usage import Biller, DayStanding, DayState, Plan

DAY = date(2026, 11, 19)
PRECEDENCE = ("anthropic_analytics", "anthropic_claude_code", "otlp")


def seen(source: str, *, member: int = 1, biller: Biller = Biller.ANTHROPIC, day: date = DAY) -> Sighting:
    return Sighting(day, ("member", member), biller, Plan.PAY_PER_TOKEN, source)


def test_the_most_trusted_source_that_saw_a_use_counts_and_the_others_are_shadows() -> None:
    report, telemetry = seen("anthropic_claude_code"), seen("otlp")
    assert choose([telemetry, report], PRECEDENCE) == {report}


def test_a_source_that_saw_nothing_that_day_does_not_shadow_one_that_did() -> None:
    yesterday = seen("anthropic_claude_code", day=date(2026, 11, 18))
    today = seen("otlp")
    assert choose([yesterday, today], PRECEDENCE) == {yesterday, today}


def test_use_paid_another_way_is_another_use() -> None:
    direct, cloud = seen("anthropic_claude_code"), seen("otlp", biller=Biller.BEDROCK)
    assert choose([direct, cloud], PRECEDENCE) == {direct, cloud}


def test_one_members_sightings_say_nothing_about_anothers() -> None:
    ada, boris = seen("anthropic_claude_code", member=1), seen("otlp", member=2)
    assert choose([ada, boris], PRECEDENCE) == {ada, boris}


def test_telemetry_that_guesses_the_plan_counts_for_none_where_another_source_knows_it() -> None:
    known = replace(seen("anthropic_claude_code"), plan=Plan.SUBSCRIPTION)
    guessed = replace(seen("otlp"), guesses_plan=True)
    assert choose([guessed, known], PRECEDENCE) == {known}
    elsewhere = replace(guessed, biller=Biller.VERTEX)
    assert choose([elsewhere, known], PRECEDENCE) == {elsewhere, known}
    assert choose([guessed], PRECEDENCE) == {guessed}


def test_two_plans_that_are_known_both_count() -> None:
    owed, covered = seen("anthropic_analytics"), replace(seen("anthropic_claude_code"), plan=Plan.SUBSCRIPTION)
    assert choose([owed, covered], PRECEDENCE) == {owed, covered}


def test_the_order_of_reading_never_matters_not_even_for_sources_nobody_ranked() -> None:
    sightings = [seen("zeta"), seen("alpha"), seen("mid")]
    assert {choose(order, ()) for order in permutations(sightings)} == {frozenset({seen("alpha")})}


def test_a_source_that_has_only_a_part_of_the_day_comes_after_all_others() -> None:
    behind = replace(seen("anthropic_analytics"), gives_way=True)
    whole = seen("anthropic_claude_code")
    assert choose([behind, whole], PRECEDENCE) == {whole}
    assert choose([behind, seen("nobody_ranked_it")], PRECEDENCE) == {seen("nobody_ranked_it")}
    assert choose([replace(behind, gives_way=False), whole], PRECEDENCE) == {replace(behind, gives_way=False)}


def test_a_part_of_the_day_that_nobody_else_saw_counts() -> None:
    behind = replace(seen("anthropic_analytics"), gives_way=True)
    assert choose([behind, seen("otlp", member=2)], PRECEDENCE) == {behind, seen("otlp", member=2)}


def test_of_several_that_have_a_part_the_most_trusted_counts() -> None:
    parts = [replace(seen(source), gives_way=True) for source in ("otlp", "anthropic_claude_code")]
    assert choose(parts, PRECEDENCE) == {parts[1]}


def test_use_under_another_plan_is_another_use() -> None:
    owed, flat = seen("anthropic_claude_code"), replace(seen("otlp"), plan=Plan.SUBSCRIPTION)
    assert choose([owed, flat], PRECEDENCE) == {owed, flat}


TERMS = (
    Terms(source="anthropic_analytics", account="anthropic", final_after_days=30),
    Terms(source="anthropic_claude_code", account="anthropic", final_after_days=7),
    Terms(source="litellm", account="litellm", final_after_days=3),
    Terms(source="otlp", account="otlp", final_after_days=2, is_told=True),
)


def standing(source: str, state: DayState = DayState.SETTLED, *, gives_way: bool = False) -> DayStanding:
    as_of = None if state is DayState.MISSING else datetime(2026, 11, 20, tzinfo=UTC)
    return DayStanding(source=source, usage_date=DAY, state=state, as_of=as_of, gives_way=gives_way)


def speakers(*standings: DayStanding, terms: tuple[Terms, ...] = TERMS) -> list[str]:
    return [one.source for one in speaking(standings, terms)]


def test_of_two_sources_of_one_account_the_first_that_has_the_whole_day_speaks_for_it() -> None:
    second = standing("anthropic_claude_code")
    assert speakers(standing("anthropic_analytics"), second) == ["anthropic_analytics"]
    assert speakers(standing("anthropic_analytics", gives_way=True), second) == ["anthropic_claude_code"]
    assert speakers(standing("anthropic_analytics", DayState.MISSING), second) == ["anthropic_claude_code"]


def test_a_part_of_a_day_speaks_for_it_before_nothing_at_all_does() -> None:
    unread = standing("anthropic_claude_code", DayState.MISSING)
    assert speakers(standing("anthropic_analytics", gives_way=True), unread) == ["anthropic_analytics"]


def test_a_day_that_no_source_of_an_account_has_is_missing_once() -> None:
    unread = [standing(source, DayState.MISSING) for source in ("anthropic_analytics", "anthropic_claude_code")]
    assert speakers(*unread) == ["anthropic_analytics"]


def test_each_account_has_a_speaker_of_its_own() -> None:
    assert speakers(standing("anthropic_claude_code"), standing("litellm")) == ["anthropic_claude_code", "litellm"]


def test_who_is_only_told_and_heard_nothing_is_no_gap_beside_others() -> None:
    silent, heard = standing("otlp", DayState.MISSING), standing("otlp")
    assert speakers(standing("litellm"), silent) == ["litellm"]
    assert speakers(standing("litellm"), heard) == ["litellm", "otlp"]


def test_where_there_is_nothing_but_what_is_told_a_silent_day_is_a_gap() -> None:
    assert speakers(standing("otlp", DayState.MISSING), terms=TERMS[3:]) == ["otlp"]
