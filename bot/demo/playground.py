"""The playground page: see the workspace as anybody in it, type, press, and move the clock.

Only this machine, and only this page, may use it.
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.demo.cast import Persona
from bot.demo.clock import MovableClock
from bot.demo.travel import end_of, travel
from bot.demo.workspace import Workspace
from bot.demo.workspace.people import is_in
from bot.demo.workspace.sender import NotThere, Outcome, Sender
from bot.demo.workspace.state import Team
from bot.demo.world import seat, world

HEADER = "x-ccost-playground"
"""A page of elsewhere cannot send it: browsers ask first, and nobody answers."""

_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SAFE = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backstage:
    """What the page can do besides what people in the workspace do."""

    run_due: Callable[[], None]
    """Do what the bot does by itself as time passes."""
    next_due: Callable[[], datetime | None]
    """When it has something to do next."""
    is_bot_up: Callable[[], bool]
    stories: Mapping[str, Callable[[Persona], str]]
    """What can happen to whom; each says in a word how it ended."""
    offered: Callable[[], Sequence[str]]
    """The stories that can be told now."""
    leads: Callable[[], Collection[str]]
    """Who leads a group, by Slack id. May ask the bot's database."""


def playground_app(
    workspace: Workspace, sender: Sender, clock: MovableClock, backstage: Backstage, *, verbs: Sequence[str]
) -> Starlette:
    """Build one application of the page, its JSON API and the workspace itself.

    `verbs` are what the composer completes after `/ccost`, e.g. `me`, `me why`.
    """
    desk = _Desk(team=workspace.team, sender=sender, clock=clock, backstage=backstage, verbs=verbs)
    page = [
        Route("/", desk.page),
        Route("/page/{name}", desk.page),
        Route("/play/world", desk.world),
        Route("/play/log", desk.recent),
        Route("/play/say", desk.say, methods=["POST"]),
        Route("/play/press", desk.press, methods=["POST"]),
        Route("/play/home", desk.home, methods=["POST"]),
        Route("/play/press_view", desk.press_view, methods=["POST"]),
        Route("/play/submit", desk.submit, methods=["POST"]),
        Route("/play/close", desk.close, methods=["POST"]),
        Route("/play/clock", desk.move, methods=["POST"]),
        Route("/play/story", desk.tell, methods=["POST"]),
    ]
    return Starlette(routes=[*page, Mount("/", app=workspace.app)], middleware=[Middleware(_OnlyThisPage)])


