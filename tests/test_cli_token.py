"""`ccost token`: a token for a person or a team is printed once, listed without its secret, and ended."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.demo.cast import CAST
from bot.people import Person, Standing
from bot.store import audit, members, tokens
from bot.store.engine import Store, open_store
from bot.store.migrations import migrate
from bot.store.tokens import Reason
from bot.usage import Biller, Plan
from tests.world import World, world

ADA = "ada@example.com"
TOLD = re.compile(r"ccost_([0-9a-f]{12})_[A-Za-z0-9_\-]{43}\n")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """People whom Slack has told us of; no program runs."""
    folder = tmp_path_factory.mktemp("token")
    with world(folder, f"sqlite:///{folder / 'ccost.db'}") as made:
        store = opened(made)
        migrate(store)
        people = [
            Person(slack_user_id=one.slack_user_id, display_name=one.name, standing=Standing.MEMBER, email=one.email)
            for one in CAST[:3]
        ]
        with store.sessions.begin() as session:
            members.sync(session, people, NOW)
        store.close()
        yield made


def opened(outside: World) -> Store:
    return open_store(outside.environ["CCOST_DATABASE_URL"])


def issue(outside: World, *options: str) -> str:
    """Make a token, and give its text: all that standard output holds."""
    done = outside.command("token", "issue", *options)
    assert done.returncode == 0, done.stderr
    assert TOLD.fullmatch(done.stdout), done.stdout
    assert done.stdout.strip() not in done.stderr
    return done.stdout.strip()


def test_a_members_token_is_printed_alone_on_standard_output_and_is_recorded(outside: World) -> None:
    told = issue(outside, "--member", ADA)
    store = opened(outside)
    with store.sessions() as session:
        token = tokens.admit(session, told, NOW).token
        newest = audit.entries(session, 1)[0]
    store.close()
    assert token is not None
    assert (token.slack_user_id, token.biller, token.plan) == ("U0ADA", Biller.ANTHROPIC, Plan.PAY_PER_TOKEN)
    assert (newest.actor, newest.act, newest.target) == ("operator", "token_issued", f"token/{token.public_id}")


def test_a_team_a_plan_and_a_biller_are_taken_and_a_persons_plan_stays(outside: World) -> None:
    wanted = {
        ("--team", "platform", "--biller", "bedrock"): (None, "platform", Biller.BEDROCK, Plan.PAY_PER_TOKEN),
        ("--member", "U0HARUKA", "--plan", "subscription"): ("U0HARUKA", "", Biller.ANTHROPIC, Plan.SUBSCRIPTION),
        ("--member", "U0HARUKA"): ("U0HARUKA", "", Biller.ANTHROPIC, Plan.SUBSCRIPTION),
        ("--member", "U0HARUKA", "--plan", "pay_per_token"): ("U0HARUKA", "", Biller.ANTHROPIC, Plan.PAY_PER_TOKEN),
    }
    told = {options: issue(outside, *options) for options in wanted}
    store = opened(outside)
    with store.sessions() as session:
        found = {options: tokens.admit(session, text, NOW).token for options, text in told.items()}
    store.close()
    assert {
        options: (one.slack_user_id, one.label, one.biller, one.plan) for options, one in found.items() if one
    } == wanted


def test_the_list_holds_every_token_and_no_secret_and_a_revoked_one_opens_nothing(outside: World) -> None:
    told = issue(outside, "--member", ADA)
    public_id, secret = told.split("_")[1], told[19:]
    listed = outside.command("token", "list", COLUMNS="200")
    assert listed.returncode == 0
    assert re.search(rf"{public_id}.*U0ADA.*holds.*never", listed.stdout)
    assert secret not in listed.stdout + listed.stderr
    done = outside.command("token", "revoke", public_id)
    assert (done.returncode, done.stdout) == (0, "")
    assert public_id in done.stderr
    assert re.search(rf"{public_id}.*revoked", outside.command("token", "list", COLUMNS="200").stdout)
    store = opened(outside)
    with store.sessions() as session:
        assert tokens.admit(session, told, NOW).reason is Reason.REVOKED
        assert audit.entries(session, 1)[0].act == "token_revoked"
    store.close()
    again = outside.command("token", "revoke", public_id)
    assert again.returncode == 2
    assert "ended before" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("issue",), "--member EMAIL or --team NAME"),
        (("issue", "--member", ADA, "--team", "platform"), "--member EMAIL or --team NAME"),
        (("issue", "--member", "nobody@example.com"), "nobody@example.com"),
        (("issue", "--team", " "), "--team"),
        (("issue", "--team", "platform", "--plan", "free"), "free"),
        (("issue", "--team", "platform", "--biller", "free"), "free"),
        (("issue", "abc", "--team", "platform"), "token revoke"),
        (("list", "--team", "platform"), "token issue"),
        (("list", "--member", ADA), "token issue"),
        (("revoke",), "ID of a token"),
        (("revoke", "000000000000"), "000000000000"),
        (("steal",), "steal"),
        ((), "Missing argument"),
    ],
)
def test_wrong_usage_is_one_sentence_and_makes_nothing(outside: World, arguments: tuple[str, ...], says: str) -> None:
    def count() -> int:
        store = opened(outside)
        with store.sessions() as session:
            found = len(tokens.listed(session))
        store.close()
        return found

    before = count()
    done = outside.command("token", *arguments)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert count() == before
