"""Messages that nobody asked for: where they land, what they carry, how fast, and who hears of the call."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.workspace import Workspace
from bot.demo.workspace.calls import Call
from bot.demo.workspace.faults import ratelimited, reset
from tests.slack_workspace import Stage, client_of, new_workspace, stage

MARK = {"event_type": "ccost_notice", "event_payload": {"key": "budget/7"}}


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
def slack(workspace: Workspace, served: Stage) -> WebClient:
    served.app = workspace.app
    return client_of(workspace, served.origin)


def refused(call: Callable[[], Any]) -> Any:
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value.response


@pytest.mark.parametrize(("to", "lands_in"), [("U0ADA", "D0ADA"), ("D0ADA", "D0ADA"), ("C0PARTNERS", "C0PARTNERS")])
def test_a_post_says_where_it_landed(workspace: Workspace, slack: WebClient, to: str, lands_in: str) -> None:
    posted = slack.chat_postMessage(channel=to, text="hello")
    assert posted["channel"] == lands_in
    assert [one.message_id for one in workspace.team.conversation(lands_in)] == [posted["ts"]]


@pytest.mark.parametrize("to", ["U0NOBODY", "C0NOWHERE", "G0SECRET", "U0XAVER", ""])
def test_a_post_to_what_the_bot_does_not_know_is_refused(slack: WebClient, to: str) -> None:
    assert refused(lambda: slack.chat_postMessage(channel=to, text="hello"))["error"] == "channel_not_found"


def test_an_archived_channel_takes_no_post(workspace: Workspace, slack: WebClient) -> None:
    workspace.team.change_channel("C0GENERAL", is_archived=True)
    assert refused(lambda: slack.chat_postMessage(channel="C0GENERAL", text="hello"))["error"] == "is_archived"


def test_a_persons_id_is_an_address_to_post_to_and_to_nothing_else(slack: WebClient) -> None:
    ts = slack.chat_postMessage(channel="U0ADA", text="one")["ts"]
    for call in (
        lambda: slack.chat_update(channel="U0ADA", ts=ts, text="two"),
        lambda: slack.chat_delete(channel="U0ADA", ts=ts),
        lambda: slack.conversations_info(channel="U0ADA"),
    ):
        assert refused(call)["error"] == "channel_not_found"
    assert slack.chat_update(channel="D0ADA", ts=ts, text="two")["ok"]


@pytest.mark.parametrize("flag", ["is_archived", "is_ext_shared", "is_pending_ext_shared", "is_private"])
def test_what_a_channel_is_now_is_told_by_both_methods(workspace: Workspace, slack: WebClient, flag: str) -> None:
    def told() -> list[bool]:
        kinds = "public_channel,private_channel"
        listed = {one["id"]: one for one in slack.conversations_list(types=kinds)["channels"]}
        return [listed["C0PLATFORM"][flag], slack.conversations_info(channel="C0PLATFORM")["channel"][flag]]

    assert told() == [False, False]
    workspace.team.change_channel("C0PLATFORM", **{flag: True})
    assert told() == [True, True]


def test_whether_the_bot_was_invited_is_told_by_both_methods(workspace: Workspace, slack: WebClient) -> None:
    def told() -> list[bool]:
        listed = {one["id"]: one for one in slack.conversations_list()["channels"]}
        return [
            one["is_member"]
            for one in (listed["C0PLATFORM"], slack.conversations_info(channel="C0PLATFORM")["channel"])
        ]

    assert told() == [True, True]
    workspace.team.change_channel("C0PLATFORM", bot_is_member=False)
    assert told() == [False, False]


def test_metadata_stay_through_edits_until_they_are_replaced_or_taken_away(
    workspace: Workspace, slack: WebClient
) -> None:
    posted = slack.chat_postMessage(channel="C0GENERAL", text="one", metadata=MARK)
    assert posted["message"]["metadata"] == MARK
    where = {"channel": "C0GENERAL", "ts": posted["ts"]}
    assert slack.chat_update(**where, text="two")["message"]["metadata"] == MARK
    other = MARK | {"event_type": "other"}
    assert slack.chat_update(**where, text="three", metadata=other)["message"]["metadata"] == other
    assert "metadata" not in slack.chat_update(**where, text="four", metadata={})["message"]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x", "event_payload": "y"}, "invalid_metadata_schema"),
    ],
)
def test_metadata_have_a_shape(workspace: Workspace, slack: WebClient, metadata: object, error: str) -> None:
    said = {"channel": "C0GENERAL", "text": "x", "metadata": metadata}
    answer = refused(lambda: slack.api_call("chat.postMessage", json=said))
    assert answer["error"] == error
    assert workspace.team.conversation("C0GENERAL") == []


# How fast


@pytest.mark.parametrize(
    ("per_second", "pause", "is_taken"), [(1, 0.99, False), (1, 1, True), (0.1, 9.9, False), (0.1, 10, True)]
)
def test_a_channel_takes_posts_only_so_fast(
    workspace: Workspace, slack: WebClient, seconds: Seconds, per_second: float, pause: float, is_taken: bool
) -> None:
    workspace.post_limit_per_second_per_channel = per_second
    slack.chat_postMessage(channel="U0ADA", text="one")
    slack.chat_postMessage(channel="C0GENERAL", text="another place")
    seconds.now = pause

    def again() -> Any:
        return slack.chat_postMessage(channel="D0ADA", text="two")  # the same place by its other name

    if is_taken:
        assert again()["ok"]
    else:
        answer = refused(again)
        assert (answer.status_code, answer["error"], answer.headers["retry-after"]) == (429, "ratelimited", "1")
    assert len(workspace.team.conversation("D0ADA")) == 1 + is_taken


def test_whoever_waits_as_told_is_served_and_a_refused_try_costs_no_time(
    workspace: Workspace, slack: WebClient, seconds: Seconds
) -> None:
    workspace.post_limit_per_second_per_channel = 0.1
    slack.chat_postMessage(channel="C0GENERAL", text="one")
    seconds.now = 3.5
    for _ in range(3):
        wait = refused(lambda: slack.chat_postMessage(channel="C0GENERAL", text="two")).headers["retry-after"]
        assert wait == "7"
    seconds.now += int(wait)
    assert slack.chat_postMessage(channel="C0GENERAL", text="two")["ok"]


def test_by_default_nobody_is_too_fast_and_edits_never_are(workspace: Workspace, slack: WebClient) -> None:
    for number in range(5):
        ts = slack.chat_postMessage(channel="C0GENERAL", text=str(number))["ts"]
    workspace.post_limit_per_second_per_channel = 1
    for number in range(5):
        assert slack.chat_update(channel="C0GENERAL", ts=ts, text=f"edit {number}")["ok"]


# Who hears of the call


class Witness:
    """Notes each call with what the workspace held at that moment."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.saw: list[tuple[str, bool, int]] = []
        workspace.on_call = self

    def __call__(self, call: Call, landed: bool) -> None:
        self.saw.append((call.method, landed, len(self.workspace.team.conversation("C0GENERAL"))))


