"""What an answer of Slack proves: the message is there, it is surely not, or nobody knows.

Errors of `chat.postMessage` and `conversations.open` by their documentation; whatever is not listed proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back of one request."""

    written: bool
    """A byte of the request may have reached Slack."""
    status: int | None = None
    body: Mapping[str, Any] | None = None
    """None: no answer, or not one JSON object."""
    retry_after: timedelta | None = None
    problem: str = ""
    """What went wrong underneath, in a word; never a body."""


class Why(StrEnum):
    """What kind of refusal it is: who has to act."""

    WAIT = "wait"
    """Too fast."""
    UNREACHED = "unreached"
    """The request never left."""
    WITHHELD = "withheld"
    """Too little was left of the lease to write."""
    DESTINATION = "destination"
    """The channel does not take it."""
    PERSON = "person"
    """The person cannot be told."""
    UNWANTED = "unwanted"
    """The person wants to hear nothing."""
    TOKEN = "token"  # noqa: S105 - a kind of refusal
    """Slack refuses us altogether."""
    CONTENT = "content"
    """Slack does not take these blocks."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is there."""

    channel_id: str
    ts: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It is surely not there."""

    why: Why
    error: str
    retry_after: timedelta = field(default=timedelta())


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may be there."""

    error: str


Verdict = Accepted | Refused | Ambiguous

TOO_FAST = 429
_DESTINATION = (
    "channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel "
    "restricted_action_thread_only_channel restricted_action_non_threadable_channel team_access_not_granted"
)
_PERSON = "user_not_found users_not_found user_disabled user_not_visible cannot_dm_bot messages_tab_disabled"
_ACCESS = (
    "invalid_auth not_authed account_inactive token_revoked token_expired no_permission missing_scope "
    "not_allowed_token_type org_login_required two_factor_setup_required access_denied"
)
_CONTENT = (
    "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text metadata_too_large "
    "invalid_metadata_format invalid_metadata_schema too_many_attachments"
)
_REFUSALS: Mapping[str, Why] = {
    error: why
    for why, errors in (
        (Why.WAIT, "ratelimited rate_limited message_limit_exceeded"),
        (Why.DESTINATION, _DESTINATION),
        (Why.PERSON, _PERSON),
        (Why.TOKEN, _ACCESS),
        (Why.CONTENT, _CONTENT),
    )
    for error in errors.split()
}


def refusal(reply: Reply) -> Refused | None:
    """Say that something was surely not done, and why; None when that is not sure."""
    if not reply.written:
        return Refused(Why.WITHHELD if reply.problem == Why.WITHHELD else Why.UNREACHED, reply.problem)
    if reply.status == TOO_FAST:
        return Refused(Why.WAIT, "ratelimited", reply.retry_after or timedelta())
    if reply.status != 200 or reply.body is None or reply.body.get("ok") is not False:
        return None
    error = str(reply.body.get("error"))
    return Refused(_REFUSALS[error], error, reply.retry_after or timedelta()) if error in _REFUSALS else None


def classify(reply: Reply, channel_id: str) -> Verdict:
    """Say what the answer to a post into a conversation proves."""
    refused = refusal(reply)
    if refused:
        return refused
    if reply.status != 200 or reply.body is None:
        return Ambiguous(reply.problem or f"HTTP {reply.status}")
    if reply.body.get("ok") is not True:
        return Ambiguous(str(reply.body.get("error"))[:80])
    ts = reply.body.get("ts")
    if not isinstance(ts, str) or not ts:
        return Ambiguous("ok without ts")
    if reply.body.get("channel") != channel_id:
        return Ambiguous("ok in another channel")
    return Accepted(channel_id, ts)
