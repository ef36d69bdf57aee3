"""The Home tab."""

from bot.errors import UserError
from bot.text import Text
from bot.views import said
from bot.views.modal import View


def home(t: Text) -> View:
    """Show everything that concerns one person."""
    return {"type": "home", "blocks": said("modal.title", {}, t).blocks}


def refused(error: UserError, t: Text) -> View:
    """Say why there is nothing to see."""
    return {"type": "home", "blocks": said(error.key, error.values, t).blocks}
