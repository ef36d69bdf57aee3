"""Pictures of every surface, in both languages, taken by a real browser: `python -m tests.screenshots`.

Starts the playground, types and presses as people do, and writes PNGs into build/screenshots. `--address URL` takes a
playground that already runs, `--only WORD` the surfaces whose name has that word, `--scale 2` sharper pictures. One
that cannot be taken does not stop the others: all that failed stand at the end.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from bot.demo.composition import GROUP, GROUP_LEAD, playground
from tests.browser.hands import (
    ARGS,
    CHROMIUM,
    MISSING,
    PHONE,
    WIDE,
    act_as,
    launch,
    modal,
    move,
    press,
    say,
    story,
    visit,
)
from tests.unhurried import unhurried

__all__ = ["ARGS", "CHROMIUM"]

OUT = Path("build/screenshots")
TALL = ViewportSize(width=1440, height=1700)
MEMBER = {"en": "U0ADA", "ja": "U0KENJI"}
ADMIN = {"en": "U0CHLOE", "ja": "U0HARUKA"}
LEAD = {"en": GROUP_LEAD, "ja": GROUP_LEAD}
NEW = {"en": "U0VIKTOR"}
GUEST = {"en": "U0WENDY"}
OUTSIDER = {"en": "U0XAVER"}
GENERAL, PLATFORM, PARTNERS, MESSAGES, HOME = "C0GENERAL", "C0PLATFORM", "C0PARTNERS", "", "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One picture in each language: by whom, where, and what they do before."""

    name: str
    who: Mapping[str, str]
    place: str = MESSAGES
    does: tuple[str, ...] = ()
    """In order. `/…` is typed; else the first word is one of `DOES`."""
    size: ViewportSize | None = None
    is_dark: bool = False


def _surface(name: str, who: Mapping[str, str], place: str, *does: str) -> Surface:
    return Surface(name=name, who=who, place=place, does=does)


def _asked(name: str, who: Mapping[str, str], words: str = "") -> Surface:
    return _surface(name, who, MESSAGES, f"/ccost {words or name}")


