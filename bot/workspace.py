"""What we know of the Slack workspace: its people and channels, read into the store.

Between `runtime` and the two rooms that need it, which may not import one another: jobs read the whole workspace on a
schedule, listeners ask about one account or channel that nobody has heard of yet.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.errors import UserError
from bot.group import GroupOrigin
from bot.people import Person, person_from_slack
from bot.periods import utc_day
from bot.runtime import Identity, Runtime
from bot.sources import precedence
from bot.store import accounts, channels, groups, members
from bot.store.channels import ChannelSeen

logger = logging.getLogger(__name__)

SCOPES: Mapping[str, str] = {
    "commands": "the command /ccost",
    "chat:write": "digests and messages to people",
    "im:write": "opening a direct message to say something in private",
    "users:read": "who is a member, a guest or a bot; time zone and language",
    "users:read.email": "matching usage to people by address",
    "channels:read": "seeing that a public channel is shared with another company",
    "groups:read": "seeing that a private channel is shared with another company",
}
"""What the app asks Slack for, and what each is for; `app.yaml` and the README say the same, a test compares them."""

USERGROUPS_SCOPE = "usergroups:read"
"""Optional: only for groups whose people come from a Slack user group."""

_CHANNEL_KINDS = ("public_channel", "private_channel")
"""Asked for one by one: each has its own scope."""

_PAGE = 200
_MAX_PAGES = 1_000

_SAMPLE_CHART = {
    "type": "data_visualization",
    "title": "ccost",
    "chart": {
        "type": "bar",
        "series": [{"name": "ccost", "data": [{"label": "a", "value": 1}]}],
        "axis_config": {"categories": ["a"]},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A Slack user group."""

    usergroup_id: str
    handle: str
    accounts: tuple[str, ...]
    """Slack user ids, of whatever standing."""


def identify(rt: Runtime) -> Identity:
    """Ask Slack who we are and what we may do. Raises slack_sdk's errors."""
    answer = rt.slack.auth_test()
    identity = Identity(
        team_id=str(answer["team_id"]),
        user_id=str(answer["user_id"]),
        enterprise_id=answer.get("enterprise_id"),
        scopes=granted_scopes(answer),
    )
    rt.identity = identity
    return identity


def granted_scopes(answer: SlackResponse) -> frozenset[str]:
    """Read from an answer's headers which scopes the token has."""
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    return frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip())


def refresh(rt: Runtime) -> None:
    """Read everybody, and every channel that the bot can see. Raises slack_sdk's errors.

    A listing is read to its end before anything of it is written: half of one would deactivate the other half. Where
    the right to see a kind of channels is missing, those stay unknown, and so refused; everything else goes on.
    """
    identity = identify(rt)  # anew: the app may have been reinstalled with other scopes
    began = rt.clock()
    people = [_person(user, identity) for user in _pages(rt, "users.list", "members", include_locale=True)]
    with rt.sessions.begin() as session:
        if members.sync(session, people, rt.clock(), read_at=began):
            # Usage may have been read before Slack could be asked.
            members.match_consumers(session, utc_day(rt.clock()), precedence(rt.settings))
    for kind in _CHANNEL_KINDS:
        began = rt.clock()
        try:
            seen = [channel_seen(channel) for channel in _pages(rt, "conversations.list", "channels", types=kind)]
        except SlackApiError as error:
            if error.response.get("error") != "missing_scope":
                raise
            logger.warning("channels_unseen", extra={"kind": kind})
        else:
            with rt.sessions.begin() as session:
                channels.sync(session, seen, rt.clock(), read_at=began)
    _refresh_groups(rt)
    rt.native_blocks = _knows_charts(rt)


