"""What the playground can let happen, with the whole program behind it."""

import itertools
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from http.client import RemoteDisconnected
from importlib import resources
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from websockets.sync.client import connect

from bot.demo.composition import GROUP, Ending, Playground, playground
from bot.demo.journal import DECISION
from bot.demo.playground import HEADER
from bot.demo.stories import PUSHED_CENTS, RESTATED_PERCENT, STORIES
from bot.jobs import Job, run
from bot.runtime import Runtime
from bot.store import audit, groups, organization, runs
from tests.slack_workspace import client_of, until
from tests.unhurried import unhurried
from tests.world import dollars

VISIBLE_AFTER = timedelta(hours=1)

# Threads of a killed bot end with SystemExit, of which Python says nothing and pytest does.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """One playground for the module: it takes seconds to start. Each test finds the bot running."""
    with playground(tmp_path_factory.mktemp("demo")) as running:
        yield unhurried(running)


@pytest.fixture(autouse=True)
def _running(demo: Playground) -> None:
    demo.machine.start()


@pytest.fixture
def slack(demo: Playground) -> WebClient:
    """Slack's Web API as the bot calls it."""
    token = demo.bot.rt.settings.slack_bot_token
    assert token
    return client_of(demo.workspace, demo.address, token=token.get_secret_value())


def world(demo: Playground, user: str = "U0ADA") -> dict[str, Any]:
    seen: dict[str, Any] = httpx.get(f"{demo.address}/play/world", params={"user": user}).json()
    return seen


def tell(demo: Playground, story: str, user: str = "U0ADA") -> httpx.Response:
    return httpx.post(
        f"{demo.address}/play/story", json={"user": user, "story": story}, headers={HEADER: "1"}, timeout=60
    )


def asked(demo: Playground, words: str = "me today", user: str = "U0ADA") -> str:
    return demo.sender.command(user, "C0GENERAL", words).text


def newest(demo: Playground) -> datetime:
    """The last instant of which the vendor tells."""
    return demo.clock() - VISIBLE_AFTER


def spent(demo: Playground, address: str) -> Fraction:
    seen_until = newest(demo)
    return demo.company.truth(seen_until.date(), seen_until).get(address, Fraction())


def stored_of_day(demo: Playground, user: str) -> str:
    return asked(demo, f"me {newest(demo).date()}..{newest(demo).date()}", user)


def test_pushed_spend_is_read_at_once_to_the_cent(demo: Playground) -> None:
    before = spent(demo, "boris@example.com")
    assert tell(demo, "push", "U0BORIS").json() == {"status": "told"}
    assert spent(demo, "boris@example.com") == before + PUSHED_CENTS
    assert dollars(before + PUSHED_CENTS) in stored_of_day(demo, "U0BORIS")


def test_it_is_the_acting_person_who_spends_also_under_another_address(demo: Playground) -> None:
    assert tell(demo, "push", "U0SOFIA").json() == {"status": "told"}
    assert spent(demo, "sofia.rossi@example.com") >= PUSHED_CENTS
    assert spent(demo, "grace@example.com") < PUSHED_CENTS


@pytest.mark.parametrize("user", ["U0VIKTOR", "U0WENDY", "U0XAVER"])
def test_whoever_does_not_use_claude_code_spends_nothing(demo: Playground, user: str) -> None:
    before = demo.company.truth(newest(demo).date(), newest(demo))
    assert tell(demo, "push", user).json() == {"status": "no_usage"}
    assert set(demo.company.truth(newest(demo).date(), newest(demo)).values()) >= set(before.values())


def test_a_restated_day_is_held_at_once_and_believed_when_it_is_over(demo: Playground) -> None:
    tell(demo, "push", "U0HUGO")
    high = stored_of_day(demo, "U0HUGO")
    day = newest(demo).date()
    tell(demo, "restate")
    low = spent(demo, "hugo@example.com")
    assert low < PUSHED_CENTS * (RESTATED_PERCENT + 1) / 100 + 10_000
    assert dollars(low) not in high
    assert dollars(low) not in stored_of_day(demo, "U0HUGO")
    # Told in full at 01:00 UTC of the next day, at the latest, and confirmed an hour later.
    for move in ("day", "hour", "hour"):
        httpx.post(f"{demo.address}/play/clock", json={"by": move}, headers={HEADER: "1"}, timeout=60)
    low = demo.company.truth(day, newest(demo))["hugo@example.com"]
    assert dollars(low) in asked(demo, f"me {day}..{day}", "U0HUGO")


