"""What every act of a person in the workspace begins with: who they are, where, and the way to the app."""

import time
from collections.abc import Callable, Sequence

from bot.demo.cast import Persona
from bot.demo.workspace import Workspace
from bot.demo.workspace.outcome import NotThere, Outcome, failed
from bot.demo.workspace.people import GONE_OR_MACHINE, Conversation, is_in
from bot.demo.workspace.transport import ANSWER_SECONDS, Transport


class Acting:
    """Until `connect` was called, every act fails as if the app were down.

    `retry_after_seconds`: how long Slack waits before each repetition of an event; the real one waits 0, 60 and 300.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], float] = time.time,
        limit_seconds: float = ANSWER_SECONDS,
        retry_after_seconds: Sequence[float] = (0.0, 0.0, 0.0),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._workspace = workspace
        self._team = workspace.team
        self._now = now
        self._transport = Transport(
            workspace.socket,
            workspace.team.journal,
            signing_secret=workspace.signing_secret,
            now=now,
            limit_seconds=limit_seconds,
            retry_after_seconds=retry_after_seconds,
            sleep=sleep,
        )

    def connect(self, origin: str, events_url: str | None = None) -> None:
        """Tell where the workspace is served, and where the app listens; no `events_url`: Socket Mode."""
        self._transport.connect(origin, events_url)

    def disconnect(self) -> None:
        """Let the app be gone: every act fails until `connect`."""
        self._transport.disconnect()

    def _person(self, user_id: str) -> Persona:
        person = self._team.person(user_id)
        if person is None or person.role in GONE_OR_MACHINE:
            raise NotThere(f"nobody acts as {user_id}")
        return person

    def _place(self, user_id: str, channel_id: str) -> tuple[Persona, Conversation]:
        person, channel = self._team.person(user_id), self._team.channel(channel_id)
        if person is None or channel is None or not is_in(person, channel):
            raise NotThere(f"{user_id} is not in {channel_id}")
        return person, channel

    def _banner(self, channel_id: str, user_id: str, words: str, word: str, thread_ts: str | None = None) -> Outcome:
        """Show what Slack itself says in a conversation; `word` is Slack's for why."""
        self._team.add(channel_id, kind="banner", text=words, visible_to=user_id, thread_ts=thread_ts)
        self._team.journal.write("slack", words)
        return failed(word, words)