def find_usergroup(rt: Runtime, word: str) -> UserGroup:
    """Find a Slack user group by its id or handle. Raises `UserError` where it cannot be found or read."""
    try:
        listed = rt.slack.usergroups_list()["usergroups"]
        wanted = word.removeprefix("@").casefold()
        found = next((one for one in listed if wanted in (one["id"].casefold(), one["handle"].casefold())), None)
        if found is None:
            raise UserError("error.usergroup_unknown", name=word)
        return UserGroup(
            usergroup_id=str(found["id"]), handle=str(found["handle"]), accounts=_usergroup(rt, str(found["id"]))
        )
    except SlackApiError as error:
        if error.response.get("error") == "missing_scope":
            raise UserError("error.usergroup_scope", scope=USERGROUPS_SCOPE) from None
        raise UserError("error.usergroup_unread", name=word) from None
    except (SlackClientError, OSError):
        raise UserError("error.usergroup_unread", name=word) from None


def _refresh_groups(rt: Runtime) -> None:
    """Bring groups to the user groups they come from. One that cannot be read keeps the people it has."""
    with rt.sessions() as session:
        wanted = [one.group for one in groups.listed(session) if one.group.origin is GroupOrigin.USERGROUP]
    for group in wanted:
        try:
            accounts_now = _usergroup(rt, str(group.external_id))
        except (SlackClientError, OSError) as error:
            logger.warning("usergroup_unread", extra={"group": group.group_id, "why": _why(error)})
            continue
        with rt.sessions.begin() as session:
            people = accounts.full_members(session, accounts_now)
            if people and groups.by_id(session, group.group_id) == group:  # nobody has changed it meanwhile
                groups.set_people(session, group.group_id, people, utc_day(rt.clock()))


def _usergroup(rt: Runtime, usergroup_id: str) -> tuple[str, ...]:
    return tuple(map(str, rt.slack.usergroups_users_list(usergroup=usergroup_id)["users"]))


def look_up(rt: Runtime, *, user_id: str | None, channel_id: str | None) -> None:
    """Ask Slack about one account or channel. What Slack does not tell stays unknown, and so refused."""
    try:
        identity = rt.identity or identify(rt)
        if user_id:
            person = _person(rt.slack.users_info(user=user_id, include_locale=True)["user"], identity)
            with rt.sessions.begin() as session:
                members.put(session, person, rt.clock())
        if channel_id:
            channel = channel_seen(rt.slack.conversations_info(channel=channel_id)["channel"])
            with rt.sessions.begin() as session:
                channels.sync(session, [channel], rt.clock())
    except (SlackClientError, OSError) as error:
        logger.info("look_up_failed", extra={"why": _why(error)})


def _pages(rt: Runtime, method: str, key: str, **arguments: object) -> Iterator[Mapping[str, Any]]:
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = rt.slack.api_call(method, params={"limit": _PAGE, "cursor": cursor, **arguments})
        yield from answer.get(key) or ()
        following = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        pages += 1
        if following and (following == cursor or pages >= _MAX_PAGES):
            raise SlackClientError(f"{method} does not come to an end")
        cursor = following


def _person(user: Mapping[str, Any], identity: Identity) -> Person:
    return person_from_slack(user, team_id=identity.team_id, enterprise_id=identity.enterprise_id)


def channel_seen(channel: Mapping[str, Any]) -> ChannelSeen:
    """Read one channel object of `conversations.list` or `conversations.info`."""
    return ChannelSeen(
        channel_id=str(channel["id"]),
        name=str(channel.get("name") or ""),
        is_shared=bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared")),
        is_private=bool(channel.get("is_private")),
        is_member=bool(channel.get("is_member")),
        is_archived=bool(channel.get("is_archived")),
    )


def _knows_charts(rt: Runtime) -> bool:
    """Ask Slack whether it takes chart blocks here; only a plain no is a no."""
    try:
        rt.slack.blocks_validate(blocks=[_SAMPLE_CHART])
    except SlackApiError as error:
        return bool(error.response.get("error") != "invalid_blocks")
    except (SlackClientError, OSError):
        return True
    return True


def _why(error: Exception) -> str:
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
