"""Showing an answer where it was asked: below a message through its response URL, or in a modal."""

import logging
from collections.abc import Callable

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.listeners.origin import Origin, Surface
from bot.listeners.reply import explain, post, reply_later
from bot.runtime import Runtime
from bot.text import Text
from bot.views import said
from bot.views.blocks import Message
from bot.views.modal import View, answered, waiting

logger = logging.getLogger(__name__)

_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
"""Slack's words for a press that we answer too late, or a second time."""


def show_answer(
    rt: Runtime, origin: Origin, text: Text, make: Callable[[], Message], then: Callable[[], None] = lambda: None
) -> bool:
    """Show an answer on another thread, and do what follows from it; False when too much waits already."""
    if origin.surface is Surface.MESSAGE:
        return origin.response_url is not None and reply_later(rt, origin.response_url, text, make)
    return show_view(rt, origin, text, lambda: answered(make(), text), then)


def show_view(
    rt: Runtime, origin: Origin, text: Text, make: Callable[[], View], then: Callable[[], None] = lambda: None
) -> bool:
    """Open a modal at once, or take the one that is open, and fill it when it is ready. False when too much waits."""

    def work() -> None:
        view_id = origin.view_id or _open(rt, origin, text)
        if view_id is not None:
            fill(rt, view_id, origin, text, make)
            then()

    return rt.later(work)


def fill(rt: Runtime, view_id: str, origin: Origin, text: Text, make: Callable[[], View]) -> None:
    """Put into an open modal what is made now; an error as its sentence."""
    try:
        view = make()
    except Exception as error:  # noqa: BLE001 - explained to the person and logged with an id
        view = answered(explain(error, text), text)
    try:
        rt.slack.views_update(view_id=view_id, view={**view, "private_metadata": origin.metadata})
    except (SlackClientError, OSError) as error:  # closed meanwhile: nobody looks any more
        logger.info("modal_update_failed", extra={"why": _why(error)})


def _open(rt: Runtime, origin: Origin, text: Text) -> str | None:
    """Open a modal while the trigger is fresh; if it does not open, say so below its message, where there is one."""
    try:
        opened = rt.slack.views_open(
            trigger_id=origin.trigger_id, view={**waiting(text), "private_metadata": origin.metadata}
        )
    except (SlackClientError, OSError) as error:
        logger.warning("modal_failed", extra={"why": _why(error)})
        if origin.response_url:
            is_late = _why(error) in _LATE
            post(rt, origin.response_url, said("modal.late", {}, text) if is_late else explain(error, text))
        return None
    return str(opened["view"]["id"])


def _why(error: Exception) -> str:
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
