"""Channel digests: which one is due, what it tells, and the row that is sent. What people ask for at once, too."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.access import Place, decide_telling_channel
from bot.delivery.admins import tell_admins
from bot.delivery.decisions import Tell
from bot.notice import Doubt, Notice, NoticeKind, NoticeRow, NoticeState
from bot.periods import Cadence, ChargePeriod, utc_day
from bot.reports import digest as reports
from bot.reports.digest import WHOLE, Digest, Outdated, looked_at
from bot.runtime import Runtime
from bot.schedule import (
    EXPIRY,
    MOST_DAYS,
    PATIENCE,
    Schedule,
    covered,
    due,
    due_date,
    is_pushed,
    next_date,
    since,
    usual_days,
)
from bot.store import budgets, channels, digests, groups, members, notices, organization, usage
from bot.store.engine import Session
from bot.store.pilot import OUTSIDE
from bot.views import digest as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.digest import NextDigest

ABOUT = "digest"
NO_SPEND = "no spend"
_NOW_EXPIRY = timedelta(hours=2)
_DAY = timedelta(days=1)
_CURED = frozenset({"not_in_channel", "is_archived", "access.shared_channel"})
"""Reasons to post nothing that what we know of the channel can disprove. Others last until somebody sets it again."""
_UNREAD = frozenset({NoticeState.PENDING, NoticeState.FAILED, NoticeState.SUPERSEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A digest that is to be planned now."""

    schedule: Schedule
    local_date: date
    at: datetime
    period: ChargePeriod
    waiting: tuple[str, ...]
    """Keys of older digests whose days it tells."""

    @property
    def key(self) -> str:
        return _key(self.schedule.channel_id, self.local_date, self.schedule.cadence)


def plan_digests(rt: Runtime) -> list[str]:
    """Plan every digest that is due, and give the keys. Planning twice plans nothing more."""
    with rt.sessions() as session:
        schedules = digests.all_schedules(session)
    found = [_plan(rt, one.channel_id) for one in schedules if due_date(one, rt.clock()) is not None]
    return [key for key in found if key is not None]


def next_digest(rt: Runtime) -> datetime | None:
    """Say when the next digest of any channel is due; an instant that is over means now."""
    now = rt.clock()
    with rt.sessions() as session:
        pilot = organization.policy(session).pilot_group_id
        schedules = [one for one in digests.all_schedules(session) if not waits_for_pilot(rt, session, one, pilot)]
    return min((upcoming(one, now).at for one in schedules if not one.parked), default=None)


def waits_for_pilot(rt: Runtime, session: Session, schedule: Schedule, pilot_group_id: int | None) -> bool:
    """Say whether a channel gets no digest while a pilot runs: neither an admin nor anybody of the group asked for it.

    It is not parked: when the pilot ends, the next digest comes by itself, with the days that it may still tell.
    """
    if pilot_group_id is None or schedule.set_by in rt.settings.admins:
        return False
    member = members.by_slack_id(session, schedule.set_by)
    return member is None or pilot_group_id not in groups.of_member(session, member.member_id)[0]


def withhold_outside(rt: Runtime, session: Session) -> None:
    """End the digests that wait to be sent to channels that must now wait for a pilot. Their days are told after it."""
    pilot = organization.policy(session).pilot_group_id
    for schedule in digests.all_schedules(session):
        if waits_for_pilot(rt, session, schedule, pilot):
            keys = [row.key for row in notices.waiting(session, schedule.channel_id, ABOUT)]
            notices.move(session, keys, {NoticeState.PENDING}, state=NoticeState.FAILED, outcome=OUTSIDE)


def upcoming(schedule: Schedule, now: datetime) -> NextDigest:
    """Say when a channel's next digest comes, and what it tells."""
    local_date = next_date(schedule, now)
    at = due(schedule, local_date)
    if at is None:
        raise ValueError("the next digest has a time")
    return NextDigest(at=at, tells=covered(schedule, local_date), is_pushed=is_pushed(schedule, local_date))


def latest_days(schedule: Schedule | None, now: datetime) -> ChargePeriod:
    """Give the days that a digest would tell if it came right now, whatever was told."""
    if schedule is None:
        return usual_days(Cadence.DAILY, utc_day(now), weekends=False)
    return usual_days(schedule.cadence, utc_day(now), weekends=schedule.weekends)


def compose(rt: Runtime, session: Session, period: ChargePeriod, now: datetime) -> Digest | Outdated:
    """Sum up the days of a digest from what the store knows."""
    window = looked_at(period)
    until_today = ChargePeriod(window.start, utc_day(now) + _DAY, window.word)
    return reports.digest(
        usage.of_team(session, period),
        usage.of_team(session, window),
        usage.standings(session, until_today, now, rt.terms),
        period,
        budgets=budgets.active(session),
        now=now,
    )


def plan_now(rt: Runtime, session: Session, channel_id: str, period: ChargePeriod, zone: str, by: str) -> bool:
    """Plan a digest that somebody wants at once; False when the same minute's is planned already.

    The channel must be one that may be told: the caller has asked.
    """
    now = rt.clock()
    local = now.astimezone(ZoneInfo(zone))
    message = view.digest(compose(rt, session, period, now), rt.texts.of(None))
    notice = Notice(
        key=f"digest/{channel_id}/{local.date()}/now/{local:%H%M}",
        kind=NoticeKind.DIGEST,
        recipient=channel_id,
        doubt=Doubt.HOLD,
        text=message.text,
        blocks=message.blocks,
        due_at=now,
        expires_at=now + _NOW_EXPIRY,
        covers_start=period.start,
        why=f"asked for by {by}",
    )
    return notices.add(session, notice, now)


