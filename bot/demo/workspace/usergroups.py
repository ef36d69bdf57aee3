"""`usergroups.*` over the demo workspace."""

from collections.abc import Mapping

from bot.demo.cast import TEAM_ID, UserGroup
from bot.demo.workspace.calls import Answer, Arguments, Installation, Method, flag
from bot.demo.workspace.people import CREATED
from bot.demo.workspace.refusal import SlackRefusal


def usergroups_list(api: Installation, ask: Arguments) -> Answer:
    """List the user groups; who is in them, and the switched-off ones, only when asked."""
    with_users, with_count = flag(ask.get("include_users")), flag(ask.get("include_count"))
    shown = [one for one in api.team.user_groups() if one.is_enabled or flag(ask.get("include_disabled"))]
    return {"usergroups": [user_group_object(one, with_users=with_users, with_count=with_count) for one in shown]}


def usergroups_users_list(api: Installation, ask: Arguments) -> Answer:
    """List who is in one user group."""
    found = api.team.user_group(str(ask.get("usergroup") or ""))
    if found is None or not (found.is_enabled or flag(ask.get("include_disabled"))):
        raise SlackRefusal("no_such_subteam")
    return {"users": list(found.slack_user_ids)}


def user_group_object(group: UserGroup, *, with_users: bool, with_count: bool) -> Answer:
    """Describe a user group as `usergroups.list` does."""
    told: Answer = {
        "id": group.usergroup_id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": CREATED,
        "date_update": CREATED,
        "date_delete": 0 if group.is_enabled else CREATED,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "USLACKBOT",
        "updated_by": "USLACKBOT",
        "deleted_by": None if group.is_enabled else "USLACKBOT",
        "prefs": {"channels": [], "groups": []},
    }
    told |= {"users": list(group.slack_user_ids)} if with_users else {}
    return told | ({"user_count": len(group.slack_user_ids)} if with_count else {})


USER_GROUP_METHODS: Mapping[str, Method] = {
    "usergroups.list": Method(usergroups_list, "usergroups:read"),
    "usergroups.users.list": Method(usergroups_users_list, "usergroups:read"),
}
