"""What Slack tells by itself: heard at once, twice without harm, and in any number without keeping anybody waiting."""

import re
import threading
import time
from collections.abc import Iterator

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.faults import hang
from bot.demo.workspace.sender import Outcome
from bot.listeners.events import EVENTS
from bot.runtime import Later
from bot.workspace import refresh
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried

AMOUNT = re.compile(r"\$\d")


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as running:
        yield unhurried(running)


def shows_figures(demo: Playground, user_id: str, channel_id: str = "C0GENERAL", words: str = "me 30d") -> bool:
    outcome = demo.sender.command(user_id, channel_id, words)
    return bool(AMOUNT.search(f"{outcome.text} {outcome.blocks}"))


def calls(demo: Playground, method: str) -> int:
    return sum(call.method == method for call in demo.workspace.calls)


def heard(demo: Playground) -> None:
    """Wait until everything is heard that was told."""
    done = threading.Event()
    until(lambda: demo.bot.rt.hearing(done.set))
    assert done.wait(10)


def occupy(later: Later) -> threading.Event:
    """Take every place until the event is set."""
    go_on = threading.Event()

    def wait() -> None:
        go_on.wait(30)

    for _ in range(3):  # what was still at work leaves its place a moment later
        while later(wait):
            pass
        time.sleep(0.1)
    return go_on


def test_whoever_becomes_a_guest_is_refused_at_once_and_whoever_comes_back_is_not(demo: Playground) -> None:
    assert shows_figures(demo, "U0ADA")
    assert demo.sender.make_guest("U0ADA").status == "acknowledged"
    heard(demo)
    assert not shows_figures(demo, "U0ADA")
    demo.sender.make_member("U0ADA")
    heard(demo)
    assert shows_figures(demo, "U0ADA")


def test_a_channel_that_is_shared_is_refused_at_once(demo: Playground) -> None:
    assert shows_figures(demo, "U0ADA", "C0PLATFORM")
    demo.sender.share_channel("C0PLATFORM")
    heard(demo)
    assert not shows_figures(demo, "U0ADA", "C0PLATFORM")
    demo.sender.unshare_channel("C0PLATFORM")
    heard(demo)
    assert shows_figures(demo, "U0ADA", "C0PLATFORM")


def test_once_invited_to_a_private_channel_it_answers_there_and_once_thrown_out_it_does_not(demo: Playground) -> None:
    assert not shows_figures(demo, "U0CHLOE", "G0SECRET", "team 30d")
    demo.sender.invite_bot("U0CHLOE", "G0SECRET")
    heard(demo)
    assert shows_figures(demo, "U0CHLOE", "G0SECRET", "team 30d")  # in the acknowledgement: nothing is looked up first
    demo.sender.remove_bot("G0SECRET")
    heard(demo)
    assert not shows_figures(demo, "U0CHLOE", "G0SECRET", "team 30d")
    refresh(demo.bot.rt)
    assert not shows_figures(demo, "U0CHLOE", "G0SECRET", "team 30d")


def test_a_public_channel_answers_whether_or_not_it_is_in_it(demo: Playground) -> None:
    demo.sender.remove_bot("C0PLATFORM")
    heard(demo)
    assert shows_figures(demo, "U0ADA", "C0PLATFORM")
    demo.sender.invite_bot("U0ADA", "C0PLATFORM")
    heard(demo)


def test_somebody_else_who_joins_a_channel_is_none_of_our_business(demo: Playground) -> None:
    before = calls(demo, "conversations.info")
    demo.sender.event({"type": "member_joined_channel", "user": "U0ADA", "channel": "C0GENERAL"})
    heard(demo)
    assert calls(demo, "conversations.info") == before


def test_an_event_that_is_told_twice_changes_nothing_more(demo: Playground) -> None:
    demo.sender.make_guest("U0KENJI")
    heard(demo)
    asked = calls(demo, "users.info")
    assert demo.sender.repeat_last_event().status == "acknowledged"
    heard(demo)
    assert calls(demo, "users.info") == asked  # it is no news any more
    assert not shows_figures(demo, "U0KENJI")
    demo.sender.make_member("U0KENJI")
    heard(demo)


def test_an_event_that_is_told_late_is_not_believed(demo: Playground) -> None:
    demo.sender.make_guest("U0KENJI")
    heard(demo)
    demo.workspace.team.change_person("U0KENJI", role="member")
    refresh(demo.bot.rt)
    demo.sender.repeat_last_event()
    heard(demo)
    assert shows_figures(demo, "U0KENJI")


