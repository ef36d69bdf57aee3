"""What came of an act, as its person sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["answered", "acknowledged", "refused", "operation_timeout", "dispatch_failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act.

    `answered`: with a message, in the acknowledgement or through the response URL before it; `acknowledged`: nothing to
    see (yet), or a modal changed; `refused`: Slack would not send it, or would not show the answer; the others: Slack's
    own banner.
    """

    status: Status
    text: str = ""
    blocks: tuple[Mapping[str, Any], ...] = ()
    message_id: str | None = None
    banner: str | None = None


class NotThere(Exception):
    """Nobody could do that: no such person here, no such message before their eyes, no such button or field on it."""


def failed(word: str, banner: str) -> Outcome:
    """Give the outcome of an act that the app did not answer; `word` is Slack's for why."""
    return Outcome("operation_timeout" if word == "operation_timeout" else "dispatch_failed", banner=banner)