class _OnlyThisPage:
    """Refuses what does not come from the page itself; the workspace's own doors have their tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/api/", "/response/")):
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_SAFE.items()]
            await send(message)

        await self._app(scope, receive, send_safely)


def _refusal(scope: Scope) -> str:
    """Say why a request is not ours; empty: it is."""
    headers = Headers(scope=scope)
    port = scope["server"][1]
    hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
    if headers.get("host") not in hosts:
        return "The playground answers only to 127.0.0.1 and localhost."
    if headers.get("origin", f"http://{hosts[0]}") not in [f"http://{host}" for host in hosts]:
        return "The playground answers only to its own page."
    if scope["method"] not in ("GET", "HEAD") and headers.get(HEADER) != "1":
        return f"Send the header {HEADER}: 1."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """The page's side of the workspace."""

    team: Team
    sender: Sender
    clock: MovableClock
    backstage: Backstage
    verbs: Sequence[str]
    moving: threading.Lock = field(default_factory=threading.Lock)

    async def page(self, request: Request) -> Response:
        """Give a file of the page."""
        name = str(request.path_params.get("name", "index.html"))
        known = {file.name: file for file in resources.files("bot.demo").joinpath("page").iterdir()}
        kind = _KINDS.get(name.rpartition(".")[2])
        if name not in known or kind is None:
            return PlainTextResponse("Not found", 404)
        return Response(known[name].read_bytes(), media_type=kind)

    async def world(self, request: Request) -> Response:
        """Give everything that somebody sees: `?user=…&channel=…&thread=…`; `channel` may be `home`."""
        asked = request.query_params
        at = seat(self.team, asked.get("user", ""), asked.get("channel", ""), asked.get("thread", ""))
        leads = await run_in_threadpool(self.backstage.leads)
        return JSONResponse(
            world(self.team, at, leads)
            | {
                "clock": self.clock().isoformat(),
                "verbs": list(self.verbs),
                "bot_is_up": self.backstage.is_bot_up(),
                "stories": list(self.backstage.offered()),
            }
        )

    async def recent(self, request: Request) -> Response:  # noqa: ARG002  the shape of an endpoint
        """Give what happened lately, the oldest first."""
        lines = self.team.journal.recent()
        return JSONResponse(
            {"lines": [{"at": line.at.isoformat(), "who": line.who, "what": line.what} for line in lines[-200:]]}
        )

    async def say(self, request: Request) -> Response:
        """Let somebody type: a command of ours reaches the bot, everything else the people in the channel."""
        return await _acted(request, ("user", "channel", "text"), self._said)

    async def press(self, request: Request) -> Response:
        """Let somebody press a button."""
        return await _acted(request, ("user", "message", "action"), self._pressed)

    async def home(self, request: Request) -> Response:
        """Let somebody open ccost's Home tab."""
        return await _acted(request, ("user",), lambda asked: _told(self.sender.open_home(asked["user"])))

    async def press_view(self, request: Request) -> Response:
        """Let somebody press a button of their Home tab or of the topmost modal."""
        return await _acted(request, ("user", "view", "action", "block"), self._pressed_view)

    async def submit(self, request: Request) -> Response:
        """Let somebody send off the topmost modal; `values` by block id."""
        return await _acted(request, ("user", "view"), self._submitted)

    async def close(self, request: Request) -> Response:
        """Let somebody close the topmost modal."""
        return await _acted(
            request, ("user", "view"), lambda asked: _told(self.sender.close(asked["user"], asked["view"]))
        )

    async def move(self, request: Request) -> Response:
        """Move the clock by an `hour`, a `day`, to the next `month`, or to the next thing that is `due`."""
        return await _acted(request, ("by",), self._moved)

    async def tell(self, request: Request) -> Response:
        """Let a story happen to somebody."""
        return await _acted(request, ("user", "story"), self._happened)

    def _said(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        user_id, channel_id, text = asked["user"], asked["channel"], asked["text"].strip()
        thread = asked.get("thread") if isinstance(asked.get("thread"), str) else None
        command, _, words = text.partition(" ")
        if command == "/ccost":
            return _told(self.sender.command(user_id, channel_id, words.strip(), thread=thread or False))
        if command == "/invite" and words.strip().removeprefix("@") == "ccost":
            return _told(self.sender.invite_bot(user_id, channel_id))
        person, channel = self.team.person(user_id), self.team.channel(channel_id)
        if person is None or channel is None or not is_in(person, channel):
            raise NotThere(f"{user_id} is not in {channel_id}")
        if text.startswith("/"):
            words = f"{command} is not a valid command."
            self.team.add(channel_id, kind="banner", text=words, visible_to=user_id, thread_ts=thread)
        elif text:
            self.team.add(channel_id, author_id=user_id, text=text, thread_ts=thread)
        return {"status": "said"}

    def _pressed(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return _told(self.sender.press(asked["user"], asked["message"], asked["action"], asked.get("block")))

    def _pressed_view(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        outcome = self.sender.press_view(
            asked["user"], asked["view"], asked["action"], asked["block"], _values(asked.get("values"))
        )
        return _told(outcome)

    def _submitted(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return _told(self.sender.submit(asked["user"], asked["view"], _values(asked.get("values"))))

    def _moved(self, asked: Mapping[str, str]) -> dict[str, Any]:
        with self.moving:  # two clicks are two moves, one after the other
            self.backstage.run_due()
            to = end_of(asked["by"], self.clock(), self.backstage.next_due())
            if to is not None:
                travel(self.clock, to, run_due=self.backstage.run_due, next_due=self.backstage.next_due)
        return {"status": "moved" if to else "nothing_due", "clock": self.clock().isoformat()}

    def _happened(self, asked: Mapping[str, str]) -> dict[str, Any]:
        person = self.team.person(asked["user"])
        if person is None or asked["story"] not in self.backstage.offered():
            raise NotThere(f"{asked['story']} for {asked['user']}")
        return {"status": self.backstage.stories[asked["story"]](person)}


async def _acted(
    request: Request, needed: Sequence[str], act: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Response:
    """Do what the page asks, off the loop: the bot answers through this very server."""
    try:
        asked = json.loads(await request.body())
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in needed):
        return JSONResponse({"status": "bad_request"}, 400)
    try:
        return JSONResponse(await run_in_threadpool(act, asked))
    except NotThere:
        return JSONResponse({"status": "not_there"}, 404)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {"status": outcome.status, "message": outcome.message_id, "banner": outcome.banner}


def _values(given: Any) -> dict[str, str | list[str]]:
    """Take what a form of the page holds: a text or a list of texts by block id."""
    if not isinstance(given, dict):
        return {}
    return {str(name): [str(one) for one in v] if isinstance(v, list) else str(v) for name, v in given.items()}