def test_home_is_drawn_when_it_is_looked_at_and_twice_does_no_harm(demo: Playground) -> None:
    assert demo.sender.open_messages("U0LARS").status == "acknowledged"
    demo.sender.open_home("U0LARS")
    until(lambda: demo.workspace.team.home("U0LARS"))
    first = demo.workspace.team.home("U0LARS")
    assert first is not None
    time.sleep(1.1)  # else it is the same signed request
    demo.sender.repeat_last_event()
    until(lambda: (demo.workspace.team.home("U0LARS") or {})["hash"] != first["hash"])
    again = demo.workspace.team.home("U0LARS")
    assert again is not None
    assert again["blocks"] == first["blocks"]


def test_new_status_texts_of_a_whole_company_ask_slack_nothing(demo: Playground) -> None:
    heard(demo)
    asked = calls(demo, "users.info")
    for _ in range(50):
        for user_id in ("U0ADA", "U0CHLOE"):
            assert demo.sender.change_person(user_id).status == "acknowledged"
    heard(demo)
    assert calls(demo, "users.info") == asked


def test_a_burst_about_one_person_is_few_looks_and_keeps_nobody_waiting(demo: Playground) -> None:
    demo.workspace.faults.add("users.info", hang(1.0, lands=True))
    asked = calls(demo, "users.info")
    for number in range(100):
        outcome = demo.sender.event({"type": "user_change", "user": {"id": "U0ADA", "name": f"ada{number}"}})
        assert outcome.status == "acknowledged"
    assert demo.sender.command("U0KENJI", "C0GENERAL", "me 30d").status == "answered"
    heard(demo)
    assert 2 <= calls(demo, "users.info") - asked <= 10


def test_a_burst_of_looks_at_home_is_few_drawings(demo: Playground) -> None:
    demo.workspace.faults.always("views.publish", hang(0.5, lands=True))
    drawn = calls(demo, "views.publish")
    for _ in range(60):
        assert demo.sender.open_home("U0ADA").status == "acknowledged"
    demo.workspace.faults.clear()
    until(lambda: calls(demo, "views.publish") > drawn)
    assert calls(demo, "views.publish") - drawn <= 20


def test_what_waits_already_needs_not_wait_twice_and_what_has_begun_may_come_again() -> None:
    later, go_on, done = Later(workers=1, waiting=10), threading.Event(), list[str]()

    def first() -> None:
        go_on.wait(10)
        done.append("first")

    assert later(first, once="home")
    until(lambda: not later._waiting)
    assert all(later(lambda: done.append("again"), once="home") for _ in range(5))
    assert later(lambda: done.append("other"), once="other")
    go_on.set()
    until(lambda: len(done) == 3)
    assert done == ["first", "again", "other"]
    later.close()
    assert not later(lambda: None)


def test_an_event_without_a_free_place_is_told_again_and_heard_then(demo: Playground) -> None:
    transport = demo.sender._transport
    limit, sleep = transport._limit_seconds, transport._sleep
    go_on = occupy(demo.bot.rt.hearing)

    def make_room(_seconds: float) -> None:
        go_on.set()
        heard(demo)

    transport._limit_seconds, transport._sleep = 0.3, make_room
    try:
        outcome = demo.sender.make_guest("U0GRACE")
    finally:
        go_on.set()
        transport._limit_seconds, transport._sleep = limit, sleep
    assert outcome == Outcome("acknowledged")
    heard(demo)
    assert not shows_figures(demo, "U0GRACE")
    assert any("event not acknowledged" in line.what for line in demo.workspace.team.journal.recent())
    demo.sender.make_member("U0GRACE")
    heard(demo)


@pytest.mark.parametrize("event", [{"type": "reaction_added"}, {"type": "message", "text": "hello"}, {"type": None}])
def test_what_we_never_asked_to_hear_is_acknowledged_or_not_known(demo: Playground, event: dict[str, object]) -> None:
    demo.sender._transport._retry_after_seconds = ()
    limit, demo.sender._transport._limit_seconds = demo.sender._transport._limit_seconds, 0.5
    assert demo.sender.event(event).status in ("acknowledged", "dispatch_failed", "operation_timeout")
    demo.sender._transport._retry_after_seconds = (0.0, 0.0, 0.0)
    demo.sender._transport._limit_seconds = limit


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_that_lacks_everything_breaks_nothing(demo: Playground, kind: str) -> None:
    transport = demo.sender._transport
    limit = transport._limit_seconds
    transport._limit_seconds, transport._retry_after_seconds = 0.5, ()
    demo.sender.event({"type": kind})
    demo.sender.event({"type": kind, "user": [], "channel": {}, "tab": "home"})
    transport._limit_seconds, transport._retry_after_seconds = limit, (0.0, 0.0, 0.0)
    heard(demo)
    assert shows_figures(demo, "U0ADA")
