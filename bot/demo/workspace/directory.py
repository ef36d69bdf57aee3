"""`auth.test`, `users.*` and `conversations.*` over the demo workspace."""

from collections.abc import Callable, Mapping

from bot.demo.cast import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID, TEAM_NAME
from bot.demo.workspace.calls import Answer, Arguments, Installation, Method, flag, page
from bot.demo.workspace.history import conversations_history
from bot.demo.workspace.people import Conversation, conversation_object, is_in, ourselves, slackbot, user_object
from bot.demo.workspace.refusal import SlackRefusal


def auth_test(api: Installation, ask: Arguments) -> Answer:  # noqa: ARG001  one shape for all methods
    """Say who we are."""
    return {
        "url": "https://hoshino-works.slack.example/",
        "team": TEAM_NAME,
        "user": "ccost",
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "enterprise_id": None,
        "is_enterprise_install": False,
    }


def users_list(api: Installation, ask: Arguments) -> Answer:
    """List everybody, page by page."""
    cast = [_user(api, person.slack_user_id, ask) for person in api.team.people()]
    now = api.team.clock()
    users, more = page([slackbot(), *cast, ourselves(now)], ask)
    return {"members": users, "cache_ts": int(now.timestamp()), **more}


def users_info(api: Installation, ask: Arguments) -> Answer:
    """Describe one person."""
    user_id = str(ask.get("user") or "")
    if user_id in ("USLACKBOT", BOT_USER_ID):
        return {"user": slackbot() if user_id == "USLACKBOT" else ourselves(api.team.clock())}
    return {"user": _user(api, user_id, ask)}


def _user(api: Installation, user_id: str, ask: Arguments) -> Answer:
    person = api.team.person(user_id)
    if person is None:
        raise SlackRefusal("user_not_found")
    return user_object(
        person,
        with_email="users:read.email" in api.scopes,
        with_locale=flag(ask.get("include_locale")),
        now=api.team.clock(),
    )


_SCOPE_OF_TYPE = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def conversations_list(api: Installation, ask: Arguments) -> Answer:
    """List the conversations that the bot may know of."""
    return _listed(api, ask, lambda channel: channel.kind != "private_channel" or channel.bot_is_member)


def users_conversations(api: Installation, ask: Arguments) -> Answer:
    """List the conversations that somebody, or else the bot itself, is in."""
    person = api.team.person(str(ask.get("user") or ""))
    if person is None or ask.get("user") == BOT_USER_ID:
        return _listed(api, ask, lambda channel: channel.bot_is_member)
    return _listed(api, ask, lambda channel: is_in(person, channel) and channel.bot_is_member)


def _listed(api: Installation, ask: Arguments, wanted: Callable[[Conversation], bool]) -> Answer:
    kinds = [one.strip() for one in str(ask.get("types") or "public_channel").split(",")]
    for kind in kinds:
        if kind not in _SCOPE_OF_TYPE:
            raise SlackRefusal("invalid_types")
        api.need(_SCOPE_OF_TYPE[kind])
    hide_archived = flag(ask.get("exclude_archived"))
    found = [
        channel
        for channel in api.team.channels()
        if channel.kind in kinds and wanted(channel) and not (hide_archived and channel.is_archived)
    ]
    cut, more = page(found, ask)
    return {"channels": [_described(api, channel) for channel in cut], **more}


def _described(api: Installation, channel: Conversation) -> Answer:
    return conversation_object(channel, len(api.team.members(channel.channel_id)) + channel.bot_is_member)


def conversations_info(api: Installation, ask: Arguments) -> Answer:
    """Describe one conversation."""
    channel = api.seen(ask.get("channel"))
    api.need(_SCOPE_OF_TYPE[channel.kind])
    return {"channel": _described(api, channel)}


def conversations_open(api: Installation, ask: Arguments) -> Answer:
    """Open the direct message with one person."""
    people = [one for one in str(ask.get("users") or "").split(",") if one]
    if len(people) != 1:
        raise SlackRefusal("users_list_not_supplied" if not people else "method_not_supported_for_channel_type")
    person = api.team.person(people[0])
    if person is None:
        raise SlackRefusal("user_not_found")
    errors = {"deactivated": "user_disabled", "bot": "cannot_dm_bot", "outsider": "user_not_visible"}
    if person.role in errors:
        raise SlackRefusal(errors[person.role])
    channel = api.team.channel(person.slack_user_id)
    opened = {"id": channel.channel_id if channel else "", "is_im": True, "user": person.slack_user_id}
    return {"no_op": True, "already_open": True, "channel": opened}


DIRECTORY: Mapping[str, Method] = {
    "auth.test": Method(auth_test),
    "users.list": Method(users_list, "users:read"),
    "users.info": Method(users_info, "users:read"),
    "users.conversations": Method(users_conversations),
    "conversations.list": Method(conversations_list),
    "conversations.info": Method(conversations_info),
    "conversations.history": Method(conversations_history),
    "conversations.open": Method(conversations_open, "im:write"),
}
