"""`/ccost settings audit`: who did what."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def audit(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings audit`."""
    raise NotImplementedError
