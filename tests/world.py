"""A whole world around the real program: the invented company, a Slack workspace, and `ccost` as a process."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

from bot.demo.cast import CAST, CHANNELS, Channel
from bot.demo.clock import MovableClock
from bot.demo.company import Company
from bot.demo.company.faults import Faults
from bot.demo.company.server import usage_app
from bot.demo.serving import serving
from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from tests.canaries import ADMIN_KEY, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The outside of the program."""

    company: Company
    usage_faults: Faults
    workspace: Workspace
    sender: Sender
    slack_origin: str
    environ: dict[str, str]
    folder: Path

    def command(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `ccost …` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=self.environ | environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@dataclass(slots=True)
class Program:
    """`ccost run` as a process."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def wait_for(self, words: str) -> str:
        """Wait for a line that holds the words, and give it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for line in self.said:
                if words in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{words!r} was never said:\n" + "".join(self.said))


@contextmanager
def world(
    folder: Path, database_url: str, *, socket_mode: bool = False, channels: Sequence[Channel] = CHANNELS
) -> Iterator[World]:
    """Serve the company and the workspace; the program itself is not started."""
    clock = MovableClock()
    company = Company(datetime.now(UTC).date())
    faults = Faults()
    workspace = Workspace(
        cast=CAST,
        channels=channels,
        bot_token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        app_token=APP_TOKEN,
        clock=clock,
    )
    usage = usage_app(company, clock=clock, keys=[ADMIN_KEY], faults=faults)
    with serving(usage) as usage_origin, serving(workspace.app) as slack_origin:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "ANTHROPIC_ADMIN_KEY": ADMIN_KEY,
            "ANTHROPIC_BASE_URL": usage_origin,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": workspace.api_url(slack_origin),
            "CCOST_DATABASE_URL": database_url,
            "CCOST_ADMINS": "U0HARUKA,U0CHLOE",
            "CCOST_PORT": "0",
            "CCOST_LOG_LEVEL": "DEBUG",
        }
        environ |= {"SLACK_APP_TOKEN": APP_TOKEN} if socket_mode else {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
        yield World(
            company=company,
            usage_faults=faults,
            workspace=workspace,
            sender=Sender(workspace),
            slack_origin=slack_origin,
            environ=environ,
            folder=folder,
        )


@contextmanager
def running(outside: World, *, wait_for: str = "Ready.") -> Iterator[Program]:
    """Run `ccost run` until the block ends; then SIGTERM, and an end with exit code 0 is expected unless killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        env=outside.environ,
        cwd=outside.folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Program(process)
    reader = threading.Thread(target=_listen, args=(program,), daemon=True)
    reader.start()
    try:
        origin = program.wait_for("ccost 0").split()[-1]
        is_socket = "SLACK_APP_TOKEN" in outside.environ
        outside.sender.connect(outside.slack_origin, None if is_socket else f"{origin}/slack/events")
        program.wait_for(wait_for)
        yield program
        if process.poll() is None:
            process.terminate()
            assert process.wait(timeout=30) == 0, "".join(program.said)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join(timeout=5)
        assert process.stderr is not None
        process.stderr.close()


def _listen(program: Program) -> None:
    assert program.process.stderr is not None
    for line in program.process.stderr:
        program.said.append(line)


def days(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def truth(company: Company, consumer: str, period: list[date]) -> Fraction:
    """What a consumer spent, in exact cents, added up from what the company did."""
    now = datetime.now(UTC)
    return sum((company.truth(day, now).get(consumer, Fraction()) for day in period), Fraction())


def dollars(cents: Fraction) -> str:
    """Show exact cents the way a bill would."""
    exact = Decimal(cents.numerator) / Decimal(cents.denominator)
    return f"${exact.quantize(Decimal(1), ROUND_HALF_EVEN) / 100:,.2f}"
