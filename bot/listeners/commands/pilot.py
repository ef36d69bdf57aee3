"""`/ccost settings pilot`: try ccost with one group first."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def pilot(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings pilot [GROUP|end]`."""
    raise NotImplementedError