def status(demo: Playground) -> str:
    return str(demo.sender.command("U0CHLOE", "D0CHLOE", "settings status").blocks)


def test_while_the_usage_api_is_down_the_figures_stay_and_everybody_who_looks_can_see_it(demo: Playground) -> None:
    known, well = asked(demo, "me 30d"), status(demo)
    assert {"source_down", "source_up"} & set(world(demo)["stories"]) == {"source_down"}
    assert tell(demo, "source_up").status_code == 404
    assert tell(demo, "source_down").json() == {"status": "told"}
    assert {"source_down", "source_up"} & set(world(demo)["stories"]) == {"source_up"}
    assert "HTTP 429" in status(demo)
    assert "HTTP 429" not in well
    assert asked(demo, "me 30d").split()[:8] == known.split()[:8]
    decided = [line.what for line in demo.workspace.team.journal.recent() if line.who == DECISION]
    assert any(what.startswith("kept the figures as they were: the usage API") for what in decided)
    tell(demo, "push", "U0LARS")
    day = newest(demo).date()
    assert dollars(spent(demo, "lars@example.com")) not in stored_of_day(demo, "U0LARS")
    assert tell(demo, "source_up").json() == {"status": "told"}
    seen = demo.company.truth(day, newest(demo))["lars@example.com"]
    assert dollars(seen) in asked(demo, f"me {day}..{day}", "U0LARS")
    assert {"source_down", "source_up"} & set(world(demo)["stories"]) == {"source_down"}


def test_time_passes_as_fast_while_the_usage_api_is_down(demo: Playground) -> None:
    tell(demo, "source_down")
    started = datetime.now(UTC)
    httpx.post(f"{demo.address}/play/clock", json={"by": "day"}, headers={HEADER: "1"}, timeout=60)
    assert datetime.now(UTC) - started < timedelta(seconds=10)
    assert "HTTP 429" in status(demo)
    tell(demo, "kill")
    tell(demo, "start")
    assert "source_up" in world(demo)["stories"]
    tell(demo, "source_up")
    decided = [line.what for line in demo.workspace.team.journal.recent() if line.who == DECISION]
    assert decided[-1].startswith("read ")
    assert "failed" not in decided[-1]


def test_slack_is_bad_for_three_messages_of_which_none_arrives_and_then_well_by_itself(
    demo: Playground, slack: WebClient
) -> None:
    assert tell(demo, "slack_badly").json() == {"status": "told"}
    before = len(demo.workspace.team.conversation("D0MINA"))
    answers = []
    for number in range(4):
        try:
            answers.append(slack.chat_postMessage(channel="U0MINA", text=str(number)).status_code)
        except SlackApiError as error:
            answers.append(error.response.status_code)
    assert answers == [429, 429, 500, 200]
    assert [one.text for one in demo.workspace.team.conversation("D0MINA")[before:]] == ["3"]


def test_the_page_has_a_name_and_a_sentence_for_every_story_in_both_languages() -> None:
    words = resources.files("bot.demo").joinpath("page", "strings.js").read_text(encoding="utf-8")
    for story in STORIES:
        for key in (f"story_{story.name}", f"story_{story.name}_why"):
            assert len(re.findall(rf'\b{key}: "[^"]+"', words)) == 2, key


def test_a_garbled_answer_belongs_to_a_message_that_arrived_and_only_to_the_next(
    demo: Playground, slack: WebClient
) -> None:
    assert tell(demo, "garble").json() == {"status": "told"}
    before = len(demo.workspace.team.conversation("D0KATYA"))
    with pytest.raises(RemoteDisconnected):
        slack.chat_postMessage(channel="U0KATYA", text="one")
    assert slack.chat_postMessage(channel="U0KATYA", text="two")["ok"]
    assert [one.text for one in demo.workspace.team.conversation("D0KATYA")[before:]] == ["one", "two"]


