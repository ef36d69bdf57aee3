"""Who may import whom: the contracts hold, and each of them notices when it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_house_keeps_its_contracts(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("contract", "room", "line"),
    [
        ("Usage flows in one direction", "jobs/poll.py", "import bot.listeners.web"),
        ("Usage flows in one direction", "a_new_room.py", "import bot.money"),
        ("Flat words import only each other", "money.py", "import httpx"),
        ("Reports, access and views are pure", "views/me.py", "import bot.config"),
        ("Only sources speak HTTP", "jobs/poll.py", "import httpx"),
        ("Only the store knows SQL", "listeners/reply.py", "import sqlalchemy"),
        ("Sources and store know nothing of Slack", "store/usage.py", "import slack_sdk"),
    ],
)
def test_each_contract_breaks_when_it_is_broken(house: Path, contract: str, room: str, line: str) -> None:
    path = house / "bot" / room
    path.write_text(f"{line}\n" + (path.read_text(encoding="utf-8") if path.exists() else '"""New."""\n'))
    done = lint(house)
    assert done.returncode == 1
    broken = [said for said in done.stdout.splitlines() if said.endswith("BROKEN")]
    assert any(said.startswith(contract) for said in broken), done.stdout
