"""`/ccost budget` and how one is told, through the real door: what people read, and what it changes."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.budget import BudgetScope
from bot.delivery.budgets import plan_budgets
from bot.demo.cast import BOT_USER_ID
from bot.demo.composition import Playground
from bot.demo.workspace.state import Entry
from bot.jobs.poll import poll
from bot.notice import NoticeRow
from bot.periods import Cadence
from bot.store import audit, budgets, members, notices, requests
from tests.playing import playground
from tests.slack_workspace import until
from tests.unhurried import unhurried

CHLOE, HARUKA = "U0CHLOE", "U0HARUKA"
"""The admins; Haruka reads Japanese."""
ADA, BORIS, DIEGO, FARID, GRACE, HUGO, INES = (
    f"U0{name}" for name in ["ADA", "BORIS", "DIEGO", "FARID", "GRACE", "HUGO", "INES"]
)
KATYA, LARS, MINA, NOAH, OLGA, UMA, WENDY = (
    f"U0{name}" for name in ["KATYA", "LARS", "MINA", "NOAH", "OLGA", "UMA", "WENDY"]
)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """In the middle of a month, when everybody has spent something. Each test has people of its own."""
    with playground(tmp_path_factory.mktemp("bot")) as running:
        running.clock.move(timedelta(days=(20 - running.clock().day) % 30))
        poll(running.bot.rt)
        yield unhurried(running)


def answered(bot: Playground, who: str, words: str) -> Entry:
    """Type a command and give its answer, whether it comes at once or a moment later."""

    def answers() -> list[Entry]:
        seen = bot.workspace.team.conversation("C0GENERAL", who)
        return [one for one in seen if one.author_id == BOT_USER_ID and not one.text.startswith("One moment")]

    before = len(answers())
    assert bot.sender.command(who, "C0GENERAL", words).status == "answered"
    until(lambda: len(answers()) > before)
    return answers()[-1]


def say(bot: Playground, who: str, words: str) -> str:
    return answered(bot, who, words).text


def values(bot: Playground, who: str, words: str) -> list[str]:
    """What the buttons of an answer would type."""
    blocks = answered(bot, who, words).blocks
    return [one["value"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def told(bot: Playground, who: str, prefix: str) -> list[NoticeRow]:
    """Every message to somebody whose key begins so, whatever became of it."""
    with bot.bot.rt.sessions() as session:
        found = [notices.get(session, f"{prefix}{who}"), notices.get(session, f"{prefix}reply")]
    return [row for row in found if row is not None and row.recipient == who]


def limit_of(bot: Playground, who: str, scope: BudgetScope) -> int | None:
    with bot.bot.rt.sessions() as session:
        member = members.by_slack_id(session, who)
        assert member is not None
        budget = budgets.get(session, scope, Cadence.MONTHLY, member.member_id)
    return None if budget is None or budget.limit_nanos is None else budget.limit_nanos // 10**7


def asked(bot: Playground, who: str) -> int:
    """The number of somebody's one open request."""
    with bot.bot.rt.sessions() as session:
        member = members.by_slack_id(session, who)
        assert member is not None
        (request,) = requests.open_of(session, member.member_id)
    return request.request_id


def recorded(bot: Playground) -> list[tuple[str, str]]:
    with bot.bot.rt.sessions() as session:
        return [(row.actor, row.act) for row in audit.entries(session, 10)]


def test_without_a_budget_one_reads_how_to_set_one(bot: Playground) -> None:
    assert "/ccost budget set me $200 monthly" in say(bot, NOAH, "budget")


def test_nothing_is_set_before_it_was_shown_what_it_would_have_done(bot: Playground) -> None:
    shown = say(bot, ADA, "budget set me $1,000.50")
    assert "Your monthly budget: $1,000.50 per calendar month of UTC days, in US dollars" in shown
    assert re.search(r"would have written you \d+ messages? in the last 90 days", shown)
    assert limit_of(bot, ADA, BudgetScope.OWN) is None
    (again,) = values(bot, ADA, "budget set me $1,000.50")
    assert "Set. Your monthly budget: $1,000.50" in say(bot, ADA, again)
    assert limit_of(bot, ADA, BudgetScope.OWN) == 1_000_50
    assert "That is so already" in say(bot, ADA, again)
    assert "That is so already" in say(bot, ADA, "budget set me 1000.5")
    assert re.search(r"Your monthly budget: \$[\d,.]+ of \$1,000.50 \(\d+%\)", say(bot, ADA, "budget"))
    assert ADA not in {actor for actor, _ in recorded(bot)}  # what one does to oneself is nobody's business


