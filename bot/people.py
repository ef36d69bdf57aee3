"""Who somebody is in Slack, and whose address is whose.

A flat word of its own because `access` (who may see what) and `store` (who owns which rows) both need it and may not
import one another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_SLACKBOT = "USLACKBOT"


class Standing(StrEnum):
    """What a Slack account is to this workspace. Only a member is ever shown a figure."""

    MEMBER = "member"
    GUEST = "guest"
    """Single- or multi-channel guest."""
    OUTSIDER = "outsider"
    """Somebody of another company, through a shared channel."""
    BOT = "bot"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Slack account, reduced to what ccost needs."""

    slack_user_id: str
    display_name: str
    standing: Standing
    email: str | None
    """Case-folded, and only if Slack calls it confirmed."""
    locale: str | None = None
    """As Slack says it, e.g. `ja-JP`."""
    tz: str | None = None


def person_from_slack(user: Mapping[str, Any], *, team_id: str, enterprise_id: str | None) -> Person:
    """Read one user object of `users.list` or `users.info`.

    `is_stranger` is false for an outsider who shares a channel, so the team (on Enterprise Grid: the enterprise)
    decides who is one of us.
    """
    profile = user.get("profile") or {}
    email = profile.get("email") if user.get("is_email_confirmed", True) else None
    return Person(
        slack_user_id=str(user["id"]),
        display_name=str(profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"]),
        standing=_standing(user, team_id, enterprise_id),
        email=fold_email(email) if isinstance(email, str) and email.strip() else None,
        locale=user.get("locale"),
        tz=user.get("tz"),
    )


def fold_email(address: str) -> str:
    """Bring an address to the one form in which addresses are compared.

    >>> fold_email(" Ada@Example.COM ")
    'ada@example.com'
    """
    return address.strip().casefold()


def match(addresses: Iterable[str], people: Iterable[Person]) -> dict[str, Person]:
    """Pair each folded address with the one full member who has it.

    Deactivated accounts, bots, guests and outsiders are never matched; an address of two members is nobody's.
    """
    owners: dict[str, list[Person]] = {}
    for person in people:
        if person.standing is Standing.MEMBER and person.email:
            owners.setdefault(person.email, []).append(person)
    return {address: owners[address][0] for address in addresses if len(owners.get(address, ())) == 1}


def _standing(user: Mapping[str, Any], team_id: str, enterprise_id: str | None) -> Standing:
    if user.get("deleted"):
        return Standing.DEACTIVATED
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("is_connector_bot") or user["id"] == _SLACKBOT:
        return Standing.BOT
    theirs = (user.get("enterprise_user") or {}).get("enterprise_id")
    ours = theirs == enterprise_id if enterprise_id and theirs else user.get("team_id") == team_id
    if user.get("is_stranger") or not ours:
        return Standing.OUTSIDER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER
