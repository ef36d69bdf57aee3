"""Who may see and do what: one pure function, deny by default.

The table in `docs/access.md` is the specification; the matrix test is written from that table, not from this code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import UserError
from bot.people import Standing


class Role(StrEnum):
    """What a full member of the workspace is to ccost."""

    MEMBER = "member"
    ADMIN = "admin"


class Act(StrEnum):
    """What somebody asks for."""

    HELP = "help"
    MEMBER_FIGURES = "member_figures"
    """One person's spend, activity or tips."""
    ORGANIZATION_TOTAL = "organization_total"
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


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with the key of the sentence that says why."""

    allowed: bool
    reason: str


_ROLES: Mapping[Act, frozenset[Role]] = {
    Act.HELP: frozenset({Role.MEMBER, Role.ADMIN}),
    Act.MEMBER_FIGURES: frozenset({Role.MEMBER, Role.ADMIN}),
    Act.ORGANIZATION_TOTAL: frozenset({Role.MEMBER, Role.ADMIN}),
    Act.STATUS: frozenset({Role.MEMBER, Role.ADMIN}),
    Act.DIGEST: frozenset({Role.MEMBER, Role.ADMIN}),
    Act.MANAGE_BUDGETS: frozenset({Role.ADMIN}),
    Act.MANAGE_NOTICES: frozenset({Role.ADMIN}),
    Act.LINK_PEOPLE: frozenset({Role.ADMIN}),
}

_REFUSED_PLACES: Mapping[Place, str] = {
    Place.SHARED_CHANNEL: "access.shared_channel",
    Place.UNKNOWN_CHANNEL: "access.unknown_channel",
}


def decide(viewer: Viewer, act: Act, place: Place, *, target_member_id: int | None = None) -> Decision:
    """Say whether the viewer may do this here; `target_member_id` is whose figures are asked for.

    A person's figures are for that person alone, admins included: looking at a colleague is another act, recorded,
    that does not exist yet.
    """
    if viewer.standing is not Standing.MEMBER:
        return Decision(False, f"access.{viewer.standing or 'unknown_person'}")
    if place in _REFUSED_PLACES:
        return Decision(False, _REFUSED_PLACES[place])
    role = Role.ADMIN if viewer.is_admin else Role.MEMBER
    if role not in _ROLES.get(act, frozenset()):
        return Decision(False, "access.admins_only")
    if act is Act.MEMBER_FIGURES and (target_member_id is None or target_member_id != viewer.member_id):
        return Decision(False, "access.own_figures_only")
    return Decision(True, "access.allowed")


def decide_telling_person(standing: Standing | None) -> Decision:
    """Say whether somebody may be told anything unasked: only a full member, at the moment of telling."""
    if standing is not Standing.MEMBER:
        return Decision(False, f"access.{standing or 'unknown_person'}")
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
