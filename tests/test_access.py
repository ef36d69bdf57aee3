"""The whole matrix, generated from the table that people read."""

import re
from itertools import product
from pathlib import Path

import pytest

from bot.access import Act, Place, Viewer, decide
from bot.people import Standing

TABLE = Path(__file__).parent.parent / "docs" / "access.md"

ME, COLLEAGUE = 1, 2

COLUMNS = {
    "own figures": (Act.MEMBER_FIGURES, ME),
    "a colleague's figures": (Act.MEMBER_FIGURES, COLLEAGUE),
    "the organization's total": (Act.ORGANIZATION_TOTAL, None),
    "status": (Act.STATUS, None),
    "help": (Act.HELP, None),
    "digest": (Act.DIGEST, None),
    "budgets of others": (Act.MANAGE_BUDGETS, None),
    "held messages": (Act.MANAGE_NOTICES, None),
    "link people": (Act.LINK_PEOPLE, None),
}
PLACES = {
    "direct message": Place.PRIVATE,
    "channel": Place.CHANNEL,
    "shared channel": Place.SHARED_CHANNEL,
    "unknown channel": Place.UNKNOWN_CHANNEL,
}


def viewer(who: str, *, in_admins: bool = False) -> Viewer:
    standing = {"admin": Standing.MEMBER, "unknown": None}.get(who, Standing(who) if who in list(Standing) else None)
    return Viewer(slack_user_id="U1", standing=standing, member_id=ME, is_admin=in_admins or who == "admin")


def tables() -> tuple[dict[tuple[str, str], bool], dict[str, bool]]:
    """Read both tables of the document: (who, what) -> yes, where -> yes."""
    what: dict[tuple[str, str], bool] = {}
    where: dict[str, bool] = {}
    heads: list[str] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            heads = []
        elif not heads:
            heads = cells
        elif not re.fullmatch(r"[- ]+", cells[0]):
            answers = {"yes": True, "no": False}
            if heads[0] == "who asks":
                what |= {(cells[0], head): answers[cell] for head, cell in zip(heads[1:], cells[1:], strict=True)}
            else:
                where[cells[0]] = answers[cells[1]]
    return what, where


WHAT, WHERE = tables()


def test_the_table_speaks_of_every_act_place_and_standing() -> None:
    assert {act for act, _ in COLUMNS.values()} == set(Act)
    assert set(PLACES.values()) == set(Place)
    assert {who for who, _ in WHAT} == {"admin", "unknown", *Standing}
    assert {what for _, what in WHAT} == set(COLUMNS)
    assert set(WHERE) == set(PLACES)


@pytest.mark.parametrize(("who", "what", "where"), [(*pair, where) for pair, where in product(WHAT, WHERE)])
def test_every_cell_of_the_table_holds(who: str, what: str, where: str) -> None:
    act, target = COLUMNS[what]
    decision = decide(viewer(who), act, PLACES[where], target_member_id=target)
    assert decision.allowed is (WHAT[who, what] and WHERE[where]), decision.reason


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
def test_being_listed_as_admin_does_not_help_who_is_no_member(standing: Standing) -> None:
    somebody = Viewer(slack_user_id="U1", standing=standing, member_id=ME, is_admin=True)
    assert not any(decide(somebody, act, Place.PRIVATE, target_member_id=ME).allowed for act in Act)


def test_figures_of_nobody_in_particular_are_nobodys_own() -> None:
    unmapped = Viewer(slack_user_id="U1", standing=Standing.MEMBER, member_id=None)
    assert not decide(unmapped, Act.MEMBER_FIGURES, Place.PRIVATE, target_member_id=None).allowed
