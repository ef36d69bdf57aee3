"""Modals and Home tabs in the twin of Slack's Web API, asked by Slack's own SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.workspace import Workspace
from tests.slack_workspace import Stage, client_of, new_workspace, stage
from tests.small_app import field_of, modal, option

PLAIN = {"type": "modal", "title": {"type": "plain_text", "text": "Budget"}, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


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


def error_of(call: Callable[[], Any]) -> str:
    """Make a call that Slack refuses, and give its word."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def acted(workspace: Workspace, user_id: str = "U0ADA", view_id: str | None = None) -> str:
    """Give the trigger of something that somebody has just done."""
    return workspace.team.surfaces.open_trigger(user_id, view_id)


@pytest.mark.parametrize(("after", "error"), [(3.0, None), (3.1, "expired_trigger_id")])
def test_a_trigger_is_good_for_three_seconds(
    workspace: Workspace, slack: WebClient, seconds: Seconds, after: float, error: str | None
) -> None:
    trigger = acted(workspace)
    seconds.now = after

    def open_it() -> Any:
        return slack.views_open(trigger_id=trigger, view=PLAIN)

    if error is None:
        assert open_it()["ok"]
    else:
        assert error_of(open_it) == error


def test_a_trigger_opens_one_modal_and_an_invented_one_none(workspace: Workspace, slack: WebClient) -> None:
    trigger = acted(workspace)
    slack.views_open(trigger_id=trigger, view=PLAIN)
    assert error_of(lambda: slack.views_open(trigger_id=trigger, view=PLAIN)) == "exchanged_trigger_id"
    assert error_of(lambda: slack.views_open(trigger_id="1.2.3", view=PLAIN)) == "invalid_trigger_id"


def test_a_modal_opens_in_front_of_whoever_acted_and_nobody_else(workspace: Workspace, slack: WebClient) -> None:
    opened = slack.views_open(trigger_id=acted(workspace, "U0KENJI"), view=PLAIN)["view"]
    assert [view["id"] for view in workspace.team.modals("U0KENJI")] == [opened["id"]]
    assert workspace.team.modals("U0ADA") == []
    assert (opened["hash"], opened["root_view_id"], opened["previous_view_id"]) == ("v.1", opened["id"], None)
    assert opened["blocks"] == [{"type": "divider", "block_id": "auto0"}]


def test_three_modals_stand_on_one_another_and_a_fourth_does_not(workspace: Workspace, slack: WebClient) -> None:
    first = slack.views_open(trigger_id=acted(workspace), view=PLAIN)["view"]["id"]
    second = slack.views_push(trigger_id=acted(workspace, view_id=first), view=PLAIN)["view"]
    assert (second["previous_view_id"], second["root_view_id"]) == (first, first)
    third = slack.views_push(trigger_id=acted(workspace, view_id=second["id"]), view=PLAIN)["view"]["id"]
    fourth = lambda: slack.views_push(trigger_id=acted(workspace, view_id=third), view=PLAIN)  # noqa: E731  one call
    assert error_of(fourth) == "push_limit_reached"
    assert [view["id"] for view in workspace.team.modals("U0ADA")] == [first, second["id"], third]


def test_only_an_act_in_a_modal_can_push_another(workspace: Workspace, slack: WebClient) -> None:
    assert error_of(lambda: slack.views_push(trigger_id=acted(workspace), view=PLAIN)) == "not_found"


def test_a_modal_opened_from_elsewhere_takes_the_place_of_the_old_one(workspace: Workspace, slack: WebClient) -> None:
    first = slack.views_open(trigger_id=acted(workspace), view=PLAIN)["view"]["id"]
    second = slack.views_open(trigger_id=acted(workspace), view=PLAIN)["view"]["id"]
    assert [view["id"] for view in workspace.team.modals("U0ADA")] == [second]
    assert error_of(lambda: slack.views_update(view_id=first, view=PLAIN)) == "not_found"


def test_a_closed_modal_cannot_be_filled(workspace: Workspace, slack: WebClient) -> None:
    view_id = slack.views_open(trigger_id=acted(workspace), view=PLAIN)["view"]["id"]
    workspace.team.surfaces.close("U0ADA", view_id)
    assert error_of(lambda: slack.views_update(view_id=view_id, view=PLAIN)) == "not_found"
    assert workspace.team.modals("U0ADA") == []


