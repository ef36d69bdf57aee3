"""The form for a channel's digest."""

from bot.access import Act, Place
from bot.listeners.ask import Ask
from bot.listeners.modals.form import Filled, Modal
from bot.runtime import Runtime
from bot.schedule import is_zone
from bot.store import digests, members
from bot.views import forms as view
from bot.views.forms import DigestForm
from bot.views.modal import View

_FLAGS = ("weekends", "always")


def _form(rt: Runtime, ask: Ask) -> View:
    here = ask.channel_id if ask.place is Place.CHANNEL else ""
    channel_id = ask.words[0] if ask.words else here
    with rt.sessions() as session:
        present = digests.get(session, channel_id) if channel_id else None
        member = members.by_slack_id(session, ask.viewer.slack_user_id)
    own = member.tz if member else None
    zones = [present.zone if present else None, own if is_zone(own) else None, rt.settings.ccost_timezone]
    return view.digest(
        DigestForm(channel_id=channel_id, present=present, zones=[one for one in zones if one]), ask.text
    )


def _words(filled: Filled) -> tuple[str, ...]:
    zone = filled.typed("other_zone") or filled.one("zone")
    if zone.casefold() in _FLAGS:  # typed as a zone it is none, and must not become the flag of that name
        zone = f"“{zone}”"
    flags = tuple(flag for flag in _FLAGS if flag in filled.some("flags"))
    return ("digest", "here", filled.one("cadence"), filled.one("time"), zone, *flags)


DIGEST = Modal(
    name="digest",
    act=Act.DIGEST,
    form=_form,
    words=_words,
    channel=lambda filled: filled.one("channel") or None,
    field_of={"error.zone_unknown": "other_zone", "error.zone_nearest": "other_zone", "error.time_form": "time"},
)
