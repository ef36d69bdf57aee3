"""`/ccost team GROUP`, `/ccost team groups` and `/ccost settings groups`."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def summary(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team GROUP [period]`."""
    raise NotImplementedError


def listing(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team groups`."""
    raise NotImplementedError


def groups(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings groups …`."""
    raise NotImplementedError
