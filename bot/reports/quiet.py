"""When somebody may be told something unasked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.budget import Alerts

_MINUTE = timedelta(minutes=1)


def due_at(now: datetime, alerts: Alerts, zone: ZoneInfo, last_told: date | None, *, urgent: bool) -> datetime:
    """Give the next instant at which a person may be told something.

    It is outside their quiet hours and after their snooze and, unless urgent, not on the local day `last_told` on which
    they were told something already. Looked for minute by minute, on the person's own clock: whatever a clock change
    skips or repeats, what the clock says then is allowed.
    """
    at = max(now, alerts.snoozed_until or now).astimezone(UTC)
    while not _is_allowed(at.astimezone(zone), alerts, None if urgent else last_told):
        at = at.replace(second=0, microsecond=0) + _MINUTE
    return at


def waits_for(now: datetime, alerts: Alerts, zone: ZoneInfo) -> str:
    """Say for the log why somebody may not be told something now: what holds first, snooze before quiet hours."""
    local = now.astimezone(zone)
    if alerts.snoozed_until is not None and alerts.snoozed_until > now:
        return "snoozed"
    return "quiet_hours" if is_quiet(local.hour * 60 + local.minute, alerts) else "one_a_day"


def is_quiet(minute: int, alerts: Alerts) -> bool:
    """Say whether a minute of the day lies in the quiet hours. From a minute to the same one: there are none."""
    if alerts.quiet_from <= alerts.quiet_to:
        return alerts.quiet_from <= minute < alerts.quiet_to
    return minute >= alerts.quiet_from or minute < alerts.quiet_to


def _is_allowed(local: datetime, alerts: Alerts, last_told: date | None) -> bool:
    return local.date() != last_told and not is_quiet(local.hour * 60 + local.minute, alerts)