SURFACES: tuple[Surface, ...] = (
    _asked("me", MEMBER),
    _surface("me-models", MEMBER, MESSAGES, "/ccost me", "press me.models"),
    _surface("me-days", MEMBER, MESSAGES, "/ccost me", "press me.days"),
    _surface("me-share-asks", MEMBER, GENERAL, "/ccost me", "press me.share"),
    _surface("me-shared", MEMBER, PLATFORM, "/ccost me", "press me.share", "click #ask-yes", "wait 11"),
    _surface("team", MEMBER, GENERAL, "/ccost team"),
    _surface("team-models", MEMBER, GENERAL, "/ccost team", "press team.models"),
    _surface("team-days", MEMBER, GENERAL, "/ccost team", "press team.days"),
    _asked("team-plan", MEMBER, "team plan"),
    _asked("tips", MEMBER),
    _asked("budget", MEMBER),
    _asked("budget-preview", MEMBER, "budget set me $300 monthly"),
    _asked("help", MEMBER),
    _asked("help-admin", ADMIN, "help"),
    _asked("error", MEMBER, "teem"),
    _asked("settings", MEMBER),
    _asked("settings-language", MEMBER, "settings language"),
    _asked("settings-alerts", MEMBER, "settings alerts"),
    _asked("privacy", MEMBER, "settings privacy"),
    _surface("export", MEMBER, MESSAGES, "/ccost settings export", "unfold"),
    _asked("settings-admin", ADMIN, "settings"),
    _asked("status", ADMIN, "settings status"),
    _asked("audit", ADMIN, "settings audit"),
    _asked("link", ADMIN, "settings link"),
    _asked("pilot", ADMIN, "settings pilot"),
    _surface("guest", GUEST, GENERAL, "/ccost me"),
    _surface("outsider", OUTSIDER, PARTNERS, "/ccost me"),
    _surface("thread", MEMBER, GENERAL, "Good morning", "click #entries > li:last-child .reply", "reply /ccost me"),
    _surface("completion", MEMBER, GENERAL, "type /ccost bu"),
    Surface(name="home-new", who=NEW, place=HOME, size=TALL),
    Surface(name="home-guest", who=GUEST, place=HOME),
    Surface(name="home-member", who=MEMBER, place=HOME, size=TALL),
    Surface(name="home-admin", who=ADMIN, place=HOME, size=TALL),
    Surface(name="home-dark", who=MEMBER, place=HOME, size=TALL, is_dark=True),
    Surface(name="home-phone", who=MEMBER, place=HOME, size=PHONE),
    _surface("home-answer", MEMBER, HOME, "press me.models"),
    _surface("modal-budget", MEMBER, HOME, "press open.budget"),
    _surface("modal-budget-error", MEMBER, HOME, "press open.budget", "field amount cheap", "submit"),
    _surface("modal-budget-preview", MEMBER, HOME, "press open.budget", "field amount $300", "submit"),
    _surface("modal-budget-admin", ADMIN, HOME, "press open.budget"),
    _surface("modal-digest", ADMIN, HOME, "press open.digest"),
    _surface("modal-link", ADMIN, HOME, "press open.link"),
    _surface("modal-quiet", MEMBER, HOME, "press open.quiet"),
    _surface("modal-group", ADMIN, MESSAGES, "/ccost settings groups", "press open.group"),
    Surface(name="modal-phone", who=ADMIN, place=HOME, does=("press open.digest",), size=PHONE),
    Surface(name="modal-dark", who=ADMIN, place=HOME, does=("press open.digest",), is_dark=True),
    _surface("onboarding", ADMIN, MESSAGES),
    _surface("stories", MEMBER, GENERAL, "click #stories-toggle"),
    Surface(name="phone", who=MEMBER, place=GENERAL, does=("/ccost me",), size=PHONE),
    Surface(name="phone-team", who=MEMBER, place=GENERAL, does=("/ccost team",), size=PHONE),
    Surface(name="dark", who=MEMBER, place=GENERAL, does=("/ccost me",), is_dark=True),
    Surface(name="dark-team", who=MEMBER, place=GENERAL, does=("/ccost team",), is_dark=True),
    # What follows changes the company for all that comes after it.
    _surface("people-confirm", ADMIN, MESSAGES, "/ccost settings people off", "press people.on"),
    _asked("groups", ADMIN, "settings groups"),
    _asked("team-groups", ADMIN, "team groups"),
    _asked("team-group", ADMIN, f"team {GROUP}"),
    _asked("people-switch", ADMIN, "settings people on"),
    _asked("team-people", LEAD, "team people"),
    Surface(name="home-lead", who=LEAD, place=HOME, size=TALL),
    _asked("digest-set", ADMIN, "digest here daily 10:30 Europe/Paris weekends"),
    _surface("digest-preview", ADMIN, PLATFORM, "/ccost digest preview"),
    _surface("digest-posted", ADMIN, PLATFORM, "/ccost digest here daily 10:30 weekends", "move due", "latest"),
    _surface("budget-default", {"en": ADMIN["en"]}, MESSAGES, "/ccost budget default $250 monthly", "press budget.set"),
    _surface("modal-request", MEMBER, MESSAGES, "/ccost budget", "press open.request"),
    _surface("request", MEMBER, MESSAGES, "/ccost budget request $900 because we move the whole archive"),
    _surface("request-asked", ADMIN, MESSAGES, "/ccost settings quiet off", "move hour", "latest"),
    _surface("budget-set", MEMBER, MESSAGES, "/ccost budget set me $300 monthly", "press budget.set"),
    _surface("budget-over", MEMBER, MESSAGES, "/ccost settings quiet off", "story push", "move hour", "latest"),
    _asked("budget-broken", MEMBER, "budget"),
    _surface("log", MEMBER, MESSAGES, "/ccost me", "click #log-toggle"),
    _surface("bot-down", MEMBER, GENERAL, "story kill", "/ccost me", "story start"),
)


def _shut(page: Page) -> None:
    """Close the modals that the picture before has left open: they are the person's, on whichever page."""
    while left := page.locator("dialog.modal").count():
        page.keyboard.press("Escape")
        page.wait_for_function("left => document.querySelectorAll('dialog.modal').length < left", arg=left)


def _top(page: Page) -> None:
    last = page.locator("#entries > li.said")
    if last.count() and last.last.is_visible():
        last.last.evaluate("element => element.scrollIntoView({block: 'start'})")


