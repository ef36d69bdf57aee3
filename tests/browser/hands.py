"""What people do with the playground page, done by a real browser."""

from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, ViewportSize

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = f"{CHROMIUM} is missing. On Debian: apt-get install chromium (and fonts-noto-cjk for Japanese)."
WIDE = ViewportSize(width=1440, height=1000)
PHONE = ViewportSize(width=390, height=844)

_ANSWERED = """before => {
  const last = document.querySelector('#entries > li:last-child');
  return document.querySelectorAll('#entries > li:not(.empty)').length > before && !last.classList.contains('typed');
}"""
_LOOKS = "() => ['entries', 'home', 'modals', 'thread'].map(id => document.getElementById(id).innerHTML).join()"


def launch(playwright: Playwright) -> Browser:
    """Start Debian's chromium; it keeps nothing, and calls nobody by itself."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)


def visit(page: Page, address: str, user_id: str, place: str = "") -> None:
    """Open the page as somebody, in a channel, in their direct message with the bot (`""`), or at `home`."""
    if page.url != "about:blank":
        page.goto("about:blank")  # another hash alone would load nothing
    page.goto(f"{address}/#{user_id}/{place or direct(user_id)}")
    page.wait_for_selector("#home > *" if place == "home" else "#entries > li")
    settle(page)
    close_modals(page)  # Slack keeps them open for who left the page


def direct(user_id: str) -> str:
    """Give the id of somebody's direct message with the bot."""
    return f"D{user_id[1:]}"


def say(page: Page, text: str) -> Locator:
    """Type a line, send it, wait until it has been answered, and give the answer."""
    before = page.locator("#entries > li:not(.empty)").count()
    page.fill("#line", text)
    page.keyboard.press("Enter")
    page.wait_for_function(_ANSWERED, arg=before)
    settle(page)
    return last(page)


def press(page: Page, action: str) -> None:
    """Press a button of the bot, the lowest that has this action; and wait until what follows stands still."""
    page.locator(f"[data-action='{action}']:visible").last.click()
    settle(page)


def last(page: Page) -> Locator:
    """Give the last message of the conversation."""
    return page.locator("#entries > li").last


def modal(page: Page) -> Locator:
    """Give the topmost modal, ready to be filled in."""
    page.wait_for_selector("dialog.modal:last-of-type .field, dialog.modal:last-of-type .actions")
    return page.locator("dialog.modal").last


def close_modals(page: Page) -> None:
    """Close every open modal with the key for it."""
    for _ in range(3):  # Slack has no more above one another
        if not page.locator("dialog.modal").count():
            return
        page.keyboard.press("Escape")
        settle(page)


def settle(page: Page, seconds: float = 0.3) -> None:
    """Wait until nothing of the conversation, of Home or of a modal has changed for so long (10 s at most)."""
    kept, still = "", 0.0
    for _ in range(200):
        shown = page.evaluate(_LOOKS)
        still = still + 0.05 if shown == kept else 0
        if still >= seconds:
            return
        kept = shown
        page.wait_for_timeout(50)


def act_as(page: Page, user_id: str) -> None:
    """Become somebody else: in their direct message with the bot, if they have one."""
    page.select_option("#person", user_id)
    page.wait_for_function(f"() => location.hash.startsWith('#{user_id}/')")
    settle(page)


def move(page: Page, by: str) -> None:
    """Move the clock by its button: `hour`, `day`, `month`, `due`."""
    with page.expect_response("**/play/clock", timeout=60_000):
        page.click(f"[data-by='{by}']")
    page.wait_for_selector(f"[data-by='{by}']:enabled")


def story(page: Page, name: str) -> None:
    """Let a story happen to the person that one acts as, by its button; the panel stays as it was."""
    is_shut = page.locator("#stories").is_hidden()
    if is_shut:
        page.click("#stories-toggle")
    with page.expect_response("**/play/story", timeout=60_000):
        page.click(f"#plots [data-story='{name}']")
    if is_shut:
        page.click("#stories-toggle")
