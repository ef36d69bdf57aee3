"""A newcomer's walk, timed: clone, `make demo`, open the page, type `/ccost me`, read. `python -m tests.walk`.

Twice: with nothing downloaded before (cold), and with what the first walk has left in pip's cache (warm). The page is
driven by a real browser; everything else is what the README tells a newcomer to type.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.screenshots import ARGS, CHROMIUM

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 600
_AMOUNT = re.compile(r"\$[\d,]+\.\d\d")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="ccost-walk-") as folder:
        for name in ("cold", "warm"):
            steps = walk(Path(folder), name)
            total = sum(steps.values())
            print(f"{name}: {total:.1f} s:", ", ".join(f"{step} {seconds:.1f} s" for step, seconds in steps.items()))
    return 0


def walk(folder: Path, name: str) -> dict[str, float]:
    """Walk once, with one pip cache for both walks; gives how long each step took."""
    steps: dict[str, float] = {}
    clone = folder / name
    started = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    steps["clone"] = time.monotonic() - started
    started = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON"))}
    demo = subprocess.Popen(
        ["make", "demo", "ARGS=--port 0"],
        cwd=clone,
        env={**environment, "PIP_CACHE_DIR": str(folder / "pip")},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        address = _address(demo)
        steps["make demo"] = time.monotonic() - started
        started = time.monotonic()
        answer = asked_in_the_page(address)
        steps["answer in the page"] = time.monotonic() - started
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(timeout=30)
    print(f"{name}: read in the page: {answer}")
    return steps


def asked_in_the_page(address: str) -> str:
    """Open the page as a stranger, type the first thing it suggests, and give the amount one reads."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        page = browser.new_page()
        page.goto(address)
        page.fill("#line", "/ccost me 30d")
        page.press("#line", "Enter")
        shown = page.locator("#entries > li", has_text=_AMOUNT).last
        shown.wait_for(timeout=30_000)
        found = _AMOUNT.search(shown.inner_text())
        browser.close()
    return found[0] if found else "nothing"


def _address(demo: "subprocess.Popen[str]") -> str:
    assert demo.stdout is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        line = demo.stdout.readline()
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            return match[0]
        if not line and demo.poll() is not None:
            break
    raise SystemExit("the playground did not start")


if __name__ == "__main__":
    sys.exit(main())