def test_a_witness_is_told_before_and_after_the_deed(workspace: Workspace, slack: WebClient) -> None:
    witness = Witness(workspace)
    slack.chat_postMessage(channel="C0GENERAL", text="one")
    assert witness.saw == [("chat.postMessage", False, 0), ("chat.postMessage", True, 1)]


def test_the_answer_leaves_only_when_the_witness_lets_it(workspace: Workspace, slack: WebClient) -> None:
    landed, released, answered = threading.Event(), threading.Event(), threading.Event()

    def hold(call: Call, has_landed: bool) -> None:
        if has_landed:
            landed.set()
            released.wait(5)

    def post() -> None:
        slack.chat_postMessage(channel="C0GENERAL", text="one")
        answered.set()

    workspace.on_call = hold
    sender = threading.Thread(target=post)
    sender.start()
    assert landed.wait(5)
    assert [one.text for one in workspace.team.conversation("C0GENERAL")] == ["one"]
    assert not answered.is_set()
    released.set()
    sender.join(5)
    assert answered.is_set()


def test_what_slack_refuses_has_not_landed(workspace: Workspace, slack: WebClient) -> None:
    witness = Witness(workspace)
    refused(lambda: slack.chat_postMessage(channel="C0NOWHERE", text="one"))
    assert [landed for _, landed, _ in witness.saw] == [False]


@pytest.mark.parametrize(("fault", "told"), [(reset(lands=True), [False, True]), (reset(), []), (ratelimited(), [])])
def test_of_a_call_that_fails_on_purpose_a_witness_hears_only_if_it_lands(
    workspace: Workspace, slack: WebClient, fault: Any, told: list[bool]
) -> None:
    witness = Witness(workspace)
    workspace.faults.add("chat.postMessage", fault)
    with pytest.raises(Exception):  # noqa: B017, PT011  each fault has its own, see test_faults
        slack.chat_postMessage(channel="C0GENERAL", text="one")
    assert [landed for _, landed, _ in witness.saw] == told
