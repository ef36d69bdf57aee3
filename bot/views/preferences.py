"""`/ccost settings`: what somebody has chosen, each thing with the button that changes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.budget import Alerts
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, prose, quote

_HOUR = 60
_AS_SLACK = "slack"
_OWN = ("alerts", "language", "tips", "connect", "privacy", "export")
_FOR_ADMINS = ("status", "held", "link", "groups", "people", "pilot", "versions", "audit")
_AS_FORMS = {"link"}
"""What opens a form instead of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What somebody has chosen, and what they may settle for others."""

    language: str | None
    """None: as Slack says."""
    alerts: Alerts
    zone: str
    tips_off: bool
    in_pilot: bool | None
    """Whether they are in the group that tries ccost first; None: no pilot runs."""
    for_admin: bool


def overview(found: Preferences, now: datetime, t: Text) -> Message:
    """Answer `/ccost settings`."""
    lines = [
        _language_line(found.language, t),
        _alerts_line(found.alerts, now, t),
        _quiet_line(found, t),
        t("preferences.tips_off" if found.tips_off else "preferences.tips_on"),
    ]
    if found.in_pilot is not None:
        lines.append(t("preferences.pilot_in" if found.in_pilot else "preferences.pilot_out"))
    first, *others = (_button(name, t) for name in _OWN)
    quiet = button(t("preferences.button.quiet"), "open.quiet", "")
    blocks = [
        header(t("preferences.title")),
        prose("\n".join(lines)),
        prose(t("preferences.privacy")),
        actions([first, quiet, *others]),
    ]
    if found.for_admin:
        blocks += [prose(t("preferences.admins")), actions([_button(name, t) for name in _FOR_ADMINS])]
    return Message(escape(t.sentences_of(lines).replace("*", "")), blocks)


def language(chosen: str | None, known: Sequence[str], t: Text, *, already: bool = False) -> Message:
    """Show in which language somebody is written to; `already` when what they asked for was so before."""
    lines = [*([t("preferences.already")] if already else []), _language_line(chosen, t)]
    others = [
        button(t(f"language.{one}"), f"language.{one}", f"settings language {one}") for one in known if one != chosen
    ]
    if chosen is not None:
        others.append(button(t("language.slack"), "language.slack", f"settings language {_AS_SLACK}"))
    return _answer("preferences.language_title", lines, t("preferences.language_how"), others, t)


def tips(t: Text, *, off: bool, already: bool = False) -> Message:
    """Show whether somebody gets tips; `already` when what they asked for was so before."""
    lines = [*([t("preferences.already")] if already else []), t(f"preferences.tips_{'off' if off else 'on'}")]
    other = "on" if off else "off"
    buttons = [
        button(t(f"preferences.button.tips_{other}"), f"tips.{other}", f"settings tips {other}"),
        button(t("preferences.button.show_tips"), "tips.show", "tips"),
    ]
    return _answer("preferences.tips_title", lines, t("preferences.tips_how"), buttons, t)


def _answer(title: str, lines: Sequence[str], how: str, buttons: Sequence[dict[str, object]], t: Text) -> Message:
    return Message(
        escape(t.sentences_of(lines).replace("*", "")),
        [header(t(title)), prose("\n".join(lines)), prose(how), actions(list(buttons))],
    )


def _button(name: str, t: Text) -> dict[str, object]:
    if name in _AS_FORMS:
        return button(t(f"preferences.button.{name}"), f"open.{name}", "")
    return button(t(f"preferences.button.{name}"), f"settings.{name}", f"settings {name}")


def _language_line(chosen: str | None, t: Text) -> str:
    if chosen is None:
        return t("preferences.language_slack", language=t(f"language.{t.language}"))
    return t("preferences.language_chosen", language=t(f"language.{t.language}"))


def _alerts_line(found: Alerts, now: datetime, t: Text) -> str:
    if found.off:
        return t("preferences.alerts_off")
    if found.snoozed_until is not None and found.snoozed_until > now:
        return t("preferences.alerts_snoozed", instant=t.instant(found.snoozed_until))
    return t("preferences.alerts_on")


def _quiet_line(found: Preferences, t: Text) -> str:
    zone, alerts = quote(found.zone), found.alerts
    if alerts.quiet_from == alerts.quiet_to:
        return t("preferences.no_quiet", zone=zone)
    return t("preferences.quiet", from_time=_time(alerts.quiet_from), to_time=_time(alerts.quiet_to), zone=zone)


def _time(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"
