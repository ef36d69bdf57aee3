"""Twenty questions a minute and person, whether typed, pressed or sent off as a form."""

from collections.abc import Iterator

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.runtime import Pace
from tests.playing import playground
from tests.slack_workspace import until


class Seconds:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def pace(seconds: Seconds) -> Pace:
    return Pace(now=seconds)


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("bot"), socket_mode=request.param) as demo:
        yield demo


@pytest.fixture
def demo(running: Playground, pace: Pace) -> Playground:
    running.bot.rt.pace = pace
    return running


def test_the_twentieth_is_allowed_and_the_twenty_first_is_not(pace: Pace) -> None:
    assert [pace.allows("U0ADA") for _ in range(21)] == [True] * 20 + [False]


@pytest.mark.parametrize(("later", "allowed"), [(59.999, False), (60.0, True)])
def test_after_a_minute_there_is_room_again(pace: Pace, seconds: Seconds, later: float, allowed: bool) -> None:
    for _ in range(20):
        pace.allows("U0ADA")
    seconds.now += later
    assert pace.allows("U0ADA") is allowed


def test_what_was_refused_does_not_count(pace: Pace, seconds: Seconds) -> None:
    for _ in range(20):
        pace.allows("U0ADA")
    seconds.now += 30
    assert not any(pace.allows("U0ADA") for _ in range(100))
    seconds.now += 30
    assert [pace.allows("U0ADA") for _ in range(21)] == [True] * 20 + [False]


def test_everybody_has_a_pace_of_their_own(pace: Pace) -> None:
    for _ in range(25):
        pace.allows("U0ADA")
    assert pace.allows("U0KENJI")


def test_many_people_are_forgotten_when_they_are_quiet_and_remembered_when_they_are_not(
    pace: Pace, seconds: Seconds
) -> None:
    for _ in range(20):
        pace.allows("U0ADA")
    seconds.now += 30
    for number in range(2_000):
        pace.allows(f"U{number}")
    assert not pace.allows("U0ADA")
    seconds.now += 60
    assert pace.allows("U0ADA")
    assert len(pace._asked) < 100


def command(demo: Playground, user_id: str = "U0ADA", words: str = "help") -> Outcome:
    return demo.sender.command(user_id, "C0GENERAL", words)


def is_too_fast(words: str) -> bool:
    return "That was a lot at once" in words


def test_commands_buttons_and_forms_count_together(demo: Playground, seconds: Seconds) -> None:
    team, sender = demo.workspace.team, demo.sender
    asked = command(demo, words="me 30d")
    assert asked.message_id is not None
    pressed = said_after(demo, asked.message_id, "me.models")
    assert not is_too_fast(pressed)
    sender.open_home("U0ADA")
    until(lambda: team.home("U0ADA"))
    sender.press_view("U0ADA", str((team.home("U0ADA") or {})["id"]), "open.budget")
    until(lambda: team.modals("U0ADA") and team.modals("U0ADA")[-1]["submit"])
    (form,) = team.modals("U0ADA")
    assert "abc" in sender.submit("U0ADA", form["id"], {"amount": "abc"}).text  # the fourth, and it stays in the form
    assert not any(is_too_fast(command(demo).text) for _ in range(16))
    assert is_too_fast(command(demo).text)
    assert is_too_fast(sender.submit("U0ADA", form["id"], {"amount": "200"}).text)
    assert team.modals("U0ADA")[-1]["submit"]
    sender.close("U0ADA", form["id"])
    assert is_too_fast(said_after(demo, asked.message_id, "me.models"))
    home = str((team.home("U0ADA") or {})["id"])
    sender.press_view("U0ADA", home, "settings.alerts")
    until(lambda: team.modals("U0ADA") and is_too_fast(str(team.modals("U0ADA")[-1]["blocks"])))
    assert "一度に多くの操作" not in command(demo, "U0HARUKA").text
    seconds.now += 60
    assert not is_too_fast(command(demo).text)
    sender.close("U0ADA", team.modals("U0ADA")[-1]["id"])


def test_too_fast_is_said_in_ones_own_language(demo: Playground) -> None:
    answers = [command(demo, "U0HARUKA").text for _ in range(21)]
    assert ["一度に多くの操作" in words for words in answers] == [False] * 20 + [True]


def said_after(demo: Playground, message_id: str, action_id: str) -> str:
    """Press a button of a message and give what is said below it."""

    def said() -> list[str]:
        return [entry.text for entry in demo.workspace.team.conversation("C0GENERAL", "U0ADA")]

    before = len(said())
    demo.sender.press("U0ADA", message_id, action_id)
    until(lambda: len(said()) > before)
    return said()[-1]
