"""`/ccost settings audit`: who did what, in words, for admins alone."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.demo.composition import Playground
from bot.demo.workspace.sender import Outcome
from bot.periods import Cadence
from bot.store import audit, groups, members, requests
from bot.store.tables import Audit, core
from bot.text import load_texts
from bot.views import audit as view
from tests.block_kit import judge, rows
from tests.playing import playground
from tests.store.readings import NOON
from tests.unhurried import unhurried

CHLOE, HARUKA, ADA, WENDY = "U0CHLOE", "U0HARUKA", "U0ADA", "U0WENDY"
CHANNEL = "C0GENERAL"
EN, JA = load_texts().by_language["en"], load_texts().by_language["ja"]
ACTS = {
    "linked",
    "unlinked",
    *("group_made", "group_changed", "group_deleted", "lead_set", "lead_removed"),
    *("people_on", "people_off", "people_viewed", "pilot_begun", "pilot_ended", "exported", "shared"),
    *("budget_set", "budget_off", "budget_approved", "budget_denied", "digest_set", "digest_off", "digest_now"),
    *("token_issued", "token_revoked", "token_plan"),
    *("notice released", "notice dropped", "notice release", "notice drop"),
}
"""Everything that is recorded anywhere."""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("audit")) as running:
        yield unhurried(running)


def ask(bot: Playground, who: str, words: str = "settings audit") -> Outcome:
    outcome = bot.sender.command(who, CHANNEL, words)
    assert outcome.status == "answered"
    return outcome


def table(outcome: Outcome) -> list[list[str]]:
    (found,) = (block for block in outcome.blocks if block["type"] == "data_table")
    return [[str(cell["text"]) for cell in row] for row in found["rows"]]


def note(bot: Playground, act: str, target: str, actor: str = CHLOE) -> None:
    with bot.bot.rt.sessions.begin() as session:
        audit.note(session, actor=actor, act=act, target=target, at=bot.clock())


def member_id(bot: Playground, who: str) -> int:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
    assert found is not None
    return found.member_id


def newest(bot: Playground, who: str = CHLOE) -> list[str]:
    """Who, what and of whom the newest entry tells."""
    return table(ask(bot, who))[1][1:]


def test_each_entry_is_told_with_the_names_of_now(bot: Playground) -> None:
    ada = member_id(bot, ADA)
    with bot.bot.rt.sessions.begin() as session:
        group_id = groups.make(session, "audited", [ada], by=CHLOE, at=bot.clock())
        wish = requests.add(
            session, member_id=ada, cadence=Cadence.MONTHLY, limit_nanos=1, reason="more", at=bot.clock()
        )
    told = {
        ("budget_set", f"assigned/{ada}/monthly"): ["chloe", "set a budget", "The monthly budget of ada"],
        ("budget_off", "default/weekly"): ["chloe", "switched a budget off", "The weekly default of every member"],
        ("budget_approved", f"request/{wish.request_id}"): ["chloe", "approved a budget request", "request of ada"],
        ("digest_set", CHANNEL): ["chloe", "set a digest", "channel general"],
        ("exported", ADA): ["chloe", "took an export of one person's data", "ada"],
        ("pilot_begun", f"group/{group_id}"): ["chloe", "began a pilot", "group audited"],
        ("lead_set", f"group/{group_id}/{ADA}"): ["chloe", "made somebody lead of a group", "group audited (ada)"],
        ("people_on", "organization"): ["chloe", "switched figures of people on", "the organization"],
        ("people_viewed", f"group/{group_id}/2026-11-01..2026-11-19"): [
            "chloe",
            "looked at figures of people",
            "group audited (2026-11-01..2026-11-19)",
        ],
        ("people_viewed", "organization/2026-11-19"): [
            "chloe",
            "looked at figures of people",
            "the organization (2026-11-19)",
        ],
        ("something_new", "an/odd <!channel>"): ["chloe", "something_new", "an/odd ‹!channel›"],
    }
    for (act, target), expected in told.items():
        note(bot, act, target)
        assert newest(bot) == expected
    note(bot, "notice released", "digest/C1/2026-11-20/daily", actor="operator")
    assert newest(bot) == ["The operator", "let a held message out", "digest/C1/2026-11-20/daily"]


@pytest.mark.parametrize(
    "target", ["assigned/999999/monthly", "machine/999999/weekly", "request/999999", "group/999999", "C0GONE", "U0GONE"]
)
def test_what_is_gone_is_still_told(bot: Playground, target: str) -> None:
    note(bot, "budget_set", target)
    assert newest(bot)[2]


def test_the_newest_fifty_are_shown_the_newest_first(bot: Playground) -> None:
    for n in range(51):
        note(bot, "budget_set", f"serial-{n}")
    shown = table(ask(bot, CHLOE))[1:]
    assert [row[3] for row in shown] == [f"serial-{n}" for n in range(50, 0, -1)]
    moment = bot.clock()
    assert str(moment.year) in shown[0][0]
    assert shown[0][0].endswith("UTC")


def test_it_is_for_admins_alone_and_takes_no_words(bot: Playground) -> None:
    note(bot, "budget_set", "secret-target")
    for who in (ADA, WENDY):
        assert "secret-target" not in f"{ask(bot, who).text}{ask(bot, who).blocks}"
    assert "admins" in ask(bot, ADA).text
    assert "/ccost settings audit" in ask(bot, CHLOE, "settings audit all").text


def test_a_log_that_was_changed_from_outside_says_so(bot: Playground) -> None:
    note(bot, "budget_set", "default/monthly")
    assert "whole: no entry" in ask(bot, CHLOE).text
    log = core(Audit)
    with bot.bot.rt.sessions() as session:
        last = audit.entries(session, 1)[0]
    for wrong, says in (("team/monthly", "not whole"), ("default/monthly", "whole: no entry")):
        with bot.bot.rt.sessions.begin() as session:
            session.execute(update(log).where(log.c.hash == last.hash).values(target=wrong))
        assert says in ask(bot, CHLOE).text


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_its_words_in_every_language(act: str) -> None:
    for text in (EN, JA):
        assert text.has(f"audit.act.{act.replace(' ', '_')}")


def test_no_act_is_recorded_that_has_no_words() -> None:
    """Read from the code: what stands behind `act=` where something is recorded."""
    known = {act.replace(" ", "_") for act in ACTS}
    found = set()
    for path in sorted((Path(__file__).parent.parent.parent / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.note", "_note"):
                words = [ast.unparse(one.value) for one in node.keywords if one.arg == "act"]
                words += [ast.unparse(one) for one in node.args if isinstance(one, ast.Constant)]
                found |= {word.strip("'") for word in words if re.fullmatch(r"'[a-z_ ]+'", word)}
    assert found
    assert found - known == set()


def test_an_empty_log_says_so() -> None:
    assert view.audit([], EN, is_whole=True).text.startswith("Nothing is recorded yet.")


def test_a_table_too_long_for_slack_ends_with_how_many_more() -> None:
    target = view.Target(kind=view.TargetKind.OTHER, name="x" * 80)
    entries = [view.Entry(at=NOON - timedelta(days=n), by="y" * 80, act="budget_set", target=target) for n in range(50)]
    message = view.audit(entries, EN, is_whole=True)
    judge(message)
    assert "earlier entries" in rows(message)[-1][0]
