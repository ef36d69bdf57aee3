"""Sessions of the invented company, thrown with dice that fall the same way every time."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from bot.demo.cast import Route
from bot.demo.company.habits import Habit
from bot.demo.company.prices import UNKNOWN_MODEL
from bot.people import fold_email
from bot.usage import Tokens

UNKNOWN_TERMINAL = "orbital-shell"

_TERMINALS = ("vscode", "iTerm.app", "tmux", "cursor", "WezTerm", "Apple_Terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person or a machine, as the usage API names them."""

    name: str
    """The address in the case in which it was once typed, or the API key's name."""
    habit: Habit
    tz: str = "UTC"
    is_machine: bool = False
    route: Route = Route.CONSOLE

    @property
    def external_id(self) -> str:
        """The name by which a source knows the consumer."""
        return self.name if self.is_machine else fold_email(self.name)

    @property
    def terminals(self) -> tuple[str, ...]:
        """Where they work, the usual one first."""
        if self.is_machine:
            return (UNKNOWN_TERMINAL,) if self.name.startswith("ci-") else ("non-interactive",)
        return _terminals(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session, known from the moment it ended. It belongs wholly to the UTC day of that moment."""

    ended_at: datetime
    terminal: str
    is_remote: bool
    model: str
    tokens: Tokens
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    edits_accepted: int
    edits_rejected: int

    def scaled(self, percent: int) -> "Session":
        """Give the session with every token count at `percent` of what it was, rounded down."""
        tokens = Tokens(
            uncached_input_tokens=self.tokens.uncached_input_tokens * percent // 100,
            output_tokens=self.tokens.output_tokens * percent // 100,
            cache_read_input_tokens=self.tokens.cache_read_input_tokens * percent // 100,
            cache_creation_input_tokens=self.tokens.cache_creation_input_tokens * percent // 100,
        )
        return replace(self, tokens=tokens)


@lru_cache(maxsize=20_000)
def sessions_of(who: Who, local_day: date, *, start: date, seed: int, new_model: bool) -> tuple[Session, ...]:
    """Give the sessions that somebody began on a day of their own zone.

    `start` is the first day of the demo, from which habits count; `new_model` is the day on which a model that nobody
    knows is tried by those who try such things.
    """
    habit = who.habit
    age = (local_day - start).days
    if (habit.first_day is not None and age < habit.first_day) or (habit.last_day is not None and age > habit.last_day):
        return ()
    dice = random.Random(f"{seed}/{local_day}/{who.name}")  # a seed of text is the same in every process
    if dice.random() >= (habit.weekend_chance if local_day.weekday() >= 5 else habit.workday_chance):
        return ()
    mean = habit.sessions_a_day * habit.monthly_growth ** (min(age, 60) / 30)
    intensity = dice.lognormvariate(0.25, 0.55)
    midnight = datetime.combine(local_day, time(), ZoneInfo(who.tz)).astimezone(UTC)
    made = [_session(dice, who, midnight, intensity) for _ in range(max(1, round(dice.gauss(mean, mean * 0.3))))]
    if new_model and habit.tries_new_models:
        made[0] = replace(made[0], model=UNKNOWN_MODEL)
    return tuple(sorted(made, key=lambda session: session.ended_at))


@cache
def _terminals(name: str) -> tuple[str, ...]:
    return tuple(random.Random(name).sample(_TERMINALS, 2))


def _session(dice: random.Random, who: Who, midnight: datetime, intensity: float) -> Session:
    habit = who.habit
    first, last = habit.hours
    ended_at = midnight + timedelta(hours=dice.uniform(first, last), minutes=dice.uniform(4, 95))
    model = dice.choices(tuple(habit.models), tuple(habit.models.values()))[0]

    def tokens(thousands: float) -> int:
        return int(thousands * 1000 * intensity * dice.lognormvariate(-0.125, 0.5))

    edits = max(0, round(dice.gauss(habit.edits, habit.edits * 0.4)))
    rejected = sum(dice.random() < habit.rejected_share for _ in range(edits))
    kept = edits - rejected
    commits = int(kept > 0 and dice.random() < habit.commit_chance)
    is_remote = dice.random() < habit.remote_share
    terminal = who.terminals[0] if dice.random() < 0.85 else who.terminals[-1]
    return Session(
        ended_at=ended_at.replace(microsecond=0),
        terminal="remote" if is_remote else terminal,
        is_remote=is_remote,
        model=model,
        tokens=Tokens(
            uncached_input_tokens=tokens(habit.uncached_input),
            output_tokens=tokens(habit.output),
            cache_read_input_tokens=tokens(habit.cache_read),
            cache_creation_input_tokens=tokens(habit.cache_creation),
        ),
        lines_added=kept + _thrown(dice, kept, sides=40),
        lines_removed=_thrown(dice, kept, sides=16),
        commits=commits,
        pull_requests=int(commits > 0 and dice.random() < 0.3),
        edits_accepted=kept,
        edits_rejected=rejected,
    )


def _thrown(dice: random.Random, times: int, *, sides: int) -> int:
    """Throw a die that begins at zero so often, and add up. A third of a start would go into `randint`."""
    bits, total = sides.bit_length(), 0
    for _ in range(times):
        face = dice.getrandbits(bits)
        while face >= sides:
            face = dice.getrandbits(bits)
        total += face
    return total
