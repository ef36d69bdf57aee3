"""How an answer, or the reason why there is none, becomes what Slack shows."""

import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.config import is_loopback
from bot.errors import UserError
from bot.runtime import Runtime
from bot.text import Text
from bot.views import said
from bot.views.blocks import Message, without_native_blocks

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10
_SLACK_HOOKS = "hooks.slack.com"


def payload(message: Message, *, native_blocks: bool) -> dict[str, Any]:
    """Give the body of a private answer."""
    shown = message if native_blocks else without_native_blocks(message)
    body: dict[str, Any] = {"response_type": "ephemeral", "text": shown.text}
    return body | {"blocks": shown.blocks} if shown.blocks else body


def explain(error: BaseException, text: Text) -> Message:
    """Turn an error into its sentence: a `UserError` into its own, anything else into an id that is also in the log."""
    if isinstance(error, UserError):
        return said(error.key, error.values, text)
    error_id = secrets.token_hex(4)
    logger.error("unexpected", extra={"error_id": error_id}, exc_info=error)
    return said("error.unexpected", {"id": error_id}, text)


def reply_later(rt: Runtime, response_url: str, text: Text, make: Callable[[], Message]) -> bool:
    """Make an answer on another thread and post it through `response_url`. False when too much waits already."""

    def work() -> None:
        try:
            message = make()
        except Exception as error:  # noqa: BLE001 - explained to the person and logged with an id
            message = explain(error, text)
        post(rt, response_url, message)

    return rt.later(work)


def post(rt: Runtime, response_url: str, message: Message) -> None:
    """Post once, on this thread; where Slack does not know charts, once more as plain text.

    A spent or dead URL is only logged.
    """
    if not _is_slacks(rt, response_url):
        logger.warning("response_url_refused", extra={"host": urlsplit(response_url).hostname})
        return
    client = WebhookClient(response_url, timeout=_TIMEOUT_SECONDS, retry_handlers=[])
    for native_blocks in (True, False) if rt.native_blocks else (False,):
        try:
            answered = client.send_dict({**payload(message, native_blocks=native_blocks), "replace_original": False})
        except (SlackClientError, OSError) as error:
            logger.warning("response_url_failed", extra={"why": type(error).__name__})
            return
        if answered.status_code == 200:
            return
        logger.warning("response_url_failed", extra={"status": answered.status_code, "native": native_blocks})
        if "invalid_blocks" not in answered.body:
            return


def _is_slacks(rt: Runtime, url: str) -> bool:
    """Figures go to Slack's own address only; a workspace on this machine answers on this machine."""
    parts = urlsplit(url)
    if is_loopback(rt.settings.slack_api_url):
        return is_loopback(url)
    return parts.scheme == "https" and (parts.hostname or "") == _SLACK_HOOKS
