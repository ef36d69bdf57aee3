"""Start the playground the way a newcomer does, ask one question in the page's own words, and stop it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 60


def main() -> int:
    started = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo", "ARGS=--port 0"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        address = _address(demo)
        print(f"playground answered after {time.monotonic() - started:.1f} s at {address}")
        said = _post(f"{address}/play/say", {"user": "U0ADA", "channel": "C0GENERAL", "text": "/ccost me 30d"})
        world = _get(f"{address}/play/world?user=U0ADA&channel=C0GENERAL")
        answer = world["entries"][-1]["text"]
        print(f"Ada typed /ccost me 30d and read: {answer}")
        if said["status"] != "answered" or not re.search(r"\$[\d,]+\.\d\d", answer):
            print("smoke failed: that is no answer")
            return 1
    finally:
        _stop(demo)
    print("smoke passed")
    return 0


def _address(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        line = demo.stdout.readline()
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            return match[0]
        if not line and demo.poll() is not None:
            break
    raise SystemExit("smoke failed: the playground did not start")


def _stop(demo: subprocess.Popen[str]) -> None:
    os.killpg(demo.pid, signal.SIGTERM)
    demo.wait(timeout=30)
    assert demo.stdout is not None
    demo.stdout.close()


def _get(url: str) -> dict[str, list[dict[str, str]]]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        read: dict[str, list[dict[str, str]]] = json.load(answer)
        return read


def _post(url: str, body: dict[str, str]) -> dict[str, str]:
    headers = {"content-type": "application/json", "x-ccost-playground": "1"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        read: dict[str, str] = json.load(answer)
        return read


if __name__ == "__main__":
    sys.exit(main())
