"""What a source's world must be able to do, so that the same promises are asked of every source."""

import copy
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx

from bot.sources import Reader
from bot.usage import DayReading, Tokens
from tests import canaries
from tests.virtual_time import VirtualTime

DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Wire = dict[str, Any]
"""One row, however the source writes it. A batch is what comes at once: a page, or one post."""
Spoil = Callable[[httpx.Request], httpx.Response | None]
"""Answers some requests instead of the world; None lets one pass."""

_MARKED = re.compile(r'"\\u0000(.*?)\\u0000"')


_SOME = Tokens(uncached_input_tokens=7, output_tokens=5, cache_read_input_tokens=3, cache_creation_input_tokens=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What somebody used of a model: the truth behind one row on the wire."""

    who: str = "ada"
    model: str = "claude-opus-5-5"
    nanos: int = 1_000_000_000
    tokens: Tokens = _SOME
    part: int = 0
    """Tells the rows of one person and model apart, as a terminal or a request does."""

    @property
    def address(self) -> str:
        """Of whoever used it."""
        return f"{self.who}@example.com"

    @property
    def usd(self) -> Decimal:
        """What it cost."""
        return Decimal(self.nanos).scaleb(-9)

    @property
    def cents(self) -> Decimal:
        """What it cost."""
        return Decimal(self.nanos).scaleb(-7)


Truth = Mapping[tuple[str, str], tuple[int, Tokens]]
"""What each person used of each model: nano-dollars and tokens."""


def truth(uses: Iterable[Use]) -> Truth:
    """Add uses up by person and model."""
    sums: dict[tuple[str, str], tuple[int, Tokens]] = {}
    for use in uses:
        nanos, tokens = sums.get((use.address, use.model), (0, Tokens()))
        sums[use.address, use.model] = nanos + use.nanos, tokens + use.tokens
    return sums


def told(reading: DayReading) -> Truth:
    """Give what a reading says in the same words. A person and model that come twice are an error of the reading."""
    found = {(one.consumer.external_id, one.model): (one.cost_nanos, one.tokens) for one in reading.records}
    assert len(found) == len(reading.records)
    return found


@dataclass(frozen=True, slots=True)
class Literal:
    """What is to stand in JSON as it is written here."""

    text: str


def exact_json(value: Any) -> bytes:
    """Write JSON in which a `Literal` stands as it is, and a `Decimal` as a number with every digit."""
    marked = json.dumps(value, default=lambda one: f"\0{one.text if isinstance(one, Literal) else one}\0")
    return _MARKED.sub(lambda found: json.loads(f'"{found[1]}"'), marked).encode()


class World(ABC):
    """One source and whoever feeds it, made for one test."""

    is_told: ClassVar[bool] = False
    rows_of_a_use: ClassVar[int] = 1
    """How many rows of the source's own say one use."""
    amounts: ClassVar[Sequence[tuple[str, int]]]
    """Encodings of an amount, as JSON writes them, with the nano-dollars that each is worth."""

    @abstractmethod
    def wire(self, use: Use) -> Wire:
        """Write a use as a row."""

    @abstractmethod
    def with_amount(self, row: Wire, literal: str) -> Wire:
        """Put an amount into a row, as it is to stand in the JSON."""

    @abstractmethod
    def bad(self, row: Wire) -> Wire:
        """Make a row that nobody can understand."""

    @abstractmethod
    def strange(self, row: Wire) -> Wire:
        """Add fields and words that nobody has heard of, none of which changes what the row says."""

    @abstractmethod
    def tell(self, *batches: Sequence[Wire]) -> None:
        """Let these be what the source answers from now on; a source that is told hears them."""

    @abstractmethod
    def reader(self, now: datetime = NOW) -> Reader:
        """Open the source at this world."""

    @abstractmethod
    def reset(self) -> None:
        """Be as new: nothing was told."""

    def tell_uses(self, *uses: Use) -> None:
        """Tell uses in one batch."""
        self.tell([self.wire(use) for use in uses])

    def read(self, day: date = DAY, now: datetime = NOW) -> DayReading:
        """Read a day with a new reader."""
        with closing(self.reader(now)) as reader:
            return reader.read_day(day, now)

    def go_to(self, now: datetime) -> None:  # noqa: B027 - most sources do not say it
        """Let it be that time where the data comes from, for a source that says so."""

    def close(self) -> None:  # noqa: B027 - most worlds leave nothing
        """Clean up."""


class AskedWorld(World):
    """A source that is asked over HTTP."""

    paths: ClassVar[Collection[str]]
    """The only paths that may ever be asked for."""
    key: ClassVar[str] = canaries.ADMIN_KEY
    key_header: ClassVar[str] = "x-api-key"
    collapses_repeats: ClassVar[bool] = True
    """A page that comes twice is seen through; else there is no reading rather than a wrong one."""

    def __init__(self) -> None:
        self.batches: list[list[Wire]] = [[]]
        """The pages of its answer."""
        self.seen: list[httpx.Request] = []
        self.spoil: Spoil = lambda _: None

    @abstractmethod
    def open(self, transport: httpx.BaseTransport, clock: VirtualTime) -> Reader:
        """Open the source."""

    @abstractmethod
    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request well."""

    def tell(self, *batches: Sequence[Wire]) -> None:
        self.batches = [copy.deepcopy(list(batch)) for batch in batches] or [[]]

    def reader(self, now: datetime = NOW) -> Reader:
        return self.open(httpx.MockTransport(self._serve), VirtualTime(now))

    def reset(self) -> None:
        self.tell()
        self.seen, self.spoil = [], lambda _: None

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self.spoil(request) or self.answer(request)
