"""Sentences in a person's language. Every sentence the bot can say lives in `locales/`, one file a language."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib import resources
from typing import Any

from bot.money import format_usd

REFERENCE = "en"

Sentence = str | Mapping[str, str] | Sequence[str]
"""A sentence, one in the forms `one` and `other`, or a list of words such as the months."""


@dataclass(frozen=True, slots=True)
class Text:
    """One language. Calling it with a key gives the sentence; a missing key is an error, never an empty answer."""

    language: str
    sentences: Mapping[str, Sentence]

    def __call__(self, key: str, **values: object) -> str:
        """Give the sentence of `key` with its `{places}` filled; `n` also chooses between `one` and `other`.

        Raises `KeyError` for a key or a place that is missing.
        """
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

    def about(self, value: int) -> str:
        """Show a large count the way people say it, to two or three digits: 6.8 million, 683万."""
        for name, size in zip(self.sentences["format.large_names"], self.sentences["format.large_sizes"], strict=True):
            if value >= int(size):
                tenths = round(Fraction(10 * value, int(size)))
                whole, tenth = divmod(tenths, 10)
                return f"{whole}.{tenth}{name}" if tenth and whole < 100 else f"{round(Fraction(tenths, 10))}{name}"
        return self.number(value)

    def usd(self, nanos: int) -> str:
        """Show an amount to the cent. Dollars look the same in every language."""
        return format_usd(nanos)

    def day(self, day: date) -> str:
        """Show a UTC day without its year."""
        return self._dated("format.day", day)

    def long_day(self, day: date) -> str:
        """Show a UTC day with its year and weekday."""
        return self._dated("format.long_day", day)

    def month(self, day: date) -> str:
        """Show the month of a UTC day, with its year."""
        return self._dated("format.month", day)

    def span(self, first: date, last: date) -> str:
        """Show the UTC days from `first` to `last`, both included; what they share is said once."""
        if first == last:
            return self.long_day(first)
        shared = "years" if first.year != last.year else "year" if first.month != last.month else "month"
        return self(f"format.span.{shared}", **self._parts("first_", first), **self._parts("last_", last))

    def short_span(self, first: date, last: date) -> str:
        """Show the UTC days from `first` to `last`, both included, without a year: for the axis of a chart."""
        if first == last:
            return self.day(first)
        shared = "year" if (first.year, first.month) != (last.year, last.month) else "month"
        return self(f"format.short_span.{shared}", **self._parts("first_", first), **self._parts("last_", last))

    def days(self, days: Iterable[date]) -> str:
        """Show UTC days as a list in which neighbours are one span."""
        runs: list[list[date]] = []
        for day in sorted(days):
            if runs and (day - runs[-1][-1]).days == 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        return self.join([self.short_span(run[0], run[-1]) for run in runs])

    def duration(self, seconds: int) -> str:
        """Show a length of time, to the minute."""
        hours, minutes = divmod(seconds // 60, 60)
        return self("format.duration", hours=hours, minutes=minutes)

    def instant(self, at: datetime) -> str:
        """Show an instant in UTC, to the minute."""
        moment = at.astimezone(UTC)
        return self("format.instant", day=self.day(moment.date()), time=f"{moment:%H:%M}")

    def join(self, parts: Sequence[str]) -> str:
        """Join parts of a list the way the language does."""
        return self("format.list_comma").join(parts)

    def sentences_of(self, parts: Iterable[str]) -> str:
        """Put whole sentences one behind the other."""
        return self("format.sentence_gap").join(parts)

    def _dated(self, key: str, day: date) -> str:
        return self(key, **self._parts("", day))

    def _parts(self, prefix: str, day: date) -> dict[str, str]:
        """Name the parts of a day as the forms in `locales/` call them; a year has no thousands."""
        months, weekdays = self.sentences["format.months"], self.sentences["format.weekdays"]
        return {
            f"{prefix}year": str(day.year),
            f"{prefix}number": str(day.month),
            f"{prefix}month": months[day.month - 1],  # type: ignore[index]  # a list; the locale test says so
            f"{prefix}day": str(day.day),
            f"{prefix}weekday": weekdays[day.weekday()],  # type: ignore[index]  # a list, as above
        }


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


def _read(language: str) -> dict[str, Sentence]:
    tree = tomllib.loads(resources.files("bot.locales").joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(tree, ""))


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """`[me] title = …` becomes `me.title`; a table of `one` and `other` stays together: it is one sentence."""
    pairs: list[tuple[str, Any]] = []
    for name, value in tree.items():
        is_branch = isinstance(value, dict) and not set(value) <= {"one", "other"}
        pairs.extend(_flat(value, f"{prefix}{name}.") if is_branch else [(prefix + name, value)])
    return pairs
