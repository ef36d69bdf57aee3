"""The whole matrix, generated from the table that people read."""

import re
from itertools import product
from pathlib import Path

import pytest

from bot.access import Act, Place, Viewer, decide, decide_telling_person
from bot.group import Policy
from bot.people import Standing

TABLE = Path(__file__).parent.parent / "docs" / "access.md"

ME, COLLEAGUE = 1, 2
LED, OTHER, PILOT = 11, 12, 13

COLUMNS: dict[str, tuple[Act, dict[str, int]]] = {
    "own figures": (Act.MEMBER_FIGURES, {"target_member_id": ME}),
    "own settings": (Act.OWN_SETTINGS, {}),
    "a colleague's figures": (Act.MEMBER_FIGURES, {"target_member_id": COLLEAGUE}),
    "the organization's total": (Act.ORGANIZATION_TOTAL, {}),
    "a group's total": (Act.GROUP_TOTAL, {"group_id": OTHER}),
    "people of a group they lead": (Act.PEOPLE, {"group_id": LED}),
    "people of another group": (Act.PEOPLE, {"group_id": OTHER}),
    "people of the organization": (Act.PEOPLE, {}),
    "share": (Act.SHARE, {}),
    "status": (Act.STATUS, {}),
    "help": (Act.HELP, {}),
    "digest": (Act.DIGEST, {}),
    "budgets of others": (Act.MANAGE_BUDGETS, {}),
    "held messages": (Act.MANAGE_NOTICES, {}),
    "link people": (Act.LINK_PEOPLE, {}),
    "groups": (Act.MANAGE_GROUPS, {}),
    "pilot": (Act.MANAGE_POLICY, {}),
    "tokens of others and versions": (Act.MANAGE_TELEMETRY, {}),
    "audit log": (Act.AUDIT, {}),
}
OPEN = Policy(people_enabled=True)
WHEN = {
    "figures of people are off": (Policy(), Place.PRIVATE),
    "a pilot runs": (Policy(people_enabled=True, pilot_group_id=PILOT), Place.PRIVATE),
    "in a direct message": (OPEN, Place.PRIVATE),
}
PLACES = {
    "direct message": Place.PRIVATE,
    "channel": Place.CHANNEL,
    "shared channel": Place.SHARED_CHANNEL,
    "unknown channel": Place.UNKNOWN_CHANNEL,
}


def viewer(who: str) -> Viewer:
    full = {"admin", "lead", "member of the pilot"}
    standing = Standing.MEMBER if who in full else Standing(who) if who in list(Standing) else None
    return Viewer(
        slack_user_id="U1",
        standing=standing,
        member_id=ME,
        is_admin=who == "admin",
        leads=frozenset({LED}) if who == "lead" else frozenset(),
        groups=frozenset({PILOT}) if who == "member of the pilot" else frozenset(),
    )


Rows = list[dict[str, str]]


def tables() -> tuple[Rows, Rows, Rows]:
    """Read the tables of the document: what and who, when, where. A row is its cells by the name of their column."""
    found: dict[str, Rows] = {"what": [], "when": [], "where": []}
    heads: list[str] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells or not heads:
            heads = cells
        elif not re.fullmatch(r"[- ]+", cells[0]):
            found[heads[0]].append(dict(zip(heads, cells, strict=True)))
    return found["what"], found["when"], found["where"]


BY_ACT, EXCEPTIONS, PLACES_ANSWERED = tables()
WHAT = {(who, row["what"]): answer for row in BY_ACT for who, answer in row.items() if who != "what"}
WHERE = {row["where"]: row["answered"] for row in PLACES_ANSWERED}
YES = {"yes": True, "no": False}


def test_the_table_speaks_of_every_act_place_and_standing() -> None:
    assert {act for act, _ in COLUMNS.values()} == set(Act)
    assert set(PLACES.values()) == set(Place)
    assert {who for who, _ in WHAT} == {"lead", "admin", "unknown", *Standing}
    assert {what for _, what in WHAT} == set(COLUMNS)
    assert set(WHERE) == set(PLACES)
    assert {row["when"] for row in EXCEPTIONS} == set(WHEN)
    assert {*WHAT.values(), *WHERE.values(), *(row["answered"] for row in EXCEPTIONS)} == set(YES)


@pytest.mark.parametrize(("who", "what", "where"), [(*pair, where) for pair, where in product(WHAT, WHERE)])
def test_every_cell_of_the_table_holds(who: str, what: str, where: str) -> None:
    act, of_whom = COLUMNS[what]
    decision = decide(viewer(who), act, PLACES[where], **of_whom, policy=OPEN)
    in_no_channel = act is Act.SHARE and PLACES[where] is not Place.CHANNEL
    assert decision.allowed is (YES[WHAT[who, what]] and YES[WHERE[where]] and not in_no_channel), decision.reason


@pytest.mark.parametrize("row", EXCEPTIONS, ids=lambda row: " ".join(row.values()))
def test_every_exception_of_the_table_holds(row: dict[str, str]) -> None:
    policy, place = WHEN[row["when"]]
    of_the_pilot: tuple[Act, dict[str, int]] = (Act.PEOPLE, {"group_id": PILOT})
    act, of_whom = of_the_pilot if row["what"] == "people of the pilot" else COLUMNS[row["what"]]
    decision = decide(viewer(row["who asks"]), act, place, **of_whom, policy=policy)
    assert decision.allowed is YES[row["answered"]], decision.reason


@pytest.mark.parametrize("who", ["member", "lead"])
@pytest.mark.parametrize("in_pilot", [True, False])
def test_somebody_is_told_unasked_only_within_the_pilot(who: str, in_pilot: bool) -> None:
    assert decide_telling_person(viewer(who).standing, in_pilot=in_pilot).allowed is in_pilot


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
def test_being_listed_as_admin_does_not_help_who_is_no_member(standing: Standing) -> None:
    somebody = Viewer(slack_user_id="U1", standing=standing, member_id=ME, is_admin=True)
    assert not any(decide(somebody, act, Place.PRIVATE, target_member_id=ME, policy=OPEN).allowed for act in Act)


def test_figures_of_nobody_in_particular_are_nobodys_own() -> None:
    unmapped = Viewer(slack_user_id="U1", standing=Standing.MEMBER, member_id=None)
    assert not decide(unmapped, Act.MEMBER_FIGURES, Place.PRIVATE, target_member_id=None, policy=OPEN).allowed
