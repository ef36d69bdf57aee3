"""`/ccost settings`: what one has chosen, and where to change it."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def overview(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings`."""
    raise NotImplementedError


def language(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings language [en|ja|slack]`."""
    raise NotImplementedError


def tips(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings tips [on|off]`."""
    raise NotImplementedError
