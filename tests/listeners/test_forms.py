"""Forms in bad weather: what is sent off is done once, and what is wrong stays in the form, over both transports."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.faults import hang, refused
from bot.store import members, requests
from tests.at_slack import ADMIN, CHANNEL, MEMBER, Conversation, form, home, logged, message, put_away, top
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried

LATE = "Slack gave up waiting"


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as demo:
        yield demo


@pytest.fixture
def demo(running: Playground) -> Iterator[Playground]:
    yield unhurried(running)
    put_away(running)


def test_a_form_that_is_no_more_says_so_in_its_place(demo: Playground) -> None:
    opened = open_by_hand(demo, "gone")
    demo.sender.submit(MEMBER, opened, {"what": "x"})
    assert "older version" in str(top(demo)["blocks"])


def test_that_a_modal_was_closed_is_nothing_to_us(demo: Playground) -> None:
    opened = open_by_hand(demo, "budget", notify_on_close=True)
    demo.sender.close(MEMBER, opened)
    assert demo.sender.command(MEMBER, CHANNEL, "help").status == "answered"


def open_by_hand(demo: Playground, callback_id: str, **more: Any) -> str:
    """Open a form that no button of ours opens, and give its id."""
    words = {"type": "plain_text", "text": "Old"}
    field = {
        "type": "input",
        "block_id": "what",
        "label": words,
        "element": {"type": "plain_text_input", "action_id": "value"},
    }
    view = {"type": "modal", "callback_id": callback_id, "title": words, "submit": words, "blocks": [field], **more}
    trigger_id = demo.workspace.team.surfaces.open_trigger(MEMBER)
    return str(demo.bot.rt.slack.views_open(trigger_id=trigger_id, view=view)["view"]["id"])


@pytest.mark.parametrize("why", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"])
def test_a_form_that_slack_opens_no_more_is_explained_below_its_message(demo: Playground, why: str) -> None:
    asked = message(demo, "budget")
    demo.workspace.faults.add("views.open", refused(why))
    read = Conversation(demo)
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: read.new)
    assert LATE in read.new[0]
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: top(demo).get("submit"))


def test_a_form_that_cannot_be_opened_for_another_reason_is_explained_with_an_id(demo: Playground) -> None:
    asked = message(demo, "budget")
    demo.workspace.faults.add("views.open", refused("internal_error"))
    read = Conversation(demo)
    demo.sender.press(MEMBER, asked, "open.budget")
    until(lambda: read.new)
    assert "Something went wrong" in read.new[0]


def test_a_modal_that_is_closed_while_it_is_being_filled_stays_closed(demo: Playground) -> None:
    view_id = home(demo)
    demo.workspace.faults.add("views.open", hang(0.6, lands=True))
    demo.sender.press_view(MEMBER, view_id, "open.budget")
    until(lambda: top(demo))
    demo.sender.close(MEMBER, str(top(demo)["id"]))
    until(lambda: logged(demo, "modal_update_failed"))
    assert not top(demo)
    assert demo.sender.command(MEMBER, CHANNEL, "help").status == "answered"


def test_a_form_that_is_sent_off_twice_does_it_once(demo: Playground) -> None:
    view_id = form(demo, "open.budget")
    demo.sender.submit(MEMBER, view_id, {"amount": "$300"})
    demo.sender.close(MEMBER, view_id)
    demo.sender.press_view(MEMBER, home(demo), "open.budget")
    until(lambda: top(demo).get("submit"))
    by_hand = demo.bot.rt.slack.views_open(
        trigger_id=demo.workspace.team.surfaces.open_trigger(MEMBER, str(top(demo)["id"])),
        view=request_form(),
    )["view"]["id"]
    transport = demo.sender._transport
    once = transport.deliver

    def twice(kind: Any, payload: Mapping[str, Any], retry: Any = None) -> Mapping[str, Any]:
        once(kind, payload, retry)
        time.sleep(1.1)  # else it is the same signed request
        return once(kind, payload, retry)

    transport.deliver = twice  # type: ignore[method-assign]
    try:
        demo.sender.submit(MEMBER, str(by_hand), {"amount": "$321", "reason": "a migration"})
    finally:
        del transport.deliver
    assert "$321" in str(top(demo)["blocks"])
    with demo.bot.rt.sessions() as session:
        member = members.by_slack_id(session, MEMBER)
        assert member is not None
        assert len(requests.open_of(session, member.member_id)) == 1


def request_form() -> dict[str, Any]:
    """Build the form for a request as the bot does."""
    words = {"type": "plain_text", "text": "Ask"}
    fields = [
        {
            "type": "input",
            "block_id": name,
            "label": words,
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
        for name in ("amount", "reason")
    ]
    return {
        "type": "modal",
        "callback_id": "request",
        "title": words,
        "submit": words,
        "blocks": fields,
        "private_metadata": '{"channel": null, "home": true, "message": null}',
    }


def test_a_wrong_field_stays_in_the_form_also_where_the_answer_takes_long(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    outcome = demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL, "other_zone": "Atlantis"})
    assert "Atlantis" in outcome.text
    assert "`" not in outcome.text
    assert list(demo.workspace.team.surfaces.errors[view_id]) == ["other_zone"]
    assert top(demo, ADMIN)["submit"]


def test_a_form_waits_for_an_answer_that_needs_slack_first(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL})
    assert top(demo, ADMIN)["submit"] is None
    assert "digest" in str(top(demo, ADMIN)["blocks"]).lower()


def test_a_form_whose_answer_takes_too_long_is_filled_later(demo: Playground) -> None:
    view_id = form(demo, "open.digest", ADMIN)
    demo.workspace.faults.add("conversations.info", hang(2.0, lands=True))
    demo.sender.submit(ADMIN, view_id, {"channel": CHANNEL})
    assert "One moment" in str(top(demo, ADMIN)["blocks"])
    until(lambda: "One moment" not in str(top(demo, ADMIN)["blocks"]))
    assert "digest" in str(top(demo, ADMIN)["blocks"]).lower()
    assert '"channel": "C0GENERAL"' in top(demo, ADMIN)["private_metadata"]
