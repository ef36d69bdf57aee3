"""The Slack manifest asks for exactly what the code uses, and the README justifies each scope."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.listeners.commands import COMMAND
from bot.listeners.events import EVENTS
from bot.workspace import SCOPES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "app.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_app_has_the_one_command_and_mentions_arrive_as_ids(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert [command["command"] for command in commands] == [COMMAND]
    assert commands[0]["should_escape"] is True
    assert "url" not in commands[0]  # Socket Mode: no public address


def test_the_app_asks_for_exactly_the_scopes_the_code_names(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"] == {"scopes": {"bot": list(SCOPES)}}


def test_the_app_subscribes_to_exactly_the_events_the_code_listens_to(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)


def test_direct_messages_of_the_app_can_be_delivered(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True


def test_buttons_reach_us_and_no_public_address_is_needed(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}
    assert manifest["settings"]["socket_mode_enabled"] is True


def test_the_readme_justifies_each_scope_in_one_line() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z:.]+)` \| (.+?) \|$", readme, re.MULTILINE))
    assert {scope: rows.get(scope) for scope in SCOPES} == dict(SCOPES)


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        (("display_information", "name"), 35),
        (("display_information", "description"), 140),
        (("display_information", "long_description"), 4000),
        (("features", "bot_user", "display_name"), 80),
    ],
)
def test_the_manifest_stays_inside_slacks_lengths(
    manifest: dict[str, Any], path: tuple[str, ...], longest: int
) -> None:
    value: Any = manifest
    for name in path:
        value = value[name]
    assert 0 < len(value) <= longest
    if path[-1] == "long_description":
        assert len(value) >= 175
