"""Who may open each form, and who may still send it off: from the table that people read."""

from collections.abc import Iterator

import pytest

from bot.access import Place, decide
from bot.demo.composition import Playground
from bot.listeners.modals import MODALS, OPEN, Modal
from tests.playing import playground
from tests.pressing import Hands, holds, seen, state
from tests.slack_workspace import until
from tests.test_access import COLUMNS, tables, viewer
from tests.test_access import OPEN as PEOPLE_ON
from tests.unhurried import unhurried

ADA, CHLOE, GRACE, HARUKA = "U0ADA", "U0CHLOE", "U0GRACE", "U0HARUKA"
CHANNEL = "C0GENERAL"
ROWS = {
    "budget": "own figures",
    "request": "own figures",
    "quiet": "own settings",
    "digest": "digest",
    "link": "link people",
    "group": "groups",
}
"""Which row of the table each form stands in."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("modal_access")) as running:
        yield unhurried(running)


@pytest.fixture
def bot(running: Playground) -> Iterator[Playground]:
    """Chloé and Haruka are the admins, before and after."""
    settings = running.bot.rt.settings
    yield running
    running.bot.rt.settings = settings
    for who in (ADA, CHLOE, GRACE, HARUKA):
        Hands(running).close(who)


@pytest.fixture
def hands(bot: Playground) -> Hands:
    return Hands(bot)


def no_admins(bot: Playground) -> None:
    changed = bot.bot.rt.settings.model_copy(update={"ccost_admins": ""})
    vars(changed).pop("admins")  # worked out before, and copied with the rest
    bot.bot.rt.settings = changed
    assert not bot.bot.rt.settings.admins


def said(bot: Playground, who: str) -> str:
    return bot.sender.command(who, CHANNEL, "me").text


@pytest.mark.parametrize("modal", MODALS, ids=lambda modal: modal.name)
def test_the_table_says_who_may_open_each_form(modal: Modal) -> None:
    (row,) = (row for row in tables()[0] if row["what"] == ROWS[modal.name])
    act, target = COLUMNS[ROWS[modal.name]]
    assert modal.act is act
    for who in (one for one in row if one != "what"):
        found = decide(viewer(who), modal.act, Place.PRIVATE, policy=PEOPLE_ON, **target).allowed
        assert found is (row[who] == "yes"), who


def test_every_form_stands_in_a_row_of_the_table_and_has_its_own_name() -> None:
    assert [modal.name for modal in MODALS] == sorted(ROWS, key=[modal.name for modal in MODALS].index)
    assert set(ROWS) == {modal.name for modal in MODALS}


FILLED: dict[str, dict[str, str | list[str]]] = {
    "budget": {"amount": "$4,321"},
    "quiet": {"from": "21:00", "to": "05:00"},
    "digest": {"channel": CHANNEL},
    "link": {"who": "yves@example.com", "person": GRACE},
    "request": {"amount": "$4,321", "reason": "canary"},
    "group": {"name": "late"},
}


def open_form(bot: Playground, hands: Hands, who: str, name: str) -> None:
    """Open a form from Home, or from the answer that has its button."""
    if name in ("request", "group"):
        bot.sender.command(CHLOE, CHANNEL, f"budget set @{who} 100 monthly yes")
        hands.open(who, "settings.groups" if name == "group" else "home.help")
        if name == "request":
            hands.open(who, "open.request")
            return
        hands.press(who, "open.group")
        return
    hands.open(who, f"{OPEN}{name}")


@pytest.mark.parametrize("name", sorted(ROWS))
def test_who_became_a_guest_meanwhile_sends_nothing_off(bot: Playground, hands: Hands, name: str) -> None:
    who = HARUKA if name in ("link", "group", "digest") else GRACE
    open_form(bot, hands, who, name)
    bot.sender.make_guest(who)
    until(lambda: "guest" in bot.sender.command(who, CHANNEL, "me").text or "ゲスト" in said(bot, who))
    before = state(bot)
    hands.submit(who, FILLED[name])
    told = "".join(hands.errors(who).values())
    after = state(bot)
    bot.sender.make_member(who)
    until(lambda: "$" in said(bot, who))
    assert ("guest" in told) or ("ゲスト" in told)
    assert after == before


@pytest.mark.parametrize("name", ["link", "group"])
def test_who_lost_admin_between_opening_and_sending_is_refused_in_the_form(
    bot: Playground, hands: Hands, name: str
) -> None:
    open_form(bot, hands, CHLOE, name)
    no_admins(bot)
    before = state(bot)
    hands.submit(CHLOE, FILLED[name])
    assert "Only admins of ccost may do this" in "".join(hands.errors(CHLOE).values())
    assert state(bot) == before


@pytest.mark.parametrize(
    "whose", [{"whom": "default"}, {"whom": "team"}, {"whom": "workspace"}, {"whom": "person", "person": ADA}]
)
def test_a_budget_of_others_is_refused_to_who_lost_admin_and_ones_own_is_not(
    bot: Playground, hands: Hands, whose: dict[str, str]
) -> None:
    hands.open(CHLOE, "open.budget")
    no_admins(bot)
    hands.submit(CHLOE, {**whose, "amount": "$77"})
    assert "Only admins of ccost may do this" in hands.errors(CHLOE)["whom"]
    hands.submit(CHLOE, {"whom": "me", "amount": "$77"})
    assert "$77.00" in seen(hands.modal(CHLOE))


@pytest.mark.parametrize("name", ["link", "group"])
def test_a_button_of_before_opens_no_form_for_who_lost_admin(bot: Playground, hands: Hands, name: str) -> None:
    hands.home(CHLOE)
    if name == "group":
        hands.press(CHLOE, "settings.groups")
    no_admins(bot)
    view = hands.press(CHLOE, f"{OPEN}{name}")
    assert "Only admins of ccost may do this" in seen(view)
    assert not [block for block in view["blocks"] if block["type"] == "input"]


def test_a_member_outside_the_admins_is_not_even_offered_other_peoples_budgets(hands: Hands) -> None:
    assert set(holds(hands.open(ADA, "open.budget"))) == {"amount", "cadence"}
    hands.close(CHLOE)
    assert set(holds(hands.open(CHLOE, "open.budget"))) == {"whom", "person", "amount", "cadence"}
