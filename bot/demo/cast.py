"""The invented company: who works at Hoshino Works, in Slack and in Claude Code.

Everybody here is made up. The addresses are of `example.com`, which belongs to nobody.
"""

from dataclasses import dataclass
from enum import StrEnum

TEAM_ID = "T0HOSHINO"
TEAM_NAME = "Hoshino Works"
OTHER_TEAM_ID = "T0PARTNER"
BOT_USER_ID = "U0CCOST"
BOT_ID = "B0CCOST"
APP_ID = "A0CCOST"


class Route(StrEnum):
    """By which way somebody's Claude Code reaches a model, which decides who can tell what it cost."""

    CONSOLE = "console"
    """Anthropic's own API: the organization's reports know it."""
    GATEWAY = "gateway"
    """A proxy of the company, in front of models of its cloud: the proxy's books know it, and nobody else."""
    VERTEX = "vertex"
    """Google's cloud, without anything between: only what Claude Code itself sends knows whose use it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody of the cast. `claude_email` is the address that Claude Code knows, if another than Slack's."""

    slack_user_id: str
    name: str
    email: str
    role: str = "member"
    """In Slack: member, admin (of ccost), guest, outsider, bot, deactivated, unconfirmed."""
    habit: str | None = "steady"
    """How they use Claude Code, see `company.HABITS`; None: not at all, or not visibly."""
    claude_email: str | None = None
    route: Route = Route.CONSOLE
    sends_telemetry: bool = False
    """Their Claude Code tells ccost itself what it uses, besides whoever else knows it."""
    locale: str = "en-US"
    tz: str = "Europe/Berlin"


