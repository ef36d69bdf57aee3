"""Where an interaction came from. What cannot be told for sure is an unknown place, where no figure is shown."""

import json
from typing import Any

import pytest

from bot.listeners.origin import Origin, Surface, origin_of


def modal(metadata: object) -> dict[str, Any]:
    written = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return {"view": {"type": "modal", "id": "V1", "private_metadata": written}}


def test_a_button_of_a_message_is_answered_in_its_channel() -> None:
    origin = origin_of(
        {
            "channel": {"id": "C1"},
            "response_url": "https://hooks.slack.com/x",
            "trigger_id": "1.2",
            "container": {"message_ts": "3.4"},
        }
    )
    assert origin == Origin(
        surface=Surface.MESSAGE,
        channel_id="C1",
        response_url="https://hooks.slack.com/x",
        trigger_id="1.2",
        view_id=None,
        from_home=False,
        message_ts="3.4",
    )


def test_the_home_tab_is_private() -> None:
    origin = origin_of({"view": {"type": "home", "id": "V1"}, "trigger_id": "1.2"})
    assert (origin.surface, origin.channel_id, origin.from_home) == (Surface.HOME, None, True)


@pytest.mark.parametrize("channel_id", ["C1", None])
@pytest.mark.parametrize("message_ts", ["3.4", None])
def test_a_modal_knows_where_it_was_opened(channel_id: str | None, message_ts: str | None) -> None:
    opened = Origin(
        surface=Surface.MESSAGE,
        channel_id=channel_id,
        response_url=None,
        trigger_id="",
        view_id=None,
        from_home=channel_id is None,
        message_ts=message_ts,
    )
    origin = origin_of(modal(opened.metadata))
    assert origin.surface is Surface.MODAL
    assert (origin.channel_id, origin.from_home, origin.message_ts) == (channel_id, channel_id is None, message_ts)


def test_a_form_on_home_about_a_channel_is_about_that_channel_and_home_is_behind_it() -> None:
    origin = origin_of(modal({"channel": "C1", "home": True, "message": None}))
    assert (origin.channel_id, origin.from_home) == ("C1", True)


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "{",
        "null",
        "[]",
        '"C1"',
        {},
        {"home": True},
        {"home": 1, "channel": None},
        {"home": "yes", "channel": None},
        {"channel": None},
        {"channel": None, "home": False},
        {"channel": 5, "home": True},
        {"channel": ["C1"], "home": False},
    ],
)
def test_a_modal_that_does_not_say_where_it_was_opened_is_nowhere(metadata: object) -> None:
    assert origin_of(modal(metadata)).channel_id == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"view": None},
        {"view": {}},
        {"channel": None},
        {"channel": {}},
        {"channel": {"id": None}},
        {"container": {"type": "view"}},
        {"container": None, "channel": {"id": ""}},
    ],
)
def test_a_payload_without_a_place_is_nowhere(body: dict[str, Any]) -> None:
    assert origin_of(body).channel_id == ""


def test_a_view_of_a_kind_that_we_never_made_is_no_home() -> None:
    origin = origin_of({"view": {"type": "workflow_step", "id": "V1"}})
    assert (origin.channel_id, origin.from_home) == ("", False)
