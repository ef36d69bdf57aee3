"""Files and user groups in the twin of Slack's Web API, asked by Slack's own SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.cast import CAST, USER_GROUPS
from bot.demo.workspace import Workspace
from tests.slack_workspace import Stage, client_of, new_workspace, stage


@pytest.fixture
def workspace() -> Workspace:
    workspace = new_workspace()
    workspace.scopes |= {"files:write", "usergroups:read"}
    return workspace


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def slack(workspace: Workspace, served: Stage) -> WebClient:
    served.app = workspace.app
    return client_of(workspace, served.origin)


def error_of(call: Callable[[], Any]) -> str:
    """Make a call that Slack refuses, and give its word."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_a_file_arrives_in_the_direct_message_with_its_content(workspace: Workspace, slack: WebClient) -> None:
    direct = slack.conversations_open(users="U0ADA")["channel"]["id"]
    sent = slack.files_upload_v2(
        channel=direct, filename="ccost.json", content='{"name": "森"}', title="All of it", initial_comment="Here."
    )
    assert sent["file"]["title"] == "All of it"
    (entry,) = workspace.team.conversation(direct, "U0ADA")
    assert (entry.kind, entry.text, entry.author_id) == ("file", "Here.", "U0CCOST")
    assert entry.file is not None
    assert (entry.file.name, entry.file.mimetype, entry.file.text) == (
        "ccost.json",
        "application/json",
        '{"name": "森"}',
    )
    assert workspace.team.conversation(direct, "U0KENJI") == [entry]  # who is in a conversation is asked elsewhere


def test_the_history_tells_of_a_file_and_not_what_is_in_it(workspace: Workspace, slack: WebClient) -> None:
    workspace.scopes.add("im:history")
    slack.files_upload_v2(channel="D0ADA", filename="a.txt", content="secret")
    (message,) = slack.conversations_history(channel="D0ADA")["messages"]
    assert (message["subtype"], message["files"][0]["name"]) == ("file_share", "a.txt")
    assert "secret" not in str(message)


@pytest.mark.parametrize(
    ("channel", "error"),
    [("C0NOWHERE", "channel_not_found"), ("U0ADA", "channel_not_found"), ("G0SECRET", "channel_not_found")],
)
def test_a_file_goes_to_a_conversation_that_the_bot_is_in(slack: WebClient, channel: str, error: str) -> None:
    assert error_of(lambda: slack.files_upload_v2(channel=channel, filename="a.txt", content="x")) == error


def test_where_the_bot_cannot_write_no_file_lands(workspace: Workspace, slack: WebClient) -> None:
    workspace.team.change_channel("C0GENERAL", bot_is_member=False)
    workspace.team.change_channel("C0PLATFORM", is_archived=True)
    for channel, error in [("C0GENERAL", "not_in_channel"), ("C0PLATFORM", "is_archived")]:
        assert error_of(lambda: slack.files_upload_v2(channel=channel, filename="a", content="x")) == error  # noqa: B023
        assert workspace.team.conversation(channel) == []


def test_files_need_their_own_scope(workspace: Workspace, slack: WebClient) -> None:
    workspace.scopes.discard("files:write")
    assert error_of(lambda: slack.files_upload_v2(channel="D0ADA", filename="a", content="x")) == "missing_scope"
    assert error_of(lambda: slack.files_completeUploadExternal(files=[{"id": "F1"}])) == "missing_scope"


@pytest.mark.parametrize(("sent", "status"), [(b"12345", 200), (b"1234", 400), (b"123456", 400)])
def test_a_file_is_as_long_as_it_was_announced(slack: WebClient, sent: bytes, status: int) -> None:
    promised = slack.files_getUploadURLExternal(filename="a.txt", length=5)
    assert httpx.post(promised["upload_url"], content=sent).status_code == status

    def share() -> Any:
        return slack.files_completeUploadExternal(files=[{"id": promised["file_id"]}], channel_id="D0ADA")

    if status == 200:
        assert share()["files"][0]["size"] == 5
        assert error_of(share) == "file_not_found"  # it is shared once
    else:
        assert error_of(share) == "file_not_found"


def test_an_unknown_address_takes_no_file(slack: WebClient) -> None:
    assert httpx.post(f"{slack.base_url}upload/v1/guessed", content=b"x").status_code == 400
    assert error_of(lambda: slack.files_getUploadURLExternal(filename="", length=1)) == "invalid_arguments"
    assert error_of(lambda: slack.files_getUploadURLExternal(filename="a", length=0)) == "invalid_arguments"


def test_the_cast_has_two_user_groups_of_people_who_use_claude_code(slack: WebClient) -> None:
    listed = slack.usergroups_list()["usergroups"]
    assert [(one["id"], one["handle"]) for one in listed] == [("S0PLATFORM", "platform"), ("S0DESIGN", "design")]
    assert "users" not in listed[0]
    habits = {person.slack_user_id: person.habit for person in CAST}
    for group, size in zip(USER_GROUPS, (9, 4), strict=True):
        users = slack.usergroups_users_list(usergroup=group.usergroup_id)["users"]
        assert len(set(users)) == size
        assert all(habits[user_id] for user_id in users)
    with_users = slack.usergroups_list(include_users=True, include_count=True)["usergroups"]
    assert [(len(one["users"]), one["user_count"]) for one in with_users] == [(9, 9), (4, 4)]


def test_a_switched_off_user_group_is_listed_only_when_asked_for(workspace: Workspace, slack: WebClient) -> None:
    workspace.team.change_user_group("S0DESIGN", is_enabled=False)
    assert [one["id"] for one in slack.usergroups_list()["usergroups"]] == ["S0PLATFORM"]
    everything = slack.usergroups_list(include_disabled=True)["usergroups"]
    assert [bool(one["date_delete"]) for one in everything] == [False, True]
    assert error_of(lambda: slack.usergroups_users_list(usergroup="S0DESIGN")) == "no_such_subteam"


def test_user_groups_need_their_own_scope(workspace: Workspace, slack: WebClient) -> None:
    workspace.scopes.discard("usergroups:read")
    assert error_of(slack.usergroups_list) == "missing_scope"
    assert error_of(lambda: slack.usergroups_users_list(usergroup="S0PLATFORM")) == "missing_scope"
