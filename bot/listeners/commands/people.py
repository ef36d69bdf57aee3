"""`/ccost team people`: who drove this, for leads and admins, recorded."""

from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views.blocks import Message


def people(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team people [GROUP] [period]`."""
    raise NotImplementedError


def switch(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings people [on|off]`."""
    raise NotImplementedError
