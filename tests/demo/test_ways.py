"""The playground with every source: what people see of each way, and what is told when one of them goes wrong."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from bot.demo.company.server import VISIBLE_AFTER
from bot.demo.composition import Playground, playground
from bot.demo.exporting import DAYS_TOLD
from bot.demo.playground import HEADER
from bot.periods import ChargePeriod, utc_day
from bot.store import usage
from tests.slack_workspace import until
from tests.unhurried import unhurried
from tests.world import days, dollars

# Threads of a killed bot end with SystemExit, of which Python says nothing and pytest does.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("ways"), with_group=True, with_every_source=True) as running:
        yield unhurried(running)


def said(demo: Playground, words: str, user: str) -> str:
    outcome = demo.sender.command(user, "C0GENERAL", words)
    return f"{outcome.text} {outcome.blocks}"


def heard(demo: Playground, user: str) -> str:
    """What the bot has written to somebody directly."""
    channel = demo.workspace.team.channel(user)
    assert channel is not None
    entries = demo.workspace.team.conversation(channel.channel_id, user)
    return " ".join(f"{one.text} {one.blocks}" for one in entries)


def tell(demo: Playground, story: str, user: str = "U0ADA") -> str:
    asked = {"user": user, "story": story}
    answer = httpx.post(f"{demo.address}/play/story", json=asked, headers={HEADER: "1"}, timeout=60)
    return str(answer.json()["status"])


def truth(demo: Playground, address: str, back: int, lag: timedelta = timedelta()) -> Fraction:
    """What somebody spent in the last days, today included, in exact cents."""
    now = demo.clock()
    period = days(utc_day(now) - timedelta(days=back), utc_day(now))
    return sum((demo.company.truth(day, now - lag).get(address, Fraction()) for day in period), Fraction())


@pytest.mark.parametrize(
    ("user", "address", "lag"),
    [
        ("U0HUGO", "hugo@example.com", timedelta(seconds=15)),
        ("U0OLGA", "olga@example.com", timedelta(0)),
        ("U0BORIS", "boris@example.com", VISIBLE_AFTER),
    ],
    ids=["proxy", "telemetry", "vendor"],
)
def test_whichever_way_they_go_people_read_what_they_spent(
    demo: Playground, user: str, address: str, lag: timedelta
) -> None:
    demo.machine.read_usage()
    spent = truth(demo, address, DAYS_TOLD - 1, lag)
    assert spent > 0
    assert dollars(spent) in said(demo, f"me {DAYS_TOLD}d", user)


def test_what_is_left_to_link_is_who_left_and_who_has_no_address(demo: Playground) -> None:
    left = said(demo, "settings link", "U0CHLOE")
    assert "yves@example.com" in left
    assert "litellm:katya" in left
    for linked in ("sofia.rossi@example.com", "ci-review-bot", "nightly-docs"):
        assert linked not in left


def test_every_source_says_how_it_is_and_old_versions_are_named(demo: Playground) -> None:
    status = said(demo, "settings status", "U0CHLOE")
    for name in ("cost analytics", "Claude Code Analytics", "LiteLLM", "telemetry", "cost report"):
        assert name in status, name
    assert "2.1.197" in said(demo, "settings versions", "U0CHLOE")


def test_who_tells_of_themselves_can_see_that_it_arrives(demo: Playground) -> None:
    assert "Data has arrived" in said(demo, "settings connect", "U0OLGA")
    assert demo.bot.rt.settings.ccost_public_url == demo.address


@pytest.mark.parametrize("user", ["U0OLGA", "U0HUGO"])
def test_pushed_spend_arrives_by_any_way(demo: Playground, user: str) -> None:
    assert tell(demo, "push", user) == "told"
    assert "$2,5" in said(demo, "me 2d", user)


def test_a_report_that_charges_more_is_told_to_admins_and_to_nobody_else(demo: Playground) -> None:
    differing = "Days that differ by more than 1%"
    assert "cost report" not in heard(demo, "U0CHLOE")
    assert differing not in said(demo, "settings status", "U0CHLOE")
    assert tell(demo, "drift") == "told"
    assert differing in said(demo, "settings status", "U0CHLOE")
    assert "cost report" in heard(demo, "U0CHLOE")
    assert "cost report" not in heard(demo, "U0ADA")


def test_a_wrong_token_is_turned_away_and_told_to_admins(demo: Playground) -> None:
    assert "token" not in heard(demo, "U0HARUKA")
    assert tell(demo, "wrong_token") == "told"
    assert "トークン" in heard(demo, "U0HARUKA")
    assert "token" in heard(demo, "U0CHLOE")


def test_telemetry_sent_to_the_pages_address_meets_the_bots_own_door(demo: Playground) -> None:
    answer = httpx.post(f"{demo.address}/v1/logs", json={}, headers={"authorization": "Bearer nothing"})
    assert answer.status_code == 401


def test_what_was_not_heard_while_the_bot_was_dead_is_heard_by_the_next(demo: Playground) -> None:
    demo.machine.kill()
    demo.company.push("noah@example.com", 4_200, utc_day(demo.clock()))
    demo.machine.run_due()
    answer = httpx.post(f"{demo.address}/v1/logs", json={}, headers={"authorization": "Bearer nothing"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    demo.machine.start()
    demo.machine.read_usage()
    assert dollars(truth(demo, "noah@example.com", 0)) in said(unhurried(demo), "me today", "U0NOAH")


def test_what_is_not_read_before_the_page_answers_is_read_right_after(tmp_path: Path) -> None:
    with playground(tmp_path, with_every_source=True, newest_days=8) as demo:
        today = utc_day(demo.clock())
        older = ChargePeriod(today - timedelta(days=80), today - timedelta(days=70), "")
        newer = ChargePeriod(today - timedelta(days=7), today, "")

        def cost(period: ChargePeriod) -> int:
            with demo.bot.rt.sessions() as session:
                return sum(row.spend.cost_nanos for row in usage.of_team(session, period).rows)

        assert cost(newer) > 0
        until(lambda: cost(older) > 0, seconds=60)
