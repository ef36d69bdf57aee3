"""The playground page: see the workspace as anybody in it, type, press, and move the clock.

Only this machine, and only this page, may use it.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
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

from bot.demo.cast import BOT_USER_ID, Persona
from bot.demo.clock import MovableClock
from bot.demo.travel import end_of, travel
from bot.demo.workspace import Workspace
from bot.demo.workspace.people import GONE_OR_MACHINE, Conversation, handle, is_in
from bot.demo.workspace.sender import NotThere, Outcome, Sender
from bot.demo.workspace.state import Entry, Team

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
        """Give everything that somebody sees: `?user=…&channel=…`."""
        people = [person for person in self.team.people() if person.role not in GONE_OR_MACHINE]
        person = self.team.person(request.query_params.get("user", "")) or people[0]
        channels = [one for one in self.team.channels() if is_in(person, one)]
        wanted = request.query_params.get("channel", "")
        channel = next((one for one in channels if one.channel_id == wanted), channels[0])
        return JSONResponse(
            {
                "revision": self.team.revision,
                "clock": self.clock().isoformat(),
                "user": person.slack_user_id,
                "channel": channel.channel_id,
                "verbs": list(self.verbs),
                "bot_is_up": self.backstage.is_bot_up(),
                "stories": list(self.backstage.offered()),
                "people": [self._person(one) for one in people],
                "names": {one.slack_user_id: one.name for one in self.team.people()} | {BOT_USER_ID: "ccost"},
                "channel_names": {one.channel_id: one.name for one in self.team.channels() if not one.dm_of},
                "channels": [self._channel(one, person) for one in channels],
                "entries": [_entry(one) for one in self.team.conversation(channel.channel_id, person.slack_user_id)],
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

    async def move(self, request: Request) -> Response:
        """Move the clock by an `hour`, a `day`, to the next `month`, or to the next thing that is `due`."""
        return await _acted(request, ("by",), self._moved)

    async def tell(self, request: Request) -> Response:
        """Let a story happen to somebody."""
        return await _acted(request, ("user", "story"), self._happened)

    def _said(self, asked: Mapping[str, str]) -> dict[str, Any]:
        user_id, channel_id, text = asked["user"], asked["channel"], asked["text"].strip()
        command, _, words = text.partition(" ")
        if command == "/ccost":
            return _told(self.sender.command(user_id, channel_id, words.strip()))
        person, channel = self.team.person(user_id), self.team.channel(channel_id)
        if person is None or channel is None or not is_in(person, channel):
            raise NotThere(f"{user_id} is not in {channel_id}")
        if text.startswith("/"):
            self.team.add(channel_id, kind="banner", text=f"{command} is not a valid command.", visible_to=user_id)
        elif text:
            self.team.add(channel_id, author_id=user_id, text=text)
        return {"status": "said"}

    def _pressed(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return _told(self.sender.press(asked["user"], asked["message"], asked["action"], asked.get("block")))

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

    def _channel(self, channel: Conversation, person: Persona) -> dict[str, Any]:
        seen = self.team.conversation(channel.channel_id, person.slack_user_id)
        return {
            "id": channel.channel_id,
            "name": "ccost" if channel.dm_of else channel.name,
            "kind": "dm" if channel.dm_of else channel.kind,
            "is_ext_shared": channel.is_ext_shared,
            "is_archived": channel.is_archived,
            "bot_is_member": channel.bot_is_member,
            "members": len(self.team.members(channel.channel_id)),
            "latest": seen[-1].message_id if seen else "",
        }

    def _person(self, person: Persona) -> dict[str, Any]:
        direct = self.team.channel(person.slack_user_id)
        heard = self.team.conversation(direct.channel_id, person.slack_user_id) if direct else []
        return {
            "id": person.slack_user_id,
            "name": person.name,
            "handle": handle(person),
            "role": person.role,
            "locale": person.locale,
            "tz": person.tz,
            "direct": direct.channel_id if direct else "",
            "direct_latest": heard[-1].message_id if heard else "",
        }


async def _acted(
    request: Request, needed: Sequence[str], act: Callable[[Mapping[str, str]], dict[str, Any]]
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


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.message_id,
        "author": entry.author_id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "text": entry.text,
        "blocks": entry.named_blocks,
        "only_you": entry.visible_to is not None,
        "edited": entry.is_edited,
        "thread": entry.thread_ts,
    }
