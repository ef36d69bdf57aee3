"""What is wrong with a message, in Slack's own words, and the small questions every rule asks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

INVALID_BLOCKS = "invalid_blocks"
INVALID_VIEW = "invalid_arguments"
"""Slack's word for a bad view, whatever is wrong with it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack refuses. `error` is the code of the whole answer, `where` a JSON pointer."""

    where: str
    what: str
    error: str = INVALID_BLOCKS

    def __str__(self) -> str:
        """Give the line as it stands in `response_metadata.messages`."""
        return f"[ERROR] {self.what} [json-pointer:{self.where}]"


@dataclass(slots=True)
class Findings:
    """Collects problems. Every question answers whether to look deeper."""

    problems: list[Problem] = field(default_factory=list)
    error: str = INVALID_BLOCKS
    """The code of the answer, unless a rule names its own."""

    def refuse(self, where: str, what: str, error: str | None = None) -> None:
        """Note one problem."""
        self.problems.append(Problem(where, what, error or self.error))

    def shape(self, where: str, value: object, *, required: Collection[str], optional: Collection[str] = ()) -> bool:
        """Ask for an object with exactly these properties; Slack refuses a misspelt one."""
        if not isinstance(value, Mapping):
            self.refuse(where, "must be an object")
            return False
        missing = [name for name in required if value.get(name) is None]
        for name in missing:
            self.refuse(where, f"missing required field: {name}")
        for name in value:
            if name not in required and name not in optional:
                self.refuse(where, f"invalid additional property: {name}")
        return not missing

    def string(self, where: str, value: object, *, longest: int, shortest: int = 1) -> bool:
        """Ask for a string of a length, in characters. `None` passes: it is not there."""
        if value is None:
            return False
        if not isinstance(value, str):
            self.refuse(where, "must be a string")
            return False
        if len(value) > longest:
            self.refuse(where, f"must be less than {longest + 1} characters")
        if len(value) < shortest:
            self.refuse(where, f"must be more than {shortest - 1} characters")
        return True

    def number(self, where: str, value: object, *, least: int | None = None, most: int | None = None) -> bool:
        """Ask for a number, whole where bounds are given. JSON's true and false are not numbers."""
        if isinstance(value, bool) or not isinstance(value, int if least is not None else int | float):
            self.refuse(where, "must be a number")
            return False
        if (least is not None and value < least) or (most is not None and value > most):
            self.refuse(where, f"must be between {least} and {most}")
        return True

    def items(self, where: str, value: object, *, least: int, most: int) -> list[Any]:
        """Ask for a list of so many items, and give those there are."""
        if not isinstance(value, list):
            self.refuse(where, "must be an array")
            return []
        if len(value) > most:
            self.refuse(where, f"no more than {most} items allowed [{len(value)} given]")
        if len(value) < least:
            self.refuse(where, f"no fewer than {least} items allowed [{len(value)} given]")
        return value

    def choice(self, where: str, value: object, allowed: Collection[str]) -> bool:
        """Ask for one of a few words."""
        if value in allowed:
            return True
        self.refuse(where, f"must be one of: {', '.join(sorted(allowed))}")
        return False

    def text(self, where: str, value: object, *, longest: int, plain: bool = False) -> None:
        """Ask for a text object."""
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if not self.shape(where, value, required=("type", "text"), optional=("emoji", "verbatim")):
            return
        if isinstance(value, Mapping) and self.choice(f"{where}/type", value["type"], kinds):
            self.string(f"{where}/text", value["text"], longest=longest)
            odd = "emoji" if value["type"] == "mrkdwn" else "verbatim"
            if odd in value:
                self.refuse(where, f"invalid additional property: {odd}")
