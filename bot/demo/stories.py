"""What the playground can let happen to the company, the workspace and the bot. A story is a function and a row."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import Literal

from bot.demo.cast import Persona
from bot.demo.clock import MovableClock
from bot.demo.company import Company, admin, costs
from bot.demo.company.analytics import refreshed_at
from bot.demo.company.faults import Fault, Faults
from bot.demo.company.server import VISIBLE_AFTER
from bot.demo.exporting import Exporters
from bot.demo.machine import Machine
from bot.demo.workspace import Workspace
from bot.demo.workspace.faults import ratelimited, reset, server_error
from bot.people import fold_email
from bot.periods import utc_day

End = Literal["told", "no_usage"]

PUSHED_CENTS = 250_000
"""More than any sensible budget of one person."""
RESTATED_PERCENT = 40
DRIFT_PERCENT = 3
DRIFT_CENTS = 1_000
"""What is charged too much: so many percent of the day, and on a day without work so many cents."""
_ENDLESS = 100_000
"""More requests than anybody waits for: until `source_up`."""
_COME_BACK_SECONDS = 3600
"""Longer than the bot waits within one reading: so it gives up at once, and time can go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What stories play with."""

    clock: MovableClock
    company: Company
    usage_faults: Faults
    workspace: Workspace
    machine: Machine
    exporters: Exporters
    outage: threading.Event = field(default_factory=threading.Event)
    """Set while the usage API is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A row of the registry. The page has a name and a sentence for each, `story_NAME` and `story_NAME_why`."""

    name: str
    tell: Callable[[Props, Persona], End]
    is_offered: Callable[[Props], bool] = lambda _props: True
    """Whether it can happen now."""


def push(props: Props, person: Persona) -> End:
    """Let somebody spend far too much, on the newest day that the vendor shows."""
    if person.habit is None:
        return "no_usage"
    day = utc_day(props.clock() - VISIBLE_AFTER)
    props.company.push(fold_email(person.claude_email or person.email), PUSHED_CENTS, day)
    props.machine.read_usage()
    return "told"


def restate(props: Props, _person: Persona) -> End:
    """Let the vendor take back most of today and yesterday."""
    newest = utc_day(props.clock() - VISIBLE_AFTER)
    for day in (newest, newest - timedelta(days=1)):
        props.company.restate(day, RESTATED_PERCENT)
    props.machine.read_usage()
    return "told"


def kill(props: Props, _person: Persona) -> End:
    """Cut the bot's power."""
    props.machine.kill()
    return "told"


def start(props: Props, _person: Persona) -> End:
    """Start a new bot over what the last one left."""
    props.machine.start()
    return "told"


def garble(props: Props, _person: Persona) -> End:
    """Let Slack take the next message and never say so."""
    props.workspace.faults.add("chat.postMessage", reset(lands=True))
    return "told"


def source_down(props: Props, _person: Persona) -> End:
    """Let the usage API turn everything away, and the bot find out."""
    props.outage.set()
    props.usage_faults.plan(Fault.RATE_LIMITED, _ENDLESS, retry_after=str(_COME_BACK_SECONDS))
    props.machine.read_usage()
    return "told"


def source_up(props: Props, _person: Persona) -> End:
    """Let the usage API answer again, and the bot find out."""
    props.usage_faults.clear()
    props.outage.clear()
    props.machine.read_usage()
    return "told"


def slack_badly(props: Props, _person: Persona) -> End:
    """Let Slack turn the next two messages away and fail at the third, without posting any of them."""
    props.workspace.faults.add("chat.postMessage", ratelimited(), ratelimited(), server_error())
    return "told"


def drift(props: Props, _person: Persona) -> End:
    """Let the cost report charge more for Claude Code than anybody's use explains, on the last day that is whole."""
    now = props.clock()
    day = utc_day(refreshed_at(now)) - timedelta(days=1)
    spent = costs.truth(props.company, day, now).get(admin.CLAUDE_CODE, Decimal(0))
    props.company.charge(day, admin.CLAUDE_CODE, max(DRIFT_CENTS, ceil(spent * DRIFT_PERCENT / 100)))
    props.machine.read_usage()
    return "told"


def wrong_token(props: Props, _person: Persona) -> End:
    """Let telemetry come with a token that nobody gave out."""
    props.machine.hear_stranger()
    props.machine.read_usage()
    return "told"


STORIES: tuple[Story, ...] = (
    Story(name="push", tell=push),
    Story(name="restate", tell=restate),
    Story(name="source_down", tell=source_down, is_offered=lambda props: not props.outage.is_set()),
    Story(name="source_up", tell=source_up, is_offered=lambda props: props.outage.is_set()),
    Story(name="drift", tell=drift),
    Story(name="wrong_token", tell=wrong_token, is_offered=lambda props: props.machine.is_up),
    Story(name="garble", tell=garble),
    Story(name="slack_badly", tell=slack_badly),
    Story(name="kill", tell=kill, is_offered=lambda props: props.machine.is_up),
    Story(name="start", tell=start, is_offered=lambda props: not props.machine.is_up),
)
"""In the order in which the page offers them."""
