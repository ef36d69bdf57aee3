"""People on the Home tab and in modals, against an app made with Slack's own framework, by HTTP and over a socket."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.workspace.sender import NotThere, Outcome
from bot.demo.workspace.viewing import TROUBLE
from tests.small_app import BUTTONS, FIELDS, OPTIONS, Office, modal

HOME = {"type": "home", "blocks": [{"type": "divider"}, BUTTONS[1]]}


def values_of(body: dict[str, Any]) -> dict[str, Any]:
    """Give what the app got, by block id."""
    return {block_id: fields["value"] for block_id, fields in body["view"]["state"]["values"].items()}


def send(office: Office, what: str) -> tuple[str, Outcome]:
    """Send a form whose text says how the app answers it."""
    view_id = office.open_form("U0ADA")
    return view_id, office.sender.submit("U0ADA", view_id, {"what": what})


def titles(office: Office, user_id: str = "U0ADA") -> list[str]:
    """Give the titles of the modals in front of somebody."""
    return [view["title"]["text"] for view in office.workspace.team.modals(user_id)]


def test_a_form_sends_what_was_filled_in_and_what_stood_there(either: Office) -> None:
    view_id = either.open_form("U0ADA")
    filled = {"what": "x", "colour": "blue", "ticks": ["red", "blue"], "who": "U0KENJI", "where": "C0PLATFORM"}
    assert either.sender.submit("U0ADA", view_id, filled).status == "acknowledged"
    (body,) = either.received
    assert values_of(body) == {
        "what": {"type": "plain_text_input", "value": "x"},
        "colour": {"type": "static_select", "selected_option": OPTIONS[2]},
        "ticks": {"type": "checkboxes", "selected_options": [OPTIONS[0], OPTIONS[2]]},
        "time": {"type": "timepicker", "selected_time": "09:30"},
        "where": {"type": "conversations_select", "selected_conversation": "C0PLATFORM"},
        "who": {"type": "users_select", "selected_user": "U0KENJI"},
        "people": {"type": "multi_users_select", "selected_users": ["U0ADA", "U0KENJI"]},
    }
    assert (body["type"], body["user"]["id"], body["view"]["callback_id"]) == ("view_submission", "U0ADA", "form")
    assert (body["response_urls"], body["team"]["id"], body["view"]["id"]) == ([], "T0HOSHINO", view_id)
    assert "response_url" not in body
    assert body["trigger_id"]
    assert titles(either) == []  # a bare acknowledgement closes it


def test_an_emptied_field_is_sent_as_nothing(either: Office) -> None:
    view_id = either.open_form("U0ADA")
    either.sender.submit("U0ADA", view_id, {"ticks": [], "who": ""})
    sent = values_of(either.received[0])
    assert (sent["ticks"]["selected_options"], sent["who"]["selected_user"]) == ([], None)


@pytest.mark.parametrize(
    ("block_id", "value"), [("what", ""), ("colour", []), ("time", None), ("where", ""), ("people", [])]
)
def test_slack_itself_asks_for_what_is_missing_and_sends_nothing(by_http: Office, block_id: str, value: Any) -> None:
    view_id = by_http.open_form("U0ADA", modal("Form", *FIELDS))
    outcome = by_http.sender.submit("U0ADA", view_id, {block_id: value})
    assert (outcome.status, outcome.banner) == ("refused", "Please complete all required fields.")
    assert by_http.workspace.team.view_errors[view_id] == {block_id: "Please complete all required fields."}
    assert by_http.received == []
    assert titles(by_http) == ["Form"]


@pytest.mark.parametrize(("length", "status"), [(20, "acknowledged"), (21, "refused")])
def test_a_text_is_no_longer_than_its_field_allows(by_http: Office, length: int, status: str) -> None:
    view_id = by_http.open_form("U0ADA")
    assert by_http.sender.submit("U0ADA", view_id, {"what": "x" * length}).status == status
    assert len(by_http.received) == (status == "acknowledged")


@pytest.mark.parametrize(
    ("block_id", "value"),
    [
        ("colour", "pink"),
        ("colour", ["red", "blue"]),
        ("ticks", ["red", "pink"]),
        ("time", "24:00"),
        ("time", "9:30"),
        ("where", "C0PARTNERS"),  # shared with another company: the field's filter leaves it out
        ("where", "G0SECRET"),  # Ada is not in it
        ("where", "D0ADA"),  # no channel
        ("who", "U0NOBODY"),
        ("who", "U0YVES"),  # has left
        ("nowhere", "x"),
    ],
)
def test_nobody_can_choose_what_is_not_offered(by_http: Office, block_id: str, value: Any) -> None:
    view_id = by_http.open_form("U0ADA")
    with pytest.raises(NotThere):
        by_http.sender.submit("U0ADA", view_id, {block_id: value})
    assert by_http.received == []


def test_an_admin_is_offered_the_private_channel_that_they_are_in(by_http: Office) -> None:
    view_id = by_http.open_form("U0CHLOE")
    assert by_http.sender.submit("U0CHLOE", view_id, {"where": "G0SECRET"}).status == "acknowledged"


def test_errors_stay_under_their_fields_with_what_was_typed(either: Office) -> None:
    view_id, outcome = send(either, "errors")
    assert (outcome.status, outcome.text) == ("answered", "Not that one.")
    team = either.workspace.team
    assert team.view_errors[view_id] == {"colour": "Not that one."}
    assert team.modals("U0ADA")[0]["state"]["values"]["what"]["value"]["value"] == "errors"
    assert either.sender.submit("U0ADA", view_id, {"what": "fine"}).status == "acknowledged"
    assert (titles(either), view_id in team.view_errors) == ([], False)


def test_a_form_can_be_changed_by_its_answer(either: Office) -> None:
    view_id, _ = send(either, "update")
    assert titles(either) == ["Changed"]
    assert [view["id"] for view in either.workspace.team.modals("U0ADA")] == [view_id]


def test_a_form_can_get_another_on_top_and_all_can_be_cleared(either: Office) -> None:
    view_id, _ = send(either, "push")
    assert titles(either) == ["Form", "On top"]
    with pytest.raises(NotThere):
        either.sender.submit("U0ADA", view_id, {})  # the lower one cannot be reached
    top = either.workspace.team.modals("U0ADA")[-1]["id"]
    either.sender.submit("U0ADA", top, {"what": "clear"})
    assert titles(either) == []


def test_a_bare_acknowledgement_goes_back_to_the_form_below(either: Office) -> None:
    send(either, "push")
    top = either.workspace.team.modals("U0ADA")[-1]["id"]
    either.sender.submit("U0ADA", top, {"what": "close"})
    assert titles(either) == ["Form"]


@pytest.mark.parametrize("what", ["bad view", "bad field", "a message"])
def test_an_answer_that_slack_cannot_show_is_trouble_and_the_form_stays(either: Office, what: str) -> None:
    view_id, outcome = send(either, what)
    assert (outcome.status, outcome.banner) == ("refused", TROUBLE)
    assert either.workspace.team.view_errors[view_id] == {"": TROUBLE}
    assert titles(either) == ["Form"]


@pytest.mark.parametrize(("what", "status"), [("slow", "operation_timeout"), ("crash", "dispatch_failed")])
def test_a_form_without_an_answer_is_trouble_and_stays(by_http: Office, what: str, status: str) -> None:
    view_id, outcome = send(by_http, what)
    assert (outcome.status, outcome.banner, titles(by_http)) == (status, TROUBLE, ["Form"])
    assert by_http.sender.submit("U0ADA", view_id, {"what": "again"}).status == "acknowledged"


def test_a_button_of_the_home_tab_has_no_channel_and_no_response_url(either: Office) -> None:
    home = either.workspace.team.surfaces.publish("U0ADA", HOME)
    assert either.sender.press_view("U0ADA", home["id"], "form").status == "acknowledged"
    (body,) = either.received
    assert body["container"] == {"type": "view", "view_id": home["id"]}
    assert (body["view"]["type"], body["actions"][0]["action_id"]) == ("home", "form")
    assert not {"channel", "response_url", "message", "state"} & set(body)
    assert titles(either) == ["Form"]  # its trigger opens a modal


def test_a_button_in_a_modal_tells_what_is_filled_in_and_can_push(either: Office) -> None:
    view_id = either.open_form("U0ADA")
    either.sender.press_view("U0ADA", view_id, "form", values={"what": "half typed"})
    assert values_of(either.received[0])["what"]["value"] == "half typed"
    assert titles(either) == ["Form", "Form"]


def test_nobody_presses_or_sends_what_they_do_not_see(by_http: Office) -> None:
    home = by_http.workspace.team.surfaces.publish("U0ADA", HOME)
    form = by_http.open_form("U0ADA")
    sender = by_http.sender
    acts: tuple[Callable[[], Outcome], ...] = (
        lambda: sender.press_view("U0KENJI", home["id"], "form"),
        lambda: sender.submit("U0KENJI", form, {}),
        lambda: sender.close("U0KENJI", form),
        lambda: sender.press_view("U0ADA", form, "launch"),
        lambda: sender.press_view("U0ADA", home["id"], "form"),  # a modal is in front of it
        lambda: sender.press_view("U0STANDUP", home["id"], "form"),
    )
    for act in acts:
        with pytest.raises(NotThere):
            act()
    assert by_http.received == []


def test_a_failed_button_of_a_view_is_said_on_the_view(office: Office) -> None:
    home = office.workspace.team.surfaces.publish("U0ADA", HOME)
    outcome = office.sender.press_view("U0ADA", home["id"], "form")
    assert (outcome.status, outcome.banner) == ("dispatch_failed", "“Form” failed: dispatch_failed")
    assert office.workspace.team.view_errors[home["id"]] == {"": "“Form” failed: dispatch_failed"}


def test_a_closed_modal_is_told_only_where_the_app_asked(either: Office) -> None:
    either.sender.close("U0ADA", either.open_form("U0ADA"))
    assert either.received == []
    either.sender.close("U0ADA", either.open_form("U0ADA", modal(notify_on_close=True)))
    (body,) = either.received
    assert (body["type"], body["is_cleared"], body["view"]["state"]) == ("view_closed", False, {"values": {}})
    assert titles(either) == []


def test_the_cross_closes_every_modal(either: Office) -> None:
    send(either, "push")
    top = either.workspace.team.modals("U0ADA")[-1]["id"]
    either.sender.close("U0ADA", top, everything=True)
    assert titles(either) == []
