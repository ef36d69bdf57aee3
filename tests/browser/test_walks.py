"""The playground as people use it: a real browser asks, is told, fills in forms, and looks around."""

import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.demo.composition import Playground, playground
from tests.browser.hands import ARGS, CHROMIUM, MISSING
from tests.unhurried import unhurried
from tests.world import dollars

AMOUNT = re.compile(r"\$[\d,]+\.\d\d")
PATIENCE = 10_000

# Threads of a stopped server end as they like; the browser's own loop is not ours either.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CCOST_BROWSER") == "required":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("page"), with_group=True) as running:
        yield unhurried(running)


@pytest.fixture
def page(browser: Browser, demo: Playground) -> Iterator[Page]:
    """A page of which nothing complains, and that asks nobody but the playground."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    asked: set[str | None] = set()
    opened.on("request", lambda request: asked.add(urlsplit(request.url).hostname))
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()
    assert complaints == []
    assert asked <= {"127.0.0.1"}


def enter(page: Page, demo: Playground, user: str, place: str) -> None:
    page.goto("about:blank")
    page.goto(f"{demo.address}/#{user}/{place}")
    page.wait_for_function(
        "user => location.hash.startsWith(`#${user}/`) && document.querySelector('#place').textContent", arg=user
    )


def say(page: Page, words: str) -> str:
    """Type and send, and give what the bot says."""
    before = page.locator("#entries > li.said").count()
    page.fill("#line", words)
    page.press("#line", "Enter")
    return told(page, before)


def told(page: Page, before: int) -> str:
    page.wait_for_function("n => document.querySelectorAll('#entries > li.said').length > n", arg=before)
    page.wait_for_function(
        "() => !/One moment|少々/.test(document.querySelector('#entries').lastElementChild.textContent)"
    )
    return page.locator("#entries > li.said").last.inner_text()


def press(page: Page, action: str) -> str:
    before = page.locator("#entries > li.said").count()
    page.locator(f"#entries [data-action='{action}']").last.click()
    return told(page, before)


def test_asking_gives_the_truth_and_its_buttons_lead_on(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0ADA", "C0GENERAL")
    until = demo.clock()
    period = f"{until:%Y}-{until:%m}"
    answer = say(page, "/ccost me 30d")
    assert "Only visible to you" in answer
    assert AMOUNT.search(answer)
    assert period[:4] in answer
    table = press(page, "me.models")
    assert page.locator("#entries table").last.locator("tbody tr").count() >= 2
    assert "Total" in table
    assert "By day" in page.locator("#entries").inner_text() or press(page, "me.days")


def test_the_total_read_in_the_page_is_the_companys_own(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0HUGO", "D0HUGO")
    day = demo.clock().date().replace(day=1)
    days = [day.fromordinal(day.toordinal() - back) for back in range(1, 8)]
    spent = [demo.company.truth(one, demo.clock()).get("hugo@example.com", Fraction()) for one in days]
    cents = sum(spent, start=Fraction())
    first, last = day.fromordinal(day.toordinal() - 7), day.fromordinal(day.toordinal() - 1)
    assert dollars(cents) in say(page, f"/ccost me {first}..{last}")


def test_who_set_a_budget_is_told_once_it_breaks(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0LARS", "C0PLATFORM")
    say(page, "/ccost settings quiet off")
    say(page, "/ccost budget set me $1000")
    page.locator("#entries [data-action]").last.wait_for()
    press(page, page.locator("#entries li.said").last.locator("[data-action]").first.get_attribute("data-action") or "")
    page.click("#stories-toggle")
    page.click("[data-story='push']")
    page.wait_for_function("() => document.querySelector('[data-channel=D0LARS]').classList.contains('unread')")
    page.click("[data-channel='D0LARS']")
    page.wait_for_selector("#entries > li.said >> text=$1,000.00")
    told_text = page.locator("#entries > li.said").last.inner_text()
    assert "%" in told_text
    assert AMOUNT.search(told_text)


def test_tips_are_from_ones_own_figures(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0BORIS", "D0BORIS")
    assert "/clear" in say(page, "/ccost tips") or "cache" in page.locator("#entries").inner_text().lower()


@pytest.mark.parametrize(
    ("user", "says"), [("U0ADA", "Your month so far"), ("U0CHLOE", "For admins"), ("U0KENJI", "今月")]
)
def test_home_shows_everybody_their_own_part(page: Page, demo: Playground, user: str, says: str) -> None:
    enter(page, demo, user, "C0GENERAL")
    page.click("#home-tab")
    page.wait_for_selector(f"#home >> text={says}")
    assert ("For admins" in page.inner_text("#home")) is (user == "U0CHLOE")
    assert AMOUNT.search(page.inner_text("#home"))


def test_a_guest_reads_one_sentence_and_no_figure_on_home(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0WENDY", "C0GENERAL")
    page.click("#home-tab")
    page.wait_for_selector("#home >> text=guest")
    assert "$" not in page.inner_text("#home")


def test_a_mistake_in_a_form_stands_under_its_field_and_can_be_mended(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0OLGA", "C0PLATFORM")
    say(page, "/ccost budget")
    page.locator("#entries [data-action='open.budget']").last.click()
    amount = page.locator("dialog.modal input[type=text]")
    amount.fill("plenty")
    page.click("dialog.modal button.primary")
    page.wait_for_selector("dialog.modal .field-error")
    assert amount.input_value() == "plenty"
    assert amount.get_attribute("aria-invalid") == "true"
    amount.fill("$250")
    page.click("dialog.modal button.primary")
    page.wait_for_selector("dialog.modal >> text=$250.00")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('dialog.modal')")
    page.wait_for_function("() => document.activeElement.dataset.action === 'open.budget'")


def test_sharing_asks_first_what_everybody_will_see(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0MINA", "C0GENERAL")
    say(page, "/ccost me 30d")
    page.locator("#entries [data-action='me.share']").last.click()
    page.wait_for_selector("#ask[open]")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('#ask').open")
    assert page.locator("#entries > li.said:not(.only-you)", has_text="mina").count() == 0


def test_with_the_keyboard_alone_one_asks_and_opens_home(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0NOAH", "C0GENERAL")
    page.focus("#line")
    page.keyboard.type("/ccost he")
    page.keyboard.press("Tab")
    assert page.input_value("#line").startswith("/ccost help")
    page.keyboard.press("Enter")
    told(page, 0)
    page.focus("#home-tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#home .actions button")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_its_words_are_readable_and_every_control_has_a_name(
    page: Page, demo: Playground, width: int, dark: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    enter(page, demo, "U0CHLOE", "C0GENERAL")
    page.evaluate("dark => { document.documentElement.dataset.theme = dark ? 'dark' : 'light'; }", dark)
    say(page, "/ccost team")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(_UNNAMED) == []
    assert page.evaluate(_TWICE) == []
    assert [pair for pair in page.evaluate(_CONTRASTS) if pair["ratio"] < 4.5] == []


_UNNAMED = """() => [...document.querySelectorAll('button, input, select, [tabindex="0"]')]
  .filter(one => one.offsetParent && !one.closest('[hidden]'))
  .filter(one => !(one.innerText?.trim() || one.ariaLabel || one.getAttribute('aria-labelledby') || one.labels?.length
    || one.title || one.querySelector?.('caption')))
  .map(one => one.outerHTML.slice(0, 120))"""
_TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  return ids.filter((one, index) => ids.indexOf(one) !== index); }"""
_CONTRASTS = """() => {
  const channel = value => value / 255 <= .03928 ? value / 3294.6 : ((value / 255 + .055) / 1.055) ** 2.4;
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const paper = element => { for (let one = element; one; one = one.parentElement) {
    const found = parse(getComputedStyle(one).backgroundColor);
    if (found.length < 4 || found[3] === 1) return found; } return [255, 255, 255]; };
  const texts = '.prose, .byline b, .byline time, .context span, .heading, button.primary, .places button, td, th';
  return [...document.querySelectorAll(`${texts}, #place-note`)]
    .filter(one => one.offsetParent && one.innerText.trim()).map(one => {
      const [a, b] = [light(parse(getComputedStyle(one).color)), light(paper(one))].sort((x, y) => y - x);
      return { ratio: (a + .05) / (b + .05), text: one.innerText.slice(0, 40) }; });
}"""
