"""What people have before their eyes besides conversations: one Home tab each, and modals on top of one another."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.cast import APP_ID, BOT_ID, TEAM_ID
from bot.demo.workspace.fields import State, at_first, carried_over
from bot.demo.workspace.refusal import SlackRefusal

MOST_MODALS = 3
TRIGGER_SECONDS = 3

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trigger:
    """The right to show one person one modal, for three seconds."""

    user_id: str
    view_id: str | None
    """The modal in which it came to be."""
    made_at: float


class Surfaces:
    """Every view that is kept, and who sees it. Any thread may read and write; `changed` is told of each change."""

    def __init__(self, monotonic: Callable[[], float], changed: Callable[[], None]) -> None:
        self.errors: dict[str, dict[str, str]] = {}
        """What stands under the fields of a view, by its id and the block's; under no block: about the whole view."""
        self._monotonic = monotonic
        self._changed = changed
        self._lock = threading.RLock()
        self._views: dict[str, View] = {}
        self._homes: dict[str, str] = {}
        self._stacks: dict[str, list[str]] = {}
        self._triggers: dict[str, Trigger | None] = {}
        self._made = 0

    def open_trigger(self, user_id: str, view_id: str | None = None) -> str:
        """Give a new trigger id of what somebody did, in a modal or elsewhere."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        with self._lock:
            self._triggers[trigger_id] = Trigger(user_id, view_id, self._monotonic())
        return trigger_id

    def use_trigger(self, trigger_id: str) -> Trigger:
        """Take a trigger. Raises `SlackRefusal` for an unknown one, a used one, and one older than three seconds."""
        with self._lock:
            if trigger_id not in self._triggers:
                raise SlackRefusal("invalid_trigger_id")
            trigger = self._triggers[trigger_id]
            self._triggers[trigger_id] = None
        if trigger is None:
            raise SlackRefusal("exchanged_trigger_id")
        if self._monotonic() - trigger.made_at > TRIGGER_SECONDS:
            raise SlackRefusal("expired_trigger_id")
        return trigger

    def home(self, user_id: str) -> View | None:
        """Give somebody's Home tab as it was published last."""
        with self._lock:
            return self._views.get(self._homes.get(user_id, ""))

    def modals(self, user_id: str) -> list[View]:
        """Give the modals that are open before somebody, the lowest first; only the last one can be used."""
        with self._lock:
            return [self._views[view_id] for view_id in self._stacks.get(user_id, ())]

    def view(self, view_id: str) -> View | None:
        """Give a view that is kept; a closed modal is not."""
        with self._lock:
            return self._views.get(view_id)

    def named(self, external_id: str) -> View | None:
        """Give the view with the name that the app gave it."""
        with self._lock:
            return next((one for one in self._views.values() if one["external_id"] == external_id), None)

    def publish(self, user_id: str, given: Mapping[str, Any], known_hash: str = "") -> View:
        """Put up somebody's Home tab. Raises `SlackRefusal` when it is not the one of that hash any more."""
        with self._lock:
            view_id = self._homes.get(user_id)
            if view_id is not None:
                return self.replace(view_id, given, known_hash)
            new_id = self._homes[user_id] = self._new_id()
            return self._keep(self._framed(new_id, given))

    def open(self, trigger: Trigger, given: Mapping[str, Any]) -> View:
        """Show a modal: on top of the one that the trigger is of, else instead of whatever was open."""
        with self._lock:
            if trigger.view_id is None:
                self.clear(trigger.user_id)
            return self.push(trigger, given)

    def push(self, trigger: Trigger, given: Mapping[str, Any]) -> View:
        """Show a modal on top. Raises `SlackRefusal` for a fourth one."""
        with self._lock:
            stack = self._stacks.setdefault(trigger.user_id, [])
            if len(stack) >= MOST_MODALS:
                raise SlackRefusal("push_limit_reached")
            view = self._framed(self._new_id(), given)
            view["previous_view_id"] = stack[-1] if stack else None
            view["root_view_id"] = stack[0] if stack else view["id"]
            stack.append(view["id"])
            return self._keep(view)

    def replace(self, view_id: str, given: Mapping[str, Any], known_hash: str = "") -> View:
        """Change a view. Raises `SlackRefusal` for one that is closed, or not the one of that hash any more."""
        with self._lock:
            old = self._views.get(view_id)
            if old is None:
                raise SlackRefusal("not_found")
            if known_hash and known_hash != old["hash"]:
                raise SlackRefusal("hash_conflict")
            if given["type"] != old["type"]:
                raise SlackRefusal("invalid_arguments")
            view = self._framed(view_id, given, number=int(old["hash"].partition(".")[2]) + 1)
            view |= {name: old[name] for name in ("previous_view_id", "root_view_id")}
            view["state"] = {"values": carried_over(old["state"]["values"], view["blocks"])}
            self.errors.pop(view_id, None)
            return self._keep(view)

    def hold(self, view_id: str, values: State) -> None:
        """Keep what the fields of a view hold; nothing for one that is closed."""
        with self._lock:
            if view_id in self._views:
                self._keep({**self._views[view_id], "state": {"values": values}})

    def complain(self, view_id: str, errors: Mapping[str, str]) -> None:
        """Put sentences under fields, in place of those that stood there."""
        with self._lock:
            self.errors.pop(view_id, None)
            if errors and view_id in self._views:
                self.errors[view_id] = dict(errors)
            self._changed()

    def close(self, user_id: str, view_id: str) -> list[View]:
        """Close a modal and whatever is on top of it; gives what was closed, the topmost first."""
        with self._lock:
            stack = self._stacks.get(user_id, [])
            if view_id not in stack:
                return []
            closed = [self._views.pop(one) for one in reversed(stack[stack.index(view_id) :])]
            del stack[stack.index(view_id) :]
            for view in closed:
                self.errors.pop(view["id"], None)
            self._changed()
            return closed

    def clear(self, user_id: str) -> list[View]:
        """Close every modal of somebody."""
        with self._lock:
            stack = self._stacks.get(user_id)
            return self.close(user_id, stack[0]) if stack else []

    def _new_id(self) -> str:
        self._made += 1
        return f"V{self._made:010d}"

    def _keep(self, view: View) -> View:
        self._views[view["id"]] = view
        self._changed()
        return view

    def _framed(self, view_id: str, given: Mapping[str, Any], number: int = 1) -> View:
        """Complete a view as Slack does."""
        external_id = str(given.get("external_id") or "")
        twin = self.named(external_id) if external_id else None
        if twin is not None and twin["id"] != view_id:
            raise SlackRefusal("duplicate_external_id")
        blocks = named_blocks(given["blocks"])
        return {
            "id": view_id,
            "team_id": TEAM_ID,
            "type": given["type"],
            "title": given.get("title"),
            "submit": given.get("submit"),
            "close": given.get("close"),
            "blocks": blocks,
            "private_metadata": str(given.get("private_metadata") or ""),
            "callback_id": str(given.get("callback_id") or ""),
            "external_id": external_id,
            "state": {"values": at_first(blocks)},
            "hash": f"v.{number}",
            "clear_on_close": bool(given.get("clear_on_close")),
            "notify_on_close": bool(given.get("notify_on_close")),
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }


def named_blocks(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give blocks as Slack gives them back: one that came without a `block_id` has got one, a field an `action_id`."""
    named = []
    for number, given in enumerate(blocks):
        block = {**given, "block_id": given.get("block_id") or f"auto{number}"}
        if block.get("type") == "input":
            block["element"] = {**block["element"], "action_id": block["element"].get("action_id") or f"auto{number}"}
        named.append(block)
    return named
