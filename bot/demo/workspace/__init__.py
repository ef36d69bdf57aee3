"""A Slack workspace that runs on this machine: Web API, response URLs and Socket Mode over one state.

It speaks as Slack does to the official `slack_sdk`, and can fail as Slack does.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from bot.demo.cast import USER_GROUPS, Channel, Persona
from bot.demo.workspace.calls import Answer, Call, Installation, Method
from bot.demo.workspace.directory import DIRECTORY
from bot.demo.workspace.faults import Fault, Faults, Pace, spoilt
from bot.demo.workspace.files import FILES
from bot.demo.workspace.messages import MESSAGES
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.replies import take_reply
from bot.demo.workspace.socket import SocketHub
from bot.demo.workspace.state import Team
from bot.demo.workspace.usergroups import USER_GROUP_METHODS
from bot.demo.workspace.views import VIEWS

METHODS: Mapping[str, Method] = {**DIRECTORY, **MESSAGES, **VIEWS, **USER_GROUP_METHODS, **FILES}

SCOPES = frozenset(
    {"commands", "chat:write", "im:write", "users:read", "users:read.email", "channels:read", "groups:read"}
)


OnCall = Callable[[Call, bool], None]


class Workspace:
    """The workspace. Its state is `team`, its HTTP side is `app`; what else is public is for tests."""

    def __init__(
        self,
        *,
        cast: Iterable[Persona],
        channels: Iterable[Channel],
        bot_token: str,
        signing_secret: str,
        app_token: str,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.team = Team(cast, channels, clock, monotonic, USER_GROUPS)
        self.signing_secret = signing_secret
        self.scopes = set(SCOPES)
        """What was granted; a test may add an optional one (`usergroups:read`, `files:write`) or take one away."""
        self.faults = Faults()
        self.calls: list[Call] = []
        self.on_call: OnCall | None = None
        """Told of each call right before its method is done (False), and once it is, before the answer leaves (True).

        It runs where the call is served, so that the world stands still meanwhile.
        """
        self.post_limit_per_second_per_channel: float | None = None
        """More `chat.postMessage` than this meet a 429; None: any number is taken."""
        self.socket = SocketHub()
        self._installation = Installation(self.team, self.scopes)
        self._pace = Pace()
        self._monotonic = monotonic
        self._bot_token = bot_token
        self._app_token = app_token
        self.app = Starlette(
            routes=[
                Route("/api/{method}", self._api, methods=["GET", "POST"]),
                Route("/api/upload/v1/{secret}", self._upload, methods=["POST"]),
                Route("/response/{secret}", self._response, methods=["POST"]),
                WebSocketRoute("/link/", self.socket.endpoint),
            ]
        )

    def api_url(self, origin: str) -> str:
        """Give the base URL of the Web API, for `SLACK_API_URL`."""
        return f"{origin}/api/"

    async def _api(self, request: Request) -> Response:
        method = str(request.path_params["method"])
        arguments = await _arguments(request)
        token = _token(request, arguments)
        arguments.pop("token", None)
        call = Call(method, arguments)
        self.calls.append(call)
        fault = self.faults.take(method) or self._too_fast(call)
        answer = None if fault and not fault.lands else self._answer(call, token, request)
        self.team.journal.write("bot", f"{method}{_told(arguments)} → {_outcome(answer, is_spoilt=fault is not None)}")
        if fault:
            return await spoilt(fault, answer)
        is_known = answer is not None and answer.get("error") not in ("not_authed", "invalid_auth")
        return JSONResponse(answer, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))} if is_known else None)

    def _too_fast(self, call: Call) -> Fault | None:
        channel = self.team.channel(str(call.arguments.get("channel") or ""))
        per_second = self.post_limit_per_second_per_channel
        if call.method != "chat.postMessage" or channel is None or per_second is None:
            return None
        return self._pace.take(channel.channel_id, self._monotonic(), per_second)

    def _answer(self, call: Call, token: str, request: Request) -> Answer:
        tell = self.on_call or (lambda _call, _landed: None)
        try:
            tell(call, False)
            answer = {"ok": True, **self._done(call.method, token, call.arguments, request)}
        except SlackRefusal as refusal:
            return refusal.answer
        tell(call, True)
        return answer

    def _done(self, method: str, token: str, arguments: Mapping[str, Any], request: Request) -> Answer:
        is_app, is_bot = _is(token, self._app_token), _is(token, self._bot_token)
        if not is_app and not is_bot:
            raise SlackRefusal("invalid_auth" if token else "not_authed")
        if method == "apps.connections.open" and is_app:
            return {"url": f"ws://{request.headers.get('host', '')}/link/?ticket={self.socket.open_ticket()}"}
        if method == "apps.connections.open" or is_app:
            raise SlackRefusal("not_allowed_token_type")
        row = METHODS.get(method)
        if row is None:
            raise SlackRefusal("unknown_method", req_method=method)
        if row.scope:
            self._installation.need(row.scope)
        answer = row.do(self._installation, arguments)
        if "upload_url" in answer:  # Slack has a host of its own for files; ours is below the Web API
            answer["upload_url"] = f"http://{request.headers.get('host', '')}/api/{answer['upload_url']}"
        return answer

    async def _upload(self, request: Request) -> Response:
        body = await request.body()
        is_taken = self.team.uploads.send(str(request.path_params["secret"]), body)
        self.team.journal.write("bot", f"upload of {len(body)} bytes → {'ok' if is_taken else 'refused'}")
        return PlainTextResponse(f"OK - {len(body)}" if is_taken else "bad upload", 200 if is_taken else 400)

    async def _response(self, request: Request) -> Response:
        body = await _arguments(request)
        if "payload" in body:
            body = json.loads(body["payload"])
        url = self.team.use_response_url(str(request.path_params["secret"]))
        if url is None:
            self.team.journal.write("bot", "response_url → 404 used_url")
            return JSONResponse({"ok": False, "error": "used_url"}, 404)
        reply = take_reply(self.team, url, body)
        told = reply.problems[0].error if reply.problems else "ok"
        self.team.journal.write("bot", f"response_url{_told(body)} → {told}")
        return PlainTextResponse(told, 400 if reply.problems else 200)


async def _arguments(request: Request) -> dict[str, Any]:
    """Read what a call asks, from JSON, a form or the query: the SDK uses all three."""
    raw = await request.body()
    given: dict[str, Any] = dict(request.query_params)
    if "application/json" in request.headers.get("content-type", ""):
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {}
        return {**given, **body} if isinstance(body, dict) else given
    return {**given, **dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))}


def _token(request: Request, arguments: Mapping[str, Any]) -> str:
    header = request.headers.get("authorization", "")
    return header.removeprefix("Bearer ").strip() or str(arguments.get("token") or "")


def _is(token: str, ours: str) -> bool:
    return compare_digest(token.encode(), ours.encode())


_TOLD = ("channel", "channel_id", "user", "user_id", "users", "types", "view_id")


def _told(arguments: Mapping[str, Any]) -> str:
    """What a reader of the journal wants to know of a call."""
    words = [f"{name}={arguments[name]}" for name in _TOLD if arguments.get(name)]
    text = str(arguments.get("text") or "").replace("\n", " ")
    words += [f"“{text[:80]}”"] if text else []
    return f" {' '.join(words)}" if words else ""


def _outcome(answer: Answer | None, *, is_spoilt: bool) -> str:
    told = "not done" if answer is None else "ok" if answer.get("ok") else str(answer.get("error"))
    return f"{told}, then a fault on purpose" if is_spoilt else told
