"""What the playground can let happen to the company, the workspace and the bot. A story is a function and a row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.demo.cast import Persona
from bot.demo.clock import MovableClock
from bot.demo.company import Company
from bot.demo.company.server import VISIBLE_AFTER
from bot.demo.machine import Machine
from bot.demo.workspace import Workspace
from bot.demo.workspace.faults import reset
from bot.people import fold_email
from bot.periods import utc_day

End = Literal["told", "no_usage"]

PUSHED_CENTS = 250_000
"""More than any sensible budget of one person."""
RESTATED_PERCENT = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What stories play with."""

    clock: MovableClock
    company: Company
    workspace: Workspace
    machine: Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A row of the registry. The page has a name and a sentence for each, `story_NAME` and `story_NAME_why`."""

    name: str
    tell: Callable[[Props, Persona], End]
    needs_bot: bool | None = None
    """Whether it is offered only while the bot runs, or only while it does not; None: always."""


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


STORIES: tuple[Story, ...] = (
    Story(name="push", tell=push),
    Story(name="restate", tell=restate),
    Story(name="garble", tell=garble),
    Story(name="kill", tell=kill, needs_bot=True),
    Story(name="start", tell=start, needs_bot=False),
)
"""In the order in which the page offers them."""