def test_what_is_crossed_already_is_said_once_in_the_answer_and_never_in_a_message(bot: Playground) -> None:
    assert "Already crossed, so no message about it: 50%, 80%, 100%." in say(bot, DIEGO, "budget set me 0.01 yes")
    plan_budgets(bot.bot.rt)
    with bot.bot.rt.sessions() as session:
        assert notices.waiting(session, DIEGO) == []


def test_admins_set_a_default_and_read_how_many_it_would_have_rung_for(bot: Playground) -> None:
    shown = say(bot, CHLOE, "budget default $50 monthly")
    assert re.search(r"would have written to \d+ of 2\d people, \d+ messages in the last 90 days", shown)
    assert "Set." in say(bot, CHLOE, "budget default $50 monthly yes")
    assert "of $50.00" in say(bot, BORIS, "budget")
    assert recorded(bot)[0] == (CHLOE, "budget_set")
    assert "Switched off" in say(bot, CHLOE, "budget off default")
    assert "nothing to switch off" in say(bot, CHLOE, "budget off default")
    assert "no budget" in say(bot, BORIS, "budget")


def test_an_admin_who_sets_a_colleagues_budget_learns_nothing_of_what_the_colleague_spent(bot: Playground) -> None:
    answers = [
        say(bot, CHLOE, f"budget set @grace {dollars} monthly{yes}") for dollars in (1, 9999) for yes in ("", " yes")
    ]
    told_apart = {re.sub(r"\$[\d,.]+", "$", answer) for answer in answers}
    assert len(told_apart) == 2  # before and after: the amount changes nothing else
    assert "budget of grace" in answers[0]
    assert limit_of(bot, GRACE, BudgetScope.ASSIGNED) == 9_999_00


def test_the_team_and_the_vendors_limit_are_seen_by_every_member(bot: Playground) -> None:
    say(bot, CHLOE, "budget set team 2000 yes")
    say(bot, CHLOE, "budget set workspace 5000 yes")
    seen = say(bot, BORIS, "budget")
    assert re.search(r"The team's monthly budget: \$[\d,.]+ of \$2,000.00", seen)
    assert "The vendor's own monthly limit, entered by hand because no interface tells it: $5,000.00." in seen


def test_a_machine_has_a_budget_of_its_own(bot: Playground) -> None:
    say(bot, CHLOE, "settings link ci-review-bot machine review @farid")
    assert "Set. The monthly budget of the machine review: $10.00" in say(bot, CHLOE, "budget set review 10 yes")


def test_a_group_has_a_monthly_budget_that_its_people_see(bot: Playground) -> None:
    say(bot, CHLOE, "settings groups make payments @ada @boris @diego @farid @grace")
    preview = say(bot, CHLOE, "budget set Payments 2000")
    assert "The monthly budget of the group payments: $2,000.00" in preview
    assert "whole parts of a month" in preview
    assert "in the last 90 days" in preview
    assert "Set. The monthly budget of the group payments" in say(bot, CHLOE, "budget set payments 2000 yes")
    for inside in (BORIS, CHLOE):
        assert "The monthly budget of the group payments: $" in say(bot, inside, "budget")
    assert "payments" not in say(bot, OLGA, "budget")
    assert "/ccost budget set payments $2,000 monthly" in say(bot, CHLOE, "budget set payments 70 daily")
    assert "switched a budget off" not in say(bot, CHLOE, "settings audit")
    assert "Switched off: The monthly budget of the group payments" in say(bot, CHLOE, "budget off payments")


