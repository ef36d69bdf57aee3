"""`/ccost digest`: what a channel is told about the organization's spend, and when."""

from collections.abc import Collection

from bot.access import Place
from bot.delivery.digests import compose, forget_waiting, latest_days, plan_now, upcoming, waits_for_pilot
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.words import parse_time
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.schedule import Schedule, is_zone, started, zone_named
from bot.store import audit, channels, digests, members
from bot.store.engine import Session
from bot.views import digest as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.digest import NextDigest

_CADENCES = {str(cadence): cadence for cadence in (Cadence.DAILY, Cadence.WEEKLY)}
_WEEKENDS, _ALWAYS = "weekends", "always"


def digest(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost digest`; with more words it is `… here`."""
    if ask.words:
        return here(rt, ask)
    with rt.sessions() as session:
        schedule = digests.get(session, ask.channel_id)
        following = _following(rt, session, ask, schedule) if schedule else None
    channel_id = "" if ask.place is Place.PRIVATE else ask.channel_id
    return view.shown(schedule, following, ask.text, channel_id=channel_id)


def here(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost digest here daily 10:30 Asia/Tokyo`, with `weekends` and `always` behind it."""
    with rt.sessions.begin() as session:
        before = digests.get(session, ask.channel_id)
        wanted = _schedule(ask, default_zone=_zone(rt, session, ask), before=before)
        _require_channel(session, ask)
        digests.put(session, wanted)
        _note(session, ask, "digest_set")
        following = _following(rt, session, ask, wanted)
    return view.confirmation(wanted, following, ask.text)


def off(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost digest off`: what waits to be posted is not posted any more either."""
    _require_no_words(ask, "/ccost digest off")
    with rt.sessions.begin() as session:
        done = digests.remove(session, ask.channel_id)
        if done:
            forget_waiting(session, ask.channel_id)
            _note(session, ask, "digest_off")
    return said("digest.off" if done else "digest.off_already", {}, ask.text)


def preview(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost digest preview`: what would be posted now, in private."""
    _require_no_words(ask, "/ccost digest preview")
    with rt.sessions() as session:
        days = latest_days(digests.get(session, ask.channel_id), ask.now)
        report = compose(rt, session, days, ask.now)
    return view.preview(view.digest(report, rt.texts.of(None)), ask.text)


def now(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost digest now`: the message has its own key, and is sent like any other."""
    _require_no_words(ask, "/ccost digest now")
    with rt.sessions.begin() as session:
        _require_channel(session, ask)
        schedule = digests.get(session, ask.channel_id)
        days = latest_days(schedule, ask.now)
        zone = schedule.zone if schedule else _zone(rt, session, ask)
        planned = plan_now(rt, session, ask.channel_id, days, zone, ask.viewer.slack_user_id)
        if planned:
            _note(session, ask, "digest_now")
    return view.on_its_way(days, ask.text, already=not planned)


def _following(rt: Runtime, session: Session, ask: Ask, schedule: Schedule) -> NextDigest | None:
    """Say when the next digest comes; None: not before the pilot ends."""
    if waits_for_pilot(rt, session, schedule, ask.policy.pilot_group_id):
        return None
    return upcoming(schedule, ask.now)


def _schedule(ask: Ask, *, default_zone: str, before: Schedule | None) -> Schedule:
    """Read `daily 10:30 [zone] [weekends] [always]`, in front of it perhaps `here`."""
    words = [word.lower() for word in ask.words]
    typed = list(ask.words[1:] if words[:1] == ["here"] else ask.words)
    if len(typed) < 2 or typed[0].lower() not in _CADENCES:
        raise UserError("error.digest_form")
    cadence, minute = _CADENCES[typed[0].lower()], parse_time(typed[1])
    extras = {word.lower() for word in typed[2:]} & {_WEEKENDS, _ALWAYS}
    zone = _typed_zone([word for word in typed[2:] if word.lower() not in extras], default_zone)
    wanted = Schedule(
        channel_id=ask.channel_id,
        cadence=cadence,
        minute=minute,
        zone=zone,
        weekends=_WEEKENDS in extras,
        spendless=_ALWAYS in extras,
        set_by=ask.viewer.slack_user_id,
        set_at=ask.now,
        covered_until=before.covered_until if before else None,
    )
    return wanted if wanted.covered_until else started(wanted, ask.now)


def _typed_zone(words: Collection[str], default: str) -> str:
    if len(words) > 1:
        raise UserError("error.digest_form")
    return next((zone_named(word) for word in words), default)


def _zone(rt: Runtime, session: Session, ask: Ask) -> str:
    """The person's own zone, where Slack tells one."""
    member = members.by_slack_id(session, ask.viewer.slack_user_id)
    return member.tz if member and member.tz and is_zone(member.tz) else rt.settings.ccost_timezone


def require_voice(session: Session, channel_id: str) -> None:
    """Raise `UserError` unless ccost may post in a channel. Who reads along there is decided in `access`."""
    channel = channels.get(session, channel_id)
    if channel is not None and channel.is_archived:
        raise UserError("error.digest_archived")
    if channel is None or not channel.is_member:
        raise UserError("error.digest_not_in_channel")


def _require_channel(session: Session, ask: Ask) -> None:
    if ask.place is Place.PRIVATE:
        raise UserError("error.digest_direct_message")
    require_voice(session, ask.channel_id)


def _require_no_words(ask: Ask, form: str) -> None:
    if ask.words:
        raise UserError("error.too_many_words", form=form)


def _note(session: Session, ask: Ask, act: str) -> None:
    audit.note(session, actor=ask.viewer.slack_user_id, act=act, target=ask.channel_id, at=ask.now)
