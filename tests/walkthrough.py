"""Follow a page that shows, in blocks, how the project is changed: for the test that the page still works.

Three kinds of blocks: `diff` changes a file at the place that its context says, `python PATH` is a new file, and `sh`
may copy one file to another.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

_BLOCK = re.compile(r"^```(diff|python|sh)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def follow(page: str, root: Path) -> list[Path]:
    """Do what the page says in a copy of the project, and give the files that are new or changed.

    Raises `AssertionError` for a place that is not there, or there more than once.
    """
    touched = [_step(kind, path, body, root) for kind, path, body in _BLOCK.findall(page)]
    return list(dict.fromkeys(touched))


def _step(kind: str, path: str, body: str, root: Path) -> Path:
    if kind == "diff":
        return _change(body, root)
    if kind == "sh":
        command, source, target = shlex.split(body)
        assert command == "cp", body
        shutil.copy(root / source, root / target)
        return root / target
    assert path, f"a block of Python names no file: {body[:80]}"
    new = root / path
    assert not new.exists(), f"{path} is there already"
    new.write_text(body, encoding="utf-8")
    return new


def _change(diff: str, root: Path) -> Path:
    old_name, new_name, *lines = diff.splitlines()
    assert old_name.removeprefix("--- a/") == new_name.removeprefix("+++ b/"), diff[:80]
    path = root / new_name.removeprefix("+++ b/")
    text = path.read_text(encoding="utf-8").splitlines()
    for hunk in _hunks(lines):
        before = [line[1:] for line in hunk if line[:1] != "+"]
        after = [line[1:] for line in hunk if line[:1] != "-"]
        places = [n for n in range(len(text) - len(before) + 1) if text[n : n + len(before)] == before]
        assert len(places) == 1, f"{path.name} has {len(places)} places for {before}"
        text[places[0] : places[0] + len(before)] = after
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def _hunks(lines: list[str]) -> Iterator[list[str]]:
    hunk: list[str] = []
    for line in lines:
        if line.startswith("@@"):
            if hunk:
                yield hunk
            hunk = []
        else:
            hunk.append(line)
    yield hunk
