"""Looking for a message of ours in a conversation: completely, by its marks, and only among our own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.classify import Reply
from bot.delivery.decisions import Scan
from bot.delivery.scanning import marked, scan
from bot.delivery.wire import Wire
from bot.demo.workspace import Workspace
from tests.canaries import BOT_TOKEN
from tests.delivery.planned import BLOCKS, CHANNEL, DAY, MINUTE, NOON, row
from tests.delivery.scripted import LOST, UNREACHED, US, ScriptedCall, no, ok, ours, page
from tests.slack_workspace import Stage, new_workspace, stage

KEY = row().key
MARKED = marked(KEY, BLOCKS)
BY_METADATA: dict[str, Any] = {"metadata": MARKED["metadata"]}
BY_BLOCK: dict[str, Any] = {"blocks": MARKED["blocks"]}
TALK = {"user": "U0ADA", "ts": "5.0", "text": "lunch?"}


@pytest.fixture
def call() -> ScriptedCall:
    return ScriptedCall()


def looked(call: ScriptedCall, *pages: Reply) -> Scan:
    call.then("conversations.history", *pages)
    return scan(call, row(real_first_attempt_at=NOON), channel_id=CHANNEL, our_user_id=US, real=NOON + DAY)


@pytest.mark.parametrize("marks", [BY_METADATA, BY_BLOCK, MARKED], ids=["metadata", "block", "both"])
def test_each_of_the_two_marks_is_enough(call: ScriptedCall, marks: dict[str, Any]) -> None:
    assert looked(call, page(TALK, ours("1.1", marks))) == Scan(complete=True, found=("1.1",))


def test_what_does_not_bear_this_key_is_not_it(call: ScriptedCall) -> None:
    others = [
        ours("1.1", marked("digest/C0GENERAL/2026-11-21/daily", BLOCKS)),
        ours("1.2", {"text": KEY, "blocks": list(BLOCKS)}),
        ours("1.3", {"metadata": {"event_type": "another_app", "event_payload": {"key": KEY}}}),
        ours("1.4", {"metadata": {"event_type": "ccost_notice", "event_payload": None}, "blocks": None}),
        ours("1.5", {"metadata": None}),
    ]
    assert looked(call, page(*others)) == Scan(complete=True)


def test_what_others_post_with_our_key_is_ignored(call: ScriptedCall) -> None:
    forged = [
        {"ts": "1.1", "user": "U0MALLORY", **MARKED},
        {"ts": "1.2", "bot_id": "B0OTHER", **MARKED},
        {"ts": "1.3", "user": None, **MARKED},
    ]
    assert looked(call, page(*forged)) == Scan(complete=True)


def test_every_page_is_read(call: ScriptedCall) -> None:
    found = looked(call, page(TALK, cursor="a"), page(TALK, cursor="b"), page(ours("1.1", MARKED)))
    assert found == Scan(complete=True, found=("1.1",))
    assert [asked.get("cursor") for asked in call.said("conversations.history")] == [None, "a", "b"]


def test_several_are_given_oldest_first_as_numbers_not_as_words(call: ScriptedCall) -> None:
    stamps = ("1795435200.000100", "999999999.000002", "1795435200.000020", "1795435200")
    found = looked(call, page(*[ours(ts, MARKED) for ts in stamps])).found
    assert found == ("999999999.000002", "1795435200", "1795435200.000020", "1795435200.000100")


@pytest.mark.parametrize(
    "broken",
    [
        LOST,
        UNREACHED,
        no("missing_scope"),
        no("not_in_channel"),
        Reply(written=True, status=429, body={"ok": False, "error": "ratelimited"}),
        Reply(written=True, status=429, body={"ok": True, "messages": [], "has_more": False}),
        Reply(written=True, status=500, body={"ok": True, "messages": [], "has_more": False}),
        Reply(written=True, status=200),
        page(has_more=True),
    ],
    ids=[
        "lost",
        "unreached",
        "scope",
        "not in it",
        "429",
        "429 that says ok",
        "500",
        "not JSON",
        "more without cursor",
    ],
)
def test_a_page_that_cannot_be_read_makes_the_look_worthless(call: ScriptedCall, broken: Reply) -> None:
    assert looked(call, broken) == Scan(complete=False)
    assert looked(call, page(TALK, cursor="a"), broken) == Scan(complete=False)
    assert looked(call, page(ours("1.1", MARKED), cursor="a"), broken) == Scan(complete=False, found=("1.1",))


def test_a_history_that_does_not_end_is_given_up(call: ScriptedCall) -> None:
    assert looked(call, *[page(TALK, cursor="again")] * 60) == Scan(complete=False)
    assert len(call.calls) == 50


def test_an_answer_without_messages_is_an_empty_page(call: ScriptedCall) -> None:
    assert looked(call, ok(has_more=False)) == Scan(complete=True)


@pytest.mark.parametrize(
    ("of_row", "since"),
    [
        ({"real_first_attempt_at": NOON}, NOON - 10 * MINUTE),
        ({"real_first_attempt_at": None, "due_at": NOON - DAY}, NOON - DAY - 10 * MINUTE),
        # A copy of the database may be older than the post: then the post is about as old as the message was due.
        ({"real_first_attempt_at": NOON, "due_at": NOON - DAY}, NOON - DAY - 10 * MINUTE),
        # The clock that decides may be ahead of Slack's.
        ({"real_first_attempt_at": None, "due_at": NOON + 9 * DAY}, NOON - 10 * MINUTE),
    ],
)
def test_the_look_begins_shortly_before_it_can_have_been_posted(
    call: ScriptedCall, of_row: dict[str, Any], since: Any
) -> None:
    scan(call, row(**of_row), channel_id=CHANNEL, our_user_id=US, real=NOON)
    (asked,) = call.said("conversations.history")
    assert asked["oldest"] == f"{int(since.timestamp())}.000000"
    assert (asked["channel"], asked["include_all_metadata"]) == (CHANNEL, "true")


def test_a_message_of_mere_text_is_marked_all_the_same() -> None:
    assert marked(KEY, []) == {"metadata": {"event_type": "ccost_notice", "event_payload": {"key": KEY}}}


def test_the_mark_in_the_blocks_is_the_same_each_time_and_tells_nothing() -> None:
    first, second = MARKED["blocks"][0], marked(KEY, (*BLOCKS, *BLOCKS))["blocks"][0]
    assert first == second == BLOCKS[0] | {"block_id": first["block_id"]}
    assert marked(KEY, (*BLOCKS, *BLOCKS))["blocks"][1] == BLOCKS[0]
    assert CHANNEL not in first["block_id"]
    assert len(first["block_id"]) < 255
    assert first["block_id"] != marked(KEY + "x", BLOCKS)["blocks"][0]["block_id"]


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def workspace(served: Stage) -> Workspace:
    workspace = new_workspace()
    workspace.scopes.add("channels:history")
    served.app = workspace.app
    return workspace


def test_a_real_post_is_found_again_behind_pages_of_talk(workspace: Workspace, served: Stage) -> None:
    wire = Wire(workspace.api_url(served.origin), BOT_TOKEN, timedelta(seconds=5))
    posted = wire("chat.postMessage", {"channel": CHANNEL, "text": "Yesterday: $12.34", **MARKED}).body
    assert posted is not None
    workspace.team.add(CHANNEL, author_id="U0ADA", text="copied", metadata=MARKED["metadata"])
    for n in range(250):
        workspace.team.add(CHANNEL, author_id="U0ADA", text=f"talk {n}")
    sought = row(real_first_attempt_at=workspace.team.clock())
    found = scan(wire, sought, channel_id=CHANNEL, our_user_id=US, real=workspace.team.clock())
    assert found == Scan(complete=True, found=(posted["ts"],))
    workspace.scopes.remove("channels:history")
    unseen = scan(wire, sought, channel_id=CHANNEL, our_user_id=US, real=workspace.team.clock())
    assert unseen == Scan(complete=False)
