"""The playground: its doors, what each person sees through it, and what the page is made of."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.cast import CAST, Persona
from bot.demo.clock import MovableClock
from bot.demo.playground import HEADER, Backstage, playground_app
from bot.demo.stories import STORIES, End
from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from tests.canaries import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.slack_workspace import Stage, client_of, new_workspace, stage

PAGE = Path(str(resources.files("bot.demo").joinpath("page")))


class Desk:
    """One playground and its only visitor."""

    def __init__(self, served: Stage, bot: Stage, http: httpx.Client) -> None:
        self.http = http
        self.clock = MovableClock()
        self.workspace: Workspace = new_workspace(self.clock)
        self.sender = Sender(self.workspace)
        self.looks: list[datetime] = []
        self.next_due: datetime | None = None
        self.told: list[str] = []
        self.is_bot_up = True
        self.leads: set[str] = set()
        backstage = Backstage(
            run_due=lambda: self.looks.append(self.clock()),
            next_due=lambda: self.next_due,
            is_bot_up=lambda: self.is_bot_up,
            stories={"push": self._push, "start": self._push},
            offered=lambda: ["push"] if self.is_bot_up else ["push", "start"],
            leads=lambda: self.leads,
        )
        served.app = playground_app(self.workspace, self.sender, self.clock, backstage, verbs=["me", "help"])
        bot.app = Starlette(routes=[Route("/slack/events", _echo, methods=["POST"])])
        self.origin = served.origin
        self.sender.connect(served.origin, f"{bot.origin}/slack/events")

    def _push(self, person: Persona) -> str:
        self.told.append(person.slack_user_id)
        return "told"

    def world(self, user: str = "U0ADA", channel: str = "C0GENERAL") -> dict[str, Any]:
        """Look."""
        answer = self.http.get(f"{self.origin}/play/world", params={"user": user, "channel": channel})
        assert answer.status_code == 200
        seen: dict[str, Any] = answer.json()
        return seen

    def do(self, what: str, **asked: Any) -> httpx.Response:
        """Act as the page does."""
        return self.http.post(f"{self.origin}/play/{what}", json=asked, headers={HEADER: "1"})


async def _echo(request: Request) -> Response:
    """Answer a command with its text and a button."""
    form = dict(re.findall(r"(\w+)=([^&]*)", (await request.body()).decode()))
    button = {"type": "button", "text": {"type": "plain_text", "text": "Why"}, "action_id": "why"}
    return JSONResponse({"text": form.get("text", ""), "blocks": [{"type": "actions", "elements": [button]}]})


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture(scope="module")
def bot() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
def desk(served: Stage, bot: Stage, http: httpx.Client) -> Desk:
    return Desk(served, bot, http)


def test_a_command_reaches_the_bot_and_its_answer_one_person(desk: Desk) -> None:
    assert desk.do("say", user="U0ADA", channel="C0GENERAL", text=" /ccost  me ").json()["status"] == "answered"
    typed, answer = desk.world()["entries"]
    assert (typed["kind"], typed["text"], typed["only_you"]) == ("typed", "/ccost me", True)
    assert (answer["kind"], answer["text"], answer["only_you"], answer["author"]) == ("message", "me", True, "U0CCOST")
    assert desk.world("U0KENJI")["entries"] == []


def test_a_button_is_pressed_by_who_sees_it(desk: Desk) -> None:
    message = desk.do("say", user="U0ADA", channel="C0GENERAL", text="/ccost me").json()["message"]
    pressed = {"message": message, "action": "why"}
    assert desk.do("press", user="U0ADA", **pressed).json()["status"] == "acknowledged"
    assert desk.do("press", user="U0KENJI", **pressed).status_code == 404


def test_what_is_no_command_is_for_the_people_in_the_channel(desk: Desk) -> None:
    desk.do("say", user="U0ADA", channel="C0GENERAL", text="good morning <!channel>")
    (entry,) = desk.world("U0KENJI")["entries"]
    assert (entry["author"], entry["text"]) == ("U0ADA", "good morning <!channel>")
    desk.do("say", user="U0ADA", channel="C0GENERAL", text="/costs me")
    assert desk.world()["entries"][-1]["text"] == "/costs is not a valid command."
    assert len(desk.world("U0KENJI")["entries"]) == 1


@pytest.mark.parametrize(
    ("user", "channels"),
    [
        ("U0ADA", ["general", "platform", "with-partner-gmbh", "ccost"]),
        ("U0CHLOE", ["general", "platform", "with-partner-gmbh", "salaries", "ccost"]),
        ("U0XAVER", ["with-partner-gmbh"]),
    ],
)
def test_everybody_sees_their_own_conversations(desk: Desk, user: str, channels: list[str]) -> None:
    assert [one["name"] for one in desk.world(user)["channels"]] == channels
    assert desk.world("U0XAVER", "G0SECRET")["channel"] == "C0PARTNERS"


def test_one_can_be_anybody_who_still_works_here_and_is_no_machine(desk: Desk) -> None:
    offered = {one["id"]: one["role"] for one in desk.world()["people"]}
    assert offered == {one.slack_user_id: one.role for one in CAST if one.role not in ("bot", "deactivated")}
    assert {"guest", "outsider", "admin", "unconfirmed"} < set(offered.values())


@pytest.mark.parametrize(("by", "hours"), [("hour", 1), ("day", 24)])
def test_the_clock_moves_and_the_bot_then_does_what_is_due(desk: Desk, by: str, hours: int) -> None:
    before = desk.clock()
    assert desk.do("clock", by=by).json()["status"] == "moved"
    assert (desk.looks[0] - before).total_seconds() < 5  # what is due already comes first
    moved_to = desk.looks[-1]
    assert 0 <= (moved_to - before).total_seconds() - hours * 3600 < 5
    assert datetime.fromisoformat(desk.world()["clock"]) >= moved_to


def test_the_next_month_begins_on_its_first_day(desk: Desk) -> None:
    before = datetime.now(UTC)
    desk.do("clock", by="month")
    moved_to = desk.looks[-1]
    assert (moved_to.day, moved_to.hour, moved_to.minute) == (1, 9, 0)
    assert moved_to.year * 12 + moved_to.month == before.year * 12 + before.month + 1


def test_the_clock_goes_to_the_instant_at_which_something_is_due(desk: Desk) -> None:
    desk.next_due = desk.clock() + timedelta(hours=9, minutes=10)
    assert desk.do("clock", by="due").json()["status"] == "moved"
    assert 0 <= (desk.looks[-1] - desk.next_due).total_seconds() < 5


def test_when_nothing_is_due_the_clock_stays(desk: Desk) -> None:
    before = desk.clock()
    assert desk.do("clock", by="due").json()["status"] == "nothing_due"
    assert (desk.clock() - before).total_seconds() < 5


def test_a_story_happens_to_the_acting_person_and_the_page_knows_which_can_be_told(desk: Desk) -> None:
    assert desk.do("story", user="U0KENJI", story="push").json() == {"status": "told"}
    assert desk.told == ["U0KENJI"]
    assert (desk.world()["bot_is_up"], desk.world()["stories"]) == (True, ["push"])
    desk.is_bot_up = False
    assert (desk.world()["bot_is_up"], desk.world()["stories"]) == (False, ["push", "start"])


def test_what_comes_unasked_is_news_in_the_direct_message_of_its_reader_alone(desk: Desk) -> None:
    def news(user: str) -> dict[str, str]:
        return {one["id"]: one["direct_latest"] for one in desk.world(user)["people"]}

    assert set(news("U0ADA").values()) == {""}
    ts = client_of(desk.workspace, desk.origin).chat_postMessage(channel="U0KENJI", text="budget")["ts"]
    assert {user: latest for user, latest in news("U0ADA").items() if latest} == {"U0KENJI": ts}
    direct = next(one for one in desk.world("U0KENJI")["channels"] if one["kind"] == "dm")
    assert (direct["id"], direct["latest"]) == ("D0KENJI", ts)
    outsider = next(one for one in desk.world()["people"] if one["id"] == "U0XAVER")
    assert outsider["direct"] == ""


def test_an_edited_message_says_so_and_is_no_news(desk: Desk) -> None:
    slack = client_of(desk.workspace, desk.origin)
    ts = slack.chat_postMessage(channel="C0GENERAL", text="one")["ts"]
    assert [one["edited"] for one in desk.world()["entries"]] == [False]
    slack.chat_update(channel="C0GENERAL", ts=ts, text="two")
    assert [(one["text"], one["edited"]) for one in desk.world()["entries"]] == [("two", True)]
    assert desk.world()["channels"][0]["latest"] == ts


def test_the_log_shows_both_sides_in_order(desk: Desk) -> None:
    desk.do("say", user="U0ADA", channel="C0GENERAL", text="/ccost me")
    client_of(desk.workspace, desk.origin).auth_test()
    lines = desk.http.get(f"{desk.origin}/play/log").json()["lines"]
    assert [line["who"] for line in lines] == ["slack", "bot", "bot"]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert not [secret for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET) if secret in str(lines)]


@pytest.mark.parametrize("what", ["say", "press", "clock", "story"])
def test_a_page_of_elsewhere_cannot_act(desk: Desk, what: str) -> None:
    asked = {"user": "U0ADA", "channel": "C0GENERAL", "text": "/ccost me", "message": "1", "action": "why"}
    asked |= {"by": "day", "story": "push"}
    url = f"{desk.origin}/play/{what}"
    assert desk.http.post(url, json=asked).status_code == 403
    assert desk.http.post(url, json=asked, headers={HEADER: "1", "Origin": "https://evil.example"}).status_code == 403
    assert desk.http.post(url, json=asked, headers={HEADER: "1", "Host": "evil.example"}).status_code == 403
    assert desk.http.get(url, headers={HEADER: "1"}).status_code == 404
    assert desk.world()["entries"] == []
    assert desk.looks == []
    assert desk.told == []


@pytest.mark.parametrize("path", ["/", "/play/world", "/play/log", "/page/app.js"])
def test_a_name_that_was_bent_to_this_machine_sees_nothing(desk: Desk, path: str) -> None:
    port = desk.origin.rpartition(":")[2]
    assert desk.http.get(f"{desk.origin}{path}", headers={"Host": f"evil.example:{port}"}).status_code == 403
    assert desk.http.get(f"{desk.origin}{path}", headers={"Host": f"localhost:{port}"}).status_code == 200


@pytest.mark.parametrize(
    ("what", "asked", "status"),
    [
        ("say", {"user": "U0ADA"}, 400),
        ("say", {"user": "U0ADA", "channel": "G0SECRET", "text": "/ccost me"}, 404),
        ("say", {"user": "U0XAVER", "channel": "C0GENERAL", "text": "hello"}, 404),
        ("press", {"user": "U0ADA", "message": "1.0", "action": "why"}, 404),
        ("clock", {"by": "year"}, 404),
        ("clock", {}, 400),
        ("story", {"user": "U0ADA", "story": "flood"}, 404),
        ("story", {"user": "U0ADA", "story": "start"}, 404),
        ("story", {"user": "U0NOBODY", "story": "push"}, 404),
        ("story", {"story": "push"}, 400),
    ],
)
def test_what_cannot_be_done_is_said(desk: Desk, what: str, asked: dict[str, str], status: int) -> None:
    assert desk.do(what, **asked).status_code == status


def test_the_page_takes_nothing_from_elsewhere_and_runs_no_markup(desk: Desk) -> None:
    answer = desk.http.get(desk.origin)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8")
        foreign = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert foreign == set(), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text), file.name
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=", text), file.name


@pytest.mark.parametrize("path", ["/page/../playground.py", "/page/%2e%2e%2fcast.py", "/page/none.js", "/page/"])
def test_only_the_files_of_the_page_are_given(desk: Desk, path: str) -> None:
    assert desk.http.get(f"{desk.origin}{path}").status_code == 404


def test_both_languages_of_the_page_say_the_same_things() -> None:
    text = (PAGE / "strings.js").read_text(encoding="utf-8")
    keys = [re.findall(r"(?:^|[{,\s])(\w+): \"", part) for part in re.split(r"\n  (?:en|ja): \{", text)[1:]]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(keys[0]) > 30
    asked_for = set(re.findall(r'data-say="(\w+)"', (PAGE / "index.html").read_text(encoding="utf-8")))
    assert asked_for <= set(keys[0])
    assert {f"story_{story.name}{part}" for story in STORIES for part in ("", "_why")} <= set(keys[0])
    assert {f"end_{end}" for end in get_args(End)} <= set(keys[0])


FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "close": {"type": "plain_text", "text": "Cancel"},
    "callback_id": "form",
    "blocks": [
        {
            "type": "input",
            "block_id": "amount",
            "label": {"type": "plain_text", "text": "Amount"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "channel",
            "optional": True,
            "label": {"type": "plain_text", "text": "Channel"},
            "element": {
                "type": "conversations_select",
                "action_id": "value",
                "filter": {"include": ["public"], "exclude_external_shared_channels": True},
            },
        },
    ],
}


def modal(desk: Desk, user: str = "U0ADA") -> dict[str, Any]:
    """Let the bot open a form for somebody, and see it as they do."""
    trigger = desk.workspace.team.surfaces.open_trigger(user)
    client_of(desk.workspace, desk.origin).views_open(trigger_id=trigger, view=FORM)
    (seen,) = desk.world(user)["modals"]
    return dict(seen)


def test_somebody_sees_their_own_modal_with_the_channels_they_may_choose(desk: Desk) -> None:
    seen = modal(desk)
    assert [block["block_id"] for block in seen["blocks"]] == ["amount", "channel"]
    assert {one["name"] for one in seen["offers"]["channel"]} == {"general", "platform"}
    assert desk.world("U0BORIS")["modals"] == []


def test_a_form_without_what_it_needs_stays_with_the_reason_under_its_field(desk: Desk) -> None:
    seen = modal(desk)
    assert desk.do("submit", user="U0ADA", view=seen["id"], values={"amount": ""}).json()["status"] == "refused"
    assert set(desk.world()["modals"][0]["errors"]) == {"amount"}
    assert desk.do("submit", user="U0BORIS", view=seen["id"], values={"amount": "5"}).status_code == 404


def test_a_modal_is_closed_by_its_person(desk: Desk) -> None:
    seen = modal(desk)
    assert desk.do("close", user="U0BORIS", view=seen["id"]).status_code == 404
    assert desk.do("close", user="U0ADA", view=seen["id"]).status_code == 200
    assert desk.world()["modals"] == []


def test_home_is_a_place_of_its_own_that_only_its_person_sees(desk: Desk) -> None:
    client_of(desk.workspace, desk.origin).views_publish(
        user_id="U0ADA", view={"type": "home", "blocks": [{"type": "divider"}]}
    )
    assert desk.do("home", user="U0ADA").status_code == 200
    there = desk.world("U0ADA", "home")
    assert (there["channel"], [block["type"] for block in there["home"]["blocks"]]) == ("home", ["divider"])
    assert desk.world("U0BORIS", "home")["home"] is None
    assert desk.world("U0XAVER", "home")["channel"] != "home"
    assert desk.do("home", user="U0XAVER").status_code == 404


def test_an_answer_in_a_thread_stands_in_the_thread(desk: Desk) -> None:
    desk.do("say", user="U0ADA", channel="C0GENERAL", text="hello")
    root = desk.world()["entries"][-1]
    desk.do("say", user="U0BORIS", channel="C0GENERAL", text="hi Ada", thread=root["id"])
    desk.do("say", user="U0ADA", channel="C0GENERAL", text="/ccost me", thread=root["id"])
    seen = desk.http.get(
        f"{desk.origin}/play/world", params={"user": "U0ADA", "channel": "C0GENERAL", "thread": root["id"]}
    ).json()
    assert (seen["entries"][-1]["id"], seen["entries"][-1]["replies"]) == (root["id"], 1)
    told = [entry["text"] for entry in seen["thread"]["entries"]]
    assert told == ["hi Ada", "/ccost is not supported in threads. Sorry!"]


def test_the_bot_can_be_invited_into_a_channel(desk: Desk) -> None:
    (private,) = [one for one in desk.world("U0CHLOE")["channels"] if one["kind"] == "private_channel"]
    assert not private["bot_is_member"]
    assert desk.do("say", user="U0CHLOE", channel=private["id"], text="/invite @ccost").status_code == 200
    (after,) = [one for one in desk.world("U0CHLOE")["channels"] if one["kind"] == "private_channel"]
    assert after["bot_is_member"]


def test_who_leads_a_group_is_marked(desk: Desk) -> None:
    desk.leads = {"U0BORIS"}
    assert [one["id"] for one in desk.world()["people"] if one["role"] == "lead"] == ["U0BORIS"]
