"""Telling the admins what is wrong with telemetry: Claude Code itself is silent about it.

What is turned away is told once a day and reason; who fell silent and whose version is too old, once a week.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.notice import Doubt, Notice, NoticeKind
from bot.periods import utc_day
from bot.reports.versions import Age, age
from bot.runtime import Runtime
from bot.store import inbox, members, notices, senders
from bot.store.engine import Session
from bot.store.senders import Refusal, SeenVersion, Sender
from bot.text import Text
from bot.views import telemetry as view
from bot.views.blocks import Message

SILENT_AFTER = timedelta(days=7)
VERSION_DAYS = 2
"""A version that was seen today or yesterday is in use."""
_EXPIRY = timedelta(days=2)


class Trouble(StrEnum):
    """What admins hear of."""

    WRONG = "wrong"
    """No token, or none of ours."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    TWO_WAYS = "two_ways"
    """The same telemetry comes by two tokens."""
    SILENT = "silent"
    OUTDATED = "outdated"


_REASONS = {
    "missing": Trouble.WRONG,
    "malformed": Trouble.WRONG,
    "unknown": Trouble.WRONG,
    "expired": Trouble.EXPIRED,
    "revoked": Trouble.REVOKED,
    inbox.TWO_WAYS: Trouble.TWO_WAYS,
}
"""Of all for which telemetry is turned away, those that a person can mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to tell the admins once."""

    trouble: Trouble
    since: date
    """The UTC day, or the Monday of the week, for which it is told once."""
    times: int
    """How often something was turned away, else how many people."""
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """Follows from its meaning."""
        return f"telemetry/{self.trouble}/{self.since}"


def findings(
    refusals: Mapping[date, Iterable[Refusal]],
    quiet: Iterable[Sender],
    versions: Iterable[SeenVersion],
    now: datetime,
) -> list[Finding]:
    """Say what is worth telling: of each UTC day's refusals, of who is silent, and of the versions in use."""
    today = utc_day(now)
    monday = today - timedelta(days=today.weekday())
    turned_away: dict[tuple[date, Trouble], list[Refusal]] = {}
    for day, several in refusals.items():
        for one in several:
            if one.times and one.reason in _REASONS:
                turned_away.setdefault((day, _REASONS[one.reason]), []).append(one)
    found = [
        _finding(trouble, day, [one.of for one in alike if one.of], sum(one.times for one in alike))
        for (day, trouble), alike in sorted(turned_away.items())
    ]
    weekly = {
        Trouble.SILENT: [one.name for one in quiet if is_silent(one, now)],
        Trouble.OUTDATED: [one.who for one in versions if age(one.version) is Age.OLD],
    }
    return found + [_finding(trouble, monday, names) for trouble, names in weekly.items() if names]


def is_silent(sender: Sender, now: datetime) -> bool:
    """Say whether somebody sends no telemetry any more although they still use Claude Code, as another source says."""
    return (
        now - sender.last_used_at >= SILENT_AFTER
        and sender.seen_elsewhere is not None
        and sender.seen_elsewhere > utc_day(sender.last_used_at)
    )


def plan_telemetry(rt: Runtime) -> list[str]:
    """Plan a message to every admin for each finding of which they have not heard. Gives the keys that are new."""
    now = rt.clock()
    today = utc_day(now)
    with rt.sessions() as session:
        found = findings(
            # Yesterday's too: the last minutes of a day are seen only after it.
            {day: senders.refusals(session, day) for day in (today - timedelta(days=1), today)},
            senders.quiet_since(session, now - SILENT_AFTER, today - SILENT_AFTER),
            senders.versions(session, today - timedelta(days=VERSION_DAYS - 1)),
            now,
        )
    if not found:
        return []
    with rt.sessions.begin() as session:
        return [
            key
            for admin in sorted(rt.settings.admins)
            for one in found
            if (key := _tell(rt, session, admin, one, now)) is not None
        ]


def _tell(rt: Runtime, session: Session, admin: str, found: Finding, now: datetime) -> str | None:
    member = members.by_slack_id(session, admin)
    message = _message(found, rt.texts.of(member.locale if member else None))
    notice = Notice(
        key=f"{found.key}/{admin}",
        kind=NoticeKind.OPERATOR,
        recipient=admin,
        doubt=Doubt.NEVER,
        text=message.text,
        blocks=message.blocks,
        due_at=now,
        expires_at=now + _EXPIRY,
        why=f"telemetry: {found.trouble}",
    )
    return notice.key if notices.add(session, notice, now) else None


def _message(found: Finding, t: Text) -> Message:
    if found.trouble is Trouble.SILENT:
        return view.silent(found.names, SILENT_AFTER.days, t)
    if found.trouble is Trouble.OUTDATED:
        return view.outdated(found.names, t)
    if found.trouble is Trouble.TWO_WAYS:
        return view.two_ways(found.times, found.names, t)
    return view.refused(found.trouble, found.times, found.names, t)


def _finding(trouble: Trouble, since: date, names: Sequence[str], times: int | None = None) -> Finding:
    different = tuple(sorted(set(names), key=str.casefold))
    return Finding(trouble=trouble, since=since, times=len(different) if times is None else times, names=different)
