"""`ccost tick`: plan and deliver what is due, once; or say what that would be."""

from dataclasses import dataclass, replace

from bot.delivery.budgets import plan_budgets
from bot.delivery.deliver import deliver
from bot.delivery.digests import plan_digests
from bot.notice import NoticeRow, NoticeState
from bot.runtime import Runtime
from bot.store import notices
from bot.workspace import refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What a tick planned, and what became of it."""

    planned: tuple[NoticeRow, ...]
    waiting: tuple[NoticeRow, ...]
    """Planned before, and not sent yet."""


def tick(rt: Runtime) -> Ticked:
    """Look who is there, plan what is due, and send it. Raises slack_sdk's errors when Slack cannot be asked."""
    refresh(rt)
    keys = _plan(rt)
    deliver(rt)
    return _told(rt, keys)


def rehearse(rt: Runtime) -> Ticked:
    """Say what `tick` would plan and send, and leave everything as it is. Slack hears nothing."""
    with rt.store.rehearsal() as store:
        rehearsed = replace(rt, store=store)
        return _told(rehearsed, _plan(rehearsed))


def _plan(rt: Runtime) -> set[str]:
    return {*plan_budgets(rt), *plan_digests(rt)}


def _told(rt: Runtime, keys: set[str]) -> Ticked:
    with rt.sessions() as session:
        found = [notices.get(session, key) for key in sorted(keys)]
        waiting = notices.in_state(session, NoticeState.PENDING)
    return Ticked(
        planned=tuple(row for row in found if row), waiting=tuple(row for row in waiting if row.key not in keys)
    )
