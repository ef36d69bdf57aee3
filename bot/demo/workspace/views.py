"""`views.*` over the demo workspace."""

import json
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.blockkit_views import view_problems
from bot.demo.workspace.calls import Answer, Arguments, Installation, Method, json_of, refuse_problems
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.surfaces import Trigger, View

VIEW_BYTES = 250_000


def views_open(api: Installation, ask: Arguments) -> Answer:
    """Show a modal to whoever has just done something."""
    view = _given(ask, "modal")
    return _told(api.team.surfaces.open(_trigger(api, ask), view))


def views_push(api: Installation, ask: Arguments) -> Answer:
    """Show a modal on top of the one in which somebody has just done something."""
    view, trigger = _given(ask, "modal"), _trigger(api, ask)
    if trigger.view_id is None or api.team.surfaces.view(trigger.view_id) is None:
        raise SlackRefusal("not_found")
    return _told(api.team.surfaces.push(trigger, view))


def views_publish(api: Installation, ask: Arguments) -> Answer:
    """Put up somebody's Home tab."""
    user_id = str(ask.get("user_id") or "")
    if api.team.person(user_id) is None:
        raise SlackRefusal("user_not_found")
    return _told(api.team.surfaces.publish(user_id, _given(ask, "home"), str(ask.get("hash") or "")))


def views_update(api: Installation, ask: Arguments) -> Answer:
    """Change a view that is kept, found by its id or by the name that the app gave it."""
    view_id = str(ask.get("view_id") or "")
    if not view_id:
        named = api.team.surfaces.named(str(ask.get("external_id") or "")) if ask.get("external_id") else None
        view_id = named["id"] if named else ""
    kept = api.team.surfaces.view(view_id)
    if kept is None:
        raise SlackRefusal("not_found")
    return _told(api.team.surfaces.replace(view_id, _given(ask, kept["type"]), str(ask.get("hash") or "")))


def judged(view: Any, kind: str) -> Mapping[str, Any]:
    """Give a view that Slack takes. Raises `SlackRefusal` with what is wrong."""
    refuse_problems(view_problems(view))
    if view["type"] != kind:
        raise SlackRefusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] must be a {kind}"]})
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackRefusal("view_too_large")
    return dict(view)


def _given(ask: Arguments, kind: str) -> Mapping[str, Any]:
    return judged(json_of(ask, "view", "invalid_arguments"), kind)


def _trigger(api: Installation, ask: Arguments) -> Trigger:
    return api.team.surfaces.use_trigger(str(ask.get("trigger_id") or ""))


def _told(view: View) -> Answer:
    """What the app gets to know: what people have filled in is told when they send it off."""
    return {"view": {**view, "state": {"values": {}}}}


VIEWS: Mapping[str, Method] = {
    "views.open": Method(views_open),
    "views.push": Method(views_push),
    "views.publish": Method(views_publish),
    "views.update": Method(views_update),
}