def test_a_subscriptions_use_counts_only_while_an_admin_wants_it(bot: Playground) -> None:
    say(bot, UMA, "budget set me 1000 yes")
    zero, counted = "Your monthly budget: $0.00 of", "The use of a subscription is counted in"
    assert zero in say(bot, UMA, "budget")

    def people() -> int:
        found = re.search(r"to (\d+) of (\d+) people", say(bot, CHLOE, "budget default 1"))
        assert found
        return int(found[2])

    before = people()
    assert "does not count" in say(bot, CHLOE, "budget subscriptions")
    assert "Nothing has changed yet." in say(bot, CHLOE, "budget subscriptions on")
    assert zero in say(bot, UMA, "budget")
    try:
        assert "counts in budgets" in say(bot, CHLOE, "budget subscriptions on yes")
        answer = answered(bot, UMA, "budget")
        assert zero not in answer.text
        assert people() == before + 1, "of whom a default would have written to, she is one more"
        assert counted in str(answer.blocks)
        assert "let subscriptions count in budgets" in str(answered(bot, CHLOE, "settings audit").blocks)
    finally:
        assert "does not count" in say(bot, CHLOE, "budget subscriptions off yes")
    answer = answered(bot, UMA, "budget")
    assert zero in answer.text
    assert counted not in str(answer.blocks)


@pytest.mark.parametrize(("who", "words", "says"), [(CHLOE, "maybe", "`on` or `off`"), (ADA, "on yes", "admins")])
def test_nobody_else_and_no_other_word_changes_it(bot: Playground, who: str, words: str, says: str) -> None:
    assert says in say(bot, who, f"budget subscriptions {words}")


def test_a_word_for_a_machine_and_a_group_is_asked_back(bot: Playground) -> None:
    say(bot, CHLOE, "settings link nightly-docs machine twice @farid")
    say(bot, CHLOE, "settings groups make twice @ada")
    assert "a machine and a group called `twice`" in say(bot, CHLOE, "budget set twice 10")


@pytest.mark.parametrize(
    "words", ["set team 5", "set @farid 5", "set workspace 5", "default 5", "off team", "off default"]
)
def test_members_set_only_their_own(bot: Playground, words: str) -> None:
    assert "admins" in say(bot, ADA, f"budget {words}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("set", "/ccost budget set me $200 monthly"),
        ("set me", "/ccost budget set me $200 monthly"),
        ("set me 5 yearly", "/ccost budget set me $200 monthly"),
        ("set me 1.000,50", "$1,000.50"),
        ("set me €5", "$200"),
        ("set me 0", "/ccost budget off me"),
        ("set me 10000001", "$10,000,000.00"),
        ("set nobody 5", "nobody"),
        ("set @platform-team 5", "no group called"),
        ("default", "/ccost budget default $200 monthly"),
        ("off", "/ccost budget off me monthly"),
        ("request", "/ccost budget request $300 monthly because …"),
        ("request 300", "/ccost budget request $300 monthly because …"),
        ("approve", "/ccost budget approve 7"),
        ("approve 99", "99"),
        ("approve ٣", "٣"),
        ("deny", "/ccost budget deny 7"),
        ("snooze", "/ccost budget snooze day"),
        ("snooze 999:2026-11-01", "999:2026-11-01"),
        ("snooze 1:2026-13-01", "1:2026-13-01"),
        ("planned", "This was planned"),
        ("now", "/ccost budget"),
    ],
)
def test_what_makes_no_sense_is_answered_with_the_right_form(bot: Playground, words: str, says: str) -> None:
    assert says in say(bot, CHLOE, f"budget {words}")


def test_a_guest_reads_nothing_of_budgets(bot: Playground) -> None:
    for words in ("budget", "budget set me 5", "settings alerts"):
        assert "guest" in say(bot, WENDY, words)


def test_a_request_reaches_the_admins_and_is_decided_once(bot: Playground) -> None:
    assert "is with those who decide" in say(bot, HUGO, "budget request $300 because of the *migration* <!channel>")
    assert "waiting already" in say(bot, HUGO, "budget request $900 because I asked before")
    assert "waiting for an admin" in say(bot, HUGO, "budget")
    number = asked(bot, HUGO)
    for admin in (CHLOE, HARUKA):
        (request,) = told(bot, admin, f"request/{number}/")
        assert "$300.00" in request.text
        assert "<!channel>" not in f"{request.text} {request.blocks}"
        assert request.unasked is False
    offered = values(bot, CHLOE, f"budget approve {number} another")
    assert offered == [f"budget approve {number} 150", f"budget approve {number} 225"]
    assert "Approved: hugo has a budget of $225.00" in say(bot, CHLOE, offered[1])
    assert "decided already: chloe approved $225.00" in say(bot, CHLOE, f"budget deny {number}")
    assert "225.00" in say(bot, HARUKA, f"budget approve {number}")
    assert limit_of(bot, HUGO, BudgetScope.ASSIGNED) == 225_00
    (reply,) = told(bot, HUGO, f"request/{number}/")
    assert "approved your request: your budget is $225.00" in reply.text
    assert recorded(bot)[0] == (CHLOE, "budget_approved")