def test_a_killed_bot_answers_nobody_until_it_is_started_and_then_knows_what_it_knew(demo: Playground) -> None:
    known = asked(demo, "me 30d")
    assert "$" in known
    assert world(demo)["bot_is_up"]
    assert "kill" in world(demo)["stories"]
    assert tell(demo, "start").status_code == 404
    tell(demo, "kill")
    outcome = demo.sender.command("U0ADA", "C0GENERAL", "me")
    assert outcome.banner == "/ccost failed with the error “dispatch_failed”"
    assert not world(demo)["bot_is_up"]
    assert "start" in world(demo)["stories"]
    assert tell(demo, "kill").status_code == 404
    tell(demo, "start")
    assert asked(demo, "me 30d").split()[:8] == known.split()[:8]


def test_time_passes_and_money_is_spent_while_the_bot_is_dead_and_it_catches_up(demo: Playground) -> None:
    tell(demo, "kill")
    requests = demo.usage_faults.requests()
    day = newest(demo).date()
    tell(demo, "push", "U0LARS")
    httpx.post(f"{demo.address}/play/clock", json={"by": "hour"}, headers={HEADER: "1"}, timeout=60)
    assert demo.usage_faults.requests() == requests
    tell(demo, "start")
    spent_then = demo.company.truth(day, newest(demo))["lars@example.com"]
    assert spent_then >= PUSHED_CENTS
    assert dollars(spent_then) in asked(demo, f"me {day}..{day}", "U0LARS")


class Interrupted:
    """A job that is in the middle of its work while the power goes."""

    def __init__(self, reach: Callable[[Runtime], object]) -> None:
        self.begun, self.cut = threading.Event(), threading.Event()
        self.went_on = False
        self._reach = reach

    def __call__(self, rt: Runtime) -> None:
        self.begun.set()
        self.cut.wait(10)
        try:
            self._reach(rt)
            self.went_on = True
        except Exception:  # noqa: BLE001  a program that handles everything must still be dead
            self.went_on = True


@pytest.mark.parametrize("reach", [lambda rt: rt.clock(), lambda rt: rt.sessions(), lambda rt: rt.sessions.begin()])
def test_what_a_killed_bot_was_doing_goes_no_further_and_is_not_recorded(
    demo: Playground, reach: Callable[[Runtime], object]
) -> None:
    work = Interrupted(reach)
    job = Job(name="interrupted", every=lambda _: timedelta(), run=work)
    doing = threading.Thread(target=lambda: demo.machine.ask(lambda rt: run(rt, job)))
    doing.start()
    assert work.begun.wait(5)
    demo.machine.kill()
    doing.join(5)
    assert not doing.is_alive()  # whoever waited for the bot is let go at once
    work.cut.set()
    demo.machine.start()
    assert not work.went_on
    with demo.bot.rt.sessions() as session:
        last = runs.last(session, "interrupted")
    assert last is not None
    assert last.outcome is None


def test_what_was_captured_before_the_crash_is_as_dead_as_the_rest(demo: Playground) -> None:
    sessions, clock = demo.bot.rt.sessions, demo.bot.rt.clock
    demo.machine.kill()
    for reach in (sessions, sessions.begin, clock):
        with pytest.raises(SystemExit):
            reach()


def test_two_starts_are_one_bot_and_a_second_kill_is_nothing(demo: Playground) -> None:
    bot = demo.bot
    demo.machine.start()
    assert demo.bot is bot
    demo.machine.kill()
    demo.machine.kill()
    assert not demo.machine.is_up
    assert demo.machine.ask(lambda rt: rt) is None
    with pytest.raises(RuntimeError):
        demo.machine.bot  # noqa: B018  looking is the deed


