"""Random histories of one budget: what the person was told last agrees with the truth once the figures are at rest.

`python -m tests.soak_thresholds [count] [seed]` lives through so many histories, each with the next seed: a violation
is shown again by `python -m tests.soak_thresholds 1 ITS_SEED`. What a person believes is known only from what they were
told: messages, answers to their own commands, and a limit that was changed before their eyes.
"""

import random
import sys
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.budget import Budget, BudgetScope, LineState
from bot.periods import Cadence
from bot.reports.budgets import Correct, Fire, Judged, Snapshot, correct_key, fire_key, judge

START = datetime(2026, 11, 1, tzinfo=UTC)
LIMIT = 1_000_003
"""Nano-dollars, and a prime: hardly a percentage of it is a whole number."""
STEPS = 14
_HOUR = timedelta(hours=1)
_REST = 24 * _HOUR


@dataclass(slots=True)
class Outcome:
    """What a number of histories has shown."""

    histories: int = 0
    evaluations: int = 0
    rests: int = 0
    said: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)
    """Each with the seed of its history."""

    def __str__(self) -> str:
        said = ", ".join(f"{what} {count}" for what, count in sorted(self.said.items()))
        return (
            f"histories {self.histories}, evaluations {self.evaluations}, at rest {self.rests}, {said}, "
            f"violations {len(self.violations)}"
        )


def level(spent: int, limit: int) -> int:
    """The highest threshold that a spend has reached, by division."""
    whole_percent = spent * 100 // limit
    return next((threshold for threshold in (100, 80, 50) if whole_percent >= threshold), 0)