CAST: tuple[Persona, ...] = (
    Persona(
        slack_user_id="U0ADA", name="Ada Lindqvist", email="ada@example.com", habit="opus_heavy", tz="Europe/Stockholm"
    ),
    Persona(
        slack_user_id="U0HARUKA",
        name="森 はるか",
        email="haruka@example.com",
        role="admin",
        habit="steady",
        locale="ja-JP",
        tz="Asia/Tokyo",
    ),
    Persona(
        slack_user_id="U0KENJI",
        name="佐藤 健司",
        email="kenji@example.com",
        habit="long_sessions",
        locale="ja-JP",
        tz="Asia/Tokyo",
    ),
    Persona(slack_user_id="U0BORIS", name="Boris Petrov", email="boris@example.com", habit="cold_cache"),
    Persona(
        slack_user_id="U0CHLOE",
        name="Chloé Martin",
        email="chloe@example.com",
        role="admin",
        habit="thrifty",
        tz="Europe/Paris",
    ),
    Persona(
        slack_user_id="U0DIEGO", name="Diego Álvarez", email="diego@example.com", habit="rejecting", tz="Europe/Madrid"
    ),
    Persona(
        slack_user_id="U0EMIKO",
        name="田中 えみこ",
        email="emiko@example.com",
        habit="verbose",
        locale="ja-JP",
        tz="Asia/Tokyo",
    ),
    Persona(slack_user_id="U0FARID", name="Farid Haddad", email="farid@example.com", habit="weekends"),
    Persona(
        slack_user_id="U0GRACE",
        name="Grace Okafor",
        email="grace@example.com",
        habit="idle_sessions",
        tz="Africa/Lagos",
    ),
    Persona(slack_user_id="U0HUGO", name="Hugo Nilsen", email="hugo@example.com", habit="steady", tz="Europe/Oslo"),
    Persona(
        slack_user_id="U0INES", name="Inês Carvalho", email="ines@example.com", habit="growing", tz="Europe/Lisbon"
    ),
    Persona(slack_user_id="U0JUN", name="李 俊", email="jun@example.com", habit="remote", tz="Asia/Shanghai"),
    Persona(slack_user_id="U0KATYA", name="Katya Ivanova", email="katya@example.com", habit="occasional"),
    Persona(slack_user_id="U0LARS", name="Lars Holm", email="lars@example.com", habit="steady", tz="Europe/Copenhagen"),
    Persona(slack_user_id="U0MINA", name="Mina Rahimi", email="mina@example.com", habit="thrifty"),
    Persona(slack_user_id="U0NOAH", name="Noah Weiss", email="noah@example.com", habit="occasional"),
    Persona(slack_user_id="U0OLGA", name="Olga Kowalska", email="olga@example.com", habit="steady", tz="Europe/Warsaw"),
    Persona(
        slack_user_id="U0PRIYA", name="Priya Nair", email="priya@example.com", habit="opus_heavy", tz="Asia/Kolkata"
    ),
    Persona(
        slack_user_id="U0QUINN",
        name="Quinn <!channel> *O'Brien* & co",
        email="quinn@example.com",
        habit="steady",
        tz="Europe/Dublin",
    ),
    Persona(
        slack_user_id="U0RIKU",
        name="山本 陸",
        email="riku@example.com",
        habit="newcomer",
        locale="ja-JP",
        tz="Asia/Tokyo",
    ),
    Persona(
        slack_user_id="U0SOFIA",
        name="Sofia Rossi",
        email="sofia@example.com",
        claude_email="sofia.rossi@example.com",
        habit="steady",
        tz="Europe/Rome",
    ),
    Persona(
        slack_user_id="U0TOMAS",
        name="Tomáš Novák",
        email="tomas@example.com",
        claude_email="Tomas@Example.COM",
        habit="steady",
        tz="Europe/Prague",
    ),
    Persona(
        slack_user_id="U0UMA", name="Uma Svensson", email="uma@example.com", habit="subscription", tz="Europe/Stockholm"
    ),
    Persona(slack_user_id="U0VIKTOR", name="Viktor Braun", email="viktor@example.com", habit=None),
    Persona(slack_user_id="U0WENDY", name="Wendy Gast", email="wendy@example.net", role="guest", habit=None),
    Persona(slack_user_id="U0XAVER", name="Xaver Fremd", email="xaver@example.org", role="outsider", habit=None),
    Persona(
        slack_user_id="U0YVES", name="Yves Ancien", email="yves@example.com", role="deactivated", habit="left_company"
    ),
    Persona(slack_user_id="U0ZOE", name="Zoe Park", email="zoe@example.com", role="unconfirmed", habit=None),
    Persona(slack_user_id="U0STANDUP", name="Standup Bot", email="", role="bot", habit=None),
)
"""24 of them use Claude Code: 22 whom Slack knows by the same address, one by another, one who left."""

API_KEYS: tuple[str, ...] = ("ci-review-bot", "nightly-docs")
"""Machines that use Claude Code with an API key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel of the demo workspace."""

    channel_id: str
    name: str
    is_private: bool = False
    is_ext_shared: bool = False
    bot_is_member: bool = True


CHANNELS: tuple[Channel, ...] = (
    Channel(channel_id="C0GENERAL", name="general"),
    Channel(channel_id="C0PLATFORM", name="platform"),
    Channel(channel_id="C0PARTNERS", name="with-partner-gmbh", is_ext_shared=True),
    Channel(channel_id="G0SECRET", name="salaries", is_private=True, bot_is_member=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group of Slack: people that one can mention together."""

    usergroup_id: str
    handle: str
    """The short name after the @."""
    name: str
    slack_user_ids: tuple[str, ...]
    is_enabled: bool = True


USER_GROUPS: tuple[UserGroup, ...] = (
    UserGroup(
        usergroup_id="S0PLATFORM",
        handle="platform",
        name="Platform team",
        slack_user_ids=(
            "U0ADA",
            "U0HARUKA",
            "U0BORIS",
            "U0EMIKO",
            "U0FARID",
            "U0HUGO",
            "U0LARS",
            "U0OLGA",
            "U0PRIYA",
        ),
    ),
    UserGroup(
        usergroup_id="S0DESIGN",
        handle="design",
        name="Design",
        slack_user_ids=("U0GRACE", "U0MINA", "U0NOAH", "U0KATYA"),
    ),
)
"""Everybody in them uses Claude Code."""