def test_over_a_socket_a_new_bot_has_the_only_connection(tmp_path: Path) -> None:
    with playground(tmp_path, socket_mode=True) as demo:
        demo.machine.kill()
        assert demo.sender.command("U0ADA", "D0ADA", "me").status == "dispatch_failed"
        demo.machine.start()
        assert demo.workspace.socket.count == 1
        assert demo.sender.command("U0ADA", "D0ADA", "me").status == "answered"


def test_a_new_bot_waits_until_the_last_connection_of_the_old_one_is_gone(demo: Playground) -> None:
    demo.machine.kill()
    ticket = demo.workspace.socket.open_ticket()
    with connect(f"{demo.address.replace('http', 'ws')}/link/?ticket={ticket}"):
        until(lambda: demo.workspace.socket.count == 1)
        starting = threading.Thread(target=demo.machine.start)
        starting.start()
        starting.join(0.5)
        assert not demo.machine.is_up
    starting.join(10)
    assert demo.machine.is_up


def test_a_day_passes_within_seconds(demo: Playground) -> None:
    before, started = demo.clock(), datetime.now(UTC)
    httpx.post(f"{demo.address}/play/clock", json={"by": "day"}, headers={HEADER: "1"}, timeout=60)
    assert demo.clock() - before >= timedelta(days=1)
    assert datetime.now(UTC) - started < timedelta(seconds=10)  # two or three on a quiet machine


def test_an_untouched_playground_has_no_group_and_no_figures_of_people(demo: Playground) -> None:
    with demo.bot.rt.sessions() as session:
        assert groups.names(session) == {}
        assert not organization.policy(session).people_enabled


def test_with_a_group_member_lead_admin_guest_and_outsider_can_all_be_tried(tmp_path: Path) -> None:
    with playground(tmp_path, with_group=True) as demo:
        with demo.bot.rt.sessions() as session:
            (made,) = groups.listed(session)
            assert (made.group.name, len(made.people), len(made.leads)) == (GROUP, 10, 1)
            assert made.leads <= made.people
            assert audit.verify(session)
            assert {row.act for row in audit.entries(session, 10)} >= {"group_made", "lead_set", "people_on"}
        for user in ("U0BORIS", "U0CHLOE"):
            assert "$" in asked(demo, f"team people {GROUP} 30d", user)
        refused = {user: asked(demo, f"team people {GROUP} 30d", user) for user in ("U0ADA", "U0WENDY")}
        assert not [user for user, words in refused.items() if "$" in words]
        assert "$" in asked(demo, f"team {GROUP} last-month", "U0ADA")
        outside = demo.sender.command("U0XAVER", "C0PARTNERS", "team")
        assert "$" not in f"{outside.text}{outside.blocks}"


def demo_program() -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "bot", "demo", "--port", "0"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(stream: IO[str] | None, beginning: str) -> None:
    assert stream
    for line in stream:
        if line.startswith(beginning):
            return
    raise AssertionError(beginning)


@pytest.mark.parametrize("moment", ["Starting", "Open it"])
def test_however_often_it_is_told_to_end_it_ends_once_and_quietly(moment: str) -> None:
    with demo_program() as program:
        read_until(program.stdout, moment)
        for one in itertools.cycle((signal.SIGINT, signal.SIGTERM)):
            if program.poll() is not None:
                break
            program.send_signal(one)
            time.sleep(0.01)
        out, err = program.communicate(timeout=30)
    assert (program.returncode, err) == (0, "")
    assert out.splitlines() == ["Stopped; nothing was kept."]


def interrupts(ending: Ending) -> bool:
    try:
        ending(signal.SIGTERM, None)
    except KeyboardInterrupt:
        return True
    return False


def test_the_first_signal_interrupts_the_start_and_no_later_one_what_is_cleared_away() -> None:
    ending = Ending()
    assert [interrupts(ending) for _ in range(3)] == [True, False, False]


def test_once_it_runs_no_signal_interrupts_and_the_first_one_ends_the_waiting() -> None:
    ending, found = Ending(), list[bool]()
    threading.Timer(0.2, lambda: found.extend(interrupts(ending) for _ in range(2))).start()
    ending.wait()
    until(lambda: len(found) == 2)
    assert found == [False, False]
