"""One browser and one playground for the tests of a module, and a page that must have nothing to complain of."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.demo.composition import Playground
from tests.browser.hands import CHROMIUM, MISSING, WIDE, launch
from tests.playing import playground
from tests.unhurried import unhurried


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Where it is missing the tests are skipped and say so; in CI, which installs it, they fail."""
    if not CHROMIUM.exists():
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:  # to the module's end: while it runs, no other event loop can
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """A playground with a group and its lead; it takes seconds to start, so the tests of a module share it."""
    with playground(tmp_path_factory.mktemp("demo"), with_group=True) as running:
        yield unhurried(running)


@pytest.fixture
def page(browser: Browser, demo: Playground) -> Iterator[Page]:
    """A new visitor's page: it asks nobody but the playground, and its console stays empty."""
    opened = browser.new_page(viewport=WIDE, color_scheme="light")
    opened.set_default_timeout(8_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    opened.on("request", lambda asked: None if asked.url.startswith(demo.address) else complaints.append(asked.url))
    yield opened
    opened.close()
    assert complaints == []
