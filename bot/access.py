"""Who may see and do what: one pure function, deny by default.

The table in `docs/access.md` is the specification; the matrix test is written from that table, not from this code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import UserError
from bot.group import Policy
from bot.people import Standing


class Role(StrEnum):
    """What a full member of the workspace is to ccost."""

    MEMBER = "member"
    LEAD = "lead"
    """Leads at least one group."""
    ADMIN = "admin"


class Act(StrEnum):
    """What somebody asks for."""

    HELP = "help"
    MEMBER_FIGURES = "member_figures"
    """One person's spend, activity or tips."""
    OWN_SETTINGS = "own_settings"
    """How one is told, in which language, and what is stored about oneself."""
    ORGANIZATION_TOTAL = "organization_total"
    GROUP_TOTAL = "group_total"
    """A group's total, of parts with at least five people in them."""
    PEOPLE = "people"
    """Who of a group, or of the organization, spent how much: recorded, and visible to those looked at."""
    SHARE = "share"
    """Post what one may see, without anything of a person but oneself, to the channel one is in."""
    STATUS = "status"
    """Sources, freshness, settings in force: no figures of people."""
    DIGEST = "digest"
    """Say what is posted to the channel one is in: totals, never names."""
    MANAGE_BUDGETS = "manage_budgets"
    """Set budgets of others, of the organization and of machines, and decide about requests."""
    MANAGE_NOTICES = "manage_notices"
    """Release or drop a message that is held."""
    LINK_PEOPLE = "link_people"
    """Say whose a consumer is; shows addresses and key names that nobody claimed, with their spend."""
    MANAGE_GROUPS = "manage_groups"
    """Make groups, say who is in them and who leads them."""
    MANAGE_POLICY = "manage_policy"
    """Begin and end a pilot; switch the figures of people on and off."""
    MANAGE_TELEMETRY = "manage_telemetry"
    """Give teams tokens, end anybody's, and see which version of Claude Code people use: no figures."""
    AUDIT = "audit"
    """Read who did what: no amounts."""


class Place(StrEnum):
    """Where somebody asks. Answers are private, but a shared channel is read by another company."""

    PRIVATE = "private"
    CHANNEL = "channel"
    SHARED_CHANNEL = "shared_channel"
    UNKNOWN_CHANNEL = "unknown_channel"
    """Not known yet, or a private channel that the bot is not in: nobody can say who reads along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks, as Slack verified it."""

    slack_user_id: str
    standing: Standing | None
    """None: an account we have not heard of yet."""
    member_id: int | None = None
    is_admin: bool = False
    groups: frozenset[int] = frozenset()
    """The groups they are in now."""
    leads: frozenset[int] = frozenset()
    """The groups they lead."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with the key of the sentence that says why."""

    allowed: bool
    reason: str


_EVERYBODY = frozenset(Role)
_ADMINS = frozenset({Role.ADMIN})
_ROLES: Mapping[Act, frozenset[Role]] = {
    Act.HELP: _EVERYBODY,
    Act.MEMBER_FIGURES: _EVERYBODY,
    Act.OWN_SETTINGS: _EVERYBODY,
    Act.ORGANIZATION_TOTAL: _EVERYBODY,
    Act.GROUP_TOTAL: _EVERYBODY,
    Act.PEOPLE: frozenset({Role.LEAD, Role.ADMIN}),
    Act.SHARE: _EVERYBODY,
    Act.STATUS: _EVERYBODY,
    Act.DIGEST: _EVERYBODY,
    Act.MANAGE_BUDGETS: _ADMINS,
    Act.MANAGE_NOTICES: _ADMINS,
    Act.LINK_PEOPLE: _ADMINS,
    Act.MANAGE_GROUPS: _ADMINS,
    Act.MANAGE_POLICY: _ADMINS,
    Act.MANAGE_TELEMETRY: _ADMINS,
    Act.AUDIT: _ADMINS,
}

_REFUSED_PLACES: Mapping[Place, str] = {
    Place.SHARED_CHANNEL: "access.shared_channel",
    Place.UNKNOWN_CHANNEL: "access.unknown_channel",
}


def decide(
    viewer: Viewer,
    act: Act,
    place: Place,
    *,
    target_member_id: int | None = None,
    group_id: int | None = None,
    policy: Policy,
) -> Decision:
    """Say whether the viewer may do this here.

    `target_member_id` is whose figures are asked for: a person's are for that person alone, admins included. `group_id`
    is whose people are asked for; None: the organization's.
    """
    refused = _refused(viewer.standing, place)
    if refused:
        return Decision(False, refused)
    role = Role.ADMIN if viewer.is_admin else Role.LEAD if viewer.leads else Role.MEMBER
    if role not in _ROLES.get(act, frozenset()):
        return Decision(False, "access.leads_only" if act is Act.PEOPLE else "access.admins_only")
    if act is Act.MEMBER_FIGURES:
        return _own_figures(viewer, target_member_id, policy)
    if act is Act.PEOPLE:
        return _people(viewer, group_id, policy)
    if act is Act.SHARE and place is not Place.CHANNEL:
        return Decision(False, "access.share_in_channels")
    return Decision(True, "access.allowed")


def _refused(standing: Standing | None, place: Place) -> str | None:
    if standing is not Standing.MEMBER:
        return f"access.{standing or 'unknown_person'}"
    return _REFUSED_PLACES.get(place)


def _own_figures(viewer: Viewer, target_member_id: int | None, policy: Policy) -> Decision:
    if target_member_id is None or target_member_id != viewer.member_id:
        return Decision(False, "access.own_figures_only")
    if policy.pilot_group_id is not None and policy.pilot_group_id not in viewer.groups:
        return Decision(False, "access.pilot")
    return Decision(True, "access.allowed")


def _people(viewer: Viewer, group_id: int | None, policy: Policy) -> Decision:
    if not policy.people_enabled:
        return Decision(False, "access.people_off")
    if not viewer.is_admin and group_id not in viewer.leads:
        return Decision(False, "access.own_group_only")
    if policy.pilot_group_id is not None and policy.pilot_group_id != group_id:
        return Decision(False, "access.pilot")
    return Decision(True, "access.allowed")


def decide_telling_person(standing: Standing | None, *, in_pilot: bool) -> Decision:
    """Say whether somebody may be told anything unasked: only a full member, at the moment of telling.

    `in_pilot` is true for everybody while no pilot runs.
    """
    if standing is not Standing.MEMBER:
        return Decision(False, f"access.{standing or 'unknown_person'}")
    if not in_pilot:
        return Decision(False, "access.pilot")
    return Decision(True, "access.allowed")


def decide_telling_channel(place: Place) -> Decision:
    """Say whether a channel may be told the organization's totals, at the moment of telling."""
    if place in _REFUSED_PLACES:
        return Decision(False, _REFUSED_PLACES[place])
    return Decision(True, "access.allowed")


def require(decision: Decision) -> None:
    """Raise `UserError` with the reason unless allowed."""
    if not decision.allowed:
        raise UserError(decision.reason)
