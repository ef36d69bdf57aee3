"""Every encoding of an amount that any source has, through that source's own functions, against rational numbers.

`python -m tests.soak_oracle [records] [seed]`: an amount may differ from what its text says by the one rounding on
arrival and by nothing else, and sums are the sums of what was rounded. The oracle knows fractions and no rounding: the
nearest whole nano-dollar is the one at most a half away, and of two the even one.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from random import Random

from bot.money import MAX_NANOS
from bot.usage import DayReading
from tests.sources.contract.encodings import ENCODINGS, Encoding
from tests.sources.contract.world import Use
from tests.sources.contract.worlds import WORLDS

RECORDS = 1_000_000
_SUM_EVERY = 2_000
"""So often the newest amounts of a source are told to it as one day, and the day's total is compared."""
_SUMMED = 100
_LARGEST_SUMMED = MAX_NANOS // 10_000
"""What is larger, and a few of it together, no source believes of a day."""


@dataclass(slots=True)
class Account:
    """What was compared, and what was wrong."""

    records: Counter[str] = field(default_factory=Counter)
    exact: int = 0
    ties: int = 0
    refused: int = 0
    sums: int = 0
    violations: list[str] = field(default_factory=list)


def amounts(random: Random, unit: int) -> Iterator[str]:
    """Give decimal texts without end: of every length, at and beside the middle between two nano-dollars, too large.

    `unit` is what 1 is worth in nano-dollars.
    """
    makers: list[Callable[[], str]] = [
        lambda: str(random.randrange(10**6)),
        lambda: _decimal(random.randrange(10 ** random.randint(1, 20)), random.randint(1, 20)),
        lambda: _of_nanos(2 * random.randrange(10**12) + 1, 2 * unit),
        lambda: _of_nanos(2 * random.randrange(100) + 1, 2 * unit),
        lambda: _of_nanos(2 * random.randrange(10**12) + 1, 2 * unit) + "0" * random.randrange(9) + "1",
        lambda: f"{random.randrange(1, 10**6)}e{random.randint(-14, 4)}",
        lambda: f"{_decimal(random.randrange(10**9), 8)}E+{random.randrange(3)}",
        lambda: repr(random.uniform(0, 10 ** random.randint(-9, 6))),
        lambda: repr(sum(random.choice((0.1, 0.02, 0.003, 1e-7)) for _ in range(random.randint(2, 9)))),
        lambda: _of_nanos(MAX_NANOS + random.randint(-3, 3), unit),
        lambda: random.choice(("0", "0.0", "0e0", "0.000000", "1", "100")),
    ]
    while True:
        yield random.choice(makers)()


def run(records: int, seed: int, encodings: Sequence[Encoding] = ENCODINGS) -> Account:
    """Compare that many records, spread over the encodings."""
    account = Account()
    for number, encoding in enumerate(encodings):
        _compare(encoding, records // len(encodings) + 1, Random(seed + number), account)
    return account


def _compare(encoding: Encoding, records: int, random: Random, account: Account) -> None:
    texts = amounts(random, encoding.unit_nanos)
    recent: list[tuple[str, int]] = []
    while records:
        said = encoding.says(next(texts))
        if said is None:
            continue  # this encoding cannot write such a number
        records -= 1
        account.records[encoding.name] += 1
        nanos = _judged(encoding, said, account)
        if nanos is not None and nanos <= _LARGEST_SUMMED:
            recent = [*recent[-(_SUMMED - 1) :], (said, nanos)]
        if encoding.source and account.records[encoding.name] % _SUM_EVERY == 0:
            _sum(encoding, recent, account)
    if encoding.source:
        _sum(encoding, recent, account)


def _judged(encoding: Encoding, said: str, account: Account) -> int | None:
    exact = Fraction(said) * encoding.unit_nanos
    try:
        nanos = encoding.nanos(said)
    except ValueError:
        account.refused += 1
        if 2 * abs(exact) < 2 * MAX_NANOS + 1:
            account.violations.append(f"{encoding.name} {said}: refused")
        return None
    twice_off = abs(2 * (exact - nanos))
    account.exact += twice_off == 0
    account.ties += twice_off == 1
    if twice_off > 1 or (twice_off == 1 and nanos % 2) or abs(nanos) > MAX_NANOS:
        account.violations.append(f"{encoding.name} {said}: {nanos}")
    return nanos


def _sum(encoding: Encoding, recent: list[tuple[str, int]], account: Account) -> None:
    """Let the source add the newest amounts up: a model each, since a gateway adds up before we round."""
    world = WORLDS[encoding.source]()
    with closing(world):
        world.tell(
            [
                encoding.put(world, world.wire(Use(part=part, model=f"model {part}")), said)
                for part, (said, _) in enumerate(recent)
            ]
        )
        total = _total(world.read())
    account.sums += 1
    if total != sum(nanos for _, nanos in recent):
        account.violations.append(f"{encoding.name}: a sum of {len(recent)} rows is {total}")


def _total(reading: DayReading) -> int:
    return sum(one.cost_nanos for one in reading.records)


def main() -> int:
    """Compare, and print what was done."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(datetime.now(UTC).timestamp())
    began = time.monotonic()
    done = run(records, seed)
    print(
        f"records {done.records.total()}, exact {done.exact}, ties {done.ties}, refused {done.refused}, "
        f"sums of {_SUMMED} rows {done.sums}, violations {len(done.violations)}, seed {seed}, "
        f"seconds {time.monotonic() - began:.0f}"
    )
    print(", ".join(f"{name} {count}" for name, count in done.records.items()))
    for line in done.violations[:20]:
        print(line)
    return 1 if done.violations else 0


def _decimal(digits: int, places: int) -> str:
    """Write digits with a point before the last places."""
    whole = str(digits).rjust(places + 1, "0")
    return f"{whole[:-places]}.{whole[-places:]}"


def _of_nanos(numerator: int, denominator: int) -> str:
    """Write a fraction whose denominator is two or one times a power of ten."""
    places = len(str(denominator))
    return _decimal(numerator * 10**places // denominator, places)


if __name__ == "__main__":
    sys.exit(main())
