"""Who is in the demo workspace, and what has been said there. Any thread may read and write."""

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from bot.demo.cast import BOT_USER_ID, Channel, Persona, UserGroup
from bot.demo.journal import Journal
from bot.demo.workspace.people import Conversation, dm_of, is_in
from bot.demo.workspace.surfaces import Surfaces
from bot.demo.workspace.uploads import SharedFile, Uploads

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a conversation."""

    message_id: str
    """Slack's `ts`; unique in the whole workspace, and later ones are greater."""
    channel_id: str
    author_id: str
    at: datetime
    text: str = ""
    blocks: Sequence[Mapping[str, Any]] = ()
    kind: Literal["message", "typed", "banner", "file"] = "message"
    """`typed`: a command as its person sees it; `banner`: what Slack itself says; `file`: a message with a file."""
    file: SharedFile | None = None
    visible_to: str | None = None
    """The only person who sees it; None: everybody there."""
    is_edited: bool = False
    metadata: Mapping[str, Any] | None = None
    thread_ts: str | None = None
    heard_at: float = 0.0
    """Seconds of the workspace's stopwatch when it came, whatever the clock says."""

    @property
    def named_blocks(self) -> list[Mapping[str, Any]]:
        """Its blocks as Slack gives them back: one that came without a `block_id` has got one."""
        return [{**block, "block_id": block.get("block_id") or f"auto{n}"} for n, block in enumerate(self.blocks)]


@dataclass(slots=True)
class ResponseUrl:
    """A way to answer one act of one person."""

    user_id: str
    channel_id: str
    original_id: str | None
    """The message that `replace_original` means: the button's; of a command, what was last said through it."""
    opened_at: float
    of_command: bool
    uses: int = 0
    said: list[str] = field(default_factory=list)


