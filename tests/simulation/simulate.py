"""Simulate days, and every death in each of them. For longer runs: `python -m tests.simulation.simulate DAYS SEED`."""

import logging
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.simulation.baton import Baton
from tests.simulation.company import FAULTS, HISTORY, Fault, Office, dice, open_office, remember, restore
from tests.simulation.days import FIRST_DAY, Faulty, Wrong, live_through, morning, settle_in, wrongs

KINDS = ("lost", "doubled", "leaked", "wrong")


@dataclass(slots=True)
class Outcome:
    """What a simulation has seen."""

    seed: int
    days: int = 0
    runs: int = 0
    effects: int = 0
    wrongs: list[tuple[str, Wrong]] = field(default_factory=list)
    """Each with the run that shows it again."""

    def __str__(self) -> str:
        counts = Counter(wrong.kind for _, wrong in self.wrongs)
        told = ", ".join(f"{kind} {counts[kind]}" for kind in KINDS)
        return f"seed {self.seed}: {self.days} days, {self.runs} runs, {self.effects} side effects: {told}"


class _Failures(logging.Handler):
    """An exception that the outbox survives is still a fault of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() in ("delivery_failed", "duplicate_found"):
            self.seen.append(f"{record.getMessage()} {record.exc_text or record.exc_info or ''}")


def simulate(folder: Path, *, days: int, seed: int, first: int = 0) -> Outcome:
    """Live through days in a row; on each, let a replica die at every side effect in turn.

    Odd days have history scopes, even days have none. A quarter of the runs meet a fault of Slack on top.
    """
    outcome = Outcome(seed)
    failures = _Failures()
    log = logging.getLogger("bot.delivery")
    log.addHandler(failures)
    began = datetime.combine(FIRST_DAY + timedelta(days=first), datetime.min.time(), UTC)
    office = open_office(folder, began)
    try:
        settle_in(office)
        for number in range(first, first + days):
            _one_day(office, number, outcome, failures)
    finally:
        log.removeHandler(failures)
        office.store.close()
    return outcome


@dataclass(frozen=True, slots=True)
class _Run:
    """One way a day may go. Counts are of side effects, from 1; 0 is none."""

    kill_at: int = 0
    freeze_at: int = 0
    jump: timedelta = timedelta()


def _one_day(office: Office, number: int, outcome: Outcome, failures: _Failures) -> None:
    day = FIRST_DAY + timedelta(days=number + 1)
    office.use_scopes(HISTORY if number % 2 else frozenset())
    morning(office, day)
    begun = remember(office)
    effects = _live(office, day, number, _Run(), outcome, failures)
    ended = remember(office)
    runs = [_Run(kill_at=at) for at in range(1, len(effects) + 1)]
    runs += [_Run(freeze_at=at) for at, what in enumerate(effects, 1) if "chat.postMessage" in what]
    runs += [_Run(jump=timedelta(hours=2)), _Run(jump=-timedelta(hours=2))]
    for run in runs:
        restore(office, begun)
        _live(office, day, number, run, outcome, failures)
    restore(office, ended)
    outcome.days += 1


def _live(office: Office, day: date, number: int, run: _Run, outcome: Outcome, failures: _Failures) -> list[str]:
    name = f"{outcome.seed}/{number}/{run.kill_at}/{run.freeze_at}/{run.jump}"
    baton = Baton(dice("turns", name), kill_at=run.kill_at, freeze_at=run.freeze_at)
    live_through(office, baton, faulty=Faulty(_faults(name) if run != _Run() else []), jump=run.jump)
    baton.end()
    found = wrongs(office, day)
    found += [Wrong("doubled" if one.startswith("duplicate") else "wrong", one) for one in failures.seen]
    failures.seen.clear()
    outcome.wrongs += [(name, wrong) for wrong in found]
    outcome.runs += 1
    outcome.effects += len(baton.effects)
    return baton.effects


def _faults(name: str) -> list[Fault]:
    thrown = dice("fault", name)
    return [FAULTS[thrown.choice(sorted(FAULTS))]] if thrown.random() < 0.25 else []


def main() -> None:
    """Print counts and seed; exit 1 if anything was ever wrong."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        outcome = simulate(Path(folder), days=days, seed=seed)
        print(f"{outcome} ({time.monotonic() - began:.0f} s)")
    for name, wrong in outcome.wrongs[:20]:
        print(f"  {name}: {wrong.kind}: {wrong.what}")
    sys.exit(bool(outcome.wrongs))


if __name__ == "__main__":
    main()
