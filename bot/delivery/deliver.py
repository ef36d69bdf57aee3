"""The job that sends: an outbox put together from what the program has."""

import time
from datetime import UTC, datetime, timedelta

from bot.delivery.digests import next_digest
from bot.delivery.outbox import Outbox
from bot.delivery.times import TIMES
from bot.delivery.wire import Wire
from bot.notice import NoticeState
from bot.periods import utc_day
from bot.runtime import Runtime
from bot.store import inbox, notices, past


def deliver(rt: Runtime) -> None:
    """Send what is due now. Does nothing until Slack has said who we are."""
    if rt.identity is not None:
        outbox(rt).run()


def outbox(rt: Runtime) -> Outbox:
    """Put together what sends, with one connection a request and no retry at any layer."""
    token = rt.settings.slack_bot_token
    return Outbox(
        sessions=rt.sessions,
        call=Wire(rt.settings.slack_api_url, token.get_secret_value() if token else "", TIMES.deadline),
        clock=rt.clock,
        wall=lambda: datetime.now(UTC),
        steady=lambda: time.clock_gettime(_STEADY),
        owner=rt.instance,
        identity=lambda: rt.identity,
        admins=rt.settings.admins,
        texts=rt.texts,
        zone=rt.settings.ccost_timezone,
        native_blocks=lambda: rt.native_blocks,
        stopping=rt.stopping.is_set,
        pulse=rt.pulse,
    )


def forget(rt: Runtime) -> None:
    """Forget what old messages said, and long after that they were there; and what restated days were before."""
    now = rt.clock()
    with rt.sessions.begin() as session:
        notices.forget(session, content_before=now - TIMES.content_kept, keys_before=now - TIMES.keys_kept)
        past.forget(session, now)
        inbox.forget(session, utc_day(now))


def next_due(rt: Runtime) -> datetime | None:
    """Say when something is due next: a digest, or a message that waits for somebody's morning. None: nothing is."""
    with rt.sessions() as session:
        waiting = [row.due_at for row in notices.in_state(session, NoticeState.PENDING)]
    digest = next_digest(rt)
    return min([*waiting, *([digest] if digest else [])], default=None)


def overdue(rt: Runtime) -> int:
    """Count messages that were due long ago and have come to no end: the target is zero."""
    with rt.sessions() as session:
        return notices.overdue(session, rt.clock() - _LONGEST)


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where the system knows such a clock."""

_LONGEST = max(TIMES.give_up, TIMES.repeat) + timedelta(hours=24)
