"""What a person asks: who, where, and which words. The same for a typed command and a pressed button."""

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.access import Act, Decision, Place, Viewer, decide, require
from bot.errors import UserError
from bot.group import Policy
from bot.people import Standing
from bot.periods import ChargePeriod, month_to_date, parse_period
from bot.runtime import Runtime
from bot.store import channels, groups, members, organization
from bot.text import Text

MAX_TEXT = 2_000
"""Longer arguments are cut before they are looked at: eighty people named in one command come near it."""

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", re.ASCII)
_LINK = re.compile(r"<(?:mailto:|https?://)[^|>]*\|([^>]*)>")
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"'})
_DIRECT_MESSAGE = "D"
"""Every id of a direct message begins with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question. Identity is what Slack verified, never what the words say."""

    viewer: Viewer
    place: Place
    channel_id: str
    words: tuple[str, ...]
    text: Text
    now: datetime
    policy: Policy
    message_ts: str | None = None
    """The message whose button was pressed; None: typed."""

    @property
    def member_id(self) -> int:
        """Whose figures "me" are. Only after `allow(Act.MEMBER_FIGURES)`."""
        if self.viewer.member_id is None:
            raise UserError("access.unknown_person")
        return self.viewer.member_id

    def allow(self, act: Act, group_id: int | None = None) -> None:
        """Raise `UserError` unless the viewer may do this here, to themselves where it is about a person."""
        require(self.decision(act, group_id))

    def decision(self, act: Act, group_id: int | None = None) -> Decision:
        """Say whether the viewer may do this here; `group_id` is whose people are asked for."""
        mine = self.viewer.member_id
        return decide(self.viewer, act, self.place, target_member_id=mine, group_id=group_id, policy=self.policy)

    def period(self, words: tuple[str, ...], form: str) -> ChargePeriod:
        """Understand the words left as one period; none is the month to date. Raises `UserError` with the form."""
        if not words:
            return month_to_date(self.now)
        if len(words) > 1:
            raise UserError("error.too_many_words", form=form)
        return parse_period(words[0].lower(), self.now)


def ask(
    rt: Runtime, *, user_id: str, team_id: str | None, enterprise_id: str | None, channel_id: str | None, text: str
) -> Ask:
    """Read a question against what the store knows; nothing outside is called.

    `channel_id` is None on the Home tab, which nobody else sees; what Slack does not name is unknown, not private.
    """
    with rt.sessions() as session:
        account = members.by_slack_id(session, user_id)
        channel = channels.get(session, channel_id) if channel_id else None
        policy = organization.policy(session)
        within, leads = groups.of_member(session, account.member_id) if account else (frozenset(), frozenset())
    standing = account.standing if account else None
    if rt.identity and not _ours(rt, team_id, enterprise_id):
        standing = Standing.OUTSIDER
    if channel_id is None or channel_id.startswith(_DIRECT_MESSAGE):
        place = Place.PRIVATE
    elif channel is None or (channel.is_private and not channel.is_member):
        place = Place.UNKNOWN_CHANNEL
    else:
        place = Place.SHARED_CHANNEL if channel.is_shared else Place.CHANNEL
    return Ask(
        viewer=Viewer(
            slack_user_id=user_id,
            standing=standing,
            member_id=account.member_id if account else None,
            is_admin=user_id in rt.settings.admins,
            groups=within,
            leads=leads,
        ),
        place=place,
        channel_id=channel_id or "",
        words=split(text),
        text=rt.texts.of(account.locale if account else None),
        now=rt.clock(),
        policy=policy,
    )


def split(text: str) -> tuple[str, ...]:
    """Cut what was typed into words.

    Slack's escapes are undone (`&amp;`, `<@U…|name>`, `<mailto:…|…>`), full-width letters of a Japanese keyboard become
    plain ones, and a name with spaces may stand in double quotes.

    >>> split("me　７ｄ")
    ('me', '7d')
    """
    plain = _LINK.sub(r"\1", _MENTION.sub(r"@\1", text[:MAX_TEXT]))
    plain = unicodedata.normalize("NFKC", html.unescape(plain)).translate(_CURLY)
    return tuple(quoted or bare for quoted, bare in _WORD.findall(plain) if quoted or bare)


def _ours(rt: Runtime, team_id: str | None, enterprise_id: str | None) -> bool:
    """On Enterprise Grid the enterprise decides, else the workspace."""
    identity = rt.identity
    if identity is None:
        return False
    if identity.enterprise_id and enterprise_id:
        return identity.enterprise_id == enterprise_id
    return team_id == identity.team_id
