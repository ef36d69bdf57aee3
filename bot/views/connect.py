"""`/ccost settings connect`: having one's own Claude Code tell ccost what it used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.text import Text
from bot.views.blocks import Confirm, Message, actions, button, context, escape, header, preformatted, prose, quote
from bot.views.limits import Block
from bot.views.snippets import as_settings, as_shell, environment

_FORM = "settings connect"
_NEW, _REVOKE, _SUBSCRIPTION = "new", "revoke", "subscription"
_TOKENS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token as it may be shown: nothing of it opens anything."""

    public_id: str
    label: str
    """A team's name; empty for a person's own."""
    created_on: date
    expires_on: date
    """The UTC day within which it ends."""
    is_expired: bool
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Whether somebody's Claude Code reports here."""

    tokens: Sequence[TokenLine]
    arrived: tuple[date, date] | None
    """The first and the last UTC day of which something has come."""
    is_subscription: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token that was made just now. Only this one answer has its text."""

    token: TokenLine
    told: str
    public_url: str
    is_subscription: bool = False


def no_address(t: Text, *, for_admin: bool) -> Message:
    """Say that ccost cannot be reached from outside yet, and what to do about it."""
    line = t("connect.no_address_admin" if for_admin else "connect.no_address")
    return Message(escape(line.replace("`", "")), [header(t("connect.title")), prose(line)])


def offer(t: Text) -> Message:
    """Say what connecting does and what is kept, to somebody who has no token."""
    lines = [t("connect.what"), t("connect.kept"), t("connect.dropped")]
    return Message(
        escape(t.sentences_of([*lines, t("connect.how")]).replace("*", "")),
        [
            header(t("connect.title")),
            *(prose(line) for line in lines),
            prose(t("connect.plans")),
            prose(t("connect.how")),
            actions(
                [
                    button(t("connect.button.new"), "connect.new", f"{_FORM} {_NEW}"),
                    button(
                        t("connect.button.new_subscription"),
                        "connect.new_subscription",
                        f"{_FORM} {_NEW} {_SUBSCRIPTION}",
                    ),
                ]
            ),
        ],
    )


def issued(made: Issued, t: Text) -> Message:
    """Show a person's new token, once, with what to paste."""
    settings = environment(made.public_url, made.told)
    plan = t("connect.plan.subscription" if made.is_subscription else "connect.plan.pay_per_token")
    return _with_token(
        made,
        [
            prose(t("connect.shell")),
            preformatted(as_shell(settings)),
            prose(t("connect.file")),
            preformatted(as_settings(settings)),
            prose(t("connect.then")),
            context(t("connect.grpc")),
            prose(plan),
            actions([_again(t)]),
        ],
        t,
    )


def issued_to_team(made: Issued, t: Text) -> Message:
    """Show a team's new token, once, with what an administrator rolls out."""
    settings = environment(made.public_url, made.told)
    return _with_token(
        made,
        [
            prose(t("connect.managed")),
            preformatted(as_settings(settings)),
            prose(t("connect.managed_both")),
            prose(t("connect.declared")),
            context(t("connect.grpc")),
        ],
        t,
    )


def state(found: Connection, t: Text) -> Message:
    """Show somebody's tokens and whether data has arrived."""
    lines = [_line(one, t) for one in found.tokens[:_TOKENS_SHOWN]]
    has_arrived = _arrived(found, t)
    plan = t("connect.plan.subscription" if found.is_subscription else "connect.plan.pay_per_token")
    blocks = [header(t("connect.title")), prose(has_arrived), prose("\n".join(lines)), prose(plan)]
    if found.arrived is None:
        blocks.append(prose(t("connect.nothing_how")))
    return Message(
        escape(t.sentences_of([has_arrived, *lines, plan]).replace("*", "").replace("`", "")),
        [*blocks, context(t("connect.many")), actions(_buttons(found, t))],
    )


def teams(tokens: Sequence[TokenLine], t: Text) -> Message:
    """List the tokens of teams, for admins."""
    lines = [_line(one, t) for one in tokens[:_TOKENS_SHOWN]] or [t("connect.no_teams")]
    return Message(
        escape(t.sentences_of(lines).replace("*", "").replace("`", "")),
        [
            header(t("connect.teams")),
            prose("\n".join(lines)),
            prose(t("connect.declared")),
            prose(t("connect.teams_how")),
        ],
    )


def _with_token(made: Issued, blocks: Sequence[Block], t: Text) -> Message:
    first = t("connect.once", id=made.token.public_id, day=t.long_day(made.token.expires_on))
    # A screen reader sees nothing but the text: without the token in it, its user would never get one.
    return Message(
        escape(t("connect.once_text", first=first.replace("`", ""), token=made.told).replace("*", "")),
        [header(t("connect.title")), prose(first), preformatted(made.told), *blocks],
    )


def _line(token: TokenLine, t: Text) -> str:
    name = t("connect.name", id=token.public_id, label=quote(token.label)) if token.label else token.public_id
    used = t("connect.used", instant=t.instant(token.last_used_at)) if token.last_used_at else t("connect.unused")
    ends = "connect.expired" if token.is_expired else "connect.expires"
    return t(
        "connect.token",
        name=quote(name),
        since=t.long_day(token.created_on),
        ends=t(ends, day=t.long_day(token.expires_on)),
        used=used,
    )


def _arrived(found: Connection, t: Text) -> str:
    if found.arrived is not None:
        return t("connect.arrived", span=t.span(*found.arrived))
    is_heard = any(one.last_used_at for one in found.tokens)
    return t("connect.heard" if is_heard else "connect.nothing")


def _buttons(found: Connection, t: Text) -> list[Block]:
    confirm = Confirm(
        title=t("connect.confirm.title"),
        text=t("connect.confirm.text"),
        yes=t("connect.button.revoke"),
        no=t("modal.cancel"),
    )
    plan, word = (
        ("connect.button.subscription_off", f"{_SUBSCRIPTION} off")
        if found.is_subscription
        else ("connect.button.subscription_on", _SUBSCRIPTION)
    )
    return [
        _again(t),
        button(t("connect.button.new"), "connect.new", f"{_FORM} {_NEW}"),
        button(t("connect.button.revoke"), "connect.revoke", f"{_FORM} {_REVOKE}", confirm=confirm),
        button(t(plan), "connect.subscription", f"{_FORM} {word}"),
    ]


def _again(t: Text) -> Block:
    return button(t("connect.button.again"), "settings.connect", _FORM)
