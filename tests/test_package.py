"""What is installed from the wheel works away from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, check=True, timeout=120)
    return next(folder.glob("ccost-*.whl"))


def test_migrations_sentences_and_the_playground_page_are_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bot").rglob("*") if path.is_file()}
    expected = {name for name in inside if "__pycache__" not in name}
    migrations = {
        f"bot/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "migrations").rglob("*.py")
        if "__pycache__" not in path.parts
    }
    assert expected <= names
    assert migrations
    assert migrations <= names


def test_an_installed_copy_migrates_a_database_by_itself(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bot", "migrate"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "CCOST_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("schema empty -> ")
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
