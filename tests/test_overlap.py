from datetime import date
from itertools import permutations

from bot.overlap import Sighting, choose
from bot.usage import Biller, Plan

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


def test_the_order_of_reading_never_matters_not_even_for_sources_nobody_ranked() -> None:
    sightings = [seen("zeta"), seen("alpha"), seen("mid")]
    assert {choose(order, ()) for order in permutations(sightings)} == {frozenset({seen("alpha")})}
