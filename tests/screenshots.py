"""Pictures of the playground, taken by a real browser: `python -m tests.screenshots`.

Starts `ccost demo`, types and presses as people do, and writes PNGs into build/screenshots. `--address URL` takes a
playground that already runs.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
OUT = Path("build/screenshots")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = ViewportSize(width=1440, height=1000)
PHONE = ViewportSize(width=390, height=844)
COMPLAINTS: list[str] = []
"""Errors of the page: a picture of a broken page is no picture."""


@contextmanager
def demo() -> Iterator[str]:
    """Run `ccost demo` until the block ends; yields its address. Exits when it does not start."""
    command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found.group()
                return
        sys.exit("`ccost demo` ended before it was ready:\n" + "".join(said[-20:]))
    finally:
        process.terminate()
        process.wait(timeout=20)


def open_page(browser: Browser, address: str, viewport: ViewportSize, *, dark: bool = False) -> Page:
    """Open the playground as Ada, in her direct message with the bot. `COMPLAINTS` notes what goes wrong in it."""
    page = browser.new_page(viewport=viewport, color_scheme="dark" if dark else "light", device_scale_factor=2)
    page.on("pageerror", lambda error: COMPLAINTS.append(str(error)))
    page.on("console", lambda line: COMPLAINTS.append(line.text) if line.type == "error" else None)
    page.goto(f"{address}/#U0ADA/D0ADA")
    page.wait_for_selector("#entries > li")
    return page


def say(page: Page, text: str) -> None:
    """Type a line, send it, and wait until it has been answered."""
    before = page.locator("#entries > li:not(.empty)").count()
    page.fill("#line", text)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelectorAll('#entries > li:not(.empty)').length > before", arg=before
    )
    page.wait_for_timeout(400)


def act_as(page: Page, user_id: str) -> None:
    """Become somebody else: in their direct message with the bot, if they have one."""
    page.select_option("#person", user_id)
    page.wait_for_function(f"() => location.hash.startsWith('#{user_id}/')")


def picture(page: Page, name: str) -> None:
    """Write one PNG."""
    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    print(path)


def at_top_of_last_answer(page: Page) -> None:
    """Scroll to where the last answer begins."""
    page.locator("#entries > li.said").last.evaluate("element => element.scrollIntoView({block: 'start'})")


def take_all(browser: Browser, address: str) -> None:
    """Take every picture."""
    page = open_page(browser, address, WIDE)
    say(page, "/ccost me")
    at_top_of_last_answer(page)
    picture(page, "wide")
    button = page.locator("#entries > li.said").last.locator("button[data-action]").first
    if button.count():
        button.click()
        page.wait_for_timeout(1200)
        page.click("#log-toggle")
        page.wait_for_timeout(400)
        picture(page, "wide-pressed-with-log")
        page.click("#log-toggle")
    page.click('[data-channel="C0GENERAL"]')
    page.wait_for_timeout(300)
    say(page, "/ccost team")
    at_top_of_last_answer(page)
    picture(page, "wide-team")
    page.fill("#line", "/ccost ")
    page.press("#line", "ArrowDown")
    picture(page, "wide-completion")
    page.close()

    page = open_page(browser, address, WIDE, dark=True)
    act_as(page, "U0HARUKA")
    say(page, "/ccost me")
    at_top_of_last_answer(page)
    picture(page, "dark-japanese")
    act_as(page, "U0XAVER")
    say(page, "/ccost me")
    picture(page, "dark-outsider")
    page.close()

    page = open_page(browser, address, PHONE)
    at_top_of_last_answer(page)
    picture(page, "phone")
    act_as(page, "U0KENJI")
    say(page, "/ccost me")
    picture(page, "phone-japanese")
    page.close()


def be_told(browser: Browser, address: str) -> None:
    """Take pictures of what nobody asked for: a digest, a broken budget, its edit; and of setting them up."""
    page = open_page(browser, address, WIDE)
    act_as(page, "U0CHLOE")
    page.click('[data-channel="C0PLATFORM"]')
    page.wait_for_timeout(300)
    say(page, "/ccost digest here daily 10:30 Asia/Tokyo weekends")
    page.wait_for_timeout(1_500)
    say(page, "/ccost digest preview")
    picture(page, "told-digest-set")
    act_as(page, "U0ADA")
    say(page, "/ccost budget set me $2000 monthly")
    picture(page, "told-budget-preview")
    page.get_by_role("button", name="Set it").last.click()
    page.wait_for_timeout(1_500)
    say(page, "/ccost budget")
    picture(page, "told-budget")
    story(page, "push")
    move(page, "due")
    move(page, "day")
    page.click('[data-channel="D0ADA"]')
    page.wait_for_timeout(500)
    picture(page, "told-broken")
    page.click('[data-channel="C0PLATFORM"]')
    page.wait_for_timeout(500)
    picture(page, "told-digest")
    act_as(page, "U0KENJI")
    say(page, "/ccost budget request $300 because 移行プロジェクトのため")
    act_as(page, "U0HARUKA")
    move(page, "hour")
    page.click('[data-channel="D0HARUKA"]')
    page.wait_for_timeout(500)
    picture(page, "told-request-japanese")
    page.close()


def story(page: Page, name: str) -> None:
    """Start a story, as its button does."""
    _post(page, "story", {"story": name, "user": "U0ADA"})


def move(page: Page, by: str) -> None:
    """Move the clock, as its button does."""
    _post(page, "clock", {"by": by})


def _post(page: Page, what: str, body: dict[str, str]) -> None:
    page.evaluate(
        "([what, body]) => fetch(`/play/${what}`, {method: 'POST', headers: {'x-ccost-playground': '1'}, "
        "body: JSON.stringify(body)}).then(answer => answer.json())",
        [what, body],
    )


def main() -> None:
    """Take the pictures, or say what is missing and exit with 1."""
    parser = argparse.ArgumentParser(description="Pictures of the playground into build/screenshots.")
    parser.add_argument("--address", help="a playground that already runs, e.g. http://127.0.0.1:8000")
    address = parser.parse_args().address
    if not CHROMIUM.exists():
        sys.exit(f"{CHROMIUM} is missing. On Debian: apt-get install -y chromium fonts-noto-cjk")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        if address:
            take_all(browser, address)
            be_told(browser, address)
        else:
            with demo() as started:
                take_all(browser, started)
                be_told(browser, started)
        browser.close()
    if COMPLAINTS:
        sys.exit("The page complained:\n" + "\n".join(COMPLAINTS))


if __name__ == "__main__":
    main()
