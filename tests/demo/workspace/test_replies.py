"""Response URLs: answers to one act of one person, sent with Slack's own webhook client."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebhookClient

from bot.demo.workspace import Workspace
from tests.slack_workspace import Stage, new_workspace, stage


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


def response_url(workspace: Workspace, origin: str, original_id: str | None = None) -> WebhookClient:
    secret = workspace.team.open_response_url("U0ADA", "C0GENERAL", original_id)
    return WebhookClient(f"{origin}/response/{secret}", retry_handlers=[])


@pytest.mark.parametrize(("uses", "status"), [(5, 200), (6, 404)])
def test_a_response_url_answers_five_times(workspace: Workspace, origin: str, uses: int, status: int) -> None:
    url = response_url(workspace, origin)
    assert [url.send(text=str(use)).status_code for use in range(uses)][-1] == status
    assert len(workspace.team.conversation("C0GENERAL", "U0ADA")) == 5


@pytest.mark.parametrize(("minutes", "status"), [(30, 200), (30.1, 404)])
def test_a_response_url_lives_half_an_hour(
    workspace: Workspace, origin: str, seconds: Seconds, minutes: float, status: int
) -> None:
    url = response_url(workspace, origin)
    seconds.now = minutes * 60
    assert url.send(text="late").status_code == status


def test_an_answer_can_replace_or_delete_what_only_one_person_sees(workspace: Workspace, origin: str) -> None:
    url = response_url(workspace, origin)
    url.send(text="working on it", response_type="ephemeral")
    url.send(text="done", replace_original=True)
    (entry,) = workspace.team.conversation("C0GENERAL", "U0ADA")
    assert (entry.text, entry.is_edited, entry.visible_to) == ("done", True, "U0ADA")
    url.send(delete_original=True)
    assert workspace.team.conversation("C0GENERAL", "U0ADA") == []


def test_an_answer_for_everybody_says_so(workspace: Workspace, origin: str) -> None:
    url = response_url(workspace, origin)
    url.send(text="shared", response_type="in_channel")
    url.send(text="private")
    assert [one.text for one in workspace.team.conversation("C0GENERAL", "U0KENJI")] == ["shared"]


def test_an_answer_with_bad_blocks_is_refused(workspace: Workspace, origin: str) -> None:
    answer = response_url(workspace, origin).send(text="x", blocks=[{"type": "hologram"}])
    assert (answer.status_code, answer.body) == (400, "invalid_blocks")
    assert [one.kind for one in workspace.team.conversation("C0GENERAL", "U0ADA")] == ["banner"]
    assert workspace.team.conversation("C0GENERAL", "U0KENJI") == []
