"""What admins are told about messages that did not go out as they should. No figures: only that, where and why."""

from collections.abc import Sequence

from bot.notice import SHARED, NoticeKind, NoticeRow
from bot.text import Text
from bot.views.blocks import Message, actions, button, context, cut, escape, header, plain, prose, section
from bot.views.limits import Block

_SHOWN = 10
_MOST_KEY_CHARACTERS = 200


def troubled(what: str, row: NoticeRow, why: str, t: Text) -> Message:
    """Tell that a message is `held`, or has `failed`, `expired` or stayed `unconfirmed`."""
    values = {"kind": _kind(row, t), "where": _where(row)}
    said = t(f"notices.{what}.text", **values)
    return Message(
        said,
        [
            section(said),
            context(t("notices.why", why=_reason(why, t))),
            *([_decide(row, t)] if what == "held" else []),
        ],
    )


def listing(rows: Sequence[NoticeRow], t: Text) -> Message:
    """Answer `/ccost settings held`."""
    if not rows:
        return Message(t("notices.none"), [section(t("notices.none"))])
    blocks: list[Block] = [header(t("notices.title"))]
    for row in rows[:_SHOWN]:
        blocks += [
            section(t("notices.line", kind=_kind(row, t), where=_where(row), instant=t.instant(row.planned_at))),
            context(t("notices.why", why=_reason(row.outcome, t))),
            _decide(row, t),
        ]
    if len(rows) > _SHOWN:
        blocks.append(context(t("notices.more", n=len(rows) - _SHOWN)))
    return Message(t("notices.count", n=len(rows)), blocks)


def decided(what: str, t: Text) -> Message:
    """Say that a held message was `released`, was `dropped`, or that this is `settled` already."""
    return Message(t(f"notices.{what}"), [prose(t(f"notices.{what}"))])


def seen_already(message: Message, t: Text) -> Message:
    """Label a message that may have been posted before."""
    label = t("notices.seen_already")
    return Message(cut(f"{label} {message.text}", 3000), [*message.blocks, context(label)] if message.blocks else [])


def _reason(why: str, t: Text) -> str:
    """Say in a sentence what happened and what to do; what we have no sentence for stays in Slack's own word."""
    word = why.replace(" ", "_").replace(".", "_").lower()
    return t(f"notices.reason.{word}") if t.has(f"notices.reason.{word}") else escape(plain(why))


def _kind(row: NoticeRow, t: Text) -> str:
    return t("notices.kind.share") if row.about == SHARED else t(f"notices.kind.{row.kind}")


def _where(row: NoticeRow) -> str:
    """Show a channel or a person by Slack's own reference, which Slack turns into the name."""
    return f"<#{row.recipient}>" if row.kind is NoticeKind.DIGEST else f"<@{row.recipient}>"


def _decide(row: NoticeRow, t: Text) -> Block:
    key = row.key[:_MOST_KEY_CHARACTERS]
    return actions(
        [
            button(t("notices.release"), "notices.release", f"settings release {key}"),
            button(t("notices.drop"), "notices.drop", f"settings drop {key}"),
        ]
    )