def test_a_request_says_nothing_of_what_the_person_spent_or_set_for_themselves(bot: Playground) -> None:
    say(bot, OLGA, "budget set me 77 yes")
    say(bot, OLGA, "budget request 300 because I need it")
    for admin in (CHLOE, HARUKA):
        (request,) = told(bot, admin, f"request/{asked(bot, OLGA)}/")
        assert set(re.findall(r"\$[\d,.]*\d", f"{request.text} {request.blocks}")) == {"$300.00"}


def test_a_denied_request_changes_nothing_and_one_may_ask_again(bot: Playground) -> None:
    say(bot, INES, "budget request 300 weekly because why not")
    number = asked(bot, INES)
    assert "Denied" in say(bot, CHLOE, f"budget deny {number}")
    assert limit_of(bot, INES, BudgetScope.ASSIGNED) is None
    assert "denied your request" in told(bot, INES, f"request/{number}/")[0].text
    assert "is with those who decide" in say(bot, INES, "budget request 300 weekly because once more")


def test_nobody_decides_about_their_own_request(bot: Playground) -> None:
    say(bot, CHLOE, "budget request 300 because I may")
    number = asked(bot, CHLOE)
    assert told(bot, CHLOE, f"request/{number}/") == []
    assert len(told(bot, HARUKA, f"request/{number}/")) == 1
    assert "Another admin" in say(bot, CHLOE, f"budget approve {number}")
    assert asked(bot, CHLOE) == number


def test_who_set_the_present_limit_decides_alone(bot: Playground) -> None:
    say(bot, HARUKA, "budget set @katya 100 yes")
    say(bot, KATYA, "budget request 300 because more")
    number = asked(bot, KATYA)
    assert told(bot, CHLOE, f"request/{number}/") == []
    assert "$100.00" in told(bot, HARUKA, f"request/{number}/")[0].text


def test_snoozing_and_planning_are_idempotent_and_only_about_ones_own(bot: Playground) -> None:
    say(bot, LARS, "budget set me 10 yes")
    with bot.bot.rt.sessions() as session:
        (budget,) = [one for one in budgets.active(session) if one.set_by == LARS]
    line = f"{budget.budget_id}:{bot.clock():%Y-%m}-01"
    assert "before" in say(bot, LARS, "budget snooze day")
    assert "so already" in say(bot, LARS, "budget snooze day")
    assert "nothing more about this period" in say(bot, LARS, f"budget snooze {line}")
    assert "so already" in say(bot, LARS, f"budget snooze {line}")
    assert "Noted as planned" in say(bot, LARS, f"budget planned {line}")
    assert "noted already" in say(bot, LARS, f"budget planned {line}")
    assert "You will read nothing more" in f"{bot.sender.command(LARS, 'C0GENERAL', 'budget').blocks}"
    for words in ("snooze", "planned"):
        assert "no budget of yours" in say(bot, BORIS, f"budget {words} {line}")


def test_how_one_is_told_is_shown_and_changed(bot: Playground) -> None:
    assert "20:00 to 08:00 in your time zone, Europe/Berlin" in say(bot, MINA, "settings alerts")
    assert "are off" in say(bot, MINA, "settings alerts off").replace("*", "")
    assert "so already" in say(bot, MINA, "settings alerts off")
    say(bot, MINA, "budget snooze week")
    assert "Snoozed" not in say(bot, MINA, "settings alerts on")
    assert "22:30 to 07:00" in say(bot, MINA, "settings quiet 22:30-7:00")
    assert "no quiet hours" in say(bot, MINA, "settings quiet off")
    for wrong in ("settings quiet 25:00-07:00", "settings quiet", "settings quiet 22-7"):
        assert "/ccost settings quiet 20:00-08:00" in say(bot, MINA, wrong)
    assert "/ccost settings alerts on" in say(bot, MINA, "settings alerts maybe")


def test_a_japanese_colleague_reads_japanese(bot: Playground) -> None:
    assert "予算" in say(bot, "U0KENJI", "budget")
    assert "お知らせ" in say(bot, "U0KENJI", "settings alerts")
