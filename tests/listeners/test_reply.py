"""Answers that come later: to Slack's own address only, once, and as plain text where charts are unknown."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.app import build_runtime
from bot.config import load_settings
from bot.demo.serving import serving
from bot.errors import UserError
from bot.listeners.reply import explain, payload, reply_later
from bot.runtime import Later, Runtime
from bot.views.blocks import Message, section
from bot.views.figures import Bar, bar_chart

CHART = Message("$1.00", [section("hello"), bar_chart("Spend", "Spend", "US dollars", [Bar("Nov 1", 10**9)])])


class Hook:
    """Slack's side of a response URL."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.bodies: list[dict[str, Any]] = []
        self.app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        return self.answers.pop(0) if self.answers else PlainTextResponse("ok")


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def rt(tmp_path: Path) -> Iterator[Runtime]:
    made = runtime(tmp_path, "http://127.0.0.1:1/api/")
    yield made
    made.later.close()
    made.store.close()


def runtime(folder: Path, slack_api_url: str) -> Runtime:
    environ = {"SLACK_API_URL": slack_api_url, "CCOST_DATABASE_URL": f"sqlite:///{folder / 'ccost.db'}"}
    return build_runtime(load_settings(environ, None))


def posted(hook: Hook, rt: Runtime, make: Callable[[], Message] = lambda: CHART) -> list[dict[str, Any]]:
    with serving(hook.app) as origin:
        assert reply_later(rt, f"{origin}/hook", rt.texts.of("en-US"), make)
        rt.later.close()
    return hook.bodies


def test_an_answer_is_private_and_replaces_nothing(hook: Hook, rt: Runtime) -> None:
    (body,) = posted(hook, rt)
    assert (body["response_type"], body["replace_original"], body["text"]) == ("ephemeral", False, "$1.00")


def test_where_slack_knows_no_charts_the_answer_comes_once_more_as_text(hook: Hook, rt: Runtime) -> None:
    hook.answers = [PlainTextResponse("invalid_blocks", 400)]
    first, second = posted(hook, rt)
    assert "data_visualization" in str(first)
    assert "data_visualization" not in str(second)
    assert "█" in str(second)


@pytest.mark.parametrize(("status", "body"), [(404, "used_url"), (500, "server_error"), (429, "ratelimited")])
def test_any_other_refusal_is_final(hook: Hook, rt: Runtime, status: int, body: str) -> None:
    hook.answers = [PlainTextResponse(body, status)] * 3
    assert len(posted(hook, rt)) == 1


def test_where_charts_are_known_to_be_unknown_the_first_answer_is_text(hook: Hook, rt: Runtime) -> None:
    rt.native_blocks = False
    (body,) = posted(hook, rt)
    assert "data_visualization" not in str(body)


def test_an_error_on_the_way_is_explained_with_an_id_and_tells_nothing_else(hook: Hook, rt: Runtime) -> None:
    def fail() -> Message:
        raise OSError("/var/secret/path")

    (body,) = posted(hook, rt, fail)
    assert "Something went wrong" in body["text"]
    assert "secret" not in str(body)


def test_figures_never_leave_for_another_address_than_slacks(hook: Hook, tmp_path: Path) -> None:
    rt = runtime(tmp_path, "https://slack.com/api/")
    assert posted(hook, rt) == []
    rt.store.close()


@pytest.mark.parametrize(
    "url", ["", "None", "file:///etc/passwd", "http://hooks.slack.com/x", "https://hooks.slack.com.example.com/x"]
)
def test_an_odd_address_is_refused_before_anything_is_sent(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    rt = runtime(tmp_path, "https://slack.com/api/")
    assert reply_later(rt, url, rt.texts.of(None), lambda: CHART)
    rt.later.close()
    assert [record.msg for record in caplog.records if record.name == "bot.listeners.reply"] == ["response_url_refused"]
    rt.store.close()


def test_a_user_error_is_its_own_sentence(rt: Runtime) -> None:
    message = explain(UserError("busy"), rt.texts.of("en-US"))
    assert message.text == rt.texts.of("en-US")("busy")
    assert payload(message, native_blocks=True)["response_type"] == "ephemeral"


def test_when_too_much_waits_the_caller_is_told_so_that_it_can_say_busy() -> None:
    later = Later(workers=1, waiting=1)
    release: list[int] = []

    def slow() -> None:
        while not release:
            time.sleep(0.01)

    assert [later(slow) for _ in range(3)] == [True, True, False]
    release.append(1)
    later.close()
