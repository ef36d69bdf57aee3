"""`/ccost settings status`, and where a figure comes from: `me about`, `team about`, days that changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.errors import UserError
from bot.listeners.commands import me, settings, team
from bot.sources import SOURCES
from bot.store.engine import Store
from bot.store.tables import IngestToken, core
from bot.usage import Biller, Consumer, ConsumerKind, CostMetric, Plan
from bot.views.blocks import Message
from tests.block_kit import judge, rows, seen
from tests.delivery.desk import ON_SQLITE
from tests.reconcile_house import ADMINS, ANALYTICS, NOW, House, days_ago
from tests.store.readings import ADA, CLAUDE, USD, key, person, reading, used

pytestmark = ON_SQLITE


@pytest.fixture
def house(store: Store) -> House:
    return House(store, sources=(ANALYTICS, CLAUDE, "otlp"))


def status(house: House, *, is_admin: bool = False) -> str:
    message = settings.status(house.rt, house.ask(is_admin=is_admin))
    judge(message)
    return seen(message)


def footer(message: Message) -> str:
    return str(message.blocks[-1]["elements"][0]["text"])


def test_where_the_analytics_are_refused_the_status_says_whose_figures_stand_in(house: House) -> None:
    house.failed(ANALYTICS, "SourceAbsent", "HTTP 403 on /v1/organizations/analytics/cost")
    house.uses(100, days_ago(1))
    house.succeeded(CLAUDE)
    text = status(house)
    assert "Not to be had here (HTTP 403 on /v1/organizations/analytics/cost)." in text
    assert "Meanwhile figures come from Claude Code Analytics (Anthropic)." in text
    assert "Rows of the last 35 days: 1. It speaks for 1 day." in text
    assert "34 days not read yet" in text
    assert text.count("not read yet") == 1


def test_days_that_the_other_source_has_are_no_gap_of_this_one(house: House) -> None:
    for back in range(35):
        house.uses(100, days_ago(back))
    assert "not read yet" not in status(house)


def test_two_sources_say_each_for_how_many_days_it_speaks(house: House) -> None:
    for back in (1, 2, 3):
        house.uses(100, days_ago(back))
    row = used(person(ADA), USD, day=days_ago(3), metric=CostMetric.EFFECTIVE)
    house.put(reading(row, day=days_ago(3), source=ANALYTICS))
    house.put(replace(reading(day=days_ago(2), source=ANALYTICS), gives_way=True))
    text = status(house)
    assert "Rows of the last 35 days: 1. It speaks for 1 day." in text
    assert "Rows of the last 35 days: 3. It speaks for 2 days." in text


def test_telemetry_is_a_source_once_a_token_was_issued(house: House) -> None:
    house.rt.sources = tuple(source for source in SOURCES if source.is_told)
    assert "No source of usage is set up yet" in status(house)
    token = {
        "public_id": "p",
        "secret_hash": "h",
        "label": "",
        "biller": Biller.ANTHROPIC,
        "plan": Plan.PAY_PER_TOKEN,
        "created_by": "U",
        "created_at": NOW,
        "expires_at": NOW,
    }
    with house.store.sessions.begin() as session:
        session.execute(insert(core(IngestToken)).values(**token))
    text = status(house)
    assert "Claude Code's telemetry" in text
    assert "No source of usage" not in text


def test_a_day_of_silence_is_no_gap_of_telemetry(house: House) -> None:
    house.put(reading(used(person(ADA), USD, day=days_ago(1)), day=days_ago(1), source="otlp"))
    house.rt.sources = tuple(source for source in SOURCES if source.is_told)
    assert "not read yet" not in status(house)


@pytest.mark.parametrize("is_admin", [True, False])
def test_the_status_compares_each_month_and_shows_admins_the_figures(house: House, is_admin: bool) -> None:
    for back, (ours, theirs) in {1: (95_00, 100_00), 2: (100_00, 100_00), 25: (50_00, 50_00)}.items():
        house.uses(ours, days_ago(back))
        house.report.cents[days_ago(back)] = theirs
    house.run()
    text = status(house, is_admin=is_admin)
    assert "Matches the organization's cost report within 0.0% (Oct 26)." in text
    assert "ccost counts $5.00 (2.5%) less than the organization's cost report (Nov 18–19)." in text
    assert ("members $195.00, machines $0.00, unattributed $0.00" in text) is is_admin
    table = rows(settings.status(house.rt, house.ask(is_admin=is_admin))) if is_admin else []
    assert table[1:] == ([["Thu, Nov 19, 2026", "$95.00", "$100.00", "−5.0%"]] if is_admin else [])


def test_without_an_admin_key_there_is_no_word_of_a_cost_report(store: Store) -> None:
    house = House(store, key=False)
    house.uses(100, days_ago(1))
    assert "cost report" not in status(house, is_admin=True)


def test_the_teams_footer_compares_the_days_that_were_asked_for(house: House) -> None:
    for back, theirs in {1: 100_00, 2: 97_00}.items():
        house.uses(100_00, days_ago(back))
        house.report.cents[days_ago(back)] = theirs
    assert "cost report" not in footer(team.summary(house.rt, house.ask()))
    house.run()
    day = days_ago(1).isoformat()
    assert "Matches the organization's cost report within 0.0% (Nov 19)." in footer(
        team.summary(house.rt, house.ask(day))
    )
    whole = footer(team.summary(house.rt, house.ask()))
    assert "Differs from the organization's cost report by 1.5% (Nov 18–19)" in whole
    assert "cost report" not in footer(me.summary(house.rt, house.ask()))


def test_another_vendors_day_that_is_not_over_keeps_nobody_from_comparing(house: House) -> None:
    house.uses(100_00, days_ago(1))
    house.report.cents[days_ago(1)] = 100_00
    elsewhere = used(person(ADA), USD, day=days_ago(1), biller=Biller.VERTEX)
    house.put(reading(elsewhere, day=days_ago(1), source="otlp", complete=False))
    house.run()
    said = footer(team.summary(house.rt, house.ask()))
    assert "Matches the organization's cost report within 0.0% (Nov 19)." in said


def test_a_day_that_changed_says_so_below_the_figures_and_in_the_list_what_it_was(house: House) -> None:
    house.uses(100_00, days_ago(2))
    house.uses(50_00, days_ago(3))
    house.now += timedelta(hours=2)
    house.uses(120_00, days_ago(2))
    for verb, answers in (("me", me), ("team", team)):
        said = footer(answers.summary(house.rt, house.ask()))
        assert "1 finished day was another figure before: Nov 18." in said, verb
        days = {row[0]: row[1:] for row in rows(answers.days(house.rt, house.ask()))}
        state = "may be corrected; was $100.00 until Nov 20, 14:00 UTC"
        assert days["Wed, Nov 18, 2026"] == ["$120.00", state], verb
        assert days["Tue, Nov 17, 2026"] == ["$50.00", "may be corrected"], verb
        assert "finished day" not in footer(answers.summary(house.rt, house.ask("2026-11-17"))), verb


def test_a_restated_day_of_a_source_that_does_not_speak_changed_no_figure(house: House) -> None:
    house.uses(100_00, days_ago(2))
    row = used(person(ADA), 90 * USD, day=days_ago(2), metric=CostMetric.EFFECTIVE)
    house.put(reading(row, day=days_ago(2), source=ANALYTICS))
    house.now += timedelta(hours=2)
    house.uses(120_00, days_ago(2))
    for answers in (me, team):
        assert "finished day" not in footer(answers.summary(house.rt, house.ask()))


def test_about_says_of_ones_own_and_of_the_teams_figures_which_source_told_how_many_rows(house: House) -> None:
    day = days_ago(1)
    house.put(reading(used(person(ADA), USD, day=day), used(key("ci"), USD, day=day), day=day))
    row = used(person(ADA), USD, day=day, metric=CostMetric.EFFECTIVE)
    house.put(reading(row, day=day, source=ANALYTICS))
    mine, ours = (answers.about(house.rt, house.ask()) for answers in (me, team))
    assert [row[:5] for row in rows(mine)[1:]] == [
        ["cost analytics (Anthropic)", "1", "0", "1", "1"],
        ["Claude Code Analytics (Anthropic)", "0", "1", "1", "1"],
    ]
    assert [row[:5] for row in rows(ours)[1:]] == [
        ["cost analytics (Anthropic)", "1", "0", "1", "1"],
        ["Claude Code Analytics (Anthropic)", "1", "1", "1", "1"],
    ]
    assert mine.text == "Figures of Nov 1–20, 2026, as told by: cost analytics (Anthropic)."
    for message in (mine, ours):
        judge(message)


def test_who_was_never_seen_is_not_covered_by_about_either(house: House) -> None:
    assert "not covered" in me.about(house.rt, house.ask(who=ADMINS[0])).text


def test_use_that_only_the_sender_claims_is_marked_in_every_answer_that_holds_it(house: House) -> None:
    row = used(Consumer(ConsumerKind.SELF_DECLARED, "somebody"), 3 * USD, day=days_ago(1))
    house.put(reading(row, used(person(ADA), USD, day=days_ago(1)), day=days_ago(1), source="otlp"))
    assert "$3.00 of this is self-declared" in footer(team.summary(house.rt, house.ask()))
    assert "self-declared" not in footer(me.summary(house.rt, house.ask()))


def test_two_words_too_many_are_answered_with_the_right_form(house: House) -> None:
    for answers in (me, team):
        with pytest.raises(UserError) as refused:
            answers.about(house.rt, house.ask("7d", "now"))
        assert "about [period]" in str(refused.value.values["form"])
