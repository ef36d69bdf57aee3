from typing import Any

import pytest

from bot.people import Person, Standing, fold_email, match, person_from_slack

HOME, OTHER = "T0HOME", "T0OTHER"


def account(**changes: Any) -> dict[str, Any]:
    profile = {"email": "Ada@Example.com", "display_name": "Ada", **changes.pop("profile", {})}
    return {
        "id": "U0ADA",
        "team_id": HOME,
        "is_email_confirmed": True,
        "tz": "Asia/Tokyo",
        "profile": profile,
        **changes,
    }


def read(user: dict[str, Any], enterprise_id: str | None = None) -> Person:
    return person_from_slack(user, team_id=HOME, enterprise_id=enterprise_id)


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"deleted": True}, Standing.DEACTIVATED),
        ({"is_bot": True}, Standing.BOT),
        ({"is_workflow_bot": True}, Standing.BOT),
        ({"id": "USLACKBOT"}, Standing.BOT),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"team_id": OTHER}, Standing.OUTSIDER),
        ({"team_id": OTHER, "is_stranger": False}, Standing.OUTSIDER),  # false although they share a channel with us
        ({"is_stranger": True}, Standing.OUTSIDER),
        ({"team_id": OTHER, "is_restricted": True}, Standing.OUTSIDER),
    ],
)
def test_only_a_full_account_of_this_workspace_is_a_member(changes: dict[str, Any], standing: Standing) -> None:
    assert read(account(**changes)).standing is standing


def test_on_enterprise_grid_the_enterprise_decides() -> None:
    colleague = account(team_id=OTHER, enterprise_user={"enterprise_id": "E0HOME"})
    outsider = account(team_id=OTHER, enterprise_user={"enterprise_id": "E0OTHER"})
    assert read(colleague, "E0HOME").standing is Standing.MEMBER
    assert read(outsider, "E0HOME").standing is Standing.OUTSIDER


@pytest.mark.parametrize(("confirmed", "email"), [(True, "ada@example.com"), (False, None)])
def test_only_a_confirmed_address_counts(confirmed: bool, email: str | None) -> None:
    assert read(account(is_email_confirmed=confirmed)).email == email


def test_an_account_without_an_address_has_none_rather_than_an_empty_one() -> None:
    assert read(account(profile={"email": " "})).email is None
    assert read(account(profile={"email": None})).email is None


def test_addresses_meet_whatever_their_case() -> None:
    ada = read(account())
    assert match([fold_email("ADA@example.COM")], [ada]) == {"ada@example.com": ada}


def test_an_address_of_two_members_is_nobodys() -> None:
    twins = [read(account()), read(account(id="U0ADA2"))]
    assert match(["ada@example.com"], twins) == {}


@pytest.mark.parametrize("changes", [{"deleted": True}, {"is_bot": True}, {"is_restricted": True}, {"team_id": OTHER}])
def test_an_address_of_somebody_who_is_no_member_is_nobodys_and_hides_no_member(changes: dict[str, Any]) -> None:
    former, ada = read(account(id="U0OLD", **changes)), read(account())
    assert match(["ada@example.com"], [former]) == {}
    assert match(["ada@example.com"], [former, ada]) == {"ada@example.com": ada}
