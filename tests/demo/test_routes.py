"""The company by every way: who goes where, and what its proxy has in its books."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.demo import routes
from bot.demo.cast import CAST, USER_GROUPS, Route
from bot.demo.company import Company
from bot.usage import Tokens

START = date(2026, 11, 23)
LATER = datetime(2027, 6, 1, tzinfo=UTC)
FRIDAY = START - timedelta(days=3)


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(START, cast=routes.spread(CAST), gateway_keys=routes.GATEWAY_KEYS)


def test_everybody_goes_one_way_and_without_a_word_it_is_anthropics() -> None:
    assert {who.route for who in Company(START).who} == {Route.CONSOLE}
    spread = {one.slack_user_id: one for one in routes.spread(CAST)}
    assert [one.slack_user_id for one in CAST] == list(spread)
    by_route = [one.route for one in spread.values() if one.habit]
    assert (by_route.count(Route.GATEWAY), by_route.count(Route.VERTEX)) == (5, 2)
    assert all(one.sends_telemetry for one in spread.values() if one.route is Route.VERTEX)
    assert {one.slack_user_id for one in routes.tellers(spread.values()) if one.route is Route.CONSOLE} == {
        *routes.ALSO_TELLING
    }


def test_nobody_uses_more_or_less_for_going_another_way(company: Company) -> None:
    assert company.truth(FRIDAY, LATER) == Company(START).truth(FRIDAY, LATER)


def test_the_vendor_knows_its_own_customers_and_the_proxy_the_others(company: Company) -> None:
    week = [FRIDAY - timedelta(days=back) for back in range(7)]
    actors = [row["actor"] for day in week for row in company.records(day, LATER)]
    known = {one.get("email_address") or one.get("api_key_name") for one in actors}
    rows = [row for day in week for row in routes.proxy_rows(company, day, LATER)]
    booked = {row.email or row.key_alias for row in rows}
    assert known <= {who.name for who in company.on(Route.CONSOLE)}
    assert {"hugo@example.com", "lars@example.com", "nightly-docs"} <= booked
    assert len(known) > 12
    assert not booked & known


def test_the_proxy_books_what_its_users_spent_in_dollars(company: Company) -> None:
    booked: dict[str, Decimal] = {}
    for row in routes.proxy_rows(company, FRIDAY, LATER):
        who = row.user_id or row.key_alias or ""
        booked[who] = booked.get(who, Decimal(0)) + row.spend
        assert row.tokens != Tokens()
    truth = company.truth(FRIDAY, LATER)
    expected = {who.external_id.partition("@")[0]: who.external_id for who in company.on(Route.GATEWAY)}
    assert {expected[who]: spent * 100 for who, spent in booked.items()} == {
        who: truth[who] for who in expected.values() if who in truth
    }


def test_a_key_without_owner_is_no_users_and_one_user_has_no_address(company: Company) -> None:
    month = [START - timedelta(days=back) for back in range(60)]
    rows = [row for day in month for row in routes.proxy_rows(company, day, LATER)]
    assert {row.user_id for row in rows if row.key_alias == "nightly-docs"} == {None}
    assert {row.email for row in rows if row.user_id == "katya"} == {None}
    assert routes.proxy_users(company)["katya"] is None
    assert routes.proxy_users(company)["hugo"] == "hugo@example.com"
    assert "nightly-docs" not in routes.proxy_users(company)


def test_a_group_of_the_demo_has_people_of_several_ways(company: Company) -> None:
    platform = next(one for one in USER_GROUPS if one.handle == "platform")
    spread = {one.slack_user_id: one.route for one in routes.spread(CAST)}
    assert {spread[one] for one in platform.slack_user_ids} == set(Route)
