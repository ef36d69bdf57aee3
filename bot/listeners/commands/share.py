"""`/ccost me share` and `/ccost team share`: the same without anything private, for the channel."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def me(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me share [period]`."""
    raise NotImplementedError


def team(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team share [period]`."""
    raise NotImplementedError
