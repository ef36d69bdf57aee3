"""How the people of the invented company use Claude Code. Each habit is what one kind of tip looks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.demo.company.prices import HAIKU, OPUS, SONNET


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Habit:
    """Averages of a day and of a session; the dice spread them widely. Tokens are in thousands."""

    sessions_a_day: float = 5.0
    models: Mapping[str, float] = field(default_factory=lambda: {SONNET: 70, OPUS: 20, HAIKU: 10})
    """How often a session uses which model."""
    uncached_input: float = 25.0
    output: float = 16.0
    cache_read: float = 4_500.0
    cache_creation: float = 280.0
    edits: float = 9.0
    rejected_share: float = 0.09
    commit_chance: float = 0.5
    workday_chance: float = 0.92
    """How likely a workday sees any session."""
    weekend_chance: float = 0.02
    remote_share: float = 0.0
    monthly_growth: float = 1.0
    """Sessions a day, compared with 30 days before; the growth ends 60 days after the start of the demo."""
    tries_new_models: bool = False
    first_day: int | None = None
    """Days from the start of the demo; None: since ever."""
    last_day: int | None = None
    customer_type: str = "api"
    subscription_type: str | None = None
    hours: tuple[float, float] = (8.75, 18.5)
    """Local time of the first and the last beginning of a session."""


HABITS: Mapping[str, Habit] = {
    "steady": Habit(),
    "thrifty": Habit(models={SONNET: 45, HAIKU: 55}, sessions_a_day=6, cache_read=3_200, cache_creation=130),
    "opus_heavy": Habit(models={OPUS: 94, SONNET: 6}, sessions_a_day=6.5, tries_new_models=True),
    "long_sessions": Habit(sessions_a_day=1.6, cache_read=42_000, cache_creation=900, edits=30, commit_chance=0.9),
    "cold_cache": Habit(cache_read=420, cache_creation=1_150),
    "rejecting": Habit(rejected_share=0.52, edits=14, commit_chance=0.25),
    "verbose": Habit(output=88, uncached_input=30, cache_read=2_400, cache_creation=190),
    "weekends": Habit(workday_chance=0.3, weekend_chance=0.9, hours=(10.0, 22.5)),
    "idle_sessions": Habit(sessions_a_day=17, edits=0, commit_chance=0, output=3, cache_read=900, cache_creation=95),
    "growing": Habit(sessions_a_day=6.5, monthly_growth=1.45, tries_new_models=True),
    "remote": Habit(remote_share=0.6, tries_new_models=True),
    "occasional": Habit(sessions_a_day=2.5, workday_chance=0.2),
    "newcomer": Habit(first_day=-12, sessions_a_day=4, rejected_share=0.2),
    "subscription": Habit(customer_type="subscription", subscription_type="team"),
    "left_company": Habit(last_day=-30),
}
"""By the name that a persona of the cast carries."""

MACHINES: Mapping[str, Habit] = {
    "ci-review-bot": Habit(
        sessions_a_day=24,
        models={HAIKU: 80, SONNET: 20},
        uncached_input=42,
        output=3,
        cache_read=300,
        cache_creation=40,
        edits=0,
        commit_chance=0,
        workday_chance=1,
        weekend_chance=0.6,
        hours=(0.0, 23.5),
    ),
    "nightly-docs": Habit(
        sessions_a_day=1, models={SONNET: 100}, edits=12, workday_chance=1, weekend_chance=1, hours=(2.0, 2.25)
    ),
}
"""The same of the API keys, by the key's name."""