class History:
    """One budget, one period, one person; `wrong` is what should not have happened."""

    def __init__(self, seed: int, outcome: Outcome) -> None:
        self.dice = random.Random(seed)
        self.outcome = outcome
        self.wrong: list[str] = []
        self.believed = 0
        self.shown_version = 1
        self.keys: set[str] = set()
        self.corrected: Counter[tuple[int, int]] = Counter()
        self.state: LineState | None = None
        self.budget = _budget(LIMIT, 1)
        self.older: list[Budget] = []
        self.at = START
        self.spent = 0
        self.seen: list[Snapshot] = []
        self.muted = False

    def live(self) -> None:
        """Live through all of it, with some days of rest."""
        acts = (
            *(self.spend, self.spend, self.spend, self.restate, self.restate, self.look, self.look_and_die),
            *(self.look_at_older, self.look_with_older_limit, self.look_at_part, self.look_at_stale),
            *(self.change_own_limit, self.change_others_limit, self.switch_off_and_on, self.rest, self.rest),
        )
        if self.dice.random() < 0.2:
            self.spent = self.dice.randrange(2 * LIMIT)
            self.look(silently=True)
        for _ in range(STEPS):
            if self.dice.random() < 0.01:
                self.mute()
            self.dice.choice(acts)()
        self.rest()

    def spend(self) -> None:
        self.spent += self.dice.randrange(self.budget.limit_nanos or LIMIT) // self.dice.choice((1, 2, 4))
        self.look()

    def restate(self) -> None:
        """The vendor says something else: anything, a little less, or exactly so much that it matters."""
        limit = self.budget.limit_nanos or LIMIT
        edge = self.dice.choice((45, 50, 75, 80, 95, 100)) * limit // 100 + self.dice.choice((-1, 0, 1))
        little = max(self.spent - self.dice.randrange(limit // 20), 0)
        self.spent = self.dice.choice((self.dice.randrange(limit), little, edge))
        self.look()

    def look(self, *, silently: bool = False) -> None:
        """The figure is read and judged."""
        self.at += self.dice.choice((_HOUR / 2, _HOUR, 5 * _HOUR, 23 * _HOUR))
        self.evaluate(self.snapshot(), silently=silently)

    def look_and_die(self) -> None:
        """The process ends before the commit: what it remembered and what it said are lost together."""
        before = deepcopy(self.state)
        judge(self.state, self.snapshot(), self.budget)
        self._expect(self.state == before, "changes what was remembered")

    def look_at_older(self) -> None:
        """A slow replica comes with what it read before."""
        if self.seen:
            self.evaluate(self.dice.choice(self.seen))

    def look_with_older_limit(self) -> None:
        if self.older:
            self.evaluate(self.snapshot(), self.dice.choice(self.older))

    def look_at_part(self) -> None:
        """Days are missing."""
        self.at += _HOUR
        part = self.dice.choice((self.spent, self.dice.randrange(self.spent + 1)))
        self.evaluate(self.snapshot(part, complete=False))

    def look_at_stale(self) -> None:
        self.at += _HOUR
        self.evaluate(self.snapshot(stale=True))

    def change_own_limit(self) -> None:
        """The answer says the new limit and what is crossed already."""
        self._set_limit(self._another_limit())
        self.evaluate(self.snapshot(), silently=True)

    def change_others_limit(self) -> None:
        """An admin changes it; the person sees it with the next evaluation."""
        self._set_limit(self._another_limit())
        self.dice.choice((self.look, self.look_at_older, self.look_at_part))()

    def switch_off_and_on(self) -> None:
        limit = self.budget.limit_nanos
        self._set_limit(None)
        self.spend()
        self._set_limit(self.dice.choice((limit, self._another_limit())))
        self.evaluate(self.snapshot(), silently=True)

    def mute(self) -> None:
        self.muted = True
        self.state = replace(self.state or LineState(limit_version=self.budget.version), muted=True)

    def rest(self) -> None:
        """The same complete figure for a day and more, with a midnight at which the new day was not read yet."""
        self.at += _HOUR
        since = self.at
        self.evaluate(self.snapshot())
        while self.at < since + _REST:
            self.at += self.dice.choice((6 * _HOUR, 23 * _HOUR, 24 * _HOUR))
            self.evaluate(self.snapshot(complete=self.dice.random() < 0.7, stale=self.dice.random() < 0.2))
        self.evaluate(self.snapshot())
        self.outcome.rests += 1
        self._check_at_rest()

    def snapshot(self, spent: int | None = None, *, complete: bool = True, stale: bool = False) -> Snapshot:
        known = self.spent if spent is None else spent
        return Snapshot(spent_nanos=known, as_of=self.at, complete=complete, stale=stale)

    def evaluate(self, snapshot: Snapshot, budget: Budget | None = None, *, silently: bool = False) -> None:
        """Judge, and take in what was said."""
        budget = budget or self.budget
        before = self.state
        judged = judge(before, snapshot, budget, silently=silently)
        self.outcome.evaluations += 1
        if (
            budget.limit_nanos is None
            or budget.version < (before.limit_version if before else 0)
            or self._is_older(snapshot)
        ):
            self._expect((judged.verdict, judged.state) == (None, before or judged.state), "an old one changes a thing")
            return
        if budget.version > self.shown_version:
            self._see_limit(budget.version, budget.limit_nanos)
        if silently:
            self.believed = max(self.believed, level(snapshot.spent_nanos, budget.limit_nanos))
        self.state = judged.state
        self.seen.append(snapshot)
        self._take_in(judged, snapshot, budget, budget.limit_nanos)
        if judged.verdict is not None or self.dice.random() < 0.1:
            again = judge(self.state, snapshot, budget)
            self._expect(again.verdict is None, "a second message of one figure")
        self._expect(not silently or judged.verdict is None, "said silently")

    def _see_limit(self, version: int, limit: int) -> None:
        """A new limit is shown beside the figure that was known when it came: what does not hold is not believed."""
        known = self.seen[-1].spent_nanos if self.seen else 0
        self.believed = min(self.believed, level(known, limit))
        self.shown_version = version

    def _take_in(self, judged: Judged, snapshot: Snapshot, budget: Budget, limit: int) -> None:
        verdict, spent = judged.verdict, snapshot.spent_nanos
        if verdict is None:
            return
        self._expect(not self.muted, "said to somebody who wants peace")
        name, key_of = ("fire", fire_key) if isinstance(verdict, Fire) else ("correct", correct_key)
        key = key_of("1", START.date(), verdict.threshold, verdict.generation)
        self._expect(key not in self.keys, f"{key} said twice")
        self.keys.add(key)
        self.outcome.said[name] += 1
        if isinstance(verdict, Fire):
            self._expect(verdict.threshold == level(spent, limit), "not the highest threshold that is crossed")
            self._expect(verdict.threshold > self.believed, "told what they know")
            self._expect(not verdict.lowered or budget.version > 1, "says that a limit came down which never changed")
        else:
            self._check_correction(verdict, snapshot, budget, limit)
        self.believed = level(spent, limit)

    def _check_correction(self, verdict: Correct, snapshot: Snapshot, budget: Budget, limit: int) -> None:
        believed, spent = self.believed, snapshot.spent_nanos
        self._expect(verdict.threshold == believed, "takes back what was not said")
        self._expect(_far_below(spent, limit, believed), "takes back what is nearly so")
        self._expect(snapshot.complete and not snapshot.stale, "takes back on poor figures")
        same: list[Snapshot] = []
        for one in reversed(self.seen):
            if one.spent_nanos != spent:
                break
            same.append(one)
        first = min((one.as_of for one in same if one.complete), default=snapshot.as_of)
        self._expect(snapshot.as_of - first >= _REST, "takes back what has not rested")
        self.corrected[believed, budget.version] += 1
        self._expect(self.corrected[believed, budget.version] == 1, "corrected twice")

    def _check_at_rest(self) -> None:
        limit = self.budget.limit_nanos
        if limit is None or self.muted:
            return
        believed, now = self.believed, level(self.spent, limit)
        self._expect(believed >= now, f"under-informed: believes {believed}, is {now}")
        if _far_below(self.spent, limit, believed):
            used = self.corrected[believed, self.budget.version]
            self._expect(used > 0, f"over-informed: believes {believed}, is {now}")

    def _another_limit(self) -> int:
        return self.dice.choice((LIMIT // 3, LIMIT // 2, LIMIT * 9 // 10, LIMIT, LIMIT * 11 // 10, 2 * LIMIT))

    def _set_limit(self, limit: int | None) -> None:
        """As the store does: the version grows only with a change."""
        if limit != self.budget.limit_nanos:
            self.older.append(self.budget)
            self.budget = _budget(limit, self.budget.version + 1)

    def _is_older(self, snapshot: Snapshot) -> bool:
        return any(snapshot.as_of < one.as_of for one in self.seen[-1:])

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)


def live_through(count: int, seed: int) -> Outcome:
    """Live through so many histories, seeded from `seed` on."""
    outcome = Outcome()
    for number in range(seed, seed + count):
        history = History(number, outcome)
        history.live()
        outcome.histories += 1
        outcome.violations += [(number, what) for what in history.wrong]
    return outcome


def _budget(limit: int | None, version: int) -> Budget:
    return Budget(
        budget_id=1,
        scope=BudgetScope.OWN,
        member_id=1,
        cadence=Cadence.MONTHLY,
        limit_nanos=limit,
        version=version,
        set_by="U0ADA",
        set_at=START,
    )


def _far_below(spent: int, limit: int, threshold: int) -> bool:
    """More than five points below a threshold: one nano-dollar is enough."""
    return threshold > 0 and 100 * spent < (threshold - 5) * limit


def main() -> int:
    """Live through many histories, and print what was seen."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_000
    began = time.monotonic()
    outcome = live_through(count, seed)
    print(f"{outcome}, seed {seed}, seconds {time.monotonic() - began:.0f}")
    for number, what in outcome.violations[:20]:
        print(f"  seed {number}: {what}")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
