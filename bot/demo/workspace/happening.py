"""What happens in the workspace and is told to the app: visits, people and channels that change."""

from collections.abc import Mapping
from typing import Any

from bot.demo.cast import BOT_USER_ID, Persona
from bot.demo.workspace import events
from bot.demo.workspace.acting import Acting
from bot.demo.workspace.outcome import NotThere, Outcome, failed
from bot.demo.workspace.people import user_object
from bot.demo.workspace.transport import Failed, Retry

_ADMIN = "U0CHLOE"
"""Whose act a change is where nobody is named."""


class Happening(Acting):
    """Events, and the changes that cause them."""

    _last_envelope: Mapping[str, Any] | None = None

    def event(self, event: Mapping[str, Any]) -> Outcome:
        """Tell the app of any event, in its envelope; what is not acknowledged is repeated up to three times."""
        channel = self._team.channel(str(event.get("channel") or ""))
        is_shared = channel is not None and channel.is_ext_shared
        self._last_envelope = events.envelope(event, self._now(), in_shared_channel=is_shared)
        about = " ".join(str(event[name]) for name in ("user", "channel", "tab") if isinstance(event.get(name), str))
        self._team.journal.write("slack", f"event {event.get('type')} {about}".strip())
        try:
            self._transport.tell(self._last_envelope)
        except Failed as failure:
            return self._unheard(failure)
        return Outcome("acknowledged")

    def repeat_last_event(self) -> Outcome:
        """Tell the last event once more, as Slack does when the acknowledgement was lost. Raises `NotThere`."""
        if self._last_envelope is None:
            raise NotThere("nothing was told yet")
        self._team.journal.write("slack", f"event {self._last_envelope['event']['type']} once more")
        try:
            self._transport.deliver("events_api", self._last_envelope, Retry(1, "http_timeout"))
        except Failed as failure:
            return self._unheard(failure)
        return Outcome("acknowledged")

    def open_home(self, user_id: str) -> Outcome:
        """Let somebody open the app's Home tab. Raises `NotThere` for whoever has none."""
        return self._opened(user_id, "home")

    def open_messages(self, user_id: str) -> Outcome:
        """Let somebody open their direct message with the app. Raises `NotThere` for whoever has none."""
        return self._opened(user_id, "messages")

    def change_person(self, user_id: str, **changes: Any) -> Outcome:
        """Change somebody of the cast, e.g. `locale="ja-JP"`, and tell."""
        self._team.change_person(user_id, **changes)
        return self.event(events.user_change(self._described(user_id), self._now()))

    def make_guest(self, user_id: str) -> Outcome:
        """Make somebody a guest, and tell."""
        return self.change_person(user_id, role="guest")

    def make_member(self, user_id: str) -> Outcome:
        """Make somebody a full member (again), and tell."""
        return self.change_person(user_id, role="member")

    def deactivate(self, user_id: str) -> Outcome:
        """Let somebody leave the company, and tell."""
        return self.change_person(user_id, role="deactivated")

    def join(self, person: Persona) -> Outcome:
        """Let somebody new be in the workspace, and tell."""
        self._team.join(person)
        return self.event(events.team_join(self._described(person.slack_user_id), self._now()))

    def invite_bot(self, user_id: str, channel_id: str) -> Outcome:
        """Let somebody invite the bot into a channel they are in, and tell. Raises `NotThere`."""
        person, channel = self._place(user_id, channel_id)
        if channel.dm_of:
            raise NotThere("nobody can be invited into a direct message")
        if channel.bot_is_member or channel.is_archived:
            words = "@ccost is already in this channel." if channel.bot_is_member else "This channel is archived."
            self._banner(channel.channel_id, user_id, words, "refused")
            return Outcome("refused", banner=words)
        self._team.change_channel(channel.channel_id, bot_is_member=True)
        self._team.add(channel.channel_id, kind="banner", text=f"{person.name} added ccost to this channel.")
        return self.event(events.member_joined_channel(channel, BOT_USER_ID, person))

    def remove_bot(self, channel_id: str) -> Outcome:
        """Throw the bot out of a channel, and tell."""
        self._team.change_channel(channel_id, bot_is_member=False)
        channel = self._team.channel(channel_id)
        kind = "group_left" if channel and channel.is_private else "channel_left"
        return self.event({"type": kind, "channel": channel_id, "actor_id": _ADMIN})

    def share_channel(self, channel_id: str) -> Outcome:
        """Share a channel with the other company, and tell."""
        return self._shared(channel_id, is_ext_shared=True)

    def unshare_channel(self, channel_id: str) -> Outcome:
        """Share a channel no more, and tell."""
        return self._shared(channel_id, is_ext_shared=False)

    def archive(self, channel_id: str) -> Outcome:
        """Archive a channel, and tell."""
        return self._archived(channel_id, is_archived=True)

    def unarchive(self, channel_id: str) -> Outcome:
        """Take an archived channel into use again, and tell."""
        return self._archived(channel_id, is_archived=False)

    def _opened(self, user_id: str, tab: str) -> Outcome:
        self._person(user_id)
        direct = self._team.channel(user_id)
        if direct is None:
            raise NotThere(f"{user_id} cannot open the app")
        return self.event(events.app_home_opened(user_id, direct.channel_id, tab, self._team.home(user_id)))

    def _shared(self, channel_id: str, *, is_ext_shared: bool) -> Outcome:
        self._team.change_channel(channel_id, is_ext_shared=is_ext_shared)
        channel = self._team.channel(channel_id)
        if channel is None:
            raise NotThere(channel_id)
        return self.event(events.channel_shared(channel))

    def _archived(self, channel_id: str, *, is_archived: bool) -> Outcome:
        self._team.change_channel(channel_id, is_archived=is_archived)
        channel = self._team.channel(channel_id)
        if channel is None:
            raise NotThere(channel_id)
        return self.event(events.channel_archive(channel, _ADMIN))

    def _described(self, user_id: str) -> dict[str, Any]:
        person = self._team.person(user_id)
        if person is None:
            raise NotThere(user_id)
        with_email = "users:read.email" in self._workspace.scopes
        return user_object(person, with_email=with_email, with_locale=True, now=self._team.clock())

    def _unheard(self, failure: Failed) -> Outcome:
        self._team.journal.write("slack", f"event given up: {failure.reason}")
        return failed(str(failure), "")
