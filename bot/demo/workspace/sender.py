"""Slack's other direction: what people do in the workspace reaches the bot, and its answer reaches them."""

from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.happening import Happening
from bot.demo.workspace.outcome import NotThere, Outcome, Status
from bot.demo.workspace.payloads import buttons, command_fields, escaped, press_fields
from bot.demo.workspace.replies import take_reply
from bot.demo.workspace.state import Entry
from bot.demo.workspace.transport import Failed
from bot.demo.workspace.viewing import Viewing

__all__ = ["Failed", "NotThere", "Outcome", "Sender", "Status"]


class Sender(Viewing, Happening):
    """Sends as Slack does: commands and buttons of messages here, views and events in the classes it is made of."""

    def command(
        self, user_id: str, channel_id: str, text: str, *, command: str = "/ccost", thread: bool | str = False
    ) -> Outcome:
        """Let somebody type a command; `text` is what stands after it, as typed.

        `thread`: typed in a thread (of that message, if it is a `ts`), where Slack knows no commands: nothing is sent.
        Raises `NotThere` for somebody who is not in that conversation.
        """
        person, channel = self._place(user_id, channel_id)
        if thread:
            words = f"{command} is not supported in threads. Sorry!"
            self._banner(channel_id, user_id, words, "refused", thread if isinstance(thread, str) else None)
            return Outcome("refused", banner=words)
        self._team.add(
            channel_id, author_id=user_id, kind="typed", text=f"{command} {text}".strip(), visible_to=user_id
        )
        known = (self._team.people(), self._team.channels(), self._team.user_groups())
        fields = command_fields(person, channel, command, escaped(text, *known))
        secret = self._team.open_response_url(user_id, channel.channel_id, None)
        trigger_id = self._team.surfaces.open_trigger(user_id)
        fields |= {"response_url": self._response_url(secret), "trigger_id": trigger_id}
        self._team.journal.write("slack", f"{command} {fields['text']} from {user_id} in {channel_id}")
        try:
            body = self._transport.deliver("slash_commands", fields)
        except Failed as failure:
            return self._banner(channel_id, user_id, f"{command} failed with the error “{failure}”", str(failure))
        return self._shown(secret, body)

    def press(self, user_id: str, message_id: str, action_id: str, block_id: str | None = None) -> Outcome:
        """Let somebody press a button of a message they see. Without `block_id` the first of that `action_id` is meant.

        Raises `NotThere` when they do not see such a message or button.
        """
        entry = self._team.entry(message_id)
        if entry is None or entry.visible_to not in (None, user_id):
            raise NotThere(f"no message {message_id} for {user_id}")
        person, channel = self._place(user_id, entry.channel_id)
        button = next(buttons(entry.named_blocks, action_id, block_id), None)
        if button is None:
            raise NotThere(f"no button {action_id} in message {message_id}")
        payload = press_fields(person, channel, entry, button, f"{self._now():.6f}")
        secret = self._team.open_response_url(user_id, channel.channel_id, entry.message_id)
        trigger_id = self._team.surfaces.open_trigger(user_id)
        payload |= {"response_url": self._response_url(secret), "trigger_id": trigger_id}
        self._team.journal.write("slack", f"button {action_id} from {user_id} in {channel.channel_id}")
        try:
            body = self._transport.deliver("interactive", payload)
        except Failed as failure:
            return self._banner(entry.channel_id, user_id, f"“{button.label}” failed: {failure}", str(failure))
        if body:
            self._team.journal.write("slack", "ignored the body of an answer to a button: only response_url can answer")
        return self._said_through(secret)

    def _response_url(self, secret: str) -> str:
        return f"{self._transport.origin}/response/{secret}"

    def _shown(self, secret: str, body: Mapping[str, Any]) -> Outcome:
        """Show the body of an acknowledgement."""
        if not body.get("text") and not body.get("blocks"):
            return self._said_through(secret)
        reply = take_reply(self._team, self._team.response_url(secret), body)
        if reply.entry is None:
            problems = " ".join(map(str, reply.problems))
            return Outcome("refused", banner=f"Slack refused: {problems}")
        return _answered(reply.entry)

    def _said_through(self, secret: str) -> Outcome:
        said = self._team.response_url(secret).said
        entry = self._team.entry(said[-1]) if said else None
        return _answered(entry) if entry else Outcome("acknowledged")


def _answered(entry: Entry) -> Outcome:
    return Outcome("answered", entry.text, tuple(entry.blocks), entry.message_id)
