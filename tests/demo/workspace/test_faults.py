"""What can go wrong between a bot and Slack, as Slack's own SDK sees it."""

import http.client
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.workspace import Workspace, faults
from tests.slack_workspace import Stage, client_of, new_workspace, stage


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


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


@pytest.mark.parametrize(
    ("fault", "has_landed", "raised"),
    [
        (faults.ratelimited("7"), False, SlackApiError),
        (faults.server_error(503), False, SlackApiError),
        (faults.server_error(500, lands=True), True, SlackApiError),
        (faults.hang(1.5, lands=True), True, TimeoutError),
        (faults.reset(), False, http.client.RemoteDisconnected),
        (faults.reset(lands=True), True, http.client.RemoteDisconnected),
        (faults.truncated(), True, http.client.IncompleteRead),
        (faults.not_json(), True, SlackApiError),
        (faults.altered(ok=None), True, SlackApiError),
        (faults.refused("fatal_error"), False, SlackApiError),
    ],
    ids=lambda value: value.breaks or str(value.status) if isinstance(value, faults.Fault) else str(value),
)
def test_every_fault_costs_one_request_and_lands_or_not(
    workspace: Workspace, origin: str, fault: faults.Fault, has_landed: bool, raised: type[Exception]
) -> None:
    slack = client_of(workspace, origin, timeout=1)
    workspace.faults.add("chat.postMessage", fault)
    with pytest.raises(raised):
        slack.chat_postMessage(channel="C0GENERAL", text="once")
    assert len(workspace.calls) == 1
    assert len(workspace.team.conversation("C0GENERAL")) == has_landed
    assert slack.chat_postMessage(channel="C0GENERAL", text="again")["ok"]  # the fault is spent


def test_being_too_fast_is_told_with_the_seconds_to_wait(workspace: Workspace, slack: WebClient) -> None:
    workspace.faults.always("users.list", faults.ratelimited("7"))
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            slack.users_list()
        answer = caught.value.response
        assert (answer.status_code, answer["error"], answer.headers["retry-after"]) == (429, "ratelimited", "7")
    workspace.faults.clear()
    assert slack.users_list()["ok"]


def test_an_answer_can_lack_what_the_sender_needs(workspace: Workspace, slack: WebClient) -> None:
    workspace.faults.add("chat.postMessage", faults.altered(ts=None, channel="C0ELSEWHERE"))
    answer = slack.chat_postMessage(channel="C0GENERAL", text="hello")
    assert (answer.get("ts"), answer["channel"]) == (None, "C0ELSEWHERE")
