"""The invented company: always the same, never ahead of the clock, and with somebody for every tip."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from bot.demo.cast import API_KEYS, CAST
from bot.demo.company import Company
from bot.demo.company.habits import HABITS
from bot.demo.company.prices import HAIKU, OPUS, SONNET, UNKNOWN_MODEL, price_on
from bot.demo.company.sessions import UNKNOWN_TERMINAL, Session
from bot.people import fold_email

START = date(2026, 11, 23)
"""A Monday."""
LATER = datetime(2027, 6, 1, tzinfo=UTC)
FRIDAY = START - timedelta(days=3)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(START)


def days(count: int) -> Iterator[date]:
    return (START - timedelta(days=back) for back in range(1, count + 1))


def cents(records: Iterable[dict[str, Any]]) -> Decimal:
    return sum((use["estimated_cost"]["amount"] for row in records for use in row["model_breakdown"]), Decimal(0))


def rows_of(company: Company, day: date, address: str) -> list[dict[str, Any]]:
    return [row for row in company.records(day, LATER) if row["actor"].get("email_address") == address]


def sessions_of(company: Company, habit: str, count: int = 40) -> list[Session]:
    return [
        session
        for who in company.who
        if who.habit is HABITS[habit]
        for day in days(count)
        for session in company.sessions(who, day, LATER)
    ]


def test_the_same_seed_gives_the_same_company_whichever_day_is_asked_first(company: Company) -> None:
    backwards, forwards = Company(START), Company(START)
    week = list(days(7))
    for day in week:
        backwards.records(day, LATER)
    for day in reversed(week):
        assert forwards.records(day, LATER) == company.records(day, LATER) == backwards.records(day, LATER)
    assert Company(START, seed=8).records(FRIDAY, LATER) != company.records(FRIDAY, LATER)


def test_a_day_in_progress_only_grows(company: Company) -> None:
    midnight = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, tzinfo=UTC)
    hours = [company.truth(FRIDAY, midnight + timedelta(hours=hour)) for hour in range(25)]
    assert hours[0] == {}
    assert hours[24] == company.truth(FRIDAY, LATER)
    for earlier, later in pairwise(hours):
        assert all(later[who] >= spent for who, spent in earlier.items())
    assert len({sum(hour.values()) for hour in hours}) > 12


def test_tomorrow_has_not_happened_yet(company: Company) -> None:
    midnight = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, tzinfo=UTC)
    assert company.records(FRIDAY, midnight - timedelta(seconds=1)) == []
    assert company.records(START - timedelta(days=122), LATER) == []
    assert company.records(START + timedelta(days=60), LATER) != []


def test_the_truth_agrees_with_the_records_to_the_last_digit(company: Company) -> None:
    for day in days(10):
        assert Fraction(cents(company.records(day, LATER))) == sum(company.truth(day, LATER).values())


def test_a_month_of_everybody_costs_what_a_team_of_that_size_pays(company: Company) -> None:
    month: dict[str, Fraction] = {}
    for day in days(30):
        for who, spent in company.truth(day, LATER).items():
            month[who] = month.get(who, Fraction(0)) + spent
    people = [spent / 100 for who, spent in month.items() if who not in API_KEYS]
    assert len(people) == 23  # the twenty-fourth has left
    assert 4_000 < sum(people) < 7_000


def test_everybody_with_a_habit_is_there_and_nobody_else(company: Company) -> None:
    seen = {who for day in days(60) for who in company.truth(day, LATER)}
    expected = {fold_email(one.claude_email or one.email) for one in CAST if one.habit}
    assert seen == expected | set(API_KEYS)
    assert {one.habit for one in CAST if one.habit} == set(HABITS)


def test_amounts_are_the_list_price_of_the_tokens_and_often_a_fraction_of_a_cent(company: Company) -> None:
    uses = [use for row in company.records(FRIDAY, LATER) for use in row["model_breakdown"]]
    for use in uses:
        price, tokens = price_on(use["model"], FRIDAY), use["tokens"]
        millionths = (
            tokens["input"] * price.uncached_input
            + tokens["output"] * price.output
            + tokens["cache_read"] * price.cache_read
            + tokens["cache_creation"] * price.cache_creation
        )
        assert use["estimated_cost"]["amount"] * 10_000 == millionths
    assert any(use["estimated_cost"]["amount"] % 1 for use in uses)


def test_a_price_holds_from_its_first_day() -> None:
    assert price_on(SONNET, date(2026, 10, 6)).cache_read == Decimal("0.20")
    assert price_on(SONNET, date(2026, 10, 7)).cache_read == Decimal("0.10")


# One habit for every tip


def share(sessions: list[Session], model: str) -> float:
    return sum(one.model == model for one in sessions) / len(sessions)


def test_each_habit_shows_in_the_data(company: Company) -> None:
    usual = sessions_of(company, "steady")

    def mean(sessions: list[Session], part: str) -> int:
        return int(sum(getattr(one.tokens, part) for one in sessions)) // len(sessions)

    assert share(sessions_of(company, "opus_heavy"), OPUS) > 0.85
    assert share(sessions_of(company, "thrifty"), HAIKU) > 0.4
    long = sessions_of(company, "long_sessions")
    assert mean(long, "cache_read_input_tokens") > 5 * mean(usual, "cache_read_input_tokens")
    cold = sessions_of(company, "cold_cache")
    assert mean(cold, "cache_creation_input_tokens") > 2 * mean(cold, "cache_read_input_tokens")
    rejecting = sessions_of(company, "rejecting")
    rejected, kept = (sum(getattr(one, f"edits_{what}") for one in rejecting) for what in ("rejected", "accepted"))
    assert 0.4 < rejected / (rejected + kept) < 0.65
    assert mean(sessions_of(company, "verbose"), "output_tokens") > 3 * mean(usual, "output_tokens")
    idle = sessions_of(company, "idle_sessions")
    assert len(idle) > 2 * len(usual) / sum(one.habit is HABITS["steady"] for one in company.who)
    assert sum(one.edits_accepted + one.commits for one in idle) == 0
    weekend = sessions_of(company, "weekends")
    assert sum(one.ended_at.weekday() >= 5 for one in weekend) > len(weekend) / 3
    assert (
        0.4 < sum(one.is_remote for one in sessions_of(company, "remote")) / len(sessions_of(company, "remote")) < 0.8
    )
    assert len({one.ended_at.date() for one in sessions_of(company, "occasional")}) < 20


def test_the_one_who_grows_uses_far_more_than_two_months_ago(company: Company) -> None:
    grown = sessions_of(company, "growing", 120)
    recent = [one for one in grown if START - one.ended_at.date() <= timedelta(days=60)]
    assert len(recent) > 1.7 * (len(grown) - len(recent))


def test_the_newcomer_began_twelve_days_before_the_start(company: Company) -> None:
    newcomer = sessions_of(company, "newcomer", 120)
    assert newcomer
    assert min(one.ended_at.date() for one in newcomer) >= START - timedelta(days=13)


def test_whoever_left_stopped_thirty_days_before_the_start(company: Company) -> None:
    left = sessions_of(company, "left_company", 120)
    assert left
    assert max(one.ended_at.date() for one in left) <= START - timedelta(days=29)


# What a client must not stumble over


def test_the_wire_is_full_of_things_that_nobody_knows(company: Company) -> None:
    rows = company.records(FRIDAY, LATER)
    assert all("x_unknown" in part for row in rows for part in (row, row["actor"], row["core_metrics"]))
    assert {row["terminal_type"] for row in rows if row["actor"].get("api_key_name") == "ci-review-bot"} == {
        UNKNOWN_TERMINAL
    }
    with_unknown_model = {
        day
        for day in days(30)
        for row in company.records(day, LATER)
        for use in row["model_breakdown"]
        if use["model"] == UNKNOWN_MODEL
    }
    assert with_unknown_model == {company.unknown_model_day}


def test_local_and_remote_use_of_one_person_are_rows_of_their_own(company: Company) -> None:
    both = [{row["is_remote"] for row in rows_of(company, day, "jun@example.com")} for day in days(7)]
    assert {True, False} in both


def test_subscription_use_says_so(company: Company) -> None:
    rows = [row for day in days(7) for row in rows_of(company, day, "uma@example.com")]
    assert {(row["customer_type"], row["subscription_type"]) for row in rows} == {("subscription", "team")}


def test_a_day_may_be_restated_emptied_and_recovered() -> None:
    company = Company(START)
    before = company.records(FRIDAY, LATER)
    company.restate(FRIDAY, 95)
    restated = company.records(FRIDAY, LATER)
    assert Decimal("0.9499") < cents(restated) / cents(before) < Decimal("0.9501")
    assert Fraction(cents(restated)) == sum(company.truth(FRIDAY, LATER).values())
    company.empty(FRIDAY)
    assert company.records(FRIDAY, LATER) == []
    assert company.truth(FRIDAY, LATER) == {}
    assert company.records(FRIDAY - timedelta(days=1), LATER) != []
    company.recover(FRIDAY)
    assert company.records(FRIDAY, LATER) == before


@pytest.mark.parametrize("cents", [1, 250_000])
def test_a_push_is_worth_exactly_what_was_asked_and_costs_nobody_else_anything(cents: int) -> None:
    company = Company(START)
    before, others = company.truth(FRIDAY, LATER), company.truth(FRIDAY - timedelta(days=1), LATER)
    company.push("ada@example.com", cents, FRIDAY)
    after = company.truth(FRIDAY, LATER)
    assert after == before | {"ada@example.com": before["ada@example.com"] + cents}
    assert company.truth(FRIDAY - timedelta(days=1), LATER) == others
    company.push("ada@example.com", cents, FRIDAY)
    assert sum(company.truth(FRIDAY, LATER).values()) == sum(before.values()) + 2 * cents


def test_a_push_is_in_the_records_and_shrinks_when_the_day_is_restated() -> None:
    company = Company(START)
    before = cents(rows_of(company, FRIDAY, "ada@example.com"))
    company.push("ada@example.com", 250_000, FRIDAY)
    assert cents(rows_of(company, FRIDAY, "ada@example.com")) == before + 250_000
    company.restate(FRIDAY, 40)
    restated = Fraction(cents(company.records(FRIDAY, LATER)))
    assert restated == sum(company.truth(FRIDAY, LATER).values())
    assert (
        Decimal("0.3999") < cents(rows_of(company, FRIDAY, "ada@example.com")) / (before + 250_000) < Decimal("0.4001")
    )


def test_a_push_is_there_from_the_first_moment_of_its_day_also_for_whoever_was_idle() -> None:
    company = Company(START)
    midnight = datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day, tzinfo=UTC)
    company.push("yves@example.com", 500, FRIDAY)  # who left a month ago
    assert company.truth(FRIDAY, midnight) == {"yves@example.com": 500}
    assert company.truth(FRIDAY, midnight - timedelta(seconds=1)) == {}


def test_nobody_is_pushed_who_does_not_use_claude_code() -> None:
    with pytest.raises(KeyError):
        Company(START).push("viktor@example.com", 500, FRIDAY)
