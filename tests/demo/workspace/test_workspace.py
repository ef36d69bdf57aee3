"""The twin of Slack's Web API, asked by Slack's own SDK over real loopback HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.cast import CAST, CHANNELS
from bot.demo.workspace import Workspace
from tests.canaries import APP_TOKEN, BOT_TOKEN
from tests.slack_workspace import Stage, client_of, new_workspace, stage


class Seconds:
    """A stopwatch that a test turns by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def workspace(seconds: Seconds) -> Workspace:
    return new_workspace(monotonic=seconds)


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def origin(workspace: Workspace, served: Stage) -> str:
    served.app = workspace.app
    return served.origin


@pytest.fixture
def slack(workspace: Workspace, origin: str) -> WebClient:
    return client_of(workspace, origin)


def error_of(call: Callable[[], Any]) -> str:
    """Make a call that Slack refuses, and give its word."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_the_bot_learns_who_it_is_and_what_it_may_do(slack: WebClient) -> None:
    me = slack.auth_test()
    assert (me["team_id"], me["user_id"], me["bot_id"], me["enterprise_id"]) == (
        "T0HOSHINO",
        "U0CCOST",
        "B0CCOST",
        None,
    )
    assert "users:read.email" in me.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth")])
def test_a_call_without_the_right_token_is_refused(workspace: Workspace, origin: str, token: str, error: str) -> None:
    answer = httpx.post(f"{origin}/api/auth.test", headers={"Authorization": f"Bearer {token}"} if token else {})
    assert answer.json() == {"ok": False, "error": error}
    assert "x-oauth-scopes" not in answer.headers


def test_an_app_token_opens_sockets_and_nothing_else(workspace: Workspace, origin: str) -> None:
    assert error_of(client_of(workspace, origin, token=APP_TOKEN).auth_test) == "not_allowed_token_type"
    bot = client_of(workspace, origin)
    assert error_of(lambda: bot.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"


def test_an_unknown_method_says_so(slack: WebClient) -> None:
    assert error_of(lambda: slack.api_call("chat.shout")) == "unknown_method"


def test_everybody_is_listed_once_over_all_pages(slack: WebClient) -> None:
    pages = [page["members"] for page in slack.users_list(limit=7)]
    ids = [user["id"] for page in pages for user in page]
    assert all(len(page) <= 7 for page in pages)
    assert sorted(ids) == sorted([*(one.slack_user_id for one in CAST), "USLACKBOT", "U0CCOST"])


def test_a_stale_cursor_is_refused(slack: WebClient) -> None:
    assert error_of(lambda: slack.users_list(cursor="page:9999")) == "invalid_cursor"


def test_people_are_described_as_slack_describes_them(slack: WebClient) -> None:
    users = {user["id"]: user for user in slack.users_list(include_locale=True)["members"]}
    assert (users["U0HARUKA"]["locale"], users["U0HARUKA"]["tz_offset"]) == ("ja-JP", 9 * 3600)
    assert users["U0WENDY"]["is_restricted"]
    assert (users["U0XAVER"]["is_stranger"], users["U0XAVER"]["team_id"]) == (False, "T0PARTNER")
    assert users["U0YVES"]["deleted"]
    assert "tz" not in users["U0YVES"]
    assert not users["U0ZOE"]["is_email_confirmed"]
    assert users["U0STANDUP"]["is_bot"]
    assert not users["USLACKBOT"]["is_bot"]  # Slack's own robot says of itself that it is none
    assert "locale" not in slack.users_info(user="U0ADA")["user"]


@pytest.mark.parametrize(("granted", "has_email"), [(True, True), (False, False)])
def test_addresses_need_their_own_scope(workspace: Workspace, slack: WebClient, granted: bool, has_email: bool) -> None:
    if not granted:
        workspace.scopes.discard("users:read.email")
    assert ("email" in slack.users_info(user="U0ADA")["user"]["profile"]) is has_email


def test_a_missing_scope_is_named(workspace: Workspace, slack: WebClient) -> None:
    workspace.scopes.discard("users:read")
    with pytest.raises(SlackApiError) as caught:
        slack.users_list()
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in answer["provided"]


def test_private_channels_without_the_bot_do_not_exist_for_it(workspace: Workspace, slack: WebClient) -> None:
    kinds = "public_channel,private_channel"
    listed = [
        channel["name"] for page in slack.conversations_list(types=kinds, limit=2) for channel in page["channels"]
    ]
    assert listed == [channel.name for channel in CHANNELS if not channel.is_private]
    assert error_of(lambda: slack.conversations_info(channel="G0SECRET")) == "channel_not_found"
    assert error_of(lambda: slack.chat_postMessage(channel="G0SECRET", text="hello")) == "channel_not_found"
    workspace.team.change_channel("G0SECRET", bot_is_member=True)
    assert slack.conversations_info(channel="G0SECRET")["channel"]["is_private"]
    assert "salaries" in [one["name"] for one in slack.users_conversations(types=kinds)["channels"]]


def test_a_channel_of_two_companies_is_marked(workspace: Workspace, slack: WebClient) -> None:
    shared = slack.conversations_info(channel="C0PARTNERS")["channel"]
    assert (shared["is_ext_shared"], shared["is_pending_ext_shared"]) == (True, False)
    workspace.team.change_channel("C0GENERAL", is_pending_ext_shared=True)
    assert slack.conversations_info(channel="C0GENERAL")["channel"]["is_pending_ext_shared"]


def test_a_post_an_edit_and_a_deletion_are_seen_by_everybody(workspace: Workspace, slack: WebClient) -> None:
    posted = slack.chat_postMessage(channel="C0GENERAL", text="one", blocks=[{"type": "divider"}])
    slack.chat_update(channel="C0GENERAL", ts=posted["ts"], text="two")
    (seen,) = workspace.team.conversation("C0GENERAL", "U0KENJI")
    assert (seen.text, seen.is_edited, seen.message_id) == ("two", True, posted["ts"])
    slack.chat_delete(channel="C0GENERAL", ts=posted["ts"])
    assert workspace.team.conversation("C0GENERAL") == []
    assert error_of(lambda: slack.chat_update(channel="C0GENERAL", ts=posted["ts"], text="x")) == "message_not_found"


def test_only_our_own_messages_can_be_edited_or_deleted(workspace: Workspace, slack: WebClient) -> None:
    ts = workspace.team.add("C0GENERAL", author_id="U0ADA", text="good morning").message_id
    assert error_of(lambda: slack.chat_update(channel="C0GENERAL", ts=ts, text="x")) == "cant_update_message"
    assert error_of(lambda: slack.chat_delete(channel="C0GENERAL", ts=ts)) == "cant_delete_message"


@pytest.mark.parametrize(("length", "is_fine"), [(4_000, True), (4_001, False)])
def test_an_edit_may_say_less_than_a_post(slack: WebClient, length: int, is_fine: bool) -> None:
    ts = slack.chat_postMessage(channel="C0GENERAL", text="short")["ts"]

    def edit() -> Any:
        return slack.chat_update(channel="C0GENERAL", ts=ts, text="x" * length)

    if is_fine:
        assert edit()["ok"]
    else:
        assert error_of(edit) == "msg_too_long"


def test_each_kind_of_conversation_needs_its_own_scope(workspace: Workspace, slack: WebClient) -> None:
    workspace.scopes.discard("groups:read")
    assert slack.conversations_list(types="public_channel")["ok"]
    for kinds in ("private_channel", "public_channel,private_channel", "im"):
        with pytest.raises(SlackApiError) as caught:
            slack.conversations_list(types=kinds)
        assert caught.value.response["needed"] == ("im:read" if kinds == "im" else "groups:read")
    assert error_of(lambda: slack.conversations_list(types="phone")) == "invalid_types"


def test_a_private_answer_is_seen_by_one_person_and_cannot_be_edited(workspace: Workspace, slack: WebClient) -> None:
    sent = slack.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="for you")
    assert [one.text for one in workspace.team.conversation("C0GENERAL", "U0ADA")] == ["for you"]
    assert workspace.team.conversation("C0GENERAL", "U0KENJI") == []
    ts = sent["message_ts"]
    assert error_of(lambda: slack.chat_update(channel="C0GENERAL", ts=ts, text="x")) == "message_not_found"
    stranger = lambda: slack.chat_postEphemeral(channel="C0GENERAL", user="U0XAVER", text="x")  # noqa: E731  one call
    assert error_of(stranger) == "user_not_in_channel"


def test_a_post_to_a_person_lands_in_their_direct_message(workspace: Workspace, slack: WebClient) -> None:
    opened = slack.conversations_open(users="U0ADA")["channel"]["id"]
    assert slack.chat_postMessage(channel="U0ADA", text="psst")["channel"] == opened
    assert [one.text for one in workspace.team.conversation(opened, "U0ADA")] == ["psst"]


@pytest.mark.parametrize(
    ("user", "error"),
    [
        ("U0YVES", "user_disabled"),
        ("U0STANDUP", "cannot_dm_bot"),
        ("U0XAVER", "user_not_visible"),
        ("U0NOBODY", "user_not_found"),
    ],
)
def test_some_people_have_no_direct_message(slack: WebClient, user: str, error: str) -> None:
    assert error_of(lambda: slack.conversations_open(users=user)) == error


def test_where_the_bot_may_not_write_it_is_told_why(workspace: Workspace, slack: WebClient) -> None:
    def post() -> Any:
        return slack.chat_postMessage(channel="C0PLATFORM", text="hello")

    workspace.team.change_channel("C0PLATFORM", bot_is_member=False)
    assert error_of(post) == "not_in_channel"
    workspace.scopes.add("chat:write.public")
    assert post()["ok"]
    workspace.team.change_channel("C0PLATFORM", is_archived=True)
    assert error_of(post) == "is_archived"
    workspace.team.change_person("U0ADA", role="deactivated")
    assert error_of(lambda: slack.chat_postMessage(channel="U0ADA", text="hello")) == "user_disabled"


@pytest.mark.parametrize(("length", "is_fine"), [(40_000, True), (40_001, False)])
def test_a_text_has_a_longest_length(slack: WebClient, length: int, is_fine: bool) -> None:
    def post() -> Any:
        return slack.chat_postMessage(channel="C0GENERAL", text="x" * length)

    if is_fine:
        assert post()["ok"]
    else:
        assert error_of(post) == "msg_too_long"


def test_bad_blocks_are_refused_with_the_place_and_shown_on_the_page(workspace: Workspace, slack: WebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    wanted = ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert caught.value.response["response_metadata"]["messages"] == wanted
    (banner,) = workspace.team.conversation("C0GENERAL")
    assert (banner.kind, banner.text.startswith("Slack refused: invalid_blocks")) == ("banner", True)


def test_blocks_can_be_judged_without_posting_them(workspace: Workspace, slack: WebClient) -> None:
    assert slack.blocks_validate(blocks=[{"type": "divider"}])["ok"]
    assert error_of(lambda: slack.blocks_validate(blocks=[{"type": "hologram"}])) == "invalid_blocks"
    assert workspace.team.conversation("C0GENERAL") == []


def test_a_trigger_opens_one_modal_within_three_seconds(
    workspace: Workspace, slack: WebClient, seconds: Seconds
) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Budget"}, "blocks": [{"type": "divider"}]}
    trigger = workspace.team.surfaces.open_trigger("U0ADA")
    view_id = slack.views_open(trigger_id=trigger, view=modal)["view"]["id"]
    assert slack.views_update(view_id=view_id, view=modal)["view"]["hash"] == "v.2"
    assert error_of(lambda: slack.views_open(trigger_id=trigger, view=modal)) == "exchanged_trigger_id"
    late = workspace.team.surfaces.open_trigger("U0ADA")
    seconds.now = 3.1
    assert error_of(lambda: slack.views_open(trigger_id=late, view=modal)) == "expired_trigger_id"


def test_a_home_tab_is_kept_and_an_old_one_does_not_overwrite_it(slack: WebClient, workspace: Workspace) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    old = slack.views_publish(user_id="U0ADA", view=home)["view"]["hash"]
    slack.views_publish(user_id="U0ADA", view=home, hash=old)
    assert error_of(lambda: slack.views_publish(user_id="U0ADA", view=home, hash=old)) == "hash_conflict"


def test_the_log_of_calls_holds_what_was_asked_and_never_a_token(workspace: Workspace, slack: WebClient) -> None:
    slack.chat_postMessage(channel="C0GENERAL", text="hello")
    httpx.post(f"{slack.base_url}auth.test", data={"token": BOT_TOKEN})
    assert [call.method for call in workspace.calls] == ["chat.postMessage", "auth.test"]
    assert workspace.calls[0].arguments["text"] == "hello"
    assert BOT_TOKEN not in repr(workspace.calls)
    assert BOT_TOKEN not in repr(workspace.team.journal.recent())
