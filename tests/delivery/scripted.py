"""A Slack that answers as a test says: everything is fine unless told otherwise, and every call is kept."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from bot.delivery.classify import Reply

US = "U0CCOST"
LOST = Reply(written=True, problem="TimeoutError")
"""Perhaps posted."""
UNREACHED = Reply(written=False, problem="ConnectionRefusedError")


def ok(**body: Any) -> Reply:
    """A yes."""
    return Reply(written=True, status=200, body={"ok": True, **body})


def no(error: str) -> Reply:
    """A no with Slack's word for it."""
    return Reply(written=True, status=200, body={"ok": False, "error": error})


def page(*messages: Mapping[str, Any], cursor: str = "", has_more: bool = False) -> Reply:
    """A page of a conversation's history."""
    return ok(messages=list(messages), has_more=has_more or bool(cursor), response_metadata={"next_cursor": cursor})


def ours(ts: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A message of the bot as the history gives it back, from the arguments it was posted with."""
    return {"user": US, "ts": ts, **{name: said[name] for name in ("text", "metadata", "blocks") if name in said}}


class ScriptedCall:
    """The real interface of `Call`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.before: dict[str, Callable[[], object]] = {}
        """What happens in the world right before a call of this method is answered."""
        self.during: dict[str, Callable[[], object]] = {}
        """What happens while it is under way: it was written already."""
        self.is_shared = False
        self._next: dict[str, deque[Reply]] = defaultdict(deque)
        self._serial = 0

    def then(self, method: str, *replies: Reply) -> None:
        """Answer the next calls so."""
        self._next[method].extend(replies)

    def said(self, method: str = "chat.postMessage") -> list[Mapping[str, Any]]:
        """Give the arguments of every call of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    def __call__(
        self, method: str, arguments: Mapping[str, Any], *, may_write: Callable[[], bool] = lambda: True
    ) -> Reply:
        """Answer."""
        self.before.pop(method, lambda: None)()
        if not may_write():
            return Reply(written=False, problem="withheld")
        self.calls.append((method, arguments))
        reply = self._next[method].popleft() if self._next[method] else self._fine(method, arguments)
        self.during.pop(method, lambda: None)()
        return reply

    def _fine(self, method: str, arguments: Mapping[str, Any]) -> Reply:
        self._serial += 1
        if method == "conversations.open":
            return ok(channel={"id": f"D{arguments['users'][1:]}"})
        if method == "conversations.info":
            seen = {"id": arguments["channel"], "name": "general", "is_member": True, "is_ext_shared": self.is_shared}
            return ok(channel=seen)
        if method == "conversations.history":
            return page()
        return ok(channel=arguments["channel"], ts=str(arguments.get("ts", f"1795435200.{self._serial:06d}")))
