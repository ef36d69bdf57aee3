"""`/ccost settings versions`: which version of Claude Code people use, the oldest first."""

from collections.abc import Sequence

from bot.reports.versions import OLDEST_GOOD, Age, VersionUse
from bot.text import Text
from bot.views.blocks import Message, actions, button, context, escape, header, plain, prose, section
from bot.views.figures import Cell, data_table, word_cell


def versions(uses: Sequence[VersionUse], days: int, t: Text) -> Message:
    """Answer `/ccost settings versions` with the uses of the last `days` days, in the order in which they are given."""
    old = sum(1 for one in uses if one.age is Age.OLD)
    unreadable = sum(1 for one in uses if one.age is Age.UNREADABLE)
    lines = [t("versions.seen", n=len(uses), days=days) if uses else t("versions.none", days=days)]
    if uses:
        lines.append(
            t("versions.old", n=old, oldest=OLDEST_GOOD) if old else t("versions.all_good", oldest=OLDEST_GOOD)
        )
    if unreadable:
        lines.append(t("versions.unreadable", n=unreadable))
    head = [t(f"versions.column.{name}") for name in ("who", "version", "seen")]

    def rest(n: int) -> list[Cell]:
        return [word_cell(t("versions.more", n=len(uses) - n)), word_cell("–"), word_cell("–")]

    table = data_table(t("versions.title"), head, [_row(one, t) for one in uses], rest=rest)
    return Message(
        escape(t.sentences_of(lines).replace("*", "").replace("`", "")),
        [
            header(t("versions.title")),
            prose(t.sentences_of(lines)),
            *([table] if uses else []),
            prose(t("versions.how")),
            section(t("versions.links")),
            context(t("versions.only_telemetry")),
            actions([button(t("connect.button.again"), "settings.versions", "settings versions")]),
        ],
    )


def _row(use: VersionUse, t: Text) -> list[Cell]:
    who = plain(use.who) if use.is_known else t("versions.declared", who=plain(use.who))
    version = t(f"versions.age.{use.age}", version=plain(use.version))
    return [word_cell(who), word_cell(version), word_cell(t.long_day(use.last_seen_date))]
