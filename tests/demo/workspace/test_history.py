"""What a bot can read back of a conversation, asked by Slack's own SDK."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.workspace import Workspace
from tests.slack_workspace import Stage, client_of, new_workspace, stage

NAMED = {"type": "section", "block_id": "digest/C0GENERAL", "text": {"type": "mrkdwn", "text": "hello"}}
MARK = {"event_type": "ccost_notice", "event_payload": {"key": "digest/C0GENERAL/2026-11-20/daily"}}
KINDS = [
    ("C0GENERAL", "channels:history"),
    ("G0SECRET", "groups:history"),
    ("D0ADA", "im:history"),
]


class Time:
    """A clock and a stopwatch that a test turns by hand; the clock gains a second with each look."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.looks = 0

    def clock(self) -> datetime:
        self.looks += 1
        return datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(seconds=self.looks)

    def stopwatch(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def workspace(time: Time) -> Workspace:
    made = new_workspace(time.clock, time.stopwatch)
    made.scopes |= {"channels:history", "groups:history", "im:history"}
    return made


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def slack(workspace: Workspace, served: Stage) -> WebClient:
    served.app = workspace.app
    return client_of(workspace, served.origin)


def texts(slack: WebClient, **asked: object) -> list[str]:
    return [one["text"] for one in slack.conversations_history(channel="C0GENERAL", **asked)["messages"]]  # type: ignore[arg-type]


def refusal(slack: WebClient, **asked: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        slack.conversations_history(**({"channel": "C0GENERAL"} | asked))  # type: ignore[arg-type]
    return str(caught.value.response["error"])


def post(slack: WebClient, *words: str) -> list[str]:
    return [slack.chat_postMessage(channel="C0GENERAL", text=one)["ts"] for one in words]


def test_a_message_comes_back_as_it_was_posted_with_our_own_names_on_it(slack: WebClient) -> None:
    posted = slack.chat_postMessage(
        channel="C0GENERAL", text="hello", blocks=[NAMED, {"type": "divider"}], metadata=MARK
    )
    (found,) = slack.conversations_history(channel="C0GENERAL", include_all_metadata=True)["messages"]
    assert found == {
        "type": "message",
        "user": "U0CCOST",
        "bot_id": "B0CCOST",
        "app_id": "A0CCOST",
        "team": "T0HOSHINO",
        "ts": posted["ts"],
        "text": "hello",
        "blocks": [NAMED, {"type": "divider", "block_id": "auto1"}],
        "metadata": MARK,
    }
    assert found == posted["message"]


def test_metadata_are_told_only_when_asked_for(slack: WebClient) -> None:
    slack.chat_postMessage(channel="C0GENERAL", text="hello", metadata=MARK)
    (found,) = slack.conversations_history(channel="C0GENERAL")["messages"]
    assert "metadata" not in found


def test_the_newest_comes_first_and_what_people_say_is_there_too(workspace: Workspace, slack: WebClient) -> None:
    post(slack, "one")
    workspace.team.add("C0GENERAL", author_id="U0ADA", text="good morning")
    post(slack, "two")
    assert texts(slack) == ["two", "good morning", "one"]
    people = [one.get("bot_id") for one in slack.conversations_history(channel="C0GENERAL")["messages"]]
    assert people == ["B0CCOST", None, "B0CCOST"]


def test_an_edit_shows_and_a_deletion_takes_away(slack: WebClient) -> None:
    first, second = post(slack, "one", "two")
    slack.chat_update(channel="C0GENERAL", ts=first, text="changed")
    slack.chat_delete(channel="C0GENERAL", ts=second)
    (found,) = slack.conversations_history(channel="C0GENERAL")["messages"]
    assert (found["text"], found["edited"]["user"]) == ("changed", "U0CCOST")


def test_what_only_one_person_saw_is_not_history(workspace: Workspace, slack: WebClient) -> None:
    slack.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="for you")
    workspace.team.add("C0GENERAL", kind="typed", author_id="U0ADA", text="/ccost me", visible_to="U0ADA")
    workspace.team.add("C0GENERAL", kind="banner", text="Slack refused")
    slack.chat_postMessage(channel="C0GENERAL", text="in a thread", thread_ts="1.0")
    assert texts(slack) == []


@pytest.mark.parametrize(
    ("oldest", "latest", "inclusive", "found"),
    [
        (None, None, False, "cba"),
        ("a", None, False, "cb"),
        ("a", None, True, "cba"),
        (None, "c", False, "ba"),
        (None, "c", True, "cba"),
        ("a", "c", False, "b"),
        ("b", "b", True, "b"),
        ("b", "b", False, ""),
    ],
)
def test_the_ends_of_a_window_belong_to_it_only_when_inclusive(
    slack: WebClient, oldest: str | None, latest: str | None, inclusive: bool, found: str
) -> None:
    at = dict(zip("abc", post(slack, "a", "b", "c"), strict=True))
    asked = {"oldest": at.get(oldest or ""), "latest": at.get(latest or ""), "inclusive": inclusive}
    assert "".join(texts(slack, **asked)) == found


def test_times_are_compared_as_numbers_and_not_as_words(slack: WebClient) -> None:
    post(slack, "now")
    assert texts(slack, oldest="999999999") == ["now"]  # in 2001, one digit shorter
    assert texts(slack, latest="9999999999") == ["now"]


def test_pages_join_without_gap_or_repeat_though_something_is_said_meanwhile(slack: WebClient) -> None:
    post(slack, *"abcde")
    first = slack.conversations_history(channel="C0GENERAL", limit=2)
    post(slack, "f")
    seen, page = [one["text"] for one in first["messages"]], first
    while page["has_more"]:
        cursor = page["response_metadata"]["next_cursor"]
        page = slack.conversations_history(channel="C0GENERAL", limit=2, cursor=cursor)
        seen += [one["text"] for one in page["messages"]]
    assert seen == ["e", "d", "c", "b", "a"]
    assert page["response_metadata"]["next_cursor"] == ""


@pytest.mark.parametrize(("limit", "has_more"), [(2, True), (3, False)])
def test_more_is_said_only_when_there_is_more(slack: WebClient, limit: int, has_more: bool) -> None:
    post(slack, *"abc")
    assert slack.conversations_history(channel="C0GENERAL", limit=limit)["has_more"] is has_more


def test_one_answer_holds_a_hundred_messages_unless_asked_for_up_to_999(workspace: Workspace, slack: WebClient) -> None:
    for number in range(1_000):
        workspace.team.add("C0GENERAL", text=str(number))
    assert [len(texts(slack)), len(texts(slack, limit=999)), len(texts(slack, limit=5_000))] == [100, 999, 999]


@pytest.mark.parametrize(("channel", "scope"), KINDS)
def test_each_kind_of_conversation_needs_its_own_history_scope(
    workspace: Workspace, slack: WebClient, channel: str, scope: str
) -> None:
    workspace.team.change_channel("G0SECRET", bot_is_member=True)
    assert slack.conversations_history(channel=channel)["messages"] == []
    workspace.scopes.remove(scope)
    with pytest.raises(SlackApiError) as caught:
        slack.conversations_history(channel=channel)
    assert (caught.value.response["error"], caught.value.response["needed"]) == ("missing_scope", scope)


def test_the_app_as_installed_by_default_reads_no_history(served: Stage) -> None:
    workspace = new_workspace()
    served.app = workspace.app
    for channel, _ in KINDS[::2]:
        assert refusal(client_of(workspace, served.origin), channel=channel) == "missing_scope"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"channel": "G0SECRET"}, "channel_not_found"),
        ({"channel": "U0ADA"}, "channel_not_found"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "nan"}, "invalid_ts_latest"),
        ({"cursor": "page:1"}, "invalid_cursor"),
        ({"cursor": "next_ts:soon"}, "invalid_cursor"),
        ({"limit": "many"}, "invalid_limit"),
    ],
)
def test_what_makes_no_sense_is_refused(slack: WebClient, asked: dict[str, object], error: str) -> None:
    assert refusal(slack, **asked) == error


def test_a_bot_that_is_not_in_the_channel_reads_nothing(workspace: Workspace, slack: WebClient) -> None:
    workspace.team.change_channel("C0GENERAL", bot_is_member=False)
    assert refusal(slack) == "not_in_channel"


@pytest.mark.parametrize(("seconds", "is_there"), [(29.9, False), (30, True)])
def test_history_may_lag_behind_by_real_seconds(
    workspace: Workspace, slack: WebClient, time: Time, seconds: float, is_there: bool
) -> None:
    workspace.team.history_lag_seconds = 30
    post(slack, "fresh")
    time.seconds = seconds
    assert texts(slack) == (["fresh"] if is_there else [])
    assert [one.text for one in workspace.team.conversation("C0GENERAL")] == ["fresh"]  # people see it at once