def _field(page: Page, words: str) -> None:
    block, _, value = words.partition(" ")
    modal(page).locator(f"[data-block='{block}'] input").fill(value)


def _submit(page: Page, _words: str) -> None:
    form = modal(page)
    with page.expect_response("**/play/submit"):
        form.locator("button.primary").click()
    page.wait_for_timeout(800)


def _press(page: Page, action: str) -> None:
    is_form = action.startswith("open.")
    press(page, action)
    if is_form:
        modal(page)
        page.wait_for_selector("dialog.modal:last-of-type .field")


def _click(page: Page, selector: str) -> None:
    page.click(selector)
    page.wait_for_timeout(900)


def _reply(page: Page, words: str) -> None:
    page.fill("#thread-line", words)
    page.press("#thread-line", "Enter")
    page.wait_for_timeout(600)


DOES: Mapping[str, Callable[[Page, str], None]] = {
    "act": act_as,
    "click": _click,
    "field": _field,
    "latest": lambda page, _words: page.wait_for_timeout(1_500),
    "move": move,
    "press": _press,
    "reply": _reply,
    "story": story,
    "submit": _submit,
    "type": lambda page, words: page.locator("#line").press_sequentially(words),
    "wait": lambda page, seconds: page.wait_for_timeout(int(seconds) * 1_000),
    "unfold": lambda page, _words: page.locator("#entries details summary").last.click(),
}


def _do(page: Page, step: str) -> None:
    verb, _, words = step.partition(" ")
    if verb in DOES:
        DOES[verb](page, words)
    else:
        say(page, step)


def take(browser: Browser, address: str, surface: Surface, language: str, scale: float) -> list[str]:
    """Take one picture; gives what the page complained of meanwhile."""
    complaints: list[str] = []
    page = browser.new_page(
        viewport=surface.size or WIDE,
        color_scheme="dark" if surface.is_dark else "light",
        device_scale_factor=scale,
    )
    page.set_default_timeout(8_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.add_init_script("if (location.protocol === 'http:') localStorage.setItem('guided', 'yes')")
    path = OUT / f"{surface.name}-{language}.png"
    try:
        visit(page, address, surface.who[language], surface.place)
        _shut(page)
        for step in surface.does:
            _do(page, step)
        _top(page)
        page.screenshot(path=path)
        print(path)
    except (Error, AssertionError) as error:
        page.screenshot(path=OUT / f"FAILED-{surface.name}-{language}.png")
        complaints.append(str(error).splitlines()[0])
    finally:
        page.close()
    return complaints


@contextmanager
def demo() -> Iterator[str]:
    """Run the playground until the block ends, with a bot that answers any number of questions; yields its address."""
    with (
        tempfile.TemporaryDirectory(prefix="ccost-pictures-") as folder,
        playground(Path(folder), with_group=True) as running,
    ):
        yield unhurried(running).address


def take_all(address: str, only: str, scale: float) -> list[str]:
    """Take every picture whose name has the word; gives what failed, each with its reason."""
    failed: list[str] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for surface in SURFACES:
            for language in surface.who if only in surface.name else ():
                failed += [
                    f"{surface.name}-{language}: {why}" for why in take(browser, address, surface, language, scale)
                ]
        browser.close()
    return failed


def main() -> None:
    """Take the pictures; exits with 1 and says which, when some could not be taken or the page complained."""
    parser = argparse.ArgumentParser(description="Pictures of the playground into build/screenshots.")
    parser.add_argument("--address", help="a playground that already runs, e.g. http://127.0.0.1:8000")
    parser.add_argument("--only", default="", help="a word in the names of the surfaces")
    parser.add_argument("--scale", type=float, default=1, help="pixels for each pixel of the page")
    asked = parser.parse_args()
    if not CHROMIUM.exists():
        sys.exit(MISSING)
    OUT.mkdir(parents=True, exist_ok=True)
    taken = partial(take_all, only=asked.only, scale=asked.scale)
    if asked.address:
        failed = taken(asked.address)
    else:
        with demo() as address:
            failed = taken(address)
    if failed:
        sys.exit("Not as it should be:\n" + "\n".join(failed))


if __name__ == "__main__":
    main()
