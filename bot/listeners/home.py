"""The Home tab: everything that concerns one person, on one page that nobody else sees."""

import logging

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.views import home as view
from bot.views.modal import View

logger = logging.getLogger(__name__)


def publish(rt: Runtime, question: Ask) -> None:
    """Draw somebody's Home tab anew. Slack keeps one for each person, so drawing it twice changes nothing."""
    try:
        rt.slack.views_publish(user_id=question.viewer.slack_user_id, view=_home(rt, question))
    except SlackApiError as error:
        logger.warning("home_failed", extra={"why": str(error.response.get("error"))})
    except (SlackClientError, OSError) as error:
        logger.warning("home_failed", extra={"why": type(error).__name__})


def _home(_rt: Runtime, question: Ask) -> View:
    try:
        return view.home(question.text)
    except UserError as error:
        return view.refused(error, question.text)
