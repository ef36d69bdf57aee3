"""What people do with the bot, done in a real browser: ask, be told, do better, look at Home, fill in forms."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.demo.composition import GROUP, GROUP_LEAD, Playground
from bot.demo.workspace.uploads import SharedFile
from tests.browser.hands import act_as, direct, last, modal, move, press, say, settle, story, visit
from tests.world import dollars

DOLLARS = re.compile(r"\$([\d,]+\.\d\d)")
HALF_A_CENT = Decimal("0.005")
"""What rounding may cost each row of a table."""


def amounts(words: str) -> list[Decimal]:
    return [Decimal(found.replace(",", "")) for found in DOLLARS.findall(words)]


def whole_month(last_day: date) -> list[date]:
    return [last_day.replace(day=number + 1) for number in range(last_day.day)]


def rows(answer: Locator) -> list[list[str]]:
    """Read a whole table, page by page, as a person would."""
    read: list[list[str]] = []
    while True:
        read += [one.locator("th, td").all_inner_texts() for one in answer.locator("tbody tr").all()]
        further = answer.get_by_role("button", name="Next page")
        if not further.count() or further.is_disabled():
            return read
        further.click()


def test_ask_what_one_spent_and_take_the_total_apart_by_day_and_by_model(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0ADA")
    total = amounts(say(page, "/ccost me last-month").inner_text())[0]
    month = whole_month(demo.clock().date().replace(day=1) - timedelta(days=1))
    spent = sum(demo.company.truth(day, demo.clock()).get("ada@example.com", Fraction()) for day in month)
    assert dollars(Fraction(spent)) == f"${total:,}"
    for action in ("me.days", "me.models"):
        page.locator(f"[data-action='{action}']").first.click()
        settle(page)
        parts = [row for row in rows(last(page)) if row[0] != "Total"]
        assert len(parts) > 1
        assert abs(sum(amounts(" ".join(row))[0] for row in parts) - total) <= HALF_A_CENT * (len(parts) + 1)


def test_an_answer_is_marked_as_private_and_nobody_else_has_it(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0ADA", "C0GENERAL")
    answer = say(page, "/ccost me")
    expect(answer).to_contain_text("Only visible to you")
    private = answer.get_attribute("data-message") or ""
    assert private
    act_as(page, "U0KENJI")
    assert page.locator(f"[data-message='{private}']").count() == 0
    assert private not in page.content()


def test_be_told_that_a_budget_is_broken_by_the_message_that_comes_unasked(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0HUGO", "C0GENERAL")
    say(page, "/ccost settings quiet off")
    say(page, "/ccost budget set me $900 monthly")
    press(page, "budget.set")
    story(page, "push")
    move(page, "hour")
    news = page.locator("[data-channel='D0HUGO']")
    expect(news).to_contain_text("new")
    news.click()
    told = page.locator("#entries > li.said", has_text="$900.00").last
    expect(told).to_contain_text("%")
    expect(told).not_to_contain_text("Only visible to you")
    assert max(amounts(told.inner_text())) > Decimal(2_500)
    expect(news).not_to_contain_text("new")


def test_do_better_by_a_tip_that_stands_below_the_figures(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0BORIS")
    say(page, "/ccost me")
    press(page, "me.tips")
    assert len(last(page).inner_text()) > 200


def test_a_chart_has_its_numbers_as_a_table_by_the_keyboard(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0ADA", "home")
    summary = page.locator("#home .chart summary")
    assert not page.locator("#home .chart table").is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#home .chart tbody tr").count() == page.locator("#home .chart rect").count()


def test_a_wrong_field_says_so_below_itself_and_keeps_what_was_typed(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0NOAH", "home")
    press(page, "open.budget")
    form = modal(page)
    amount = form.get_by_label("Limit")
    amount.fill("cheap")
    page.keyboard.press("Enter")
    wrong = form.locator(".field:has(input[aria-invalid=true]) .field-error")
    expect(wrong).to_contain_text("cheap")
    expect(amount).to_be_focused()
    expect(amount).to_have_value("cheap")
    assert wrong.get_attribute("id") in (amount.get_attribute("aria-describedby") or "").split()
    amount.fill("$77")
    page.keyboard.press("Enter")
    expect(modal(page)).to_contain_text("$77.00")
    press(page, "budget.set")
    page.keyboard.press("Escape")
    expect(page.locator("#home")).to_contain_text("$77.00")


def test_in_a_thread_people_talk_and_commands_are_refused_as_in_slack(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0ADA", "C0GENERAL")
    page.fill("#line", "Good morning")
    page.keyboard.press("Enter")
    page.locator("li.said", has_text="Good morning").last.get_by_role("button", name="Reply in thread").click()
    expect(page.locator("#thread-line")).to_be_focused()
    for words in ("and good night", "/ccost me"):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    expect(page.locator("#thread-entries")).to_contain_text("and good night")
    expect(page.locator("#thread-entries .banner")).to_have_text("/ccost is not supported in threads. Sorry!")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="1 in thread")).to_be_visible()


def test_the_bot_is_invited_into_a_channel_and_a_digest_can_then_go_there(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0CHLOE", "G0SECRET")
    expect(page.locator("#place-note")).to_contain_text("the bot is not here")
    page.keyboard.type("/inv")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#place-note")).not_to_contain_text("the bot is not here")
    page.click("#home-tab")
    press(page, "open.digest")
    expect(modal(page).locator("select").first).to_contain_text("salaries")


def test_people_are_offered_by_what_they_may_do_and_only_a_lead_sees_the_figures_of_the_group(
    page: Page, demo: Playground
) -> None:
    visit(page, demo.address, "U0ADA")
    offered = {one: page.locator(f"#person optgroup[label='{one}'] option").count() for one in ("Members", "Leads")}
    assert offered["Leads"] == 1
    assert offered["Members"] > 10
    labels = page.locator("#person optgroup").evaluate_all("those => those.map(one => one.label)")
    assert labels == ["Members", "Leads", "Admins", "Guests", "E-mail not confirmed", "Another company"]
    assert "$" not in say(page, f"/ccost team people {GROUP} last-month").inner_text()
    act_as(page, GROUP_LEAD)
    assert "$" in say(page, f"/ccost team people {GROUP} last-month").inner_text()


def test_a_file_is_shown_with_what_is_in_it(page: Page, demo: Playground) -> None:
    content = b'{"total": "12.34"}'
    file = SharedFile(file_id="F1", name="ccost.json", size_bytes=len(content), content=content)
    demo.workspace.team.add("D0OLGA", kind="file", file=file)
    visit(page, demo.address, "U0OLGA")
    page.locator(".file summary", has_text="ccost.json").click()
    expect(page.locator(".file pre")).to_have_text('{"total": "12.34"}')


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_bot_is_told_of_and_the_log_says_what_was_decided_and_why(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0MINA", "C0GENERAL")
    page.click("#stories-toggle")
    page.click("[data-story='kill']")
    expect(page.locator("#down")).to_be_visible()
    page.fill("#line", "/ccost me")
    page.press("#line", "Enter")
    expect(page.locator("#entries .banner").last).to_contain_text("dispatch_failed")
    page.click("[data-story='start']")
    expect(page.locator("#down")).to_be_hidden(timeout=20_000)
    say(page, "/ccost me")
    page.click("#log-toggle")
    lines = page.locator("#lines > li")
    asked, answered = lines.filter(has_text="/ccost me"), lines.filter(has_text="answers the one who asked")
    expect(answered.or_(asked).first).to_be_visible()
    page.select_option("#log-filter", "decision")
    expect(page.locator("#lines > li:not(.who-decision)")).to_have_count(0)
    expect(lines.filter(has_text="read").first).to_be_visible()


def test_a_reader_of_japanese_has_a_japanese_page(page: Page, demo: Playground) -> None:
    visit(page, demo.address, "U0KENJI")
    expect(page.locator("html")).to_have_attribute("lang", "ja-JP")
    expect(page.get_by_role("button", name="送信")).to_be_visible()
    assert "あなただけに表示されています" in say(page, "/ccost me").inner_text()
    act_as(page, "U0ADA")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert page.url.endswith(f"#U0ADA/{direct('U0ADA')}")
