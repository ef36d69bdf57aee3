"""How long each step of a delivery may take. The inequalities hold at every start, or ccost does not start."""

from dataclasses import dataclass
from datetime import timedelta

from bot.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Waits and limits. Raises `ConfigError` when they contradict each other."""

    deadline: timedelta = timedelta(seconds=20)
    """Of one request: connecting, writing and reading together."""
    lease: timedelta = timedelta(seconds=120)
    """How long a claim holds."""
    margin: timedelta = timedelta(seconds=30)
    """Nothing is written when less than this is left of the lease."""
    settle: timedelta = timedelta(seconds=180)
    """How long after a doubt a look into the history proves anything: a request may be late, and the history too."""
    late: timedelta = timedelta(minutes=10)
    """Who is later than this with a first attempt looks first: a backup may have been restored."""
    give_up: timedelta = timedelta(hours=24)
    """After the first attempt. Waits grow so that it is the eighth attempt or so."""
    repeat: timedelta = timedelta(hours=24)
    """After a doubt, where a repeat is better than a gap and nobody can look."""
    token_wait: timedelta = timedelta(hours=1)
    """Between attempts while Slack refuses the token."""
    content_kept: timedelta = timedelta(days=30)
    keys_kept: timedelta = timedelta(days=400)
    looks_back: timedelta = timedelta(days=100)
    """No plan is made for anything older: a forgotten key must never come due again."""

    def __post_init__(self) -> None:
        rules = {
            "the lease holds six requests": self.lease >= 6 * self.deadline,
            "the margin holds one request": self.margin > self.deadline,
            "a request is over before the settle time is": self.settle > self.deadline,
            "keys outlive every look-back": self.keys_kept >= timedelta(days=400) and self.keys_kept > self.looks_back,
            "content is kept for as long as it may be sent or repeated": self.content_kept > self.give_up + self.repeat,
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise ConfigError(f"Delivery times contradict each other: {'; '.join(broken)}.")


TIMES = Times()

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""Before the second, third, … attempt."""

PACE = timedelta(seconds=1)
"""Between two messages to one conversation (Slack's own limit)."""