class Team:
    """The state of the workspace."""

    def __init__(
        self,
        cast: Iterable[Persona],
        channels: Iterable[Channel],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        user_groups: Iterable[UserGroup] = (),
    ) -> None:
        self.clock = clock
        self.journal = Journal(clock)
        self.surfaces = Surfaces(monotonic, self._changed)
        self.uploads = Uploads()
        self.history_lag_seconds = 0.0
        """How long a message is not yet found in its conversation's history."""
        self.revision = 0
        """Grows with every change that somebody could see."""
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._people = {person.slack_user_id: person for person in cast}
        directs = (dm_of(person.slack_user_id) for person in self._people.values() if person.role != "outsider")
        self._channels = {one.channel_id: one for one in (*map(Conversation.of, channels), *directs)}
        self._user_groups = {one.usergroup_id: one for one in user_groups}
        self._entries: dict[str, Entry] = {}
        self._last_stamp = 0
        self._response_urls: dict[str, ResponseUrl] = {}

    def people(self) -> list[Persona]:
        """Everybody, in the order of the cast."""
        with self._lock:
            return list(self._people.values())

    def person(self, user_id: str) -> Persona | None:
        """Somebody, or None for an id that is not of this workspace."""
        with self._lock:
            return self._people.get(user_id)

    def channels(self) -> list[Conversation]:
        """Every conversation, direct ones too."""
        with self._lock:
            return list(self._channels.values())

    def channel(self, channel_id: str) -> Conversation | None:
        """One conversation; a person's id means the direct message with them."""
        with self._lock:
            if channel_id in self._people:
                channel_id = dm_of(channel_id).channel_id
            return self._channels.get(channel_id)

    def members(self, channel_id: str) -> list[str]:
        """Who is in a conversation, without the bot."""
        with self._lock:
            channel = self._channels[channel_id]
            return [one.slack_user_id for one in self._people.values() if is_in(one, channel)]

    def user_groups(self) -> list[UserGroup]:
        """Every user group, the switched-off ones too."""
        with self._lock:
            return list(self._user_groups.values())

    def user_group(self, usergroup_id: str) -> UserGroup | None:
        """One user group, or None for an id that is not of this workspace."""
        with self._lock:
            return self._user_groups.get(usergroup_id)

    def home(self, user_id: str) -> Mapping[str, Any] | None:
        """Somebody's Home tab of the bot as it was published last; None: never."""
        return self.surfaces.home(user_id)

    def modals(self, user_id: str) -> Sequence[Mapping[str, Any]]:
        """The modals open before somebody, the lowest first; `state.values` is what their fields hold."""
        return self.surfaces.modals(user_id)

    @property
    def view_errors(self) -> Mapping[str, Mapping[str, str]]:
        """What stands under the fields of views, by view id and block id; under "": about the whole view."""
        return self.surfaces.errors

    def join(self, person: Persona) -> None:
        """Let somebody new be in the workspace."""
        with self._lock:
            self._people[person.slack_user_id] = person
            direct = dm_of(person.slack_user_id)
            if person.role != "outsider":
                self._channels[direct.channel_id] = direct
            self.revision += 1

    def change_user_group(self, usergroup_id: str, **changes: Any) -> None:
        """Change a user group, e.g. `slack_user_ids=("U0ADA",)` or `is_enabled=False`."""
        with self._lock:
            self._user_groups[usergroup_id] = replace(self._user_groups[usergroup_id], **changes)
            self.revision += 1

    def change_person(self, user_id: str, **changes: Any) -> None:
        """Change somebody of the cast, e.g. `role="deactivated"`; the bot is not told, see `Sender`."""
        with self._lock:
            self._people[user_id] = replace(self._people[user_id], **changes)
            self.revision += 1

    def change_channel(self, channel_id: str, **changes: Any) -> None:
        """Change a conversation, e.g. `is_archived=True`; the bot is not told, see `Sender`."""
        with self._lock:
            self._channels[channel_id] = replace(self._channels[channel_id], **changes)
            self.revision += 1

    def add(self, channel_id: str, *, author_id: str = BOT_USER_ID, **said: Any) -> Entry:
        """Add a line; see `Entry` for what it may hold."""
        with self._lock:
            at = self.clock()
            self._last_stamp = max(self._last_stamp + 1, int(at.timestamp() * 1_000_000))
            message_id = f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06d}"
            entry = Entry(
                message_id=message_id,
                channel_id=channel_id,
                author_id=author_id,
                at=at,
                heard_at=self._monotonic(),
                **said,
            )
            self._entries[message_id] = entry
            self.revision += 1
            return entry

    def edit(self, message_id: str, **said: Any) -> Entry:
        """Replace what a line says; see `Entry` for what it may hold."""
        with self._lock:
            entry = replace(self._entries[message_id], is_edited=True, **said)
            self._entries[message_id] = entry
            self.revision += 1
            return entry

    def remove(self, message_id: str) -> None:
        """Take a line away."""
        with self._lock:
            del self._entries[message_id]
            self.revision += 1

    def entry(self, message_id: str | None) -> Entry | None:
        """One line, or None when it is gone."""
        with self._lock:
            return self._entries.get(message_id or "")

    def conversation(self, channel_id: str, user_id: str | None = None) -> list[Entry]:
        """What somebody sees of a conversation, the oldest first; without a person: what everybody sees."""
        with self._lock:
            return [
                entry
                for entry in self._entries.values()
                if entry.channel_id == channel_id and entry.visible_to in (None, user_id)
            ]

    def history(self, channel_id: str) -> list[Entry]:
        """Give what the history of a conversation holds by now, the oldest first: messages for everybody in it."""
        with self._lock:
            heard_by = self._monotonic() - self.history_lag_seconds
            return [
                entry
                for entry in self.conversation(channel_id)
                if entry.kind in ("message", "file") and entry.heard_at <= heard_by and entry.thread_ts is None
            ]

    def open_response_url(self, user_id: str, channel_id: str, original_id: str | None) -> str:
        """Give the secret last part of a new response URL."""
        secret = secrets.token_urlsafe(18)
        with self._lock:
            self._response_urls[secret] = ResponseUrl(
                user_id, channel_id, original_id, self._monotonic(), of_command=original_id is None
            )
        return secret

    def use_response_url(self, secret: str) -> ResponseUrl | None:
        """Count one use. None: unknown, older than 30 minutes, or used five times."""
        with self._lock:
            url = self._response_urls.get(secret)
            too_old = url is not None and self._monotonic() - url.opened_at > RESPONSE_URL_SECONDS
            if url is None or too_old or url.uses >= RESPONSE_URL_USES:
                return None
            url.uses += 1
            return url

    def response_url(self, secret: str) -> ResponseUrl:
        """Look at a response URL without using it."""
        with self._lock:
            return self._response_urls[secret]

    def _changed(self) -> None:
        with self._lock:
            self.revision += 1
