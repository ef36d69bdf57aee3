"""What admins are told about telemetry: tokens that were turned away, people who fell silent, versions too old."""

from collections.abc import Sequence

from bot.reports.versions import OLDEST_GOOD
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, prose, quote, section
from bot.views.limits import Block

_NAMED = 10
"""So many are named; the others are counted."""


def refused(reason: str, times: int, whose: Sequence[str], t: Text) -> Message:
    """Say that telemetry was turned away, for one of `wrong`, `expired` and `revoked`; `whose` tokens, where known."""
    lines = [t(f"telemetry.refused.{reason}", n=times)]
    if whose:
        lines.append(t("telemetry.whose", names=_names(whose, t)))
    return _message(lines, t("telemetry.refused_how"), [], t)


def two_ways(times: int, whose: Sequence[str], t: Text) -> Message:
    """Say that the same telemetry comes by two tokens, and by whose it came second."""
    lines = [t("telemetry.two_ways", n=times), t("telemetry.whose", names=_names(whose, t))]
    return _message(lines, t("telemetry.two_ways_how"), [], t)


def silent(people: Sequence[str], days: int, t: Text) -> Message:
    """Say who has sent telemetry, sends none any more, and still uses Claude Code."""
    line = t("telemetry.silent", n=len(people), days=days, names=_names(people, t))
    return _message([line], t("telemetry.silent_how"), [], t)


def outdated(people: Sequence[str], t: Text) -> Message:
    """Say whose Claude Code is too old to be believed."""
    line = t("telemetry.outdated", n=len(people), oldest=OLDEST_GOOD, names=_names(people, t))
    return _message([line], t("versions.how"), [section(t("versions.links"))], t)


def _message(lines: Sequence[str], how: str, more: Sequence[Block], t: Text) -> Message:
    shown = button(t("preferences.button.versions"), "settings.versions", "settings versions")
    return Message(
        escape(t.sentences_of(lines).replace("*", "").replace("`", "")),
        [header(t("telemetry.title")), prose(t.sentences_of(lines)), prose(how), *more, actions([shown])],
    )


def _names(people: Sequence[str], t: Text) -> str:
    shown = [quote(one) for one in people[:_NAMED]]
    more = len(people) - len(shown)
    return t.join([*shown, *([t("telemetry.more", n=more)] if more else [])])
