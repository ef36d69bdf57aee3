"""`/ccost settings alerts`: how one is told about budgets."""

from datetime import datetime

from bot.budget import Alerts
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, prose, quote

_HOUR = 60


def alerts(found: Alerts, zone: str, now: datetime, t: Text, *, already: bool = False) -> Message:
    """Show how somebody is told; `already` when what they asked for was so before."""
    lines = [t("alerts.off" if found.off else "alerts.on"), _quiet(found, zone, t)]
    if found.snoozed_until is not None and found.snoozed_until > now:
        lines.append(t("alerts.snoozed", instant=t.instant(found.snoozed_until)))
    first = [t("alerts.already")] if already else []
    other = "on" if found.off else "off"
    return Message(
        escape(t.sentences_of([*first, *lines])),
        [
            header(t("alerts.title")),
            *(prose(one) for one in first),
            prose("\n".join(lines)),
            prose(t("alerts.how")),
            actions(
                [
                    button(t(f"alerts.button.{other}"), f"alerts.{other}", f"settings alerts {other}"),
                    button(t("preferences.button.quiet"), "open.quiet", ""),
                ]
            ),
        ],
    )


def _quiet(found: Alerts, zone: str, t: Text) -> str:
    if found.quiet_from == found.quiet_to:
        return t("alerts.no_quiet", zone=quote(zone))
    times = {"from_time": _time(found.quiet_from), "to_time": _time(found.quiet_to)}
    return t("alerts.quiet", zone=quote(zone), **times)


def _time(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"
