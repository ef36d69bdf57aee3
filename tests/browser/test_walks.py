"""The playground for everybody: each role's Home, the keyboard, small screens, dark and light, readable words."""

import re
from fractions import Fraction

import pytest
from playwright.sync_api import Page

from bot.demo.composition import Playground
from tests.world import dollars

AMOUNT = re.compile(r"\$[\d,]+\.\d\d")


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


def test_the_total_read_in_the_page_is_the_companys_own(page: Page, demo: Playground) -> None:
    enter(page, demo, "U0HUGO", "D0HUGO")
    day = demo.clock().date().replace(day=1)
    days = [day.fromordinal(day.toordinal() - back) for back in range(1, 8)]
    spent = [demo.company.truth(one, demo.clock()).get("hugo@example.com", Fraction()) for one in days]
    cents = sum(spent, start=Fraction())
    first, last = day.fromordinal(day.toordinal() - 7), day.fromordinal(day.toordinal() - 1)
    assert dollars(cents) in say(page, f"/ccost me {first}..{last}")


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
