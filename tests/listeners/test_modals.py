"""Forms, filled in and sent off as people do: what becomes of what was typed, and where a mistake is said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.composition import Playground
from bot.demo.workspace.outcome import NotThere
from bot.jobs.poll import poll
from bot.periods import Cadence
from bot.store import budgets, digests, requests
from tests.playing import playground
from tests.pressing import Hands, buttons, holds, member_id, seen, state
from tests.slack_workspace import until
from tests.unhurried import unhurried

ADA, BORIS, CHLOE, GRACE, HARUKA = "U0ADA", "U0BORIS", "U0CHLOE", "U0GRACE", "U0HARUKA"
CHANNEL = "C0GENERAL"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("modals")) as running:
        now = running.clock()
        running.clock.move(timedelta(days=(20 - now.day) % 30, hours=(12 - now.hour) % 24))
        poll(running.bot.rt)
        yield unhurried(running)


@pytest.fixture
def bot(running: Playground) -> Iterator[Playground]:
    yield running
    for who in (ADA, BORIS, CHLOE, GRACE, HARUKA):
        Hands(running).close(who)


@pytest.fixture
def hands(bot: Playground) -> Hands:
    return Hands(bot)


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
