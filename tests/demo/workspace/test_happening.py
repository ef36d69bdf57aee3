"""Slack's events, against an app made with Slack's own framework, by HTTP and over a socket."""

import pytest
from slack_bolt import BoltResponse

from bot.demo.cast import CAST, Persona
from bot.demo.workspace.sender import NotThere, Sender
from bot.listeners.events import EVENTS
from tests.slack_workspace import Stage
from tests.small_app import Office

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


def test_opening_the_home_tab_is_told_with_its_view_once_there_is_one(either: Office) -> None:
    either.workspace.team.surfaces.publish("U0ADA", HOME)
    assert either.sender.open_home("U0KENJI").status == "acknowledged"
    either.sender.open_home("U0ADA")
    either.sender.open_messages("U0ADA")
    first, again, messages = [body["event"] for body in either.received]
    assert (first["type"], first["user"], first["channel"], first["tab"]) == (
        "app_home_opened",
        "U0KENJI",
        "D0KENJI",
        "home",
    )
    assert "view" not in first
    assert again["view"]["type"] == "home"
    assert (messages["tab"], "view" in messages) == ("messages", False)


def test_an_event_comes_in_slacks_envelope(either: Office) -> None:
    either.sender.event({"type": "app_uninstalled"})
    (body,) = either.received
    assert (body["type"], body["team_id"], body["api_app_id"]) == ("event_callback", "T0HOSHINO", "A0CCOST")
    assert body["authorizations"][0] | {"team_id": ""} == {
        "enterprise_id": None,
        "team_id": "",
        "user_id": "U0CCOST",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    assert body["event_id"].startswith("Ev")
    assert body["event_time"] == int(float(body["event"]["event_ts"]))


@pytest.mark.parametrize("user_id", ["U0STANDUP", "U0YVES", "U0XAVER", "U0NOBODY"])
def test_who_cannot_see_the_app_does_not_open_it(office: Office, user_id: str) -> None:
    with pytest.raises(NotThere):
        office.sender.open_home(user_id)


@pytest.mark.parametrize(("failures", "status"), [(0, "acknowledged"), (3, "acknowledged"), (4, "dispatch_failed")])
def test_an_event_is_told_four_times_at_most(by_http: Office, failures: int, status: str) -> None:
    by_http.event_answers.extend([BoltResponse(status=503)] * failures)
    assert by_http.sender.open_home("U0ADA").status == status
    reasons = ["", "http_error", "http_error", "http_error"]
    wanted = [(str(number or ""), reason) for number, reason in enumerate(reasons)]
    assert by_http.tries == wanted[: failures + 1]
    assert len({body["event_id"] for body in by_http.received}) == 1  # it is the same event


def test_an_app_can_ask_not_to_be_told_again(by_http: Office) -> None:
    by_http.event_answers.append(BoltResponse(status=503, headers={"x-slack-no-retry": "1"}))
    assert by_http.sender.open_home("U0ADA").status == "dispatch_failed"
    assert len(by_http.tries) == 1


def test_over_a_socket_what_is_not_acknowledged_comes_again(by_socket: Office) -> None:
    by_socket.received.clear()
    by_socket.tries.clear()
    by_socket.event_answers.append(BoltResponse(status=503))
    assert by_socket.sender.open_home("U0ADA").status == "acknowledged"
    assert by_socket.tries == [("0", ""), ("1", "timeout")]
    assert by_socket.received[0]["event_id"] == by_socket.received[1]["event_id"]


def test_slack_waits_longer_before_each_repetition(by_http: Office, slack_side: Stage) -> None:
    waited: list[float] = []
    patient = Sender(by_http.workspace, retry_after_seconds=(0, 60, 300), sleep=waited.append)
    patient.connect(slack_side.origin, "http://127.0.0.1:9/slack/events")  # nobody listens there
    assert patient.open_home("U0ADA").status == "dispatch_failed"
    assert waited == [0, 60, 300]


def test_the_last_event_can_come_once_more(either: Office) -> None:
    either.sender.open_home("U0ADA")
    assert either.sender.repeat_last_event().status == "acknowledged"
    first, second = either.received
    assert first["event_id"] == second["event_id"]
    assert either.tries[1] == ("1", "http_timeout")


def test_before_anything_happened_nothing_can_come_again(office: Office) -> None:
    with pytest.raises(NotThere):
        office.sender.repeat_last_event()


def test_people_who_change_are_described_as_they_are_now(either: Office) -> None:
    either.sender.make_guest("U0LARS")
    either.sender.deactivate("U0NOAH")
    either.sender.change_person("U0LARS", role="member", locale="ja-JP")
    either.sender.change_person("U0NOAH", role="member")
    either.sender.join(Persona(slack_user_id="U0NEW", name="New", email="new@example.com", habit=None))
    events = [body["event"] for body in either.received]
    assert [event["type"] for event in events] == [*["user_change"] * 4, "team_join"]
    guest, gone, back, _, new = [event["user"] for event in events]
    assert (guest["is_restricted"], gone["deleted"], back["is_restricted"]) == (True, True, False)
    assert (back["locale"], new["profile"]["email"]) == ("ja-JP", "new@example.com")
    assert either.workspace.team.channel("U0NEW") is not None


def test_an_address_is_told_only_with_its_scope(by_http: Office) -> None:
    by_http.workspace.scopes.discard("users:read.email")
    by_http.sender.make_guest("U0LARS")
    assert "email" not in by_http.received[0]["event"]["user"]["profile"]


def test_an_invited_bot_is_in_the_channel_and_told_so(by_http: Office) -> None:
    sender, team = by_http.sender, by_http.workspace.team
    assert sender.invite_bot("U0CHLOE", "G0SECRET").status == "acknowledged"
    event = by_http.received[0]["event"]
    assert (event["type"], event["user"], event["channel"]) == ("member_joined_channel", "U0CCOST", "G0SECRET")
    assert (event["inviter"], event["channel_type"]) == ("U0CHLOE", "G")
    channel = team.channel("G0SECRET")
    assert channel is not None
    assert channel.bot_is_member
    again = sender.invite_bot("U0CHLOE", "G0SECRET")
    assert (again.status, again.banner) == ("refused", "@ccost is already in this channel.")
    assert len(by_http.received) == 1
    for user_id, channel_id in [("U0ADA", "G0SECRET"), ("U0ADA", "D0ADA")]:
        with pytest.raises(NotThere):
            sender.invite_bot(user_id, channel_id)


def test_channels_that_change_are_told(by_http: Office) -> None:
    sender = by_http.sender
    sender.archive("C0PLATFORM")
    sender.unarchive("C0PLATFORM")
    sender.share_channel("C0PLATFORM")
    sender.unshare_channel("C0PLATFORM")
    sender.archive("G0SECRET")
    sender.unarchive("G0SECRET")
    told = [(body["event"]["type"], body["event"]["channel"]) for body in by_http.received]
    assert told == [
        ("channel_archive", "C0PLATFORM"),
        ("channel_unarchive", "C0PLATFORM"),
        ("channel_shared", "C0PLATFORM"),
        ("channel_unshared", "C0PLATFORM"),
        ("group_archive", "G0SECRET"),
        ("group_unarchive", "G0SECRET"),
    ]
    assert [body["is_ext_shared_channel"] for body in by_http.received] == [False, False, True, False, False, False]


def test_the_app_subscribes_to_whatever_happens_here(by_http: Office) -> None:
    sender = by_http.sender
    sender.open_home("U0ADA")
    sender.make_guest("U0ADA")
    sender.join(Persona(slack_user_id="U0NEW", name="New", email="", habit=None))
    sender.invite_bot("U0CHLOE", "G0SECRET")
    sender.share_channel("C0GENERAL")
    sender.unshare_channel("C0GENERAL")
    for channel_id in ("C0GENERAL", "G0SECRET"):
        sender.archive(channel_id)
        sender.unarchive(channel_id)
        sender.remove_bot(channel_id)
    told = {body["event"]["type"] for body in by_http.received}
    assert len(told) == 12
    assert told <= set(EVENTS)


def test_a_command_in_a_thread_is_refused_by_slack_itself(by_http: Office) -> None:
    ts = by_http.workspace.team.add("C0GENERAL", author_id="U0ADA", text="a thread").message_id
    outcome = by_http.sender.command("U0ADA", "C0GENERAL", "me", thread=ts)
    assert (outcome.status, outcome.banner) == ("refused", "/ccost is not supported in threads. Sorry!")
    assert by_http.received == []
    banner = by_http.workspace.team.conversation("C0GENERAL", "U0ADA")[-1]
    assert (banner.kind, banner.thread_ts, banner.visible_to) == ("banner", ts, "U0ADA")


def test_everybody_of_the_cast_who_can_act_can_open_the_app(by_http: Office) -> None:
    for person in CAST:
        if person.role not in ("bot", "deactivated", "outsider"):
            assert by_http.sender.open_home(person.slack_user_id).status == "acknowledged"