def test_an_update_that_knows_an_old_state_is_refused(workspace: Workspace, slack: WebClient) -> None:
    opened = slack.views_open(trigger_id=acted(workspace), view=PLAIN)["view"]
    newer = slack.views_update(view_id=opened["id"], view=PLAIN, hash=opened["hash"])["view"]
    assert newer["hash"] != opened["hash"]
    stale = lambda: slack.views_update(view_id=opened["id"], view=PLAIN, hash=opened["hash"])  # noqa: E731  one call
    assert error_of(stale) == "hash_conflict"
    assert slack.views_update(view_id=opened["id"], view=PLAIN)["ok"]


def test_a_modal_is_found_by_the_name_that_the_app_gave_it(workspace: Workspace, slack: WebClient) -> None:
    named = PLAIN | {"external_id": "mine"}
    opened = slack.views_open(trigger_id=acted(workspace), view=named)["view"]["id"]
    assert slack.views_update(external_id="mine", view=named)["view"]["id"] == opened
    assert error_of(lambda: slack.views_update(external_id="other", view=named)) == "not_found"
    twice = lambda: slack.views_open(trigger_id=acted(workspace, "U0KENJI"), view=named)  # noqa: E731  one call
    assert error_of(twice) == "duplicate_external_id"


def test_a_home_tab_is_of_one_person_and_keeps_its_id(workspace: Workspace, slack: WebClient) -> None:
    first = slack.views_publish(user_id="U0ADA", view=HOME)["view"]
    again = slack.views_publish(user_id="U0ADA", view=HOME)["view"]
    home = workspace.team.home("U0ADA")
    assert home is not None
    assert (first["id"], again["id"], again["hash"]) == (home["id"], home["id"], "v.2")
    assert workspace.team.home("U0KENJI") is None
    assert error_of(lambda: slack.views_publish(user_id="U0NOBODY", view=HOME)) == "user_not_found"


def test_a_modal_is_no_home_tab_and_the_other_way_round(workspace: Workspace, slack: WebClient) -> None:
    assert error_of(lambda: slack.views_publish(user_id="U0ADA", view=PLAIN)) == "invalid_arguments"
    assert error_of(lambda: slack.views_open(trigger_id=acted(workspace), view=HOME)) == "invalid_arguments"
    home = slack.views_publish(user_id="U0ADA", view=HOME)["view"]["id"]
    assert error_of(lambda: slack.views_update(view_id=home, view=PLAIN)) == "invalid_arguments"


def test_a_bad_view_is_refused_with_the_place_and_costs_no_trigger(workspace: Workspace, slack: WebClient) -> None:
    trigger = acted(workspace)
    with pytest.raises(SlackApiError) as caught:
        slack.views_open(trigger_id=trigger, view=PLAIN | {"blocks": [{"type": "hologram"}]})
    answer = caught.value.response
    assert answer["error"] == "invalid_arguments"
    told = ["[ERROR] unsupported type: hologram [json-pointer:/view/blocks/0/type]"]
    assert answer["response_metadata"]["messages"] == told
    assert slack.views_open(trigger_id=trigger, view=PLAIN)["ok"]


def test_what_was_filled_in_stays_where_a_changed_form_keeps_the_field(workspace: Workspace, slack: WebClient) -> None:
    options = [option("red"), option("blue")]
    form = modal("Form", field_of("what", "plain_text_input"), field_of("colour", "static_select", options=options))
    view_id = slack.views_open(trigger_id=acted(workspace), view=form)["view"]["id"]
    typed = {"what": {"value": {"type": "plain_text_input", "value": "typed"}}}
    workspace.team.surfaces.hold(view_id, typed)
    told = slack.views_update(view_id=view_id, view=form)["view"]
    (held,) = workspace.team.modals("U0ADA")
    assert held["state"]["values"]["what"] == typed["what"]
    assert held["state"]["values"]["colour"] == {"value": {"type": "static_select", "selected_option": None}}
    assert told["state"] == {"values": {}}  # the app reads it when the form is sent off
    other = modal("Form", field_of("else", "plain_text_input", initial_value="new"))
    slack.views_update(view_id=view_id, view=other)
    (held,) = workspace.team.modals("U0ADA")
    assert held["state"]["values"] == {"else": {"value": {"type": "plain_text_input", "value": "new"}}}
