"""The door for telemetry over a store, with a token, and captured requests of the real Claude Code to bring to it."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
from slack_sdk import WebClient
from starlette.applications import Starlette

from bot.config import Settings
from bot.jobs.telemetry import absorb
from bot.listeners.server import HttpServer
from bot.listeners.telemetry import telemetry_routes
from bot.people import Person, Standing
from bot.periods import last_days
from bot.runtime import Runtime
from bot.sources import SOURCES, precedence
from bot.store import members, tokens, usage
from bot.store.engine import Store
from bot.text import load_texts
from bot.usage import MemberUsage, Plan

CAPTURES = Path(__file__).parent / "payloads" / "otlp"
FOLDERS = tuple(sorted(one.name for one in CAPTURES.iterdir()))
ADA = "U0ADA"
SETTINGS = Settings()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Order = Literal["as it came", "shuffled", "twice"]


@dataclass(frozen=True)
class Post:
    """A request as it was captured."""

    path: str
    body: bytes
    headers: dict[str, str]


def posts(folder: str, order: Order = "as it came") -> list[Post]:
    """Give the requests of a run of Claude Code."""
    found = []
    for facts in sorted((CAPTURES / folder).glob("*.request.json")):
        about = json.loads(facts.read_text())
        headers = {
            name: about["headers"][name] for name in ("content-type", "content-encoding") if name in about["headers"]
        }
        found.append(Post(about["path"], (CAPTURES / folder / about["body_file"]).read_bytes(), headers))
    if order == "shuffled":
        random.Random(folder).shuffle(found)
    return found * 2 if order == "twice" else found


@dataclass
class House:
    """A runtime with Ada in it, and her token."""

    store: Store
    plan: Plan = Plan.PAY_PER_TOKEN
    now: datetime = NOW
    token: str = ""
    team_token: str = ""
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rt = Runtime(
            settings=SETTINGS,
            store=self.store,
            slack=WebClient(),
            clock=lambda: self.now,
            texts=load_texts("en"),
            sources=tuple(source for source in SOURCES if source.is_told),
        )
        person = Person(slack_user_id=ADA, display_name="ada", standing=Standing.MEMBER, email="ada@example.com")
        with self.store.sessions.begin() as session:
            members.sync(session, [person], self.now)
            ada = members.by_slack_id(session, ADA)
            assert ada is not None
            self.ids[ADA] = ada.member_id
            common: dict[str, Any] = {"by": ADA, "now": self.now, "precedence": precedence(SETTINGS), "plan": self.plan}
            _, self.token = tokens.issue(
                session, member_id=ada.member_id, label="ada", secret=b"a" * tokens.SECRET_BYTES, **common
            )
            _, self.team_token = tokens.issue(
                session, member_id=None, label="team", secret=b"t" * tokens.SECRET_BYTES, **common
            )
        self.server = HttpServer(Starlette(routes=list(telemetry_routes(self.rt))))
        self.client = httpx.Client(base_url=self.server.origin, trust_env=False)

    def close(self) -> None:
        """Shut the door."""
        self.client.close()
        self.server.close()

    def send(self, post: Post, *, token: str | None = None, **headers: str) -> Any:
        """Bring a request to the door."""
        bearer = {"authorization": f"Bearer {self.token if token is None else token}"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(post.path, content=post.body, headers={**post.headers, **bearer, **named})

    def replay(self, folder: str, order: Order = "as it came", *, token: str | None = None) -> None:
        """Bring the requests of a run, and add up what came."""
        for post in posts(folder, order):
            answer = self.send(post, token=token)
            assert answer.status_code == 200, answer.content
        absorb(self.rt)

    def ada(self) -> MemberUsage:
        """Give what the store says of Ada."""
        with self.store.sessions() as session:
            return usage.of_member(session, self.ids[ADA], last_days(35, self.now + timedelta(days=1)))

    def nanos(self) -> int:
        """Give what she spent."""
        return sum(row.cost_nanos for row in self.ada().rows)

    def everybody(self) -> int:
        """Give what all spent."""
        with self.store.sessions() as session:
            rows = usage.of_team(session, last_days(35, self.now + timedelta(days=1))).rows
            return sum(row.spend.cost_nanos for row in rows)
