"""What an answer of Slack proves: there, surely not there, or nobody knows."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.classify import Accepted, Ambiguous, Refused, Reply, Why, classify, refusal

HERE = "C0GENERAL"
POSTED = {"ok": True, "channel": HERE, "ts": "1795435200.000100"}

DOCUMENTED_REFUSALS = {
    Why.WAIT: ["ratelimited", "rate_limited", "message_limit_exceeded"],
    Why.DESTINATION: [
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "team_access_not_granted",
    ],
    Why.PERSON: [
        "user_not_found",
        "users_not_found",
        "user_disabled",
        "user_not_visible",
        "cannot_dm_bot",
        "messages_tab_disabled",
    ],
    Why.TOKEN: [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
        "not_allowed_token_type",
        "org_login_required",
        "two_factor_setup_required",
        "access_denied",
    ],
    Why.CONTENT: [
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "metadata_too_large",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "too_many_attachments",
    ],
}


def answered(body: Any, status: int = 200, **more: Any) -> Reply:
    return Reply(written=True, status=status, body=body, **more)


def said_no(error: str) -> Reply:
    return answered({"ok": False, "error": error})


@pytest.mark.parametrize(
    ("why", "error"), [(why, error) for why, all_of in DOCUMENTED_REFUSALS.items() for error in all_of]
)
def test_a_documented_refusal_proves_that_nothing_was_posted(why: Why, error: str) -> None:
    assert classify(said_no(error), HERE) == Refused(why, error)
    assert refusal(said_no(error)) == Refused(why, error)


@pytest.mark.parametrize(
    "error",
    ["fatal_error", "internal_error", "request_timeout", "service_unavailable", "an_error_of_next_year", "None"],
)
def test_an_error_after_which_part_may_have_happened_proves_nothing(error: str) -> None:
    assert classify(said_no(error), HERE) == Ambiguous(error)
    assert refusal(said_no(error)) is None


def test_a_post_into_the_right_conversation_with_its_ts_is_there() -> None:
    assert classify(answered(POSTED), HERE) == Accepted(HERE, "1795435200.000100")


@pytest.mark.parametrize("wait", [None, timedelta(seconds=7)])
@pytest.mark.parametrize("body", [None, {"ok": False, "error": "ratelimited"}, POSTED])
def test_too_fast_is_surely_not_posted_whatever_else_the_answer_says(body: Any, wait: timedelta | None) -> None:
    reply = answered(body, 429, retry_after=wait)
    assert classify(reply, HERE) == Refused(Why.WAIT, "ratelimited", wait or timedelta())


def test_being_too_fast_told_as_an_error_keeps_the_wait_too() -> None:
    reply = answered({"ok": False, "error": "ratelimited"}, retry_after=timedelta(seconds=9))
    assert classify(reply, HERE) == Refused(Why.WAIT, "ratelimited", timedelta(seconds=9))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(answered(POSTED | {"ts": None}), "ok without ts", id="no ts"),
        pytest.param(answered({"ok": True, "channel": HERE}), "ok without ts", id="ts is missing"),
        pytest.param(answered(POSTED | {"ts": ""}), "ok without ts", id="empty ts"),
        pytest.param(answered(POSTED | {"ts": 1795435200.0001}), "ok without ts", id="ts is a number"),
        pytest.param(answered(POSTED | {"channel": "C0ELSEWHERE"}), "ok in another channel", id="another channel"),
        pytest.param(answered({"ok": True, "ts": "1.2"}), "ok in another channel", id="no channel"),
        pytest.param(answered(POSTED | {"ok": 1}), "None", id="ok is not true"),
        pytest.param(answered({}), "None", id="no ok"),
        pytest.param(answered({"ok": 0, "error": "channel_not_found"}), "channel_not_found", id="ok is not false"),
        pytest.param(answered(None), "HTTP 200", id="not JSON, or a list instead of an object"),
        pytest.param(answered(POSTED, 500), "HTTP 500", id="500 that says ok"),
        pytest.param(answered(None, 502), "HTTP 502", id="502"),
        pytest.param(answered({"ok": False, "error": "invalid_auth"}, 503), "HTTP 503", id="503 that refuses"),
        pytest.param(answered(None, 302), "HTTP 302", id="sent elsewhere"),
        pytest.param(answered(None, problem="answer too long"), "answer too long", id="endless"),
        pytest.param(Reply(written=True, problem="TimeoutError"), "TimeoutError", id="no answer"),
    ],
)
def test_what_is_neither_yes_nor_a_documented_no_proves_nothing(reply: Reply, error: str) -> None:
    assert classify(reply, HERE) == Ambiguous(error)


@pytest.mark.parametrize(
    ("problem", "why"),
    [("ConnectionRefusedError", Why.UNREACHED), ("gaierror", Why.UNREACHED), ("withheld", Why.WITHHELD)],
)
def test_what_was_never_written_is_surely_not_there(problem: str, why: Why) -> None:
    assert classify(Reply(written=False, problem=problem), HERE) == Refused(why, problem)


bodies = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            "ok": st.sampled_from([True, False, None, 1, 0, "true"]),
            "error": st.sampled_from(["channel_not_found", "fatal_error", "", None, 5, "x" * 500]),
            "ts": st.sampled_from(["1.2", "", None, 1]),
            "channel": st.sampled_from([HERE, "C0ELSEWHERE", None]),
        },
    ),
)


@given(status=st.sampled_from([200, 201, 204, 301, 400, 404, 429, 500, 503]), body=bodies)
def test_only_a_full_yes_is_a_yes_and_only_a_clear_no_is_a_no(status: int, body: Any) -> None:
    verdict = classify(answered(body, status), HERE)
    told = body or {}
    is_yes = status == 200 and (told.get("ok"), told.get("ts"), told.get("channel")) == (True, "1.2", HERE)
    # True == 1 in Python, not for us.
    assert isinstance(verdict, Accepted) == (is_yes and told["ok"] is True)
    is_no = status == 429 or (status == 200 and told.get("ok") is False and told.get("error") == "channel_not_found")
    assert isinstance(verdict, Refused) == is_no