def forget_waiting(session: Session, channel_id: str) -> None:
    """End the digests that wait for a channel which wants none any more."""
    for row in notices.waiting(session, channel_id, ABOUT):
        notices.skip(session, row.key, "switched off")


def _plan(rt: Runtime, channel_id: str) -> str | None:
    """Plan one channel's digest in one transaction: the row, what it supersedes, and which days are told."""
    now = rt.clock()
    with rt.sessions.begin() as session:
        found = _due(rt, session, channel_id, now)
        if found is None:
            return None
        channel = channels.get(session, channel_id)
        if channel is None:
            return None  # Slack was never asked who reads along there; it is, every hour
        decision = decide_telling_channel(Place.SHARED_CHANNEL if channel.is_shared else Place.CHANNEL)
        if not decision.allowed:
            return _refuse(rt, session, found, decision.reason, now)
        message, is_empty = _content(rt, session, found, now)
        notices.supersede(session, found.waiting, by=found.key)
        is_new = notices.add(session, _notice(found, message), now)
        if is_new and is_empty:
            notices.skip(session, found.key, NO_SPEND)
        digests.cover(session, channel_id, found.period.last)
        return found.key if is_new else None


def _due(rt: Runtime, session: Session, channel_id: str, now: datetime) -> _Due | None:
    schedule = digests.get(session, channel_id)
    local_date = due_date(schedule, now) if schedule else None
    if schedule is None or local_date is None or _is_parked(session, schedule):
        return None
    if waits_for_pilot(rt, session, schedule, organization.policy(session).pilot_group_id):
        return None
    if _rows(session, channel_id, local_date):
        # Set anew on a day that has had its digest: one a day is enough.
        digests.cover(session, channel_id, local_date - _DAY)
        return None
    unread = _unread(session, channel_id, local_date)
    own = covered(schedule, local_date)
    starts = [row.covers_start for row in unread if row.covers_start]
    period = since(min([own.start, *starts]), own.end)
    at = due(schedule, local_date) or now
    if now < at + PATIENCE and not _is_complete(rt, session, period, now):
        return None
    waiting = tuple(row.key for row in unread if row.state is NoticeState.PENDING)
    return _Due(schedule=schedule, local_date=local_date, at=at, period=period, waiting=waiting)


def _content(rt: Runtime, session: Session, found: _Due, now: datetime) -> tuple[Message, bool]:
    """Say what is to be posted, and whether it is nothing."""
    report = compose(rt, session, found.period, now)
    is_spendless = isinstance(report, Digest) and report.is_spendless
    return view.digest(report, rt.texts.of(None)), is_spendless and not found.schedule.spendless


def _refuse(rt: Runtime, session: Session, found: _Due, why: str, now: datetime) -> str:
    """Plan no figures for a channel that may not be told, and say so to the admins and to who asked for the digest."""
    notices.add(session, _notice(found, said(why, {}, rt.texts.of(None))), now)
    notices.move(session, [found.key], {NoticeState.PENDING}, state=NoticeState.FAILED, outcome=why)
    digests.park(session, found.schedule.channel_id, why)
    row = notices.get(session, found.key)
    if row is not None:
        tell_admins(session, Tell.FAILED, row, why, admins=rt.settings.admins, texts=rt.texts, now=now)
    return found.key


def _notice(found: _Due, message: Message) -> Notice:
    return Notice(
        key=found.key,
        kind=NoticeKind.DIGEST,
        recipient=found.schedule.channel_id,
        about=ABOUT,
        doubt=Doubt.HOLD,
        text=message.text,
        blocks=message.blocks,
        due_at=found.at,
        expires_at=found.at + EXPIRY,
        covers_start=found.period.start,
        why=f"{found.schedule.cadence} digest, {found.local_date} in {found.schedule.zone}",
    )


def _is_parked(session: Session, schedule: Schedule) -> bool:
    """A channel that takes messages again gets them again, with the days between."""
    if not schedule.parked:
        return False
    channel = channels.get(session, schedule.channel_id)
    is_well = channel is not None and channel.is_member and not channel.is_archived and not channel.is_shared
    if schedule.parked not in _CURED or not is_well:
        return True
    digests.unpark(session, schedule.channel_id)
    return False


def _unread(session: Session, channel_id: str, local_date: date) -> list[NoticeRow]:
    """Give the digests of the days before that nobody has read, back to the last one that somebody has."""
    found: list[NoticeRow] = []
    for age in range(1, MOST_DAYS + 1):
        rows = _rows(session, channel_id, local_date - age * _DAY)
        if any(row.state not in _UNREAD and row.outcome != "expired" for row in rows):
            break
        found += rows
    return found


def _rows(session: Session, channel_id: str, local_date: date) -> list[NoticeRow]:
    keys = (_key(channel_id, local_date, cadence) for cadence in (Cadence.DAILY, Cadence.WEEKLY))
    return [row for key in keys if (row := notices.get(session, key)) is not None]


def _key(channel_id: str, local_date: date, cadence: Cadence) -> str:
    return f"digest/{channel_id}/{local_date}/{cadence}"


def _is_complete(rt: Runtime, session: Session, period: ChargePeriod, now: datetime) -> bool:
    return all(one.state in WHOLE for one in usage.standings(session, period, now, rt.terms))
