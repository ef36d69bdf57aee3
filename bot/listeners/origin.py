"""Where somebody pressed or sent something off, and so where the answer has to go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Surface(StrEnum):
    """Slack's three places with buttons."""

    MESSAGE = "message"
    HOME = "home"
    MODAL = "modal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an interaction says of its place."""

    surface: Surface
    channel_id: str | None
    """None: the Home tab, or a modal that was opened there. Empty: nobody knows, so no figure is told."""
    response_url: str | None
    trigger_id: str
    view_id: str | None
    from_home: bool
    """The Home tab is behind it: what changes is to be seen there."""
    message_ts: str | None
    """Which message the button is on."""

    @property
    def metadata(self) -> str:
        """What a modal carries along, so that its own buttons know where it was opened."""
        return json.dumps({"channel": self.channel_id, "home": self.from_home, "message": self.message_ts})


def origin_of(body: Mapping[str, Any]) -> Origin:
    """Read it from the payload of a pressed button or of a form. What a view carries is ours, and signed by Slack."""
    view = body.get("view") or {}
    trigger_id = str(body.get("trigger_id") or "")
    if view.get("type") == Surface.HOME:
        return Origin(
            surface=Surface.HOME,
            channel_id=None,
            response_url=None,
            trigger_id=trigger_id,
            view_id=None,
            from_home=True,
            message_ts=None,
        )
    if view:
        carried = _carried(str(view.get("private_metadata") or ""))
        from_home = carried.get("home") is True
        return Origin(
            surface=Surface.MODAL,
            channel_id=_channel(carried.get("channel", ""), from_home=from_home),
            response_url=None,
            trigger_id=trigger_id,
            view_id=str(view["id"]),
            from_home=from_home,
            message_ts=carried.get("message"),
        )
    return Origin(
        surface=Surface.MESSAGE,
        channel_id=str((body.get("channel") or {}).get("id") or ""),
        response_url=str(body["response_url"]) if body.get("response_url") else None,
        trigger_id=trigger_id,
        view_id=None,
        from_home=False,
        message_ts=(body.get("container") or {}).get("message_ts"),
    )


def _channel(carried: object, *, from_home: bool) -> str | None:
    """Read the channel that a modal is about: none is the Home tab's privacy, and only what was opened there has it."""
    if carried is None and from_home:
        return None
    return carried if isinstance(carried, str) else ""


def _carried(metadata: str) -> Mapping[str, Any]:
    """A modal of ours always carries something; without it nobody can say where it was opened."""
    try:
        carried = json.loads(metadata)
    except ValueError:
        carried = None
    return carried if isinstance(carried, dict) else {}
