"""Sentences in a person's language. Every sentence the bot can say lives in `locales/`, one file a language."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any

from bot.money import format_usd

REFERENCE = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One language. Calling it with a key gives the sentence; a missing key is an error, never an empty answer."""

    language: str
    sentences: Mapping[str, str | Mapping[str, str] | Sequence[str]]

    def __call__(self, key: str, **values: object) -> str:
        """Give the sentence of `key` with its `{places}` filled; `n` also chooses between `one` and `other`."""
        sentence = self.sentences[key]
        if isinstance(sentence, Mapping):
            sentence = sentence["one"] if values.get("n") == 1 and "one" in sentence else sentence["other"]
        if not isinstance(sentence, str):
            raise TypeError(f"{key} is a list, not a sentence")
        filled = {name: self.number(value) if type(value) is int else value for name, value in values.items()}
        return sentence.format_map(filled)

    def has(self, key: str) -> bool:
        """Say whether there is a sentence of that key: for names of things that vendors may add to."""
        return key in self.sentences

    def number(self, value: int) -> str:
        """Show a count with its thousands set apart."""
        return f"{value:,}"

    def usd(self, nanos: int) -> str:
        """Show an amount to the cent. Dollars look the same in every language."""
        return format_usd(nanos)

    def day(self, day: date) -> str:
        """Show a UTC day without its year."""
        return self._date("format.day", day)

    def long_day(self, day: date) -> str:
        """Show a UTC day with its year and weekday."""
        return self._date("format.long_day", day)

    def instant(self, at: datetime) -> str:
        """Show an instant in UTC, to the minute."""
        moment = at.astimezone(UTC)
        return self("format.instant", day=self.day(moment.date()), time=f"{moment:%H:%M}")

    def join(self, parts: Sequence[str]) -> str:
        """Join parts of a list the way the language does."""
        return self("format.list_comma").join(parts)

    def _date(self, key: str, day: date) -> str:
        month, weekday = self.sentences["format.months"], self.sentences["format.weekdays"]
        return str(self.sentences[key]).format(
            year=day.year,
            number=day.month,
            month=month[day.month - 1],
            day=day.day,
            weekday=weekday[day.weekday()],  # type: ignore[index]
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """All languages, and which one a person gets."""

    by_language: Mapping[str, Text]
    default: str

    def of(self, locale: str | None) -> Text:
        """Give the language of a Slack locale such as `ja-JP`, else the default."""
        language = (locale or "").partition("-")[0].lower()
        return self.by_language.get(language, self.by_language[self.default])


def languages() -> tuple[str, ...]:
    """Every language there is a file for, the reference first."""
    found = sorted(
        f.name.removesuffix(".toml") for f in resources.files("bot.locales").iterdir() if f.name.endswith(".toml")
    )
    return (REFERENCE, *(name for name in found if name != REFERENCE))


def load_texts(default: str = REFERENCE) -> Texts:
    """Read every file of `locales/`."""
    return Texts({language: Text(language, _read(language)) for language in languages()}, default)


def _read(language: str) -> dict[str, Any]:
    tree = tomllib.loads(resources.files("bot.locales").joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """`[me] title = …` becomes `me.title`; a table of `one` and `other` stays together: it is one sentence."""
    pairs: list[tuple[str, Any]] = []
    for name, value in tree.items():
        is_branch = isinstance(value, dict) and not set(value) <= {"one", "other"}
        pairs.extend(_flat(value, f"{prefix}{name}.") if is_branch else [(prefix + name, value)])
    return pairs
