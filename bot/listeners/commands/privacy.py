"""`/ccost settings privacy` and `… export`: what is stored about me, and who looked."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def privacy(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings privacy`."""
    raise NotImplementedError


def export(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings export`."""
    raise NotImplementedError
