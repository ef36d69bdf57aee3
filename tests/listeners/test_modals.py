"""Forms, opened and sent off as people do: who may open them, who may still send them, and what becomes of words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access import Place, decide
from bot.demo.composition import Playground, playground
from bot.demo.workspace.outcome import NotThere
from bot.jobs.poll import poll
from bot.listeners.ask import split
from bot.listeners.modals import MODALS, OPEN, Filled, Modal, field_for, first_field, named
from bot.periods import Cadence
from bot.store import budgets, digests, groups, members, requests
from tests.pressing import Hands, buttons, holds, seen
from tests.slack_workspace import until
from tests.test_access import COLUMNS, tables, viewer
from tests.test_access import OPEN as PEOPLE_ON
from tests.unhurried import unhurried

ADA, BORIS, CHLOE, GRACE, HARUKA = "U0ADA", "U0BORIS", "U0CHLOE", "U0GRACE", "U0HARUKA"
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
    with playground(tmp_path_factory.mktemp("modals")) as running:
        now = running.clock()
        running.clock.move(timedelta(days=(20 - now.day) % 30, hours=(12 - now.hour) % 24))
        poll(running.bot.rt)
        yield unhurried(running)


@pytest.fixture
def bot(running: Playground) -> Iterator[Playground]:
    """Chloé and Haruka are the admins, before and after."""
    settings = running.bot.rt.settings
    yield running
    running.bot.rt.settings = settings
    for who in (ADA, BORIS, CHLOE, GRACE, HARUKA):
        Hands(running).close(who)


@pytest.fixture
def hands(bot: Playground) -> Hands:
    return Hands(bot)


def member_id(bot: Playground, who: str) -> int:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
    assert found is not None
    return found.member_id


def no_admins(bot: Playground) -> None:
    changed = bot.bot.rt.settings.model_copy(update={"ccost_admins": ""})
    vars(changed).pop("admins")  # worked out before, and copied with the rest
    bot.bot.rt.settings = changed
    assert not bot.bot.rt.settings.admins


# Who may open, and who may still send off.


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


def said(bot: Playground, who: str) -> str:
    return bot.sender.command(who, CHANNEL, "me").text


@dataclass(frozen=True)
class State:
    """Everything that a form can change."""

    budgets: object
    alerts: object
    digests: object
    groups: object
    requests: object
    unlinked: object


def state(bot: Playground) -> State:
    with bot.bot.rt.sessions() as session:
        return State(
            budgets=budgets.active(session),
            alerts=budgets.all_alerts(session),
            digests=digests.all_schedules(session),
            groups=groups.names(session),
            requests=[requests.open_of(session, member_id(bot, who)) for who in (GRACE, HARUKA, CHLOE)],
            unlinked=members.match_report(session),
        )


# What becomes of what was filled in.


def test_a_mistake_stays_in_the_form_under_its_field_with_all_that_was_typed(hands: Hands) -> None:
    hands.open(ADA, "open.budget")
    hands.submit(ADA, {"amount": "two hundred", "cadence": "weekly"})
    assert list(hands.errors(ADA)) == ["amount"]
    assert "`" not in hands.errors(ADA)["amount"]
    assert holds(hands.modal(ADA)) == {"amount": "two hundred", "cadence": "weekly"}
    hands.submit(ADA, {"amount": "$200"})
    assert "Nothing has changed yet." in seen(hands.modal(ADA))


@pytest.mark.parametrize(
    ("typed", "field"), [("yes", "amount"), ("200 monthly yes", "amount"), ('200" yes', "amount"), ("me", "amount")]
)
def test_what_is_typed_as_an_amount_is_never_more_than_an_amount(
    bot: Playground, hands: Hands, typed: str, field: str
) -> None:
    before = state(bot)
    hands.open(BORIS, "open.budget")
    hands.submit(BORIS, {"amount": typed})
    assert list(hands.errors(BORIS)) == [field]
    assert state(bot) == before


def test_full_width_digits_are_digits(hands: Hands) -> None:
    hands.open(HARUKA, "open.budget")
    hands.submit(HARUKA, {"whom": "me", "amount": "＄１，２３４．５０"})
    assert "$1,234.50" in seen(hands.modal(HARUKA))


def test_a_budget_is_previewed_first_and_set_by_its_button(bot: Playground, hands: Hands) -> None:
    hands.open(GRACE, "open.budget")
    hands.submit(GRACE, {"amount": "$333", "cadence": "weekly"})
    assert "$333.00" in seen(hands.modal(GRACE))
    assert own(bot, GRACE, Cadence.WEEKLY) is None
    hands.press(GRACE, "budget.set")
    assert own(bot, GRACE, Cadence.WEEKLY) == 333_000_000_000


def own(bot: Playground, who: str, cadence: Cadence) -> int | None:
    with bot.bot.rt.sessions() as session:
        found = [one for one in budgets.of_member(session, member_id(bot, who)) if one.cadence is cadence]
    return next((one.limit_nanos for one in found if one.scope == "own"), None)


def test_an_admin_sets_a_persons_budget_and_learns_nothing_of_their_spend(bot: Playground, hands: Hands) -> None:
    hands.open(CHLOE, "open.budget")
    hands.submit(CHLOE, {"whom": "person", "person": BORIS, "amount": "$555"})
    shown = seen(hands.modal(CHLOE))
    assert "The monthly budget of" in shown
    assert shown.count("$") == 1
    hands.close(CHLOE)
    hands.open(CHLOE, "open.budget")
    hands.submit(CHLOE, {"whom": "person", "amount": "$555"})
    assert list(hands.errors(CHLOE)) == ["person"]


def test_a_machines_budget_is_chosen_by_its_name(bot: Playground, hands: Hands) -> None:
    bot.sender.command(CHLOE, CHANNEL, f"settings link nightly-docs machine docs @{GRACE}")
    view = hands.open(CHLOE, "open.budget")
    assert "machine/docs" in str(view["blocks"])
    hands.submit(CHLOE, {"whom": "machine/docs", "amount": "$66"})
    assert "The monthly budget of the machine docs" in seen(hands.modal(CHLOE))


def test_a_request_goes_to_those_who_decide_with_its_reason_whole(bot: Playground, hands: Hands) -> None:
    bot.sender.command(CHLOE, CHANNEL, f"budget set @{GRACE} 100 monthly yes")
    hands.open(GRACE, "open.request")
    hands.submit(GRACE, {"amount": "$900", "reason": 'daily "because" yes $5'})
    assert "$900.00" in seen(hands.modal(GRACE))
    with bot.bot.rt.sessions() as session:
        (made,) = requests.open_of(session, member_id(bot, GRACE))
    assert (made.limit_nanos, made.cadence, made.reason) == (900_000_000_000, "monthly", 'daily "because" yes $5')


def test_a_reason_of_spaces_is_no_reason(bot: Playground, hands: Hands) -> None:
    bot.sender.command(CHLOE, CHANNEL, f"budget set @{BORIS} 100 monthly yes")
    hands.open(BORIS, "open.request")
    hands.submit(BORIS, {"amount": "$900", "reason": "   "})
    assert list(hands.errors(BORIS)) == ["reason"]


def test_quiet_hours_are_set_shown_again_and_taken_away(bot: Playground, hands: Hands) -> None:
    hands.open(BORIS, "open.quiet")
    hands.submit(BORIS, {"from": "22:15", "to": "06:45"})
    assert "22:15 to 06:45" in seen(hands.modal(BORIS))
    assert holds(hands.open(BORIS, "open.quiet")) == {"when": "on", "from": "22:15", "to": "06:45"}
    hands.submit(BORIS, {"when": "off"})
    assert "You have no quiet hours." in seen(hands.modal(BORIS))


def test_a_digest_is_set_for_the_channel_that_was_picked(bot: Playground, hands: Hands) -> None:
    hands.open(CHLOE, "open.digest")
    hands.submit(
        CHLOE, {"channel": "C0PLATFORM", "time": "07:45", "zone": "Asia/Tokyo", "flags": ["weekends", "always"]}
    )
    assert "Daily at 07:45 (Asia/Tokyo)." in seen(hands.modal(CHLOE))
    with bot.bot.rt.sessions() as session:
        found = digests.get(session, "C0PLATFORM")
    assert found is not None
    assert (found.minute, found.zone, found.weekends, found.spendless) == (465, "Asia/Tokyo", True, True)
    until(lambda: "<#C0PLATFORM> daily at 07:45 (Asia/Tokyo)" in seen(hands.as_it_is(CHLOE)))


@pytest.mark.parametrize(("zone", "told"), [("weekends", "weekends"), ("always", "always"), ("Tokyo", "Asia/Tokyo")])
def test_a_zone_that_is_none_stays_in_the_form_and_becomes_no_other_word(hands: Hands, zone: str, told: str) -> None:
    hands.open(CHLOE, "open.digest")
    hands.submit(CHLOE, {"channel": CHANNEL, "other_zone": zone})
    assert list(hands.errors(CHLOE)) == ["other_zone"]
    assert told in hands.errors(CHLOE)["other_zone"]


def test_a_private_channel_without_ccost_is_refused_under_its_field(bot: Playground, hands: Hands) -> None:
    hands.open(CHLOE, "open.digest")
    hands.submit(CHLOE, {"channel": "G0SECRET"})
    assert "/invite @ccost" in hands.errors(CHLOE)["channel"]
    with bot.bot.rt.sessions() as session:
        assert digests.get(session, "G0SECRET") is None


def test_a_channel_of_two_companies_cannot_even_be_picked(hands: Hands) -> None:
    hands.open(CHLOE, "open.digest")
    with pytest.raises(NotThere):
        hands.submit(CHLOE, {"channel": "C0PARTNERS"})


def test_a_channel_that_becomes_shared_meanwhile_is_refused(bot: Playground, hands: Hands) -> None:
    hands.open(CHLOE, "open.digest")
    before = state(bot)
    filled = {"channel": "C0PLATFORM"}
    hands.submit(CHLOE, {**filled, "other_zone": "nowhere"})
    bot.sender.share_channel("C0PLATFORM")
    try:
        with pytest.raises(NotThere):
            hands.submit(CHLOE, filled)
        bot.sender.submit(CHLOE, hands.modal(CHLOE)["id"], {"other_zone": ""})
        until(lambda: "shared with another company" in "".join(hands.errors(CHLOE).values()))
    finally:
        bot.sender.unshare_channel("C0PLATFORM")
    assert state(bot) == before


def test_somebodys_use_is_linked_and_home_says_so_at_once(bot: Playground, hands: Hands) -> None:
    hands.open(CHLOE, "open.link")
    hands.submit(CHLOE, {"who": "sofia.rossi@example.com", "person": "U0SOFIA"})
    assert "Linked: sofia.rossi@example.com" in seen(hands.modal(CHLOE))
    until(lambda: "23 of 24 people" in seen(hands.as_it_is(CHLOE)))


def test_a_machine_needs_its_name_and_gets_it(hands: Hands) -> None:
    hands.open(CHLOE, "open.link")
    hands.submit(CHLOE, {"who": "ci-review-bot", "kind": "machine", "person": GRACE})
    assert list(hands.errors(CHLOE)) == ["machine"]
    hands.submit(CHLOE, {"machine": "two words"})
    assert list(hands.errors(CHLOE)) == ["machine"]
    hands.submit(CHLOE, {"machine": "ci"})
    assert "Linked: ci-review-bot is the machine ci" in seen(hands.modal(CHLOE))


@pytest.mark.parametrize(
    ("who", "words", "action", "value"),
    [
        (ADA, "budget", "open.budget", "me"),
        (CHLOE, "settings link", "open.link", ""),
        (CHLOE, "digest", "open.digest", CHANNEL),
    ],
)
def test_an_answer_about_something_has_the_button_of_its_form(
    bot: Playground, who: str, words: str, action: str, value: str
) -> None:
    bot.sender.command(who, CHANNEL, words)

    def found() -> dict[str, str]:
        return buttons({"blocks": bot.workspace.team.conversation(CHANNEL, who)[-1].blocks})

    until(lambda: action in found())
    assert found()[action] == value


# Words: each field is one word at most, whatever is typed into it.

TYPED = st.text(max_size=60) | st.sampled_from(
    ["yes", '" yes', "weekends", "always", "ＹＥＳ", "off", "to @U0ADA", "machine", "200 yes", "team", "me", ""]
)


def filled(values: dict[str, str]) -> Filled:
    return Filled({name: (value,) for name, value in values.items() if value})


@given(TYPED, st.sampled_from(["me", "default", "team", "workspace", "person", "machine/docs"]))
def test_a_budget_form_says_whom_how_much_and_how_often_and_never_yes(amount: str, whom: str) -> None:
    words = named_modal("budget").words(filled({"whom": whom, "amount": amount, "cadence": "monthly", "person": "U1"}))
    what = {"person": ("set", "@U1"), "machine/docs": ("set", "docs"), "default": ("default",)}.get(whom, ("set", whom))
    assert (words[:-2], words[-1]) == (("budget", *what), "monthly")


@given(TYPED, TYPED)
def test_a_request_form_says_how_much_how_often_and_why(amount: str, reason: str) -> None:
    words = named_modal("request").words(filled({"amount": amount, "reason": reason, "cadence": "daily"}))
    assert words == ("budget", "request", words[2], "daily", "because", reason.strip())


@given(TYPED)
def test_a_digest_form_takes_its_flags_from_the_boxes_alone(zone: str) -> None:
    words = named_modal("digest").words(
        filled({"cadence": "daily", "time": "09:30", "zone": "UTC", "other_zone": zone})
    )
    assert (words[:4], len(words)) == (("digest", "here", "daily", "09:30"), 5)
    assert words[4].casefold() not in ("weekends", "always")


@given(TYPED, TYPED, st.sampled_from(["person", "machine"]))
def test_a_link_form_says_whose_use_belongs_to_whom(who: str, machine: str, kind: str) -> None:
    words = named_modal("link").words(filled({"who": who, "machine": machine, "person": "U1", "kind": kind}))
    assert words[:3] == ("settings", "link", who.strip())
    assert words[3:] == (("to", "@U1") if kind == "person" else ("machine", words[4], "@U1"))


def named_modal(name: str) -> Modal:
    found = named(name)
    assert found is not None
    return found


def test_the_value_of_a_forms_button_can_hold_any_label() -> None:
    assert split('"a label with spaces"') == ("a label with spaces",)


def test_an_error_about_a_field_that_a_form_does_not_have_stands_under_its_first() -> None:
    view = {"blocks": [{"type": "section", "block_id": "x"}, {"type": "input", "block_id": "amount"}]}
    assert first_field(view) == "amount"
    assert field_for(named_modal("budget"), view, "error.budget_whom") == "amount"
    assert field_for(named_modal("budget"), view, "access.admins_only") == "amount"
