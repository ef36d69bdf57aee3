"""Forms: one row a modal."""

from bot.listeners.modals.budget import BUDGET
from bot.listeners.modals.digest import DIGEST
from bot.listeners.modals.form import Filled, Modal, field_for, first_field, read
from bot.listeners.modals.group import GROUP
from bot.listeners.modals.link import LINK
from bot.listeners.modals.quiet import QUIET
from bot.listeners.modals.request import REQUEST

__all__ = ["MODALS", "OPEN", "Filled", "Modal", "field_for", "first_field", "named", "read"]

OPEN = "open."
"""A button whose action id begins so opens the modal named behind it."""

MODALS: tuple[Modal, ...] = (BUDGET, REQUEST, QUIET, DIGEST, LINK, GROUP)


def named(name: str) -> Modal | None:
    """Find a modal."""
    return next((one for one in MODALS if one.name == name), None)
